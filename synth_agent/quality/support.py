"""The values that an answer's figures may come from, and whether a written figure is one."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from pydantic import JsonValue

__all__ = ["NUMBER", "Support"]

# A T before a number is that of a time stamp: 2025-03-14T06:30.
NUMBER: Final = re.compile(r"(?<![^\WT])\d+(?:[.,:'\u2019\u00a0\u202f]\d+)*")
"""A number as it is written, inner marks kept; digits of a name ("M2") are none."""

_MARK: Final = re.compile(r"[.,'\u2019\u00a0\u202f]")
_AFTER: Final = re.compile(
    r"\s*(?:(%|per ?cent\b|pct\b|percentage)|(k|thousand|million|mn|billion|bn)\b)", re.IGNORECASE
)
_SCALES: Final = {"k": 1e3, "thousand": 1e3, "million": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9}
_DAY: Final = 24 * 60
_HALF_DAY: Final = 12 * 60


class _Reading(NamedTuple):
    """What a written number may mean, and the place it was rounded to."""

    value: float
    decimals: int


class Support:
    """Values that are known or stated; signs are dropped.

    Facts settle nearly every figure, so what else stands in texts is read when they do not.
    """

    def __init__(self, texts: Sequence[str], facts: Mapping[str, JsonValue]) -> None:
        known, self._texts = _leaves(facts)
        self._texts.extend(texts)
        self._known = sorted(known)

    @cached_property
    def _tokens(self) -> set[str]:
        return {token for text in self._texts for token in NUMBER.findall(text)}

    @cached_property
    def _stated(self) -> list[float]:
        return sorted({value for token in self._tokens for value in _meanings(token)})

    @cached_property
    def _clocks(self) -> set[tuple[int, int]]:
        return {clock for token in self._tokens if (clock := _clock(token))}

    def has(self, token: str, *, behind: str = "") -> bool:
        """Return whether a written number is one of the values, rounded as it is written.

        Args:
            token: The number, as `NUMBER` finds it.
            behind: The text that follows it; "%" or "million" there tells how to read it.
        """
        if ":" in token:
            return self._has_clock(token)
        after = _AFTER.match(behind)
        share = bool(after and after[1])
        scale = _SCALES[after[2].lower()] if after and after[2] else 1.0
        readings = _readings(token)
        if any(self._near(reading, scale, share=share) for reading in readings):
            return True
        if token in self._tokens:
            return True
        return not readings and all(self.has(part) for part in _MARK.split(token))

    def has_duration(self, larger: int, smaller: int) -> bool:
        """Return whether two units, the smaller a sixtieth of the larger, are one of the values."""
        low, high = larger * 60 + smaller - 0.5, larger * 60 + smaller + 0.5
        return self._between(low, high) or self._between(low / 60, high / 60)

    def _near(self, reading: _Reading, scale: float, *, share: bool) -> bool:
        value = reading.value * scale
        tolerance = 0.5 * scale * 10.0**-reading.decimals + 1e-9 + 1e-14 * value
        low, high = value - tolerance, value + tolerance
        if self._between(low, high) or (share and self._between(low / 100, high / 100)):
            return True
        fraction = reading.decimals > 0 and 0 < value <= 1
        if fraction and self._between(low * 100, high * 100):
            return True
        return self._in_other_units(reading)

    def _in_other_units(self, reading: _Reading) -> bool:
        """Return whether a number is a value exactly, in units a thousand times as large or small.

        Round numbers are not: 2,000 would be known wherever there are 2 of something.
        """
        small, large = reading.value / 1000, reading.value * 1000
        if reading.decimals and self._between(large - 1e-6, large + 1e-6):
            return True
        return reading.value % 1000 != 0 and self._between(small - 1e-9, small + 1e-9)

    def _between(self, low: float, high: float) -> bool:
        return _holds(self._known, low, high) or _holds(self._stated, low, high)

    def _has_clock(self, token: str) -> bool:
        clock = _clock(token)
        if clock is None:
            return all(self.has(part) for part in token.split(":"))
        if clock in self._clocks:
            return True
        minutes = clock[0] * 60 + clock[1]
        candidates = {minutes, minutes + _HALF_DAY} if clock[0] <= 12 else {minutes}
        return self.has_duration(*clock) or any(
            abs(value % _DAY - candidate) <= 0.5
            for value in (*self._known, *self._stated)
            for candidate in candidates
        )


def _holds(values: list[float], low: float, high: float) -> bool:
    at = bisect_left(values, low)
    return at < len(values) and values[at] <= high


def _leaves(facts: Mapping[str, JsonValue]) -> tuple[set[float], list[str]]:
    """Return the numbers inside the facts, lengths of lists among them, and the texts."""
    found: set[float] = set()
    texts: list[str] = []
    waiting = list(facts.values())
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.add(abs(value))
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            found.add(len(value))
            waiting.extend(value)
    return found, texts


def _clock(token: str) -> tuple[int, int] | None:
    """Return hours and minutes of `6:30`, `06:30` or `06:30:12`; None for a ratio like `3:1`."""
    hours, *rest = token.split(":")
    if not rest or not hours.isdecimal() or not rest[0].isdecimal() or len(rest[0]) != 2:
        return None
    return int(hours), int(rest[0])


def _meanings(token: str) -> Iterator[float]:
    """Yield every value that a token of a source can mean, a row of a table read cell by cell."""
    if token.isdecimal():
        yield float(token)
        return
    for chunk in token.split(":"):
        for reading in _readings(chunk):
            yield reading.value
        for cell in chunk.split(","):
            for reading in _readings(cell):
                yield reading.value


def _readings(token: str) -> list[_Reading]:
    """Return what a written number can mean; empty where it is a date, version or the like.

    >>> _readings("1,250")
    [_Reading(value=1250.0, decimals=0), _Reading(value=1.25, decimals=3)]
    >>> _readings("1.250,5")
    [_Reading(value=1250.5, decimals=1)]
    """
    *heads, tail = _MARK.split(token)
    if not heads:
        return [_Reading(float(tail), 0)]
    marks = _MARK.findall(token)
    grouped = all(len(group) == 3 for group in heads[1:]) and heads[0] != "0" and len(heads[0]) <= 3
    found = []
    if grouped and len(tail) == 3 and len(set(marks)) == 1:
        found.append(_Reading(float("".join([*heads, tail])), 0))
    decimal = marks[-1] in ".," and marks[-1] not in marks[:-1] and len(set(marks[:-1])) <= 1
    if decimal and (grouped or len(heads) == 1):
        found.append(_Reading(float(f"{''.join(heads)}.{tail}"), len(tail)))
    return found
