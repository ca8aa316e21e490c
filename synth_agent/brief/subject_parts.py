"""Phrase rule for parts by subject: "10 about OEE, 20 about SMED"."""

from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.lexicon import AND, FLUFF, NOUNS, STOPS, WEAK_NOUNS
from synth_agent.brief.readings import Entry, Listing, Match
from synth_agent.brief.terms import vocabulary

__all__ = ["subject_parts"]

_ABOUT: Final = vocabulary("about on regarding covering over für über zu zum zur sur sobre")
_BETWEEN: Final = AND | {",", ";"}
_LONGEST: Final = 8


def subject_parts(cursor: Cursor) -> Match | None:
    """Read "10 about OEE, 20 about SMED", "20 questions on bees and 20 on wasps"."""
    begin = cursor.at
    entries: list[Entry] = []
    end = begin
    while (entry := _part(cursor)) is not None:
        entries.append(entry)
        end = cursor.at
        if not cursor.skip(_BETWEEN, limit=2) and cursor.peek().kind != "break":
            break
        if cursor.peek().kind == "break":
            cursor.take()
    return Match(Listing("topic", tuple(entries)), begin, end) if len(entries) > 1 else None


def _part(cursor: Cursor) -> Entry | None:
    value = cursor.number()
    if value is None or value <= 0:
        return None
    cursor.skip(FLUFF, limit=3)
    if cursor.term(NOUNS) is None:
        cursor.any_of(WEAK_NOUNS)
    if not cursor.any_of(_ABOUT):
        return None
    start = cursor.at
    while cursor.at - start < _LONGEST and _goes_on(cursor):
        cursor.take()
    name = cursor.brief.between(start, cursor.at)
    return Entry(name, value) if name else None


def _goes_on(cursor: Cursor) -> bool:
    token, after = cursor.peek(), cursor.peek(1)
    if token.norm in AND:
        return after.kind == "word" and Cursor(cursor.brief, cursor.at + 1).number() is None
    return token.kind in {"word", "quoted"} and (token.glued or token.norm not in STOPS - {"of"})
