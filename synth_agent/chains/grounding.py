"""What an answer to a question about a passage has to show: quotations, figures, a second reading.

Limits: a question's references to its own passage, and a passage's orders to whoever reads it by
machine, are recognised in English only. That two answers in words mean the same is concluded from
the place they rest on and the words they share.
"""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from synth_agent.chains.working import ballot, figures_of, results
from synth_agent.quality.answers import same_answer
from synth_agent.quality.quotes import locate
from synth_agent.quality.rouge import tokens

__all__ = ["Place", "disagreement", "missing_quote", "obeyed", "places", "reference"]

_SHORTEST: Final = 6
"""Letters and digits of a quotation: less stands nearly anywhere."""
_SHARED: Final = 0.5
"""Share of the shorter answer's words that two answers in words have to have in common."""
_CUT: Final = re.compile(r"\s*[\[(]?(?:…|\.\.\.)[\])]?\s*")
_OPPOSED: Final = ({"yes", "no"}, {"true", "false"})

_PIECE: Final = re.compile(
    r"\b(?:passages?|excerpts?|snippets?)\b"
    r"|\b(?:the|this|that|given|provided) (?:extracts?|chunks?|texts?|context(?! of\b))\b",
    re.IGNORECASE,
)
"""What the reader of a document has never heard of."""
_WHOLE: Final = r"(?:text|document|article|paragraph|section|page|context|information)s?"
_BESIDE: Final = re.compile(
    rf"\b{_WHOLE} (?:above|below)\b|\b(?:above|below|preceding) {_WHOLE}\b"
    r"|\b(?:given|provided) (?:text|context|information)\b"
    r"|\b(?:mentioned|described|given|listed|shown|stated) (?:above|below)\b(?! \d)",
    re.IGNORECASE,
)
_NUMBERED: Final = re.compile(
    r"\b(?:(pages?|paragraphs?)|sections?|clauses?|articles?|chapters?|tables?|figures?)"
    r" (\d+(?:\.\d+)*)",
    re.IGNORECASE,
)


_ORDER: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.!?\n]{0,40}\b(?:instructions?|prompts?|rules)\b"
    r"|\b(?:note|notice|message|instructions?|attention|dear) (?:(?:to|for) )?(?:all |any )?"
    r"(?:automated|machine|ai|llm|language model|assistant|chatbot)s?\b"
    r"|\b(?:in|to) every (?:answer|reply|response)\b|\byou are (?:now )?an? (?:ai|assistant)\b",
    re.IGNORECASE,
)
"""What a sentence says that speaks to the program that reads it."""
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n")
_SAME_WORDS: Final = 0.8
_FEWEST_WORDS: Final = 3


_HOURS: Final = r"(\d+(?:\.\d+)?)[\s-]?h(?:rs?|ours?)?\b"
_MINUTES: Final = r"(\d+(?:\.\d+)?)[\s-]?min(?:s|utes?)?\b"
_TIMES: Final = re.compile(
    rf"(?<![\d.,:])(?:{_HOURS}(?:,?\s(?:and )?{_MINUTES})?|{_MINUTES})", re.IGNORECASE
)
"""6 h 30 min, 6.5 hours and 390 min are one time."""


class Place(NamedTuple):
    """Where a quotation stands: passages[passage][start:end]."""

    passage: int
    start: int
    end: int


def places(quote: str, passages: Sequence[str]) -> list[Place]:
    """Return where a quotation stands, at most one place in each passage.

    One that was shortened ("… and …") has to have all its pieces in one passage, in order.
    """
    if sum(map(str.isalnum, quote)) < _SHORTEST:
        return []
    pieces = [piece for piece in _CUT.split(quote) if piece.strip()]
    found = [(number, _stretch(pieces, text)) for number, text in enumerate(passages)]
    return [Place(number, *stretch) for number, stretch in found if stretch]


def _stretch(pieces: Sequence[str], text: str) -> tuple[int, int] | None:
    first = end = None
    for piece in pieces:
        span = locate(piece, text[end or 0 :])
        if span is None:
            return None
        first = span.start if first is None else first
        end = (end or 0) + span.end
    return None if first is None or end is None else (first, end)


def missing_quote(evidence: Sequence[str], passages: Sequence[str]) -> str | None:
    """Return what a list of quotations lacks: one that stands nowhere, a passage without any."""
    if not evidence:
        return "no quotation shows the answer"
    found = [places(quote, passages) for quote in evidence]
    for quote, where in zip(evidence, found, strict=True):
        if not where:
            return f"not in the passage: {quote[:200]!r}"
    quoted = {place.passage for where in found for place in where}
    bare = [number for number in range(len(passages)) if number not in quoted]
    if bare or len(evidence) < len(passages):
        return (
            f"{len(evidence)} quotations leave out passage {(bare or [len(passages) - 1])[0] + 1}"
        )
    return None


def obeyed(said: Sequence[str], passages: Sequence[str]) -> str | None:
    """Return a sentence that comes from an order in a passage and from nothing else in it.

    A second reader does not notice it: the rest of the answer agrees with theirs.
    """
    lines = [line for text in passages for line in _SENTENCE.split(text)]
    orders = [{*tokens(line)} for line in lines if _ORDER.search(line)]
    if not orders:
        return None
    rest = {word for line in lines if not _ORDER.search(line) for word in tokens(line)}
    for sentence in (part for text in said for part in _SENTENCE.split(text)):
        words = {*tokens(sentence)}
        enough = max(_FEWEST_WORDS, _SAME_WORDS * len(words))
        if len(words & rest) < enough <= max(len(words & order) for order in orders):
            return sentence.strip()
    return None


def reference(question: str, passages: Sequence[str]) -> str | None:
    """Return words by which a question points at its own passage, None if it stands alone.

    >>> reference("What does section 4 of the text above say?", ["4. Payment is due at once."])
    'text above'
    """
    beside = "\n".join(passages)
    if found := _BESIDE.search(question):
        return found[0]
    for found in _PIECE.finditer(question):
        noun = found[0].split()[-1].rstrip("s")
        if not re.search(rf"\b{noun}s?\b", beside, re.IGNORECASE):
            return found[0]
    for found in _NUMBERED.finditer(question):
        # "page 12" has to stand there itself; "section 4" may be a heading "4. Payment"
        named = rf"{found[0]}" if found[1] else rf"(?<![\d.]){re.escape(found[2])}"
        if not re.search(rf"{named}(?!\d)", beside, re.IGNORECASE):
            return found[0]
    return None


def disagreement(
    ours: str, theirs: str, *, rests_on: Sequence[Place], read_at: Sequence[Place]
) -> str | None:
    """Return why two answers to one question are not the same, None if they may be.

    Figures decide where both have some: those of the answer with fewer have to be in the other.
    Answers in words have to rest on the same place, or share half their words.

    Args:
        rests_on: Where the quotations of our answer stand.
        read_at: Where the other reader found theirs.
    """
    one, other = ballot(ours), ballot(theirs)
    if same_answer(one, other):
        return None
    said = f"read anew, the answer is {theirs[:200]!r}"
    claimed, read = _claims(ours), _claims(theirs)
    if claimed and read:
        fewer, more = sorted((claimed, read), key=len)
        held = all(any(same_answer(figure, known) for known in more) for figure in fewer)
        return None if held else said
    if {one, other} in _OPPOSED:
        return said
    together = any(_overlap(a, b) for a in rests_on for b in read_at)
    return None if together or _shares(ours, theirs) else said


def _claims(answer: str) -> list[str]:
    plain = _TIMES.sub(_in_minutes, answer)
    return results(plain) if "=" in plain else figures_of(plain)


def _in_minutes(match: re.Match[str]) -> str:
    return f"{60 * float(match[1] or 0) + float(match[2] or match[3] or 0):g}"


def _overlap(one: Place, other: Place) -> bool:
    return one.passage == other.passage and one.start < other.end and other.start < one.end


def _shares(one: str, other: str) -> bool:
    fewer, more = sorted(({*tokens(one)}, {*tokens(other)}), key=len)
    return bool(fewer) and len(fewer & more) >= _SHARED * len(fewer)
