"""The number of records that a brief names, and the files it is split into."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from synth_agent.brief.lexicon import SPLITS
from synth_agent.brief.parts import short, whole
from synth_agent.brief.readings import Amount, Listing, Match
from synth_agent.errors import ConfigError

__all__ = ["Total", "split_of", "total_of"]

_PLAIN: Final = 2  # rank of "500 questions"; "the number of questions is 500" says no more


@dataclass(frozen=True, slots=True)
class Total:
    """The number of records that is named, and the matches that name it."""

    count: int | None
    matches: frozenset[Match] = frozenset()


def total_of(matches: Sequence[Match]) -> Total:
    """Return the total that is named most plainly.

    Where a number is the sum of the others they are its parts, not totals of their own.

    Raises:
        ConfigError: Two different totals, or one that is out of range.
    """
    named = [m for m in matches if _names_total(m.reading)]
    if not named:
        return _by_split(matches)
    strength = min(max(_amount(m).noun for m in named), _PLAIN)
    strongest = [m for m in named if _amount(m).noun >= strength]
    values = list(dict.fromkeys(_amount(m).value for m in strongest))
    if len(values) > 1:
        biggest = max(values)
        if sum(_amount(m).value for m in strongest) != 2 * biggest:
            said = " and ".join(short(value) for value in values[:2])
            raise ConfigError(f"two different totals: {said} records; name one")
        strongest = [m for m in strongest if _amount(m).value == biggest]
        values = [biggest]
    return Total(whole(values[0], "the number of records"), frozenset(strongest))


def _by_split(matches: Sequence[Match]) -> Total:
    """Return the sum of "800 train and 200 test examples"."""
    parts = [m for m in matches if isinstance(m.reading, Amount) and m.reading.axis == "split"]
    if len(parts) < 2 or any(_amount(m).basis != "count" for m in parts):
        return Total(None)
    total = sum((_amount(m).value for m in parts), Fraction(0))
    return Total(whole(total, "the number of records"), frozenset(parts))


def _names_total(reading: object) -> bool:
    return isinstance(reading, Amount) and reading.basis == "count" and reading.axis == "record"


def _amount(match: Match) -> Amount:
    assert isinstance(match.reading, Amount)
    return match.reading


def split_of(matches: Sequence[Match]) -> dict[str, float]:
    """Return the shares of the files the records are divided into; empty if nothing is said."""
    parts: dict[str, Fraction] = {}
    for match in matches:
        reading = match.reading
        if isinstance(reading, Listing) and reading.axis == "split":
            parts |= {_file(e.name): e.value for e in reading.entries if e.value is not None}
        elif isinstance(reading, Amount) and reading.axis == "split":
            parts[_file(reading.name)] = reading.value
    whole_sum = sum(parts.values(), Fraction(0))
    if len(parts) < 2 or whole_sum <= 0:
        return {}
    if min(parts.values()) <= 0:
        raise ConfigError("split: every part needs a share above 0")
    return {name: float(part / whole_sum) for name, part in parts.items()}


def _file(name: str) -> str:
    return SPLITS.meaning(name) or name
