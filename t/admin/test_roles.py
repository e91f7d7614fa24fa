"""Who may ask for what: every route as nobody, a viewer and an admin, by session and by token."""

import pytest
from harness.admin import Admin, Key
from harness.contract import Operation
from harness.daemon import API, Browser, Daemon
from harness.people import PASSWORD, bearer, logged_in
from harness.redis import RedisServer
from harness.requests import Known, all_operations, path_of
from harness.secret_watch import SecretWatch

NONSENSE = {"no such member": True}  # so that what is allowed is refused for its content
OF_ADMINS = {"accounts.read", "keys.write", "settings.write", "tokens.write"}  # scopes
ROLES = {"viewer": {"viewer"}, "admin": {"viewer", "admin"}}


def records(redis: RedisServer) -> dict[str, object]:
    """All that is kept but who asked when: sessions, tokens' last use and attempts."""
    passing = ("mmx:session", "mmx:login", "mmx:token", "mmx:view", "mmx:lookup")
    names = [name for name in redis.command("KEYS", "mmx:*") if not name.startswith(passing)]
    return {name: redis.command("DUMP", name) for name in sorted(names)}


def make_token(browser: Browser, role: str, secrets: SecretWatch) -> str:
    answer = browser.ask("POST", "/tokens", {"name": role, "role": role, "password": PASSWORD})
    assert answer.status == 201, answer.body
    return secrets.add(f"{role} token", answer.json()["secret"])


def verdict(status: int) -> str:
    return {401: "unauthenticated", 403: "forbidden"}.get(status, "allowed")


def test_each_route_asks_for_its_role(people: Admin, daemon: Daemon, key: Key,
                                      secrets: SecretWatch, redis: RedisServer) -> None:
    known = Known(key.id, key.key)
    alice, bob = logged_in(daemon, "alice"), logged_in(daemon, "bob")
    tokens = {role: make_token(alice, role, secrets) for role in ROLES}
    before = records(redis)

    def outcomes(operation: Operation) -> dict[str, str]:
        path, body = path_of(operation, known), NONSENSE if operation.writes else None
        if not operation.body and operation.writes:
            path += "?surplus=1"  # what takes no body is refused for its query
            body = None

        def as_session(browser: Browser) -> str:
            return verdict(browser.ask(operation.method, path, body).status)

        def as_script(**headers: str) -> str:
            return verdict(daemon.ask(operation.method, path, body, headers=headers).status)

        return {"nobody": as_script(),
                "another's cookie": as_script(Cookie=f"mmx_session={'0' * 64}"),
                "another's token": as_script(**bearer("mmxadm-" + "0" * 40)),
                "viewer": as_session(bob), "admin": as_session(alice),
                "viewer token": as_script(**bearer(tokens["viewer"])),
                "admin token": as_script(**bearer(tokens["admin"]))}

    for operation in all_operations():
        got = outcomes(operation)
        if operation.access == "open":
            continue  # whoever asks; what they prove is the operation's own matter
        for who, what in got.items():
            role = who.partition(" ")[0]
            if role not in ROLES:
                assert what == "unauthenticated", (operation.id, who)
            elif "token" in who and (operation.tokens == "never" or (
                    role == "viewer" and operation.tokens in OF_ADMINS)):
                assert what == "forbidden", (operation.id, who)
            elif operation.access in ROLES[role]:
                assert what == "allowed", (operation.id, who)
            else:
                assert what == "forbidden", (operation.id, who)
    assert records(redis) == before


def test_a_path_or_method_without_a_route_is_refused(people: Admin, daemon: Daemon) -> None:
    alice = logged_in(daemon, "alice")
    for path in ("/", "/key", "/keys/", "/keys/a/b/c", "/keys//usage", "/Keys", "/keys/../keys",
                 "/keys%00", "/health/", "//health"):
        assert alice.ask("GET", path).status in (400, 404), path
    for method in ("OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "POST"):
        answer = alice.ask(method, "/health")
        assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD"), method
    assert alice.ask("OPTIONS", "/keys").headers["allow"] == "GET, HEAD, POST"
    assert alice.ask("PUT", "/keys/search").headers["allow"] == "POST"
    assert not API.endswith("/")


@pytest.mark.parametrize("headers", [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "", "Origin": "https://elsewhere.test"},
    {"Sec-Fetch-Site": "", "Origin": "null"}, {"X-CSRF-Token": ""},
    {"X-CSRF-Token": "0" * 64}, {"Content-Type": "text/plain"},
    {"Content-Type": "application/x-www-form-urlencoded"}], ids=str)
def test_a_write_from_elsewhere_changes_nothing(
        headers: dict[str, str], people: Admin, daemon: Daemon, key: Key,
        redis: RedisServer) -> None:
    alice = logged_in(daemon, "alice")
    before = records(redis)
    answer = alice.ask("PATCH", f"/keys/{key.id}", {"enabled": False}, headers=headers)
    assert answer.status == (415 if "Content-Type" in headers else 403)
    assert records(redis) == before
