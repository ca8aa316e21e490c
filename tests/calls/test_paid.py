import asyncio
import json
import time
from typing import Any

import pytest
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelError,
    ModelInvalidRequestError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.prompts import ChatPromptTemplate

from synth_agent.calls import (
    Breaker,
    Budget,
    Hedge,
    MemoryLedger,
    Retry,
    Throttle,
    Usage,
    belonging_to,
)
from synth_agent.calls.paid import PaidModel
from synth_agent.errors import BudgetError, ConfigError, ProviderError
from synth_agent.models.failures import CutConnectionError, QuotaExhaustedError
from tests.calls.model import Act, Recorded, answer, fail, hang, price
from tests.calls.timing import until

ASKED = [HumanMessage("One record, please.")]


def paid(*acts: Act, **options: Any) -> tuple[PaidModel, Recorded]:
    """Return a model that loses no time, and the one inside."""
    inner = options.pop("inner", None) or Recorded(acts=list(acts) or [answer()])
    quick = {
        "inner": inner,
        "name": "openai:m",
        "retry": Retry(base=0.001),
        "breaker": Breaker(probe=0.001),
    }
    return PaidModel(**{**quick, **options}), inner


def said(model: PaidModel, asked: str = "One record, please.") -> Any:
    return asyncio.run(model.ainvoke(asked)).content


# An ordinary chat model


def test_a_chain_sees_an_ordinary_chat_model() -> None:
    model, inner = paid()
    chain = ChatPromptTemplate.from_messages([("human", "{what}, please.")]) | model.bind(
        response_format={"type": "json_object"}, stop=["\n"]
    )

    message = asyncio.run(chain.ainvoke({"what": "One record"}))

    assert message.content == "yes"
    assert message.usage_metadata == {
        "input_tokens": 100,
        "output_tokens": 10,
        "total_tokens": 110,
        "input_token_details": {"cache_read": 0},
    }
    assert message.response_metadata["finish_reason"] == "stop"
    ((messages, options),) = inner.sent
    assert messages == ASKED
    assert options == {"response_format": {"type": "json_object"}, "stop": ["\n"]}


def test_it_is_asked_without_a_loop_and_within_a_running_one() -> None:
    model, _ = paid()

    async def within() -> Any:
        return model.invoke("One record, please.").content

    assert model.invoke("One record, please.").content == "yes"
    assert asyncio.run(within()) == "yes"


def test_tools_are_bound_in_the_inner_models_form() -> None:
    model, inner = paid()

    def record(text: str) -> str:
        """Keep a record."""
        return text

    asyncio.run(model.bind_tools([record], tool_choice="record").ainvoke("One record, please."))

    options = inner.sent[0][1]
    assert options["tools"][0]["function"]["name"] == "record"
    assert options["tool_choice"] == "record"


def test_nothing_of_the_machinery_shows_in_its_repr() -> None:
    assert "Ledger" not in repr(paid()[0])


# The ledger


def test_a_hand_that_is_run_again_sends_nothing() -> None:
    ledger = MemoryLedger()
    acts = [answer("first"), answer("second"), answer("other")]

    async def hand(model: PaidModel) -> list[AIMessage]:
        with belonging_to(7):
            first = await model.ainvoke("the same")
            second = await model.ainvoke("the same")
            return [first, second, await model.ainvoke("another")]

    model, _ = paid(*acts, ledger=ledger)
    before = asyncio.run(hand(model))
    again, inner = paid(answer("paid twice"), ledger=ledger)
    after = asyncio.run(hand(again))

    assert inner.sent == []
    assert [message.content for message in after] == ["first", "second", "other"]
    ignored = {"id"}  # LangChain's, of the run that was traced
    assert [m.model_dump(exclude=ignored) for m in after] == [
        m.model_dump(exclude=ignored) for m in before
    ]
    assert again.usage.replayed == 3
    assert again.usage.answered == 0


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_only_what_is_missing_is_sent(missing: int) -> None:
    ledger = MemoryLedger()

    async def hand(model: PaidModel) -> list[Any]:
        with belonging_to(7):
            return [(await model.ainvoke(asked)).content for asked in ("same", "same", "other")]

    asyncio.run(hand(paid(*map(answer, "abc"), ledger=ledger)[0]))
    del ledger.kept[list(ledger.kept)[missing]]
    model, inner = paid(answer("anew"), ledger=ledger)
    contents = asyncio.run(hand(model))

    assert len(inner.sent) == 1
    assert contents == [*"abc"[:missing], "anew", *"abc"[missing + 1 :]]


def test_another_hand_gets_answers_of_its_own() -> None:
    model, inner = paid(answer("a"), answer("b"))

    async def work() -> list[Any]:
        contents = []
        for number in (1, 2):
            with belonging_to(number):
                contents.append((await model.ainvoke("the same")).content)
        return contents

    assert asyncio.run(work()) == ["a", "b"]
    assert len(inner.sent) == 2


def test_calls_side_by_side_within_a_hand_find_their_answers_by_what_they_asked() -> None:
    ledger = MemoryLedger()

    async def hand(model: PaidModel) -> list[Any]:
        with belonging_to(7):
            answers = await asyncio.gather(*(model.ainvoke(f"number {n}") for n in range(5)))
            return [message.content for message in answers]

    before = asyncio.run(hand(paid(*map(answer, "abcde"), ledger=ledger)[0]))
    model, inner = paid(ledger=ledger)

    assert asyncio.run(hand(model)) == before
    assert inner.sent == []


def test_a_call_that_failed_leaves_its_place_so_that_a_replay_pays_nothing() -> None:
    ledger = MemoryLedger()

    async def hand(model: PaidModel) -> Any:
        with belonging_to(7):
            try:
                return (await model.ainvoke("the same")).content
            except ModelInvalidRequestError:
                return (await model.ainvoke("the same")).content

    model, _ = paid(fail(ModelInvalidRequestError("no")), answer("late"), ledger=ledger)
    assert asyncio.run(hand(model)) == "late"
    again, inner = paid(ledger=ledger)

    assert asyncio.run(hand(again)) == "late"
    assert inner.sent == []


def test_an_answer_is_in_the_ledger_before_anyone_sees_it() -> None:
    class Full(MemoryLedger):
        async def put(self, answered: object) -> None:
            raise OSError("no space left")

    model, _ = paid(ledger=Full())

    with pytest.raises(OSError, match="no space"):
        said(model)
    assert model.budget.spent.tokens == 110, "it was paid all the same"


def test_a_budget_or_another_address_makes_no_other_key() -> None:
    ledger = MemoryLedger()
    first, _ = paid(ledger=ledger)
    asyncio.run(first.ainvoke("the same"))
    second, inner = paid(ledger=ledger, budget=Budget(tokens=10_000), max_tokens=50)

    asyncio.run(second.ainvoke("the same"))

    assert inner.sent == []


# Budget and usage


def test_usage_and_budget_say_what_the_provider_said() -> None:
    acts = answer(tokens_in=1000, tokens_out=100, cached=400)
    model, _ = paid(acts, budget=Budget(usd=1.0), price=price)

    said(model)

    assert (model.usage.tokens_in, model.usage.tokens_out, model.usage.cached) == (1000, 100, 400)
    assert model.usage.cost_usd == pytest.approx(0.001)
    assert model.budget.spent == pytest.approx((0.001, 1100))


def test_what_the_provider_does_not_count_is_counted_here() -> None:
    model, _ = paid(answer("four words of it", tokens_in=0), count=lambda ms: 10 * len(ms))

    said(model)

    assert (model.usage.tokens_in, model.usage.tokens_out) == (10, 10)
    assert model.usage.cost_usd is None


@pytest.mark.parametrize(
    ("inner", "bound", "sent"),
    [
        (Recorded(), {}, {"max_tokens": 4096}),
        (Recorded(), {"max_tokens": 7}, {"max_tokens": 7}),
        (Recorded(), {"max_completion_tokens": 7}, {"max_completion_tokens": 7}),
    ],
    ids=["ours", "the call's", "the call's by its other name"],
)
def test_within_a_budget_every_answer_has_a_bound(
    inner: Recorded, bound: dict[str, int], sent: dict[str, int]
) -> None:
    model, inner = paid(inner=inner, budget=Budget(tokens=100_000))

    asyncio.run(model.bind(**bound).ainvoke("One record, please."))

    assert inner.sent[-1][1] == sent


def test_a_models_own_bound_is_left_to_it() -> None:
    class Bound(Recorded):
        max_tokens: int = 20

    model, inner = paid(inner=Bound(), budget=Budget(tokens=200))

    said(model)

    assert inner.sent[0][1] == {}


def test_without_a_budget_nothing_is_added_to_a_request() -> None:
    model, inner = paid()

    said(model)

    assert inner.sent[0][1] == {}


def test_a_budget_in_money_needs_a_price() -> None:
    with pytest.raises(ConfigError, match=r"price of openai:m is not known.*--budget-tokens"):
        paid(budget=Budget(usd=1.0))


def test_at_the_end_of_the_budget_nothing_is_sent_any_more() -> None:
    model, inner = paid(
        answer(tokens_in=60, tokens_out=20),
        budget=Budget(tokens=300),
        max_tokens=20,
        count=lambda _: 60,
    )

    async def work() -> list[Any]:
        calls = (model.ainvoke(f"number {n}") for n in range(50))
        return await asyncio.gather(*calls, return_exceptions=True)

    outcomes = asyncio.run(work())

    assert {type(outcome) for outcome in outcomes} == {AIMessage, BudgetError}
    assert len(inner.sent) == model.usage.answered
    assert model.budget.spent.tokens == 240


def test_an_estimate_that_was_too_low_makes_the_next_ones_higher() -> None:
    model, inner = paid(
        answer(tokens_in=400, tokens_out=1),
        budget=Budget(tokens=1000),
        max_tokens=1,
        count=lambda _: 100,
    )

    for number in range(2):
        said(model, str(number))
    with pytest.raises(BudgetError):
        said(model, "third")
    assert len(inner.sent) == 2


@pytest.mark.parametrize(
    ("error", "spent"),
    [
        (ModelRateLimitError("slow down"), 110),
        (ModelAPIError("HTTP 500: sorry"), 110),
        (ConnectionRefusedError(), 110),
        (CutConnectionError("cut"), 110 + 1000 + 13),
        (ConnectionResetError(), 110 + 1000 + 13),
        (json.JSONDecodeError("no", "x", 0), 110 + 1000 + 13),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Exception) else "",
)
def test_failures_that_may_have_cost_something_count_in_full(error: Exception, spent: int) -> None:
    model, inner = paid(
        fail(error),
        answer(),
        budget=Budget(tokens=5000),
        max_tokens=1000,
        count=lambda _: 10,
    )

    assert said(model) == "yes"
    assert len(inner.sent) == 2
    assert model.budget.spent.tokens == spent
    assert model.budget.reserved.tokens == 0
    assert model.usage.tokens_in == 100


# Failures


def test_a_call_that_hangs_is_ended_and_sent_again() -> None:
    model, inner = paid(hang(), answer(), timeout=0.01)

    assert said(model) == "yes"
    assert inner.running == 0
    assert model.usage.failed == {"time-out": 1}


@pytest.mark.parametrize("kind", [ContextOverflowError, ModelInvalidRequestError])
def test_what_concerns_one_request_only_is_the_chains_business(kind: type[ModelError]) -> None:
    model, inner = paid(fail(kind("too long")), answer())

    with pytest.raises(kind, match="too long"):
        said(model)
    assert said(model) == "yes"
    assert len(inner.sent) == 2


@pytest.mark.parametrize("kind", [ModelAuthenticationError, QuotaExhaustedError])
def test_what_stays_ends_every_call_at_once(kind: type[ModelError]) -> None:
    model, inner = paid(
        fail(kind("Incorrect API key provided: sk-secret-1234567")), throttle=Throttle(2)
    )

    async def work() -> list[Any]:
        calls = (model.ainvoke(f"number {n}") for n in range(20))
        return await asyncio.gather(*calls, return_exceptions=True)

    outcomes = asyncio.run(work())

    assert all(isinstance(outcome, ProviderError) for outcome in outcomes)
    assert len(inner.sent) <= 4
    assert all("sk-secret" not in str(outcome) for outcome in outcomes)
    assert "synth-agent resume" in str(outcomes[-1])


def test_an_endpoint_that_never_answers_is_given_up() -> None:
    model, _ = paid(
        fail(ConnectionRefusedError("refused")),
        breaker=Breaker(probe=0.001, patience_at_first=0.02),
        hedge=Hedge(share=0),
    )

    async def work() -> list[Any]:
        calls = (model.ainvoke(f"number {n}") for n in range(20))
        return await asyncio.gather(*calls, return_exceptions=True)

    outcomes = asyncio.run(work())

    assert all(isinstance(outcome, ProviderError) for outcome in outcomes)
    assert "connection: refused" in str(outcomes[0])
    assert model.throttle.in_flight == 0


@pytest.mark.parametrize("calls", [1, 16])
def test_an_outage_costs_no_call_its_attempts(calls: int) -> None:
    down = [fail(ModelAPIError("HTTP 500: sorry"))] * (calls + 6)
    model, inner = paid(*down, answer())

    async def work() -> list[Any]:
        return await asyncio.gather(*(model.ainvoke(f"number {n}") for n in range(calls)))

    assert [message.content for message in asyncio.run(work())] == ["yes"] * calls
    assert len(inner.sent) == 2 * calls + 6


def test_a_request_that_fails_among_others_is_the_chains_business() -> None:
    model, inner = paid(answer(), fail(ModelAPIError("HTTP 500: sorry")))
    said(model)

    with pytest.raises(ModelAPIError, match="sorry"):
        said(model, "the one that always fails")
    assert len(inner.sent) == 7


def test_an_endpoint_that_refuses_for_ever_is_given_up() -> None:
    model, _ = paid(fail(ModelRateLimitError("slow down")), retry=Retry(base=0.001, patience=0.01))

    with pytest.raises(ProviderError, match="lets no request through: slow down"):
        said(model)


def test_one_retry_after_holds_all_models_of_the_endpoint() -> None:
    times: list[float] = []
    error = ModelRateLimitError("slow down")
    vars(error)["retry_after"] = 0.05

    def timed(act: Act) -> Act:
        async def timed_act() -> Any:
            times.append(time.monotonic())
            return await act()

        return timed_act

    throttle = Throttle(8)
    writer, _ = paid(timed(fail(error)), timed(answer()), throttle=throttle)
    critic, _ = paid(timed(answer()), throttle=throttle, name="openai:critic")

    async def work() -> None:
        first = asyncio.create_task(writer.ainvoke("write"))
        await until(lambda: writer.usage.failed)
        await asyncio.gather(first, critic.ainvoke("judge"))

    asyncio.run(work())

    refused, *later = times
    assert len(later) == 2
    assert min(later) - refused >= 0.05


def test_a_cancelled_call_gives_up_its_slot_and_counts_as_spent() -> None:
    model, inner = paid(hang(), budget=Budget(tokens=5000), max_tokens=100, count=lambda _: 10)

    async def work() -> None:
        call = asyncio.create_task(model.ainvoke("One record, please."))
        await until(lambda: inner.running)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call

    asyncio.run(work())

    assert inner.running == 0
    assert model.throttle.in_flight == 0
    assert model.budget.spent.tokens == 113
    assert model.budget.reserved.tokens == 0


# Second requests


def hedged(*acts: Act, **options: Any) -> tuple[PaidModel, Recorded]:
    """Return a model that has seen 20 answers, and soon takes the next one for a straggler."""
    model, inner = paid(
        *[answer()] * 20,
        *acts,
        hedge=Hedge(floor=0.02),
        budget=Budget(tokens=10**6),
        max_tokens=1000,
        count=lambda _: 10,
        **options,
    )

    async def work() -> None:
        for number in range(20):
            await model.ainvoke(f"number {number}")

    asyncio.run(work())
    assert model.usage.hedges == 0
    return model, inner


def test_a_request_that_hangs_is_sent_a_second_time_and_the_first_is_cancelled() -> None:
    model, inner = hedged(hang(), answer("second"))
    spent = model.budget.spent.tokens

    assert said(model) == "second"
    assert model.usage.hedges == 1
    assert inner.running == 0
    assert model.throttle.in_flight == 0
    assert model.usage.answered == 21
    assert model.budget.spent.tokens - spent > 110 + 1000, "the loser may have been charged"
    assert model.budget.reserved.tokens == 0


def test_a_second_request_that_fails_leaves_the_first_its_time() -> None:
    async def slow() -> Any:
        await asyncio.sleep(0.1)
        return await answer("first")()

    model, _ = hedged(slow, fail(ModelAPIError("HTTP 500: sorry")))

    assert said(model) == "first"
    assert model.usage.failed == {"server": 1}


def test_both_may_fail_and_a_third_is_sent() -> None:
    model, _ = hedged(hang(), fail(ModelAPIError("HTTP 500: sorry")), answer("third"), timeout=0.2)

    assert said(model) == "third"
    assert model.usage.failed == {"server": 1, "time-out": 1}


def test_cancelling_ends_both() -> None:
    model, inner = hedged(hang(), hang())

    async def work() -> None:
        call = asyncio.create_task(model.ainvoke("One record, please."))
        await until(lambda: inner.running == 2)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await asyncio.sleep(0.01)

    asyncio.run(work())

    assert inner.running == 0
    assert model.throttle.in_flight == 0
    assert model.budget.reserved.tokens == 0


# Several models


def test_writer_and_critic_share_what_they_are_given() -> None:
    shared: dict[str, Any] = {
        "ledger": MemoryLedger(),
        "budget": Budget(tokens=100_000),
        "throttle": Throttle(3),
        "usage": Usage(),
    }
    inner = Recorded()
    models = [paid(inner=inner, name=name, **shared)[0] for name in ("openai:w", "openai:c")]

    async def work() -> None:
        await asyncio.gather(*(model.ainvoke(str(n)) for n in range(10) for model in models))

    asyncio.run(work())

    assert inner.most_running == 3
    assert shared["usage"].answered == 20
    assert shared["budget"].spent.tokens == 20 * 110
    assert len(shared["ledger"].kept) == 20


def test_a_time_out_of_the_model_itself_is_no_other_failure() -> None:
    model, _ = paid(fail(TimeoutError()), retry=Retry(attempts=1))

    with pytest.raises(ModelTimeoutError):
        said(model)
