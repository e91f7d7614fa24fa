"""API tokens grant nothing more, and for no longer, than whoever makes them has: scopes, tokens
made by tokens, and what no token may."""

import json
import threading
import time

import pytest
from harness.admin import Admin, Key
from harness.contract import Operation, document
from harness.daemon import Answer, Browser, Daemon
from harness.people import PASSWORD, bearer, entries, logged_in, records, status
from harness.process import wait_until
from harness.redis import RedisServer
from harness.requests import Known, all_operations, bodies, path_of
from harness.sealed import record_name, rights, seal, set_rights
from harness.secret_watch import SecretWatch

SCOPES: list[str] = document()["components"]["schemas"]["Scope"]["enum"]
VIEWER_SCOPES = ["keys.read", "usage.read", "settings.read", "audit.read"]
DAY = 86400
OF_PEOPLE = {"logOut", "changeOwnPassword", "endSession", "addUser", "changeUser", "deleteUser",
             "setMaster", "revealKey"}


class Script:
    """Whoever holds an API token."""

    def __init__(self, daemon: Daemon, secret: str, token_id: str):
        self.daemon, self.secret, self.id = daemon, secret, token_id

    def ask(self, method: str, path: str, body: object = None) -> Answer:
        return self.daemon.ask(method, path, body, headers=bearer(self.secret))

    def make(self, secrets: SecretWatch, name: str, role: str = "admin",
             **members: object) -> "Script":
        return made(self, secrets, name, role, **members)


def made(maker: Script | Browser, secrets: SecretWatch, name: str, role: str = "admin",
         **members: object) -> Script:
    password = {} if isinstance(maker, Script) else {"password": PASSWORD}
    answer = maker.ask("POST", "/tokens", {"name": name, "role": role} | members | password)
    assert answer.status == 201, answer.body
    secret = secrets.add(f"token {name}", answer.json()["secret"])
    return Script(maker.daemon, secret, answer.json()["token"]["id"])


def lasting(redis: RedisServer) -> dict[str, object]:
    """All but tokens, whose last use is noted."""
    return {name: each for name, each in records(redis).items() if "mmx:token" not in name}


def refusal(answer: Answer) -> tuple[int, str, str]:
    return answer.status, answer.code, answer.json()["error"].get("field", "")


def listed(alice: Browser) -> dict[str, dict]:
    return {token["name"]: token for token in alice.ask("GET", "/tokens").json()["tokens"]}


def asked(script: Script, operation: Operation, known: Known) -> tuple[int, str]:
    answer = script.ask(operation.method, path_of(operation, known),
                        bodies(known).get(operation.id, {} if operation.writes else None))
    return answer.status, answer.code if answer.status >= 400 else ""


def test_each_route_refuses_a_token_without_its_scope(
        alice: Browser, people: Admin, secrets: SecretWatch, key: Key,
        redis: RedisServer) -> None:
    """Every scope but the one that it needs opens no route; that one alone does."""
    known = Known(key.id, key.key)
    without = {scope: made(alice, secrets, f"no {scope}",
                           scopes=[other for other in SCOPES if other != scope])
               for scope in SCOPES}
    only = {scope: made(alice, secrets, f"only {scope}", scopes=[scope]) for scope in SCOPES}
    every = made(alice, secrets, "every")
    before = lasting(redis)
    seen = set()
    for operation in all_operations():
        if operation.tokens in SCOPES:
            got = asked(without[operation.tokens], operation, known)
            assert got == (403, "scope_missing"), operation.id
            nonsense = {"no such member": True} if operation.body else None
            query = "" if operation.body else "?surplus=1"
            answer = only[operation.tokens].ask(
                operation.method, path_of(operation, known) + query, nonsense)
            assert answer.status not in (401, 403), operation.id
            seen.add(operation.tokens)
        elif operation.tokens == "never":
            assert asked(every, operation, known) == (403, "session_required"), operation.id
        else:
            assert operation.tokens == ("any" if operation.access != "open" else "")
    assert seen == set(SCOPES)
    assert lasting(redis) == before


def test_what_is_for_people_only() -> None:
    never = {operation.id for operation in all_operations() if operation.tokens == "never"}
    assert never == OF_PEOPLE


def test_scopes_are_kept_and_shown(alice: Browser, people: Admin, secrets: SecretWatch) -> None:
    script = made(alice, secrets, "reader", scopes=["audit.read", "keys.read"])
    made(alice, secrets, "all")
    made(alice, secrets, "viewer", "viewer")
    tokens = listed(alice)
    assert tokens["reader"]["scopes"] == ["keys.read", "audit.read"]
    assert tokens["all"]["scopes"] == SCOPES and tokens["viewer"]["scopes"] == VIEWER_SCOPES
    assert tokens["reader"]["created_with"] is None
    told = script.ask("GET", "/session").json()["session"]
    assert told["scopes"] == ["keys.read", "audit.read"]
    assert alice.ask("GET", "/session").json()["session"]["scopes"] is None
    detail = entries(people, "token.create")[-1]["detail"]
    assert detail["scopes"] == ["keys.read", "audit.read"]
    rows = {row.split()[1]: row for row in people.run("token", "list").stdout.splitlines()}
    assert "keys.read,audit.read" in rows["reader"] and rows["all"].split().count("all") == 2


@pytest.mark.parametrize("role, scopes", [
    ("viewer", ["keys.write"]), ("viewer", ["keys.read", "accounts.read"]), ("admin", []),
    ("admin", ["keys.reveal"]), ("admin", ["keys.*"]), ("admin", [""])])
def test_scopes_that_there_are_not_for_the_role(
        alice: Browser, redis: RedisServer, role: str, scopes: list[str]) -> None:
    before = records(redis)
    answer = alice.ask("POST", "/tokens", {"name": "x", "role": role, "scopes": scopes,
                                           "password": PASSWORD})
    assert refusal(answer) == (400, "invalid_argument", "scopes")
    assert records(redis) == before


def test_a_record_of_before_scopes_has_all(
        alice: Browser, people: Admin, secrets: SecretWatch, redis: RedisServer) -> None:
    for role, scopes in (("admin", SCOPES), ("viewer", VIEWER_SCOPES)):
        script = made(alice, secrets, role, role, scopes=["audit.read"])
        name = f"mmx:token:{record_name(people, script.secret)}"
        old = rights(people, redis, name)
        del old["scopes"], old["created_with"]
        text = json.dumps(old)
        redis.command("HSET", name, "sealed", seal(people, "record", f"{name}/sealed", text))
        assert listed(alice)[role]["scopes"] == scopes
        assert script.ask("GET", "/keys").status == 200
    assert script.ask("POST", "/keys", {"user": "x"}).status == 403


def test_a_scope_of_a_later_release_is_none(
        alice: Browser, people: Admin, secrets: SecretWatch, redis: RedisServer) -> None:
    script = made(alice, secrets, "later")
    name = f"mmx:token:{record_name(people, script.secret)}"
    set_rights(people, redis, name, scopes=["keys.read", "galaxies.write"])
    assert listed(alice)["later"]["scopes"] == ["keys.read"]
    assert script.ask("GET", "/keys").status == 200
    assert refusal(script.ask("GET", "/audit"))[:2] == (403, "scope_missing")


def test_a_token_gives_no_more_than_it_has(
        alice: Browser, secrets: SecretWatch, redis: RedisServer) -> None:
    end = int(time.time()) + DAY
    operator = made(alice, secrets, "operator", expires_at=end,
                    scopes=["keys.read", "keys.write", "tokens.write"])
    before = lasting(redis)

    def wanted(role: str = "viewer", **members: object) -> tuple[int, str, str]:
        return refusal(operator.ask("POST", "/tokens", {"name": "x", "role": role} | members))

    assert wanted(expires_at=end + 1) == (403, "beyond_maker", "expires_at")
    assert wanted(expires_at=None) == (403, "beyond_maker", "expires_at")
    assert wanted(scopes=["audit.read"]) == (403, "beyond_maker", "scopes")
    assert wanted("admin", scopes=["keys.read", "settings.write"]) == (
        403, "beyond_maker", "scopes")
    assert lasting(redis) == before
    assert listed(alice).keys() == {"operator"}

    operator.make(secrets, "same", "admin")
    operator.make(secrets, "less", "viewer", scopes=["keys.read"], expires_at=end - DAY // 2)
    tokens = listed(alice)
    assert tokens["same"]["expires_at_unix"] == end
    assert tokens["same"]["scopes"] == ["keys.read", "keys.write", "tokens.write"]
    assert tokens["less"]["scopes"] == ["keys.read"]
    assert tokens["less"]["expires_at_unix"] == end - DAY // 2
    for name in ("same", "less"):
        assert tokens[name]["created_with"] == operator.id
        assert tokens[name]["created_by"] == "alice"


def test_a_token_with_nothing_that_the_role_allows_makes_none(
        alice: Browser, secrets: SecretWatch) -> None:
    maker = made(alice, secrets, "maker", scopes=["keys.write", "tokens.write"])
    answer = maker.ask("POST", "/tokens", {"name": "x", "role": "viewer"})
    assert refusal(answer) == (403, "beyond_maker", "scopes")


def test_an_account_made_viewer_takes_its_tokens_down(
        alice: Browser, people: Admin, daemon: Daemon, secrets: SecretWatch) -> None:
    people.run("user", "role", "bob", "--role", "admin")
    script = made(logged_in(daemon, "bob"), secrets, "bobs")
    people.run("user", "role", "bob", "--role", "viewer")
    assert refusal(script.ask("POST", "/tokens", {"name": "x", "role": "admin"})) == (
        403, "forbidden", "")
    assert refusal(script.ask("POST", "/keys", {"user": "x"}))[:2] == (403, "forbidden")
    assert script.ask("GET", "/keys").status == 200
    assert script.ask("GET", "/sessions").json() == {"sessions": []}


def test_with_a_token_go_those_made_with_it(
        alice: Browser, people: Admin, secrets: SecretWatch, redis: RedisServer) -> None:
    """Whoever stole a token and made others of it keeps none when it is revoked."""
    stolen = made(alice, secrets, "stolen")
    child = stolen.make(secrets, "child")
    grandchild = child.make(secrets, "grandchild", "viewer")
    other = made(alice, secrets, "other")
    assert alice.ask("DELETE", f"/tokens/{stolen.id}").status == 204
    assert [script.ask("GET", "/session").status
            for script in (stolen, child, grandchild, other)] == [401, 401, 401, 200]
    assert listed(alice).keys() == {"other"}
    assert len(redis.command("KEYS", "mmx:token:*")) == 1
    assert entries(people, "token.delete")[0]["detail"]["tokens_deleted"] == 3


def test_a_token_made_while_its_maker_is_revoked_does_not_stay(
        alice: Browser, secrets: SecretWatch) -> None:
    thief = made(alice, secrets, "thief")
    answers: list[Answer] = []

    def make() -> None:
        while not answers or answers[-1].status == 201:
            answers.append(thief.ask("POST", "/tokens", {
                "name": f"child {len(answers)}", "role": "admin"}))
            if answers[-1].status == 201:
                secrets.add("child", answers[-1].json()["secret"])

    making = threading.Thread(target=make)
    making.start()
    wait_until(lambda: len(answers) > 3, 20, "some are made")
    assert alice.ask("DELETE", f"/tokens/{thief.id}").status == 204
    making.join(timeout=30)
    assert answers[-1].status == 401 and listed(alice) == {}


def test_a_token_revokes_itself_and_its_own_only(alice: Browser, secrets: SecretWatch) -> None:
    first, other = made(alice, secrets, "first"), made(alice, secrets, "other")
    child = first.make(secrets, "child")
    grandchild = child.make(secrets, "grandchild")
    for one in (other, first):
        assert refusal(child.ask("DELETE", f"/tokens/{one.id}"))[:2] == (403, "session_required")
    assert first.ask("DELETE", f"/tokens/{grandchild.id}").status == 204
    assert child.ask("DELETE", f"/tokens/{child.id}").status == 204
    assert listed(alice).keys() == {"first", "other"}


def test_an_operators_token_does_not_climb(
        alice: Browser, people: Admin, secrets: SecretWatch, key: Key,
        redis: RedisServer) -> None:
    """All that an admin's token with every scope might try, to become somebody or to know a key."""
    script = made(alice, secrets, "operator")
    before = lasting(redis)
    new = {"new_password": "mallory has the longest words"}
    for method, path, body in (
            ("POST", "/users", {"name": "mallory", "role": "admin"} | new),
            ("PATCH", "/users/bob", {"role": "admin"}), ("PATCH", "/users/alice", new),
            ("PATCH", "/users/alice", {"password": PASSWORD} | new),
            ("DELETE", "/users/bob", {}), ("DELETE", "/users/bob", {"password": PASSWORD}),
            ("POST", "/session/password", {"password": PASSWORD} | new),
            ("PUT", "/master", {"key": "sk-api-0123456789abcdefghij"}),
            ("POST", f"/keys/{key.id}/reveal", {"password": PASSWORD}),
            ("DELETE", "/session", None)):
        answer = script.ask(method, path, body)
        assert refusal(answer) == (403, "session_required", ""), (method, path)
        assert "no API token" in answer.json()["error"]["message"]
    assert lasting(redis) == before
    assert status(alice) == 200


def test_a_viewer_makes_no_token(people: Admin, daemon: Daemon, alice: Browser,
                                 secrets: SecretWatch) -> None:
    bob = logged_in(daemon, "bob")
    wish = {"name": "x", "role": "viewer", "scopes": ["keys.read"]}
    assert refusal(bob.ask("POST", "/tokens", wish | {"password": PASSWORD}))[:2] == (
        403, "forbidden")
    script = made(alice, secrets, "viewers", "viewer")
    assert refusal(script.ask("POST", "/tokens", wish))[:2] == (403, "forbidden")
    assert refusal(script.ask("GET", "/tokens"))[:2] == (403, "forbidden")
    assert listed(alice).keys() == {"viewers"}
