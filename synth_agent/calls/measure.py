"""Tokens of a request before it is sent, rather too many, and of its answer after.

Limit: what a provider adds by itself is not known before its first answer. A counter that is far
too low lets those requests that are then in flight cost more than they reserved.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from synth_agent.calls.budget import Price

__all__ = ["Count", "Figures", "Measure", "about_tokens"]

Count = Callable[[Sequence[BaseMessage]], int]
"""Counts the tokens of messages."""

_MARGIN: Final = 1.2
"""Estimates are taken this much too high at first; a provider's template adds what none sees."""
_BYTES_PER_TOKEN: Final = 3
_PER_MESSAGE: Final = 4
_FIRST_OUT: Final = 500
_NEW: Final = 1 / 16
"""Weight of the newest answer in the running mean of output tokens."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one answer used."""

    tokens_in: int
    tokens_out: int
    cached: int
    cost_usd: float | None

    @property
    def tokens(self) -> int:
        """In and out."""
        return self.tokens_in + self.tokens_out


class Measure:
    """Estimates one model's requests, and learns from what the provider then counted.

    Args:
        count: Counts the tokens of messages.
        price: What the model costs; None if nobody knows.
    """

    def __init__(self, count: Count, price: Price | None) -> None:
        self._count = count
        self._price = price
        self._margin = _MARGIN
        self._mean_out: float | None = None

    def tokens_in(self, messages: Sequence[BaseMessage], option_bytes: int) -> int:
        """Return what the request has at most, by all that was seen so far."""
        return int(self._margin * (self._count(messages) + option_bytes // _BYTES_PER_TOKEN)) + 1

    def tokens_out(self, most: int) -> int:
        """Return what an answer is likely to have, `most` at most."""
        return min(most, _FIRST_OUT if self._mean_out is None else int(self._mean_out) + 1)

    def figures(
        self, messages: Sequence[BaseMessage], result: ChatResult, *, estimated: int
    ) -> Figures:
        """Return what an answer used: by the provider's count, or by ours where it gives none.

        Args:
            messages: What was sent.
            result: What came.
            estimated: What `tokens_in` said before, or 0 where nobody asked.
        """
        counted = _counted(result)
        if counted is None:
            answers = [generation.message for generation in result.generations]
            counted = (self._count(messages), self._count(answers), 0)
        elif estimated and counted[0] > estimated:
            self._margin *= 1.05 * counted[0] / estimated
        tokens_in, tokens_out, cached = counted
        mean = tokens_out if self._mean_out is None else self._mean_out
        self._mean_out = mean + _NEW * (tokens_out - mean)
        cost = self._price(tokens_in, tokens_out, cached) if self._price else None
        return Figures(tokens_in, tokens_out, cached, cost)


def about_tokens(messages: Sequence[BaseMessage]) -> int:
    """Count tokens roughly: a third of the bytes, which is too many for most languages."""
    sizes = (len(str(message.content).encode()) for message in messages)
    return sum(size // _BYTES_PER_TOKEN + _PER_MESSAGE for size in sizes)


def _counted(result: ChatResult) -> tuple[int, int, int] | None:
    """Return tokens in, out and cached as the provider says them, if it does."""
    used: Any = getattr(result.generations[0].message, "usage_metadata", None)
    if used:
        cached = (used.get("input_token_details") or {}).get("cache_read") or 0
        return used["input_tokens"], used["output_tokens"], cached
    used = (result.llm_output or {}).get("token_usage") or {}
    if "prompt_tokens" in used and "completion_tokens" in used:
        cached = (used.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        return used["prompt_tokens"], used["completion_tokens"], cached
    return None
