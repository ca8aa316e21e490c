import asyncio
from typing import Any

import pytest

from synth_agent.calls.breaker import Breaker
from synth_agent.errors import ProviderError
from tests.calls.timing import turns


def breaker(**options: Any) -> Breaker:
    """Return one whose times are short."""
    quick = {"probe": 0.001, "patience": 60.0, "patience_at_first": 60.0}
    return Breaker(**{**quick, **options})


def broken(gate: Breaker, failures: int) -> Breaker:
    for _ in range(failures):
        gate.failed("server: sorry")
    return gate


def test_failures_among_answers_hold_nobody() -> None:
    gate = breaker()
    for _ in range(50):
        broken(gate, 3).answered()

    assert not gate.is_tripped
    assert asyncio.run(gate.gate()) is False


def test_twenty_in_a_row_trip_it_and_four_where_nothing_was_ever_answered() -> None:
    fresh, proven = breaker(), breaker()
    proven.answered()

    assert not broken(fresh, 3).is_tripped
    assert broken(fresh, 1).is_tripped
    assert not broken(proven, 19).is_tripped
    assert broken(proven, 1).is_tripped


def test_a_tripped_one_lets_a_single_probe_through_and_an_answer_frees_all() -> None:
    async def work() -> list[bool]:
        gate = broken(breaker(), 4)
        held = [asyncio.create_task(gate.gate()) for _ in range(10)]
        done, _ = await asyncio.wait(held, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0.01)
        assert [task.done() for task in held].count(True) == 1
        assert [task.result() for task in done] == [True]
        gate.answered()
        gate.probe_over()
        return await asyncio.gather(*held)

    assert sorted(asyncio.run(work())) == [False] * 9 + [True]


def test_a_failed_probe_is_followed_by_another() -> None:
    async def work() -> list[bool]:
        gate = broken(breaker(), 4)
        probes = []
        for _ in range(3):
            probes.append(await gate.gate())
            gate.failed("server: sorry")
            gate.probe_over()
        return probes

    assert asyncio.run(work()) == [True] * 3


def test_a_probe_that_is_cancelled_before_it_goes_leaves_its_turn_to_the_next() -> None:
    async def work() -> bool:
        gate = broken(breaker(probe=3600), 4)
        first = asyncio.create_task(gate.gate())
        await turns()
        first.cancel()
        await asyncio.wait((first,))
        gate._probe = 0.001  # noqa: SLF001  # nobody waits an hour
        return await gate.gate()

    assert asyncio.run(work()) is True


@pytest.mark.parametrize(("answered", "seconds"), [(True, 90.0), (False, 10.0)])
def test_an_endpoint_that_stays_silent_is_given_up(answered: bool, seconds: float) -> None:
    now = [0.0]
    gate = Breaker(clock=lambda: now[0], resume="synth-agent resume runs/7")
    if answered:
        gate.answered()

    broken(gate, 20)
    now[0] = seconds - 1
    broken(gate, 1)
    assert gate.error is None
    now[0] = seconds
    broken(gate, 1)

    assert str(gate.error) == (
        f"the model's endpoint failed 22 times in a row over {seconds:.0f} s, last: server: sorry; "
        "what was made is saved, go on with: synth-agent resume runs/7"
    )


def test_all_who_wait_are_told_at_once_and_whoever_comes_later_too() -> None:
    told: list[str] = []

    async def work() -> list[Any]:
        gate = broken(breaker(probe=3600), 4)
        gate.at_the_end(lambda error: told.append(str(error())))
        waiting = [gate.gate(), gate.gate(), gate.rest(3600)]
        tasks = [asyncio.ensure_future(one) for one in waiting]
        await turns()
        gate.give_up("refuses every request")
        gate.give_up("says it twice")
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        with pytest.raises(ProviderError):
            await gate.gate()
        with pytest.raises(ProviderError):
            gate.check()
        return outcomes

    outcomes = asyncio.run(work())

    assert all(isinstance(outcome, ProviderError) for outcome in outcomes)
    assert len(told) == 1
    assert "refuses every request" in told[0]


def test_a_rest_lasts_as_long_as_it_should_though_others_come_and_go() -> None:
    async def work() -> None:
        now = [0.0]
        gate = Breaker(clock=lambda: now[0])
        rest = asyncio.create_task(gate.rest(0.01))
        await turns()
        broken(gate, 4).answered()
        await turns()
        assert not rest.done()
        now[0] = 1.0
        await rest

    asyncio.run(work())
