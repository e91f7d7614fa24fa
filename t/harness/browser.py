"""A browser that plays the flows of t/console, one at a time."""

import json
import os
import select
import subprocess
from pathlib import Path

from .paths import BUILD, ROOT

FOLDER = ROOT / "t" / "console"
CHROMIUM = os.environ.get("MMX_CHROMIUM", "/usr/bin/chromium")
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
SCREENSHOTS = BUILD / "screenshots"
FLOW_SECONDS_MAX = 150.0


class Browser:
    """Started by the constructor; ends with close(). Its console goes to a file of the folder."""

    def __init__(self, folder: Path, base: str):
        assert (FOLDER / "node_modules").is_dir(), "run: cd t/console && npm ci"
        self.base = base
        self._log = (folder / "browser.log").open("ab")
        # A home of its own: nothing of the user's is read, nothing stays.
        env = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8",
               "CHROMIUM": CHROMIUM}
        self._driver = subprocess.Popen(
            ["node", FOLDER / "driver.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._log, env=env, start_new_session=True)

    def play(self, flow: str, lang: str = "zh", width: int = 1440, theme: str = "light",
             **options: object) -> object:
        """What the flow gave; fails the test when it failed or the browser had to complain."""
        self.begin(flow, lang, width, theme, **options)
        return self.finish(flow)

    def begin(self, flow: str, lang: str, width: int, theme: str = "light",
              **options: object) -> None:
        visit = {"base": self.base, "lang": lang, "width": width, "theme": theme,
                 "shots": str(SCREENSHOTS)}
        line = json.dumps({"flow": flow, "visit": visit, "options": options})
        self._driver.stdin.write(line.encode() + b"\n")
        self._driver.stdin.flush()

    def finish(self, flow: str) -> object:
        ready, _, _ = select.select([self._driver.stdout], [], [], FLOW_SECONDS_MAX)
        assert ready, f"{flow} took longer than {FLOW_SECONDS_MAX} s"
        line = self._driver.stdout.readline()
        assert line, f"the browser's driver ended: {Path(self._log.name).read_text()[-2000:]}"
        answer = json.loads(line)
        if "error" in answer:
            parts = [f"{flow}: {answer['error']}"]
            parts += [f"{name}: {answer[name]}" for name in ("address", "screenshot", "problems",
                                                             "body") if answer.get(name)]
            raise AssertionError("\n".join(parts))
        assert answer["problems"] == [], "\n".join([f"{flow}:", *answer["problems"]])
        return answer["value"]

    def close(self) -> None:
        self._driver.stdin.close()
        try:
            self._driver.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._driver.pid, 9)
            self._driver.wait(15)
        self._driver.stdout.close()
        self._log.close()
