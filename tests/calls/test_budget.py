import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent.calls.budget import Budget, Reservation, Spent
from synth_agent.errors import BudgetError
from tests.calls.model import price


def reserved(budget: Budget, tokens_in: int, max_out: int = 0) -> Reservation:
    """Reserve where nothing has to be waited for."""
    return asyncio.run(budget.reserve(tokens_in, max_out, price))


def test_what_was_not_used_is_there_again() -> None:
    budget = Budget(tokens=100)

    reserved(budget, 60, 30).settle(None, 40)
    reserved(budget, 60).release()
    reserved(budget, 60).forfeit()

    assert budget.spent.tokens == 100
    assert budget.reserved == Spent(0, 0)


def test_only_the_first_end_of_a_reservation_counts() -> None:
    budget = Budget(tokens=100)
    reservation = reserved(budget, 60)

    reservation.settle(None, 10)
    reservation.forfeit()
    reservation.release()

    assert budget.spent.tokens == 10


@pytest.mark.parametrize(
    ("budget", "says"),
    [
        (
            Budget(usd=0.001, spent=Spent(0.0009, 10)),
            r"budget of \$0\.001: \$0\.0009 spent, \$0\.00 in flight, and the call may cost "
            r"\$0\.0003; .*synth-agent resume runs/7 --budget-usd",
        ),
        (
            Budget(tokens=1000, spent=Spent(0.1, 900)),
            r"budget of 1,000 tokens: 900 spent, 0 in flight, and the call may cost 200; "
            r".*synth-agent resume runs/7 --budget-tokens",
        ),
    ],
    ids=["money", "tokens"],
)
def test_what_does_not_fit_is_refused_and_says_how_to_go_on(budget: Budget, says: str) -> None:
    budget = Budget(
        budget.usd, budget.tokens, spent=budget.spent, resume="synth-agent resume runs/7"
    )

    with pytest.raises(BudgetError, match=says):
        reserved(budget, 100, 100)


@pytest.mark.parametrize("bound", [{"usd": 0.0}, {"usd": -1.0}, {"tokens": 0}])
def test_a_budget_of_nothing_is_refused(bound: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Budget(**bound)


def test_without_a_bound_all_is_counted_and_nothing_refused() -> None:
    budget = Budget()

    reserved(budget, 10**12).settle(3.5, 7)

    assert not budget.is_bounded
    assert budget.spent == Spent(3.5, 7)


def test_money_is_counted_without_a_rest() -> None:
    budget = Budget(usd=1.0)

    for _ in range(10):
        reserved(budget, 100_000).settle(0.1, 0)

    assert budget.spent.usd == 1.0


def test_a_call_waits_for_what_is_in_flight_and_is_not_overtaken() -> None:
    order: list[int] = []

    async def call(budget: Budget, tokens: int) -> None:
        reservation = await budget.reserve(tokens, 0, None)
        order.append(tokens)
        reservation.settle(None, 0)

    async def work() -> None:
        budget = Budget(tokens=100)
        first = await budget.reserve(60, 0, None)
        waiting = [asyncio.create_task(call(budget, tokens)) for tokens in (90, 10)]
        await asyncio.sleep(0.001)
        assert order == []
        first.settle(None, 5)
        await asyncio.gather(*waiting)

    asyncio.run(work())

    assert order == [90, 10]


def test_a_waiting_call_fails_once_nothing_can_make_room_and_smaller_ones_go_on() -> None:
    async def work() -> list[Any]:
        budget = Budget(tokens=100)
        first = await budget.reserve(60, 0, None)
        waiting = [asyncio.create_task(budget.reserve(tokens, 0, None)) for tokens in (90, 10)]
        await asyncio.sleep(0)
        first.forfeit()
        return await asyncio.gather(*waiting, return_exceptions=True)

    large, small = asyncio.run(work())

    assert isinstance(large, BudgetError)
    assert isinstance(small, Reservation)


@pytest.mark.parametrize("granted", [False, True], ids=["while it waits", "as it is let in"])
def test_a_call_that_is_cancelled_leaves_its_room_to_others(granted: bool) -> None:
    async def work() -> Budget:
        budget = Budget(tokens=100)
        first = await budget.reserve(60, 0, None)
        waiting = [asyncio.create_task(budget.reserve(90, 0, None)) for _ in range(2)]
        await asyncio.sleep(0)
        if granted:
            first.settle(None, 5)
        waiting[0].cancel()
        if not granted:
            first.settle(None, 5)
        (await waiting[1]).settle(None, 90)
        return budget

    budget = asyncio.run(work())

    assert budget.spent.tokens == 95
    assert budget.reserved.tokens == 0


Step = tuple[int, int, str, int, int]
"""Tokens in, most out, how it ends, turns of the loop until the next one and until it ends."""
STEPS = st.lists(
    st.tuples(
        st.integers(1, 400),
        st.integers(0, 400),
        st.sampled_from(["settle", "settle all", "release", "forfeit", "cancel"]),
        st.integers(0, 2),
        st.integers(0, 4),
    ),
    max_size=40,
)


async def one_call(budget: Budget, step: Step, within: Callable[[], bool]) -> None:
    tokens_in, most_out, end, _, turns = step
    reservation = await budget.reserve(tokens_in, most_out, price)
    try:
        for _ in range(turns):
            assert within()
            await asyncio.sleep(0)
        if end == "release":
            reservation.release()
        elif end == "settle":
            used = most_out // 2
            reservation.settle(price(tokens_in, used, 0), tokens_in + used)
        elif end == "settle all":
            reservation.settle(price(tokens_in, most_out, 0), tokens_in + most_out)
    finally:
        reservation.forfeit()
    assert within()


async def interleaved(budget: Budget, steps: list[Step], within: Callable[[], bool]) -> list[Any]:
    calls = []
    for step in steps:
        calls.append(asyncio.create_task(one_call(budget, step, within)))
        for _ in range(step[3]):
            await asyncio.sleep(0)
        if step[2] == "cancel":
            calls[-1].cancel()
    return await asyncio.gather(*calls, return_exceptions=True)


@settings(max_examples=150)
@given(
    steps=STEPS,
    usd=st.one_of(st.none(), st.floats(1e-6, 3e-3)),
    tokens=st.one_of(st.none(), st.integers(1, 3000)),
)
def test_the_bound_is_never_passed(
    steps: list[Step], usd: float | None, tokens: int | None
) -> None:
    budget = Budget(usd, tokens)

    def within() -> bool:
        in_money = usd is None or budget.spent.usd + budget.reserved.usd <= usd + 1e-12
        return in_money and budget.spent.tokens + budget.reserved.tokens <= (tokens or 10**9)

    outcomes = asyncio.run(interleaved(budget, steps, within))

    assert {type(outcome) for outcome in outcomes} <= {
        type(None),
        BudgetError,
        asyncio.CancelledError,
    }
    assert within()
    assert budget.reserved == Spent(0, 0)
