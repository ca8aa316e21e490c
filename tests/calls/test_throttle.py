import asyncio
from collections.abc import Awaitable, Callable

import pytest

from synth_agent.calls.throttle import Slot, Throttle
from synth_agent.errors import ProviderError
from tests.calls.timing import FakeTime, turns


def run(work: Callable[[FakeTime], Awaitable[None]]) -> None:
    asyncio.run(work(FakeTime()))  # type: ignore[arg-type]  # every `work` is a coroutine function


async def begun(throttle: Throttle, number: int, *, tokens: int = 0) -> list[Slot]:
    """Return the slots that come without waiting for time to pass."""
    tasks = [asyncio.create_task(throttle.slot(tokens)) for _ in range(number)]
    await turns()
    for task in tasks:
        task.cancel()
    got = await asyncio.gather(*tasks, return_exceptions=True)
    return [slot for slot in got if isinstance(slot, Slot)]


def test_all_that_the_user_allowed_run_at_once_from_the_start() -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(256, clock=time, sleep=time.sleep)

        assert len(await begun(throttle, 300)) == 256
        assert throttle.in_flight == 256
        assert time.sleeps == 0

    run(work)


def test_slots_go_in_the_order_of_asking() -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(1, clock=time, sleep=time.sleep)
        order: list[int] = []

        async def call(number: int) -> None:
            slot = await throttle.slot()
            order.append(number)
            await asyncio.sleep(0)
            slot.answered(0)

        await asyncio.gather(*map(call, range(5)))

        assert order == [0, 1, 2, 3, 4]
        assert throttle.in_flight == 0

    run(work)


def test_a_wall_of_refusals_halves_the_window_once_a_round_trip() -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(64, clock=time, sleep=time.sleep)
        windows = []
        for _ in range(4):
            for slot in await begun(throttle, 100):
                slot.refused()
            windows.append(throttle.window)

        assert windows[0] == 32
        assert windows == sorted(windows, reverse=True)
        assert windows[-1] <= 8

    run(work)


@pytest.mark.parametrize("most", [4, 16, 64, 256])
def test_a_stray_refusal_costs_next_to_nothing(most: int) -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(most, clock=time, sleep=time.sleep)
        ended = 0
        for _ in range(2000 // most):
            for slot in await begun(throttle, most):
                ended += 1
                if ended % 20:
                    slot.answered(0)
                else:
                    slot.refused()

        assert throttle.window >= 0.7 * most

    run(work)


def test_the_window_finds_what_the_endpoint_bears_and_grows_again_when_it_bears_more() -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(64, clock=time, sleep=time.sleep)

        async def rounds(number: int, bears: int) -> None:
            for _ in range(number):
                for at, slot in enumerate(await begun(throttle, 64)):
                    if at < bears:
                        slot.answered(0)
                    else:
                        slot.refused()

        await rounds(60, bears=10)
        assert 9 <= throttle.window <= 16
        await rounds(60, bears=64)
        assert throttle.window == 64

    run(work)


def test_the_window_never_closes() -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(2, clock=time, sleep=time.sleep)
        for _ in range(50):
            (await throttle.slot()).refused()

        assert throttle.window == 1

    run(work)


def test_nothing_begins_before_a_pause_is_over_whoever_was_refused() -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(8, clock=time, sleep=time.sleep)
        began: list[float] = []

        async def call() -> None:
            slot = await throttle.slot()
            began.append(time.now)
            slot.answered(0)

        throttle.pause(10)
        calls = [asyncio.create_task(call()) for _ in range(3)]
        await time.advance(5)
        throttle.pause(20)  # until 25; one that is shorter would change nothing
        throttle.pause(1)
        await time.advance(30)
        await asyncio.gather(*calls)

        assert len(began) == 3
        assert all(25 <= at <= 26 for at in began)
        await call()
        assert began[-1] == 35, "the pause is forgotten"

    run(work)


def test_requests_a_minute_are_kept_with_one_timer_at_a_time() -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(256, rpm=61, clock=time, sleep=time.sleep)
        began: list[float] = []

        async def call() -> None:
            slot = await throttle.slot()
            began.append(time.now)
            slot.answered(0)

        calls = [asyncio.create_task(call()) for _ in range(20)]
        await time.advance(40)
        await asyncio.gather(*calls)

        assert began == pytest.approx(list(range(20)))
        assert time.sleeps < 25

    run(work)


def test_tokens_a_minute_are_estimated_before_and_corrected_after() -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(256, tpm=61_000, clock=time, sleep=time.sleep)  # 1,000 a second
        assert throttle.counts_tokens

        first = await begun(throttle, 10, tokens=200)
        assert len(first) == 5
        for slot in first:
            slot.answered(80)
        assert len(await begun(throttle, 10, tokens=200)) == 3

    run(work)


def test_a_refused_request_gives_its_tokens_back() -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(256, tpm=61_000, clock=time, sleep=time.sleep)
        for _ in range(3):
            (await throttle.slot(1000)).refused()

        assert len(await begun(throttle, 2, tokens=500)) == 2

    run(work)


@pytest.mark.parametrize("granted", [False, True], ids=["while it waits", "as it is let in"])
def test_a_cancelled_waiter_leaves_its_slot_to_the_next(granted: bool) -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(1, clock=time, sleep=time.sleep)
        first = await throttle.slot()
        waiting = [asyncio.create_task(throttle.slot()) for _ in range(2)]
        await turns()
        if granted:
            first.answered(0)
        waiting[0].cancel()
        if not granted:
            first.answered(0)
        (await waiting[1]).close()

        assert throttle.in_flight == 0

    run(work)


def test_once_it_is_closed_all_who_wait_and_all_who_come_get_the_error() -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(1, clock=time, sleep=time.sleep)
        last = await throttle.slot()
        waiting = [asyncio.create_task(throttle.slot()) for _ in range(2)]
        await turns()

        throttle.close(lambda: ProviderError("gone"))

        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [str(outcome) for outcome in outcomes] == ["gone"] * 2
        with pytest.raises(ProviderError, match="gone"):
            await throttle.slot()
        last.answered(0)

    run(work)


def test_a_slot_ends_once() -> None:
    async def work(time: FakeTime) -> None:
        throttle = Throttle(4, clock=time, sleep=time.sleep)
        slot = await throttle.slot()
        slot.answered(0)
        slot.refused()
        slot.close()

        assert throttle.in_flight == 0

    run(work)


def test_no_request_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Throttle(0)
