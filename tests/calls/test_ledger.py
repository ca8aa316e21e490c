import asyncio

import pytest

from synth_agent.calls.ledger import Answered, Grouping, MemoryLedger
from synth_agent.errors import RunError


def answered(nth: int = 0) -> Answered:
    return Answered(
        hand=1,
        key=b"k" * 16,
        nth=nth,
        model="openai:m",
        reply="{}",
        tokens_in=1,
        tokens_out=1,
        cached=0,
        cost_usd=None,
        seconds=0.1,
    )


def test_what_was_put_is_found_by_hand_key_and_number() -> None:
    ledger = MemoryLedger()

    asyncio.run(ledger.put(answered(2)))

    assert ledger.find(1, b"k" * 16, 2) == answered(2)
    assert ledger.find(1, b"k" * 16, 0) is None
    assert ledger.find(2, b"k" * 16, 2) is None


@pytest.mark.parametrize("linger", [0.0, 0.001])
def test_what_arrives_together_is_written_together(linger: float) -> None:
    groups: list[list[Answered]] = []
    ledger = Grouping(MemoryLedger().find, groups.append, linger=linger)

    async def put(nth: int) -> bool:
        await ledger.put(answered(nth))
        return any(answered(nth) in group for group in groups)

    async def work() -> list[bool]:
        together = await asyncio.gather(*map(put, range(3)))
        return [*together, await put(3)]

    assert all(asyncio.run(work())), "a put returned before it was written"
    assert [[one.nth for one in group] for group in groups] == [[0, 1, 2], [3]]


def test_a_failed_write_reaches_all_who_wait_for_it_and_the_next_is_tried() -> None:
    written: list[list[Answered]] = []

    def write(group: list[Answered]) -> None:
        if len(group) > 1:
            raise RunError("the disk is full")
        written.append(group)

    ledger = Grouping(MemoryLedger().find, write)

    async def work() -> list[BaseException | None]:
        puts = (ledger.put(answered(nth)) for nth in range(2))
        failed = await asyncio.gather(*puts, return_exceptions=True)
        await ledger.put(answered(2))
        return failed

    assert [str(error) for error in asyncio.run(work())] == ["the disk is full"] * 2
    assert written == [[answered(2)]]


def test_an_answer_is_written_though_nobody_waits_for_it_any_more() -> None:
    written: list[Answered] = []
    ledger = Grouping(MemoryLedger().find, written.extend)

    async def work() -> None:
        put = asyncio.create_task(ledger.put(answered()))
        other = asyncio.create_task(ledger.put(answered(1)))
        asyncio.get_running_loop().call_soon(put.cancel)
        await other
        with pytest.raises(asyncio.CancelledError):
            await put

    asyncio.run(work())

    assert written == [answered(), answered(1)]
