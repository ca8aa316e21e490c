"""Phrase rules for the names of fields and columns."""

import re
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.entries import LABELS, read_entries
from synth_agent.brief.lists import label_object
from synth_agent.brief.readings import Entry, Listing, Match, Refused
from synth_agent.brief.terms import Terms, by_words, vocabulary
from synth_agent.schemas import DEFAULT_FIELDS
from synth_agent.schemas.fields import FIELD_SYNONYMS

__all__ = ["bracketed_fields", "field_nouns", "field_objects", "format_fields"]

_LINKS: Final = vocabulary(
    "- – : = are is be should must can : named called following values one of either sind heißen "
    "sont "
    "son siguientes suivantes include including the these as with"
)
_FIELD_NOUNS: Final = vocabulary(
    "fields field keys attributes properties felder feldern champs campos schlüssel"
)
_SHAPES: Final = vocabulary("structure schema struktur estructura")
"""Before a colon they announce the fields."""
_COLUMN_NOUNS: Final = vocabulary("columns spalten colonnes columnas")
_WITH: Final = by_words(
    {
        "with": "with, containing, contains, consisting of, consists of, has, have, having, "
        "should have, must have, include, includes, including, as, of, mit, avec, con"
    }
)
_PAIR: Final = re.compile(r"""["'“‘]?([^"'“”‘’,:{}]{1,60}?)["'”’]?\s*(?=[:,}]|$)""")
_NAME: Final = re.compile(r"[^\W\d][\w .-]{0,58}[\w)]\Z|[^\W\d]\Z")
_FIELD_WORDS: Final = Terms(
    {name: True for own in DEFAULT_FIELDS.values() for name in own}
    | {
        name.replace("_", " "): True
        for fields in FIELD_SYNONYMS.values()
        for names in fields.values()
        for name in names.split()
        if len(name) > 2
    }
)


def field_nouns(cursor: Cursor) -> Match | None:
    """Read "with fields a, b and c", "columns: id, date, amount", "JSON keys a and b"."""
    begin = cursor.at
    announced = cursor.number()
    column = cursor.any_of(_COLUMN_NOUNS)
    written = cursor.peek(1).norm == ":" and cursor.any_of(_SHAPES)
    if not (column or written or cursor.any_of(_FIELD_NOUNS)):
        return None
    cursor.skip(_LINKS, limit=4)
    if cursor.peek().kind in {"angle", "braces"}:
        return None
    entries = read_entries(cursor, LABELS)
    if len(entries) < 2 and not (entries and cursor.peek(-2).norm in {":", "="}):
        return None
    if announced is not None and announced != len(entries):
        line = f"expected {int(announced)} fields as announced, got {len(entries)} names"
        return Match(Refused(line), begin, cursor.at)
    return Match(Listing("column" if column else "field", entries), begin, cursor.at)


def format_fields(cursor: Cursor) -> Match | None:
    """Read "csv: date, amount, merchant"."""
    begin = cursor.at
    if not (cursor.word("csv", "json", "jsonl", "parquet") and cursor.word(":", "(", "with")):
        return None
    cursor.skip(_FIELD_NOUNS | _COLUMN_NOUNS | {":"}, limit=2)
    entries = read_entries(cursor, LABELS)
    if len(entries) < 2:
        return None
    return Match(Listing("column", entries), begin, cursor.at)


def bracketed_fields(cursor: Cursor) -> Match | None:
    """Read `<a, b, c>`, `<a> <b>` and `{"a": ..., "b": ...}`."""
    begin = cursor.at
    token = cursor.take()
    if token.kind == "braces" and label_object(Cursor(cursor.brief, begin)) is None:
        names = [found.strip() for found in _PAIR.findall(token.inner)]
        keys = [n for n in _keys(token.inner) if _NAME.match(n)] or names
        return _fields(begin, cursor.at, keys)
    if token.kind != "angle":
        return None
    parts = [token.inner]
    while "," not in token.inner and cursor.peek().kind == "angle":
        parts.append(cursor.take().inner)
    names = [name.strip(" \"'") for part in parts for name in re.split(r"[,;|/]", part)]
    return _fields(begin, cursor.at, names)


def _keys(inner: str) -> list[str]:
    """Return what stands before the colons of an object, or its parts where it has none."""
    parts = inner.split(",")
    keyed = [part.split(":")[0] for part in parts if ":" in part]
    return [key.strip(" \t\n\"'“”") for key in (keyed or parts)]


def _fields(begin: int, end: int, names: list[str]) -> Match | None:
    if len(names) < 2 or not all(_NAME.match(name) for name in names):
        return None
    return Match(Listing("field", tuple(Entry(name) for name in names)), begin, end)


def field_objects(cursor: Cursor) -> Match | None:
    """Read "each with a question, a context and an answer"."""
    begin = cursor.at
    if cursor.term(_WITH) is None:
        return None
    start = cursor.at
    entries = read_entries(cursor, LABELS)
    names = [entry.name for entry in entries]
    if len(names) < 2 or not all(name in _FIELD_WORDS for name in names):
        return None
    article = cursor.brief.token(start).norm in {"a", "an", "eine", "une", "una", "un"}
    if not article and len(names) < 3 and not cursor.word("fields", "keys", "columns"):
        return None
    return Match(Listing("field", entries), begin, cursor.at)
