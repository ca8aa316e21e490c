"""Phrase rule for columns of a table that are not called so: "rows with id, text, label"."""

from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.entries import LABELS, read_entries
from synth_agent.brief.lexicon import ARTICLES, DIFFICULTY, FLUFF, GROUPS, STOPS
from synth_agent.brief.readings import Entry, Listing, Match
from synth_agent.brief.terms import vocabulary

__all__ = ["table_fields"]

_TABLES: Final = vocabulary(
    "row rows table csv parquet spreadsheet lines records zeilen tabelle lignes tableau filas "
    "tabla "
    "points datensätze registros enregistrements"
)
_LEADS: Final = vocabulary("with : ( containing including incl mit avec con having")
_NO_COLUMNS: Final = vocabulary(
    "noise typos errors outliers duplicates gaps mistakes variety diversity answers questions "
    "missing values labels one two three header headers fields field columns column keys feldern "
    "felder spalten champs colonnes campos columnas"
)
_FARTHEST: Final = 9  # tokens from the table to its columns


def table_fields(cursor: Cursor) -> Match | None:
    """Read "rows with id, text, label", "table of products (name, price)", "csv: date, amount"."""
    begin = cursor.at
    if not cursor.any_of(_LEADS) or not _of_table(cursor, begin):
        return None
    cursor.any_of({":", "("})
    entries = read_entries(cursor, LABELS)
    if len(entries) < 2 or not all(_names_column(entry, cursor) for entry in entries):
        return None
    plain = all(len(entry.name.split()) == 1 for entry in entries)
    if len(entries) < 3 and not plain:
        return None
    cursor.word(")")
    return Match(Listing("column", entries), begin, cursor.at)


def _of_table(cursor: Cursor, begin: int) -> bool:
    """Whether rows or a table were named before, in the same clause."""
    for at in range(begin - 1, max(begin - 1 - _FARTHEST, -1), -1):
        token = cursor.brief.token(at)
        if token.norm in _TABLES:
            return True
        if token.kind in {"stop", "break", "heading"} or token.norm in {":", ";", ","}:
            return False
    return False


def _names_column(entry: Entry, cursor: Cursor) -> bool:
    words = entry.name.casefold().split()
    if entry.value is not None or len(words) > 3 or entry.name in DIFFICULTY:
        return False
    if entry.name in cursor.brief.sure:
        return False
    empty = _NO_COLUMNS | GROUPS - {"class", "label", "category", "sentiment"} | FLUFF | ARTICLES
    return not set(words) & (STOPS | _NO_COLUMNS) and not set(words) <= empty - {"test", "total"}
