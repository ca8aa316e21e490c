"""Where vectors that were paid for are kept, so that none is paid for twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["MemoryShelf", "Payment", "Shelf"]


@dataclass(frozen=True, slots=True)
class Payment:
    """What one request came to."""

    key: bytes
    """16-byte digest of the model's name and the texts."""
    model: str
    tokens_in: int
    """By our own count: LangChain's embeddings do not tell the provider's."""
    cost_usd: float | None
    """None where the price is not known."""
    seconds: float


class Shelf(Protocol):
    """Keeps the vectors of one embedder, little-endian float32, by the digest of their text."""

    def find(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the vectors that are there, by key."""

    def put(self, rows: Sequence[tuple[bytes, bytes]], paid: Payment) -> None:
        """Keep keys with their vectors, and what they cost; durable when this returns.

        Args:
            rows: None where what was paid for cannot be used.
        """


class MemoryShelf:
    """A shelf that lasts as long as the process."""

    def __init__(self) -> None:
        self.paid: list[Payment] = []
        self._kept: dict[bytes, bytes] = {}

    def find(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the vectors that are there, by key."""
        return {key: self._kept[key] for key in keys if key in self._kept}

    def put(self, rows: Sequence[tuple[bytes, bytes]], paid: Payment) -> None:
        """Keep keys with their vectors, and what they cost."""
        self._kept.update(rows)
        self.paid.append(paid)
