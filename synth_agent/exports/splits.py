"""A dataset in parts: exact in size, even in labels, and the same for the same seed.

Sizes are the shares of the whole by largest remainder. Within each label (each difficulty, where
there are no labels) the parts are as near to their shares as whole records allow. Which record goes
where is drawn at random from the spec's seed, record by record, so nothing is held in memory.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

from synth_agent.errors import ConfigError
from synth_agent.schemas import Cell, DatasetSpec, Record
from synth_agent.shares import apportion
from synth_agent.text import digest

__all__ = ["check_split", "parse_split", "split_of", "split_path"]

_NAME: Final = re.compile(r"\w+(\.\w+)*", re.ASCII)
"""What dataset hubs take for the name of a split; safe in a file name."""


def parse_split(text: str) -> dict[str, float]:
    """Return name -> share; the shares add up to 1.

    >>> parse_split("train=0.8, validation=10%, test=0.1")
    {'train': 0.8, 'validation': 0.1, 'test': 0.1}

    Raises:
        ConfigError: A part is not `name=share`, or the shares do not add up.
    """
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, _, share = (piece.strip() for piece in part.partition("="))
        if not _NAME.fullmatch(name) or name in shares:
            raise ConfigError(
                f"split: expected a different name of letters, digits and _ for each part, as in "
                f"'train=0.8,test=0.2', got {part.strip()!r}"
            )
        shares[name] = _share(name, share)
    if abs(sum(shares.values()) - 1) > 1e-6:
        raise ConfigError(f"split: the shares add up to {sum(shares.values()):g}, expected 1")
    return shares


def check_split(spec: DatasetSpec) -> None:
    """Refuse a split with a part that would be empty or could not be named.

    Raises:
        ConfigError: Names the part.
    """
    for name, size in zip(spec.split, apportion(spec.count, _shares(spec)), strict=True):
        if not _NAME.fullmatch(name):
            raise ConfigError(f"split: expected a name of letters, digits and _, got {name!r}")
        if not size:
            raise ConfigError(
                f"split: {name!r} would get none of {spec.count} records; "
                f"ask for more records or a larger share"
            )


def split_of(spec: DatasetSpec, records: Iterable[Record]) -> Iterator[tuple[str, Record]]:
    """Yield each record with the name of its part, in the records' order.

    Args:
        records: Is gone through twice, first to count; so not an iterator.
    """
    if iter(records) is records:
        raise ValueError("split_of goes through the records twice: hand in no iterator")
    sizes = Counter(_stratum(record.cell) for record in records)
    names = tuple(spec.split)
    left = _quotas(sizes, _shares(spec))
    chance = {
        stratum: Random(int.from_bytes(digest("split", str(spec.seed), stratum)))
        for stratum in sizes
    }
    for record in records:
        stratum = _stratum(record.cell)
        part = _draw(left[stratum], chance[stratum])
        left[stratum][part] -= 1
        yield names[part], record


def split_path(path: Path, name: str) -> Path:
    """Return the file of one part.

    >>> split_path(Path("runs/dataset.json"), "train").name
    'dataset-train.json'
    """
    return path.with_name(f"{path.stem}-{name}{path.suffix}")


def _shares(spec: DatasetSpec) -> list[float]:
    total = sum(spec.split.values())  # a spec may say 0.333333 three times
    return [share / total for share in spec.split.values()]


def _share(name: str, text: str) -> float:
    number = text.removesuffix("%").strip()
    try:
        share = float(number) / (100 if text.endswith("%") else 1)
    except ValueError:
        share = 0
    if not 0 < share <= 1:
        raise ConfigError(f"split: expected a share between 0 and 1 for {name!r}, got {text!r}")
    return share


def _stratum(cell: Cell) -> str:
    return cell.label or cell.difficulty or ""


def _draw(left: Sequence[int], chance: Random) -> int:
    """Return a part with the odds of what is left of each: a shuffle, without holding the cards."""
    at = chance.randrange(sum(left))
    for part, number in enumerate(left):
        if at < number:
            return part
        at -= number
    raise AssertionError("a part is left for every record")


def _quotas(strata: Mapping[str, int], shares: Sequence[float]) -> dict[str, list[int]]:
    """Return how many records of each stratum each part gets.

    Rows and columns both come out exact. What the whole numbers leave over is given stratum by
    stratum, the most undecided first, to the parts that still want most (Gale and Ryser).
    """
    wanted = apportion(sum(strata.values()), shares)
    exact = {name: [_rounded(size * share) for share in shares] for name, size in strata.items()}
    quotas = {name: [int(size) for size in row] for name, row in exact.items()}
    for row in quotas.values():
        wanted = [size - own for size, own in zip(wanted, row, strict=True)]
    over = {name: strata[name] - sum(row) for name, row in quotas.items()}
    for name in sorted(over, key=lambda name: (-over[name], name)):
        row, remainder = quotas[name], [e - int(e) for e in exact[name]]
        parts = range(len(shares))
        for part in sorted(parts, key=lambda p: (-wanted[p], -remainder[p], p))[: over[name]]:
            row[part] += 1
            wanted[part] -= 1
    return quotas


def _rounded(size: float) -> float:
    """Return the size without the last bits, so that 0.1 of 30 is 3 and not a little more."""
    return round(size, 6)
