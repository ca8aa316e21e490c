"""Which records are to be made: slots, a pure function of quotas and seed.

A plan is a list of segments. The first is the spec as it was given; each extension of a run appends
one. Earlier slots never change by it: an extended plan has the old one as its prefix.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from synth_agent.errors import ConfigError
from synth_agent.pipeline.quotas import joint_table
from synth_agent.schemas import MAX_COUNT, Cell, DatasetSpec, Difficulty, Slot
from synth_agent.shares import apportion
from synth_agent.text import digest

__all__ = ["Segment", "SlotPlan", "extend"]

_MAX_CELLS: Final = 2**16
_CHUNK: Final = 1 << 20
_Name = TypeVar("_Name", bound=str)


@dataclass(frozen=True, slots=True)
class Segment:
    """Slots that were asked for at one time; the quotas add up to `count` or are empty."""

    count: int
    labels: Mapping[str, int] = field(default_factory=dict)
    difficulty: Mapping[Difficulty, int] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: DatasetSpec) -> Self:
        """Return what a spec asks for."""
        return cls(spec.count, dict(spec.labels), dict(spec.difficulty))

    def cells(self) -> Iterator[tuple[Cell, int]]:
        """Yield each cell that has slots, with their number; both quotas are met exactly."""
        labels: list[str | None] = [*self.labels] or [None]
        levels: list[Difficulty | None] = [*self.difficulty] or [None]
        table = joint_table(
            [*self.labels.values()] or [self.count], [*self.difficulty.values()] or [self.count]
        )
        for (i, label), (j, level) in product(enumerate(labels), enumerate(levels)):
            if table[i][j]:
                yield Cell(label, level), table[i][j]


def extend(segments: Sequence[Segment], count: int) -> tuple[Segment, ...]:
    """Return the segments with one more, so that they hold `count` slots in the old proportions.

    Raises:
        ConfigError: The segments hold more than `count` already, or `count` is beyond the limit.
    """
    have = sum(segment.count for segment in segments)
    if count < have:
        raise ConfigError(
            f"the run has {have:,} slots already, so it cannot be cut to {count:,}; "
            f"give -n {have:,} or more, or start a new run"
        )
    if count > MAX_COUNT:
        raise ConfigError(f"at most {MAX_COUNT:,} records, got {count:,}")
    if count == have:
        return tuple(segments)
    last = segments[-1]
    labels = _growth([s.labels for s in segments], list(last.labels), count)
    difficulty = _growth([s.difficulty for s in segments], list(last.difficulty), count)
    return (*segments, Segment(count - have, labels, difficulty))


def _growth(
    quotas: Sequence[Mapping[_Name, int]], names: Sequence[_Name], count: int
) -> dict[_Name, int]:
    """Return what each name gains when the quotas grow to `count`, never less than 0."""
    totals = [sum(quota.get(name, 0) for quota in quotas) for name in names]
    grown = apportion(count, totals) if names else []
    return {n: new - old for n, new, old in zip(names, grown, totals, strict=True)}


class SlotPlan:
    """The slots of a run, made when they are looked at.

    Holds 6 bytes a slot: its cell's code and its ordinal. Ten million slots take 60 MB.

    Attributes:
        cells: The cells, in order of their codes.
        codes: Code of each slot's cell, shape (n,).
    """

    def __init__(self, spec: DatasetSpec, segments: Sequence[Segment] = ()) -> None:
        self._seed = str(spec.seed)
        self._language = spec.language
        parts = [list(segment.cells()) for segment in segments or (Segment.of(spec),)]
        codes = {cell: i for i, cell in enumerate(dict.fromkeys(c for p in parts for c, _ in p))}
        if len(codes) > _MAX_CELLS:
            raise ConfigError(
                f"labels x difficulties make {len(codes):,} cells, the limit is {_MAX_CELLS:,}; "
                "ask for fewer labels"
            )
        self.cells: tuple[Cell, ...] = tuple(codes)
        self.codes: NDArray[np.uint16] = np.concatenate(
            [self._shuffled(number, part, codes) for number, part in enumerate(parts)]
        )
        self._ordinals = _ranks(self.codes, len(codes))

    def _shuffled(
        self, number: int, part: Sequence[tuple[Cell, int]], codes: Mapping[Cell, int]
    ) -> NDArray[np.uint16]:
        sorted_codes = np.repeat(
            np.array([codes[cell] for cell, _ in part], np.uint16), [n for _, n in part]
        )
        # Sorting by raw 64-bit draws instead of Generator.permutation: NumPy keeps the raw stream
        # of a bit generator for ever, but may change what a Generator makes of it (NEP 19).
        chance = np.random.PCG64(_number(self._seed, "order", str(number)))
        keys = chance.random_raw(len(sorted_codes))
        return sorted_codes[np.argsort(keys, kind="stable")]

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, index: int) -> Slot:
        if not 0 <= index < len(self.codes):
            raise IndexError(f"slot {index} of {len(self.codes)}")
        return Slot(
            index=index,
            ordinal=int(self._ordinals[index]),
            cell=self.cells[self.codes[index]],
            language=self._language,
            seed=_number(self._seed, "slot", str(index)),
        )

    def __iter__(self) -> Iterator[Slot]:
        return map(self.__getitem__, range(len(self)))

    def asked(self) -> dict[Cell, int]:
        """Return how many slots each cell has."""
        counts = np.bincount(self.codes, minlength=len(self.cells))
        return {cell: int(n) for cell, n in zip(self.cells, counts, strict=True)}


def _number(*parts: str) -> int:
    return int.from_bytes(digest(*parts), "big")


def _ranks(codes: NDArray[np.uint16], cells: int) -> NDArray[np.int32]:
    """Return each slot's rank among those of its cell, chunk by chunk to spare memory."""
    ranks = np.empty(len(codes), np.int32)
    before = np.zeros(cells, np.int64)
    for start in range(0, len(codes), _CHUNK):
        part = codes[start : start + _CHUNK]
        order = np.argsort(part, kind="stable")
        counts = np.bincount(part, minlength=cells)
        first = np.cumsum(counts) - counts
        ranks[start + order] = np.arange(len(part)) + np.repeat(before - first, counts)
        before += counts
    return ranks
