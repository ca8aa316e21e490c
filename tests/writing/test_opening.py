import asyncio

import pytest
from langchain_core.messages import HumanMessage

from synth_agent.calls.budget import Budget
from synth_agent.calls.ledger import MemoryLedger
from synth_agent.calls.paid import PaidModel
from synth_agent.chains.ways import Ways
from synth_agent.errors import ConfigError
from synth_agent.writing.means import Means
from synth_agent.writing.opening import OpenModels
from tests.chat import Scripted


class Closing(Scripted):
    """Knows whether it was closed."""

    closed: bool = False

    async def aclose(self) -> None:
        self.closed = True


def open_models(means: Means | None = None, *, budget: Budget | None = None) -> OpenModels:
    return OpenModels(
        means or Means(), ledger=MemoryLedger(), budget=budget or Budget(), ways=Ways()
    )


def test_doors_to_one_model_share_it_and_carry_their_own_parameters() -> None:
    models, inner = open_models(), Scripted(answers=["yes"])

    one = models.door("openai:m", handed=inner, temperature=0.2, top_p=None)
    other = models.door("openai:m")

    assert one.model is other.model
    assert isinstance(one.model, PaidModel)
    assert (one.parameters, other.parameters) == ({"temperature": 0.2}, {})


def test_models_of_one_endpoint_share_its_throttle_and_all_share_the_books() -> None:
    models = open_models()
    names = ("openai:a", "openai:b", "ollama:c")

    a, b, c = (models.door(name, handed=Scripted(answers=["yes"])).model for name in names)

    assert isinstance(a, PaidModel)
    assert isinstance(b, PaidModel)
    assert isinstance(c, PaidModel)
    assert a.throttle is b.throttle
    assert a.breaker is b.breaker
    assert a.throttle is not c.throttle
    assert a.usage is c.usage is models.usage
    assert a.budget is c.budget is models.budget
    assert a.ledger is c.ledger


def test_calls_are_counted_and_a_model_that_was_handed_in_stays_open() -> None:
    models, inner = open_models(), Closing(answers=["yes"])

    async def ask() -> None:
        await models.door("openai:m", handed=inner).model.ainvoke([HumanMessage("well?")])
        await models.close()

    asyncio.run(ask())

    assert models.usage.answered == 1
    assert not inner.closed


def test_a_missing_key_is_said_before_anything_is_sent() -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY is not set"):
        open_models().door("openai:gpt-5-mini")


def test_a_bound_in_money_needs_a_price() -> None:
    models = open_models(budget=Budget(usd=1))

    with pytest.raises(ConfigError, match="price of openai:nobody-knows"):
        models.door("openai:nobody-knows", handed=Scripted())
