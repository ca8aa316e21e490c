"""What to try next: a pure function of what the journal holds.

First the slots that were tried and rejected, in slot order; then fresh ones. So a run that was
killed goes on with the very batch that it would have made had it not been.

A slot is given up after `max_attempts`, and a cell after a drought: so many drafts lost in a row
that its source has evidently run dry. Otherwise a pack with a thousand different records, asked for
a million, would try 999,000 slots 20 times each.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

import numpy as np

from synth_agent.pipeline.journal import Journal, why
from synth_agent.pipeline.rows import Kept
from synth_agent.pipeline.slots import SlotPlan
from synth_agent.schemas import Ask, Reject

__all__ = ["PAID_PATIENCE", "Agenda", "Patience"]

_CHUNK: Final = 1 << 16


class Patience(NamedTuple):
    """How many drafts may be lost in a row."""

    cell: int = 1000
    """Until a cell is given up."""
    first: int = 768
    """Until the run is, where nothing at all was ever accepted: three batches."""


PAID_PATIENCE: Final = Patience(cell=200, first=60)
"""Where drafts cost money."""


class Agenda:
    """The open slots. Holds a byte a slot, and the reasons of the rejected ones."""

    def __init__(
        self,
        plan: SlotPlan,
        journal: Journal,
        *,
        max_attempts: int,
        patience: Patience,
    ) -> None:
        self._plan = plan
        self._max_attempts = max_attempts
        self._patience = patience
        self._fresh = np.ones(len(plan), np.bool_)
        self._fresh[np.fromiter(journal.touched(), np.intp)] = False
        self._cursor = 0
        self._tried = journal.tried(below=max_attempts)
        self._droughts = np.zeros(len(plan.cells), np.int64)
        for cell, drafts in journal.droughts().items():
            self._droughts[cell] = drafts
        self._changed: set[int] = set()
        self._barren = journal.accepted() == 0

    def take(self, number: int) -> list[Ask]:
        """Return the next asks, at most `number`; empty when there is nothing left to try.

        What is taken is not offered again until `settle` has heard that it was rejected.
        """
        if self._dry():
            return []
        slots = [i for i in sorted(self._tried) if self._hopeful(i)][:number]
        again = [(i, self._tried.pop(i)) for i in slots]
        asks = [Ask(self._plan[i], len(reasons), reasons) for i, reasons in again]
        return asks + [Ask(self._plan[i]) for i in self._take_fresh(number - len(asks))]

    def claim(self, slots: Iterable[int]) -> None:
        """Take slots that are worked on already: those of hands dealt in an earlier sitting."""
        for slot in slots:
            self._fresh[slot] = False
            self._tried.pop(slot, None)

    def settle(self, ask: Ask, outcome: Kept | Reject) -> None:
        """Note what became of an ask; in the order of judgement, for droughts are counted."""
        cell = int(self._plan.codes[ask.slot.index])
        self._changed.add(cell)
        if isinstance(outcome, Kept):
            self._droughts[cell] = 0
            self._barren = False
            return
        self._droughts[cell] += 1
        if ask.attempt + 1 < self._max_attempts:
            reasons = (*ask.reasons, why(outcome.reason, outcome.detail))
            self._tried[ask.slot.index] = reasons

    def changed_droughts(self) -> dict[int, int]:
        """Return the droughts that have changed since this was last asked, by the cell's code."""
        changed = {cell: int(self._droughts[cell]) for cell in sorted(self._changed)}
        self._changed.clear()
        return changed

    def note(self) -> str:
        """Return in words what was given up before its attempts were used, or nothing."""
        if self._dry():
            return f"the first {int(self._droughts.sum()):,} drafts were all rejected"
        cells = [
            str(self._plan.cells[i]) for i in np.flatnonzero(self._droughts >= self._patience.cell)
        ]
        if not cells:
            return ""
        named = ", ".join(cells[:5]) + (f" and {len(cells) - 5} more" if len(cells) > 5 else "")
        return f"{self._patience.cell:,} drafts in a row were rejected in: {named}"

    def _dry(self) -> bool:
        return self._barren and int(self._droughts.sum()) >= self._patience.first

    def _hopeful(self, index: int) -> bool:
        return bool(self._droughts[self._plan.codes[index]] < self._patience.cell)

    def _take_fresh(self, number: int) -> list[int]:
        """Take the next untouched slots of cells that are not dry."""
        taken: list[int] = []
        while len(taken) < number and self._cursor < len(self._plan):
            chunk = slice(self._cursor, self._cursor + _CHUNK)
            hopeful = (self._droughts < self._patience.cell)[self._plan.codes[chunk]]
            found = self._cursor + np.flatnonzero(self._fresh[chunk] & hopeful)
            taken += islice(map(int, found), number - len(taken))
            self._cursor = taken[-1] + 1 if len(taken) == number else chunk.stop
        self._fresh[taken] = False
        return taken
