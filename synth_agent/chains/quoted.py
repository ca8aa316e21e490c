"""What a model is asked for about a passage: quotations stand before what follows from them."""

from typing import Annotated

from pydantic import BeforeValidator

from synth_agent.chains.blind import Reading
from synth_agent.chains.reading import Item, Text

__all__ = ["Answerable", "Grounded", "GroundedReasoning", "Quoted", "Unanswerable"]


def _listed(said: object) -> object:
    """Take a bare quotation for a list of one, and leave empty ones out."""
    quotes = [said] if isinstance(said, str) else said
    if isinstance(quotes, list):
        return [quote for quote in quotes if not isinstance(quote, str) or quote.strip()]
    return quotes


_Quotes = Annotated[list[str], BeforeValidator(_listed)]


class Quoted(Item):
    """A question about a passage, and what shows its answer."""

    input: Text
    """The question; it can be understood before the passage is read."""
    evidence: _Quotes
    """Quotations that show the answer, each one connected stretch, copied letter by letter."""


class Grounded(Quoted):
    """A question about a passage, what shows its answer, and the answer."""

    output: Text
    """The answer, from the evidence alone."""


class GroundedReasoning(Quoted):
    """A question about a passage, what shows its answer, the steps to it, and the answer."""

    reasoning: Text
    """The steps from the evidence to the answer, one a line."""
    output: Text
    """The result alone."""


class Unanswerable(Item):
    """A question that a passage seems to answer and does not."""

    near: Text
    """The place that comes closest to an answer, copied letter by letter."""
    input: Text
    """The question; it can be understood before the passage is read."""
    missing: Text
    """What is stated about it, and what is not; at most two sentences."""
    output: Text
    """That it is not stated, in one or two sentences."""


class Answerable(Reading):
    """What a passage says to a question."""

    quote: str
    """The words that hold the answer, copied letter by letter; empty if there are none."""
    answer: str
    """The answer from the passage alone; empty if there is none."""
    answerable: bool
    """Whether what is stated settles the answer."""
