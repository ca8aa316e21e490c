"""The bound on money and tokens, which is never passed.

Each attempt reserves the most that it can cost before it is sent, and gives back what it did not
use. Money is counted in whole picodollars, so that a million sums leave no rest.

The bound holds as far as the reservations do: a provider that bills more than the request allowed
is noticed at once, and nothing further is sent, but what it billed is spent.
"""

import asyncio
import math
from collections import deque
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from synth_agent.errors import BudgetError

__all__ = ["Budget", "Price", "Reservation", "Spent"]

_PICO: Final = 10**12


class Price(Protocol):
    """What a model costs."""

    def __call__(self, tokens_in: int, tokens_out: int, cached: int, /) -> float:
        """Return US dollars; `cached` are those of `tokens_in` that the provider had cached."""


class Spent(NamedTuple):
    """What counts against a budget."""

    usd: float
    tokens: int


_UNSPENT: Final = Spent(0.0, 0)


@dataclass(frozen=True, slots=True)
class _Cost:
    pico: int
    tokens: int

    def __add__(self, other: "_Cost") -> "_Cost":
        return _Cost(self.pico + other.pico, self.tokens + other.tokens)

    def __sub__(self, other: "_Cost") -> "_Cost":
        return _Cost(self.pico - other.pico, self.tokens - other.tokens)


_NOTHING: Final = _Cost(0, 0)


class Reservation:
    """What one attempt may cost; the first of its three ends counts, later ones do nothing."""

    __slots__ = ("_budget", "_cost", "_open")

    def __init__(self, budget: "Budget", cost: _Cost) -> None:
        self._budget = budget
        self._cost = cost
        self._open = True

    def settle(self, usd: float | None, tokens: int) -> None:
        """Answered: it cost this much. With no price known, money is not counted."""
        self._end(_cost(usd or 0.0, tokens))

    def release(self) -> None:
        """It was surely not charged."""
        self._end(_NOTHING)

    def forfeit(self) -> None:
        """It may have been charged without an answer: all of it counts as spent."""
        self._end(self._cost)

    def _end(self, actual: _Cost) -> None:
        if self._open:
            self._open = False
            self._budget._close(self._cost, actual)  # noqa: SLF001  # two halves of one thing


class Budget:
    """A bound on money, tokens, both or neither, shared by all models of a run.

    Args:
        usd: Most that may be spent in US dollars, in all sittings of the run together.
        tokens: Most tokens, in and out.
        spent: What earlier sittings spent (their `Budget.spent`).
        resume: The command that goes on with the run, for the message.
    """

    def __init__(
        self,
        usd: float | None = None,
        tokens: int | None = None,
        *,
        spent: Spent = _UNSPENT,
        resume: str = "synth-agent resume RUN",
    ) -> None:
        if (usd is not None and not usd > 0) or (tokens is not None and tokens <= 0):
            raise ValueError(f"a budget is above 0, not {usd if usd is not None else tokens!r}")
        self.usd = usd
        self.tokens = tokens
        self._resume = resume
        self._bound_pico = None if usd is None else math.floor(usd * _PICO)
        self._spent = _cost(*spent)
        self._reserved = _NOTHING
        self._in_flight = 0
        self._waiting: deque[tuple[_Cost, asyncio.Future[None]]] = deque()

    @property
    def is_bounded(self) -> bool:
        """Whether there is any bound at all."""
        return self.usd is not None or self.tokens is not None

    @property
    def spent(self) -> Spent:
        """What was settled or forfeited, earlier sittings included."""
        return Spent(self._spent.pico / _PICO, self._spent.tokens)

    @property
    def reserved(self) -> Spent:
        """What the requests in flight may cost."""
        return Spent(self._reserved.pico / _PICO, self._reserved.tokens)

    async def reserve(self, tokens_in: int, max_out: int, price: Price | None) -> Reservation:
        """Reserve the most that a request can cost; without a bound, nothing.

        Where only what is in flight stands in the way, wait, for requests mostly cost less than
        they reserve. First come, first served: a large one is not overtaken for ever.

        Raises:
            BudgetError: The request does not fit, and nothing is in flight that could make room.
        """
        if not self.is_bounded:
            cost = _NOTHING
            self._take(cost)
            return Reservation(self, cost)
        cost = _cost(price(tokens_in, max_out, 0) if price else 0.0, tokens_in + max_out)
        if not self._waiting and self._fits(cost):
            self._take(cost)
        else:
            await self._wait(cost)
        return Reservation(self, cost)

    def reserve_now(self, tokens_in: int, max_out: int, price: Price | None) -> Reservation:
        """Reserve without waiting: for callers that block those who could make room.

        Raises:
            BudgetError: The request does not fit beside what is in flight.
        """
        cost = _NOTHING
        if self.is_bounded:
            cost = _cost(price(tokens_in, max_out, 0) if price else 0.0, tokens_in + max_out)
            if not self._fits(cost):
                raise self._error(cost)
        self._take(cost)
        return Reservation(self, cost)

    async def _wait(self, cost: _Cost) -> None:
        room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((cost, room))
        self._admit()
        try:
            await room
        except asyncio.CancelledError:
            if room.done() and not room.cancelled() and room.exception() is None:
                self._close(cost, _NOTHING)  # it was let in and cancelled in one turn of the loop
            else:
                self._admit()
            raise

    def _fits(self, cost: _Cost) -> bool:
        pico = self._spent.pico + self._reserved.pico + cost.pico
        tokens = self._spent.tokens + self._reserved.tokens + cost.tokens
        return (self._bound_pico is None or pico <= self._bound_pico) and (
            self.tokens is None or tokens <= self.tokens
        )

    def _take(self, cost: _Cost) -> None:
        self._reserved += cost
        self._in_flight += 1

    def _close(self, reserved: _Cost, actual: _Cost) -> None:
        self._reserved -= reserved
        self._spent += actual
        self._in_flight -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting:
            cost, room = self._waiting[0]
            if not room.done():
                if self._fits(cost):
                    self._take(cost)
                    # What blocks the loop settles from another thread, see `reserve_now`.
                    room.get_loop().call_soon_threadsafe(self._let_in, cost, room)
                elif self._in_flight:
                    return
                else:
                    error = self._error(cost)
                    room.get_loop().call_soon_threadsafe(_refuse, room, error)
            self._waiting.popleft()

    def _let_in(self, cost: _Cost, room: asyncio.Future[None]) -> None:
        if room.done():  # cancelled meanwhile
            self._close(cost, _NOTHING)
        else:
            room.set_result(None)

    def _error(self, cost: _Cost) -> BudgetError:
        over_usd = self._bound_pico is not None and (
            self._spent.pico + self._reserved.pico + cost.pico > self._bound_pico
        )
        if over_usd:
            bound, option = f"${self.usd:g}", "--budget-usd"
            figures = [_usd(c.pico) for c in (self._spent, self._reserved, cost)]
        else:
            bound, option = f"{self.tokens:,} tokens", "--budget-tokens"
            figures = [f"{c.tokens:,}" for c in (self._spent, self._reserved, cost)]
        spent, in_flight, wanted = figures
        return BudgetError(
            f"the next call might pass the budget of {bound}: {spent} spent, {in_flight} in "
            f"flight, and the call may cost {wanted}; what was made is saved, go on with a larger "
            f"one: {self._resume} {option} …"
        )


def _refuse(room: asyncio.Future[None], error: BudgetError) -> None:
    if not room.done():
        room.set_exception(error)


def _cost(usd: float, tokens: int) -> _Cost:
    # Rounded first, for 0.1 * 10**12 may be a hair above its whole number.
    return _Cost(math.ceil(round(usd * _PICO, 3)), tokens)


def _usd(pico: int) -> str:
    usd = pico / _PICO
    return f"${usd:.2f}" if usd >= 1 or not usd else f"${usd:.2g}"
