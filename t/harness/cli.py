"""What the tests of the command line ask of every refusal."""

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
