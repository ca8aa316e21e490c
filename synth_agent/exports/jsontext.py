"""JSON as this package writes it: UTF-8, no ASCII escapes, keys in their order."""

from typing import Final

import orjson
from pydantic import JsonValue

from synth_agent.errors import ConfigError

__all__ = ["json_bytes", "json_line"]

_LINE_ENDS: Final = {
    "\u0085".encode(): rb"\u0085",
    "\u2028".encode(): rb"\u2028",
    "\u2029".encode(): rb"\u2029",
}


def json_bytes(value: JsonValue, *, indent: bool = False) -> bytes:
    """Return the value as JSON, without a line end; NaN and infinity become null."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else None)
    except TypeError as error:
        raise ConfigError(f"a record cannot be written as JSON: {error}") from error


def json_line(value: JsonValue) -> bytes:
    """Return the value as one line of JSON Lines.

    Unicode's own line ends (U+2028 and its like) are escaped, for many readers split there.
    """
    line = json_bytes(value)
    for raw, escaped in _LINE_ENDS.items():
        line = line.replace(raw, escaped)
    return line + b"\n"
