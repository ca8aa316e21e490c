"""Paid calls against a real endpoint with faults: all answered, and every token accounted for."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from synth_agent.calls import (
    Breaker,
    Budget,
    Hedge,
    MemoryLedger,
    Retry,
    Throttle,
    belonging_to,
)
from synth_agent.calls.paid import PaidModel
from synth_agent.errors import BudgetError, ProviderError
from synth_agent.models.openai_client import OpenAICompatible
from tests.endpoint import ChatRequest, Endpoint, Faults, Scripted

pytestmark = pytest.mark.usefixtures("socket_enabled")

CALLS = 300
USED = {"prompt_tokens": 25, "completion_tokens": 15, "total_tokens": 40}
MOST_OUT = 64
RESERVED = 31 + MOST_OUT
"""25 tokens by our count, a fifth more to be safe, and the answer's bound."""
MAY_HAVE_COST = {"cut", "reset", "hang", "malformed"}

MakeInner = Callable[[str], BaseChatModel]


def script(request: ChatRequest) -> Scripted:
    return Scripted(content=f"answer to {request.human}", usage=USED)


def lean(url: str) -> BaseChatModel:
    return OpenAICompatible(model="test-model", api_key=SecretStr("sk-test"), base_url=url)


def general(url: str) -> BaseChatModel:
    from langchain_openai import ChatOpenAI
    from openai import DefaultAsyncHttpxClient

    return ChatOpenAI(
        model="test-model",
        api_key=SecretStr("sk-test"),
        base_url=url,
        max_retries=0,
        # Its own one is kept by address for the whole process, bound to the loop of another test
        # whose endpoint had the same port.
        http_async_client=DefaultAsyncHttpxClient(),
    )


def paid(inner: BaseChatModel, **options: Any) -> PaidModel:
    ready = {
        "budget": Budget(tokens=10**6),
        "throttle": Throttle(32),
        "retry": Retry(base=0.02, rng=random.Random(1)),
        "breaker": Breaker(probe=0.02, patience_at_first=0.2),
        "hedge": Hedge(floor=1.0),
        "timeout": 3.0,
        "max_tokens": MOST_OUT,
        "count": lambda messages: 25 * len(messages),
    }
    return PaidModel(**{"inner": inner, "name": "openai:test-model", **ready, **options})


def all_answers(model: PaidModel, calls: int = CALLS) -> list[Any]:
    async def one(hand: int) -> Any:
        with belonging_to(hand):
            return (await model.ainvoke(f"number {hand}")).content

    async def work() -> list[Any]:
        answers = await asyncio.gather(*map(one, range(1, calls + 1)), return_exceptions=True)
        client = getattr(model.inner, "root_async_client", None)
        if client is not None:  # its connections belong to this loop
            await client.close()
        return answers

    return asyncio.run(work())


@pytest.mark.parametrize(("inner", "seed"), [(lean, 4), (general, 3)], ids=["lean", "general"])
def test_faults_cost_no_answer_and_every_token_is_accounted_for(
    inner: MakeInner, seed: int
) -> None:
    faults = Faults(
        rate_429=0.05,
        retry_after=0.05,
        rate_500=0.02,
        rate_cut=0.02,
        rate_reset=0.01,
        rate_malformed=0.01,
        rate_hang=0.005,
    )
    ledger = MemoryLedger()
    with Endpoint(script, faults=faults, seed=seed) as endpoint:
        model = paid(inner(endpoint.url), ledger=ledger)
        answers = all_answers(model)
        log, answered = endpoint.log, endpoint.answered()
        again = paid(inner(endpoint.url), ledger=ledger)
        replayed = all_answers(again)
        sent_again = len(endpoint.log) - len(log)

    met = Counter(one.fault for one in log if one.fault)
    assert set(met) == {"429", "500", *MAY_HAVE_COST}, "too few faults to say anything"
    assert answers == [f"answer to number {hand}" for hand in range(1, CALLS + 1)]
    assert len(answered) == CALLS
    twice = answered.total() - CALLS
    assert twice <= model.usage.hedges

    lost = sum(met[fault] for fault in MAY_HAVE_COST)
    assert model.budget.spent.tokens == answered.total() * 40 + lost * RESERVED
    assert model.budget.reserved.tokens == 0
    assert (model.usage.tokens_in, model.usage.tokens_out) == (CALLS * 25, CALLS * 15)
    assert model.usage.answered == CALLS
    assert model.throttle.in_flight == 0

    assert replayed == answers
    assert sent_again == 0


def test_a_refused_request_is_not_sent_again_within_its_retry_after() -> None:
    with Endpoint(script, faults=Faults(rate_429=0.1, retry_after=0.4), seed=1) as endpoint:
        model = paid(lean(endpoint.url), throttle=Throttle(8))
        answers = all_answers(model, 60)
        log = endpoint.log

    refused = [one for one in log if one.fault == "429"]
    assert refused
    assert all(isinstance(answer, str) for answer in answers)
    for one in refused:
        again = [other.at - one.at for other in log if other.digest == one.digest]
        assert not [seconds for seconds in again if 0 < seconds < 0.4]


def test_where_many_are_refused_no_request_at_all_leaves_within_a_retry_after() -> None:
    with Endpoint(script, faults=Faults(rate_429=0.6, retry_after=0.4), seed=1) as endpoint:
        model = paid(lean(endpoint.url), throttle=Throttle(8))
        all_answers(model, 12)
        log = endpoint.log

    for one in (one for one in log if one.fault == "429"):
        # Those that were under way when the refusal came back are none of its business.
        assert not [other for other in log if 0.2 < other.at - one.at < 0.4]


def test_a_budget_holds_among_faults() -> None:
    faults = Faults(rate_429=0.05, rate_500=0.02, rate_cut=0.05)
    with Endpoint(script, faults=faults, seed=2) as endpoint:
        model = paid(lean(endpoint.url), budget=Budget(tokens=4000))
        answers = all_answers(model)
        answered = endpoint.answered().total()

    assert {type(answer) for answer in answers} == {str, BudgetError}
    assert answered * 40 <= model.budget.spent.tokens <= 4000
    assert model.budget.spent.tokens > 4000 - RESERVED, "all of it is used"


@pytest.mark.parametrize(
    ("faults", "says"),
    [
        (Faults(bad_key=True), r"refuses every request \(authentication\)"),
        (Faults(quota_after=20), r"refuses every request \(rate limit\).*quota"),
        (Faults(down_after=20), r"failed \d+ times in a row .* connection"),
    ],
    ids=["wrong key", "no quota", "down"],
)
@pytest.mark.parametrize("inner", [lean, general])
def test_what_does_not_get_better_ends_the_run_with_what_was_made(
    inner: MakeInner, faults: Faults, says: str
) -> None:
    ledger = MemoryLedger()
    breaker = Breaker(probe=0.02, patience=0.2, patience_at_first=0.2)
    with Endpoint(script, faults=faults) as endpoint:
        model = paid(inner(endpoint.url), ledger=ledger, throttle=Throttle(8), breaker=breaker)
        answers = all_answers(model, 100)
        answered = endpoint.answered().total()

    made = [answer for answer in answers if isinstance(answer, str)]
    ends = [answer for answer in answers if isinstance(answer, ProviderError)]
    assert len(made) + len(ends) == 100
    assert len(made) == len(ledger.kept) == answered
    assert ends
    with pytest.raises(ProviderError, match=says):
        raise ends[0]
