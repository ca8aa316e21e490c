"""Phrase rules for who speaks, and what it is about."""

from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.entries import TOPICS, read_entries
from synth_agent.brief.lexicon import (
    AND,
    APPROXIMATE,
    ARTICLES,
    DATASET,
    DIFFICULTY,
    FLUFF,
    NOUNS,
    STOPS,
    WEAK_NOUNS,
)
from synth_agent.brief.readings import Match, Setting
from synth_agent.brief.runs import read_run
from synth_agent.brief.terms import by_words, vocabulary
from synth_agent.brief.tokens import Token

__all__ = ["about", "asked_for", "concerning", "subject_key"]

_ABOUT: Final = by_words(
    {
        "4": "about, regarding, concerning, related to, relating to, pertaining to, revolving "
        "around, "
        "on the topic of, on the subject of, on the topics of, in the field of, in the domain of, "
        "in the area of, from the field of, from the domain of, nuances of, intricacies of, "
        "über, zum thema, rund um, aus dem bereich, im bereich, sur le thème de, au sujet de, "
        "à propos de, dans le domaine de, concernant, portant sur, sobre, acerca de, "
        "relacionados con, relacionadas con, en el ámbito de, sobre el tema de, dealing with, "
        "field of, domain of",
        "3": "on, for, from, zu, für, zur, zum, sur, pour, para, of, in, de, d', von, aus",
    }
)
_AFTER_NOUN: Final = vocabulary("of in from de d' von aus en dans zu zum zur sur du")
_KEYS: Final = vocabulary(
    "domain subject topic thema sujet tema area bereich domäne domaine dominio"
)
_INNER: Final = vocabulary(
    "of in for and the a an on de du des la le les l' d' el los las der die das den dem des und et "
    "y at to from & vs im au aux"
)
_SUBJECT_ENDS: Final = STOPS - _INNER | vocabulary(
    "following near being only all half each json csv jsonl txt parquet including please use "
    "output "
    "the_number "
    "n seed balanced evenly format formato"
)
_NUMBERED: Final = vocabulary("chapter section part unit level grade class version volume step")
_FIRST_ONLY: Final = vocabulary("work design need make json csv jsonl parquet use output")
"""Words that end a subject, but may begin one: "JSON", "design of experiments"."""
_NOT_SUBJECTS: Final = vocabulary(
    "me us you them it each every all this that these those training train finetuning testing "
    "evaluation evaluating sft dpo rlhf model models llm llms example examples total order use "
    "using my our one two json csv jsonl parquet txt text plain class classes label labels "
    "category "
    "sure which what how why more less here there supervised benchmark benchmarking pretraining "
    "general format following style detail full short long both either dataset datasets data "
    "record records "
    "entry row rows line lines course instance alpaca openai sharegpt at "
    "january february march april june july august september october november december"
)
_PURPOSES: Final = by_words(
    {
        "": "fine tuning, fine tune, instruction tuning, instruction following, question "
        "answering, "
        "text classification, classification, a classifier, classifier training, tuning, "
        "preference tuning, a model, an llm, a language model, language models, a chatbot, "
        "an ai model, machine learning, a dataset, chain of thought, reasoning"
    }
)
_BEFORE_ASKED: Final = vocabulary(
    "me us please pls at least most up to ~ some more less than fewer mir uns bitte moi nous nos"
)
_SORTS: Final = vocabulary(
    "classify klassifiziere klassifizieren classe classez clasifica clasificar"
)
_LONGEST: Final = 12


def subject_key(cursor: Cursor) -> Match | None:
    """Read "domain: retail banking", "topic: photosynthesis"."""
    begin = cursor.at
    if not (cursor.any_of(_KEYS) and cursor.word(":", "=", "is")):
        return None
    phrase = _phrase(cursor)
    return Match(Setting("domain", phrase, 6), begin, cursor.at) if phrase else None


def about(cursor: Cursor) -> Match | None:
    """Read what stands behind "about", "regarding", "in the field of", "nuances of"."""
    begin = cursor.at
    if cursor.term(_ABOUT) != "4":
        return None
    counted = Cursor(cursor.brief, cursor.at)
    if counted.number() is not None and read_run(counted).task is not None:
        return None
    cursor.word("how", "the", "topics", "topic")
    phrase = _several(cursor) or _phrase(cursor)
    return Match(Setting("domain", phrase, 4), begin, cursor.at) if phrase else None


def _several(cursor: Cursor) -> str:
    """Take "bees, wasps and hornets" whole; less than three, or no "and", is no list."""
    start = cursor.at
    look = Cursor(cursor.brief, start)
    entries = read_entries(look, TOPICS)
    words = [token.norm for token in cursor.brief.tokens[start : look.at]]
    joint = max((at for at, norm in enumerate(words) if norm in AND), default=0)
    if any(entry.value is not None for entry in entries):
        return ""
    if len(entries) < 3 or "," not in words[:joint] or "," in words[joint:]:
        return ""
    cursor.at = look.at
    return " ".join(cursor.brief.between(start, look.at).split())


def concerning(cursor: Cursor) -> Match | None:
    """Read what stands behind "for" and "on", and behind "of" or "in" after a record noun."""
    begin = cursor.at
    if cursor.term(_ABOUT) != "3":
        return None
    word, before = cursor.brief.token(begin).norm, cursor.peek(-2)
    behind_noun = NOUNS.match((before,), 0) is not None or before.norm in DATASET
    if word in _AFTER_NOUN - {"zu", "sur"} and not behind_noun:
        return None
    named = (_PURPOSES, DIFFICULTY)
    if (
        any(terms.match(cursor.brief.tokens, cursor.at) for terms in named)
        or cursor.peek().kind != "word"
    ):
        return None
    if cursor.peek().norm in _NOT_SUBJECTS | AND | DATASET or cursor.spoken() is not None:
        return None
    cursor.at = begin
    cursor.term(_ABOUT)
    phrase = _phrase(cursor)
    return Match(Setting("domain", phrase, 3), begin, cursor.at) if phrase else None


def _phrase(cursor: Cursor) -> str:
    """Take a noun phrase, without the article before it and connecting words behind it."""
    cursor.any_of(ARTICLES)
    if cursor.peek().kind == "quoted":
        return cursor.take().inner
    start = cursor.at
    while cursor.at - start < _LONGEST and _phrase_goes_on(cursor, start):
        cursor.take()
    while cursor.at > start and cursor.peek(-1).norm in _INNER | ARTICLES:
        cursor.at -= 1
    return cursor.brief.between(start, cursor.at)


def _phrase_goes_on(cursor: Cursor, start: int) -> bool:
    token, after = cursor.peek(), cursor.peek(1)
    if token.value is not None:
        named = (
            cursor.peek(-1).norm in _NUMBERED
            or token.glued
            or cursor.peek(-1).text[:1].isupper()
            or 1900 <= token.value <= 2100
        )
        return cursor.at > start and named
    if token.norm == "/":
        return cursor.at > start and after.kind == "word"
    if token.kind != "word" or (after.norm == "=" and cursor.at > start):
        return False
    if token.glued or _is_acronym(cursor, token):
        return True
    if token.norm in cursor.brief.make or token.norm in _SUBJECT_ENDS:
        return cursor.at == start and token.norm in _FIRST_ONLY
    return token.norm not in _INNER or _joins(cursor, start)


def _is_acronym(cursor: Cursor, token: Token) -> bool:
    """Whether "EN" is a standard, not a preposition."""
    short = 2 <= len(token.text) <= 5 and token.text.isupper()
    return short and not cursor.brief.shouts and token.norm not in _SUBJECT_ENDS - STOPS


def _joins(cursor: Cursor, start: int) -> bool:
    """Whether a small word leads on to more of the subject, not to a language, file or number."""
    here = cursor.at
    cursor.take()
    cursor.skip(ARTICLES, limit=2)
    token = cursor.peek()
    inside = token.kind in {"word", "quoted"} and here > start
    outside = _NOT_SUBJECTS | _SUBJECT_ENDS | cursor.brief.make | {"number", "fields", "columns"}
    inside = inside and token.norm not in outside
    inside = inside or (token.value is not None and 1900 <= token.value <= 2100)
    if cursor.brief.token(here).norm in {"in", "en", "auf"} and cursor.spoken() is not None:
        inside = False
    if cursor.brief.token(here).norm in AND and cursor.number() is not None:
        inside = False
    cursor.at = here
    return inside


def asked_for(cursor: Cursor) -> Match | None:
    """Read what is asked for without a number: "generate customer support conversations"."""
    begin = cursor.at
    if not (cursor.any_of(cursor.brief.make) or _dataset_of(cursor)):
        return None
    sorts = cursor.peek(-1).norm in _SORTS
    cursor.skip(ARTICLES | FLUFF | APPROXIMATE | _BEFORE_ASKED, limit=8)
    start = cursor.at
    if cursor.number() is not None:
        return None
    while cursor.at - start < 6 and _names_on(cursor, start):
        token = cursor.peek()
        noun = NOUNS.match(cursor.brief.tokens, cursor.at) is not None
        if noun or token.norm in DATASET or (token.norm in WEAK_NOUNS and not sorts):
            subject = cursor.brief.between(start, cursor.at)
            return Match(Setting("modifier", subject, 3), begin, cursor.at) if subject else None
        if token.norm in STOPS | AND | ARTICLES:
            return None
        cursor.take()
    return None


def _names_on(cursor: Cursor, start: int) -> bool:
    token = cursor.peek()
    return token.kind == "word" or (token.kind == "number" and cursor.at > start)


def _dataset_of(cursor: Cursor) -> bool:
    return cursor.any_of(DATASET) and cursor.word("of")
