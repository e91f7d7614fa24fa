"""The Lua scripts as the programs send them to Redis."""

from .paths import ROOT
from .redis import RedisServer
from .resp import RedisError

FLAGS = "#!lua flags=allow-oom\n"


def loaded(redis: RedisServer, name: str) -> str:
    """Loads lib's <name>.lua, with its flags if the server can read them; the hash to call it by.
    Whether it can, its answer says: Redis 6 knows no flags, and others call themselves 7."""
    (path,) = (ROOT / "lib").rglob(f"{name}.lua")
    try:
        return redis.command("SCRIPT", "LOAD", FLAGS + path.read_text())
    except RedisError:
        return redis.command("SCRIPT", "LOAD", path.read_text())
