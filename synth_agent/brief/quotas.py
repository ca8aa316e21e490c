"""How many of each label and difficulty: what is said about them made whole numbers that add up."""

from collections.abc import Collection, Mapping
from fractions import Fraction

from synth_agent.brief.lexicon import LABEL_SETS
from synth_agent.brief.parts import Parts, percent, said, whole
from synth_agent.brief.readings import Basis, Entry, Ratio
from synth_agent.brief.shares import apportion, even
from synth_agent.brief.tokens import normal
from synth_agent.errors import ConfigError
from synth_agent.schemas import DIFFICULTIES, MAX_COUNT

__all__ = ["settle"]


def settle(
    parts: Parts, total: int | None, known: Mapping[str, tuple[str, ...]] | None = None
) -> dict[str, int]:
    """Return whole numbers for every name, adding up to the total, or to themselves without one.

    What amounts leave over goes to the names without one, else to those of a well-known set.

    Args:
        known: Labels that may be meant, with their other names.

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
    open_names = _open(parts, left, known or {})
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
    if sum(shares) > 1 and not _whole(shares):
        listed = " + ".join(percent(share) for share in shares)
        whole_share = f" = {percent(sum(shares, Fraction(0)))}" if len(shares) > 1 else ""
        raise ConfigError(f"{listed}{whole_share} of the {parts.what} is more than 100%")


def _whole(shares: Collection[Fraction]) -> bool:
    """Whether shares are meant to be everything: 33% three times is."""
    slack = Fraction(1, 50) if len(shares) > 2 else Fraction(0)
    return abs(sum(shares, Fraction(0)) - 1) <= slack


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
        complete = _whole(shares.values()) and not counts
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


def _open(parts: Parts, left: int, known: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the names that what is left goes to."""
    rest = [parts.names[key] for key, entry in parts.amounts.items() if entry.basis == "rest"]
    if rest:
        return rest
    unnamed = [name for key, name in parts.names.items() if key not in parts.amounts]
    if unnamed or left <= 0:
        return unnamed
    if parts.what.endswith("difficulty"):
        return [level for level in DIFFICULTIES if level not in parts.amounts]
    usual = (dict.fromkeys(labels[:2], ()) for labels in LABEL_SETS)
    return next((rest for labels in (known, *usual) if (rest := _others(parts, labels))), [])


def _others(parts: Parts, labels: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the labels of a set without an amount; none if an amount is of no label of it."""
    given = {_spaced(name) for name in parts.amounts}
    forms = {name: {_spaced(form) for form in (name, *also)} for name, also in labels.items()}
    if not given <= set().union(*forms.values()):
        return []
    return [name for name, own in forms.items() if not own & given]


def _spaced(name: str) -> str:
    return normal(name).replace("_", " ")


def _mismatch(parts: Parts, counts: dict[str, int], total: int) -> str:
    shares = [e for e in parts.amounts.values() if e.basis == "share" and e.value is not None]
    if len(shares) == len(parts.amounts):
        listed = " + ".join(said(entry) for entry in shares)
        share = f" = {percent(_sum(parts, 'share'))}" if len(shares) > 1 else ""
        return f"{listed}{share} of the {parts.what} is not 100%; say what the rest is"
    listed = " + ".join(str(n) for n in counts.values())
    made = f" = {sum(counts.values())}" if len(counts) > 1 else ""
    return f"{listed}{made} {parts.what}, but {total} were asked for"
