"""The line in the shift, recomputed: OEE, stops, reliability, flow, balance, yield, three shifts.

Every scene has one reader, which turns any wording of its contexts into a few facts, and one small
function per question, which applies the usual definition to them.
"""

import csv
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from itertools import chain
from typing import Final, NamedTuple

from tests.recomputed.reading import Expected, Recompute, figure, half_up

__all__ = ["FORMS"]

_CODE: Final = r"\b(?:ST|OP|M|S)\d{1,3}\b"
_NUMBER: Final = r"\d[\d,]*(?:\.\d+)?"
_SIZE_IN_A_NAME: Final = re.compile(
    r"\b\d+(?:-(?:axis|zone)\b| t\b|[KD]\b| m?g\b(?: \d+s\b)?)"  # 5-axis mill, press 250 t, 400 mg 20s
)


# -------------------------------------------------------------------------------- reading in general
def _number(written: str) -> float:
    return float(re.sub(r"[^\d.]", "", written))


def _optional(text: str, *patterns: str) -> float | None:
    """Return the figure in the first group of the first pattern that the text has."""
    matches = (re.search(pattern, text, re.IGNORECASE) for pattern in patterns)
    return next((_number(match[1]) for match in matches if match), None)


def _stated(text: str, *patterns: str) -> float:
    found = _optional(text, *patterns)
    assert found is not None, f"none of {patterns} in {text!r}"
    return found


def _cells(line: str, separator: str) -> list[str]:
    if separator == "|":
        return [cell.strip() for cell in line.strip().strip("|").split("|")]
    if separator == " ":
        return re.split(r"\s{2,}", line.strip())
    return next(csv.reader([line], delimiter=separator), [])


def _columns(head: list[str], wanted: Mapping[str, str]) -> dict[str, int]:
    """Return where the wanted columns are, if all of them are there."""
    found = {
        name: at
        for name, pattern in wanted.items()
        for at, cell in enumerate(head)
        if re.fullmatch(pattern, cell, re.IGNORECASE)
    }
    return found if len(found) == len(wanted) else {}


def _table(text: str, wanted: Mapping[str, str]) -> list[dict[str, str]]:
    """Read the rows under the header that has all wanted columns: pipes, gaps or separators."""
    for separator in "| ;,":
        lines = [_cells(line, separator) for line in text.splitlines()]
        for at, head in enumerate(lines):
            if columns := _columns(head, wanted):
                rows = (row for row in lines[at + 1 :] if len(row) == len(head))
                named = ({name: row[i] for name, i in columns.items()} for row in rows)
                return [
                    row for row in named if not all(re.fullmatch("-+", v) for v in row.values())
                ]
    return []


def _objects(text: str, wanted: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Read the innermost JSON objects that have all wanted keys."""
    for written in re.findall(r'\{"[^{}]*\}', text):
        entry = {key: str(value) for key, value in json.loads(written).items()}
        keys = list(entry)
        if columns := _columns(keys, wanted):
            yield {name: entry[keys[at]] for name, at in columns.items()}


def _rows(text: str, wanted: Mapping[str, str]) -> list[dict[str, str]]:
    return _table(text, wanted) or list(_objects(text, wanted))


def _pct(part: float, whole: float = 1.0) -> float:
    return 100 * part / whole


def _floor(value: float) -> int:
    return math.floor(value + 1e-9)


def _ceil(value: float) -> int:
    return math.ceil(value - 1e-9)


def _named(name: str) -> str:
    return rf"\b{re.escape(name)}\b"


# ------------------------------------------------------------------------------------ OEE of a station
class _Shift(NamedTuple):
    """One station in one shift: minutes, seconds per piece, pieces."""

    planned: float
    run: float
    down: float
    cycle: float
    made: float
    first: float

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
_IS: Final = rf'(?: \[min\],|":)?:? *\|? *({_NUMBER})'
_BEFORE: Final = rf"({_NUMBER})(?: min)?(?: for| to)?"
_OEE_WORDS: Final = {
    "planned": (
        rf"plan(?:ned)?(?: production)?(?: time)?(?: for|_min|minutes)?{_IS}",
        rf"({_NUMBER}) min planned",
    ),
    "down": (rf"(?:breakdowns?|down(?:time)?){_IS}", rf"{_BEFORE} (?:breakdown|down\b)"),
    "setup": (rf"set-?up{_IS}", rf"{_BEFORE} set-?up"),
    "cycle": (
        rf"({_NUMBER}) s ideal",
        r"\b(?:ideal|standard|std)[^\n\d]*(\d+(?:\.\d+)?)",
    ),
    "made": (
        rf"(?:produced|output|counter[a-z ]*|total(?: count)?){_IS}",
        rf"pieces total,({_NUMBER})",
        rf"({_NUMBER}) (?:pcs|made)",
    ),
    "scrap": (rf"scrap{_IS}", r"scrap,(\d+)", rf"({_NUMBER}) (?:went into the )?scrap"),
    "rework": (rf"rework(?:ed)?{_IS}", r"rework,(\d+)", rf"({_NUMBER}) (?:to )?(?:the )?rework"),
}
_UPKEEP: Final = (
    rf"(?:maintenance|PM)(?: for)?{_IS}",
    rf"({_NUMBER})(?: min)?(?: planned)? (?:maintenance|PM)\b",
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
    if rows := _table(context, _OEE_COLUMNS):
        return {name: _number(cell) for name, cell in rows[0].items()}
    text = _spread(_SIZE_IN_A_NAME.sub("", context))
    facts = {name: _stated(text, *patterns) for name, patterns in _OEE_WORDS.items()}
    waits = [_optional(text, rf"\b{state}{_IS}") for state in ("starved", "blocked")]
    facts["upkeep"] = _optional(text, *_UPKEEP) or 0.0
    facts["waiting"] = (
        _stated(text, *_WAITING) if None in waits else sum(wait or 0.0 for wait in waits)
    )
    return facts


def _station_shift(context: str) -> _Shift:
    f = _oee_facts(context)
    lost = f["down"] + f["setup"] + f["upkeep"] + f["waiting"]
    first = f["made"] - f["scrap"] - f["rework"]
    return _Shift(f["planned"], f["planned"] - lost, f["down"], f["cycle"], f["made"], first)


def _availability(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    return Expected((_pct(s.availability),), (s.run, s.planned, s.planned - s.run))


def _performance(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    return Expected((_pct(s.performance),), (s.ideal, s.run))


def _quality_rate(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    return Expected((_pct(s.quality),), (s.first,))


def _factors(s: _Shift) -> dict[str, float]:
    return {
        "availability": _pct(s.availability),
        "performance": _pct(s.performance),
        "quality": _pct(s.quality),
    }


def _oee(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    factors = tuple(_factors(s).values())
    wants_all = re.search("three factors|availability", asked)
    return Expected((_pct(s.oee), *(factors if wants_all else ())), factors)


def _largest_loss(asked: str, context: str) -> Expected:
    factors = _factors(_station_shift(context))
    worst = min(factors, key=lambda name: factors[name])
    return Expected((factors[worst],), tuple(factors.values()), _named(worst))


def _speed_loss(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    return Expected((s.run - s.ideal,), (s.ideal, s.run))


def _half_the_breakdowns(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    better = s.run + s.down / 2
    oee = better / s.planned * s.performance * s.quality
    return Expected((_pct(oee),), (_pct(s.oee), s.run, better, _pct(better, s.planned)))


def _parts_for_target(asked: str, context: str) -> Expected:
    s = _station_shift(context)
    target = figure(r"(\d+) %", asked)
    need = _ceil(target * s.planned * 60 / s.cycle / 100)
    if need > s.first:
        return Expected((need, need - s.first), (s.first,))
    return Expected((need,), (s.first,), r"\bmet\b|\bmeet\b")


# ------------------------------------------------------------------------------------ stops of a shift
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
_STOP_LINES: Final = (
    rf"^- \d\d:\d\d (?P<station>{_CODE}): (?P<cause>.+) \((?P<category>\w+)\), (?P<minutes>\d+) min",
    rf"^\d\d:\d\d  (?P<minutes>\d+)'  (?P<station>{_CODE}) .+? - (?P<cause>.+) / (?P<category>\w+) / ",
    rf"(?P<station>{_CODE}) up again\. (?P<cause>.+), (?:lost|cost us|down|total) (?P<minutes>\d+) min"
    r".* booked as (?P<category>\w+)",
    rf"\d\) (?P<station>{_CODE}), (?P<minutes>\d+) min, (?P<cause>.+) -> (?P<category>\w+)",
    rf"^\* (?P<station>{_CODE}) \| (?P<cause>.+) \| (?P<minutes>\d+) min \| (?P<category>\w+)",
)


def _stops(context: str) -> list[_Stop]:
    rows = _rows(context, _STOP_COLUMNS) or [
        match.groupdict()
        for pattern in _STOP_LINES
        for match in re.finditer(pattern, context, re.MULTILINE)
    ]
    return [
        _Stop(row["station"], int(row["minutes"]), row["category"].lower(), row["cause"])
        for row in rows
        if row["minutes"]
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
    share = _pct(longest.minutes, _minutes(stops))
    either = f"{longest.station}\\b.*{re.escape(longest.cause)}"
    other = f"{re.escape(longest.cause)}.*\\b{longest.station}"
    return Expected((longest.minutes,), (share,), f"{either}|{other}")


def _pareto_top(asked: str, context: str) -> Expected:
    stops = _stops(context)
    bars, total = _pareto(stops), _minutes(stops)
    name, minutes = bars[0]
    count = sum(stop.category == name for stop in stops)
    may = (*(bar for _, bar in bars), total, count)
    return Expected((minutes, _pct(minutes, total)), may, _named(name))


def _pareto_two(asked: str, context: str) -> Expected:
    stops = _stops(context)
    (one, most), (two, second), *_ = _pareto(stops)
    total = _minutes(stops)
    share = _pct(most + second, total)
    names = f"{_named(one)}.*{_named(two)}"
    return Expected((share,), (most, second, most + second, total), names)


def _worst_station(asked: str, context: str) -> Expected:
    stops = _stops(context)
    (name, minutes), *_ = _grouped(stops, lambda stop: stop.station)
    total, count = _minutes(stops), sum(stop.station == name for stop in stops)
    return Expected((minutes, _pct(minutes, total)), (total, count), _named(name))


def _mttr_of_shift(asked: str, context: str) -> Expected:
    stops = _stops(context)
    return Expected((_minutes(stops) / len(stops),), (_minutes(stops), len(stops)))


def _pace(context: str) -> float:
    """Return the seconds per piece of the bottleneck, however it is called."""
    return _stated(
        _SIZE_IN_A_NAME.sub("", context),
        rf'(?:cycleSec|cycle_s)(?:"?[:=]) *({_NUMBER})',
        r"\bs_per_pc\": ([\d.]+)",
        rf"(?:bottleneck|pace|drum)[^\n]*?{_CODE}[^\n\d]*([\d.]+) s\b",
        rf"{_CODE} (?:sets the pace with|is the pacemaker,) ([\d.]+) s\b",
    )


def _lost_to_the_longest(asked: str, context: str) -> Expected:
    longest = _longest(_stops(context)).minutes
    margin = figure(rf"[€$£]({_NUMBER})", asked)
    parts = _floor(longest * 60 / _pace(context))
    return Expected((parts, parts * margin), (longest,))


def _long_stops(asked: str, context: str) -> Expected:
    stops = _stops(context)
    limit = figure(r"(\d+) min", asked)
    long = [stop for stop in stops if stop.minutes > limit]
    minutes, total = _minutes(long), _minutes(stops)
    must = (len(long), _pct(minutes, total))
    return Expected((*must, minutes) if "minutes together" in asked else must, (minutes, total))


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
        return _pct(self.mtbf, self.mtbf + self.mttr * repair)


_OPERATING: Final = (
    rf"({_NUMBER}) (?:min of operation|min in operation|operating minutes)",
    rf"It ran ({_NUMBER}) minutes",
    rf'operating_min(?:utes)?"?: ({_NUMBER})',
    r"operating minutes \S+ to \S+: (\d+)",
    r"operating min;(\d+)",
)
_REPAIR_LIST: Final = re.compile(r"repairs? (?:took|times) ([\d ,/and]+) min", re.IGNORECASE)
_REPAIR: Final = re.compile(
    r'"repair_min": (\d+)|\bminutes: (\d+)|\. Down (\d+) min|, (\d+) min$', re.MULTILINE
)


def _repairs(context: str) -> list[float]:
    if rows := _table(
        context, {"minutes": "down min|repair_min|downtime_min", "why": "finding|cause"}
    ):
        return [float(row["minutes"]) for row in rows]
    if together := _REPAIR_LIST.search(context):
        return [float(minutes) for minutes in re.findall(r"\d+", together[1])]
    return [float("".join(match)) for match in _REPAIR.findall(context)]


def _history(context: str) -> _History:
    return _History(_stated(context, *_OPERATING), _repairs(context))


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


# -------------------------------------------------------------------------------- flow by the hour
class _Hour(NamedTuple):
    end: str
    plan: int
    good: int
    wip: int


class _Flow(NamedTuple):
    hours: list[_Hour]
    net: float

    @property
    def good(self) -> int:
        return sum(hour.good for hour in self.hours)

    @property
    def plan(self) -> int:
        return sum(hour.plan for hour in self.hours)

    @property
    def wip(self) -> float:
        return sum(hour.wip for hour in self.hours) / len(self.hours)

    @property
    def rate(self) -> float:
        """Good pieces per working minute."""
        return self.good / self.net


_HOUR_COLUMNS: Final = {
    "end": "until|end|t",
    "plan": "target|tgt",
    "good": "good|ok",
    "wip": "wip( at end)?|buf_sum",
}
_HOUR_LINE: Final = re.compile(
    r"^(?:\d\d:\d\d(?:-| +))?(\d\d:\d\d)(?: +| / )(\d+)(?: +| / )(\d+)(?: +| / )(\d+)\b",
    re.MULTILINE,
)
_NET: Final = (
    r'(?:net_minutes|worked_min|net_min_per_shift|net_min|net_minutes)"?(?:: |;)(\d+)',
    r"(\d+) (?:working |net )?min(?:utes)?(?: net| planned| \(breaks out\)| a shift)",
    r"(?:planned|net(?: working)? time|shift has) (\d+) min",
    r"(\d+) net minutes",
    r"(\d+)' net",
)


def _hours_in_lists(context: str) -> Iterator[_Hour]:
    begin = figure(r"First hour began (\d\d):", context)
    lists = re.findall(r": ((?:\d+, ){3,}\d+)\.", context)
    for no, row in enumerate(zip(*(map(int, each.split(", ")) for each in lists), strict=True), 1):
        yield _Hour(f"{int(begin + no) % 24:02d}:00", *row)


def _flow(context: str) -> _Flow:
    rows = _rows(context, _HOUR_COLUMNS)
    hours = [_Hour(r["end"], int(r["plan"]), int(r["good"]), int(r["wip"])) for r in rows]
    if not hours:
        lines = _HOUR_LINE.findall(context)
        hours = [_Hour(end, int(plan), int(good), int(wip)) for end, plan, good, wip in lines]
    return _Flow(hours or list(_hours_in_lists(context)), _stated(context, *_NET))


def _throughput(asked: str, context: str) -> Expected:
    flow = _flow(context)
    return Expected((flow.rate * 60,), (flow.good,))


def _attainment(asked: str, context: str) -> Expected:
    flow = _flow(context)
    gap = flow.good - flow.plan
    return Expected((_pct(flow.good, flow.plan),), (flow.good, flow.plan, gap))


def _worst_hour(asked: str, context: str) -> Expected:
    worst = min(_flow(context).hours, key=lambda hour: hour.good - hour.plan)
    return Expected((worst.plan - worst.good,), (), _named(worst.end))


def _average_wip(asked: str, context: str) -> Expected:
    return Expected((_flow(context).wip,))


def _lead_time(asked: str, context: str) -> Expected:
    flow = _flow(context)
    return Expected((flow.wip / flow.rate,), (flow.wip, flow.rate * 60, flow.rate))


def _wip_cap(asked: str, context: str) -> Expected:
    flow = _flow(context)
    minutes = figure(r"(\d+) (?:working )?min", asked)
    return Expected((_floor(flow.rate * minutes),), (flow.wip, flow.rate))


def _overtime(asked: str, context: str) -> Expected:
    flow = _flow(context)
    missing = flow.plan - flow.good
    may = (missing, flow.rate * 60, flow.good, flow.plan)
    return Expected((_ceil(missing / flow.rate),), may)


def _halves(asked: str, context: str) -> Expected:
    hours = _flow(context).hours
    one, two = sum(h.good for h in hours[:4]), sum(h.good for h in hours[4:])
    change = _pct(two - one, one)
    way = r"\bup\b|\+" if two > one else r"\bdown\b|[-−]\d" if two < one else ""
    return Expected((one, two, change), (two - one,), way)


def _capacity_left(asked: str, context: str) -> Expected:
    flow = _flow(context)
    ideal = _floor(flow.net * 60 / _pace(context))
    return Expected((ideal - flow.good,), (ideal, flow.good, _pct(flow.good, ideal)))


# ------------------------------------------------------------------------------------ balance of a line
class _Line(NamedTuple):
    """Seconds per piece at each station, net minutes of a shift, pieces wanted in it."""

    cycles: dict[str, float]
    net: float
    demand: float

    @property
    def takt(self) -> float:
        return self.net * 60 / self.demand

    @property
    def slowest(self) -> str:
        return max(self.cycles, key=lambda code: self.cycles[code])

    @property
    def pace(self) -> float:
        return self.cycles[self.slowest]

    @property
    def work(self) -> float:
        return sum(self.cycles.values())

    @property
    def efficiency(self) -> float:
        return _pct(self.work, len(self.cycles) * self.pace)

    def pieces(self, pace: float) -> int:
        """Return the whole pieces of a shift at a pace."""
        return _floor(self.net * 60 / pace)


_CYCLE: Final = re.compile(rf"({_CODE})[^\d\n]*?(\d+(?:\.\d+)?)(?![\d.]*[\d-])")
_DEMAND: Final = (
    r'(?:demand_per_shift"|target_pieces): (\d+)',
    rf"(?:demand|needs|asks for|plan is) ({_NUMBER})",
    rf"({_NUMBER}) (?:\w+ wanted|pcs / shift)",
    r"target;(\d+)",
)


def _line(context: str) -> _Line:
    text = _SIZE_IN_A_NAME.sub("", context)
    cycles = {code: float(seconds) for code, seconds in _CYCLE.findall(text)}
    return _Line(cycles, _stated(text, *_NET), _stated(text, *_DEMAND))


def _takt(asked: str, context: str) -> Expected:
    return Expected((_line(context).takt,))


def _bottleneck(asked: str, context: str) -> Expected:
    line = _line(context)
    return Expected((3600 / line.pace,), (), _named(line.slowest))


def _meets_takt(asked: str, context: str) -> Expected:
    line = _line(context)
    room = line.takt - line.pace
    verdict = r"^yes\b|is feasible" if room >= 0 else r"^no\b|out of reach"
    return Expected((line.takt, line.pace), (room,), verdict)


def _balance(asked: str, context: str) -> Expected:
    line = _line(context)
    return Expected((line.efficiency,), (line.work, len(line.cycles)))


def _balance_delay(asked: str, context: str) -> Expected:
    line = _line(context)
    idle = len(line.cycles) * line.pace - line.work
    return Expected((100 - line.efficiency, idle), (len(line.cycles),))


def _shift_capacity(asked: str, context: str) -> Expected:
    line = _line(context)
    return Expected((line.pieces(line.pace),))


def _min_stations(asked: str, context: str) -> Expected:
    line = _line(context)
    exact = line.work / line.takt
    return Expected((_ceil(exact),), (exact, line.work, line.takt, len(line.cycles)))


def _station_idle(asked: str, context: str) -> Expected:
    line = _line(context)
    codes = (code for code in re.findall(_CODE, asked) if code != line.slowest)
    each = line.pace - line.cycles[next(codes)]
    pieces = line.pieces(line.pace)
    minutes = each * pieces / 60
    must = (each, minutes) if "per shift?" in asked and "wait" in asked else (minutes,)
    return Expected(must, (each, pieces, _pct(each, line.pace)))


def _faster_bottleneck(asked: str, context: str) -> Expected:
    line = _line(context)
    faster = line.pace * (1 - figure(r"(\d+) %", asked) / 100)
    improved = line._replace(cycles={**line.cycles, line.slowest: faster})
    before, after = line.pieces(line.pace), line.pieces(improved.pace)
    may = (before, faster, improved.pace)
    return Expected((after, after - before), may, _named(improved.slowest))


# --------------------------------------------------------------------------------- yield along the line
class _Yield(NamedTuple):
    made: float
    scrap: float
    rework: float
    value: float

    @property
    def fpy(self) -> float:
        return _pct(self.made - self.scrap - self.rework, self.made)

    @property
    def cost(self) -> float:
        return self.scrap * self.value


_YIELD_COLUMNS: Final = {
    "station": "station|stn|id",
    "made": "processed|in",
    "scrap": "scrap",
    "rework": "rework",
    "value": "scrap[ _]value|cost_per_scrap",
}
_YIELD_LINES: Final = (
    rf"^- (?P<station>{_CODE}): (?P<made>{_NUMBER}) through, (?P<scrap>{_NUMBER}) scrap at "
    rf"(?P<value>\S+) each, (?P<rework>{_NUMBER}) rework",
    rf"^(?P<station>{_CODE}) .*: (?P<made>{_NUMBER}) processed, .* (?P<rework>{_NUMBER}) reworked, "
    rf"(?P<scrap>{_NUMBER}) scrapped",
    rf"(?P<station>{_CODE}) (?P<made>{_NUMBER})/(?P<scrap>{_NUMBER})/(?P<rework>{_NUMBER})",
)


def _values(context: str) -> dict[str, str]:
    """Return the scrap values that stand apart from the counts: "M1 9.54" or "€9.54 at M1"."""
    before = re.findall(rf"({_CODE}) (\d[\d,]*\.\d\d)\b", context)
    after = re.findall(rf"(\d[\d,]*\.\d\d) at ({_CODE})", context)
    return {**dict(before), **{code: value for value, code in after}}


def _yields(context: str) -> dict[str, _Yield]:
    rows = _rows(context, _YIELD_COLUMNS) or [
        match.groupdict()
        for pattern in _YIELD_LINES
        for match in re.finditer(pattern, context, re.MULTILINE)
    ]
    values = _values(context)
    return {
        row["station"]: _Yield(
            *(_number(row[name]) for name in ("made", "scrap", "rework")),
            value=_number(row.get("value") or values[row["station"]]),
        )
        for row in rows
    }


def _fpy(asked: str, context: str) -> Expected:
    code = re.findall(_CODE, asked)[0]
    station = _yields(context)[code]
    return Expected((station.fpy,), (station.made - station.scrap - station.rework,))


def _scrap_rate(asked: str, context: str) -> Expected:
    stations = list(_yields(context).values())
    scrap = sum(station.scrap for station in stations)
    return Expected((_pct(scrap, stations[0].made),), (scrap,))


def _rolled(stations: Iterable[_Yield]) -> float:
    return _pct(math.prod(station.fpy / 100 for station in stations))


def _rolled_yield(asked: str, context: str) -> Expected:
    stations = _yields(context).values()
    return Expected((_rolled(stations),), tuple(station.fpy for station in stations))


def _weakest(asked: str, context: str) -> Expected:
    yields = {code: station.fpy for code, station in _yields(context).items()}
    worst = min(yields, key=lambda code: yields[code])
    return Expected((yields[worst],), tuple(yields.values()), _named(worst))


def _scrap_cost(asked: str, context: str) -> Expected:
    stations = _yields(context).values()
    return Expected((sum(s.cost for s in stations),), (sum(s.scrap for s in stations),))


def _dearest(asked: str, context: str) -> Expected:
    costs = {code: station.cost for code, station in _yields(context).items()}
    worst = max(costs, key=lambda code: costs[code])
    total = sum(costs.values())
    return Expected((costs[worst], _pct(costs[worst], total)), (total,), _named(worst))


def _rework_load(asked: str, context: str) -> Expected:
    stations = _yields(context).values()
    minutes = figure(r"([\d.]+) min", asked)
    hourly = figure(r"[€$£](\d+)", asked)
    count, scrap = sum(s.rework for s in stations), sum(s.cost for s in stations)
    rework = count * minutes / 60 * hourly
    return Expected((scrap + rework,), (scrap, rework, count, count * minutes / 60))


# ------------------------------------------------------------------------------ three shifts side by side
class _Result(NamedTuple):
    """A shift and what came of it; the tag is "Late shift of 06 Sep"."""

    tag: str
    target: float
    good: float
    scrap: float
    stops: float
    down: float
    kwh: float

    @property
    def attainment(self) -> float:
        return _pct(self.good, self.target)

    @property
    def energy(self) -> float:
        """Wh per good piece."""
        return 1000 * self.kwh / self.good

    @property
    def mean_stop(self) -> float:
        return self.down / self.stops if self.stops else 0.0

    @property
    def scrap_share(self) -> float:
        return _pct(self.scrap, self.good + self.scrap)


_RESULT_COLUMNS: Final = {
    "date": "date",
    "shift": "shift",
    "target": "target",
    "good": "good",
    "scrap": "scrap",
    "stops": "stops",
    "down": "stop[ _]min",
    "kwh": "(energy_)?kwh",
}
_COUNTS: Final = tuple(_RESULT_COLUMNS)[2:]
_RESULT_LINES: Final = (
    rf"^\d\. (?P<tag>.+? of \d\d \w+) \(.*\): (?P<good>{_NUMBER}) good vs (?P<target>{_NUMBER}) target, "
    r"(?P<scrap>\d+) scrap, (?P<stops>\d+) stops with (?P<down>\d+) min, "
    rf"(?P<kwh>{_NUMBER}) kWh",
    rf"^.+?: (?P<tag>.+? of \d\d \w+)\. target (?P<target>{_NUMBER}), good (?P<good>{_NUMBER}), "
    r"scrap (?P<scrap>\d+)\. (?P<stops>\d+) stops / (?P<down>\d+) min\. "
    rf"meter (?P<kwh>{_NUMBER}) kWh",
)


def _across(context: str) -> Iterator[_Result]:
    """Read the table that has the shifts in its columns."""
    lines = (_cells(line, "|") for line in context.splitlines() if line.startswith("|"))
    head, _, *rows = lines
    numbers = [[_number(cell) for cell in row[1:]] for row in rows]
    for title, *column in zip(head[1:], *numbers, strict=True):
        shift, day, month = re.findall(r"(.+) (\d\d)\.(\d\d)\.", str(title))[0]
        yield _Result(_tag(shift, date(2024, int(month), int(day))), *map(float, column))


def _tag(shift: str, day: date) -> str:
    return f"{shift} of {day:%d %b}"


def _results(context: str) -> list[_Result]:
    if rows := _rows(context, _RESULT_COLUMNS):
        tags = (_tag(row["shift"], date.fromisoformat(row["date"])) for row in rows)
        return [
            _Result(tag, *(_number(r[c]) for c in _COUNTS))
            for tag, r in zip(tags, rows, strict=True)
        ]
    found = [re.finditer(pattern, context, re.MULTILINE) for pattern in _RESULT_LINES]
    told = [
        _Result(match["tag"], *(_number(match[name]) for name in _COUNTS))
        for match in chain.from_iterable(found)
    ]
    return told or list(_across(context))


def _extreme(
    measure: Callable[[_Result], float],
    choose: Callable[..., _Result],
    asked: str,
    context: str,
) -> Expected:
    """Name the shift in which a measure is largest or smallest, and state it."""
    rows = _results(context)
    found = choose(rows, key=measure)
    return Expected((measure(found),), tuple(measure(row) for row in rows), _named(found.tag))


def _joint_attainment(asked: str, context: str) -> Expected:
    rows = _results(context)
    good, target = sum(r.good for r in rows), sum(r.target for r in rows)
    return Expected((_pct(good, target),), (good, target, good - target))


def _attainment_gap(asked: str, context: str) -> Expected:
    said = sorted(half_up(row.attainment, 1) for row in _results(context))
    return Expected((said[-1] - said[0],), tuple(said))


def _energy_compare(asked: str, context: str) -> Expected:
    rows = _results(context)
    best = min(rows, key=lambda row: row.energy)
    worst = max(rows, key=lambda row: row.energy)
    saved = (half_up(worst.energy, 1) - half_up(best.energy, 1)) * worst.good / 1000
    return Expected((best.energy, saved), (worst.energy,), _named(best.tag))


def _level_to_best(asked: str, context: str) -> Expected:
    rows = {row.tag: row for row in _results(context)}
    low, best = (rows[tag] for tag in _two_tags(asked, rows))
    margin = figure(rf"[€$£]({_NUMBER})", asked)
    more = _floor(low.target * best.good / best.target) - low.good
    return Expected((more, more * margin), (low.good + more, best.attainment, low.attainment))


def _two_tags(asked: str, tags: Iterable[str]) -> tuple[str, str]:
    """Return the lower and the better shift of "lift A to the attainment of B", in this order."""
    found = sorted((tag for tag in tags if tag in asked), key=asked.index)
    one, two = found
    return (two, one) if asked.startswith("Apply") else (one, two)


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
    "hourly_flow/throughput": _throughput,
    "hourly_flow/attainment": _attainment,
    "hourly_flow/worst_hour": _worst_hour,
    "hourly_flow/average_wip": _average_wip,
    "hourly_flow/little_lead_time": _lead_time,
    "hourly_flow/wip_cap": _wip_cap,
    "hourly_flow/overtime_to_recover": _overtime,
    "hourly_flow/second_half_rate": _halves,
    "hourly_flow/capacity_left": _capacity_left,
    "line_balance/takt_time": _takt,
    "line_balance/bottleneck": _bottleneck,
    "line_balance/meets_takt": _meets_takt,
    "line_balance/balance_efficiency": _balance,
    "line_balance/balance_delay": _balance_delay,
    "line_balance/shift_capacity": _shift_capacity,
    "line_balance/min_stations": _min_stations,
    "line_balance/station_idle": _station_idle,
    "line_balance/faster_bottleneck": _faster_bottleneck,
    "line_quality/station_fpy": _fpy,
    "line_quality/line_scrap_rate": _scrap_rate,
    "line_quality/rolled_yield": _rolled_yield,
    "line_quality/weakest_station": _weakest,
    "line_quality/scrap_cost": _scrap_cost,
    "line_quality/dearest_scrap": _dearest,
    "line_quality/rework_load": _rework_load,
    "shift_comparison/best_attainment": partial(_extreme, lambda r: r.attainment, max),
    "shift_comparison/total_attainment": _joint_attainment,
    "shift_comparison/gap_best_worst": _attainment_gap,
    "shift_comparison/mean_stop": partial(_extreme, lambda r: r.mean_stop, max),
    "shift_comparison/scrap_share_compare": partial(_extreme, lambda r: r.scrap_share, max),
    "shift_comparison/energy_compare": _energy_compare,
    "shift_comparison/level_to_best": _level_to_best,
}
