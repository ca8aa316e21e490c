"""Asking again: which failures, how often, after how long.

Tenacity is not used: its state machine costs some 0.05 ms for every call that succeeds at once,
half of what all of this folder may cost, and the rule is ten lines.
"""

import random
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from langchain_core.exceptions import ModelError, ModelRateLimitError

from synth_agent.models.failures import is_passing, retry_after

__all__ = ["Retry"]

_T = TypeVar("_T")


class Retry:
    """Asks again after failures that pass, with exponential back-off and full jitter.

    Refusals for too many requests use up no attempt, only patience: the throttle sees to them. So
    do failures while the endpoint serves nobody, which the breaker sees to.

    Args:
        attempts: How often one request is sent, at most.
        base: Longest wait before the second attempt, in seconds; doubled for each further one.
        longest: Longest wait of all, unless the provider asks for more.
        patience: Seconds after which a request is not sent again.
        rng: Draws the waits.
        clock: Seconds, monotonic.

    Source: Brooker, Exponential Backoff and Jitter, AWS Architecture Blog, 2015 ("full jitter").
    """

    def __init__(
        self,
        *,
        attempts: int = 6,
        base: float = 0.25,
        longest: float = 30.0,
        patience: float = 600.0,
        rng: random.Random | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if attempts < 1:
            raise ValueError(f"a request is sent at least once, not {attempts} times")
        self.attempts = attempts
        self.patience = patience
        self._base = base
        self._longest = longest
        self._rng = rng or random.Random(0)
        self._clock = clock

    async def __call__(
        self,
        ask: Callable[[], Awaitable[_T]],
        *,
        rest: Callable[[float], Awaitable[None]],
        excused: Callable[[], bool] = lambda: False,
    ) -> _T:
        """Return the first answer.

        Args:
            ask: Sends the request.
            rest: Waits between two attempts.
            excused: Whether all fail at the moment, so that no attempt is counted.

        Raises:
            ModelError: The last failure, with a note on how often was asked.
        """
        began: float | None = None
        sent = counted = 0
        while True:
            try:
                return await ask()
            except ModelError as error:
                now = self._clock()
                began = now if began is None else began
                sent += 1
                counted += not (isinstance(error, ModelRateLimitError) or excused())
                delay = self.delay(sent, error)
                late = now - began + delay > self.patience
                if not is_passing(error) or counted >= self.attempts or late:
                    if sent > 1:
                        error.add_note(f"asked {sent} times within {now - began:.0f} s")
                    raise
            await rest(delay)

    def delay(self, failed: int, error: BaseException) -> float:
        """Return the seconds to wait after the n-th failure; what the provider asks for wins."""
        asked = retry_after(error)
        if asked is not None:
            return asked
        return self._rng.random() * min(self._longest, self._base * 2.0 ** min(failed - 1, 30))
