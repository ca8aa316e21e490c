"""Which hand of slots a call belongs to, and the how-manieth it is of its kind.

A hand that is run again asks the same questions in the same order, and so finds each answer that
the ledger has. Among calls that run side by side within a hand the order is only sure where their
requests differ: two identical ones that run at once may come to have each other's answers.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from heapq import heappop, heappush

__all__ = ["HandCalls", "belonging_to", "current_hand"]


class HandCalls:
    """A hand of slots at work; it counts each request that is made for it."""

    __slots__ = ("_made", "_unanswered", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self._made: dict[bytes, int] = {}
        self._unanswered: dict[bytes, list[int]] = {}

    def take(self, key: bytes) -> int:
        """Return how often this request was answered before, counting those still under way."""
        if unanswered := self._unanswered.get(key):
            return heappop(unanswered)
        nth = self._made.get(key, 0)
        self._made[key] = nth + 1
        return nth

    def give_back(self, key: bytes, nth: int) -> None:
        """Let the next request of this kind have the place of one that got no answer.

        Otherwise a hand that is run again would ask for the missing one and pay for it.
        """
        heappush(self._unanswered.setdefault(key, []), nth)


_HAND: ContextVar[HandCalls | None] = ContextVar("hand", default=None)


@contextmanager
def belonging_to(hand: int) -> Iterator[HandCalls]:
    """Let every model call inside belong to this hand; 0 is the run's own planning.

    Entering it again with the same number begins the hand anew: its calls are answered from the
    ledger as far as that goes.
    """
    current = HandCalls(hand)
    token = _HAND.set(current)
    try:
        yield current
    finally:
        with suppress(ValueError):  # a generator that is closed from another context
            _HAND.reset(token)


def current_hand() -> HandCalls | None:
    """Return the hand that the calling task works on, if any."""
    return _HAND.get()
