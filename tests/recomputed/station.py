"""A station, recomputed: its OEE in a shift, the stops of a shift, the reliability of a station.

Every scene has one reader, which turns any wording of its contexts into a few facts, and one small
function per question, which applies the usual definition to them.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from tests.recomputed.reading import Expected, Recompute, figure, half_up
from tests.recomputed.tables import (
    CODE,
    NUMBER,
    SIZE_IN_A_NAME,
    named,
    next_whole,
    number,
    optional,
    pct,
    rows_of,
    seconds_per_piece,
    stated,
    table,
    whole,
)

__all__ = ["FORMS"]


# --------------------------------------------------------------------------------- OEE of a station
class _Shift(NamedTuple):
    """One station in one shift: minutes, seconds per piece, pieces."""

    planned: float
    run: float
    down: float
    cycle: float
    made: float
    scrap: float
    rework: float

    @property
    def first(self) -> float:
        """Pieces that were right the first time."""
        return self.made - self.scrap - self.rework

    @property
    def availability(self) -> float:
        return self.run / self.planned

    @property
    def ideal(self) -> float:
        return self.made * self.cycle / 60

    @property
    def performance(self) -> float:
        return self.ideal / self.run

    @property
    def quality(self) -> float:
        return self.first / self.made

    @property
    def oee(self) -> float:
        return self.availability * self.performance * self.quality


_OEE_COLUMNS: Final = {
    "planned": "planned[ _]min",
    "down": "down(_min)?",
    "setup": "set-?up(_min)?",
    "upkeep": "pm(_min)?",
    "waiting": "waiting(_min)?",
    "cycle": "ideal(_cycle_s| s/pc)",
    "made": "total( pcs)?",
    "scrap": "scrap",
    "rework": "rework",
}
_IS: Final = rf'(?: \[min\],|":)?:? *\|? *({NUMBER})'
_BEFORE: Final = rf"({NUMBER})(?: min)?(?: for| to)?"
_OEE_WORDS: Final = {
    "planned": (
        rf"plan(?:ned)?(?: production)?(?: time)?(?: for|_min|minutes)?{_IS}",
        rf"({NUMBER}) min planned",
    ),
    "down": (rf"(?:breakdowns?|down(?:time)?){_IS}", rf"{_BEFORE} (?:breakdown|down\b)"),
    "setup": (rf"set-?up{_IS}", rf"{_BEFORE} set-?up"),
    "cycle": (
        rf"({NUMBER}) s ideal",
        r"\b(?:ideal|standard|std)[^\n\d]*(\d+(?:\.\d+)?)",
    ),
    "made": (
        rf"(?:produced|output|counter[a-z -]*|total(?: count)?){_IS}",
        rf"pieces total,({NUMBER})",
        rf"({NUMBER}) (?:pcs|made)",
    ),
    "scrap": (rf"scrap{_IS}", r"scrap,(\d+)", rf"({NUMBER}) (?:went into the )?scrap"),
    "rework": (rf"rework(?:ed)?{_IS}", r"rework,(\d+)", rf"({NUMBER}) (?:to )?(?:the )?rework"),
}
_UPKEEP: Final = (
    rf"(?:maintenance|PM)(?: for)?{_IS}",
    rf"({NUMBER})(?: min)?(?: planned)? (?:maintenance|PM)\b",
)
_WAITING: Final = (
    rf"wait(?:ing|ed)?(?: \(starved/blocked\))?{_IS}",
    rf"{_BEFORE} (?:waiting|starved or blocked)",
)


def _spread(text: str) -> str:
    """Write "| Breakdown / waiting | 6 / 8 min |" as one statement for each name."""
    match = re.search(r"\| (Breakdown / [^|]+?) \| ([\d /]+) min", text)
    if not match:
        return text
    pairs = zip(match[1].split(" / "), match[2].split(" / "), strict=True)
    return "\n".join((*(f"{name}: {value}" for name, value in pairs), text.replace(match[0], "")))


def _oee_facts(context: str) -> dict[str, float]:
    if rows := table(context, _OEE_COLUMNS):
        return {name: number(cell) for name, cell in rows[0].items()}
    text = _spread(SIZE_IN_A_NAME.sub("", context))
    facts = {name: stated(text, *patterns) for name, patterns in _OEE_WORDS.items()}
    waits = [optional(text, rf"\b{state}{_IS}") for state in ("starved", "blocked")]
    facts["upkeep"] = optional(text, *_UPKEEP) or 0.0
    facts["waiting"] = (
        stated(text, *_WAITING) if None in waits else sum(wait or 0.0 for wait in waits)
    )
    return facts


def _station_shift(context: str) -> _Shift:
    f = _oee_facts(context)
    lost = f["down"] + f["setup"] + f["upkeep"] + f["waiting"]
    counts = f["made"], f["scrap"], f["rework"]
    return _Shift(f["planned"], f["planned"] - lost, f["down"], f["cycle"], *counts)


def _availability(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    return Expected((pct(s.availability),), (s.run, s.planned, s.planned - s.run))


def _performance(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    return Expected((pct(s.performance),), (s.ideal, s.run))


def _quality_rate(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    return Expected((pct(s.quality),), (s.first, s.made, s.scrap, s.rework))


def _factors(s: _Shift) -> dict[str, float]:
    return {
        "availability": pct(s.availability),
        "performance": pct(s.performance),
        "quality": pct(s.quality),
    }


def _oee(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    factors = tuple(_factors(s).values())
    wants_all = re.search("three factors|availability", asked)
    return Expected((pct(s.oee), *(factors if wants_all else ())), factors)


def _largest_loss(asked: str, context: str) -> Expected:
    factors = _factors(_station_shift(context))
    worst = min(factors, key=lambda name: factors[name])
    return Expected((factors[worst],), tuple(factors.values()), named(worst))


def _speed_loss(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    return Expected((s.run - s.ideal,), (s.ideal, s.run))


def _half_the_breakdowns(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    better = s.run + s.down / 2
    oee = better / s.planned * s.performance * s.quality
    return Expected((pct(oee),), (pct(s.oee), s.run, better, pct(better, s.planned)))


def _parts_for_target(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    target = figure(r"(\d+) %", asked)
    need = next_whole(target * s.planned * 60 / s.cycle / 100)
    if need > s.first:
        return Expected((need, need - s.first), (s.first,))
    return Expected((need,), (s.first,), r"\bmet\b|\bmeet\b")


# --------------------------------------------------------------------------------- stops of a shift
class _Stop(NamedTuple):
    station: str
    minutes: int
    category: str
    cause: str


_STOP_COLUMNS: Final = {
    "station": "station|stn|asset|unit",
    "minutes": "min|minutes|duration_min|downtime_min",
    "category": "type|class|category|failure_class",
    "cause": "cause|reason|text|comment",
}
_AT: Final = f"(?P<station>{CODE})"
_WHY: Final = "(?P<cause>.+)"
_KIND: Final = r"(?P<category>\w+)"
_LONG: Final = r"(?P<minutes>\d+)"
_STOP_LINES: Final = (
    rf"^- \d\d:\d\d {_AT}: {_WHY} \({_KIND}\), {_LONG} min",
    rf"^\d\d:\d\d  {_LONG}'  {_AT} .+? - {_WHY} / {_KIND} / ",
    rf"{_AT} up again\. {_WHY}, (?:lost|cost us|down|total) {_LONG} min.* booked as {_KIND}",
    rf"\d\) {_AT}, {_LONG} min, {_WHY} -> {_KIND}",
    rf"^\* {_AT} \| {_WHY} \| {_LONG} min \| {_KIND}",
)


def _stops(context: str) -> list[_Stop]:
    rows = rows_of(context, _STOP_COLUMNS) or [
        match.groupdict()
        for pattern in _STOP_LINES
        for match in re.finditer(pattern, context, re.MULTILINE)
    ]
    return [
        _Stop(row["station"], int(row["minutes"]), row["category"].lower(), row["cause"])
        for row in rows
        if row["minutes"].isdigit()
    ]


def _minutes(stops: Iterable[_Stop]) -> int:
    return sum(stop.minutes for stop in stops)


def _grouped(stops: list[_Stop], key: Callable[[_Stop], str]) -> list[tuple[str, int]]:
    """Return the minutes by group, the largest first."""
    sums: Counter[str] = Counter()
    for stop in stops:
        sums[key(stop)] += stop.minutes
    return sums.most_common()


def _pareto(stops: list[_Stop]) -> list[tuple[str, int]]:
    return _grouped(stops, lambda stop: stop.category)


def _longest(stops: list[_Stop]) -> _Stop:
    return max(stops, key=lambda stop: stop.minutes)


def _total_downtime(asked: str, context: str) -> Expected:
    stops = _stops(context)
    total, count = _minutes(stops), len(stops)
    wants_count = re.search("how many events|number of stops", asked)
    may = (count, total // 60, total % 60)
    return Expected((total, count) if wants_count else (total,), may)


def _longest_stop(asked: str, context: str) -> Expected:
    stops = _stops(context)
    longest = _longest(stops)
    share = pct(longest.minutes, _minutes(stops))
    either = f"{longest.station}\\b.*{re.escape(longest.cause)}"
    other = f"{re.escape(longest.cause)}.*\\b{longest.station}"
    return Expected((longest.minutes,), (share,), f"{either}|{other}")


def _pareto_top(asked: str, context: str) -> Expected:
    stops = _stops(context)
    bars, total = _pareto(stops), _minutes(stops)
    name, minutes = bars[0]
    count = sum(stop.category == name for stop in stops)
    may = (*(bar for _, bar in bars), total, count)
    return Expected((minutes, pct(minutes, total)), may, named(name))


def _pareto_two(asked: str, context: str) -> Expected:
    stops = _stops(context)
    (one, most), (two, second), *_ = _pareto(stops)
    total = _minutes(stops)
    share = pct(most + second, total)
    names = f"{named(one)}.*{named(two)}"
    return Expected((share,), (most, second, most + second, total), names)


def _worst_station(asked: str, context: str) -> Expected:
    stops = _stops(context)
    (name, minutes), *_ = _grouped(stops, lambda stop: stop.station)
    total, count = _minutes(stops), sum(stop.station == name for stop in stops)
    return Expected((minutes, pct(minutes, total)), (total, count), named(name))


def _mttr_of_shift(asked: str, context: str) -> Expected:
    stops = _stops(context)
    return Expected((_minutes(stops) / len(stops),), (_minutes(stops), len(stops)))


def _lost_to_the_longest(asked: str, context: str) -> Expected:
    longest = _longest(_stops(context)).minutes
    margin = figure(rf"[€$£]({NUMBER})", asked)
    parts = whole(longest * 60 / seconds_per_piece(context))
    return Expected((parts, parts * margin), (longest,))


def _long_stops(asked: str, context: str) -> Expected:
    stops = _stops(context)
    limit = figure(r"(\d+) min", asked)
    long = [stop for stop in stops if stop.minutes > limit]
    minutes, total = _minutes(long), _minutes(stops)
    must = (len(long), pct(minutes, total))
    may = (minutes, total, len(stops))
    return Expected((*must, minutes) if "minutes together" in asked else must, may)


# ------------------------------------------------------------------------- reliability of a station
class _History(NamedTuple):
    """Operating minutes of a station and the minutes of each of its repairs."""

    operating: float
    repairs: list[float]

    @property
    def down(self) -> float:
        return sum(self.repairs)

    @property
    def mtbf(self) -> float:
        return self.operating / len(self.repairs)

    @property
    def mttr(self) -> float:
        return self.down / len(self.repairs)

    def availability(self, repair: float = 1.0) -> float:
        """Return the inherent availability in per cent, with repairs of a share of the length."""
        return pct(self.mtbf, self.mtbf + self.mttr * repair)


_OPERATING: Final = (
    rf"({NUMBER}) (?:min of operation|min in operation|operating minutes)",
    rf"It ran ({NUMBER}) minutes",
    rf'operating_min(?:utes)?"?: ({NUMBER})',
    r"operating minutes \S+ to \S+: (\d+)",
    r"operating min;(\d+)",
)
_REPAIR_LIST: Final = re.compile(r"repairs? (?:took|times) ([\d ,/and]+) min", re.IGNORECASE)
_REPAIR: Final = re.compile(
    r'"repair_min": (\d+)|\bminutes: (\d+)|\. Down (\d+) min|, (\d+) min$', re.MULTILINE
)


def _repairs(context: str) -> list[float]:
    if rows := table(
        context, {"minutes": "down min|repair_min|downtime_min", "why": "finding|cause"}
    ):
        return [float(row["minutes"]) for row in rows]
    if together := _REPAIR_LIST.search(context):
        return [float(minutes) for minutes in re.findall(r"\d+", together[1])]
    return [float("".join(match)) for match in _REPAIR.findall(context)]


def _history(context: str) -> _History:
    return _History(stated(context, *_OPERATING), _repairs(context))


def _mtbf(asked: str, context: str) -> Expected:
    h = _history(context)
    return Expected((h.mtbf,), (len(h.repairs),))


def _mttr(asked: str, context: str) -> Expected:
    h = _history(context)
    return Expected((h.mttr,), (h.down, len(h.repairs)))


def _inherent(asked: str, context: str) -> Expected:
    h = _history(context)
    return Expected((h.availability(),), (h.mtbf, h.mttr))


def _failure_rate(asked: str, context: str) -> Expected:
    h = _history(context)
    return Expected((1000 * 60 / h.mtbf,), (len(h.repairs),))


def _expected_failures(asked: str, context: str) -> Expected:
    h = _history(context)
    hours = figure(r"(\d+) (?:h\b|operating hours)", asked)
    return Expected((hours * 60 / h.mtbf,), (len(h.repairs), h.mtbf))


def _shorter_repairs(asked: str, context: str) -> Expected:
    h = _history(context)
    left = 1 - figure(r"(\d+) %", asked) / 100
    now, then = h.availability(), h.availability(left)
    points = half_up(then, 1) - half_up(now, 1)
    return Expected((then, now, points), (h.mttr, h.mttr * left))


def _preventive(asked: str, context: str) -> Expected:
    h = _history(context)
    spent = figure(r"(\d+) min", asked) * figure(r"(\d+) shifts", asked)
    saved = h.down * figure(r"(\d+) %", asked) / 100
    verdict = r"^yes|(?<!not )worth it" if saved > spent else r"^no\b|not worth it"
    return Expected((saved, spent), (saved - spent,), verdict)


FORMS: Final[dict[str, Recompute]] = {
    "station_oee/availability": _availability,
    "station_oee/performance": _performance,
    "station_oee/quality_rate": _quality_rate,
    "station_oee/oee": _oee,
    "station_oee/largest_loss": _largest_loss,
    "station_oee/speed_loss_minutes": _speed_loss,
    "station_oee/oee_if_breakdowns_halved": _half_the_breakdowns,
    "station_oee/parts_for_target": _parts_for_target,
    "downtime_log/total_downtime": _total_downtime,
    "downtime_log/longest_stop": _longest_stop,
    "downtime_log/pareto_top": _pareto_top,
    "downtime_log/pareto_cumulative": _pareto_two,
    "downtime_log/worst_station": _worst_station,
    "downtime_log/mttr_shift": _mttr_of_shift,
    "downtime_log/parts_lost_longest": _lost_to_the_longest,
    "downtime_log/long_stops": _long_stops,
    "reliability/mtbf": _mtbf,
    "reliability/mttr": _mttr,
    "reliability/inherent_availability": _inherent,
    "reliability/failure_rate": _failure_rate,
    "reliability/expected_failures": _expected_failures,
    "reliability/shorter_repairs": _shorter_repairs,
    "reliability/preventive_choice": _preventive,
}
