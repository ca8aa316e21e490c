"""Where a phrase rule stands in the tokens, and what it can take from there."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeVar

from synth_agent.brief.languages import language_names
from synth_agent.brief.lexicon import AND, MAKE, STOPS
from synth_agent.brief.number_words import FRACTIONS, read_number
from synth_agent.brief.terms import Terms, key_words
from synth_agent.brief.tokens import Token, tokenize
from synth_agent.brief.typos import mended

__all__ = ["Brief", "Cursor"]

T = TypeVar("T")
_END: Final = Token("stop", "", "", 0, 0)


@dataclass(frozen=True, slots=True)
class Brief:
    """A tokenized brief and what is known about its words.

    Attributes:
        language: What it is written in.
        labels: Names of labels -> how the user spells them.
        sure: Those of them that the brief lists, or that are well known; the others are labels
            only where labels are wanted.
        make: Verbs that ask for records, in this language.
    """

    text: str
    tokens: tuple[Token, ...]
    language: str
    labels: Terms[str]
    sure: Terms[str]
    make: frozenset[str]

    @property
    def shouts(self) -> bool:
        """Whether all of it is in capitals, so that capitals mean nothing."""
        return self.text.isupper()

    @classmethod
    def read(cls, text: str, language: str, *, decimal_comma: bool) -> "Brief":
        """Tokenize a text."""
        tokens = tuple(tokenize(text, decimal_comma=decimal_comma))
        tokens = mended(tokens) if language == "en" else tokens
        make = MAKE["en"] | MAKE.get(language, frozenset())
        return cls(text, tokens, language, Terms({}), Terms({}), make)

    def with_labels(self, labels: Terms[str], sure: Terms[str]) -> "Brief":
        """Return the same brief with labels known."""
        return replace(self, labels=labels, sure=sure)

    def token(self, index: int) -> Token:
        """Return a token; behind the last, or before the first, an empty stop."""
        return self.tokens[index] if 0 <= index < len(self.tokens) else _END

    def between(self, start: int, end: int) -> str:
        """Return the text of the tokens from `start` to `end`, `end` excluded."""
        if start >= end:
            return ""
        return self.text[self.tokens[start].start : self.tokens[end - 1].end]


class Cursor:
    """A position that moves on when something expected is there."""

    __slots__ = ("at", "brief")

    def __init__(self, brief: Brief, at: int) -> None:
        self.brief = brief
        self.at = at

    def peek(self, ahead: int = 0) -> Token:
        """Return a token without moving; behind the last (or before the first) an empty stop."""
        return self.brief.token(self.at + ahead)

    def word(self, *norms: str) -> bool:
        """Take one of these words."""
        return self.any_of(norms)

    def any_of(self, norms: Collection[str]) -> bool:
        """Take one of these words or marks."""
        token = self.peek()
        if token.kind in {"word", "mark"} and token.norm in norms:
            self.at += 1
            return True
        return False

    def skip(self, norms: Collection[str], *, limit: int = 8) -> int:
        """Take as many of these words or marks as there are; return how many."""
        begin = self.at
        while self.at - begin < limit and self.any_of(norms):
            pass
        return self.at - begin

    def phrase(self, *norms: str) -> bool:
        """Take these words in this order, or nothing."""
        if all(self.peek(i).norm == norm for i, norm in enumerate(norms)):
            self.at += len(norms)
            return True
        return False

    def term(self, terms: Terms[T]) -> T | None:
        """Take the longest phrase of a lexicon and return its meaning."""
        found = terms.match(self.brief.tokens, self.at)
        if found is None:
            return None
        self.at = found[1]
        return found[0]

    def number(self) -> Fraction | None:
        """Take a number, in digits or words."""
        found = read_number(self.brief.tokens, self.at, self.brief.language)
        if found is None:
            return None
        self.at = found[1]
        return found[0]

    def fraction(self) -> Fraction | None:
        """Take a share that has a name: "half", "two thirds"."""
        return self.term(FRACTIONS)

    def language(self) -> str | None:
        """Take the name of a language and return its tag."""
        return self.term(language_names())

    def label(self) -> str | None:
        """Take a known label and return it as the user spells it, in the singular."""
        begin = self.at
        known = self.term(self.brief.labels)
        if known is None:
            return None
        said = self.brief.between(begin, self.at)
        if key_words(said) == key_words(known):
            return said
        return said[:-1] if key_words(said) == key_words(f"{known}s") else known

    def spoken(self) -> str | None:
        """Take the name of a language that does not only begin a subject ("French history")."""
        begin = self.at
        tag = self.language()
        token = self.peek()
        follows = STOPS | AND | self.brief.make | {"language", "only"}
        if tag is not None and (token.kind != "word" or token.norm in follows):
            return tag
        self.at = begin
        return None

    def take(self) -> Token:
        """Take whatever comes."""
        token = self.peek()
        self.at = min(self.at + 1, len(self.brief.tokens))
        return token

    @property
    def at_end_of_clause(self) -> bool:
        """Whether a sentence, line or heading ends here."""
        token = self.peek()
        return token.kind in {"stop", "break", "heading"} or token.norm in {";", ":"}

    @property
    def soft_break(self) -> bool:
        """Whether only a wrapped line ends here: the next one goes on in lower case."""
        token = self.peek()
        after = self.peek(1)
        return token.kind == "break" and token.text.strip() == "" and after.text[:1].islower()
