"""The line, recomputed: flow by the hour, balance, yield by station, shifts side by side.

Every scene has one reader, which turns any wording of its contexts into a few facts, and one small
function per question, which applies the usual definition to them.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import partial
from itertools import chain
from typing import Final, NamedTuple

from tests.recomputed.reading import Expected, Recompute, figure, floats, half_up
from tests.recomputed.station import FORMS as STATION_FORMS
from tests.recomputed.tables import (
    CODE,
    NUMBER,
    SIZE_IN_A_NAME,
    cells,
    named,
    next_whole,
    number,
    pct,
    rows_of,
    seconds_per_piece,
    stated,
    whole,
)

__all__ = ["FORMS"]


# --------------------------------------------------------------------------------- flow by the hour
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
    rows = rows_of(context, _HOUR_COLUMNS)
    hours = [_Hour(r["end"], int(r["plan"]), int(r["good"]), int(r["wip"])) for r in rows]
    if not hours:
        lines = _HOUR_LINE.findall(context)
        hours = [_Hour(end, int(plan), int(good), int(wip)) for end, plan, good, wip in lines]
    return _Flow(hours or list(_hours_in_lists(context)), stated(context, *_NET))


def _throughput(asked: str, context: str) -> Expected:
    flow = _flow(context)
    return Expected((flow.rate * 60,), (flow.good,))


def _attainment(asked: str, context: str) -> Expected:
    flow = _flow(context)
    gap = flow.good - flow.plan
    return Expected((pct(flow.good, flow.plan),), (flow.good, flow.plan, gap))


def _worst_hour(asked: str, context: str) -> Expected:
    worst = min(_flow(context).hours, key=lambda hour: hour.good - hour.plan)
    return Expected((worst.plan - worst.good,), (worst.plan, worst.good), named(worst.end))


def _average_wip(asked: str, context: str) -> Expected:
    return Expected((_flow(context).wip,))


def _lead_time(asked: str, context: str) -> Expected:
    flow = _flow(context)
    return Expected((flow.wip / flow.rate,), (flow.wip, flow.rate * 60, flow.rate))


def _wip_cap(asked: str, context: str) -> Expected:
    flow = _flow(context)
    minutes = figure(r"(\d+) (?:working )?min", asked)
    return Expected((whole(flow.rate * minutes),), (flow.wip, flow.rate))


def _overtime(asked: str, context: str) -> Expected:
    flow = _flow(context)
    missing = flow.plan - flow.good
    may = (missing, flow.rate * 60, flow.good, flow.plan)
    return Expected((next_whole(missing / flow.rate),), may)


def _halves(asked: str, context: str) -> Expected:
    hours = _flow(context).hours
    one, two = sum(h.good for h in hours[:4]), sum(h.good for h in hours[4:])
    change = pct(two - one, one)
    way = r"\bup\b|\+" if two > one else r"\bdown\b|[-−]\d" if two < one else ""
    return Expected((one, two, change), (two - one,), way)


def _capacity_left(asked: str, context: str) -> Expected:
    flow = _flow(context)
    ideal = whole(flow.net * 60 / seconds_per_piece(context))
    return Expected((ideal - flow.good,), (ideal, flow.good, pct(flow.good, ideal)))


# -------------------------------------------------------------------------------- balance of a line
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
        return pct(self.work, len(self.cycles) * self.pace)

    def pieces(self, pace: float) -> int:
        """Return the whole pieces of a shift at a pace."""
        return whole(self.net * 60 / pace)


_CYCLE: Final = re.compile(rf"({CODE})[^\d\n]*?(\d+(?:\.\d+)?)(?![\d.]*[\d-])")
_DEMAND: Final = (
    r'(?:demand_per_shift"|target_pieces): (\d+)',
    rf"(?:demand|needs|asks for|plan is) ({NUMBER})",
    rf"({NUMBER}) (?:\w+ wanted|pcs / shift)",
    r"target;(\d+)",
)


def _line(context: str) -> _Line:
    text = SIZE_IN_A_NAME.sub("", context)
    cycles = {code: float(seconds) for code, seconds in _CYCLE.findall(text)}
    return _Line(cycles, stated(text, *_NET), stated(text, *_DEMAND))


def _takt(asked: str, context: str) -> Expected:
    return Expected((_line(context).takt,))


def _bottleneck(asked: str, context: str) -> Expected:
    line = _line(context)
    return Expected((3600 / line.pace,), (), named(line.slowest))


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
    return Expected((next_whole(exact),), (exact, line.work, line.takt, len(line.cycles)))


def _station_idle(asked: str, context: str) -> Expected:
    line = _line(context)
    codes = (code for code in re.findall(CODE, asked) if code != line.slowest)
    each = line.pace - line.cycles[next(codes)]
    pieces = line.pieces(line.pace)
    minutes = each * pieces / 60
    must = (each, minutes) if "per shift?" in asked and "wait" in asked else (minutes,)
    return Expected(must, (each, pieces, pct(each, line.pace)))


def _faster_bottleneck(asked: str, context: str) -> Expected:
    line = _line(context)
    faster = line.pace * (1 - figure(r"(\d+) %", asked) / 100)
    improved = line._replace(cycles={**line.cycles, line.slowest: faster})
    before, after = line.pieces(line.pace), line.pieces(improved.pace)
    may = (before, faster, improved.pace)
    return Expected((after, after - before), may, named(improved.slowest))


# ----------------------------------------------------------------------------- yield along the line
class _Yield(NamedTuple):
    made: float
    scrap: float
    rework: float
    value: float

    @property
    def fpy(self) -> float:
        return pct(self.made - self.scrap - self.rework, self.made)

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
    rf"^- (?P<station>{CODE}): (?P<made>{NUMBER}) through, (?P<scrap>{NUMBER}) scrap at "
    rf"(?P<value>\S+) each, (?P<rework>{NUMBER}) rework",
    rf"^(?P<station>{CODE}) .*: (?P<made>{NUMBER}) processed, .* (?P<rework>{NUMBER}) reworked, "
    rf"(?P<scrap>{NUMBER}) scrapped",
    rf"(?P<station>{CODE}) (?P<made>{NUMBER})/(?P<scrap>{NUMBER})/(?P<rework>{NUMBER})",
)


def _values(context: str) -> dict[str, str]:
    """Return the scrap values that stand apart from the counts: "M1 9.54" or "€9.54 at M1"."""
    before = re.findall(rf"({CODE}) (\d[\d,]*\.\d\d)\b", context)
    after = re.findall(rf"(\d[\d,]*\.\d\d) at ({CODE})", context)
    return {**dict(before), **{code: value for value, code in after}}


def _yields(context: str) -> dict[str, _Yield]:
    rows = rows_of(context, _YIELD_COLUMNS) or [
        match.groupdict()
        for pattern in _YIELD_LINES
        for match in re.finditer(pattern, context, re.MULTILINE)
    ]
    values = _values(context)
    return {
        row["station"]: _Yield(
            made=number(row["made"]),
            scrap=number(row["scrap"]),
            rework=number(row["rework"]),
            value=number(row.get("value") or values[row["station"]]),
        )
        for row in rows
    }


def _fpy(asked: str, context: str) -> Expected:
    code = re.findall(CODE, asked)[0]
    station = _yields(context)[code]
    first = station.made - station.scrap - station.rework
    return Expected((station.fpy,), (first, station.made, station.scrap, station.rework))


def _scrap_rate(asked: str, context: str) -> Expected:
    stations = list(_yields(context).values())
    scrap = sum(station.scrap for station in stations)
    return Expected((pct(scrap, stations[0].made),), (scrap, stations[0].made))


def _rolled_yield(asked: str, context: str) -> Expected:
    yields = [station.fpy for station in _yields(context).values()]
    rolled = pct(math.prod(fpy / 100 for fpy in yields))
    return Expected((rolled,), (len(yields), *yields))


def _weakest(asked: str, context: str) -> Expected:
    yields = {code: station.fpy for code, station in _yields(context).items()}
    worst = min(yields, key=lambda code: yields[code])
    return Expected((yields[worst],), tuple(yields.values()), named(worst))


def _scrap_cost(asked: str, context: str) -> Expected:
    stations = _yields(context).values()
    may = (sum(s.scrap for s in stations), *(s.cost for s in stations))
    return Expected((sum(s.cost for s in stations),), may)


def _dearest(asked: str, context: str) -> Expected:
    stations = _yields(context)
    worst = max(stations, key=lambda code: stations[code].cost)
    cost, total = stations[worst].cost, sum(s.cost for s in stations.values())
    return Expected((cost, pct(cost, total)), (total, stations[worst].scrap), named(worst))


def _rework_load(asked: str, context: str) -> Expected:
    stations = _yields(context).values()
    minutes = figure(r"([\d.]+) min", asked)
    hourly = figure(r"[€$£](\d+)", asked)
    count, scrap = sum(s.rework for s in stations), sum(s.cost for s in stations)
    rework = count * minutes / 60 * hourly
    return Expected((scrap + rework,), (scrap, rework, count, count * minutes))


# ------------------------------------------------------------------------ three shifts side by side
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
        return pct(self.good, self.target)

    @property
    def energy(self) -> float:
        """Wh per good piece."""
        return 1000 * self.kwh / self.good

    @property
    def mean_stop(self) -> float:
        return self.down / self.stops if self.stops else 0.0

    @property
    def scrap_share(self) -> float:
        return pct(self.scrap, self.good + self.scrap)


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
    rf"^\d\. (?P<tag>.+? of \d\d \w+) \(.*\): (?P<good>{NUMBER}) good vs "
    rf"(?P<target>{NUMBER}) target, (?P<scrap>\d+) scrap, "
    rf"(?P<stops>\d+) stops with (?P<down>\d+) min, (?P<kwh>{NUMBER}) kWh",
    rf"^.+?: (?P<tag>.+? of \d\d \w+)\. target (?P<target>{NUMBER}), good (?P<good>{NUMBER}), "
    r"scrap (?P<scrap>\d+)\. (?P<stops>\d+) stops / (?P<down>\d+) min\. "
    rf"meter (?P<kwh>{NUMBER}) kWh",
)


def _across(context: str) -> Iterator[_Result]:
    """Read the table that has the shifts in its columns."""
    lines = (cells(line, "|") for line in context.splitlines() if line.startswith("|"))
    head, _, *rows = lines
    numbers = [[number(cell) for cell in row[1:]] for row in rows]
    for title, *column in zip(head[1:], *numbers, strict=True):
        shift, day, month = re.findall(r"(.+) (\d\d)\.(\d\d)\.", str(title))[0]
        yield _Result(_tag(shift, date(2024, int(month), int(day))), *map(float, column))


def _tag(shift: str, day: date) -> str:
    return f"{shift} of {day:%d %b}"


def _results(context: str) -> list[_Result]:
    if rows := rows_of(context, _RESULT_COLUMNS):
        tags = (_tag(row["shift"], date.fromisoformat(row["date"])) for row in rows)
        return [
            _Result(tag, *(number(r[c]) for c in _COUNTS))
            for tag, r in zip(tags, rows, strict=True)
        ]
    found = [re.finditer(pattern, context, re.MULTILINE) for pattern in _RESULT_LINES]
    told = [
        _Result(match["tag"], *(number(match[name]) for name in _COUNTS))
        for match in chain.from_iterable(found)
    ]
    return told or list(_across(context))


def _stated_of(rows: Iterable[_Result]) -> tuple[float, ...]:
    """Return the figures of the shifts themselves, the number in the name of a shift included."""
    return tuple(value for row in rows for value in (*floats(row.tag), *row[1:]))


def _extreme(
    measure: Callable[[_Result], float],
    choose: Callable[..., _Result],
    asked: str,
    context: str,
) -> Expected:
    """Name the shift in which a measure is largest or smallest, and state it."""
    rows = _results(context)
    found = choose(rows, key=measure)
    may = (*map(measure, rows), *_stated_of(rows), found.good + found.scrap)
    return Expected((measure(found),), may, named(found.tag))


def _joint_attainment(asked: str, context: str) -> Expected:
    rows = _results(context)
    good, target = sum(r.good for r in rows), sum(r.target for r in rows)
    return Expected((pct(good, target),), (good, target, good - target))


def _both(one: _Result, other: _Result) -> str:
    """Return a pattern for a text that names two shifts, in either order."""
    return f"(?=.*{named(one.tag)})(?=.*{named(other.tag)})"


def _attainment_gap(asked: str, context: str) -> Expected:
    rows = _results(context)
    worst, *_, best = sorted(rows, key=lambda row: row.attainment)
    low, high = half_up(worst.attainment, 1), half_up(best.attainment, 1)
    must = (high - low, low, high) if asked.startswith("State") else (high - low,)
    return Expected(must, (low, high, *_stated_of(rows)), _both(best, worst))


def _energy_compare(asked: str, context: str) -> Expected:
    rows = _results(context)
    best, *_, worst = sorted(rows, key=lambda row: row.energy)
    saved = worst.kwh - worst.good * best.energy / 1000
    may = (worst.energy, *_stated_of(rows))
    return Expected((best.energy, saved), may, _both(best, worst))


def _level_to_best(asked: str, context: str) -> Expected:
    rows = {row.tag: row for row in _results(context)}
    low, best = (rows[tag] for tag in _two_tags(asked, rows))
    margin = figure(rf"[€$£]({NUMBER})", asked)
    more = whole(low.target * best.good / best.target) - low.good
    may = (low.good, low.good + more, best.attainment, low.attainment)
    return Expected((more, more * margin), may)


def _two_tags(asked: str, tags: Iterable[str]) -> tuple[str, str]:
    """Return the lower and the better shift of "lift A to the attainment of B", in this order."""
    found = sorted((tag for tag in tags if tag in asked), key=asked.index)
    one, two = found
    return (two, one) if asked.startswith("Apply") else (one, two)


FORMS: Final[dict[str, Recompute]] = {
    **STATION_FORMS,
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
