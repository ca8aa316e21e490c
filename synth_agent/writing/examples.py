"""Which examples a hand is shown: mostly given ones, some accepted ones, unlike each other.

Self-Instruct shows six given tasks and two made ones (arXiv:2212.10560); here the same mix of three
to one, in a smaller number, for records are longer than tasks. Which examples were shown is part of
the hand, so a resumed run shows the same although more has been accepted since.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import heappush, heapreplace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from synth_agent.chains.hand import Material
from synth_agent.pipeline import Seed
from synth_agent.schemas import Record
from synth_agent.store.diversity import spread
from synth_agent.text import digest

__all__ = ["ExamplePool", "Meanings"]

Rows = NDArray[np.float32]
"""Unit-length rows, shape (n, d)."""
Times = NDArray[np.float64]
"""How often each was shown."""

_GIVEN: Final = 3
_MADE: Final = 1
_SHOWN_AGAIN: Final = 0.5
"""What each showing beyond the least shown costs, as a cosine."""
_ALWAYS: Final = 2.5
"""More than any two cosines differ by: the least shown goes first."""
_KEEP: Final = 512
"""Accepted records that are remembered as examples, evenly over the run."""
_DOUBLES: Final = 0.95
"""Cosine from which two given examples say the same, and are not shown together."""
_FEW: Final = 2_000
"""Given examples among which doubles are looked for; of more, two seldom come to one hand."""
_WISHES: Final = 1_024
"""Wishes whose rows are remembered: topics come again and again."""


class Meanings(Protocol):
    """What knows the given examples by meaning, and turns further texts into rows."""

    def meaning(self, texts: Sequence[str], /) -> Rows:
        """Return a row for each text."""
        ...

    def seed_rows(self) -> tuple[list[str], Rows]:
        """Return the identifiers of the given examples, and a row for each."""
        ...


class ExamplePool:
    """Given examples and a sample of accepted records, with how often each was shown."""

    def __init__(
        self,
        compared: Callable[[Mapping[str, JsonValue]], str],
        meanings: Meanings,
        seeds: Iterable[Seed],
        find: Callable[[int], Record | None],
        *,
        shown: Iterable[str] = (),
    ) -> None:
        """Take the given examples' rows from where they are known; nothing is embedded again.

        Args:
            compared: Returns the text of a payload, see `text.Comparable`.
            find: Returns the record of a slot.
            shown: What earlier sittings have shown, an identifier for each time.
        """
        self._compared, self._meanings, self._find = compared, meanings, find
        self._seeds = {seed.id: seed for seed in seeds}
        self._before = Counter(shown)
        self._given = [*self._seeds]
        self._given_rows = _rows_of(self._given, meanings)
        self._given_times = np.array([self._before[name] for name in self._given], np.float64)
        self._doubles = _doubles(self._given_rows)
        self._made: list[str] = []
        self._made_rows = np.zeros((_KEEP, self._given_rows.shape[1]), np.float32)
        self._made_times = np.zeros(_KEEP)
        self._shown_made = self._before.total() - self._given_times.sum()
        self._last: list[tuple[int, int]] = []
        self._wishes: dict[str, Rows] = {}

    def __len__(self) -> int:
        return len(self._seeds)

    def learn(self, records: Sequence[Record]) -> None:
        """Remember accepted records: all of them, later an even sample of the whole run."""
        placed = ((self._place(record.slot), record) for record in records)
        taken = {at: record for at, record in placed if at is not None}
        if not taken:
            return
        texts = [self._compared(record.payload) for record in taken.values()]
        self._made_rows[[*taken]] = self._meanings.meaning(texts)
        for at, record in taken.items():
            self._made[at] = f"record:{record.slot}"
            self._made_times[at] = self._before[self._made[at]]

    def choose(self, *wishes: str) -> list[str]:
        """Return identifiers for a hand that asks for these: topics, or the subject.

        Where there are fewer than three given examples, a made one comes with some hands only, so
        that the mix stays what it is.
        """
        wished = self._wished(wishes)
        given = self._pick_given(self._given_rows @ wished)
        self._given_times[given] += 1
        chosen = [self._given[at] for at in given]
        if (self._shown_made + _MADE) * _GIVEN <= self._given_times.sum() * _MADE:
            rows, times = self._sample()
            made = spread(rows, _MADE, relevance=_relevance(rows @ wished, times, _SHOWN_AGAIN))
            self._made_times[made] += 1
            self._shown_made += len(made)
            chosen += [self._made[at] for at in made]
        return chosen

    def parents(self, asks: int, *wishes: str) -> list[str]:
        """Return identifiers of records to develop further, least used first."""
        rows, times = self._sample()
        rows, times = np.vstack([self._given_rows, rows]), np.append(self._given_times, times)
        if not len(rows):
            return []
        near, chosen = rows @ self._wished(wishes), []
        for _ in range(asks):
            (at,) = spread(rows, 1, relevance=_relevance(near, times, _ALWAYS))
            times[at] += 1
            chosen.append(at)
        known = len(self._given)
        self._given_times[:], self._made_times[: len(self._made)] = times[:known], times[known:]
        return [*map([*self._given, *self._made].__getitem__, chosen)]

    def material(self, name: str) -> Material:
        """Return an example by its identifier."""
        if name.startswith("record:") and name not in self._seeds:
            record = self._find(int(name.removeprefix("record:")))
            assert record is not None, f"{name} was accepted once, so it is in the journal"
            return Material(name, payload=record.payload)
        return Material(name, payload=self._seeds[name].row)

    def _sample(self) -> tuple[Rows, Times]:
        """Return rows of the made ones, and how often each was shown."""
        return self._made_rows[: len(self._made)], self._made_times[: len(self._made)]

    def _place(self, slot: int) -> int | None:
        """Return where a record is remembered, or None: bottom-k sampling by a digest."""
        rank = -int.from_bytes(digest("example", str(slot)))
        if len(self._made) < _KEEP:
            self._made.append("")
            heappush(self._last, (rank, len(self._made) - 1))
            return len(self._made) - 1
        last, at = self._last[0]
        if rank <= last:
            return None
        heapreplace(self._last, (rank, at))
        return at

    def _wished(self, wishes: Sequence[str]) -> Rows:
        """Return the middle of what is wished for, zeros where that is nothing."""
        said = [wish for wish in wishes if wish.strip()]
        if not said:
            return np.zeros(self._given_rows.shape[1], np.float32)
        if len(self._wishes) > _WISHES:
            self._wishes.clear()
        for wish in said:
            if wish not in self._wishes:
                self._wishes[wish] = self._meanings.meaning([wish])[0]
        rows: Rows = np.mean([self._wishes[wish] for wish in said], axis=0, dtype=np.float32)
        return rows / max(float(np.linalg.norm(rows)), 1e-9)

    def _pick_given(self, near: Rows) -> list[int]:
        """Return which given examples to show; of doubles only the least shown may be chosen."""
        order = np.lexsort((-near, self._given_times, self._doubles))
        single = order[np.unique(self._doubles[order], return_index=True)[1]]
        relevance = _relevance(near[single], self._given_times[single], _SHOWN_AGAIN)
        rows = self._given_rows if len(single) == len(near) else self._given_rows[single]
        chosen = spread(rows, _GIVEN, relevance=relevance)
        return [int(at) for at in single[chosen]]


def _rows_of(names: Sequence[str], meanings: Meanings) -> Rows:
    known, rows = meanings.seed_rows()
    at = {name: number for number, name in enumerate(known)}
    return rows[[at[name] for name in names]]


def _doubles(rows: Rows) -> NDArray[np.intp]:
    """Return for each row the first row that says the same; that is mostly the row itself."""
    if not 0 < len(rows) <= _FEW:
        return np.arange(len(rows))
    first: NDArray[np.intp] = (rows @ rows.T + np.eye(len(rows)) >= _DOUBLES).argmax(axis=1)
    return first[first]


def _relevance(near: NDArray[np.float32], times: Times, cost: float) -> Times:
    """Return what speaks for each: its likeness to the wish, less what it was shown too often."""
    relevance: Times = near - cost * (times - times.min(initial=np.inf))
    return relevance
