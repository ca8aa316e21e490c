"""Phrase rule for who speaks."""

from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.lexicon import (
    AND,
    ARTICLES,
    STOPS,
)
from synth_agent.brief.readings import Ignored, Match, Setting
from synth_agent.brief.terms import by_words, vocabulary

__all__ = ["role"]

_ROLES: Final = by_words(
    {
        "opening": "as a, as an, as the, als, als ein, als eine, als erfahrener, en tant que, "
        "en tant qu', en tant que un, como, como un, como una",
        "anywhere": "act as, acting as, act like, behave as, you are a, you are an, you are the, "
        "you're a, you're an, i am a, i am an, i'm a, i'm an, we are a, pretend to be, "
        "pretend you are, imagine you are, imagine that you are, take the role of, "
        "take on the role of, in the role of, play the role of, assume the role of, "
        "from the perspective of, role play as, handle als, agiere als, du bist, ich bin, je "
        "suis, tu es, soy, eres, du bist ein, "
        "du bist eine, sie sind ein, sie sind eine, stell dir vor du bist, ich bin ein, "
        "ich bin eine, agis comme, agissez comme, agis en tant que, tu es un, tu es une, "
        "vous êtes un, vous êtes une, je suis un, je suis une, actúa como, actúe como, eres un, "
        "eres una, usted es un, soy un, soy una, in der rolle, dans le rôle d', as though you were",
    }
)


_ROLE_ENDS: Final = STOPS - vocabulary("of de du en des del la le") | vocabulary(
    "your specialising specializing focused focusing specialised specialized working task having "
    "whose need want would my the experienced "
    "ta votre tu deine ihre dein expertise mit tarea su"
)


_GENERIC_ROLES: Final = vocabulary(
    "expert specialist professional researcher professor lecturer teacher manager head director "
    "consultant engineer scientist authority experte expertin especialista spécialiste experto"
)


_MACHINES: Final = vocabulary("ai assistant chatbot model llm bot generator gpt chatgpt machine")


def role(cursor: Cursor) -> Match | None:
    """Read "As an industrial engineer with ...", "Act as a senior lawyer", "You are a nurse"."""
    begin = cursor.at
    before = cursor.peek(-1)
    keyed = cursor.word("role", "persona", "rolle", "rôle", "rol") and cursor.word(":", "=", "is")
    place = "anywhere" if keyed else cursor.term(_ROLES)
    if place is None:
        return None
    opens = before.kind in {"stop", "break", "heading"} or before.norm in {":", "hi", "hello"}
    if place == "opening" and not opens:
        return None
    cursor.any_of(ARTICLES)
    start = cursor.at
    while cursor.at - start < 8 and _role_goes_on(cursor, start):
        cursor.take()
    name = cursor.brief.between(start, cursor.at)
    if not name or (place == "opening" and not _stands_apart(cursor)):
        return None
    named = cursor.brief.tokens[start : cursor.at]
    _pass_experience(cursor)
    if {token.norm for token in named} & _MACHINES:
        return Match(Ignored(), begin, cursor.at)
    return Match(Setting("role", name, 2 if keyed else 1), begin, cursor.at)


def _pass_experience(cursor: Cursor) -> None:
    """Pass over "with 10 years of experience": it says no more than the role."""
    begin = cursor.at
    if cursor.word("with", "mit", "avec", "con"):
        for _ in range(8):
            if cursor.word("experience", "expertise", "erfahrung", "experiencia", "expérience"):
                return
            if cursor.at_end_of_clause:
                break
            cursor.take()
    cursor.at = begin


def _role_goes_on(cursor: Cursor, start: int) -> bool:
    token, after = cursor.peek(), cursor.peek(1)
    if token.kind != "word" or (token.norm in AND or token.norm in cursor.brief.make):
        return False
    if token.glued or (cursor.at == start and token.norm == "experienced"):
        return True
    if token.norm in {"in", "for"}:
        generic = cursor.at > start and cursor.peek(-1).norm in _GENERIC_ROLES
        return generic and after.kind == "word" and after.norm not in _ROLE_ENDS
    return token.norm not in _ROLE_ENDS or (cursor.at == start and token.norm == "head")


def _stands_apart(cursor: Cursor) -> bool:
    """Whether "As a ..." ends like a role, not in the middle of another sentence."""
    token = cursor.peek()
    return token.norm not in {"is", "are", "ist", "sind", "est", "es"} and token.kind != "angle"
