"""The ledger of answers: what it keeps, and how answers are written in groups."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Answered", "Grouping", "Ledger", "MemoryLedger"]


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer as it was received; what the journal keeps."""

    hand: int
    """Which hand of slots it belongs to; 0 is the run's own planning."""
    key: bytes
    """16-byte digest of the model's name, its parameters, the messages and the call's options."""
    nth: int
    """The n-th time that this very request was made within the hand, from 0."""
    model: str
    reply: str
    """JSON from which the `ChatResult` is made again (`calls.replies`)."""
    tokens_in: int
    """All input tokens, the cached ones included."""
    tokens_out: int
    cached: int
    cost_usd: float | None
    """None where the price is not known."""
    seconds: float


class Ledger(Protocol):
    """Keeps paid answers."""

    def find(self, hand: int, key: bytes, nth: int) -> Answered | None:
        """Return the answer that was kept for this request, or None."""

    async def put(self, answered: Answered) -> None:
        """Keep an answer; it is durable when this returns."""


class MemoryLedger:
    """A ledger that lasts as long as the process."""

    def __init__(self) -> None:
        self.kept: dict[tuple[int, bytes, int], Answered] = {}

    def find(self, hand: int, key: bytes, nth: int) -> Answered | None:
        """Return the answer that was kept for this request, or None."""
        return self.kept.get((hand, key, nth))

    async def put(self, answered: Answered) -> None:
        """Keep an answer."""
        self.kept[answered.hand, answered.key, answered.nth] = answered


class Grouping:
    """Collects what arrives in one turn of the loop and writes it in one go.

    One transaction for many answers: at a thousand answers a second each would otherwise wait for
    a commit of its own. An answer is in the group before `put` first waits, so that cancelling the
    one who waits for it does not lose it.

    Args:
        find: Looks an answer up, as `Ledger.find`.
        write: Writes a group durably, or raises; whatever it raises reaches every waiting `put`.
        linger: Seconds to collect further answers; 0 collects those of one turn of the loop.
    """

    def __init__(
        self,
        find: Callable[[int, bytes, int], Answered | None],
        write: Callable[[list[Answered]], None],
        *,
        linger: float = 0.0,
    ) -> None:
        self._find = find
        self._write = write
        self._linger = linger
        self._group: list[tuple[Answered, asyncio.Future[None]]] = []

    def find(self, hand: int, key: bytes, nth: int) -> Answered | None:
        """Return the answer that was kept for this request, or None."""
        return self._find(hand, key, nth)

    async def put(self, answered: Answered) -> None:
        """Return once the group of this answer is written."""
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        self._group.append((answered, written))
        if len(self._group) == 1:
            if self._linger:
                loop.call_later(self._linger, self.flush)
            else:
                loop.call_soon(self.flush)
        await written

    def flush(self) -> None:
        """Write what is waiting now."""
        group, self._group = self._group, []
        if not group:
            return
        try:
            self._write([answered for answered, _ in group])
        except BaseException as error:
            _tell(group, error)
            if not isinstance(error, Exception):
                raise
        else:
            _tell(group, None)


def _tell(group: list[tuple[Answered, asyncio.Future[None]]], error: BaseException | None) -> None:
    for _, written in group:
        if written.done():  # its waiter was cancelled
            continue
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)
