"""The journal as the shelf of an embedder: vectors that were paid for, and what they cost."""

from collections.abc import Sequence
from itertools import count

from synth_agent.pipeline.journal import Journal
from synth_agent.store.embedders.shelf import Payment

__all__ = ["JournalShelf"]

_PLANNING = 0
"""The hand that stands for the run itself, see `calls.belonging_to`."""


class JournalShelf:
    """Keeps the vectors of one embedder in a run's journal.

    Args:
        journal: Of the run.
        embedder: Name of the embedder, as `Embedder.name` has it.
    """

    def __init__(self, journal: Journal, *, embedder: str) -> None:
        self._journal = journal
        self._embedder = embedder

    def find(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        """Return the vectors that are there, by key."""
        return self._journal.vectors(self._embedder, keys)

    def put(self, rows: Sequence[tuple[bytes, bytes]], paid: Payment) -> None:
        """Write vectors and what they cost; both, or neither.

        Raises:
            RunError: The disk is full, or the file cannot be written.
        """
        # The same texts are paid for again where the first answer was of no use.
        nth = next(n for n in count() if self._journal.answer(_PLANNING, paid.key, n) is None)
        place = (_PLANNING, paid.key, nth, paid.model, "")
        used = (paid.tokens_in, 0, 0, paid.cost_usd, paid.seconds)
        self._journal.put_vectors(self._embedder, rows, (*place, *used))
