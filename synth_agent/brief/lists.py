"""Phrase rules for names in a row: labels, difficulties, topics, and even splits."""

import re
from fractions import Fraction
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.entries import LABELS, TOPICS, read_entries
from synth_agent.brief.lexicon import AND, ARTICLES, BALANCED, DIFFICULTY, GROUPS, NOUNS, STOPS
from synth_agent.brief.readings import Entry, Listing, Match, Refused, Setting
from synth_agent.brief.terms import by_words, vocabulary
from synth_agent.brief.tokens import normal

__all__ = [
    "balance",
    "difficulties",
    "either_or",
    "known_labels",
    "label_count",
    "label_nouns",
    "label_object",
    "label_verbs",
    "topics",
]

_LINKS: Final = vocabulary(
    ": = are is be should must can : named called following values one of either sind heißen sont "
    "son siguientes suivantes include including"
)
_SORTED: Final = vocabulary(
    "categorized categorised categorise categorize classified labelled labeled labelling labeling "
    "tagged annotated sorted classify classifying rated marked grouped categorizing eingeteilt "
    "klassifiziert kategorisiert classés classées classifiés étiquetés clasificados clasificadas "
    "clasificar etiquetados klassifizieren classer klassifiziere clasifica classe classez"
)
_OBJECTS: Final = vocabulary("each every the them it these all")
_SORTED_AS: Final = vocabulary("as into with by to als in comme en como entre")
_SPREAD: Final = vocabulary(
    "split distributed divided distribution mix mixture spread number numbers amount verteilt "
    "réparti répartis repartido repartidos of between across among over into in for entre zwischen "
    "auf classes class labels label : dataset data sur"
)
_PLURALS: Final = frozenset(word for word in GROUPS if word.endswith(("s", "n"))) - {"class"}
_MOST_LABELS: Final = 500
_DENIALS: Final = vocabulary("not non nicht kein keine no pas sin")
_BEFORE_GROUP: Final = vocabulary("with by , ; mit nach avec con")
_AMOUNT: Final = re.compile(r"(\d{1,9}(?:\.\d{1,9})?) ?(%?)\Z")
_DIFFICULTY: Final = vocabulary("difficulty difficulties schwierigkeit difficulté dificultad")
_TOPIC_NOUNS: Final = vocabulary(
    "topics subtopics themes subjects areas topic themen sujets thèmes temas"
)
_ONE_TOPIC: Final = frozenset({"topic"})
"""One name behind it is the domain, several are topics."""
_TOPIC_VERBS: Final = by_words(
    {
        "topic": "focusing on, focussing on, focused on, focus on, with a focus on, covering, "
        "covers, "
        "cover, concentrating on, with emphasis on, with an emphasis on, emphasizing, "
        "mit schwerpunkt, mit fokus auf, en mettant l' accent sur, axées sur, axés sur, "
        "centradas en, centrados en, con énfasis en, enfocadas en"
    }
)
_TOPIC_LINKS: Final = vocabulary(": = are such as like including include these the following")


def label_nouns(cursor: Cursor) -> Match | None:
    """Read "labels: a, b", "with labels a (10) and b (20)", "into three classes: a, b, c"."""
    begin = cursor.at
    announced = cursor.number()
    if not cursor.any_of(GROUPS):
        return None
    group = cursor.peek(-1).norm
    leveled = cursor.word("levels", "level")
    linked = cursor.skip(_LINKS, limit=4) or leveled
    written = cursor.peek(-1).norm in {":", "="}
    entries = read_entries(cursor, LABELS)
    quoted = begin < cursor.at and cursor.peek(-1).kind == "quoted"
    called = (
        linked
        or quoted
        or group.endswith("s")
        or cursor.brief.token(begin - 1).norm in _BEFORE_GROUP
    )
    if (
        len(entries) < 2 - written
        or not called
        or (len(entries) == 1 and not _label(cursor, entries[0]))
    ):
        return None
    if announced is not None and announced != len(entries):
        line = f"expected {int(announced)} labels as announced, got {len(entries)} names"
        return Match(Refused(line), begin, cursor.at)
    return Match(Listing("label", entries), begin, cursor.at)


def _label(cursor: Cursor, entry: Entry) -> bool:
    """Whether the only name of a list is a label, not that of a column: "label = cause"."""
    return entry.value is not None or entry.name in cursor.brief.labels


def label_count(cursor: Cursor) -> Match | None:
    """Read "3 classes", "all 16 support intents"."""
    begin = cursor.at
    value = cursor.number()
    if value is None or not 2 <= value <= _MOST_LABELS:
        return None
    for _ in range(2):
        if cursor.peek().norm in _PLURALS or cursor.peek().norm in STOPS | AND:
            break
        cursor.take()
    if not cursor.any_of(_PLURALS) or cursor.peek().norm in {":", "="}:
        return None
    if cursor.brief.token(begin - 1).norm == "all":
        begin -= 1
    return Match(Setting("label_count", int(value)), begin, cursor.at)


def label_object(cursor: Cursor) -> Match | None:
    """Read `{"spam": 300, "ham": 700}`."""
    begin = cursor.at
    token = cursor.take()
    pairs = [part.rpartition(":") for part in token.inner.split(",")]
    found = {name.strip(" \t\n\"'“”"): _AMOUNT.match(value.strip()) for name, _, value in pairs}
    entries = tuple(
        Entry(name, Fraction(m[1]) / (100 if m[2] else 1), "share" if m[2] else "count")
        for name, m in found.items()
        if m is not None
    )
    if token.kind != "braces" or not all(found) or not all(found.values()):
        return None
    axis = "difficulty" if all(entry.name in DIFFICULTY for entry in entries) else "label"
    return Match(Listing(axis, entries), begin, cursor.at)  # type: ignore[arg-type]


def label_verbs(cursor: Cursor) -> Match | None:
    """Read "categorized as either a or b", "classify the reviews as a, b or c"."""
    begin = cursor.at
    commanded = cursor.word("label", "tag", "annotate", "mark", "assign")
    if not (cursor.peek().norm in _OBJECTS if commanded else cursor.any_of(_SORTED)):
        return None
    for _ in range(5):
        if cursor.peek().norm in _SORTED_AS or cursor.at_end_of_clause:
            break
        cursor.take()
    if not cursor.any_of(_SORTED_AS):
        return None
    cursor.any_of(ARTICLES)
    cursor.number()
    cursor.skip(GROUPS | _LINKS | ARTICLES, limit=5)
    opened = cursor.peek(1).norm in {"(", ":"} and cursor.peek(2).kind != "number"
    if cursor.peek().kind == "word" and opened:
        cursor.take()
        cursor.word(":")
    entries = read_entries(cursor, LABELS)
    if len(entries) < 2:
        return None
    return Match(Listing("label", entries), begin, cursor.at)


def either_or(cursor: Cursor) -> Match | None:
    """Read "either a or b" where both are known labels."""
    begin = cursor.at
    return _known(cursor, begin) if cursor.word("either", "entweder", "soit") else None


def known_labels(cursor: Cursor) -> Match | None:
    """Read "positive/negative", "spam vs ham", "positive, negative and neutral"."""
    return _denied(cursor) or _known(Cursor(cursor.brief, cursor.at), cursor.at)


def _denied(cursor: Cursor) -> Match | None:
    """Read "fraud/not fraud", "urgent or non-urgent": a word and its denial are labels."""
    begin, said = cursor.at, cursor.peek()
    joint, no, again = cursor.peek(1), cursor.peek(2), cursor.peek(3)
    denied = no.norm in _DENIALS and again.norm == said.norm
    if no.norm == "not" and again.kind != "word" and said.norm in cursor.brief.labels:
        names = (said.text, f"not {said.text}")
        return Match(Listing("label", tuple(Entry(name) for name in names)), begin, begin + 3)
    if said.kind != "word" or joint.norm not in AND | {"/", ","} or not denied:
        return None
    names = (said.text, cursor.brief.between(begin + 2, begin + 4))
    return Match(Listing("label", tuple(Entry(name) for name in names)), begin, begin + 4)


def _known(cursor: Cursor, begin: int) -> Match | None:
    names: dict[str, str] = {}
    end = begin
    while (name := cursor.label()) is not None and normal(name) not in names:
        names[normal(name)] = name
        end = cursor.at
        cursor.term(NOUNS)
        if not cursor.skip(AND | {"/", ",", "|"}, limit=2):
            break
    if len(names) < 2:
        return None
    entries = tuple(Entry(name) for name in names.values())
    return Match(Listing("label", entries, sure=False), begin, end)


def balance(cursor: Cursor) -> Match | None:
    """Read "balanced", "evenly split between a, b and c", "equal numbers of a and b"."""
    begin = cursor.at
    meaning = cursor.term(BALANCED)
    if meaning is None:
        return None
    end = cursor.at
    cursor.skip(_SPREAD | {"the"}, limit=6)
    if cursor.any_of(_DIFFICULTY):
        cursor.word("levels", "level")
        return Match(Listing("difficulty", even=True), begin, cursor.at)
    spread = cursor.at > end or meaning == "of"
    entries = read_entries(cursor, LABELS) if spread else ()
    if len(entries) < 2:
        return Match(Listing("label", even=True), begin, end)
    axis = "difficulty" if all(entry.name in DIFFICULTY for entry in entries) else "label"
    return Match(Listing(axis, entries, even=True), begin, cursor.at)  # type: ignore[arg-type]


def difficulties(cursor: Cursor) -> Match | None:
    """Read "difficulty: easy 10, hard 20", "difficulty levels easy, medium and hard"."""
    begin = cursor.at
    if cursor.peek(1).norm in _DIFFICULTY:
        cursor.number()
    if not cursor.any_of(_DIFFICULTY):
        return None
    cursor.word("levels", "level")
    if cursor.term(BALANCED) == "even":
        return Match(Listing("difficulty", even=True), begin, cursor.at)
    cursor.skip(_LINKS, limit=3)
    entries = read_entries(cursor, LABELS)
    if not entries or not all(entry.name in DIFFICULTY for entry in entries):
        return None
    return Match(Listing("difficulty", entries), begin, cursor.at)


def topics(cursor: Cursor) -> Match | None:
    """Read "topics: a, b", "focusing on a and b", "covering a, b and c"."""
    begin = cursor.at
    if cursor.peek(1).norm in _TOPIC_NOUNS:
        cursor.number()
    if cursor.term(_TOPIC_VERBS) is not None:
        cursor.any_of(ARTICLES)
        cursor.skip(_TOPIC_NOUNS | _TOPIC_LINKS)
    elif not (cursor.any_of(_TOPIC_NOUNS) and cursor.skip(_TOPIC_LINKS)):
        return None
    one = cursor.brief.token(begin).norm in _ONE_TOPIC
    entries = read_entries(cursor, TOPICS)
    return Match(Listing("topic", entries), begin, cursor.at) if len(entries) > one else None
