"""Words, numbers, quotations and brackets of a brief, each with its place in the text.

Hyphenated words are split and the later parts marked `glued`, so that "step-by-step" and "step by
step" read alike; "GPT-4" and "3rd" are words, not numbers. One pass, linear in the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

__all__ = ["Kind", "Token", "normal", "tokenize"]

Kind = Literal["number", "word", "quoted", "angle", "braces", "heading", "mark", "stop", "break"]

_TOKEN: Final = re.compile(
    r"""
    (?P<heading>(?<![\w#])\#{1,6}(?=[\s\w]))
  | (?P<quoted>"[^"\n]{1,300}" | “[^”“\n]{1,300}[”“] | „[^“”\n]{1,300}[“”] | «[^»\n]{1,300}»
      | `[^`\n]{1,300}` | (?<!\w)['‘](?=\S)[^'’\n]{1,80}['’](?!\w))
  | (?P<angle><[^<>\n]{1,300}>)
  | (?P<braces>\{[^{}]{1,2000}\})
  | (?P<break>[ \t]*\n[ \t]*(?:(?:[-*•–+]|\d{1,2}[.)])[ \t]+)?)
  | (?P<number>(?<![\w.,])(?:[xX×](?=\d))?[-−+]?
      (?:\d{1,3}(?:['’\u202f\u00a0]\d{3})+|\d+(?:[.,]\d+)*|\.\d+)
      (?P<suffix>(?:[kKmM](?![^\W\d])|(?:bn|[Mm]io|[Mm]ln)\b))?[x×]?(?![A-Za-zÀ-ɏ_\d]))
  | (?P<elided>(?:[Qq]u|[cdjlmnstCDJLMNST])['’](?=[^\W\d]{2}))
  | (?P<short>(?i:e\.g|i\.e|etc|vs|approx|ca|z\.\s?B|p\.\s?ej|bzw|incl|no|nr)\.(?=[\s\w,]))
  | (?P<with>[wW]/o?(?=\s))
  | (?P<word>\w+(?:['’&]\w+)*)
  | (?P<stop>[.!?]+(?=\s|$|[\#A-ZÀ-Þ"“(<]))
  | (?P<emphasis>\*+)
  | (?P<mark>(?P<same>[^\s\w])(?P=same){3,} | \S)
    """,
    re.VERBOSE,
)
_SUFFIX: Final = {"k": 10**3, "m": 10**6, "mio": 10**6, "mln": 10**6, "bn": 10**9}
_ENUMERATION: Final = re.compile(r"\A\s*(?:[*•–]|\d{1,2}[.)])[ \t]+(?=\S)")
_GROUPED: Final = {
    True: re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?\Z"),
    False: re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?\Z"),
}
_WRITTEN_OUT: Final = {"w/": "with", "w/o": "without"}
_LONGEST_NUMBER: Final = 40


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        norm: Case, accents and typography folded; what lexicons are keyed by.
        glued: Joined to the token before it by a hyphen.
        inner: Text inside quotes or brackets.
        value: Of a number.
    """

    kind: Kind
    text: str
    norm: str
    start: int
    end: int
    glued: bool = False
    inner: str = ""
    value: Fraction | None = None


def normal(text: str) -> str:
    """Return text without case, accents and typographic apostrophes.

    >>> normal("Générez’s")
    "generez's"
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return "".join(char for char in plain if not unicodedata.combining(char))


def tokenize(text: str, *, decimal_comma: bool = False) -> list[Token]:
    """Return the tokens of a brief in order.

    Args:
        decimal_comma: "1.500" is fifteen hundred and "1,5" one and a half, as in German.
    """
    head = _ENUMERATION.match(text)
    return list(_tokens(text, head.end() if head else 0, decimal_comma=decimal_comma))


def _tokens(text: str, begin: int, *, decimal_comma: bool) -> Iterator[Token]:
    hyphen = False
    last: Token | None = None
    for match in _TOKEN.finditer(text, begin):
        if match.lastgroup == "emphasis":
            continue
        if _joins(match, last, text):
            hyphen = True
            continue
        last = _token(match, glued=hyphen, decimal_comma=decimal_comma)
        hyphen = False
        yield last


def _joins(match: re.Match[str], last: Token | None, text: str) -> bool:
    """Whether this is the hyphen inside a compound: between two word characters."""
    if match[0] not in {"-", "\u2010", "\u2011"} or last is None or last.end != match.start():
        return False
    after = text[match.end() : match.end() + 1]
    return last.kind in {"word", "number"} and (after.isalnum() or after == "_")


def _token(match: re.Match[str], *, glued: bool, decimal_comma: bool) -> Token:
    name = match.lastgroup
    raw = match[0]
    kind: Kind = "mark"
    inner, value = "", None
    if name in {"elided", "short", "with", "word"}:
        kind = "word"
    elif name in {"quoted", "angle", "braces"}:
        kind = name  # type: ignore[assignment]  # one of the three, which are kinds
        inner = raw[1:-1].strip()
        kind = kind if inner else "mark"
    elif name in {"heading", "stop", "break"}:
        kind = name  # type: ignore[assignment]  # likewise
    elif name in {"number", "suffix"}:
        value = _value(raw, match["suffix"] or "", decimal_comma=decimal_comma)
        kind = "mark" if value is None else "word" if glued and _names(match) else "number"
    said = _WRITTEN_OUT.get(raw.lower(), raw.rstrip(".") if name == "short" else raw)
    norm = normal(said) if kind != "break" else "\n"
    return Token(kind, raw, norm, match.start(), match.end(), glued, inner, value)


def _names(match: re.Match[str]) -> bool:
    """Whether the number is the end of a name: GPT-4, COVID-19."""
    before = match.string[: match.start() - 1][-1:]
    return before.isalpha()


def _value(raw: str, suffix: str, *, decimal_comma: bool) -> Fraction | None:
    digits = raw.strip("xX×").removesuffix(suffix).replace("−", "-")
    sign = -1 if digits.startswith("-") else 1
    digits = re.sub(r"['’\u202f\u00a0]", "", digits.lstrip("+-"))
    if len(digits) > _LONGEST_NUMBER:
        return None
    group = "." if decimal_comma else ","
    if _GROUPED[decimal_comma].match(digits):
        digits = digits.replace(group, "")
    digits = digits.replace(",", ".")
    if digits.count(".") > 1:
        return None
    return sign * Fraction(digits) * _SUFFIX.get(suffix.lower(), 1)
