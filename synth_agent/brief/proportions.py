"""Phrase rules for quantities of a fixed form: ranges, proportions, ratios, totals and pairs."""

from fractions import Fraction
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.lexicon import (
    AND,
    DIFFICULTY,
    NOUNS,
    PERCENT,
    SPLITS,
    STOPS,
)
from synth_agent.brief.readings import Entry, Listing, Match, Ratio, Refused, Shares
from synth_agent.brief.terms import by_words, vocabulary

__all__ = ["proportions", "ratio", "share_listing"]

_TIMES: Final = by_words(
    {2: "twice, two times, double, doppelt, deux fois, dos veces", 3: "three times, thrice, triple"}
)


def proportions(cursor: Cursor) -> Match | None:
    """Read "70/30 ham/spam", "80/10/10 split", "train/test split of 80/20", "2:1 ham to spam"."""
    begin = cursor.at
    if (parts := _parts(cursor)) is not None:
        cursor.any_of(PERCENT)
        return _proportions(cursor, begin, parts)
    names = _slashed(cursor) or _to_one_another(cursor)
    if len(names) < 2:
        return None
    cursor.skip(vocabulary("split ratio mix proportion of : = in is at ( with a"), limit=4)
    parts = _parts(cursor)
    if parts is None or len(parts) != len(names):
        return None
    cursor.any_of(PERCENT)
    cursor.word(")")
    cursor.word("split", "ratio", "mix")
    return _shared(begin, cursor.at, names, parts)


def _proportions(cursor: Cursor, begin: int, parts: list[Fraction]) -> Match | None:
    split = cursor.word("split", "splits") or cursor.brief.token(begin - 1).norm == "split"
    if split and sum(parts) != 100:
        said = cursor.brief.between(begin, cursor.at)
        line = f"the shares of a split add up to 100, got {said!r}"
        return Match(Refused(line), begin, cursor.at)
    cursor.skip(
        vocabulary("ratio mix of between for : ( split proportion in into to among"), limit=4
    )
    split = split or cursor.peek(-1).norm == "split"
    end = cursor.at
    names = _slashed(cursor) or _joined(cursor)
    if len(names) == len(parts) > 1:
        cursor.word(")")
        cursor.word("split", "ratio", "mix")
        return _shared(begin, cursor.at, names, parts)
    if not split and cursor.brief.token(begin - 1).norm in {"of", "is", "than"}:
        return None
    if not split or sum(parts) != 100:
        cursor.at = end
        shares = tuple(part / sum(parts) for part in parts)
        return Match(Shares(shares), begin, end) if sum(parts) == 100 else None
    standard = ["train", "test"] if len(parts) == 2 else ["train", "validation", "test"]
    return _shared(begin, end, standard, parts) if len(parts) <= 3 else None


def _parts(cursor: Cursor) -> list[Fraction] | None:
    """Take "70/30", "80-10-10", "2:1"."""
    begin = cursor.at
    parts: list[Fraction] = []
    while cursor.peek().kind == "number":
        parts.append(cursor.peek().value or Fraction(0))
        cursor.take()
        cursor.any_of(PERCENT)
        joined = cursor.peek().kind == "number" and cursor.peek().glued
        if not joined and not cursor.word("/", ":"):
            break
    split = "split" in {cursor.peek().norm, cursor.brief.token(begin - 1).norm}
    whole = (
        split
        or sum(parts) == 100
        or (cursor.brief.token(begin + 1).norm == ":" and len(parts) == 2)
    )
    if len(parts) >= 2 and whole and min(parts) > 0:
        return parts
    cursor.at = begin
    return None


def _slashed(cursor: Cursor) -> list[str]:
    """Take "ham/spam", "train/validation/test"."""
    begin = cursor.at
    names: list[str] = []
    while cursor.peek().kind in {"word", "quoted"}:
        token = cursor.take()
        names.append(token.inner or token.text)
        if not cursor.word("/"):
            break
    if len(names) < 2:
        cursor.at = begin
        return []
    return names


def _to_one_another(cursor: Cursor) -> list[str]:
    """Take "spam to ham" before "ratio"."""
    begin = cursor.at
    names = []
    for _ in range(2):
        token = cursor.take()
        names.append(token.inner or token.text)
        cursor.word("to", "and", "vs", ":")
    plain = all(name[:1].isalpha() for name in names)
    if plain and cursor.peek().norm in {"ratio", "proportion", "="}:
        return names
    cursor.at = begin
    return []


def _joined(cursor: Cursor) -> list[str]:
    """Take "ham to spam", "a, b and c"."""
    names: list[str] = []
    while name := _label_phrase(cursor):
        names.append(name)
        if not cursor.skip(AND | {"to", ",", ":"}, limit=2):
            break
    return names


def _shared(begin: int, end: int, names: list[str], parts: list[Fraction]) -> Match:
    entries = tuple(
        Entry(name, part / sum(parts), "share") for name, part in zip(names, parts, strict=True)
    )
    return Match(share_listing(entries), begin, end)


def share_listing(entries: tuple[Entry, ...]) -> Listing:
    """Return a list of files, levels or labels, whichever the names are."""
    names = [entry.name for entry in entries]
    if all(name in SPLITS for name in names):
        return Listing("split", entries)
    if all(name in DIFFICULTY for name in names):
        return Listing("difficulty", entries)
    return Listing("label", entries)


def ratio(cursor: Cursor) -> Match | None:
    """Read "twice as many positive as negative", "3 times as many a as b"."""
    begin = cursor.at
    times: Fraction | None
    if (named := cursor.term(_TIMES)) is not None:
        times = Fraction(named)
    else:
        times = cursor.number()
        cursor.word("times")
    if times is None or times <= 0 or not cursor.phrase("as", "many"):
        return None
    many = _label_phrase(cursor)
    cursor.term(NOUNS)
    if not many or not cursor.word("as", "than"):
        return None
    few = _label_phrase(cursor)
    cursor.term(NOUNS)
    return Match(Ratio(times, many, few), begin, cursor.at) if few else None


def _label_phrase(cursor: Cursor) -> str:
    if cursor.peek().kind == "quoted":
        return cursor.take().inner
    begin = cursor.at
    while cursor.at - begin < 4 and cursor.peek().kind == "word" and not _ends_label(cursor):
        if NOUNS.match(cursor.brief.tokens, cursor.at):
            break
        cursor.take()
    return cursor.brief.between(begin, cursor.at)


def _ends_label(cursor: Cursor) -> bool:
    return cursor.peek().norm in STOPS | AND
