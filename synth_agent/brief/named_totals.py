"""Phrase rules for totals of a fixed form: ranges, and "number of records: 500"."""

from fractions import Fraction
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.lexicon import (
    AND,
    APPROXIMATE,
    ARTICLES,
    DATASET,
    FLUFF,
    IS,
    NOUNS,
    PERCENT,
    WEAK_NOUNS,
)
from synth_agent.brief.readings import Amount, Match, Refused
from synth_agent.brief.terms import by_words, vocabulary

__all__ = ["named_total", "range_of"]

_TOTAL: Final = by_words(
    {
        "total": "number of, total number of, nombre de, número de, anzahl der, anzahl, count, "
        "size, total, quantity, amount of, n, num, num samples, num records, nombre, cantidad, "
        "número, sample size, dataset size"
    }
)


_KEYED: Final = vocabulary("count size total quantity n num nombre cantidad número anzahl")


def range_of(cursor: Cursor) -> Match | None:
    """Refuse "between 50 and 100 questions", "50-100 questions", "50 to 100 questions"."""
    begin = cursor.at
    between = cursor.word("between", "zwischen", "entre", "from")
    low = cursor.number()
    if low is None:
        return None
    joined = cursor.word("and", "to", "-", "–", "—", "und", "bis", "et", "à", "y", "a")
    glued = cursor.peek().glued
    high = cursor.number() if joined or glued else None
    if high is None or cursor.any_of(PERCENT) or not low < high or cursor.peek().glued:
        return None
    end = cursor.at
    if cursor.brief.token(begin).norm == "from" or (not between and _plus(cursor, begin)):
        return None
    if not _record_behind(cursor):
        return None
    said = cursor.brief.between(begin, end)
    return Match(Refused(f"expected one number of records, got {said!r}; name one"), begin, end)


def _plus(cursor: Cursor, begin: int) -> bool:
    """Whether "50 and 100" are two amounts, not the ends of a range."""
    return cursor.brief.token(begin + 1).norm in AND


def _record_behind(cursor: Cursor) -> bool:
    cursor.skip(FLUFF | ARTICLES, limit=4)
    return cursor.term(NOUNS) is not None


def named_total(cursor: Cursor) -> Match | None:
    """Read "the number of questions is 500", "number of records: 500", "n=500", "count: 500"."""
    begin = cursor.at
    cursor.word("the", "die", "le", "el")
    start = cursor.at
    if cursor.term(_TOTAL) is None:
        return None
    keyed = cursor.brief.token(cursor.at - 1).norm in _KEYED
    cursor.skip(ARTICLES | FLUFF, limit=3)
    task = cursor.term(NOUNS)
    weak = task is None and cursor.any_of(WEAK_NOUNS | DATASET)
    linked = cursor.skip(IS, limit=3)
    cursor.skip(APPROXIMATE)
    value = cursor.number()
    if value is None or cursor.any_of(PERCENT):
        return None
    if task is None and not weak and not (keyed and (linked or (start == begin and linked))):
        return None
    if task is None and not linked:
        return None
    return _total(cursor, begin, value, task or "", noun=3)


def _total(cursor: Cursor, begin: int, value: Fraction, task: str, *, noun: int) -> Match:
    if cursor.term(NOUNS) is None:
        cursor.word("in")
    return Match(Amount(value, "count", "record", "", noun, task), begin, cursor.at)
