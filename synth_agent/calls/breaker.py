"""The circuit breaker: stops asking an endpoint that does not answer, and says so.

When one attempt after the other fails, whoever asks, all calls are held and a single one is let
through as a probe, again and again at growing intervals. If it is answered, everything goes on,
and no call has used up its attempts meanwhile; if the endpoint stays silent for `patience`, every
call ends with a `ProviderError`. An endpoint that has never answered in this sitting (a mistyped
address, a server that was not started) gets less time. Failures that stay (a wrong key, no quota,
an unknown model) end every call at once.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from synth_agent.errors import ProviderError

__all__ = ["Breaker"]

_FIRST_PROBE: Final = 1.0
_LONGEST_PROBE: Final = 15.0


class Breaker:
    """Watches one endpoint; all of its models share it.

    Args:
        failures: Failed attempts in a row, over all calls, from which on only probes are sent.
        patience: Seconds without an answer after which an endpoint is given up …
        patience_at_first: … and those for one that has never answered.
        probe: Seconds before the first probe; doubled for each further one, up to 15.
        resume: The command that goes on with the run, for the message.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        *,
        failures: int = 20,
        patience: float = 90.0,
        patience_at_first: float = 10.0,
        probe: float = _FIRST_PROBE,
        resume: str = "synth-agent resume RUN",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        # A single call must trip it before its own attempts are used up.
        self._most_at_first = min(failures, 4)
        self._patience = patience
        self._patience_at_first = patience_at_first
        self._probe = probe
        self._resume = resume
        self._clock = clock
        self._has_answered = False
        self._failed = 0
        self._failing_since = 0.0
        self._probes = 0
        self._probing = False
        self._turn: asyncio.Future[None] | None = None
        self._ending: str | None = None
        self._last_words: list[Callable[[Callable[[], BaseException]], None]] = []

    @property
    def is_tripped(self) -> bool:
        """Whether only probes are sent."""
        return self._failed >= (self._most if self._has_answered else self._most_at_first)

    def at_the_end(self, tell: Callable[[Callable[[], BaseException]], None]) -> None:
        """Have this called with a maker of the error when the endpoint is given up."""
        if tell not in self._last_words:
            self._last_words.append(tell)

    @property
    def error(self) -> ProviderError | None:
        """What every call ends with, once the endpoint was given up."""
        return self._error() if self._ending else None

    def check(self) -> None:
        """Raise where the endpoint was given up."""
        if self._ending:
            raise self._error()

    async def gate(self) -> bool:
        """Return when a request may be sent: True for a probe, whose end must be told."""
        while True:
            self.check()
            if not self.is_tripped:
                return False
            if not self._probing:
                self._probing = True
                break
            await self._wait(None)
        try:
            await self._wait(self._until_probe())
            self.check()
        except BaseException:
            self.probe_over()
            raise
        self._probes += 1
        return True

    async def rest(self, seconds: float) -> None:
        """Sleep, but no longer than until the endpoint is given up, which is then raised."""
        until = self._clock() + seconds
        while (left := until - self._clock()) > 0 and not self._ending:
            await self._wait(left)
        self.check()

    def probe_over(self) -> None:
        """The probe came to its end, or never began: the next may go."""
        self._probing = False
        self._wake()

    def answered(self) -> None:
        """The endpoint lives, if only to say no."""
        self._has_answered = True
        if self._failed:
            tripped, self._failed, self._probes = self.is_tripped, 0, 0
            if tripped:
                self._wake()

    def failed(self, why: str) -> None:
        """One attempt came to nothing.

        Args:
            why: What it failed with, without a key.
        """
        now = self._clock()
        if not self._failed:
            self._failing_since = now
        self._failed += 1
        silent = now - self._failing_since
        if self.is_tripped and silent >= self._borne():
            self.give_up(f"failed {self._failed} times in a row over {silent:.0f} s, last: {why}")

    def give_up(self, why: str) -> None:
        """End this and every other call with a `ProviderError`."""
        if self._ending is None:
            self._ending = why
            for tell in self._last_words:
                tell(self._error)
            self._wake()

    def _borne(self) -> float:
        return self._patience if self._has_answered else self._patience_at_first

    def _until_probe(self) -> float:
        """Return how long to wait; the last probe goes when patience ends, not long after."""
        left = self._failing_since + self._borne() - self._clock()
        wait = min(self._probe * 2.0 ** min(self._probes, 30), _LONGEST_PROBE)
        return max(min(wait, left), min(self._probe, wait))

    def _error(self) -> ProviderError:
        return ProviderError(
            f"the model's endpoint {self._ending}; what was made is saved, go on with: "
            f"{self._resume}"
        )

    async def _wait(self, seconds: float | None) -> None:
        """Wait for the next change, or for so long."""
        loop = asyncio.get_running_loop()
        if self._turn is None or self._turn.done() or self._turn.get_loop() is not loop:
            self._turn = loop.create_future()
        await asyncio.wait((self._turn,), timeout=seconds)

    def _wake(self) -> None:
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)
