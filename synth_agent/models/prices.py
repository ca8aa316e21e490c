"""What a model's tokens cost, from the price list that the package genai-prices brings along.

The list is as old as the installed package and nothing is fetched. What it does not know has no
price here: neither has a local server, a fine-tuned model or one that charges by the request.
A price is an upper bound where the provider has several: the dearest tier and the dearest time of
day count. What is outside it: writing to a cache, web searches, and other service tiers.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from decimal import Decimal

    from genai_prices.data_snapshot import DataSnapshot
    from genai_prices.types import ModelInfo, ModelPrice, TieredPrices

__all__ = ["Price", "price_of"]

_PROVIDERS: Final = {
    "anthropic": "anthropic",
    "azure_openai": "azure",
    "bedrock": "aws",
    "bedrock_converse": "aws",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks": "fireworks",
    "google_genai": "google",
    "google_vertexai": "google",
    "groq": "groq",
    "mistralai": "mistral",
    "openai": "openai",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "together": "together",
    "xai": "x-ai",
}
"""LangChain's names of providers, and the list's."""


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens."""

    input: float
    cached_input: float
    output: float

    def cost(self, tokens_in: int, tokens_out: int, cached: int = 0) -> float:
        """Return USD. The `cached` tokens are part of `tokens_in`, reasoning of `tokens_out`.

        >>> Price(input=2.5, cached_input=1.25, output=10).cost(1_000_000, 100_000, cached=400_000)
        3.0
        """
        fresh = (tokens_in - cached) * self.input + cached * self.cached_input
        return (fresh + tokens_out * self.output) / 1e6


def price_of(name: str, *, local: bool = False, now: datetime | None = None) -> Price | None:
    """Return the price of a model, or None where it is not known; never that of another model.

    Args:
        name: `provider:model`.
        local: Whether the provider's name is only the manner of speaking to another server.
        now: The moment whose price counts, as prices change; this one unless said.
    """
    provider = _PROVIDERS.get(name.partition(":")[0])
    model = name.partition(":")[2]
    if local or provider is None or not model:
        return None
    try:
        _, found = _price_list().find_provider_model(model, None, provider, None)
    except LookupError:
        return None
    return _dearest(_current(found, now or datetime.now(UTC)))


@lru_cache(maxsize=1)
def _price_list() -> "DataSnapshot":
    from genai_prices.data import providers
    from genai_prices.data_snapshot import DataSnapshot

    return DataSnapshot(providers=providers, from_auto_update=False)


def _current(model: "ModelInfo", now: datetime) -> "list[ModelPrice]":
    """Return the prices of today: one, or several that take turns over the day."""
    from genai_prices.types import ModelPrice, StartDateConstraint, TimeOfDateConstraint

    if isinstance(model.prices, ModelPrice):
        return [model.prices]
    current = []
    for conditional in reversed(model.prices):  # later entries overrule earlier ones
        when = conditional.constraint
        if isinstance(when, StartDateConstraint) and not when.active(now):
            continue
        current.append(conditional.prices)
        if not isinstance(when, TimeOfDateConstraint):
            return current
    return current + [first.prices for first in model.prices[:1]]  # as the package has it


def _dearest(prices: "list[ModelPrice]") -> Price | None:
    if not prices or any(
        price.input_mtok is None or price.requests_kcount is not None for price in prices
    ):
        return None
    return Price(
        input=max(_top(price.input_mtok) for price in prices),
        cached_input=max(_top(price.cache_read_mtok or price.input_mtok) for price in prices),
        output=max(_top(price.output_mtok) for price in prices),
    )


def _top(price: "Decimal | TieredPrices | None") -> float:
    """Return the dearest tier; nothing is asked for what the model does not make (embeddings)."""
    from genai_prices.types import TieredPrices

    if isinstance(price, TieredPrices):
        return float(max([price.base, *(tier.price for tier in price.tiers)]))
    return float(price or 0)
