"""How many requests run at once against one endpoint: as many as it bears, first come first served.

It begins with all that the user allowed: `--concurrency 256` says that the endpoint bears 256, and
a slow start would cost every short run its first seconds. The first refusals put that right within
a round trip or two.

* At the end of each round trip the window falls by half the share of requests that were refused,
  so that a stray 429 costs next to nothing and a wall of them halves it. Each answer widens it by
  a sixteenth of a request, which at 12 % of refusals holds the balance.
* `Retry-After` is kept in full: by the request that was refused always, by every request to the
  endpoint where a quarter of the latest answers were refusals. There is some jitter behind it, so
  that several processes do not come back at once.
* Limits per minute (requests, tokens) are kept by token buckets; tokens are estimated before and
  corrected after.

Source: Alizadeh et al., Data Center TCP, SIGCOMM 2010 (the fall in proportion to the share).

Limits: it lives in one event loop at a time, and uses no thread.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from synth_agent.calls.bucket import Bucket

__all__ = ["Slot", "Throttle"]

_RISE: Final = 1 / 16
_FEWEST: Final = 4
"""Answers that make a round trip at least: with fewer, a share says nothing."""
_LATEST: Final = 16
"""Answers among which refusals are stray, or not."""
_JITTER: Final = 0.1
"""Share of a `Retry-After` that is waited besides, a second at most."""


class Slot:
    """Leave to have one request in flight; it ends once, in one of three ways."""

    __slots__ = ("_open", "_throttle", "_tokens")

    def __init__(self, throttle: "Throttle", tokens: int) -> None:
        self._throttle = throttle
        self._tokens = tokens
        self._open = True

    def answered(self, tokens: int) -> None:
        """It was answered, and this many tokens were used in all."""
        if self._open:
            self._throttle.correct(self._tokens - tokens)
            self._end(refused=False)

    def refused(self) -> None:
        """The endpoint had too much to do."""
        if self._open:
            self._throttle.correct(self._tokens)
            self._end(refused=True)

    def close(self) -> None:
        """It ended otherwise, or never began."""
        if self._open:
            self._end(refused=None)

    def _end(self, *, refused: bool | None) -> None:
        self._open = False
        self._throttle.ended(refused=refused)


class Throttle:
    """Hands out slots for one endpoint.

    Args:
        most: Requests in flight at once, at most.
        rpm: Requests a minute, at most.
        tpm: Tokens a minute, in and out, at most.
        rng: Draws the jitter.
        clock: Seconds, monotonic.
        sleep: Waits for that many seconds of the same clock.
    """

    def __init__(
        self,
        most: int,
        *,
        rpm: int | None = None,
        tpm: int | None = None,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if most < 1:
            raise ValueError(f"at least one request must run at once, not {most}")
        self.most = most
        self.in_flight = 0
        self._window = float(most)
        self._requests = Bucket(rpm, clock) if rpm else None
        self._tokens = Bucket(tpm, clock) if tpm else None
        self._rng = rng or random.Random(0)
        self._clock = clock
        self._sleep = sleep
        self._paused_until = -1.0
        self._round = _Round(most)
        self._latest: deque[bool] = deque(maxlen=_LATEST)
        self._waiting: deque[tuple[asyncio.Future[None], int]] = deque()
        self._waker: asyncio.Task[None] | None = None
        self._end: Callable[[], BaseException] | None = None

    @property
    def window(self) -> int:
        """How many requests may run at once by now."""
        return max(1, int(self._window))

    @property
    def counts_tokens(self) -> bool:
        """Whether there is a limit of tokens, so that they must be estimated."""
        return self._tokens is not None

    async def slot(self, tokens: int = 0) -> Slot:
        """Return a slot when there is one, in the order of asking.

        Args:
            tokens: What the request is likely to use, in and out.
        """
        if self._end:
            raise self._end()
        if not self._waiting and self.in_flight < self.window and self._delay(tokens) <= 0:
            self._take(tokens)
        else:
            await self._wait(tokens)
        return Slot(self, tokens)

    def pause(self, seconds: float) -> None:
        """A request was refused and told to wait: let none begin before, where that holds for all.

        It does where a quarter of the latest answers were refusals. A stray refusal among many
        answers is the one request's own: it waits, and the others go on.
        """
        if len(self._latest) >= _FEWEST and 4 * sum(self._latest) < len(self._latest):
            return
        jitter = self._rng.random() * min(1.0, _JITTER * seconds)
        self._paused_until = max(self._paused_until, self._clock() + seconds + jitter)

    def close(self, error: Callable[[], BaseException]) -> None:
        """End all waiting with this error, and every later call for a slot as well."""
        self._end = error
        waiting, self._waiting = self._waiting, deque()
        for ready, _ in waiting:
            if not ready.done():
                ready.set_exception(error())

    def correct(self, tokens: int) -> None:
        """Give back tokens that were estimated too high; negative where they were too low."""
        if self._tokens:
            self._tokens.correct(tokens)

    def ended(self, *, refused: bool | None) -> None:
        """A slot is free again; None where its end says nothing about the endpoint's load."""
        self.in_flight -= 1
        if refused is not None:
            self._latest.append(refused)
            if not refused:
                self._window = min(float(self.most), self._window + _RISE)
            if fall := self._round.fall(self.in_flight, refused=refused):
                self._window = max(1.0, self._window * (1 - fall))
        self._admit()

    async def _wait(self, tokens: int) -> None:
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((ready, tokens))
        self._admit()
        try:
            await ready
        except asyncio.CancelledError:
            if ready.done() and not ready.cancelled() and ready.exception() is None:
                self.in_flight -= 1  # it was let in and cancelled in one turn of the loop
            self._admit()
            raise

    def _admit(self) -> None:
        while self._waiting and self.in_flight < self.window:
            ready, tokens = self._waiting[0]
            if not ready.done():
                if (delay := self._delay(tokens)) > 0:
                    self._wake_in(delay)
                    return
                self._take(tokens)
                ready.set_result(None)
            self._waiting.popleft()

    def _take(self, tokens: int) -> None:
        self.in_flight += 1
        if self._requests:
            self._requests.take(1)
        if self._tokens:
            self._tokens.take(tokens)

    def _delay(self, tokens: int) -> float:
        delay = 0.0
        if self._paused_until >= 0:
            delay = self._paused_until - self._clock()
            if delay <= 0:
                self._paused_until = -1.0
        if self._requests:
            delay = max(delay, self._requests.wait(1))
        if self._tokens:
            delay = max(delay, self._tokens.wait(tokens))
        return delay

    def _wake_in(self, seconds: float) -> None:
        if self._waker is None or self._waker.done():
            self._waker = asyncio.get_running_loop().create_task(self._wake(seconds))

    async def _wake(self, seconds: float) -> None:
        await self._sleep(seconds)
        self._waker = None
        self._admit()


class _Round:
    """Counts the answers of about one round trip: as many as were in flight when it began."""

    __slots__ = ("_long", "_refused", "_seen")

    def __init__(self, in_flight: int) -> None:
        self._begin(in_flight)

    def _begin(self, in_flight: int) -> None:
        self._long = max(_FEWEST, in_flight)
        self._seen = 0
        self._refused = 0

    def fall(self, in_flight: int, *, refused: bool) -> float:
        """Count an answer; return the share by which the window falls, mostly 0."""
        self._seen += 1
        self._refused += refused
        if self._seen < self._long:
            return 0.0
        share = self._refused / self._seen / 2
        self._begin(in_flight)
        return share
