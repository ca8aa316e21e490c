"""The JSON values that a text holds, read as far as they are whole.

It takes what models get wrong: text around the JSON, single and forgotten quotes, comments, commas
too many and too few, bare keys. It guesses at no content: an object with anything in it that has no
place there is lost, and of a value that was cut off only the whole entries of its list are kept.
json_repair takes more, and shortens texts and closes half records without a word.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

__all__ = ["Salvage", "salvaged"]

_THOUGHT: Final = re.compile(r"\A\s*<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL)
"""What reasoning models of some local servers write before their answer, drafts included."""
_START: Final = re.compile(r"[\[{](?=\s*(?:[\"'\[\]{}]|//|/\*|#|[A-Za-z_]\w*\s*:))")
_AFTER: Final = r"\s*(?:[,:}\]]|/[/*]|#|\Z|\+\s*[\"']|[\"']\w+[\"']\s*:)|[ \t]*\n\s*[\"']"
"""What follows a quote that ends a string; any other quote was forgotten to be escaped."""
_BARE: Final = r"(?:(?!//|/\*)[^\s\[\]{}:,\"'#])"
_TOKEN: Final = re.compile(
    r'(?P<long>"""(?P<lines>.*?)""")'
    rf'|(?P<double>"(?P<in_double>(?:[^"\\]++|\\(?:.|\Z)|"(?!{_AFTER}))*+)(?:"|(?P<half>\Z)))'
    rf"|(?P<single>'(?P<in_single>(?:[^'\\]++|\\(?:.|\Z)|'(?!{_AFTER}))*+)(?:'|(?P<halved>\Z)))"
    r"|(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z)|#[^\n]*)"
    r"|(?P<mark>[\[\]{}:,])"
    rf"|(?P<bare>{_BARE}(?:{_BARE}|[ \t]+(?={_BARE}))*+)",
    re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(?:(u[0-9a-fA-F]{4}|[\"\\/bfnrt])|(.?))|([\x00-\x1f\"])", re.DOTALL)
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,300})(\.\d*)?([eE][+-]?\d{1,3})?")
_LITERALS: Final[dict[str, Any]] = {
    **dict.fromkeys(("true", "True"), True),
    **dict.fromkeys(("false", "False"), False),
    **dict.fromkeys(("null", "None", "NaN", "Infinity", "-Infinity", "undefined")),
}
"""Constants of JSON, Python and JavaScript; None for what JSON has not."""
_CLOSES: Final[dict[str, type]] = {"]": list, "}": dict}
_DEEPEST: Final = 64
"""Brackets inside brackets; beyond that nobody was asked for it, and recursion ends somewhere."""


class Salvage(NamedTuple):
    """The values of a text."""

    whole: tuple[Any, ...] = ()
    part: Any = None
    """The value that was cut off, without what is incomplete in its outermost list."""
    cut: bool = False


def salvaged(text: str) -> Salvage:
    """Return the objects and lists that a text holds; empty ones do not count.

    Raises:
        ValueError: It is nested more deeply than any record is.
    """
    thought = _THOUGHT.match(text)
    at = thought.end() if thought else 0
    whole: list[Any] = []
    while start := _START.search(text, at):
        value, end = _read(text, start.start())
        if end is None:
            return Salvage(tuple(whole), value or None, cut=True)
        if value:
            whole.append(value)
        at = end
    return Salvage(tuple(whole))


@dataclass(slots=True)
class _Open:
    """An object or a list whose end has not come yet."""

    value: dict[str, Any] | list[Any]
    name: str | None = None
    """A text that stands where a key is due."""
    key: str | None = None
    broken: bool = False
    """There was something in it that has no place there."""

    def put(self, value: Any, *, name: str | None = None) -> None:
        """Take a value, which is a key where one is due."""
        if isinstance(self.value, list):
            self.value.append(value)
        elif self.key is not None:
            self.value[self.key] = value
            self.key = None
        else:
            self.broken = self.broken or name is None or self.name is not None
            self.name = name

    def colon(self) -> None:
        """Take the text before a colon as the key."""
        self.broken = self.broken or self.name is None or self.key is not None
        self.name, self.key = None, self.name

    def comma(self) -> None:
        """End an entry; a key that has no value has none."""
        if self.key is not None:
            self.put(None)
        self.broken = self.broken or self.name is not None

    def closed(self) -> Any:
        """Return the value, None if it is broken."""
        self.comma()
        return None if self.broken else self.value


def _read(text: str, start: int) -> tuple[Any, int | None]:
    """Return the value that begins at `start`, and where it ends; without an end it is cut off."""
    opened: list[_Open] = []
    for token in _TOKEN.finditer(text, start):
        mark = token["mark"]
        if token["half"] is not None or token["halved"] is not None:
            break
        if mark is None:
            _put_scalar(opened[-1], token)
        elif mark in "[{":
            opened.append(_Open([] if mark == "[" else {}))
            if len(opened) > _DEEPEST:
                raise ValueError(f"expected records, got brackets more than {_DEEPEST} deep")
        elif (closed := _marked(opened, mark)) is not None:
            return closed.closed(), token.end()
    # A wrapper may stay open, but entries are whole in the outermost list alone: a list further
    # inside belongs to an entry that is half.
    lists = (at for at, entry in enumerate(opened) if isinstance(entry.value, list))
    level = next(lists, len(opened) - 1)
    for outer, inner in zip(opened[level - 1 :: -1], opened[level:0:-1], strict=False):
        outer.put(inner.value)
    return opened[0].value, None


def _marked(opened: list[_Open], mark: str) -> _Open | None:
    """Take a colon, a comma or the end of something; return the outermost value at its end."""
    if mark == ":":
        opened[-1].colon()
    elif mark == ",":
        opened[-1].comma()
    elif any(isinstance(entry.value, _CLOSES[mark]) for entry in opened):
        while not isinstance(opened[-1].value, _CLOSES[mark]):  # a bracket was forgotten
            inner = opened.pop()
            opened[-1].put(inner.closed())
        inner = opened.pop()
        if not opened:
            return inner
        opened[-1].put(inner.closed())
    return None


def _put_scalar(entry: _Open, token: re.Match[str]) -> None:
    if bare := token["bare"]:
        entry.put(_literal(bare), name=bare)
    elif token["comment"] is None:
        written = token["lines"]
        if written is None:
            inner = token["in_double"] if token["double"] else token["in_single"]
            written = _unescaped(inner)
        entry.put(written, name=written)


def _literal(bare: str) -> Any:
    """Return the number or constant that bare letters say, or the letters."""
    if bare in _LITERALS:
        return _LITERALS[bare]
    number = _NUMBER.fullmatch(bare)
    if number is None:
        return bare
    if not number[1] and not number[2]:
        return int(bare)
    value = float(bare)
    return value if math.isfinite(value) else None


def _unescaped(inner: str) -> str:
    text: str = json.loads(f'"{_ESCAPE.sub(_escaped, inner)}"')
    # a character that was written by halves and has but one of them cannot be stored
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped(found: re.Match[str]) -> str:
    known, odd, bare = found.groups()
    if bare:
        return f"\\u{ord(bare):04x}"
    if known:
        return found[0]
    return "'" if odd == "'" else f"\\\\{odd}"
