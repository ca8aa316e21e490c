"""Work: line balance, time study, staffing, learning curve, changeover, routing yield.

Each scene has one reader, which gathers the facts from any form of the text, and a function for
each question. Where a question fixes the rounding of an intermediate result, that is followed.
"""

import math
import re
from statistics import fmean, stdev
from typing import NamedTuple

from tests.recomputed.labels import MONEY, ceil, floor, number, read, rows
from tests.recomputed.reading import Expected, Recompute, figures, half_up

__all__ = ["FORMS"]


# Line balancing


class _Line(NamedTuple):
    stations: dict[int, float]
    seconds: float
    """Working time of the shift."""
    demand: float
    wage: float

    @property
    def work(self) -> float:
        return sum(self.stations.values())

    @property
    def slowest(self) -> float:
        return max(self.stations.values())

    @property
    def takt(self) -> float:
        return self.seconds / self.demand

    @property
    def paid(self) -> float:
        """Station seconds per unit at the pace of the slowest."""
        return len(self.stations) * self.slowest


def _elements(text: str) -> list[tuple[int, float]]:
    """Return station and seconds of the work elements in order."""
    if spans := re.findall(r"station \d+ does (\d+) element", text):
        times = [float(t) for t in re.findall(r" (\d+)[;.]", text.split("in order are")[1])]
        owners = [station for station, span in enumerate(spans, 1) for _ in range(int(span))]
        return list(zip(owners, times, strict=True))
    if stations := re.findall(r"^Station (\d+): (.+)$", text, re.MULTILINE):
        return [(int(n), float(t)) for n, work in stations for t in re.findall(r"(\d+) s\b", work)]
    if told := re.findall(r"^\d+ +\S.*? +(\d+) +(\d+) *$", text, re.MULTILINE):
        return [(int(n), float(t)) for t, n in told]
    told = rows(text, r'"station": (\d+), .*"s": (\d+)', r"^\| (\d+) \| .+ \| (\d+) \|$")
    return [(int(n), float(t)) for n, t in told]


def _line(text: str) -> _Line:
    stations: dict[int, float] = {}
    for station, seconds in _elements(text):
        stations[station] = stations.get(station, 0.0) + seconds
    shift = read(
        text, r'shift_min": #', "^Shift # min", "length is # min", "# min of att", "work # min"
    )
    breaks = read(text, r'breaks_min": #', "breaks # min", r"(?:less|minus|including) # min")
    demand = read(text, r"customer takes #", r'demand(?:_per_shift": | )#', r"to ship #")
    return _Line(stations, (shift - breaks) * 60, demand, read(text, MONEY))


def _takt(_asked: str, text: str) -> Expected:
    line = _line(text)
    return Expected((line.takt,), (line.seconds, line.seconds / 60))


def _min_stations(asked: str, text: str) -> Expected:
    line = _line(text)
    takt = half_up(line.takt, 1) if "one decimal" in asked else line.takt
    return Expected((ceil(line.work / takt),), (line.work, takt, len(line.stations)))


def _slowest(_asked: str, text: str) -> Expected:
    line = _line(text)
    [slow] = [n for n, seconds in line.stations.items() if seconds == line.slowest]
    against = "below" if line.slowest < line.takt else "above"
    return Expected(
        (line.slowest,), (line.takt,), rf"station {slow}\b(?:.*{against} the takt|(?!.*the takt))"
    )


def _efficiency(_asked: str, text: str) -> Expected:
    line = _line(text)
    rate = line.work / line.paid * 100
    return Expected((rate, 100 - rate), (line.work, line.slowest, len(line.stations)))


def _output(_asked: str, text: str) -> Expected:
    line = _line(text)
    units = floor(line.seconds / line.slowest)
    says = r"^yes\b" if units >= line.demand else r"^no\b"
    return Expected((units, units - line.demand), (line.seconds, line.slowest), says)


def _idle_cost(asked: str, text: str) -> Expected:
    line = _line(text)
    idle = line.paid - line.work
    hours = half_up(read(asked, r"# units") * idle / 3600, 2)
    return Expected((idle, hours, hours * line.wage))


# Time study


class _Study(NamedTuple):
    usable: list[float]
    left_out: float
    rating: float
    allowance: float
    shift: float
    wage: float

    @property
    def observed(self) -> float:
        return fmean(self.usable)

    @property
    def normal(self) -> float:
        return self.observed * self.rating

    @property
    def standard(self) -> float:
        return self.normal * (1 + self.allowance)


def _study(text: str) -> _Study:
    # The readings are the only figures with two decimals.
    readings = [entry.value for entry in figures(text) if entry.decimals == 2]
    struck = re.search(r"cycle(?: no\.|_no\":)? (\d+)", text, re.IGNORECASE)
    left_out = int(struck[1]) if struck else 0
    usable = [t for cycle, t in enumerate(readings, 1) if cycle != left_out]
    kinds = ("personal", "fatigue", "delay")
    allowance = sum(read(text, rf"# % {kind}", rf"{kind}\W+#") for kind in kinds) / 100
    rating = read(text, r"rat(?:ing|ed)(?:_percent\":)? #") / 100
    shift = read(text, r'shift_min": #', "shift(?: has)? # min", "# working minutes")
    return _Study(usable, left_out, rating, allowance, shift, read(text, MONEY))


def _observed(_asked: str, text: str) -> Expected:
    study = _study(text)
    return Expected((study.observed,), (len(study.usable), study.left_out))


def _normal(_asked: str, text: str) -> Expected:
    study = _study(text)
    return Expected((study.normal,), (study.observed,))


def _standard(_asked: str, text: str) -> Expected:
    study = _study(text)
    return Expected((study.standard,), (study.observed, study.normal, study.allowance * 100))


def _target(_asked: str, text: str) -> Expected:
    study = _study(text)
    standard = half_up(study.standard, 3)
    return Expected((floor(study.shift / standard), study.wage / 60 * standard), (standard,))


def _sample_size(_asked: str, text: str) -> Expected:
    study = _study(text)
    have, deviation = len(study.usable), stdev(study.usable)
    need = ceil((1.96 * deviation / (0.05 * study.observed)) ** 2)
    says = r"(?<!not )enough" if have >= need else r"not enough|at least \d+ more"
    return Expected((need,), (have, need - have, deviation, study.observed), says)


# Staffing


class _Staff(NamedTuple):
    minutes: float
    hours: float
    """Contract hours of a head."""
    performance: float
    present: float
    """Share of the crew that is there."""
    crew: float
    pay: float
    """Cost of an hour of overtime."""

    @property
    def load(self) -> float:
        return self.minutes / 60

    @property
    def per_head(self) -> float:
        return self.hours * self.performance


def _staff(text: str) -> _Staff:
    told = rows(
        text,
        r'"qty": #, "std_min": #',
        r"^\|[^|]+\| # \| # \|$",
        r"# units, # standard",
        r"# x [^(]+\(# min standard",
    )
    premium = read(text, r"premium(?:_percent\":)? #", r"overtime \+ #", r"overtime costs #")
    return _Staff(
        minutes=sum(number(quantity) * number(each) for quantity, each in told),
        hours=read(
            text, r'hours_per_head": #', r"contract hours #", r"works # hours", r"# h a week"
        ),
        performance=read(text, r"performance(?:_percent\":| is)? #", r"# % performance") / 100,
        present=1 - read(text, r"absence(?:_percent\":)? #", r"# % (?:absence|are away)") / 100,
        crew=read(text, r'crew(?:":| on the list) #', r"have # people"),
        pay=read(text, MONEY) * (1 + premium / 100),
    )


def _workload(_asked: str, text: str) -> Expected:
    staff = _staff(text)
    return Expected((staff.load,), (staff.minutes,))


def _net_heads(_asked: str, text: str) -> Expected:
    staff = _staff(text)
    return Expected((ceil(staff.load / staff.per_head),), (staff.load, staff.per_head))


def _gross_heads(_asked: str, text: str) -> Expected:
    staff = _staff(text)
    heads = ceil(staff.load / (staff.per_head * staff.present))
    says = r"too small|missing" if heads > staff.crew else r"too large|to spare"
    return Expected((heads, heads - staff.crew), (), says)


def _overtime(_asked: str, text: str) -> Expected:
    staff = _staff(text)
    covered = staff.crew * staff.per_head * staff.present
    hours = half_up((staff.load - covered) / staff.performance, 1)
    return Expected((hours, hours * staff.pay), (staff.load, covered))


# Learning curve


class _Launch(NamedTuple):
    first: float
    rate: float
    lot: float
    wage: float

    def hours(self, unit: float) -> float:
        return self.first * math.pow(self.rate, math.log2(unit))


def _launch(text: str) -> _Launch:
    return _Launch(
        first=read(
            text, r"first unit took #", r"booked: #", r"is done, #", r'first_unit_hours": #'
        ),
        rate=read(text, r"# % learning", r"learning rate: #", r'rate_percent": #') / 100,
        lot=read(text, r"order: #", r"quote on #", r'order_qty": #'),
        wage=read(text, MONEY),
    )


def _unit_asked(asked: str) -> float:
    return read(asked, r"unit (?:no\. )?#", r"#(?:st|nd|rd|th)\b")


def _learn_unit(asked: str, text: str) -> Expected:
    launch, unit = _launch(text), _unit_asked(asked)
    return Expected((launch.hours(unit),), (unit,))


def _learn_cost(asked: str, text: str) -> Expected:
    launch, unit = _launch(text), _unit_asked(asked)
    hours = half_up(launch.hours(unit), 1)
    return Expected((hours, hours * launch.wage), (unit, 100 - hours / launch.first * 100))


def _learn_last(_asked: str, text: str) -> Expected:
    launch = _launch(text)
    hours = half_up(launch.hours(launch.lot), 1)
    return Expected((hours,), (math.log2(launch.rate), launch.lot, hours / launch.first * 100))


# Changeover


class _Changeover(NamedTuple):
    now: float
    after: float
    per_week: float
    weeks: float
    rate: float
    cycle: float
    share: float

    def batch(self, minutes: float) -> int:
        """Return the smallest batch in which a changeover keeps to its share."""
        return ceil(minutes * 60 * (1 - self.share) / (self.share * self.cycle))


def _steps(text: str) -> list[float]:
    if "result of the SMED workshop" in text:
        listed = text.partition("): ")[2].partition("; so far")[0]
        return [float(t) for t in re.findall(r" (\d+) min(?:,|$)", listed)]
    told = rows(text, r"^\| \d+ \| .+ \| (\d+) \|$", r"^\d+ +\S.*? +(\d+) *$")
    return [float(minutes) for (minutes,) in told]


def _changeover(text: str) -> _Changeover:
    steps = _steps(text)
    last = re.search(r"(?:steps 1|no\. 1) and (?:no\. )?(\d+)", text)
    external = steps[0] + steps[int(last[1]) - 1 if last else -1]
    cut = read(text, r"and # min less at", r"gets # min shorter", r"found # min more")
    return _Changeover(
        now=sum(steps),
        after=sum(steps) - external - cut,
        per_week=read(text, r"# changeovers a week", r"# ?/week", r"change # times a week"),
        weeks=read(text, r"# weeks"),
        rate=read(text, MONEY),
        cycle=read(text, r"cycle # s\b", r"takes # s\b"),
        share=read(text, r"at most # %", r"may take # %", r"not exceed # %") / 100,
    )


def _smed_now(_asked: str, text: str) -> Expected:
    return Expected((_changeover(text).now,))


def _smed_after(_asked: str, text: str) -> Expected:
    job = _changeover(text)
    gain = job.now - job.after
    return Expected((job.after, gain / job.now * 100), (job.now, gain))


def _smed_year(_asked: str, text: str) -> Expected:
    job = _changeover(text)
    hours = (job.now - job.after) * job.per_week * job.weeks / 60
    return Expected((hours, hours * job.rate))


def _smed_batch(_asked: str, text: str) -> Expected:
    job = _changeover(text)
    return Expected((job.batch(job.now), job.batch(job.after)))


def _smed_frequency(asked: str, text: str) -> Expected:
    job = _changeover(text)
    weekly = job.per_week * job.now
    times = floor(weekly / job.after)
    size = job.per_week / times * 100
    return Expected((times, size) if "smaller" in asked else (times,), (weekly, size))


# Routing yield


class _Operation(NamedTuple):
    name: str
    passes: float
    minutes: float


class _Routing(NamedTuple):
    operations: list[_Operation]
    goods: float
    capacity: float
    material: float

    @property
    def rolled(self) -> float:
        return math.prod(operation.passes for operation in self.operations)

    @property
    def start(self) -> int:
        return ceil(self.goods / self.rolled)


def _routing(text: str) -> _Routing:
    told = rows(
        text,
        r'"name": "([^"]+)", "yield": #, "min_per_part": #',
        r"^\| \d+ \| ([^|]+) \| # ?% \| # \|$",
        r"([^,:]+?) # ?% \(# min/part",
        r"^\d+ +(\S.*?) +# ?%? +# *$",
    )
    operations = [
        _Operation(name.strip(), number(good) / (1 if '"yield"' in text else 100), number(each))
        for name, good, each in told
    ]
    return _Routing(
        operations,
        goods=read(text, r'good_qty": #', r"good parts needed: #", r"# good "),
        capacity=read(text, r'per_work_centre": #', r"capacity: # h", r"(?:has|give us) # h"),
        material=read(text, r"(?:material(?: cost)?|costs|start\":) \"?[$€£]#"),
    )


def _route_worst(asked: str, text: str) -> Expected:
    operations = _routing(text).operations
    least = min(operation.passes for operation in operations)
    [worst] = [operation.name for operation in operations if operation.passes == least]
    lost = (1 - least) * 100
    must = (lost * 10, lost) if "per cent" in asked else (lost * 10,)
    return Expected(must, (least * 100, lost), re.escape(worst))


def _route_rolled(_asked: str, text: str) -> Expected:
    return Expected((_routing(text).rolled * 100,))


def _route_start(_asked: str, text: str) -> Expected:
    routing = _routing(text)
    return Expected(
        (routing.start,), (routing.start - routing.goods, routing.goods, routing.rolled * 100)
    )


def _route_scrap(asked: str, text: str) -> Expected:
    routing = _routing(text)
    lost = routing.start - routing.goods
    total, each = lost * routing.material, lost * routing.material / routing.goods
    return Expected((total, each) if "in total" in asked else (total,), (lost, each))


def _route_hours(asked: str, text: str) -> Expected:
    routing = _routing(text)
    names = [operation.name for operation in routing.operations]
    [at] = [i for i, name in enumerate(names) if re.search(rf"(?:oes |\(){name}\b", asked)]
    before = math.prod(operation.passes for operation in routing.operations[:at])
    arriving = half_up(routing.start * before, 1)
    hours = half_up(arriving * routing.operations[at].minutes / 60, 1)
    says = r"\bfits\b|enough" if hours <= routing.capacity else r"not fit|more than"
    return Expected((hours, hours / routing.capacity * 100), (arriving,), says)


FORMS: dict[str, Recompute] = {
    "line_balancing/p2_line_takt": _takt,
    "line_balancing/p2_line_min_stations": _min_stations,
    "line_balancing/p2_line_slowest": _slowest,
    "line_balancing/p2_line_efficiency": _efficiency,
    "line_balancing/p2_line_output": _output,
    "line_balancing/p2_line_idle_cost": _idle_cost,
    "time_study/p2_ts_observed": _observed,
    "time_study/p2_ts_normal": _normal,
    "time_study/p2_ts_standard": _standard,
    "time_study/p2_ts_output_wage": _target,
    "time_study/p2_ts_sample_size": _sample_size,
    "staffing_plan/p2_staff_load": _workload,
    "staffing_plan/p2_staff_net": _net_heads,
    "staffing_plan/p2_staff_gross": _gross_heads,
    "staffing_plan/p2_staff_overtime": _overtime,
    "launch_learning/p2_learn_double": _learn_unit,
    "launch_learning/p2_learn_eight": _learn_cost,
    "launch_learning/p2_learn_exponent": _learn_last,
    "changeover/p2_smed_now": _smed_now,
    "changeover/p2_smed_after": _smed_after,
    "changeover/p2_smed_year": _smed_year,
    "changeover/p2_smed_batch": _smed_batch,
    "changeover/p2_smed_frequency": _smed_frequency,
    "routing_yield/p2_route_worst": _route_worst,
    "routing_yield/p2_route_rty": _route_rolled,
    "routing_yield/p2_route_start": _route_start,
    "routing_yield/p2_route_scrap": _route_scrap,
    "routing_yield/p2_route_hours": _route_hours,
}
