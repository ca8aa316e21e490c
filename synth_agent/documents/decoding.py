"""Bytes as text: a byte order mark decides, then UTF-8, then what HTML declares, then cp1252.

cp1252 (Windows, Western Europe) is a guess, and the document's notes say so. What it cannot hold
either, and what is no text at all, is refused rather than turned into junk.
"""

import codecs
import re
from dataclasses import dataclass
from typing import Final

from synth_agent.errors import ConfigError

__all__ = ["Decoded", "decode"]

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED: Final = re.compile(
    rb"<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)=[\"']?([\w-]+)", re.IGNORECASE
)
_KNOWN: Final = re.compile(
    r"iso-8859-\d+|windows-125\d|koi8-[ru]|shift_jis|euc-(?:jp|kr)|gb(?:2312|k|18030)|big5",
    re.IGNORECASE,
)
"""Declared encodings that are believed: Python's others (idna, unicode_escape) are no charsets."""
_CONTROL: Final = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1b")) + b"\x7f"
_JUNK: Final = 0.01
"""Share of control characters from which bytes are no text."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A file's text, and what the user should know of how it was decoded."""

    text: str
    notes: tuple[str, ...] = ()


def decode(raw: bytes) -> Decoded:
    """Return the bytes as text.

    Raises:
        ConfigError: They are no text, or in an encoding that is not known here.
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return Decoded(_strictly(raw, encoding).removeprefix("\ufeff"))
    if b"\0" in raw or len(raw) - len(raw.translate(None, _CONTROL)) > _JUNK * len(raw):
        raise ConfigError("binary, or UTF-16 without a byte order mark; save it as UTF-8 text")
    try:
        return Decoded(raw.decode())
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.search(raw[:4096])
    if declared and _KNOWN.fullmatch(name := declared[1].decode("ascii", "replace")):
        return Decoded(_strictly(raw, name))
    return Decoded(_strictly(raw, "cp1252"), ("not UTF-8: read as cp1252 (Western Europe)",))


def _strictly(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"expected UTF-8, UTF-16 or {encoding} text, got byte 0x{raw[error.start]:02x} at "
            f"{error.start}; save it as UTF-8"
        ) from error
