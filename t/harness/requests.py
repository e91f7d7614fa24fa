"""A request of each operation of the admin API that it can answer with success."""

from dataclasses import dataclass

from .contract import Operation, operations
from .people import PASSWORD

NEW_PASSWORD = "violet tractors sing at dawn"


@dataclass(frozen=True)
class Known:
    """What the requests may name: things that exist."""

    key_id: str
    key: str
    session_id: str = "0" * 16
    token_id: str = "0" * 16
    setup_token: str = "none"
    user: str = "bob"


def bodies(known: Known) -> dict[str, dict]:
    """By operation id; those that are not named take no body."""
    return {
        "setUp": {"token": known.setup_token, "name": "first", "password": NEW_PASSWORD},
        "logIn": {"name": "alice", "password": PASSWORD},
        "endSession": {"password": PASSWORD},
        "changeOwnPassword": {"password": PASSWORD, "new_password": NEW_PASSWORD},
        "addUser": {"name": "carol", "role": "viewer", "new_password": NEW_PASSWORD,
                    "password": PASSWORD},
        "changeUser": {"role": "admin", "password": PASSWORD},
        "deleteUser": {"password": PASSWORD},
        "createToken": {"name": "ci", "role": "viewer", "expires_at": None,
                        "scopes": ["keys.read", "audit.read"], "password": PASSWORD},
        "createKeys": {"user": "王小明", "count": 2, "day": 5, "month": 0, "expires_at": None,
                       "networks": ["192.0.2.0/24", "2001:db8::1"], "note": "two\nlines"},
        "findKey": {"key": known.key},
        "changeKeys": {"action": "disable", "ids": [known.key_id],
                       "password": PASSWORD},
        "changeKey": {"enabled": True, "user": "new", "day": 0, "month": 7, "expires_at": None,
                      "networks": [], "note": ""},
        "revealKey": {"password": PASSWORD},
        "rotateKey": {"grace": 60, "password": PASSWORD},
        "setMaster": {"key": "sk-api-0123456789abcdefghij", "password": PASSWORD},
        "testMaster": {},
        "changeSettings": {"timezone": "Europe/Berlin", "default_day": 3, "default_month": 0,
                           "retention_days": 90, "refund_bound": 30, "language": "zh",
                           "contact": "王工 8001", "password": PASSWORD},
        "verifyAudit": {},
    }


def path_of(operation: Operation, known: Known) -> str:
    of_session = operation.pattern.startswith("/sessions")
    return operation.path(
        id=known.session_id if of_session else
        known.token_id if operation.pattern.startswith("/tokens") else known.key_id,
        name=known.user)


def all_operations() -> list[Operation]:
    return sorted(operations().values(), key=lambda one: one.id)
