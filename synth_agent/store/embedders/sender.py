"""Sends texts to an embeddings model: within the budget, tried again where that may help.

Limit: what is given up after a time-out goes on in its thread, where a package has no asynchronous
call of its own, and the program cannot end before it does.
"""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from langchain_core.exceptions import ContextOverflowError, ModelError, ModelTimeoutError

from synth_agent.calls.budget import Budget, Price
from synth_agent.calls.charges import is_surely_free, kind_of, said
from synth_agent.calls.retry import Retry
from synth_agent.errors import ConfigError, ProviderError
from synth_agent.models import counter_for
from synth_agent.store.embedders.failing import as_failure
from synth_agent.store.embedders.shelf import Payment
from synth_agent.text import digest

__all__ = ["EmbeddingsLike", "Reply", "Sender", "Terms"]

_MARGIN: Final = 1.2
"""Reserved this much too high where the vocabulary is not the model's, as with chat models."""


class EmbeddingsLike(Protocol):
    """As much of LangChain's `Embeddings` as is needed; it may have `aembed_documents` too."""

    def embed_documents(self, texts: list[str], /) -> Any:
        """Return one vector a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms texts are sent."""

    budget: Budget = field(default_factory=Budget)
    price: Price | None = None
    """None if nobody knows it; then no budget in money can be kept."""
    retry: Retry = field(default_factory=Retry)
    timeout: float = 120.0
    """Seconds for one request."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came, whatever it is, and what it cost."""

    answer: Any
    paid: Payment


class Sender:
    """Sends the requests of one embeddings model.

    Raises:
        ConfigError: A budget in money is set, and the model's price is not known.
    """

    def __init__(self, embeddings: EmbeddingsLike, *, name: str, terms: Terms) -> None:
        if terms.budget.usd is not None and terms.price is None:
            raise ConfigError(
                f"the price of the embedder {name} is not known, so a budget of "
                f"${terms.budget.usd:g} cannot be kept; bound the tokens instead "
                "(--budget-tokens), or take an embedder that costs nothing (--embedder static)"
            )
        self._embeddings = embeddings
        self._name = name
        self._terms = terms
        self._margin = 1.0 if counter_for(name).exact else _MARGIN

    async def __call__(self, texts: Sequence[str], tokens: int, *, blocking: bool) -> Reply:
        """Return the answer to one request.

        Args:
            texts: What to embed.
            tokens: How many they have, by our count.
            blocking: Whether to call `embed_documents`, in a thread. An asynchronous client belongs
                to the loop that it was first used in, which a loop for one call must not be.

        Raises:
            BudgetError: It might pass the budget.
            ContextOverflowError: A text is too long for the model.
            ProviderError: It failed for good, or too often.
        """
        try:
            return await self._terms.retry(
                lambda: self._within_budget(texts, tokens, blocking=blocking), rest=asyncio.sleep
            )
        except ContextOverflowError:
            raise
        except ModelError as error:
            notes = "".join(f", {note}" for note in getattr(error, "__notes__", ()))
            failure = ProviderError(
                f"the embedder {self._name} failed ({kind_of(error)}{notes}): {said(error)}; "
                "see to its address and key, or start anew with --embedder static"
            )
        raise failure  # not from the other, which may hold a key

    async def _within_budget(self, texts: Sequence[str], tokens: int, *, blocking: bool) -> Reply:
        terms = self._terms
        most = math.ceil(tokens * self._margin)
        if blocking:
            reservation = terms.budget.reserve_now(most, 0, terms.price)
        else:
            reservation = await terms.budget.reserve(most, 0, terms.price)
        began = time.perf_counter()
        try:
            answer = await self._answer(texts, blocking=blocking)
            cost = terms.price(tokens, 0, 0) if terms.price else None
            reservation.settle(cost, tokens)
        except ModelError as error:
            if is_surely_free(error):
                reservation.release()
            raise
        finally:
            reservation.forfeit()  # unless it has ended
        key = digest("embeddings", self._name, *texts, size=16)
        return Reply(answer, Payment(key, self._name, tokens, cost, time.perf_counter() - began))

    async def _answer(self, texts: Sequence[str], *, blocking: bool) -> Any:
        own: Callable[[list[str]], Any] | None = getattr(self._embeddings, "aembed_documents", None)
        if blocking or own is None:
            asked = asyncio.to_thread(self._embeddings.embed_documents, list(texts))
        else:
            asked = own(list(texts))
        work = asyncio.ensure_future(asked)
        # Looked at below, or no more: a late failure must not be told to the terminal.
        work.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            done, _ = await asyncio.wait((work,), timeout=self._terms.timeout)
        finally:
            work.cancel()
        if not done:
            raise ModelTimeoutError(f"no answer within {self._terms.timeout:g} s")
        error = work.exception()
        if error is not None:
            raise as_failure(error) from None
        return work.result()
