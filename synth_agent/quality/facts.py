"""Did a rewriting keep the facts? What was lost, and which numbers are new.

The same fact is: 1,250 and 1250; three and 3; half, 0.5, 1/2 and 50 %; 50 % and 50 percent; 06:30
and 6:30 am; 2025-03-14 and 14 March 2025; 95 min and 1 h 35 min; kg and kilograms. A number without
a unit may gain one, "412 parts" may become 412, but never 412 kg. Signs are left to the words.

Limits: English words. Names are those given, and words in capitals inside sentences where few are
(not in German, not in headings).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Final

from synth_agent.quality.measures import DIMENSIONS, UNITS
from synth_agent.quality.stated import ORDINALS, Stated, stated

__all__ = ["added_numbers", "lost_facts"]

_INSIDE: Final = re.compile(r"(?<=[a-z,;] )([A-Z][a-zà-ÿ]{2,}(?:[ -][A-Z][a-zà-ÿ]{2,})*)(?![\w])")
_LOWER: Final = re.compile(r"(?<=[a-z,;] )[a-z]{3,}")
_MOST_NAMES: Final = 0.25
"""With more words in capitals than this inside sentences, capitals do not mean names."""
_TIME_SAID: Final = re.compile(r"(\d+(?:\.\d+)?)[\s-]?[^\W\d]+")
_LOOSE: Final = frozenset({"", "pcs", "pair", "dozen"})
"""Units that a rewriting may leave out or say in another word."""


def lost_facts(
    original: str,
    rewritten: str,
    *,
    names: Sequence[str] = (),
    units: Mapping[str, str] = UNITS,
) -> list[str]:
    """Return what the original states and the rewriting does not, as written, without repeats.

    Args:
        original: The text whose facts must survive.
        rewritten: The text to hold against it.
        names: Proper names to look for besides those that are recognised.
        units: Name in lower case -> the unit's one name.
    """
    known = (*names, *_names(original, names))
    kept = stated(rewritten, names=known, units=units)
    values, folded = {fact.value for fact in kept}, _bare(rewritten)
    shared = _shared_units(rewritten, kept) | {("number", raw, "") for raw in map(_raw, kept)}
    lost = {
        fact.said: None
        for fact in stated(original, names=known, units=units)
        if not _survives(fact, values | shared, folded)
    }
    return list(lost)


def added_numbers(original: str, rewritten: str, *, units: Mapping[str, str] = UNITS) -> list[str]:
    """Return the numbers of a rewriting that the original does not state, as written.

    Dates, times and ordinals count as numbers, digits of identifiers do not. A number without a
    unit may come from any part of a date.
    """
    known = stated(original, units=units)
    values = {fact.value for fact in known} | _shared_units(original, known)
    folded = _bare(original)
    new = {
        fact.said: None
        for fact in stated(rewritten, units=units)
        if fact.value[0] not in {"identifier", "name"} and not _came(fact, values, folded)
    }
    return list(new)


def _raw(fact: Stated) -> Fraction | None:
    """Return the number of a time as it is written: 9 of "9 s", which is known as 0.15 min."""
    found = _TIME_SAID.fullmatch(fact.said) if fact.value[2] == "min" else None
    return Fraction(found[1]) if found else None


def _survives(fact: Stated, values: Collection[tuple[object, ...]], text: str) -> bool:
    kind, what, unit = fact.value
    if fact.value in values:
        return True
    if kind == "number":
        return any(
            isinstance(v[1], Fraction) and _same_number(what, unit, v[1], str(v[2]))
            for v in values
            if v[0] == "number"
        )
    if kind == "date":
        return _same_date(what, values)
    if kind == "ordinal" and isinstance(what, int):
        return 0 < what <= len(ORDINALS) and ORDINALS[what - 1] in text
    if kind == "identifier":
        return _bare_code(str(what)) in _bare_code(text)
    return kind in {"name", "text"} and _bare(fact.said) in text


def _same_number(what: object, unit: str, value: Fraction, other: str) -> bool:
    """Return whether the original's number is the other: its unit may be added, not changed."""
    if not isinstance(what, Fraction):
        return False
    if what == value:
        return unit in _LOOSE and (
            other in _LOOSE or unit == "" or DIMENSIONS.get(other) == "count"
        )
    share = value / 100 if other == "%" else value
    mine = what / 100 if unit == "%" else what
    half = "%" in {unit, other} and {unit, other} <= {"%", ""}
    return half and mine == share


def _came(fact: Stated, values: Collection[tuple[object, ...]], text: str) -> bool:
    kind, what, unit = fact.value
    if fact.value in values or ("number", _raw(fact), "") in values:
        return True
    if kind == "number" and isinstance(what, Fraction):
        return any(
            isinstance(v[1], Fraction)
            and (_same_number(v[1], str(v[2]), what, unit) or (v[1] == what and unit in _LOOSE))
            for v in values
            if v[0] == "number"
        ) or (unit in _LOOSE and _part_of_date(what, values))
    if kind == "date":
        return _same_date(what, values)
    if kind == "ordinal" and isinstance(what, int):
        spelt = 0 < what <= len(ORDINALS) and ORDINALS[what - 1] in text
        return spelt or ("number", Fraction(what), "") in values
    return _bare(fact.said) in text


def _same_date(what: object, values: Collection[tuple[object, ...]]) -> bool:
    """Return whether a date is there, the year of one of the two left out or not."""
    return isinstance(what, tuple) and any(
        v[0] == "date"
        and isinstance(v[1], tuple)
        and v[1][1:] == what[1:]
        and (v[1][0] == what[0] or not v[1][0] * what[0])
        for v in values
    )


def _part_of_date(what: Fraction, values: Collection[tuple[object, ...]]) -> bool:
    return any(v[0] == "date" and isinstance(v[1], tuple) and what in v[1] for v in values)


def _shared_units(text: str, facts: Sequence[Stated]) -> set[tuple[object, ...]]:
    """Return the numbers of "5 to 7 kg" and "5, 6 and 7 kg" with the unit that stands last."""
    found: set[tuple[object, ...]] = set()
    unit, start = "", -1
    for fact in reversed(facts):
        kind, what, own = fact.value
        near = re.fullmatch(r"\s*(?:,|to|and|or|-|–|,\s*and)\s*", text[fact.end : start] or "?")
        unit = own or (unit if start >= 0 and near else "")
        start = fact.start
        if kind == "number" and not own and unit:
            minutes = {"min": 1}.get(unit, 1)
            found.add((kind, what * minutes if isinstance(what, Fraction) else what, unit))
    return found


def _names(text: str, given: Sequence[str]) -> list[str]:
    """Return the words in capitals inside sentences that never stand there in small letters."""
    capital, small = _INSIDE.findall(text), _LOWER.findall(text)
    if len(capital) > max(3, _MOST_NAMES * (len(capital) + len(small))):
        return []
    common = {word.casefold() for word in small}
    known = {name.casefold() for name in given}
    return [name for name in dict.fromkeys(capital) if name.casefold() not in common | known]


def _bare(text: str) -> str:
    return " ".join(text.casefold().split())


def _bare_code(text: str) -> str:
    return re.sub(r"[\s-]", "", text.casefold())
