"""Phrase rules for the options of a run: seed, near-duplicates, method, pack."""

from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.lexicon import AND, ARTICLES, STOPS
from synth_agent.brief.readings import Ignored, Match, Refused, Setting
from synth_agent.brief.terms import Terms, vocabulary
from synth_agent.schemas import METHODS

__all__ = ["duplicates", "method", "pack", "seed"]

_METHODS: Final = Terms(
    {name.replace("_", " "): name for name in METHODS} | {n: n for n in METHODS}
)


def seed(cursor: Cursor) -> Match | None:
    """Read "seed 42", "random seed: 42", "seed=42"."""
    begin = cursor.at
    cursor.word("random")
    if not cursor.word("seed"):
        return None
    cursor.word(":", "=", "of", "is", "to")
    value = cursor.number()
    if value is None:
        return None
    if value.denominator != 1 or not 0 <= value < 2**63:
        line = f"seed: expected a whole number of 0 or more, got {float(value):g}"
        return Match(Refused(line), begin, cursor.at)
    return Match(Setting("seed", int(value)), begin, cursor.at)


def duplicates(cursor: Cursor) -> Match | None:
    """Read "dedup threshold 0.85", "similarity below 0.8", "no dedup", "no duplicates"."""
    begin = cursor.at
    no = cursor.word("no", "without", "skip", "disable", "allow", "keep")
    cursor.word("near")
    if not cursor.word("dedup", "deduplication", "similarity", "duplicate", "duplicates", "dedupe"):
        return None
    if no:
        off = cursor.peek(-1).norm.startswith("dedup") or cursor.brief.token(begin).norm == "allow"
        found = Setting("dedup_threshold", "off") if off else Ignored()
        return Match(found, begin, cursor.at)
    cursor.skip(vocabulary("threshold of : = at below under is above limit cosine"), limit=4)
    value = cursor.number()
    if value is None:
        return None
    if cursor.word("%", "percent"):
        value /= 100
    return Match(Setting("dedup_threshold", float(value)), begin, cursor.at)


def method(cursor: Cursor) -> Match | None:
    """Read "method: self-instruct", "using the persona method"."""
    begin = cursor.at
    if cursor.word("method") and cursor.word(":", "="):
        name = cursor.term(_METHODS)
        return Match(Setting("method", name), begin, cursor.at) if name else None
    cursor.at = begin
    cursor.word("the")
    name = cursor.term(_METHODS)
    if name is None or not cursor.word("method"):
        return None
    return Match(Setting("method", name), begin, cursor.at)


def pack(cursor: Cursor) -> Match | None:
    """Read "use the finance pack", "pack: industrial"."""
    begin = cursor.at
    if cursor.word("pack"):
        token = cursor.peek(1)
        if not cursor.word(":", "=") or token.kind not in {"word", "quoted"}:
            return None
        cursor.take()
        return Match(Setting("pack", token.inner or token.text), begin, cursor.at)
    if not cursor.word("use", "using", "with", "from"):
        return None
    cursor.any_of(ARTICLES)
    token = cursor.take()
    if token.kind not in {"word", "quoted"} or not cursor.word("pack"):
        return None
    if cursor.peek().kind == "word" and cursor.peek().norm not in STOPS | AND:
        return None
    return Match(Setting("pack", token.inner or token.text), begin, cursor.at)
