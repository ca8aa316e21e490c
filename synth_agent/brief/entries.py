"""Lists of names as people write them: "A, B and C", "A (10), B: 20", "70% x, 30% y", bullets."""

from dataclasses import dataclass
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.lexicon import (
    AND,
    ARTICLES,
    GROUPS,
    NOUNS,
    STOPS,
    WEAK_NOUNS,
)
from synth_agent.brief.quantities import Quantity, read_quantity
from synth_agent.brief.readings import Entry
from synth_agent.brief.terms import by_words, vocabulary
from synth_agent.brief.tokens import Token, normal

__all__ = ["LABELS", "TOPICS", "Manner", "read_entries"]

_SEPARATORS: Final = AND | frozenset({",", ";", "/", "|", "+"})
_OPENERS: Final = frozenset({"[", "("})
_CLOSERS: Final = frozenset({"]", ")"})
_BEFORE_NAME: Final = ARTICLES | vocabulary("either both as of x times soit entweder al")
_SETTINGS: Final = by_words(
    {"": "seed, random seed, count, n, temperature, split, threshold, size, total, max, min"}
)
"""Keys whose number is none of records."""
_KEYS: Final = vocabulary(
    "topic topics domain subject language format output task layout role pack"
)
"""Before a colon they open something else than a name of the list."""
_LONGEST_LIST: Final = 500
_ENDING: Final = vocabulary(
    "make sure use ensure save export give return please avoid respectively only max min seed "
    "everything all no balanced evenly equally jsonl json csv parquet txt"
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How the names of one kind of list look.

    Attributes:
        longest: Words in a name at most.
        inner: Words that end a name elsewhere, but may stand inside one here.
    """

    longest: int
    inner: frozenset[str]


LABELS: Final = Manner(5, vocabulary("of not to on off by de du no"))
TOPICS: Final = Manner(
    8, vocabulary("of in for to on by at the a an de du des la le les del der die das von im with")
)


def read_entries(
    cursor: Cursor, manner: Manner = LABELS, *, valued: bool = False
) -> tuple[Entry, ...]:
    """Take a list of names, each perhaps with its amount; empty if there is none.

    A list goes on over lines only if it began on a line of its own or a comma ends the line.

    Args:
        valued: Stop before the first name without an amount.
    """
    block = _bullet(cursor.peek()) if cursor.peek().kind == "break" else None
    if block is not None:
        cursor.take()
    cursor.any_of(_OPENERS)
    found: list[Entry] = []
    rest = cursor.at
    while len(found) < _LONGEST_LIST and (entry := _next(cursor, manner, found)):
        if valued and (entry.value is None or (found and found[0].basis != entry.basis)):
            break
        found.append(entry)
        cursor.any_of(_CLOSERS)
        rest = cursor.at
        if not _separator(cursor, block) and not _next_pair(cursor, entry):
            break
    cursor.at = rest
    return tuple(found)


def _bullet(line_break: Token) -> str:
    """Return what a line begins with, the same for every number: "-", "1.", or nothing."""
    mark = line_break.text.strip()
    return f"1{mark[-1]}" if mark[:1].isdigit() else mark


def _next(cursor: Cursor, manner: Manner, found: list[Entry]) -> Entry | None:
    """Take the next name; plain names do not go on with a counted one: "low, high; 90 reports"."""
    if found and found[-1].value is None and read_quantity(Cursor(cursor.brief, cursor.at)):
        return None
    return _entry(cursor, manner)


def _separator(cursor: Cursor, block: str | None) -> bool:
    commas = cursor.skip(_SEPARATORS, limit=3)
    token = cursor.peek()
    if token.kind == "break" and (commas or block == _bullet(token)):
        cursor.take()
        return True
    if block is not None and token.kind == "stop" and cursor.peek(1).kind == "break":
        cursor.take()
        return _separator(cursor, block)
    return commas > 0


def _next_pair(cursor: Cursor, entry: Entry) -> bool:
    """Whether another "name: 10" follows, on the next line or behind a blank."""
    if entry.value is None:
        return False
    if cursor.peek().kind == "break":
        cursor.take()
    if cursor.peek().kind not in {"word", "quoted"}:
        return False
    counted = cursor.peek(1).kind == "number" and cursor.brief.sure.match(
        cursor.brief.tokens, cursor.at
    )
    return bool(counted) or cursor.peek(1).norm in {":", "=", "("}


def _entry(cursor: Cursor, manner: Manner) -> Entry | None:
    begin = cursor.at
    quantity = read_quantity(cursor)
    counts_records = quantity is not None and _noun(cursor)
    name = None if counts_records else _bare_name(cursor, manner, counted=quantity is not None)
    keyed = quantity is None and normal(name or "") in _KEYS and cursor.peek().norm in {":", "="}
    if name is None or keyed or name.split()[-1] in {"format", "layout", "style"}:
        cursor.at = begin
        return None
    if quantity is not None:
        cursor.term(NOUNS)
    else:
        quantity = _amount_behind(cursor)
    if quantity is None:
        return Entry(name)
    if name in _SETTINGS:
        cursor.at = begin
        return None
    return Entry(name, quantity.value, quantity.basis)


def _bare_name(cursor: Cursor, manner: Manner, *, counted: bool) -> str | None:
    for _ in range(2):
        if _leads_on(cursor.peek(), cursor.peek(1)):
            cursor.any_of(_BEFORE_NAME)
    return _name(cursor, manner, counted=counted)


def _leads_on(token: Token, after: Token) -> bool:
    """Whether an article is one, not the label "A"."""
    named = after.kind in {"word", "quoted"} and not after.glued and after.norm not in AND
    return named and token.text != "A"


def _name(cursor: Cursor, manner: Manner, *, counted: bool) -> str | None:
    token = cursor.peek()
    if token.kind == "quoted":
        return cursor.take().inner
    begin = cursor.at
    while cursor.at - begin < manner.longest and _continues(cursor, begin, manner):
        if counted and _noun(cursor):
            break
        cursor.take()
    while cursor.at > begin and cursor.peek(-1).norm in manner.inner - {"not", "no"}:
        cursor.at -= 1
    return cursor.brief.between(begin, cursor.at) or None


def _continues(cursor: Cursor, begin: int, manner: Manner) -> bool:
    token = cursor.peek()
    if token.kind == "number":
        return token.glued
    if token.kind != "word" or token.norm in AND:
        return False
    if token.glued:
        return True
    if cursor.at == begin:
        return _begins(cursor, token, cursor.peek(1))
    return token.norm in manner.inner or token.norm not in STOPS


def _begins(cursor: Cursor, token: Token, after: Token) -> bool:
    """Whether a word can be the first of a name."""
    if token.norm in GROUPS and token.norm.endswith("s") and after.kind == "word":
        return after.norm in AND
    if len(token.text) == 1 and _stands_alone(after):
        return True
    outside = cursor.brief.make | _ENDING | (STOPS - {"not", "no"})
    return token.norm not in outside or (token.norm == "no" and after.kind == "mark")


def _stands_alone(after: Token) -> bool:
    """Whether a letter before this is the name "A", not an article."""
    return after.kind not in {"word", "quoted"} or after.norm in AND


def _amount_behind(cursor: Cursor) -> Quantity | None:
    """Take the amount in "A (10)", "A: 10", "A = 10%", "A - 10", "A 10%"."""
    begin = cursor.at
    bracket = cursor.word("(")
    if not bracket:
        cursor.word(":", "=", "-", "–", "—", "->")
    quantity = read_quantity(cursor)
    counts = quantity is not None and quantity.basis == "count"
    slashed = cursor.peek().norm == "/" and cursor.peek(1).kind == "number"
    if quantity is None or slashed or (counts and not bracket and _noun(cursor)):
        cursor.at = begin
        return None
    if bracket:
        cursor.term(NOUNS)
        cursor.word(")")
    return quantity


def _noun(cursor: Cursor) -> bool:
    weak = cursor.peek().norm in WEAK_NOUNS
    return weak or NOUNS.match(cursor.brief.tokens, cursor.at) is not None
