"""The Lua scripts as the programs send them to Redis."""

from .paths import ROOT
from .servers import REDIS_KNOWS_FLAGS

FLAGS = "#!lua flags=allow-oom\n" if REDIS_KNOWS_FLAGS else ""


def lua(name: str) -> str:
    """The text of lib's <name>.lua."""
    (path,) = (ROOT / "lib").rglob(f"{name}.lua")
    return FLAGS + path.read_text()
