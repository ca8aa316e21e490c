"""Which examples a hand is shown: mostly given ones, some accepted ones, unlike each other.

Self-Instruct shows six given tasks and two made ones (arXiv:2212.10560); here the same mix of three
to one, in a smaller number, for records are longer than tasks. Which examples were shown is part of
the hand, so a resumed run shows the same although more has been accepted since.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from synth_agent.chains.hand import Material
from synth_agent.pipeline import Seed
from synth_agent.schemas import Record
from synth_agent.store.diversity import spread
from synth_agent.text import comparable, digest

__all__ = ["ExamplePool", "Texts"]

_GIVEN: Final = 3
_MADE: Final = 1
_SHOWN_AGAIN: Final = 0.5
"""What each showing beyond the least shown costs, as a cosine."""
_ALWAYS: Final = 2.5
"""More than any two cosines differ by: the least shown goes first."""
_KEEP: Final = 512
"""Accepted records that are remembered as examples, evenly over the run."""


class Texts(Protocol):
    """What turns texts into rows."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a unit-length row for each text."""
        ...


class ExamplePool:
    """Given examples and a sample of accepted records, with how often each was shown."""

    def __init__(
        self, task: str, texts: Texts, seeds: Iterable[Seed], find: Callable[[int], Record | None]
    ) -> None:
        """Embed the given examples.

        Args:
            find: Returns the record of a slot.
        """
        self._task, self._texts, self._find = task, texts, find
        self._seeds = {seed.id: seed for seed in seeds}
        self._given = list(self._seeds)
        self._rows = texts.embed([seed.text for seed in self._seeds.values()])
        self._made: list[str] = []
        self._ranks: dict[int, bytes] = {}
        self._made_rows = np.zeros((_KEEP, self._rows.shape[1]), np.float32)
        self._shown: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._seeds)

    def learn(self, records: Sequence[Record]) -> None:
        """Remember accepted records: all of them, later an even sample of the whole run."""
        for record in records:
            priority = digest("example", str(record.slot))
            if len(self._made) < _KEEP:
                at = len(self._made)
                self._made.append("")
            else:  # bottom-k sampling: the record that ranks last gives way
                at = max(range(_KEEP), key=self._ranks.__getitem__)
                if self._ranks[at] <= priority:
                    continue
            self._made[at] = f"record:{record.slot}"
            self._ranks[at] = priority
            self._made_rows[at] = self._texts.embed([comparable(self._task, record.payload)])[0]

    def choose(self, wish: str) -> list[str]:
        """Return identifiers for a hand that asks for `wish`: topics, or the subject."""
        chosen = self._pick(self._given, self._rows, _GIVEN, wish)
        chosen += self._pick(self._made, self._made_rows[: len(self._made)], _MADE, wish)
        self._shown.update(chosen)
        return chosen

    def parents(self, asks: int, wish: str) -> list[str]:
        """Return identifiers of records to develop further, least used first."""
        names = [*self._given, *self._made]
        rows = np.vstack([self._rows, self._made_rows[: len(self._made)]])
        chosen: list[str] = []
        for _ in range(asks if names else 0):
            chosen += self._pick(names, rows, 1, wish, cost=_ALWAYS)
            self._shown.update(chosen[-1:])
        return chosen

    def material(self, name: str) -> Material:
        """Return an example by its identifier."""
        if name.startswith("record:") and name not in self._seeds:
            record = self._find(int(name.removeprefix("record:")))
            assert record is not None, f"{name} was accepted once, so it is in the journal"
            return Material(name, payload=record.payload)
        return Material(name, payload=self._seeds[name].row)

    def _pick(
        self,
        names: Sequence[str],
        rows: NDArray[np.float32],
        k: int,
        wish: str,
        *,
        cost: float = _SHOWN_AGAIN,
    ) -> list[str]:
        if not names:
            return []
        near = rows @ self._texts.embed([wish])[0] if wish.strip() else np.zeros(len(names))
        shown = np.array([self._shown[name] for name in names], np.float64)
        relevance = near.astype(np.float64) - cost * (shown - shown.min())
        return [names[row] for row in spread(rows, k, relevance=relevance)]
