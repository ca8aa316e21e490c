"""Time that a test moves on itself."""

import asyncio
from collections.abc import Awaitable, Callable
from heapq import heappop, heappush

__all__ = ["FakeTime", "turns", "until"]


async def turns(number: int = 20) -> None:
    """Let everything happen that can happen without time going on."""
    for _ in range(number):
        await asyncio.sleep(0)


async def until(happened: Callable[[], object]) -> None:
    """Wait for something that is sure to happen."""
    for _ in range(10_000):
        if happened():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not happen")


class FakeTime:
    """A clock that stands still, and sleepers that wake when it is moved."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps = 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> Awaitable[None]:
        self.sleeps += 1
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._sleepers, (self.now + seconds, self.sleeps, over))
        return over

    async def advance(self, seconds: float) -> None:
        """Move on, stopping at each sleeper's end."""
        until = self.now + seconds
        await turns()
        while self._sleepers and self._sleepers[0][0] <= until:
            at, _, over = heappop(self._sleepers)
            self.now = max(self.now, at)
            if not over.done():
                over.set_result(None)
            await turns()
        self.now = until
