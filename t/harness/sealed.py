"""What gives people rights, as Redis holds it: opened and sealed without our code, for tests that
move a time or look at a password's hash. HKDF-SHA256 for the purpose, then AES-256-GCM."""

import hashlib
import hmac
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .admin import Admin
from .redis import RedisServer

NONCE_SIZE = 12


def derived(admin: Admin, purpose: str) -> bytes:
    return derived_of(admin.secret.read_bytes(), purpose)


def derived_of(file: bytes, purpose: str) -> bytes:
    """file: a secret file's bytes. One that a deployment was moved to brings two keys along."""
    brought = {"id": file[32:64], "name": file[64:]}.get(purpose, b"")
    if brought:
        return brought
    extracted = hmac.digest(bytes(32), file[:32], "sha256")
    return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")


def seal(admin: Admin, purpose: str, field: str, text: str) -> str:
    nonce = os.urandom(NONCE_SIZE)
    box = AESGCM(derived(admin, purpose)).encrypt(nonce, text.encode(), field.encode())
    return "v1." + urlsafe_b64encode(nonce + box).decode().rstrip("=")


def opened(admin: Admin, record: str, sealed: str) -> dict[str, object]:
    sealed = sealed.removeprefix("v1.")
    data = urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    return json.loads(AESGCM(derived(admin, "record")).decrypt(
        data[:NONCE_SIZE], data[NONCE_SIZE:], f"{record}/sealed".encode()))


def rights(admin: Admin, redis: RedisServer, record: str) -> dict[str, object]:
    return opened(admin, record, redis.hash(record)["sealed"])


def set_rights(admin: Admin, redis: RedisServer, record: str, **changed: object) -> None:
    text = json.dumps(rights(admin, redis, record) | changed)
    redis.command("HSET", record, "sealed", seal(admin, "record", f"{record}/sealed", text))


def name_user(admin: Admin, redis: RedisServer, key_id: str, user: str) -> None:
    """Of a gateway key, whatever an earlier version let users be called."""
    record = f"mmx:{{{key_id}}}"
    name = f"{record}:rights"
    kept = opened(admin, name, str(redis.command("GET", name))) | {"user": user}
    redis.command("SET", name, seal(admin, "record", f"{name}/sealed", json.dumps(kept)))
    redis.command("HSET", f"{record}:about", "user", user)


def password_hash(admin: Admin, redis: RedisServer, account: str) -> str:
    return str(rights(admin, redis, f"mmx:user:{account}")["password"])


def record_name(admin: Admin, secret: str) -> str:
    """What names a session or an API token."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    return hmac.new(derived(admin, "name"), digest.encode(), "sha256").hexdigest()
