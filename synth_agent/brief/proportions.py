"""Phrase rules for quantities of a fixed form: ranges, proportions, ratios, totals and pairs."""

from fractions import Fraction
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.entries import LABELS, read_entries, read_quantity
from synth_agent.brief.lexicon import (
    AND,
    APPROXIMATE,
    ARTICLES,
    DATASET,
    DIFFICULTY,
    FLUFF,
    NOUNS,
    PERCENT,
    SPLITS,
    STOPS,
    WEAK_NOUNS,
)
from synth_agent.brief.readings import Amount, Entry, Listing, Match, Ratio, Refused, Shares
from synth_agent.brief.terms import by_words, vocabulary

__all__ = [
    "named_share",
    "named_total",
    "pairs",
    "proportions",
    "range_of",
    "ratio",
    "share_list",
]

_TOTAL: Final = by_words(
    {
        "total": "number of, total number of, nombre de, número de, anzahl der, anzahl, count, "
        "size, total, quantity, amount of, n, num, num samples, num records, nombre, cantidad, "
        "número, sample size, dataset size"
    }
)
_KEYED: Final = vocabulary("count size total quantity n num nombre cantidad número anzahl")
_IS: Final = vocabulary(
    "| : = is are be should must of ist soll sein sollte est doit être es debe ser"
)
_RATES: Final = vocabulary("rate share proportion percentage fraction prevalence ratio quota anteil")
_LONGEST_NAME: Final = 5
_TIMES: Final = by_words(
    {2: "twice, two times, double, doppelt, deux fois, dos veces", 3: "three times, thrice, triple"}
)


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
    return Match(_listing(entries), begin, end)


def _listing(entries: tuple[Entry, ...]) -> Listing:
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
    linked = cursor.skip(_IS, limit=3)
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


def named_share(cursor: Cursor) -> Match | None:
    """Read "fraud rate 0.5%", "a fraud rate of 0.5%", "share of spam: 20%"."""
    begin = cursor.at
    first = cursor.any_of(_RATES) and cursor.word("of")
    name = cursor.label()
    if name is None or not (first or cursor.any_of(_RATES)):
        return None
    cursor.skip(_IS | {"of", "about", "around", "~"}, limit=3)
    quantity = read_quantity(cursor)
    if quantity is None or quantity.basis != "share":
        return None
    return Match(Listing("label", (Entry(name, quantity.value, "share"),)), begin, cursor.at)


def share_list(cursor: Cursor) -> Match | None:
    """Read "10% bug, 60% feature request, 30% question": whatever the words, they make a whole."""
    begin = cursor.at
    entries: list[Entry] = []
    end = begin
    while (entry := _share(cursor)) is not None:
        entries.append(entry)
        end = cursor.at
        if not cursor.skip(AND | {",", ";", "/", "|", "+"}, limit=2):
            break
    if len(entries) < 2 or sum(entry.value or 0 for entry in entries) != 1:
        return None
    listing = _listing(tuple(entries))
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
    return Match(_listing(entries), begin, cursor.at)


def _known(cursor: Cursor) -> bool:
    tokens, at = cursor.brief.tokens, cursor.at
    return any(terms.match(tokens, at) for terms in (cursor.brief.labels, DIFFICULTY, SPLITS))
