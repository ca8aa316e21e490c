"""Phrase rules for numbers that count nothing, or less than nothing."""

from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.heads import at_head
from synth_agent.brief.lexicon import (
    APPROXIMATE,
    FLUFF,
    NOUNS,
    STOPS,
)
from synth_agent.brief.quantities import read_quantity
from synth_agent.brief.readings import Amount, Ignored, Match
from synth_agent.brief.runs import read_run
from synth_agent.brief.terms import vocabulary

__all__ = ["below_zero", "name_number", "part_of_some"]

_NAMING: Final = vocabulary(
    "version v ver article art section chapter clause page step phase tier level grade class type "
    "war windows python java part no nr § year covid gpt iso en din iec"
)


_NOT_NAMES: Final = vocabulary("json jsonl csv txt parquet qa sft dpo")


_YEAR_BEFORE: Final = vocabulary("in since from until by during of year before after im en desde")


def below_zero(cursor: Cursor) -> Match | None:
    """Read "negative 5 questions"; "negative 5" alone is so many of a label."""
    begin = cursor.at
    if not cursor.word("negative") or not at_head(cursor, begin):
        return None
    value = cursor.number()
    cursor.skip(FLUFF, limit=4)
    task = cursor.term(NOUNS) if value is not None else None
    if value is None or task is None:
        return None
    return Match(Amount(-value, "count", "record", "", 2, task), begin, cursor.at)


def name_number(cursor: Cursor) -> Match | None:
    """Pass over numbers that are names: "ISO 9001", "in 2024", "chapter 3", "5-star"."""
    begin = cursor.at
    token, before, after = cursor.peek(), cursor.peek(-1), cursor.peek(1)
    if token.kind != "number" or token.value is None or token.value <= 0:
        return None
    if after.glued and after.kind == "word" and not NOUNS.match(cursor.brief.tokens, begin + 1):
        return Match(Ignored(), begin, begin + 2)
    year = len(token.text) == 4 and 1900 <= token.value <= 2100 and before.norm in _YEAR_BEFORE
    counts = read_run(Cursor(cursor.brief, begin + 1)).task is not None
    if before.norm in _NAMING or _acronym(cursor) or (year and not counts):
        return Match(Ignored(), begin, begin + 1)
    return None


def _acronym(cursor: Cursor) -> bool:
    """Whether "ISO" stands before the number, and no word merely written in capitals."""
    before, after = cursor.peek(-1), cursor.peek(1)
    if before.kind != "word" or not (before.text.isupper() and before.text.isalpha()):
        return False
    shouting = after.text.isupper() and len(after.text) > 1
    known = before.norm in cursor.brief.make | STOPS | APPROXIMATE | _NOT_NAMES
    known = known or NOUNS.match(cursor.brief.tokens, cursor.at - 1) is not None
    return 2 <= len(before.text) <= 6 and not shouting and not known


def part_of_some(cursor: Cursor) -> Match | None:
    """Take "1 in 5" where nothing known is behind it, so that 5 is no amount of its own."""
    begin = cursor.at
    quantity = read_quantity(cursor)
    if quantity is None or quantity.basis != "share" or cursor.peek(-1).kind != "number":
        return None
    found = Amount(quantity.value, "share", "unknown")
    return Match(found, begin, cursor.at) if cursor.at > begin + 1 else None
