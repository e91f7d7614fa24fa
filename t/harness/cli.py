"""What the tests of the command line ask of every refusal, and of what check finds."""

import json

from .admin import Admin


def refused(admin: Admin, *args: object, status: int = 1, stdin: str = "",
            env: dict[str, str] | None = None) -> tuple[str, str]:
    """The code and message of a command that must fail, checked in both forms."""
    plain = admin.run(*args, stdin=stdin, check=False, env=env)
    assert plain.returncode == status and plain.stdout == ""
    assert plain.stderr.startswith("mmx-admind: ")
    machine = admin.run("--json", *args, stdin=stdin, check=False, env=env)
    assert machine.returncode == status and machine.stderr.startswith("mmx-admind: ")
    error = json.loads(machine.stdout)["error"]
    assert set(error) == {"code", "message"}
    assert machine.stderr == f"mmx-admind: {error['message']}\n"
    return error["code"], error["message"]


def findings(admin: Admin, level: str, **options: object) -> dict[str, str]:
    """What check finds of that level: message and advice by subject."""
    done = admin.run("--json", "check", check=False, **options)
    report = json.loads(done.stdout)
    assert set(report) == {"ok", "findings"}
    assert (done.returncode == 0) == report["ok"] == (
        "fail" not in {finding["level"] for finding in report["findings"]})
    plain = admin.run("check", check=False, **options)
    assert plain.returncode == done.returncode
    assert len(plain.stdout.splitlines()) == len(report["findings"])
    for finding in report["findings"]:
        assert set(finding) == {"level", "subject", "message", "advice"}
        assert bool(finding["advice"]) == (finding["level"] != "ok"), finding
    return {finding["subject"]: f"{finding['message']}; {finding['advice']}"
            for finding in report["findings"] if finding["level"] == level}
