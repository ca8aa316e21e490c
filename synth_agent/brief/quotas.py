"""How many records in all, of each label and of each difficulty: amounts made whole numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Final

from synth_agent.brief.lexicon import DIFFICULTY, LABEL_SETS, SPLITS
from synth_agent.brief.readings import Amount, Axis, Basis, Entry, Listing, Match, Ratio
from synth_agent.brief.shares import apportion, even
from synth_agent.brief.tokens import normal
from synth_agent.errors import ConfigError
from synth_agent.schemas import DIFFICULTIES, MAX_COUNT

__all__ = [
    "Parts",
    "Total",
    "label_names",
    "parts_of",
    "settle",
    "split_of",
    "total_of",
    "whole",
]


_PLAIN: Final = 2  # rank of "500 questions"; "the number of questions is 500" says no more


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
                f"{self.names[key]!r} is asked for twice: {_said(before)} and {_said(entry)}"
            )


@dataclass(frozen=True, slots=True)
class Total:
    """The number of records that is named, and the matches that name it."""

    count: int | None
    matches: frozenset[Match] = frozenset()


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
        raise ConfigError(f"{what} must be between 1 and {MAX_COUNT:,}, got {_short(value)}")
    return int(value)


def _short(value: Fraction) -> str:
    return f"{int(value):,}" if abs(value) < 10**15 else f"{float(value):g}"


def total_of(matches: Sequence[Match]) -> Total:
    """Return the total that is named most plainly.

    Where a number is the sum of the others they are its parts, not totals of their own.

    Raises:
        ConfigError: Two different totals, or one that is out of range.
    """
    named = [m for m in matches if _names_total(m.reading)]
    if not named:
        return Total(None)
    strength = min(max(_amount(m).noun for m in named), _PLAIN)
    strongest = [m for m in named if _amount(m).noun >= strength]
    values = list(dict.fromkeys(_amount(m).value for m in strongest))
    if len(values) > 1:
        biggest = max(values)
        if sum(_amount(m).value for m in strongest) != 2 * biggest:
            said = " and ".join(_short(value) for value in values[:2])
            raise ConfigError(f"two different totals: {said} records; name one")
        strongest = [m for m in strongest if _amount(m).value == biggest]
        values = [biggest]
    return Total(whole(values[0], "the number of records"), frozenset(strongest))


def _names_total(reading: object) -> bool:
    return isinstance(reading, Amount) and reading.basis == "count" and reading.axis == "record"


def _amount(match: Match) -> Amount:
    assert isinstance(match.reading, Amount)
    return match.reading


def settle(parts: Parts, total: int | None, known: Sequence[str] = ()) -> dict[str, int]:
    """Return whole numbers for every name, adding up to the total, or to themselves without one.

    What amounts leave over goes to the names without one, else to those of a well-known set.

    Raises:
        ConfigError: They do not add up.
    """
    if parts.each is not None:
        return _each(parts, total)
    if parts.ratio is not None:
        return _by_ratio(parts, parts.ratio, total)
    if not parts.amounts and parts.what.endswith("difficulty") and parts.even:
        parts.names = parts.names or {level: level for level in DIFFICULTIES}
    if not parts.amounts:
        return apportion(total, even(tuple(parts.names.values()))) if total and parts.names else {}
    _check_shares(parts)
    if total is None:
        total = _own_total(parts)
    counts = _counted(parts, total)
    left = total - sum(counts.values())
    open_names = _open(parts, left, known)
    if left < 0 or (left > 0 and not open_names):
        raise ConfigError(_mismatch(parts, counts, total))
    if open_names:
        counts |= apportion(left, even(tuple(open_names)))
    return {name: counts[name] for name in (*parts.names.values(), *open_names) if name in counts}


def _each(parts: Parts, total: int | None) -> dict[str, int]:
    each = parts.each or 0
    counts = dict.fromkeys(parts.names.values(), each)
    if not counts:
        raise ConfigError(f"{each} of each label were asked for, but no labels; name them")
    if total is not None and total != sum(counts.values()):
        raise ConfigError(
            f"{len(counts)} labels with {each} each make {sum(counts.values())} records, "
            f"but {total} were asked for"
        )
    return counts


def _by_ratio(parts: Parts, ratio: Ratio, total: int | None) -> dict[str, int]:
    many, few = parts.names[normal(ratio.many)], parts.names[normal(ratio.few)]
    shares = {many: ratio.times, few: Fraction(1)}
    return apportion(total, shares) if total else {}


def _check_shares(parts: Parts) -> None:
    shares = [e.value for e in parts.amounts.values() if e.basis == "share" and e.value is not None]
    if sum(shares) > 1 and not _nearly(sum(shares, Fraction(0))):
        said = " + ".join(_percent(share) for share in shares)
        whole_share = f" = {_percent(sum(shares, Fraction(0)))}" if len(shares) > 1 else ""
        raise ConfigError(f"{said}{whole_share} of the {parts.what} is more than 100%")


def _nearly(share: Fraction) -> bool:
    return abs(share - 1) <= Fraction(1, 50)


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):g}%"


def _own_total(parts: Parts) -> int:
    by_basis = {basis: _sum(parts, basis) for basis in ("count", "share")}
    if any(entry.basis == "rest" for entry in parts.amounts.values()):
        raise ConfigError("the rest of how many? name the number of records")
    left = 1 - by_basis["share"]
    total = by_basis["count"] / left if left > 0 else by_basis["count"]
    return whole(Fraction(round(total)), f"the number of {parts.what}")


def _sum(parts: Parts, basis: Basis | str) -> Fraction:
    return sum(
        (e.value or Fraction(0) for e in parts.amounts.values() if e.basis == basis), Fraction(0)
    )


def _counted(parts: Parts, total: int) -> dict[str, int]:
    """Return the numbers of the names that have one; shares are rounded so that they add up."""
    counts = {
        parts.names[key]: _quota(entry)
        for key, entry in parts.amounts.items()
        if entry.basis == "count"
    }
    shares = {
        parts.names[key]: entry.value or Fraction(0)
        for key, entry in parts.amounts.items()
        if entry.basis == "share"
    }
    share = sum(shares.values(), Fraction(0))
    if shares and share > 0:
        complete = _nearly(share) and not counts
        counts |= apportion(total if complete else round(total * share), shares)
    return counts


def _quota(entry: Entry) -> int:
    value = entry.value or Fraction(0)
    if value.denominator != 1 or not 0 <= value <= MAX_COUNT:
        raise ConfigError(
            f"the number of {entry.name!r} must be a whole number between 0 and {MAX_COUNT:,}, "
            f"got {float(value):g}"
        )
    return int(value)


def _open(parts: Parts, left: int, known: Sequence[str]) -> list[str]:
    """Return the names that what is left goes to."""
    rest = [parts.names[key] for key, entry in parts.amounts.items() if entry.basis == "rest"]
    if rest:
        return rest
    unnamed = [name for key, name in parts.names.items() if key not in parts.amounts]
    if unnamed or left <= 0:
        return unnamed
    if parts.what.endswith("difficulty"):
        return [level for level in DIFFICULTIES if level not in parts.amounts]
    given = set(parts.amounts)
    for pair in (tuple(known), *(names[:2] for names in LABEL_SETS)):
        if given < {normal(name) for name in pair}:
            return [name for name in pair if normal(name) not in given]
    return []


def _mismatch(parts: Parts, counts: dict[str, int], total: int) -> str:
    shares = [e for e in parts.amounts.values() if e.basis == "share" and e.value is not None]
    if len(shares) == len(parts.amounts):
        said = " + ".join(_said(entry) for entry in shares)
        sum_said = f" = {_percent(_sum(parts, 'share'))}" if len(shares) > 1 else ""
        return f"{said}{sum_said} of the {parts.what} is not 100%; say what the rest is"
    said = " + ".join(str(n) for n in counts.values())
    sum_said = f"{said} = {sum(counts.values())}" if len(counts) > 1 else said
    return f"{sum_said} {parts.what}, but {total} were asked for"


def _said(entry: Entry) -> str:
    if entry.basis == "rest":
        return "the rest"
    value = entry.value or Fraction(0)
    return _percent(value) if entry.basis == "share" else _short(value)


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
