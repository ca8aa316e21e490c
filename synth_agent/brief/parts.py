"""What is said about one axis, gathered from all readings: names, amounts, even splits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from synth_agent.brief.lexicon import DIFFICULTY
from synth_agent.brief.readings import Amount, Axis, Entry, Listing, Match, Ratio, Shares
from synth_agent.brief.tokens import normal
from synth_agent.errors import ConfigError
from synth_agent.schemas import MAX_COUNT

__all__ = ["Parts", "label_names", "parts_of", "percent", "said", "short", "whole"]


@dataclass(slots=True)
class Parts:
    """What is said about one axis, name by name in the order of mention.

    Attributes:
        names: Spelling by normal form.
    """

    what: str
    names: dict[str, str] = field(default_factory=dict)
    amounts: dict[str, Entry] = field(default_factory=dict)
    each: int | None = None
    even: bool = False
    ratio: Ratio | None = None
    shares: Shares | None = None

    def name(self, said: str) -> str:
        """Note a name and return the key it goes by."""
        key = normal(said)
        self.names.setdefault(key, said)
        return key

    def put(self, entry: Entry) -> None:
        """Note an amount.

        Raises:
            ConfigError: Another amount of the same name was given before.
        """
        key = self.name(entry.name)
        before = self.amounts.setdefault(key, entry)
        if (before.value, before.basis) != (entry.value, entry.basis):
            raise ConfigError(
                f"{self.names[key]!r} is asked for twice: {said(before)} and {said(entry)}"
            )

    def share_out(self) -> None:
        """Give the names the shares that are told apart from them, where there are as many."""
        if self.shares is None or self.amounts or len(self.shares.values) != len(self.names):
            return
        for name, value in zip(tuple(self.names.values()), self.shares.values, strict=True):
            self.put(Entry(name, value, "share"))


def parts_of(axis: Axis, matches: Sequence[Match], *, weak: bool = True) -> Parts:
    """Gather what the readings say about labels or difficulties."""
    parts = Parts("labelled examples" if axis == "label" else "examples by difficulty")
    for match in matches:
        for reading in (match.reading, *match.extra):
            if isinstance(reading, Listing) and reading.axis == axis and (weak or reading.sure):
                _put_listing(parts, reading)
            elif isinstance(reading, Amount) and reading.axis == axis:
                _put_amount(parts, reading)
            elif isinstance(reading, Ratio) and axis == "label":
                parts.name(reading.many)
                parts.name(reading.few)
                parts.ratio = reading
            elif isinstance(reading, Shares) and axis == "label":
                parts.shares = reading
    parts.share_out()
    return parts


def _put_listing(parts: Parts, listing: Listing) -> None:
    parts.even = parts.even or listing.even
    for entry in listing.entries:
        named = _leveled(entry) if listing.axis == "difficulty" else entry
        if named.value is None:
            parts.name(named.name)
        else:
            parts.put(named)


def _leveled(entry: Entry) -> Entry:
    return replace(entry, name=DIFFICULTY.meaning(entry.name) or entry.name)


def _put_amount(parts: Parts, amount: Amount) -> None:
    if amount.basis == "each":
        parts.each = whole(amount.value, "the number for each label")
    else:
        parts.put(Entry(amount.name, amount.value, amount.basis))


def label_names(matches: Iterable[Match]) -> list[str]:
    """Return the labels that are named in lists."""
    return [
        entry.name
        for match in matches
        if isinstance(match.reading, Listing) and match.reading.axis == "label"
        for entry in match.reading.entries
    ]


def whole(value: Fraction, what: str) -> int:
    """Return a number of records.

    Raises:
        ConfigError: It is none.
    """
    if value.denominator != 1:
        raise ConfigError(f"{what} must be a whole number, got {float(value):g}")
    if not 1 <= value <= MAX_COUNT:
        raise ConfigError(f"{what} must be between 1 and {MAX_COUNT:,}, got {short(value)}")
    return int(value)


def short(value: Fraction) -> str:
    """Return a whole number for a message."""
    return f"{int(value):,}" if abs(value) < 10**15 else f"{float(value):g}"


def said(entry: Entry) -> str:
    """Return an amount for a message."""
    if entry.basis == "rest":
        return "the rest"
    value = entry.value or Fraction(0)
    return percent(value) if entry.basis == "share" else short(value)


def percent(share: Fraction) -> str:
    """Return a share for a message."""
    return f"{float(share * 100):g}%"
