"""Phrase rules for quantities in prose: how many records, and how many of each kind."""

from fractions import Fraction
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.entries import LABELS, Quantity, read_entries, read_quantity
from synth_agent.brief.lexicon import (
    APPROXIMATE,
    ARTICLES,
    DATASET,
    DIFFICULTY,
    EACH,
    FILLERS,
    FLUFF,
    GROUPS,
    KINDS,
    NOUNS,
    REST,
    STOPS,
)
from synth_agent.brief.readings import Amount, Ignored, Listing, Match
from synth_agent.brief.runs import Kind, Run, kind_behind, kind_of, read_run
from synth_agent.brief.terms import vocabulary
from synth_agent.brief.tokens import Token

__all__ = ["amount", "below_zero", "each_before", "everything", "name_number", "part_of_some", "rest"]

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
_PREPOSITIONS: Final = vocabulary(
    "with of from in using has have having contain contains containing including within than per "
    "include includes each mit aus avec con de"
)
_NAMING: Final = vocabulary(
    "version v ver article art section chapter clause page step phase tier level grade class type "
    "war windows python java part no nr § year covid gpt iso en din iec"
)
_NOT_NAMES: Final = vocabulary("json jsonl csv txt parquet qa sft dpo")
_YEAR_BEFORE: Final = vocabulary("in since from until by during of year before after im en desde")
_AT_HEAD: Final = (
    APPROXIMATE
    | ARTICLES
    | vocabulary(
        "me us please at least most up to no more than fewer less over exactly total for my our "
        "i'd "
        "like is be of table list dataset data records file csv json jsonl mir uns moi nous et y "
        "und and then now "
        "balanced small big large also dame mindestens au moins al menos x"
    )
)


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
    elif not (_opens(cursor.peek(-1)) or cursor.peek(-1).norm in cursor.brief.make | {"of"}):
        return None
    asked = cursor.at > begin
    level = cursor.term(DIFFICULTY)
    noun = cursor.term(NOUNS)
    if level is None or not (asked or noun is not None):
        return None
    return Match(Amount(Fraction(1), "share", "difficulty", level), begin, cursor.at)


def below_zero(cursor: Cursor) -> Match | None:
    """Read "negative 5 questions"; "negative 5" alone is so many of a label."""
    begin = cursor.at
    if not cursor.word("negative") or not _at_head(cursor, begin):
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


def part_of_some(cursor: Cursor) -> Match | None:
    """Take "1 in 5" where nothing known is behind it, so that 5 is no amount of its own."""
    begin = cursor.at
    quantity = read_quantity(cursor)
    if quantity is None or quantity.basis != "share" or cursor.peek(-1).kind != "number":
        return None
    found = Amount(quantity.value, "share", "unknown")
    return Match(found, begin, cursor.at) if cursor.at > begin + 1 else None


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
    if listed or not called or quantity.basis != "count" or not _at_head(cursor, begin):
        return None
    subject = cursor.brief.between(run.start, run.end - 1)
    found = Amount(quantity.value, "count", "record", "", -3, "classification", subject)
    return Match(found, begin, cursor.at)


def _with_tail(cursor: Cursor, kind: Kind) -> Kind:
    behind = kind_behind(cursor)
    return Kind(behind.axis, behind.name, kind.subject) if behind else kind


def _amount(cursor: Cursor, begin: int, quantity: Quantity, run: Run, kind: Kind) -> Amount:
    noun = -1 - (not _at_head(cursor, begin))
    if run.task is not None:
        noun = 0 if run.weak else 1 + (not _after_preposition(cursor, begin))
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
    return after.norm in _UNITS_AFTER or not _at_head(cursor, begin)


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
    if not (times or _at_head(cursor, begin)):
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


def _before(cursor: Cursor, begin: int, passed: frozenset[str]) -> Token:
    """Return the token before the number and the words that belong to it."""
    look = Cursor(cursor.brief, begin - 1)
    for _ in range(8):
        if look.peek().norm not in passed or look.at < 0:
            break
        look.at -= 1
    return look.peek()


def _at_head(cursor: Cursor, begin: int) -> bool:
    """Whether the number is what a verb asks for, or opens its clause."""
    token = _before(cursor, begin, _AT_HEAD)
    return _opens(token) or token.norm in {",", "-"} or token.norm in cursor.brief.make


def _opens(token: Token) -> bool:
    return token.kind in {"stop", "break", "heading"} or token.norm in {":", ";"}


def _after_preposition(cursor: Cursor, begin: int) -> bool:
    return _before(cursor, begin, APPROXIMATE | ARTICLES).norm in _PREPOSITIONS
