"""The facts that a text states: quantities with their units, dates, times, identifiers, names."""

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from synth_agent.quality.measures import UNITS
from synth_agent.quality.spelled import spelled
from synth_agent.quality.written import SCALES, VULGAR, read_written

__all__ = ["ORDINALS", "Stated", "stated"]

Value = tuple[str, Fraction | str | int | tuple[int, ...], str]


class Stated(NamedTuple):
    """One fact."""

    value: Value
    """(kind, what, unit); the same for every way of writing it."""
    said: str
    start: int
    end: int


_MONTHS: Final = tuple(
    "jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec".split(",")  # noqa: SIM905  twelve words
)
_MONTH: Final = (
    r"(?P<month{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DATE: Final = re.compile(
    r"\b(?P<iso>\d{4}-\d{2}-\d{2})(?=\b|T)"
    r"|(?<![\d.])(?P<dotted>\d{1,2}\.\d{1,2}\.\d{4})(?!\d)"
    rf"|\b(?P<day1>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? {_MONTH.format(1)}"
    r"(?:,? (?P<year1>\d{4}))?\b"
    rf"|\b{_MONTH.format(2)} (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)"
    r"(?:,? (?P<year2>\d{4}))?\b",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"(?<![\d:])T?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?(?!\d|:\d)"
    r"|(?<![\d:.])(?P<bare>\d{1,2})\s?(?P<part>[ap])\.?m\b\.?|\b(?P<word>noon|midnight)\b",
    re.IGNORECASE,
)
_ORDINAL: Final = re.compile(r"(?<!\w)(\d+)(?:st|nd|rd|th)\b", re.IGNORECASE)
ORDINALS: Final = (
    *("first", "second", "third", "fourth", "fifth", "sixth"),
    *("seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth"),
)
_IDENTIFIER: Final = re.compile(
    r"\b(?:[A-Z]{2,6} \d{3,6}(?:[-:]\d+)*(?![\d.,]*\d)|(?=[\w/-]*[A-Za-z])(?=[\w/-]*\d)"
    r"[A-Za-z]\w*(?:[-/]\w+|\.\d+)*|\d+[A-Z][A-Z\d-]*)\b"
)
_ENUMERATION: Final = re.compile(
    r"^\s*(?:step\s+)?\(?\d{1,2}[.):](?=\s)", re.IGNORECASE | re.MULTILINE
)
_ROW: Final = re.compile(r"^[^,\n]*(?:,(?! )[^,\n]*){3,}$", re.MULTILINE)
"""A line of comma-separated values: four or more, no blank behind a comma."""
_THOUSANDS: Final = re.compile(r"\D*\d{1,3}(?:,\d{3})+\D*")
_NUMBER: Final = re.compile(
    r"(?P<money>[$€£¥₹]\s?)?(?:(?<![\w/.,])(?P<top>\d{1,3})\s?[/\u2044]\s?"
    r"(?P<bottom>\d{1,3})(?![\w/.]*\d)"
    r"|(?<![\w.])(?P<number>\d+(?:[.,'’\u00a0\u202f]\d+)*|\.\d+)(?:\s?(?P<vulgar>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]))?"
    r"|(?P<alone>[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞]))"
    r"(?:\s?(?P<scale>k|hundred|thousand|million|mn|billion|bn)\b)?",
    re.IGNORECASE,
)
_UNIT: Final = re.compile(
    r"[\s\u00a0\u202f-]?((?:deg|degrees?)\s(?:[CF]|celsius|fahrenheit)\b"
    r"|per ?cent\b|[%°$€£¥₹¢](?:\s?[CF]\b)?|[^\W\d_]+)",
    re.IGNORECASE,
)
_DEGREES: Final = re.compile(r"deg(?:rees?)?([cf])\w*")
_SECONDS: Final = {"s": Fraction(1, 60), "min": Fraction(1), "h": Fraction(60)}
_JOIN: Final = re.compile(r",?\s*(?:and\s+)?")


def stated(
    text: str, *, names: tuple[str, ...] = (), units: Mapping[str, str] = UNITS
) -> list[Stated]:
    """Return the facts of a text in order; what one kind has taken no later kind takes again."""
    found: list[Stated] = []
    rest = _ROW.sub(_cells, _ENUMERATION.sub(_blank, text))
    for name in names:
        pattern = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
        found.extend(_at(match, ("name", name.casefold(), "")) for match in pattern.finditer(rest))
        rest = pattern.sub(_blank, rest)
    for pattern, read in (
        (_DATE, _date),
        (_TIME, _time),
        (_ORDINAL, _ordinal),
        (_IDENTIFIER, _name),
    ):
        kept = [_at(match, value) for match in pattern.finditer(rest) if (value := read(match))]
        found.extend(kept)
        for fact in kept:
            rest = rest[: fact.start] + " " * (fact.end - fact.start) + rest[fact.end :]
    found.extend(_durations(list(_numbers(rest, units)), rest))
    return sorted(found, key=lambda fact: fact.start)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _cells(match: re.Match[str]) -> str:
    """Return a row with its cells set apart, so that `60,51,53` is three numbers."""
    return match[0] if _THOUSANDS.fullmatch(match[0]) else match[0].replace(",", ";")


def _at(match: re.Match[str], value: Value) -> Stated:
    return Stated(value, match[0].strip(), match.start(), match.end())


def _date(match: re.Match[str]) -> Value | None:
    if match["iso"]:
        year, month, day = map(int, match["iso"].split("-"))
    elif match["dotted"]:
        day, month, year = map(int, match["dotted"].split("."))
    else:
        name = (match["month1"] or match["month2"])[:3].lower()
        month = _MONTHS.index(name) + 1
        day, year = int(match["day1"] or match["day2"]), int(match["year1"] or match["year2"] or 0)
    return ("date", (year, month, day), "") if 1 <= month <= 12 and 1 <= day <= 31 else None


def _time(match: re.Match[str]) -> Value | None:
    if match["word"]:
        return ("time", 12 * 3600 if match["word"].lower() == "noon" else 0, "")
    hour, minute = int(match["hour"] or match["bare"]), int(match["minute"] or 0)
    half = (match["half"] or match["part"] or "").lower()
    if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return ("time", hour % 24 * 3600 + minute * 60 + int(match["second"] or 0), "")


def _ordinal(match: re.Match[str]) -> Value:
    return ("ordinal", int(match[1]), "")


def _name(match: re.Match[str]) -> Value | None:
    return ("identifier", re.sub(r"[\s-]", "", match[0]).casefold(), "")


def _numbers(text: str, units: Mapping[str, str]) -> Iterator[Stated]:
    taken: list[tuple[int, int]] = []
    for match in _NUMBER.finditer(text):
        value = _value(match)
        if value is None:
            said = match["number"] or match[0]
            yield Stated(("text", said, ""), said, match.start(), match.end())
            continue
        scale = SCALES.get((match["scale"] or "").lower(), 1)
        unit, end = _unit(text, match.end(), units)
        if match["money"]:
            unit, end = units.get(match["money"].strip(), ""), match.end()
        taken.append((match.start(), end))
        said = text[match.start() : end].strip()
        yield Stated(("number", value * scale, unit), said, match.start(), end)
    for number in spelled(text):
        if any(start < number.end and number.start < end for start, end in taken):
            continue
        unit, end = _unit(text, number.end, units)
        said = text[number.start : end]
        yield Stated(("number", number.value, unit), said, number.start, end)


def _value(match: re.Match[str]) -> Fraction | None:
    if match["alone"]:
        return VULGAR[match["alone"]]
    if match["top"]:
        bottom = int(match["bottom"])
        return Fraction(int(match["top"]), bottom) if bottom else None
    written = read_written(match["number"]) or read_written(match["number"], european=True)
    if written is None:
        return Fraction(int(match["number"])) if match["number"].isdecimal() else None
    return written.value + (VULGAR[match["vulgar"]] if match["vulgar"] else 0)


def _unit(text: str, at: int, units: Mapping[str, str]) -> tuple[str, int]:
    match = _UNIT.match(text, at)
    if match is None:
        return "", at
    word = re.sub(r"\s", "", match[1]).lower()
    if degrees := _DEGREES.fullmatch(word):
        word = f"°{degrees[1]}"
    unit = units.get(match[1]) or units.get(word)
    return (unit, match.end()) if unit else ("", at)


def _durations(numbers: list[Stated], text: str) -> Iterator[Stated]:
    """Yield numbers, seconds, minutes and hours as minutes: 1 h 35 min is 95 min is 1.58 h."""
    waiting: Stated | None = None
    for fact in sorted(numbers, key=lambda fact: fact.start):
        kind, amount, unit = fact.value
        if kind != "number" or unit not in _SECONDS or not isinstance(amount, Fraction):
            if waiting:
                yield waiting
            waiting = None
            yield fact
            continue
        whole = Stated(("number", amount * _SECONDS[unit], "min"), *fact[1:])
        if waiting and _JOIN.fullmatch(text, waiting.end, fact.start) and _finer(waiting, unit):
            total = waiting.value[1] + whole.value[1]  # type: ignore[operator]  # both are fractions
            said = text[waiting.start : fact.end]
            whole = Stated(("number", total, "min"), said, waiting.start, fact.end)
        elif waiting:
            yield waiting
        waiting = whole
    if waiting:
        yield waiting


def _finer(before: Stated, unit: str) -> bool:
    """Return whether a duration goes on: hours, then minutes, then seconds."""
    words = re.findall(r"[^\W\d]+", before.said)
    last = UNITS.get(words[-1].lower(), "") if words else ""
    return last in _SECONDS and _SECONDS[unit] < _SECONDS[last]
