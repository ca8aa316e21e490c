"""The words behind a number in an expression that say what it counts: 60 miles per hour × 2.

What could be an unknown or a function instead ("2x", "10/rate", "5!") makes it unreadable.
"""

from collections.abc import Sequence
from typing import Final

from synth_agent.quality.measures import UNITS
from synth_agent.quality.symbols import Symbol

__all__ = ["ARTICLES", "MONTHS", "POWERS", "UnreadableError", "pass_units"]

_JOINING: Final = """and or but then so if when while because since as which that this these
those what where who he she they we it i you there here than to from by with without into onto at
for on in is are was were be has have had not no"""
_NUMBERS: Final = """twice thrice half double triple both another zero one two three four five six
seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
twenty thirty forty fifty sixty seventy eighty ninety hundreds thousands third thirds fourth fourths
fifth fifths dozen dozens pair pairs score"""
_FUNCTIONS: Final = "remainder mod modulo choose root factorial log ln sin cos tan sqrt max"
_STOPS: Final = frozenset(f"{_JOINING} {_NUMBERS} {_FUNCTIONS}".split())
"""Words that are no part of a unit: what stands on their two sides does not belong together."""
_MONTHS: Final = """jan feb mar apr may jun jul aug sep sept oct nov dec january february march
april june july august september october november december"""
MONTHS: Final = frozenset(_MONTHS.split())
"""Words beside which a number is a day or a year."""
ARTICLES: Final = frozenset(
    {"the", "her", "his", "their", "its", "our", "my", "your", "those", "these", "all", "this"}
    | {"that", "remaining"}
)
"""Words that may stand between "of" and a number."""
POWERS: Final = {"²": 2, "³": 3, "squared": 2, "cubed": 3}
_GLUED: Final = frozenset({*UNITS, "c", "f"})
_MOST_WORDS: Final = 6


class UnreadableError(Exception):
    """An expression that is not understood."""


def pass_units(symbols: Sequence[Symbol], at: int, end: int) -> tuple[int, set[str]]:
    """Return the index behind a number's units, and which known units they are.

    Args:
        symbols: The whole side.
        at: Index of what follows the number.
        end: Where the number's text ends; what begins there is glued to it.

    Raises:
        UnreadableError: It may be an unknown.
    """
    measures: set[str] = set()
    for count in range(_MOST_WORDS):
        if at >= len(symbols):
            break
        symbol = symbols[at]
        if symbol.text in "°!" and symbol.start == end:
            _refuse_factorial(symbols, at)
        elif _compound(symbols, at, end, first=count == 0):
            at += 1
        elif symbol.kind == "money" and count == 0 and not _amount(symbols, at):
            pass  # 1.60 €
        elif symbol.kind != "word" or not _unit(symbols, at, glued=symbol.start == end):
            break
        rate = symbols[at - 1].text in {"a", "per"}
        if not rate and (unit := UNITS.get(_base(symbols[at].text))):
            measures.add(unit)
        end = symbols[at].end
        at = _power_of_unit(symbols, at + 1)
    return at, measures


def _amount(symbols: Sequence[Symbol], at: int) -> bool:
    """Return whether a sign of money belongs to a number behind it."""
    return at + 1 < len(symbols) and symbols[at + 1].kind in {"number", "vulgar"}


def _refuse_factorial(symbols: Sequence[Symbol], at: int) -> None:
    behind = symbols[at + 1].kind if at + 1 < len(symbols) else None
    if symbols[at].text == "!" and behind in {"sign", "equals", "close"}:
        raise UnreadableError


def _compound(symbols: Sequence[Symbol], at: int, end: int, *, first: bool) -> bool:
    """Return whether `/hour` or `-pound` goes on here."""
    if symbols[at].kind != "sign" or at + 1 >= len(symbols) or symbols[at + 1].kind != "word":
        return False
    symbol, behind = symbols[at], symbols[at + 1]
    if symbol.text == "/":
        tight = not first and symbol.start == end and behind.start == symbol.end  # 1.20 EUR/m
        per = _base(behind.text)
        known = per in UNITS and (len(per) > 1 or per in "hs" or tight)
        money = at > 1 and symbols[at - 2].kind == "money"
        if known or (len(behind.text) > 1 and (not first or money)):
            return True
        raise UnreadableError
    if symbol.text == "-" and symbol.start == end and behind.start == symbol.end:
        if behind.text in UNITS and len(behind.text) > 1:
            return True
        raise UnreadableError
    return False


def _unit(symbols: Sequence[Symbol], at: int, *, glued: bool) -> bool:
    """Return whether a word belongs to the number before it."""
    text = _base(symbols[at].text)
    behind = symbols[at + 1] if at + 1 < len(symbols) else None
    if any(letter.isdigit() for letter in text) or (glued and text not in _GLUED):
        raise UnreadableError  # a name, "20because", 2x, 3rd
    if text in MONTHS:
        raise UnreadableError
    if text == "x":
        if behind is None or behind.kind not in {"number", "money", "open", "vulgar"}:
            raise UnreadableError
        return False
    if text == "of":
        return behind is not None and behind.kind == "word" and behind.text not in ARTICLES
    if len(text) == 1 and text != "a" and text not in UNITS and not glued:
        raise UnreadableError
    return text not in _STOPS and text not in POWERS


def _base(unit: str) -> str:
    """Return a unit without its power, where that is part of the word: m², cm³."""
    return unit.rstrip("²³")


def _power_of_unit(symbols: Sequence[Symbol], at: int) -> int:
    """Return the index behind the power of a unit: m², ft^3."""
    kinds = [symbol.kind for symbol in symbols[at : at + 2]]
    if kinds[:1] == ["power"]:
        return at + 1
    if kinds[:1] == ["sign"] and symbols[at].text == "^" and len(kinds) == 2:
        if kinds[1] != "number":
            raise UnreadableError
        return at + 2
    return at
