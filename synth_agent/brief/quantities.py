"""Numbers of records and shares of them, as people write them."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.lexicon import (
    GROUPS,
    KINDS,
    PERCENT,
)
from synth_agent.brief.readings import Basis

__all__ = ["Quantity", "read_quantity"]

_WIDEST: Final = 500  # "1 in 500"; beyond it "in" means something else


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number of records, or a share of them."""

    value: Fraction
    basis: Basis


def read_quantity(cursor: Cursor) -> Quantity | None:
    """Take "70%", "70 percent", "half", "1/3", "two hundred"."""
    begin = cursor.at
    share, end = cursor.fraction(), cursor.at
    cursor.at = begin
    value = cursor.number()
    if share is not None and end >= cursor.at:  # "half", but not "half a million"
        cursor.at = end
        return Quantity(share, "share")
    if value is None:
        return None
    if cursor.word("/") and (under := cursor.number()) is not None:
        if 0 < value < under <= 10:
            return Quantity(value / under, "share")
        cursor.at = begin + 1
    elif cursor.peek(-1).norm == "/":
        cursor.at -= 1
    if (under := _out_of(cursor)) is not None and 0 < value < under:
        return Quantity(value / under, "share")
    if _percent(cursor):
        return Quantity(value / 100, "share")
    return Quantity(value, "count")


def _out_of(cursor: Cursor) -> Fraction | None:
    """Take "in 5", "out of 10" behind a number."""
    begin = cursor.at
    joined = cursor.phrase("out", "of") or cursor.word("in")
    under = cursor.number() if joined else None
    grouped = cursor.peek().norm in GROUPS or cursor.peek().norm in KINDS or cursor.peek().glued
    if under is None or under > _WIDEST or grouped:
        cursor.at = begin
        return None
    return under


def _percent(cursor: Cursor) -> bool:
    return cursor.phrase("pour", "cent") or cursor.phrase("por", "ciento") or cursor.any_of(PERCENT)
