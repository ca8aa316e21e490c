"""Phrase rules for quantities in prose: how many records, and how many of each kind."""

from fractions import Fraction
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.entries import LABELS, read_entries
from synth_agent.brief.heads import after_preposition, at_head, opens
from synth_agent.brief.lexicon import (
    DATASET,
    DIFFICULTY,
    EACH,
    FILLERS,
    GROUPS,
    KINDS,
    NOUNS,
    REST,
    STOPS,
)
from synth_agent.brief.quantities import Quantity, read_quantity
from synth_agent.brief.readings import Amount, Listing, Match
from synth_agent.brief.runs import Kind, Run, kind_behind, kind_of, read_run
from synth_agent.brief.terms import vocabulary

__all__ = ["amount", "each_before", "everything", "rest"]

_ALL: Final = vocabulary("all alle toutes tous todas todos only nur")
_UNITS_AFTER: Final = vocabulary("long each per or maximum max minimum min words tokens at")
_OF_THEM: Final = vocabulary("davon them these those which")
_UNITS: Final = vocabulary(
    "second seconds minute minutes hour hours day days week weeks month months quarter quarters "
    "year years percent stars tag tage tagen woche wochen monat monate monaten jahr jahre jahren "
    "stunde stunden jour jours semaine semaines mois an ans heures día días semanas meses año años "
    "horas"
)
"""What time and grades are counted in."""
_RECORDS_TOO: Final = vocabulary("intent intents sentiments emotions absichten intenciones")
"""What labels are called, and at times the texts that have them."""
_PER: Final = vocabulary("per each pro par por")
_EACH_LINKS: Final = vocabulary(
    "of for : from the ( labels classes label following topics these intents categories"
)
_HAVING: Final = vocabulary("with has have having containing contains must should in up at within")
"""After "questions each" they tell of every single one."""
_THEN: Final = vocabulary(", : has have gets should must with be there are exactly about me")


def rest(cursor: Cursor) -> Match | None:
    """Read "the rest neutral", "the remaining ones should be ham"."""
    begin = cursor.at
    if cursor.term(REST) is None:
        return None
    cursor.skip(FILLERS, limit=6)
    kind = kind_of(cursor, read_run(cursor))
    if kind is None or kind.axis == "record":
        return None
    return Match(Amount(Fraction(0), "rest", kind.axis, kind.name), begin, cursor.at)


def everything(cursor: Cursor) -> Match | None:
    """Read "all hard", "all of them easy", "only hard questions", "write hard questions"."""
    begin = cursor.at
    if cursor.any_of(_ALL):
        cursor.term(NOUNS)
        cursor.skip(FILLERS, limit=6)
    elif not (opens(cursor.peek(-1)) or cursor.peek(-1).norm in cursor.brief.make | {"of"}):
        return None
    asked = cursor.at > begin
    level = cursor.term(DIFFICULTY)
    noun = cursor.term(NOUNS)
    if level is None or not (asked or noun is not None):
        return None
    return Match(Amount(Fraction(1), "share", "difficulty", level), begin, cursor.at)


def each_before(cursor: Cursor) -> Match | None:
    """Read "for each class 50 examples", "for each of a and b, write 20", "each label has 50"."""
    begin = cursor.at
    if not _take_each(cursor):
        return None
    cursor.word("of")
    cursor.skip(GROUPS | {"the"}, limit=2)
    entries = read_entries(cursor, LABELS)
    cursor.skip(_THEN | cursor.brief.make, limit=8)
    quantity = read_quantity(cursor)
    if quantity is None or quantity.basis != "count":
        return None
    run = read_run(cursor)
    extra = (Listing("label", entries),) if len(entries) > 1 else ()
    found = Amount(quantity.value, "each", "label", "", 2, run.task or "")
    return Match(found, begin, cursor.at, extra)


def _take_each(cursor: Cursor) -> bool:
    if cursor.word("each", "every", "pro", "je", "chaque", "cada") and cursor.any_of(GROUPS):
        return True
    return cursor.term(EACH) is not None


def amount(cursor: Cursor) -> Match | None:
    """Read "500 questions", "2 negative", "70% of them ham", "40 'card lost'", "50 per class"."""
    begin = cursor.at
    quantity = read_quantity(cursor)
    if quantity is None:
        return None
    _pass_repeat(cursor, quantity)
    if cursor.peek(1).kind == "quoted":
        cursor.word("x", "×", "times")
    if (each := _each(cursor, begin, quantity, Run(begin, begin))) is not None:
        return each
    cursor.skip(FILLERS, limit=6)
    run = read_run(cursor)
    if run.task is None:
        grouped = _each(cursor, begin, quantity, run) if cursor.peek().norm != "each" else None
        return grouped or _of_kind(cursor, begin, quantity, run)
    if (each := _each(cursor, begin, quantity, run)) is not None:
        return each
    return None if _measures(cursor, begin, run) else _of_kind(cursor, begin, quantity, run)


def _pass_repeat(cursor: Cursor, quantity: Quantity) -> None:
    """Pass over the same number in brackets: "one hundred (100)"."""
    begin = cursor.at
    same = cursor.word("(") and cursor.number() == quantity.value and cursor.word(")")
    cursor.at = cursor.at if same else begin


def _of_kind(cursor: Cursor, begin: int, quantity: Quantity, run: Run) -> Match | None:
    kind = kind_of(cursor, run)
    if kind is None:
        return _bare(cursor, begin, quantity)
    if kind.axis == "record":
        kind = _with_tail(cursor, kind)
    if kind.axis == "record" and quantity.basis == "share" and kind.subject:
        kind = Kind("unknown", cursor.brief.between(run.start, run.behind), "")
    if kind.axis == "record" and quantity.basis == "share":
        return None
    if kind.axis == "unknown" and run.task is None:
        if cursor.brief.token(run.start).norm in _UNITS:
            return None
        if cursor.brief.token(run.end - 1).norm in GROUPS | KINDS:
            return _of_intents(cursor, begin, quantity, run)
    return Match(_amount(cursor, begin, quantity, run, kind), begin, cursor.at)


def _of_intents(cursor: Cursor, begin: int, quantity: Quantity, run: Run) -> Match | None:
    """Read "1000 banking intents": records, unless the names themselves are counted."""
    listed = cursor.peek().norm in {":", "("}
    called = cursor.brief.token(run.end - 1).norm in _RECORDS_TOO
    if listed or not called or quantity.basis != "count" or not at_head(cursor, begin):
        return None
    subject = cursor.brief.between(run.start, run.end - 1)
    found = Amount(quantity.value, "count", "record", "", -3, "classification", subject)
    return Match(found, begin, cursor.at)


def _with_tail(cursor: Cursor, kind: Kind) -> Kind:
    behind = kind_behind(cursor)
    return Kind(behind.axis, behind.name, kind.subject) if behind else kind


def _amount(cursor: Cursor, begin: int, quantity: Quantity, run: Run, kind: Kind) -> Amount:
    noun = -1 - (not at_head(cursor, begin))
    if run.task is not None:
        noun = 0 if run.weak else 1 + (not after_preposition(cursor, begin))
    return Amount(
        quantity.value,
        quantity.basis,
        kind.axis,
        kind.name,
        noun,
        run.task or "",
        kind.subject,
        kind.difficulty,
        kind.sure,
    )


def _measures(cursor: Cursor, begin: int, run: Run) -> bool:
    """Whether the noun only measures: "3 sentences long", "5 questions per document"."""
    after = cursor.peek()
    if after.norm in KINDS and not (after.glued or cursor.brief.token(run.behind - 1).glued):
        return True
    if after.norm in _PER and cursor.peek(1).norm not in {"line", "row", "record"}:
        return True
    kind = kind_of(cursor, run) if run.weak else None
    if kind is None or kind.axis != "record":
        return False
    return after.norm in _UNITS_AFTER or not at_head(cursor, begin)


def _each(cursor: Cursor, begin: int, quantity: Quantity, run: Run) -> Match | None:
    start = cursor.at
    about = cursor.word("about", "on", "for")
    named = cursor.term(EACH) if quantity.basis == "count" else None
    if named is None:
        cursor.at = start
        return None
    if cursor.peek(-1).norm == "each" and cursor.at - start == 1 and cursor.peek().norm in _HAVING:
        return None
    end = cursor.at
    about = cursor.word("about", "on") or about or named == "topic"
    cursor.skip(_EACH_LINKS, limit=5)
    entries = read_entries(cursor, LABELS)
    task = run.task or ""
    if about and len(entries) > 1:
        total = Amount(quantity.value * len(entries), "count", "record", "", 2, task)
        return Match(total, begin, cursor.at, (Listing("topic", entries),))
    if named == "topic":
        return None
    cursor.at = cursor.at if len(entries) > 1 else end
    extra = (Listing("label", entries),) if len(entries) > 1 else ()
    return Match(Amount(quantity.value, "each", "label", "", 2, task), begin, cursor.at, extra)


def _bare(cursor: Cursor, begin: int, quantity: Quantity) -> Match | None:
    """Read a number that counts nothing by name: "give me 50", "x 100"."""
    if quantity.basis != "count":
        return None
    if _in_brackets(cursor, begin):
        return Match(Amount(quantity.value, "count", "record", "", 2), begin, cursor.at)
    if _closes(cursor, begin):
        return Match(Amount(quantity.value, "count", "record", "", -2), begin, cursor.at)
    times = "x" in cursor.brief.token(begin).norm or cursor.peek(begin - 1 - cursor.at).norm in {
        "x",
        "×",
    }
    if not (times or at_head(cursor, begin)):
        return None
    part = {token.norm for token in cursor.brief.tokens[begin + 1 : cursor.at]} & _OF_THEM
    return Match(Amount(quantity.value, "count", "record", "", -1 - bool(part)), begin, cursor.at)


def _in_brackets(cursor: Cursor, begin: int) -> bool:
    """Whether the number stands in brackets behind a noun: "questions (20) about bees"."""
    if cursor.brief.token(begin - 1).norm != "(" or cursor.peek().norm != ")":
        return False
    noun = cursor.brief.token(begin - 2)
    counted = cursor.brief.token(begin - 3).kind == "number"
    return not counted and (noun.norm in DATASET or NOUNS.match((noun,), 0) is not None)


def _closes(cursor: Cursor, begin: int) -> bool:
    """Whether the number is the last word, behind a plain one: "spam detection 50"."""
    before = cursor.brief.token(begin - 1)
    plain = before.kind == "word" and before.text.islower() and before.norm not in STOPS
    return plain and cursor.at == len(cursor.brief.tokens)
