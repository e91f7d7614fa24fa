"""The accounts of a test's console, and what the tests of it ask again and again."""

from .admin import Admin
from .daemon import Browser, Daemon
from .redis import RedisServer

PASSWORD = "correct horse battery staple"
OTHER_PASSWORD = "a quite different staple"
WRONG = "not the one that was set"


def add_account(admin: Admin, name: str, role: str) -> None:
    admin.run("user", "add", name, "--role", role, stdin=PASSWORD,
              env={"MMX_PASSWORD_COST": "14"})


def logged_in(daemon: Daemon, name: str, password: str = PASSWORD,
              address: str = "192.0.2.1") -> Browser:
    browser = daemon.browser(address)
    answer = browser.log_in(name, password)
    assert answer.status == 200, answer.body
    return browser


def status(browser: Browser, method: str = "GET", path: str = "/session") -> int:
    return browser.ask(method, path).status


def records(redis: RedisServer) -> dict[str, object]:
    """Everything of accounts and tokens, and which sessions there are."""
    names = sorted(redis.command("KEYS", "mmx:user*") + redis.command("KEYS", "mmx:token:*"))
    sessions = sorted(redis.command("KEYS", "mmx:session:*"))
    return {"sessions": sessions} | {
        name: redis.hash(name) for name in names if redis.command("TYPE", name) == "hash"}


def entries(admin: Admin, *actions: str) -> list[dict]:
    found = admin.json("audit", "--limit", 1000)["entries"]
    return [entry for entry in found if not actions or entry["action"] in actions]


def refusals(admin: Admin) -> list[dict]:
    return admin.json("audit", "--refusals", "--limit", 1000)["entries"]


def outlast_throttle(redis: RedisServer) -> None:
    """As if whoever failed had waited."""
    for name in redis.command("KEYS", "mmx:login:*"):
        if redis.command("TYPE", name) == "hash":
            redis.command("HDEL", name, "free_at")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
