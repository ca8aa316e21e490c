"""Phrases of one or more words, found in tokens by their longest match."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Generic, TypeVar

from synth_agent.brief.tokens import Token, normal

__all__ = ["Terms", "by_words", "key_words", "vocabulary"]

T = TypeVar("T")
_PUNCTUATION: Final = str.maketrans({"-": " ", "(": " ", ")": " ", ",": " "})


def key_words(phrase: str) -> tuple[str, ...]:
    """Return a phrase as the norms of its tokens: hyphens split, case and accents folded.

    >>> key_words("Question-Answer pairs")
    ('question', 'answer', 'pairs')
    """
    return tuple(normal(phrase).translate(_PUNCTUATION).split())


class Terms(Generic[T]):
    """Phrases and what they mean."""

    def __init__(self, meanings: Mapping[str, T]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], T]]] = {}
        for phrase, meaning in meanings.items():
            if key := key_words(phrase):
                self._by_first.setdefault(key[0], []).append((key, meaning))
        for entries in self._by_first.values():
            entries.sort(key=lambda entry: -len(entry[0]))

    def match(self, tokens: Sequence[Token], at: int) -> tuple[T, int] | None:
        """Return the meaning of the longest phrase that begins here, and where it ends."""
        if at >= len(tokens):
            return None
        for key, meaning in self._by_first.get(tokens[at].norm, ()):
            end = at + len(key)
            if tuple(token.norm for token in tokens[at:end]) == key:
                return meaning, end
        return None

    def meaning(self, phrase: str) -> T | None:
        """Return what the whole phrase means."""
        key = key_words(phrase)
        entries = self._by_first.get(key[0], ()) if key else ()
        return next((meaning for known, meaning in entries if known == key), None)

    def __contains__(self, phrase: str) -> bool:
        return self.meaning(phrase) is not None


def by_words(meanings: Mapping[T, str]) -> Terms[T]:
    """Return terms written as `meaning -> "phrase, phrase, ..."`."""
    return Terms({phrase: meaning for meaning, text in meanings.items() for phrase in _split(text)})


def vocabulary(*texts: str) -> frozenset[str]:
    """Return the single words, separated by blanks, in their normal form."""
    return frozenset(normal(word) for text in texts for word in text.split())


def _split(text: str) -> Iterable[str]:
    return (phrase.strip() for phrase in text.split(","))
