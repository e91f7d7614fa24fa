"""The admin API is what admind/openapi.yaml says: the same operations, answers and refusals."""

import subprocess

import pytest
from harness.admin import Admin, Key
from harness.contract import Operation, operations, resolved, schema_faults
from harness.daemon import Browser, Daemon
from harness.paths import ADMIND, environment
from harness.people import logged_in
from harness.process import wait_until
from harness.requests import Known, all_operations, bodies, path_of
from harness.secret_watch import SecretWatch
from harness.upstream import Upstream

WRONG_VALUES = (
    {"an": "object"}, [{}], -1, 1.5, 10**30, "", "\x00", "x" * 5000, True, "two words", [1])


def test_the_description_and_the_table_are_the_same(admin: Admin) -> None:
    table = subprocess.run([ADMIND, "serve", "--routes"], text=True, capture_output=True,
                           check=True, timeout=60, env=environment(admin.folder) | admin.env)
    reauth = {False: "", True: " reauth", "for some": " reauth?"}
    told = {f"{one.method} /api/v1{one.pattern} {one.access} {one.tokens}".rstrip()
            + reauth[one.reauth] for one in operations().values()}
    assert set(table.stdout.splitlines()) == told


@pytest.fixture
def daemon(daemon_with, upstream: Upstream) -> Daemon:
    return daemon_with(MMX_UPSTREAM=f"http://{upstream.address}")


@pytest.fixture
def known(key: Key) -> Known:
    return Known(key_id=key.id, key=key.key)


def succeed(browser: Browser, operation: Operation, known: Known, **headers: str) -> dict:
    answer = browser.ask(operation.method, path_of(operation, known),
                         bodies(known).get(operation.id), headers=headers)
    assert answer.status < 300, (operation.id, answer.status, answer.body)
    return answer.json() if answer.body.startswith(b"{") else {}


def test_every_operation_succeeds_as_described(
        people: Admin, daemon: Daemon, known: Known, secrets: SecretWatch) -> None:
    """Each answer is held to the description by the harness."""
    alice = logged_in(daemon, "alice")
    logged_in(daemon, "bob")
    left = operations().copy()

    def done(*names: str, known: Known = known, **headers: str) -> dict:
        answer = {}
        for name in names:
            answer = succeed(alice, left.pop(name), known, **headers)
        return answer

    done("getHealth", "getCheck", "getSetup", "getSession", "getOverview", "getUsage",
         "exportUsage", "listKeys", "exportKeys", "findKey", "getKey", "getKeyUsage",
         "exportKeyUsage", "getMaster", "testMaster", "getSettings", "listAudit", "verifyAudit")
    done("lookUpUsage", **{"X-Api-Key": known.key})
    done("revealKey", "changeKey", "changeSettings", "setMaster", "changeKeys")
    for item in done("createKeys")["keys"]:
        secrets.add("created key", item["key"])
    sessions = done("listSessions")["sessions"]
    other = next(one["id"] for one in sessions if not one["current"])
    done("endSession", known=Known(known.key_id, known.key, session_id=other))
    done("listUsers", "addUser", "changeUser")
    made = done("createToken")
    secrets.add("API token", made["secret"])
    assert done("listTokens")["tokens"] == [made["token"]]
    done("deleteToken", known=Known(known.key_id, known.key, token_id=made["token"]["id"]))
    rotated = done("rotateKey")
    secrets.add("rotated key", rotated["key"])
    done("deleteKey", known=Known(rotated["id"], known.key))
    done("deleteUser")
    done("logIn")
    alice.csrf_token = alice.ask("GET", "/session").json()["session"]["csrf_token"]
    done("changeOwnPassword", "logOut")
    assert set(left) == {"setUp"}


def test_the_first_account_is_made_as_described(daemon: Daemon, secrets: SecretWatch) -> None:
    wait_until(daemon.setup_token_file.exists, 20, "the set-up token")
    token = secrets.add("set-up token", daemon.setup_token_file.read_text().strip())
    known = Known("0" * 32, "", setup_token=token)
    session = succeed(daemon.browser(), operations()["setUp"], known)["session"]
    assert (session["name"], session["role"]) == ("first", "admin")
    secrets.add("csrf token", session["csrf_token"])


# Setting up is over once there are accounts, whatever the body.
@pytest.mark.parametrize("operation", [one for one in all_operations()
                                       if one.body and one.id != "setUp"],
                         ids=lambda one: one.id)
def test_a_body_is_taken_as_described_and_no_other(
        operation: Operation, people: Admin, daemon: Daemon, known: Known) -> None:
    alice = logged_in(daemon, "alice")
    path, good = path_of(operation, known), bodies(known)[operation.id]
    schema = resolved(operation.body)
    assert not schema_faults(schema, good), "the example is not as described"

    def refused(body: object, field: str) -> None:
        answer = alice.ask(operation.method, path, body)
        assert (answer.status, answer.code) == (400, "invalid_argument"), (body, answer.body)
        error = answer.json()["error"]
        assert (error["field"], error["message"] != "") == (field, True), (body, error)

    refused(good | {"surplus": 1}, "surplus")
    for name in schema.get("required", []):
        refused({key: value for key, value in good.items() if key != name}, name)
    for name, of_member in schema["properties"].items():
        for value in WRONG_VALUES:
            if schema_faults(of_member, value) and operation.id != "logIn":
                refused(good | {name: value}, name)


@pytest.mark.parametrize("operation", [one for one in all_operations() if one.method == "GET"],
                         ids=lambda one: one.id)
def test_a_query_is_taken_as_described_and_no_other(
        operation: Operation, people: Admin, daemon: Daemon, known: Known) -> None:
    alice = logged_in(daemon, "alice")
    path = path_of(operation, known)
    headers = {"X-Api-Key": known.key}

    def refused(query: str, field: str) -> None:
        answer = alice.ask("GET", f"{path}?{query}", headers=headers)
        assert (answer.status, answer.code) == (400, "invalid_argument"), (query, answer.body)
        assert answer.json()["error"].get("field") == field, (query, answer.body)

    refused("surplus=1", "surplus")
    for parameter in operation.parameters:
        name = parameter["name"]
        refused(f"{name}=1&{name}=1", name)
        for text in ("", "-1", "1.5", "99999999999999999999", "x" * 300, "a%20b", "2026-13-01"):
            of_text = int(text) if text.lstrip("-").isdigit() else text.replace("%20", " ")
            schema = resolved(parameter["schema"])
            value = of_text if schema.get("type") == "integer" else str(of_text)
            if schema_faults(schema, value):
                refused(f"{name}={text}", name)
