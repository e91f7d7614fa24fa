"""Where the tests find what they run, and the environment it runs in."""

import os
import subprocess
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get("MMX_BUILD", "build")).resolve()
MODULE = Path(os.environ.get("MMX_MODULE", BUILD / "ngx_http_mmx_module.so"))
ADMIND = BUILD / "mmx-admind"
UPSTREAM = BUILD / "mmx-upstream"
NGINX = os.environ.get("MMX_NGINX", "/usr/sbin/nginx")
REDIS_SERVER = os.environ.get("MMX_REDIS_SERVER", "redis-server")
SANITIZED = os.environ.get("MMX_SANITIZED", "") not in ("", "0")
SHORT = os.environ.get("MMX_SHORT", "") not in ("", "0")  # only what harness.builds has it do
FULL = os.environ.get("MMX_FULL", "") not in ("", "0")  # every combination, as before a release

# What a busy test machine may add to a bounded wait before the bound counts as broken: it tells a
# wait that ends from one that does not, not a fast machine from a slow one.
SLACK_S = 10.0


@lru_cache
def sanitizer_libraries() -> str:
    """nginx itself is not built with ASan, so its runtime has to be there before nginx."""
    names = ("libasan.so", "libubsan.so")
    return " ".join(
        subprocess.check_output(["gcc", f"-print-file-name={name}"], text=True).strip()
        for name in names)


def environment(reports: Path, preload: str = "", foreign: bool = False) -> dict[str, str]:
    """For a child process. reports: where sanitizers write; foreign: the program is not ours."""
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    preloads = [preload] if preload else []
    if SANITIZED:
        env["ASAN_OPTIONS"] = (
            f"detect_leaks=0:abort_on_error=1:disable_coredump=1:log_path={reports}/asan")
        env["UBSAN_OPTIONS"] = f"print_stacktrace=1:halt_on_error=1:log_path={reports}/ubsan"
        if foreign:
            preloads.insert(0, sanitizer_libraries())
    if preloads:
        env["LD_PRELOAD"] = " ".join(preloads)
    return env


def sanitizer_reports(folder: Path) -> list[str]:
    """What sanitizers wrote below folder, of whatever program; a process may die of it unseen."""
    return [f"{path}: {path.read_text(errors='replace')[:4000]}"
            for pattern in ("asan.*", "ubsan.*") for path in folder.rglob(pattern)]
