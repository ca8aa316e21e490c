"""The words between a number and what it counts: "500 | short customer support | tickets"."""

from dataclasses import dataclass
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.lexicon import (
    AND,
    ARTICLES,
    DIFFICULTY,
    FILLERS,
    FLUFF,
    GROUPS,
    KINDS,
    NOUNS,
    SPLITS,
    STOPS,
    WEAK_NOUNS,
)
from synth_agent.brief.number_words import FRACTIONS
from synth_agent.brief.readings import Axis
from synth_agent.brief.terms import vocabulary
from synth_agent.brief.tokens import normal

__all__ = ["Kind", "Run", "kind_behind", "kind_of", "read_run"]

_LONGEST: Final = 10
_EVERYDAY: Final = frozenset({"mixed", "true", "false", "yes", "no"})
"""Labels of well-known sets that mean a label only beside others."""
_PURSUITS: Final = vocabulary(
    "detection detector classification classifier analysis filter filtering filters recognition "
    "identification prediction training"
)
"""After a label they name what is done about it: "spam detection"."""
_SETS: Final = frozenset(word for word in GROUPS if word.endswith("s")) - {"class"}
"""After a label they mean all labels of its kind: "with fraud labels"."""
_TAIL: Final = FILLERS | vocabulary("label class sentiment category intent : ( are")


@dataclass(frozen=True, slots=True)
class Run:
    """Modifiers from token `start` to `end`, and the noun behind them.

    Attributes:
        task: What the noun means, "" for any record; None if there is no noun.
        weak: The noun may also measure a length.
        behind: Token behind the noun.
    """

    start: int
    end: int
    task: str | None = None
    weak: bool = False
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """What the modifiers say about the records.

    Attributes:
        sure: Whether a label is one whatever the records are.
    """

    axis: Axis
    name: str
    subject: str
    difficulty: str = ""
    sure: bool = True


def read_run(cursor: Cursor) -> Run:
    """Take modifiers and noun; without a noun, modifiers up to the first comma or "and"."""
    start, first_break = cursor.at, None
    while cursor.at - start < _LONGEST:
        position = cursor.at
        task = cursor.term(NOUNS)
        if task is not None:
            if _another_noun(cursor):
                continue
            return Run(start, position, task, behind=cursor.at)
        if cursor.peek().norm in WEAK_NOUNS and not _another_noun(cursor, ahead=1):
            cursor.take()
            return Run(start, position, "", weak=True, behind=cursor.at)
        if _joint(cursor):
            first_break = cursor.at if first_break is None else first_break
        elif not _modifies(cursor):
            break
        cursor.take()
    cursor.at = cursor.at if first_break is None else first_break
    return Run(start, cursor.at)


def _another_noun(cursor: Cursor, ahead: int = 0) -> bool:
    """Whether the noun was only a modifier of the next: "question answer pairs"."""
    at = cursor.at + ahead
    return NOUNS.match(cursor.brief.tokens, at) is not None


def _joint(cursor: Cursor) -> bool:
    """Whether modifiers go on behind a comma or "and"."""
    after = cursor.peek(1)
    joins = cursor.peek().norm in AND | {",", "/"} or cursor.soft_break
    return joins and after.kind == "word" and after.norm not in STOPS | ARTICLES


def _modifies(cursor: Cursor) -> bool:
    token, before = cursor.peek(), cursor.peek(-1)
    if token.kind == "number":
        return token.glued or cursor.peek(1).glued or before.text.isupper()
    if token.kind == "quoted":
        return True
    if token.kind != "word" or FRACTIONS.match(cursor.brief.tokens, cursor.at) is not None:
        return False
    denies = token.norm in {"not", "non"} and cursor.peek(1).kind == "word"
    return token.glued or denies or token.norm not in STOPS | AND


def kind_of(cursor: Cursor, run: Run) -> Kind | None:
    """Return what the modifiers name: a label, a difficulty, a split, else the subject.

    None where there is neither modifier nor noun.
    """
    look = Cursor(cursor.brief, run.start)
    _pass_fluff(look, run)
    level = _term_within(look, run, "difficulty")
    _pass_fluff(look, run)
    quoted = look.at < run.end and look.peek().kind == "quoted"
    label = _label(look, run)
    level = level or _term_within(look, run, "difficulty")
    split = "" if label or level else _term_within(look, run, "split")
    _pass_fluff(look, run)
    subject = cursor.brief.between(look.at, run.end)
    if label and run.task is None and _another_label(cursor, run.end):
        return None
    if label and (quoted or run.task is not None or not subject):
        sure = quoted or (label in cursor.brief.sure and normal(label) not in _EVERYDAY)
        return Kind("label", label, "" if quoted else subject, level, sure)
    if level and (run.task is not None or not subject):
        return Kind("difficulty", level, subject)
    if split and not subject:
        return Kind("split", split, "")
    if run.task is not None:
        return Kind("record", "", subject)
    whole = cursor.brief.between(run.start, run.end)
    return Kind("unknown", whole, "") if subject else None


def _another_label(cursor: Cursor, at: int) -> bool:
    """Whether "or" leads on to another label: the number counts both, "10 spam or ham"."""
    look = Cursor(cursor.brief, at)
    return bool(look.skip(AND | {"/", "to"}, limit=2)) and look.label() is not None


def _pass_fluff(look: Cursor, run: Run) -> None:
    while look.at < run.end:
        here = look.at
        if look.language() is not None and look.at == run.end:
            continue
        look.at = here
        token = look.peek()
        if token.norm not in FLUFF | ARTICLES | {",", "of"} | AND and token.kind != "break":
            return
        if SPLITS.match(look.brief.tokens, look.at):
            return
        look.take()


def _term_within(look: Cursor, run: Run, axis: str) -> str:
    begin = look.at
    found = look.term(DIFFICULTY if axis == "difficulty" else SPLITS)
    if found is None or look.at > run.end or look.peek().glued:
        look.at = begin
        return ""
    return found


def _label(look: Cursor, run: Run) -> str:
    if look.at >= run.end:
        return ""
    if look.peek().kind == "quoted":
        return look.take().inner
    begin = look.at
    name = look.label()
    after = look.peek()
    several = after.norm in AND | {"/"} and look.at < run.end
    longer = after.glued or (after.norm in _PURSUITS and look.at < run.end)
    if name is None or several or longer or run.end < look.at != run.behind:
        look.at = begin
        return ""
    return name


def kind_behind(cursor: Cursor) -> Kind | None:
    """Take a label or difficulty behind the noun: "8 examples labelled positive"."""
    begin = cursor.at
    if cursor.skip(_TAIL, limit=6):
        if cursor.peek().kind == "quoted":
            said = cursor.take().inner
            if not _names_more(cursor):
                return Kind("label", said, "")
        if (level := cursor.term(DIFFICULTY)) is not None and not _names_more(cursor):
            return Kind("difficulty", level, "")
        name = cursor.label()
        if name is not None and not (_names_more(cursor) or cursor.peek().norm in _SETS):
            return Kind("label", name, "", sure=name in cursor.brief.sure)
    cursor.at = begin
    return None


def _names_more(cursor: Cursor) -> bool:
    """Whether the word only begins a list or a longer name: "labelled positive or negative"."""
    noun = NOUNS.match(cursor.brief.tokens, cursor.at)
    if _another_label(cursor, noun[1] if noun else cursor.at):
        return True
    token = cursor.peek()
    if "number" in {token.kind, cursor.peek(1).kind} and token.norm not in {",", "and", "/"}:
        return token.kind == "number" or token.norm in {":", "=", "("}
    if token.norm in {"or", "/", ",", "and", "oder", "ou", "o"}:
        return not (cursor.peek(1).kind == "number" or cursor.peek(1).kind == "break")
    return token.kind == "word" and noun is None and token.norm not in STOPS | AND | KINDS
