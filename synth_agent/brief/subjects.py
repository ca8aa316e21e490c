"""The domain and the topics that a brief comes to."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from synth_agent.brief.hints import DomainHint, keywords_in
from synth_agent.brief.lexicon import GROUPS, NOUNS, WEAK_NOUNS
from synth_agent.brief.readings import Amount, Listing, Match, Setting
from synth_agent.brief.terms import vocabulary
from synth_agent.brief.tokens import Token, normal, tokenize

__all__ = ["domain_of", "topics_of"]

_OF_AMOUNTS: Final = 3  # rank of "customer support" in "500 customer support tickets"
_MOST: Final = 3
_LONGEST: Final = 120  # characters
_NO_SUBJECT_BEFORE: Final = vocabulary("data text chat reasoning")
"""Words that a subject may begin with: "data analysis"."""
_NO_SUBJECT: Final = vocabulary(
    "json jsonl csv parquet txt qa q&a question questions answer answering instruction "
    "instructions classification text texts dpo preference chat tabular step by chain of thought "
    "cot sft response pair pairs labelled labeled sample example prompt worked multi turn turns "
    "reasoning rows classifier synthetic data dataset following json qs intents intent "
    "de des du d' en le la les para von für der die das and or"
)


def domain_of(
    text: str, matches: Sequence[Match], hints: Sequence[DomainHint], labels: Iterable[str] = ()
) -> str:
    """Return what the records are about: the most plainly named subjects, in order.

    With no subject named, the topics, or a domain's own word found in the brief.
    """
    own = {normal(label) for label in labels}
    named = [(phrase, rank) for phrase, rank in _candidates(matches) if normal(phrase) not in own]
    best = max((rank for phrase, rank in named if phrase), default=0)
    phrases: dict[str, str] = {}
    for phrase, rank in named:
        if rank == best and (short := phrase.strip()):
            phrases.setdefault(normal(short), short)
    distinct = [p for key, p in phrases.items() if not _within_another(key, phrases)]
    if distinct:
        return ", ".join(distinct[:_MOST])[:_LONGEST]
    if topics := topics_of(matches):
        return ", ".join(topics[:_MOST])[:_LONGEST]
    found = (word for hint in hints for word in keywords_in(text, hint.keywords))
    return next((w for w in found if normal(w) not in own and not _names_form(w)), "")


def _names_form(word: str) -> bool:
    """Whether a keyword only says what the records are: "reviews", "classification"."""
    empty = GROUPS | WEAK_NOUNS | _NO_SUBJECT
    return word in NOUNS or all(part in empty for part in normal(word).split())


def _candidates(matches: Sequence[Match]) -> Iterator[tuple[str, int]]:
    plain = any(isinstance(m.reading, Amount) and m.reading.noun > 0 for m in matches)
    for match in sorted(matches, key=lambda m: m.start):
        if plain and isinstance(match.reading, Amount) and match.reading.noun < 0:
            continue
        for reading in (match.reading, *match.extra):
            if isinstance(reading, Setting) and reading.key == "domain":
                yield str(reading.value), reading.rank
            elif isinstance(reading, Setting) and reading.key == "modifier":
                yield _trimmed(str(reading.value)), _OF_AMOUNTS
            elif isinstance(reading, Amount):
                yield _trimmed(reading.subject), _OF_AMOUNTS


def _within_another(key: str, phrases: Iterable[str]) -> bool:
    return any(key != other and f" {key} " in f" {other} " for other in phrases)


def _trimmed(phrase: str) -> str:
    """Return the phrase without words at its ends that only name the form of a record."""
    tokens: list[Token] = tokenize(phrase)
    start, end = 0, len(tokens)
    while start < end and _empty(tokens[start]) and not _begins(tokens[start:end]):
        start += 1
    while end > start and _empty(tokens[end - 1]):
        end -= 1
    named = any(token.kind in {"word", "quoted"} for token in tokens[start:end])
    return phrase[tokens[start].start : tokens[end - 1].end] if named else ""


def _begins(tokens: list[Token]) -> bool:
    return tokens[0].norm in _NO_SUBJECT_BEFORE and len(tokens) > 1 and not _empty(tokens[1])


def _empty(token: Token) -> bool:
    return token.norm in _NO_SUBJECT or token.kind not in {"word", "number", "quoted"}


def topics_of(matches: Iterable[Match]) -> tuple[str, ...]:
    """Return the narrower subjects, in order, none twice."""
    found: dict[str, str] = {}
    for match in matches:
        for reading in (match.reading, *match.extra):
            if isinstance(reading, Listing) and reading.axis == "topic":
                for entry in reading.entries:
                    found.setdefault(normal(entry.name), entry.name)
    return tuple(found.values())
