import asyncio
import gc
import threading
from contextvars import ContextVar

import pytest

from synth_agent.calls.blocking import LoopThread


def test_all_calls_run_in_one_loop_and_see_the_callers_context() -> None:
    variable: ContextVar[int] = ContextVar("variable")
    apart = LoopThread()

    async def work() -> tuple[int, int]:
        return id(asyncio.get_running_loop()), variable.get()

    variable.set(1)
    first = apart.run(work())
    variable.set(2)
    second = apart.run(work())

    assert first[0] == second[0]
    assert (first[1], second[1]) == (1, 2)


def test_it_works_within_a_running_loop_and_failures_come_through() -> None:
    apart = LoopThread()

    async def work() -> None:
        raise ValueError("no")

    async def outer() -> None:
        with pytest.raises(ValueError, match="no"):
            apart.run(work())

    asyncio.run(outer())


def test_its_thread_ends_with_it() -> None:
    apart = LoopThread()

    async def work() -> threading.Thread:
        return threading.current_thread()

    thread = apart.run(work())
    del apart
    gc.collect()
    thread.join(10)

    assert not thread.is_alive()
