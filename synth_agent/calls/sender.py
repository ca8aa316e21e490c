"""Sends one request, and a second one if the first seems to hang.

What an attempt needs leave for, in this order: the breaker's, the budget's, the throttle's. The
budget comes before the throttle so that nothing waits any more once a slot is there: a request
leaves at the moment the throttle allows it, and never within a `Retry-After`.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final

from langchain_core.exceptions import ModelError, ModelRateLimitError, ModelTimeoutError
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from synth_agent.calls.breaker import Breaker
from synth_agent.calls.budget import Budget, Price, Reservation
from synth_agent.calls.charges import as_model_error, is_overload, is_surely_free, kind_of, said
from synth_agent.calls.hedge import Hedge
from synth_agent.calls.measure import Figures, Measure
from synth_agent.calls.throttle import Slot, Throttle
from synth_agent.calls.usage import Usage
from synth_agent.models.failures import is_for_good, is_passing, retry_after

__all__ = ["Reply", "Request", "Sender"]


_UNKNOWN: Final = 1.0
"""Seconds between two looks at a request while nobody knows how long an answer takes."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent, and what it may use."""

    messages: list[BaseMessage]
    stop: list[str] | None
    options: dict[str, Any]
    tokens_in: int
    """An estimate, rather too high; 0 where nobody needs one."""
    tokens_out: int
    """The most that the answer may have."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came, and what it used."""

    result: ChatResult
    figures: Figures
    seconds: float


@dataclass(slots=True)
class _Leave:
    """Leave to send one request, from the budget and the throttle; it is closed exactly once."""

    reservation: Reservation
    slot: Slot
    breaker: Breaker
    is_probe: bool
    sent: bool = False

    def close(self) -> None:
        """What was sent and neither answered nor surely free counts as spent."""
        if self.sent:
            self.reservation.forfeit()
        else:
            self.reservation.release()
        self.slot.close()
        if self.is_probe:
            self.is_probe = False
            self.breaker.probe_over()


@dataclass(slots=True, kw_only=True)
class Sender:
    """Sends the requests of one model."""

    inner: BaseChatModel
    budget: Budget
    throttle: Throttle
    breaker: Breaker
    hedge: Hedge
    usage: Usage
    measure: Measure
    price: Price | None
    timeout: float

    async def __call__(self, request: Request) -> Reply:
        """Return the answer.

        Raises:
            BudgetError: The request might pass the budget.
            ProviderError: The endpoint was given up, by this request or another.
            ModelError: The request failed; another one may not.
        """
        leave = await self._leave(request)
        first = asyncio.create_task(self._send(request, leave))
        # A task that is cancelled before its first step runs no `finally`.
        first.add_done_callback(lambda _: leave.close())
        second: asyncio.Task[Reply] | None = None
        try:
            if await self._straggles(first):
                if not self.hedge.take():
                    return await first
                self.usage.hedges += 1
                second = asyncio.create_task(self._again(request))
                await _either(first, second)
                if second.done() and not second.exception():
                    return second.result()
            return await first
        finally:
            _drop(first)
            if second is not None:
                _drop(second)

    async def _straggles(self, sent: "asyncio.Task[Reply]") -> bool:
        """Wait for an answer; return whether it takes longer than its like.

        What was sent while nobody knew how long an answer takes is looked at again and again: the
        first requests of a run hang as well.
        """
        clock = asyncio.get_running_loop().time
        begun = clock()
        while not sent.done():
            delay = self.hedge.delay
            left = _UNKNOWN if delay is None else begun + delay - clock()
            if left <= 0:
                return True
            await asyncio.wait((sent,), timeout=left)
        return False

    async def _again(self, request: Request) -> Reply:
        return await self._send(request, await self._leave(request))

    async def _leave(self, request: Request) -> _Leave:
        is_probe = await self.breaker.gate()
        reservation: Reservation | None = None
        try:
            reservation = await self.budget.reserve(
                request.tokens_in, request.tokens_out, self.price
            )
            likely = request.tokens_in + self.measure.tokens_out(request.tokens_out)
            slot = await self.throttle.slot(likely)
        except BaseException:
            if reservation is not None:
                reservation.release()
            if is_probe:
                self.breaker.probe_over()
            raise
        return _Leave(reservation, slot, self.breaker, is_probe)

    async def _send(self, request: Request, leave: _Leave) -> Reply:
        leave.sent = True
        self.hedge.began()
        began = time.perf_counter()
        try:
            result = await self._ask(request)
            reply = self._answered(request, result, time.perf_counter() - began)
            leave.reservation.settle(reply.figures.cost_usd, reply.figures.tokens)
            leave.slot.answered(reply.figures.tokens)
        except (ModelError, OSError, ValueError) as raised:
            error = as_model_error(raised)
            self._failed(leave, error)
            if (ending := self.breaker.error) is not None:
                raise ending from None  # what the endpoint said may hold a key
            if error is raised:
                raise
            raise error from raised
        else:
            return reply
        finally:
            leave.close()

    async def _ask(self, request: Request) -> ChatResult:
        limit = asyncio.timeout(self.timeout)
        try:
            async with limit:
                return await self.inner._agenerate(  # noqa: SLF001  # `agenerate` runs callbacks
                    request.messages, stop=request.stop, **request.options
                )
        except TimeoutError as error:
            if limit.expired():
                raise ModelTimeoutError(f"no answer within {self.timeout:g} s") from error
            raise

    def _answered(self, request: Request, result: ChatResult, seconds: float) -> Reply:
        self.breaker.answered()
        self.hedge.answered(seconds)
        figures = self.measure.figures(request.messages, result, estimated=request.tokens_in)
        return Reply(result, figures, seconds)

    def _failed(self, leave: _Leave, error: BaseException) -> None:
        self.usage.failed[kind_of(error)] += 1
        if is_surely_free(error):
            leave.reservation.release()
        if (pause := retry_after(error)) is not None:
            self.throttle.pause(pause)
        if is_overload(error):
            leave.slot.refused()
        if is_for_good(error):
            self.breaker.give_up(f"refuses every request ({kind_of(error)}): {said(error)}")
        elif is_passing(error) and not isinstance(error, ModelRateLimitError):
            self.breaker.failed(f"{kind_of(error)}: {said(error)}")
        elif isinstance(error, ModelError):
            self.breaker.answered()


async def _either(first: asyncio.Task[Reply], second: asyncio.Task[Reply]) -> None:
    """Return once one of them was answered, or both have failed."""
    pending: set[asyncio.Task[Reply]] = {first, second}
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        if not all(task.exception() for task in done):
            return


def _drop(task: asyncio.Task[Reply]) -> None:
    """Cancel what is no longer wanted; its own end books what it may have cost."""
    if not task.done():
        task.cancel()
    elif not task.cancelled():
        task.exception()  # seen, so that the loop does not report it
