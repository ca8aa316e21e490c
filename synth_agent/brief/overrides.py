"""Flags beat the brief: values given beside it, laid over what was read."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from synth_agent.brief.languages import language_tag
from synth_agent.brief.lexicon import DIFFICULTY, SPLITS
from synth_agent.brief.problems import build_spec, refuse_unknown
from synth_agent.brief.shares import apportion, even
from synth_agent.errors import ConfigError
from synth_agent.schemas import DIFFICULTIES, DatasetSpec

__all__ = ["given", "lay_over", "override", "quotas_from", "shares_from"]

_QUOTAS: Final = ("labels", "difficulty")
_BALANCED: Final = "balanced"


def given(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the overrides that are not None.

    Raises:
        ConfigError: One that no spec has.
    """
    refuse_unknown(overrides)
    return {name: value for name, value in overrides.items() if value is not None}


def override(spec: DatasetSpec, **overrides: Any) -> DatasetSpec:
    """Return the spec with values in place of its own; a new count rescales its quotas.

    Raises:
        ConfigError: A name that no spec has, or a value that does not fit.
    """
    changes = given(overrides)
    return build_spec(lay_over(spec.model_dump(), changes)) if changes else spec


def lay_over(values: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with the overrides in their place.

    A new count rescales the quotas that were read, in proportion; quotas that are given with it
    stand as given. Quotas given without a count define it when they are plain numbers.
    """
    merged = {**values, **overrides}
    for name in _QUOTAS:
        if "count" not in overrides and _plain(overrides.get(name)):
            merged["count"] = sum(overrides[name].values())
    for name in _QUOTAS:
        merged[name] = _quotas(name, merged, given_now=name in overrides)
    for name, convert in _CONVERTED.items():
        if name in overrides:
            merged[name] = convert(overrides[name])
    return merged


def _quotas(name: str, merged: Mapping[str, Any], *, given_now: bool) -> Any:
    count, quotas = merged.get("count"), merged.get(name, {})
    if given_now:
        return quotas_from(name, quotas, count)
    if quotas and _is_count(count) and sum(quotas.values()) > 0:
        return apportion(int(str(count)), quotas)
    return quotas


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _plain(value: object) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(_is_count(n) for n in value.values())


def _language(value: object) -> object:
    return (language_tag(value) or value) if isinstance(value, str) else value


def _names(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def quotas_from(name: str, value: Any, count: Any) -> Any:
    """Return quotas as whole numbers, from numbers, shares, or names to split evenly between.

    What is neither is returned as it came, for the schema to refuse.

    Raises:
        ConfigError: Shares that do not add up to 1, or without a count.
    """
    if value == _BALANCED:
        if name == "labels":
            raise ConfigError("labels: 'balanced' needs names; write them as a list")
        value = DIFFICULTIES
    if isinstance(value, Sequence) and not isinstance(value, str):
        names = tuple(str(part) for part in value)
        return (
            apportion(count, even(names)) if names and _is_count(count) else dict.fromkeys(names, 0)
        )
    if not isinstance(value, Mapping) or not value:
        return value
    if name == "difficulty":
        value = {DIFFICULTY.meaning(str(key)) or key: part for key, part in value.items()}
    shares = {str(key): _share(part) for key, part in value.items()}
    if not any(share is not None for share in shares.values()):
        return dict(value)
    return _apportioned(name, shares, count)


def _share(value: object) -> Fraction | None:
    """Return the share that "70%" or 0.7 means; None for a plain number."""
    if isinstance(value, float) and 0 <= value <= 1:
        return Fraction(str(value))
    if isinstance(value, str) and value.strip().endswith("%"):
        try:
            return Fraction(value.strip().removesuffix("%").strip()) / 100
        except (ValueError, ZeroDivisionError):
            return None
    return None


def _apportioned(name: str, shares: Mapping[str, Fraction | None], count: Any) -> dict[str, int]:
    known = {key: share for key, share in shares.items() if share is not None}
    total = sum(known.values(), Fraction(0))
    if len(known) < len(shares):
        raise ConfigError(f"{name}: expected numbers for all or shares for all, got a mixture")
    if abs(total - 1) > Fraction(1, 100) or min(known.values()) < 0:
        raise ConfigError(f"{name}: the shares add up to {float(total):g}, expected 1")
    if not _is_count(count):
        raise ConfigError(f"{name}: shares need a count of 1 or more")
    return apportion(count, known)


def shares_from(value: Any) -> Any:
    """Return the shares of a split, from "train=0.8,test=0.2" or a mapping; "80%" is 0.8.

    Raises:
        ConfigError: A part that is neither.
    """
    if isinstance(value, str):
        parts = [part.partition("=") for part in value.split(",") if part.strip()]
        value = {name.strip(): share.strip() for name, _, share in parts}
    if not isinstance(value, Mapping):
        return value
    return {
        SPLITS.meaning(str(key)) or str(key): _split_share(key, part) for key, part in value.items()
    }


def _split_share(name: object, value: object) -> float:
    text = str(value).strip()
    try:
        share = Fraction(text.removesuffix("%").strip())
    except (ValueError, ZeroDivisionError) as error:
        raise ConfigError(
            f"split: expected a share for {name!r} such as 0.8, got {value!r}"
        ) from error
    return float(share / 100 if text.endswith("%") else share)


_CONVERTED: Final[Mapping[str, Callable[[Any], Any]]] = {
    "fields": _names,
    "topics": _names,
    "split": shares_from,
    "language": _language,
}
"""Overrides that may be written as a flag writes them."""
