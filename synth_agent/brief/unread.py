"""What a brief demands and no rule understood, in the user's words.

Not every word that is left over is told: kind words and descriptions of quality would flood it. A
stretch counts as a demand if it holds a number, a quotation or a word such as "must" or "avoid".
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from synth_agent.brief.cursor import Brief
from synth_agent.brief.lexicon import AND, ARTICLES, DATASET, FLUFF, LOOSE, NOUNS, STOPS, WEAK_NOUNS
from synth_agent.brief.number_words import FRACTIONS, read_number
from synth_agent.brief.readings import Amount, Match
from synth_agent.brief.terms import by_words, vocabulary

__all__ = ["unread_parts"]

_DEMANDS: Final = vocabulary(
    "must only without never avoid avoiding maximum minimum max min exclude excluding except limit "
    "limited not don't doesn't no cannot shouldn't always ensure should mustn't neither "
    "muss müssen nur ohne nie vermeide vermeiden höchstens mindestens nicht kein keine maximal "
    "doit doivent seulement sans jamais évite évitez maximum minimum "
    "aucun aucune debe deben solo sin nunca evita evite máximo mínimo ningún"
)
_DEMAND_PHRASES: Final = by_words(
    {"": "at least, at most, up to, no more than, no less than, make sure, more than, less than"}
)
_NOTHING: Final = vocabulary(
    "be is are it they very really fully as possible quality duplicates duplicate repeated repeat "
    "unique sure please should must ensure make look looks like sound accurate correct valid "
    "everything one each other same identical not no never always only but any avoid without "
    "and also both data them there do generate create produce contain include have has repetition "
    "repetitions sein keine output readable human all well answer answers question questions "
    "examples text texts sentences close fact facts grammar grammatically consistent coherent "
    "meaningful relevant clear concise hallucinate hallucinations invented mistakes errors"
)
_TRIMMED: Final = AND | ARTICLES | vocabulary("please as that , : ; - but so then . ( )")
_SATISFIED: Final = by_words({"": "at least, at most, up to, no more than, no less than, minimum"})
_ORDINAL: Final = re.compile(r"\d(?:st|nd|rd|th|er|e|s)\Z")
_COUNTED: Final = 5  # tokens told of a number and what it counts
_MOST: Final = 50
_LONGEST: Final = 200  # characters of one part


def unread_parts(brief: Brief, used: Iterable[Match]) -> tuple[str, ...]:
    """Return the demands among the tokens that no used match stands on, in order, none twice."""
    matches = list(used)
    covered = bytearray(len(brief.tokens))
    for match in matches:
        covered[match.start : match.end] = b"\x01" * (match.end - match.start)
    amounts = {m.start: m.end for m in matches if isinstance(m.reading, Amount)}
    found: dict[str, None] = {}
    for start, end in _stretches(brief, covered):
        if (text := _demand(brief, start, end, amounts)) is not None:
            found.setdefault(text)
    return tuple(found)[:_MOST]


def _stretches(brief: Brief, covered: bytearray) -> Iterator[tuple[int, int]]:
    """Yield runs of tokens that nothing covers, within clauses."""
    start = 0
    for at, token in enumerate(brief.tokens):
        ends = token.kind in {"stop", "break", "heading"} or token.norm in {",", ";"}
        if covered[at] or ends:
            if at > start:
                yield start, at
            start = at + 1
    if len(brief.tokens) > start:
        yield start, len(brief.tokens)


def _demand(brief: Brief, start: int, end: int, amounts: dict[int, int]) -> str | None:
    tokens = brief.tokens
    while start < end and tokens[start].norm in _TRIMMED:
        start += 1
    while end > start and tokens[end - 1].norm in _TRIMMED:
        end -= 1
    if start == end:
        return None
    if end in amounts and (text := _bounded(brief, end, amounts[end])) is not None:
        return text
    if end in amounts and _ends_satisfied(brief, end):
        return None
    if not any(_demands(brief, at) for at in range(start, end)) or _says_nothing(brief, start, end):
        return None
    return brief.between(start, _with_counted(brief, start, end))[:_LONGEST]


def _with_counted(brief: Brief, start: int, end: int) -> int:
    """Return where the words end that a lone number counts: "10 about OEE"."""
    if end - start > 1 or brief.token(start).kind != "number":
        return end
    while end - start < _COUNTED and brief.token(end).kind in {"word", "quoted"}:
        if brief.token(end).norm in AND:
            break
        end += 1
    return end


def _bounded(brief: Brief, end: int, amount_end: int) -> str | None:
    """Return "more than 500 questions": the number was taken, the bound was not."""
    for width in (2, 1):
        start = end - width
        found = LOOSE.match(brief.tokens, start) if start >= 0 else None
        negated = brief.token(start - 1).norm in {"no", "not"}
        if found is not None and found[1] == end and not negated:
            return brief.between(start, amount_end)
    return None


def _ends_satisfied(brief: Brief, end: int) -> bool:
    """Whether "at least" stands before an amount: the exact number satisfies it."""
    return any(
        (found := _SATISFIED.match(brief.tokens, max(end - width, 0))) and found[1] == end
        for width in (1, 2, 3)
    )


def _demands(brief: Brief, at: int) -> bool:
    token = brief.token(at)
    if token.kind == "number" or (token.norm != "one" and _is_number_word(brief, at)):
        return True
    if token.kind == "word" and token.text[0].isdigit() and not _ORDINAL.search(token.norm):
        return True
    if token.kind in {"quoted", "angle", "braces"}:
        return True
    if FRACTIONS.match(brief.tokens, at) is not None:
        return True
    return token.norm in _DEMANDS or _DEMAND_PHRASES.match(brief.tokens, at) is not None


def _is_number_word(brief: Brief, at: int) -> bool:
    return read_number(brief.tokens, at, brief.language) is not None


def _says_nothing(brief: Brief, start: int, end: int) -> bool:
    """Whether only qualities are named that every dataset is meant to have."""
    empty = _NOTHING | FLUFF | STOPS | ARTICLES | AND | DATASET | WEAK_NOUNS
    return all(
        token.kind not in {"number", "quoted", "angle", "braces"}
        and not token.text[0].isdigit()
        and not _is_number_word(brief, at)
        and (token.norm in empty or token.kind != "word" or NOUNS.match((token,), 0) is not None)
        for at, token in enumerate(brief.tokens[start:end], start)
    )
