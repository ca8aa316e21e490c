"""Phrase rules for names with their shares or numbers."""

from fractions import Fraction
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.entries import LABELS, read_entries
from synth_agent.brief.lexicon import (
    AND,
    DIFFICULTY,
    IS,
    SPLITS,
    STOPS,
)
from synth_agent.brief.proportions import share_listing
from synth_agent.brief.quantities import read_quantity
from synth_agent.brief.readings import Entry, Listing, Match
from synth_agent.brief.terms import vocabulary

__all__ = ["named_share", "pairs", "share_list"]

_RATES: Final = vocabulary(
    "rate share proportion percentage fraction prevalence ratio quota anteil"
)


_LONGEST_NAME: Final = 5


def named_share(cursor: Cursor) -> Match | None:
    """Read "fraud rate 0.5%", "a fraud rate of 0.5%", "share of spam: 20%"."""
    begin = cursor.at
    first = cursor.any_of(_RATES) and cursor.word("of")
    name = cursor.label()
    if name is None or not (first or cursor.any_of(_RATES)):
        return None
    cursor.skip(IS | {"of", "about", "around", "~"}, limit=3)
    quantity = read_quantity(cursor)
    if quantity is None or quantity.basis != "share":
        return None
    return Match(Listing("label", (Entry(name, quantity.value, "share"),)), begin, cursor.at)


def share_list(cursor: Cursor) -> Match | None:
    """Read "10% bug, 60% feature request, 30% question": whatever the words, they make a whole."""
    begin = cursor.at
    entries: list[Entry] = []
    end, total = begin, Fraction(0)
    while (entry := _share(cursor)) is not None:
        entries.append(entry)
        end = cursor.at
        total += entry.value or 0
        if total > 1 or not cursor.skip(AND | {",", ";", "/", "|", "+"}, limit=2):
            break
    if len(entries) < 2 or total != 1:
        return None
    listing = share_listing(tuple(entries))
    return Match(listing, begin, end) if _strange(cursor, entries, listing) else None


def _strange(cursor: Cursor, entries: list[Entry], listing: Listing) -> bool:
    """Whether no name is known: the amounts of known ones are read one by one."""
    known = any(e.name in cursor.brief.sure or e.name in DIFFICULTY for e in entries)
    return listing.axis == "label" and not known and len({e.name for e in entries}) == len(entries)


def _share(cursor: Cursor) -> Entry | None:
    quantity = read_quantity(cursor)
    if quantity is None or quantity.basis != "share":
        return None
    start = cursor.at
    while cursor.at - start < _LONGEST_NAME and cursor.peek().kind in {"word", "quoted"}:
        if cursor.peek().norm in (STOPS | AND) - {"not"} and not cursor.peek().glued:
            break
        cursor.take()
    first = cursor.brief.token(start)
    name = first.inner if first.kind == "quoted" else cursor.brief.between(start, cursor.at)
    ends = cursor.peek().norm in AND | {",", ";", "/", "|", "+", ")"} or cursor.at_end_of_clause
    ends = ends or cursor.at == len(cursor.brief.tokens)
    return Entry(name, quantity.value, "share") if name and ends else None


def pairs(cursor: Cursor) -> Match | None:
    """Read "A: 10, B: 20", "positive (8), negative (2)", "ham 70%, spam 30%"."""
    begin = cursor.at
    if cursor.peek().kind not in {"word", "quoted"} or cursor.fraction() is not None:
        return None
    if cursor.peek().kind == "word" and cursor.peek(-1).kind == "word" and not _known(cursor):
        return None
    entries = read_entries(cursor, LABELS, valued=True)
    if len(entries) < 2:
        return None
    return Match(share_listing(entries), begin, cursor.at)


def _known(cursor: Cursor) -> bool:
    tokens, at = cursor.brief.tokens, cursor.at
    return any(terms.match(tokens, at) for terms in (cursor.brief.labels, DIFFICULTY, SPLITS))
