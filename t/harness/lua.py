"""The Lua scripts as the programs send them to Redis."""

from .paths import ROOT
from .redis import RedisServer
from .resp import RedisError

FLAGS = "#!lua flags=allow-oom\n"


def lua(name: str) -> str:
    """The text of lib's <name>.lua, with its flags."""
    (path,) = (ROOT / "lib").rglob(f"{name}.lua")
    return FLAGS + path.read_text()


def loaded(redis: RedisServer, name: str) -> str:
    """Loads that script, with its flags if the server can read them; the hash to call it by.
    Whether it can, its answer says: Redis 6 knows no flags, and others call themselves 7."""
    try:
        return redis.command("SCRIPT", "LOAD", lua(name))
    except RedisError:
        return redis.command("SCRIPT", "LOAD", lua(name).removeprefix(FLAGS))
