"""Prices: those that are known, and none that is guessed."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.models import Price, price_of

NOW = datetime(2026, 5, 1, tzinfo=UTC)
TOKENS = st.integers(min_value=0, max_value=10**9)


def test_a_known_model_has_its_price() -> None:
    assert price_of("openai:gpt-4o", now=NOW) == Price(input=2.5, cached_input=1.25, output=10)


def test_a_dated_name_is_the_same_model() -> None:
    assert price_of("openai:gpt-4o-2024-08-06", now=NOW) == price_of("openai:gpt-4o", now=NOW)


@pytest.mark.parametrize(
    "name",
    [
        "openai:llama3",
        "openai:gpt-99",
        "openai:ft:gpt-4o-mini:org::id",
        "openai:",
        "gpt-4o",
        "ollama:gpt-oss:20b",
        "opnai:gpt-4o",
        "perplexity:sonar",
        "",
    ],
)
def test_what_is_not_known_has_no_price(name: str) -> None:
    assert price_of(name, now=NOW) is None


def test_a_local_server_has_no_price_whatever_it_calls_its_model() -> None:
    assert price_of("openai:gpt-4o", local=True, now=NOW) is None


def test_a_price_that_changed_is_that_of_the_day() -> None:
    before, after = (
        price_of("openai:o3", now=datetime(2025, month, 20, tzinfo=UTC)) for month in (5, 6)
    )

    assert before is not None
    assert after is not None
    assert (before.input, before.output) == (10, 40)
    assert (after.input, after.output) == (2, 8)


def test_of_several_tiers_the_dearest_counts() -> None:
    from genai_prices.data import providers
    from genai_prices.types import ModelPrice, TieredPrices

    google = next(one for one in providers if one.id == "google")
    pro = next(one for one in google.models if one.id == "gemini-2.5-pro")
    assert isinstance(pro.prices, ModelPrice)
    tiered = pro.prices.input_mtok
    assert isinstance(tiered, TieredPrices)

    price = price_of("google_genai:gemini-2.5-pro", now=NOW)

    assert price
    assert Decimal(str(price.input)) == max(tier.price for tier in tiered.tiers) > tiered.base


@pytest.mark.parametrize("hour", [2, 20])
def test_of_several_times_of_day_the_dearest_counts(hour: int) -> None:
    price = price_of("deepseek:deepseek-chat", now=datetime(2025, 5, 1, hour, tzinfo=UTC))

    assert price == Price(input=0.27, cached_input=0.07, output=1.1)


def test_embeddings_have_nothing_to_pay_for_output() -> None:
    assert price_of("openai:text-embedding-3-small", now=NOW) == Price(0.02, 0.02, 0)


@given(tokens_in=TOKENS, tokens_out=TOKENS, share=st.floats(0, 1))
def test_the_cost_lies_between_all_cached_and_none(
    tokens_in: int, tokens_out: int, share: float
) -> None:
    price = Price(input=2.5, cached_input=1.25, output=10)
    cached = int(tokens_in * share)

    cost = price.cost(tokens_in, tokens_out, cached)

    assert price.cost(tokens_in, tokens_out, tokens_in) <= cost <= price.cost(tokens_in, tokens_out)


def test_the_moment_is_now_unless_said() -> None:
    assert price_of("openai:gpt-4o") is not None


def test_asking_for_a_price_loads_no_chat_model() -> None:
    import subprocess
    import sys

    code = (
        "import sys; from synth_agent.models import price_of; price_of('openai:gpt-4o');"
        "print([m for m in ('langchain_core', 'aiohttp', 'tiktoken') if m in sys.modules])"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"
