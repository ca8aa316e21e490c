"""Misspelled words of briefs: "questons" is read as "questions"."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from synth_agent.brief.terms import vocabulary
from synth_agent.brief.tokens import Token

__all__ = ["mended"]

_WORDS: Final = vocabulary(
    "about questions question answers examples example records samples reviews sentences messages "
    "conversations dialogues instructions transactions complaints customer generate "
    "classification sentiment positive negative columns labels difficulty"
)
"""Words that a brief turns on, and that no other common word is one slip away from."""
_RIGHT: Final = vocabulary("generated generates abort massages complains")
"""Words that are right, and one slip away from one of those."""
_SHORTEST: Final = 5


def mended(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Return the tokens with known words in place of those that are one slip away from them.

    A slip is a letter too many, too few or wrong, or two letters swapped. The text stays.
    """
    return tuple(_mended(token) if _suspect(token) else token for token in tokens)


def _suspect(token: Token) -> bool:
    if token.kind != "word" or len(token.norm) < _SHORTEST or not token.text.islower():
        return False
    return token.norm not in _WORDS and token.norm not in _RIGHT


def _mended(token: Token) -> Token:
    for key in _without_one(token.norm):
        for word in _BY_GAP.get(key, ()):
            if _one_slip(token.norm, word):
                return replace(token, norm=word)
    return token


def _without_one(word: str) -> Iterator[str]:
    """Yield the word, and the word without each of its letters."""
    yield word
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def _one_slip(said: str, meant: str) -> bool:
    """Whether words that share a form with a gap are one slip apart, and begin alike."""
    if said[0] != meant[0] or said == f"{meant}s" or meant == f"{said}s":
        return False
    if len(said) != len(meant):
        return True
    differ = [at for at, pair in enumerate(zip(said, meant, strict=True)) if pair[0] != pair[1]]
    swapped = len(differ) == 2 and differ[1] == differ[0] + 1
    return len(differ) == 1 or (swapped and said[differ[0]] == meant[differ[1]])


def _by_gap() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for word in sorted(_WORDS):
        for key in _without_one(word):
            found.setdefault(key, []).append(word)
    return found


_BY_GAP: Final = _by_gap()
