"""Work, plant and money: line balance, time study, staffing, learning, changeover, routing yield,
maintenance, availability, energy, compressed air, investment, safety, lifting.

Each scene has one reader, which gathers the facts from any form of the text, and a function for
each question. Where a question fixes the rounding of an intermediate result, that is followed.
"""

import math
import re
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from statistics import fmean, stdev
from typing import Final, NamedTuple

from tests.recomputed.reading import Expected, Recompute, figures, half_up

__all__ = ["FORMS"]

_NUMBER: Final = r"[$€£]?((?:\d[\d,]*)?\d(?:\.\d+)?|\d)"
_FLAGS: Final = re.IGNORECASE | re.MULTILINE


@cache
def _pattern(written: str) -> re.Pattern[str]:
    """A pattern in which # is a number, with or without a currency sign before it."""
    return re.compile(written.replace("#", _NUMBER), _FLAGS)


def _number(written: str) -> float:
    return float(written.replace(",", ""))


def _read(text: str, *patterns: str) -> float:
    """Return the number of the first pattern that the text has."""
    for pattern in patterns:
        if match := _pattern(pattern).search(text):
            return _number(match[1])
    raise AssertionError(f"none of {patterns} in {text!r}")


def _rows(text: str, *patterns: str) -> list[tuple[str, ...]]:
    """Return the groups of every place where the first pattern that occurs matches."""
    for pattern in patterns:
        if found := [match.groups() for match in _pattern(pattern).finditer(text)]:
            return found
    raise AssertionError(f"none of {patterns} in {text!r}")


def _ceil(value: float) -> int:
    return math.ceil(value - 1e-9)


def _floor(value: float) -> int:
    return math.floor(value + 1e-9)


_WAGE: Final = r"[$€£]#"


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
        owners = [number for number, span in enumerate(spans, 1) for _ in range(int(span))]
        return list(zip(owners, times, strict=False))
    if stations := re.findall(r"^Station (\d+): (.+)$", text, re.MULTILINE):
        return [(int(n), float(t)) for n, work in stations for t in re.findall(r"(\d+) s\b", work)]
    if rows := re.findall(r"^\d+ +\S.*? +(\d+) +(\d+) *$", text, re.MULTILINE):
        return [(int(n), float(t)) for t, n in rows]
    rows = _rows(text, r'"station": (\d+), .*"s": (\d+)', r"^\| (\d+) \| .+ \| (\d+) \|$")
    return [(int(n), float(t)) for n, t in rows]


def _line(text: str) -> _Line:
    stations: dict[int, float] = {}
    for number, seconds in _elements(text):
        stations[number] = stations.get(number, 0.0) + seconds
    shift = _read(
        text, r'shift_min": #', "^Shift # min", "length is # min", "# min of att", "work # min"
    )
    breaks = _read(text, r'breaks_min": #', "breaks # min", r"(?:less|minus|including) # min")
    demand = _read(text, r"customer takes #", r'demand(?:_per_shift": | )#', r"to ship #")
    return _Line(stations, (shift - breaks) * 60, demand, _read(text, _WAGE))


def _takt(_asked: str, text: str) -> Expected:
    line = _line(text)
    return Expected((line.takt,), (line.seconds, line.seconds / 60))


def _min_stations(asked: str, text: str) -> Expected:
    line = _line(text)
    takt = half_up(line.takt, 1) if "one decimal" in asked else line.takt
    return Expected((_ceil(line.work / takt),), (line.work, takt, len(line.stations)))


def _slowest(_asked: str, text: str) -> Expected:
    line = _line(text)
    slow = [n for n, seconds in line.stations.items() if seconds == line.slowest]
    against = "below the takt" if line.slowest < line.takt else "above the takt"
    named = "|".join(map(str, slow))
    return Expected(
        (line.slowest,),
        (line.takt,),
        rf"(?s)^(?=.*\bstation (?:{named})\b)(?!.*the takt)|{against}",
    )


def _efficiency(asked: str, text: str) -> Expected:
    line = _line(text)
    rate = line.work / line.paid * 100
    must = (100 - rate,) if "lost" in asked else (rate,)
    return Expected(must, (rate, 100 - rate, line.work, line.slowest, len(line.stations)))


def _output(_asked: str, text: str) -> Expected:
    line = _line(text)
    units = _floor(line.seconds / line.slowest)
    says = r"^yes\b" if units >= line.demand else r"^no\b"
    return Expected((units, units - line.demand), (line.seconds, line.slowest), says)


def _idle_cost(asked: str, text: str) -> Expected:
    line = _line(text)
    idle = line.paid - line.work
    hours = half_up(_read(asked, r"# units") * idle / 3600, 2)
    return Expected((hours, hours * line.wage), (idle,))


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
    usable = [t for number, t in enumerate(readings, 1) if number != left_out]
    kinds = ("personal", "fatigue", "delay")
    allowance = sum(_read(text, rf"# % {kind}", rf"{kind}\W+#") for kind in kinds) / 100
    rating = _read(text, r"rat(?:ing|ed)(?:_percent\":)? #") / 100
    shift = _read(text, r'shift_min": #', "shift(?: has)? # min", "# working minutes")
    return _Study(usable, left_out, rating, allowance, shift, _read(text, _WAGE))


def _observed(_asked: str, text: str) -> Expected:
    study = _study(text)
    return Expected((study.observed,), (len(study.usable), study.left_out))


def _normal(_asked: str, text: str) -> Expected:
    study = _study(text)
    return Expected((study.normal,), (study.observed,))


def _standard(_asked: str, text: str) -> Expected:
    study = _study(text)
    return Expected((study.standard,), (study.observed, study.normal, study.allowance * 100))


def _target(asked: str, text: str) -> Expected:
    study = _study(text)
    standard = half_up(study.standard, 3) if "standard time to three" in asked else study.standard
    return Expected((_floor(study.shift / standard), study.wage / 60 * standard), (standard,))


def _sample_size(_asked: str, text: str) -> Expected:
    study = _study(text)
    have, deviation = len(study.usable), stdev(study.usable)
    need = _ceil((1.96 * deviation / (0.05 * study.observed)) ** 2)
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
    rows = _rows(
        text,
        r'"qty": #, "std_min": #',
        r"^\|[^|]+\| # \| # \|$",
        r"# units, # standard",
        r"# x [^(]+\(# min standard",
    )
    premium = _read(text, r"premium(?:_percent\":)? #", r"overtime \+ #", r"overtime costs #")
    return _Staff(
        minutes=sum(_number(quantity) * _number(each) for quantity, each in rows),
        hours=_read(
            text, r'hours_per_head": #', r"contract hours #", r"works # hours", r"# h a week"
        ),
        performance=_read(text, r"performance(?:_percent\":| is)? #", r"# % performance") / 100,
        present=1 - _read(text, r"absence(?:_percent\":)? #", r"# % (?:absence|are away)") / 100,
        crew=_read(text, r'crew(?:":| on the list) #', r"have # people"),
        pay=_read(text, _WAGE) * (1 + premium / 100),
    )


def _workload(_asked: str, text: str) -> Expected:
    staff = _staff(text)
    return Expected((staff.load,), (staff.minutes,))


def _net_heads(_asked: str, text: str) -> Expected:
    staff = _staff(text)
    return Expected((_ceil(staff.load / staff.per_head),), (staff.load, staff.per_head))


def _gross_heads(_asked: str, text: str) -> Expected:
    staff = _staff(text)
    heads = _ceil(staff.load / (staff.per_head * staff.present))
    says = r"exactly|just (?:right|enough)|no gap"
    if heads != staff.crew:
        says = r"too small|short|missing" if heads > staff.crew else r"too large|to spare"
    return Expected((heads, *([heads - staff.crew] if heads != staff.crew else [])), (), says)


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
        return self.first * self.rate ** math.log2(unit)


def _launch(text: str) -> _Launch:
    return _Launch(
        first=_read(
            text, r"first unit took #", r"booked: #", r"is done, #", r'first_unit_hours": #'
        ),
        rate=_read(text, r"# % learning", r"learning rate: #", r'rate_percent": #') / 100,
        lot=_read(text, r"order: #", r"quote on #", r'order_qty": #'),
        wage=_read(text, _WAGE),
    )


def _unit_asked(asked: str) -> float:
    return _read(asked, r"unit (?:no\. )?#", r"#(?:st|nd|rd|th)\b")


def _learn_unit(asked: str, text: str) -> Expected:
    launch, unit = _launch(text), _unit_asked(asked)
    return Expected((launch.hours(unit),), (unit,))


def _learn_cost(asked: str, text: str) -> Expected:
    launch, unit = _launch(text), _unit_asked(asked)
    hours = half_up(launch.hours(unit), 1)
    saved = 100 - launch.hours(unit) / launch.first * 100
    return Expected((hours, hours * launch.wage), (unit, saved))


def _learn_last(asked: str, text: str) -> Expected:
    launch = _launch(text)
    exponent = math.log2(launch.rate)
    if "four decimals" in asked:
        exponent = half_up(exponent, 4)
    share = launch.lot**exponent
    return Expected((launch.first * share,), (exponent, launch.lot, share * 100))


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
        return _ceil(minutes * 60 * (1 - self.share) / (self.share * self.cycle))


def _steps(text: str) -> list[float]:
    if "result of the SMED workshop" in text:
        listed = text.partition("): ")[2].partition("; so far")[0]
        return [float(t) for t in re.findall(r" (\d+) min(?:,|$)", listed)]
    rows = _rows(text, r"^\| \d+ \| .+ \| (\d+) \|$", r"^\d+ +\S.*? +(\d+) *$")
    return [float(minutes) for (minutes,) in rows]


def _changeover(text: str) -> _Changeover:
    steps = _steps(text)
    last = re.search(r"(?:steps 1|no\. 1) and (?:no\. )?(\d+)", text)
    external = steps[0] + steps[int(last[1]) - 1 if last else -1]
    cut = _read(text, r"and # min less at", r"gets # min shorter", r"found # min more")
    return _Changeover(
        now=sum(steps),
        after=sum(steps) - external - cut,
        per_week=_read(text, r"# changeovers a week", r"# ?/week", r"change # times a week"),
        weeks=_read(text, r"# weeks"),
        rate=_read(text, _WAGE),
        cycle=_read(text, r"cycle # s\b", r"takes # s\b"),
        share=_read(text, r"at most # %", r"may take # %", r"not exceed # %") / 100,
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


def _smed_frequency(_asked: str, text: str) -> Expected:
    job = _changeover(text)
    weekly = job.per_week * job.now
    times = _floor(weekly / job.after)
    return Expected((times,), (weekly, job.per_week / times * 100))


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
        return _ceil(self.goods / self.rolled)


def _routing(text: str) -> _Routing:
    rows = _rows(
        text,
        r'"name": "([^"]+)", "yield": #, "min_per_part": #',
        r"^\| \d+ \| ([^|]+) \| # ?% \| # \|$",
        r"([^,:]+?) # ?% \(# min/part",
        r"^\d+ +(\S.*?) +# ?%? +# *$",
    )
    operations = [
        _Operation(name.strip(), _number(good) / (1 if '"yield"' in text else 100), _number(each))
        for name, good, each in rows
    ]
    return _Routing(
        operations,
        goods=_read(text, r'good_qty": #', r"good parts needed: #", r"# good "),
        capacity=_read(text, r'per_work_centre": #', r"capacity: # h", r"(?:has|give us) # h"),
        material=_read(text, r"(?:material(?: cost)?|costs|start\":) \"?[$€£]#"),
    )


def _route_worst(_asked: str, text: str) -> Expected:
    routing = _routing(text)
    worst = min(routing.operations, key=lambda operation: operation.passes)
    lost = (1 - worst.passes) * 1000
    return Expected((lost,), (worst.passes * 100, lost / 10, 1000), re.escape(worst.name))


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
    if "per good part" not in asked:
        return Expected((total,), (lost, each))
    return Expected((each,) if asked.startswith("Planned") else (total, each), (lost, total))


def _route_hours(asked: str, text: str) -> Expected:
    routing = _routing(text)
    names = [operation.name for operation in routing.operations]
    named = r"(?:does|fit into|operation \d+ \(|Does) ?{}\b"
    at = next(i for i, name in enumerate(names) if re.search(named.format(re.escape(name)), asked))
    before = math.prod(operation.passes for operation in routing.operations[:at])
    arriving = half_up(routing.start * before, 1)
    hours = half_up(arriving * routing.operations[at].minutes / 60, 1)
    says = r"\bfits\b|enough" if hours <= routing.capacity else r"not fit|more than"
    return Expected((hours, hours / routing.capacity * 100), (arriving,), says)


# Maintenance policy


class _History(NamedTuple):
    hours: float
    failures: float
    each_down: float
    each_cost: float
    preventive: float
    """Cost of the preventive replacements of a year."""
    remaining: float

    @property
    def between(self) -> float:
        return self.hours / self.failures

    @property
    def down(self) -> float:
        return self.failures * self.each_down

    @property
    def cost(self) -> float:
        return self.failures * self.each_cost


def _history(text: str) -> _History:
    hours = _read(
        text, r'operating_h": #', r"operating time +#", r"# (?:planned operating|scheduled) h"
    )
    down = _read(
        text, r'downtime_h": #', r"downtime each +#", r"average # h", r"# h down on average"
    )
    lost = _read(
        text, r'cost_per_h": #', r"cost of downtime +#", r"stop at #", r"production says #"
    )
    part = _read(text, r"\bpart(?:\":| for)? [$€£]?#(?!\w)")
    labour = _read(text, r'labour": #', r"labour #", r"our people #", r"and # of labour")
    times = _read(
        text,
        r'replacements_per_year": #',
        r"preventively # times",
        r"changed it # times",
        r"# planned repl",
    )
    price = _read(
        text, r'cost_each": #', r"production, # each", r"year at # each", r"\(# each time"
    )
    return _History(
        hours=hours,
        failures=_read(
            text,
            r'"breakdowns": #',
            r"^Breakdowns .*\) +#",
            r"# unplanned stops",
            r"failed # times",
        ),
        each_down=down,
        each_cost=down * lost + part + labour,
        preventive=times * price,
        remaining=_read(text, r"# % of (?:the|today|these)", r'breakdowns_percent": #') / 100,
    )


def _mtbf(_asked: str, text: str) -> Expected:
    return Expected((_history(text).between,))


def _technical(_asked: str, text: str) -> Expected:
    history = _history(text)
    available = 100 * (1 - history.down / history.hours)
    return Expected((history.down, available))


def _mission(asked: str, text: str) -> Expected:
    history = _history(text)
    run = _read(asked, r"# (?:operating )?h\b", r"# operating hours")
    return Expected((math.exp(-run / history.between) * 100,), (history.between, run))


def _campaign(asked: str, text: str) -> Expected:
    history = _history(text)
    return Expected((_floor(-history.between * math.log(_read(asked, r"# ?%") / 100)),))


def _failure_cost(_asked: str, text: str) -> Expected:
    history = _history(text)
    return Expected((history.each_cost, history.cost))


def _preventive(_asked: str, text: str) -> Expected:
    history = _history(text)
    plan = history.preventive + history.remaining * history.cost
    better, worse = (
        r"(?:preventive replacement (?:is cheaper|wins))",
        r"run to failure (?:is cheaper|wins)",
    )
    says = better if plan < history.cost else worse
    return Expected((history.cost, plan, history.cost - plan), (), says)


# Availability of a system


class _System(NamedTuple):
    series: float
    single: float
    hours: float
    loss: float

    @property
    def pair(self) -> float:
        return 1 - (1 - self.single) ** 2

    def down(self, block: float) -> float:
        """Return the hours down a year, to one decimal, with this in the place of the pair."""
        return half_up((1 - self.series * block) * self.hours, 1)


def _system(text: str) -> _System:
    if '"series"' in text:
        one, two, each = (float(v) for v in re.findall(r'availability(?:_each)?": ([\d.]+)', text))
    else:
        shares = re.findall(r"([\d.]+) %", text)
        one, two, each = (float(share) / 100 for share in shares)
    return _System(
        one * two,
        each,
        hours=_read(text, r'h_per_year": #', r"# h(?:/| per | a )year"),
        loss=_read(text, r'loss_per_h_down": #', _WAGE),
    )


def _av_pair(_asked: str, text: str) -> Expected:
    system = _system(text)
    return Expected((system.pair * 100,), (system.single * 100,))


def _av_system(_asked: str, text: str) -> Expected:
    system = _system(text)
    return Expected((system.series * system.pair * 100,))


def _av_downtime(_asked: str, text: str) -> Expected:
    system = _system(text)
    down = system.down(system.pair)
    return Expected((down, down * system.loss))


def _av_second(_asked: str, text: str) -> Expected:
    system = _system(text)
    both, alone = system.down(system.pair), system.down(system.single)
    return Expected(((alone - both) * system.loss,), (alone - both, both, alone))


# Energy meter


class _Meter(NamedTuple):
    kwh: list[float]
    units: float
    tariff: float
    charge: float
    grams: float
    shed: float

    @property
    def used(self) -> float:
        return sum(self.kwh)

    @property
    def peak(self) -> float:
        return max(self.kwh) * 4


def _meter(text: str) -> _Meter:
    listed = re.search(r"(?:\(kWh\): |\"kwh\": \[|^(?=\d+ \| ))([\d |,]+)", text, re.MULTILINE)
    kwh = (
        re.findall(r"\d+", listed[1])
        if listed
        else re.findall(r"\d\d:\d\d;(\d+)$", text, re.MULTILINE)
    )
    return _Meter(
        [float(value) for value in kwh],
        units=_read(
            text, r'"qty": #', r"output in this time: #", r"produced meanwhile: #", r"they made #"
        ),
        tariff=_read(text, r'price_per_kwh": #', r"# ?(?:/|per )kWh"),
        charge=_read(text, r'kw_month": #', r"# per kW\b"),
        grams=_read(text, r'g_per_kwh": #', r"# g(?: CO2)?(?: per |/)kWh"),
        shed=_read(text, r'peak_interval": #', r"- # kW", r"take # kW off", r"by # kW\."),
    )


def _en_cost(_asked: str, text: str) -> Expected:
    meter = _meter(text)
    return Expected((meter.used, meter.used * meter.tariff), (len(meter.kwh),))


def _en_peak(_asked: str, text: str) -> Expected:
    meter = _meter(text)
    return Expected((meter.peak, meter.peak * meter.charge), (max(meter.kwh),))


def _en_per_unit(_asked: str, text: str) -> Expected:
    meter = _meter(text)
    return Expected((meter.used * 1000 / meter.units,), (meter.used,))


def _en_co2(_asked: str, text: str) -> Expected:
    meter = _meter(text)
    grams = meter.used * meter.grams
    return Expected((grams / 1000, grams / meter.units), (meter.used,))


def _en_shave(_asked: str, text: str) -> Expected:
    meter = _meter(text)
    second = sorted(meter.kwh)[-2] * 4
    peak = max(second, meter.peak - meter.shed)
    saved = (meter.peak - peak) * meter.charge * 12
    return Expected((peak, saved), (meter.peak, second))


# Compressed air


class _Air(NamedTuple):
    leaks: dict[str, float]
    """Litres a minute by tag."""
    spots: dict[str, str]
    year: float
    """Cost of one litre a minute over a year."""
    repair: float
    leaking: float
    """Share of the delivery that the test shows."""
    delivery: float
    """Litres a minute."""

    @property
    def total(self) -> float:
        return sum(self.leaks.values())


def _air(text: str) -> _Air:
    mail = re.findall(r"(?:: |, )([^,:]+?) (\d+) l/min \(tag ([\w-]+)\)", text)
    rows = [(tag, spot, q) for spot, q, tag in mail] or _rows(
        text, r"^([\w-]*\d[\w-]*),(.+),(\d+)$", r"^([\w-]*\d[\w-]*) +(\S.*?) +(\d+) *$"
    )
    power = _read(text, r"# kW(?: per |/\()m³/min")
    hours = _read(text, r"net on # h", r"(?:pressure|pressure on) # h")
    tariff = _read(text, r"# ?(?:[$€£] ?)?(?:/| per )kWh")
    on, off = (
        _read(text, r"(?:loaded|load time|on load for) # s"),
        _read(text, r"(?:unloaded|idle time|off load for) # s"),
    )
    return _Air(
        leaks={tag: float(q) for tag, _, q in rows},
        spots={tag: spot.strip() for tag, spot, _ in rows},
        year=power / 1000 * hours * tariff,
        repair=_read(text, r"repair(?: about)? #", r"figure # per repair"),
        leaking=on / (on + off),
        delivery=_read(text, r"# m³/min\) loaded", r"delivery # m³", r"the # m³/min compressor")
        * 1000,
    )


def _air_total(_asked: str, text: str) -> Expected:
    total = _air(text).total
    return Expected((total, total * 0.06), (len(_air(text).leaks),))


def _air_cost(_asked: str, text: str) -> Expected:
    air = _air(text)
    return Expected((air.total * air.year,), (air.total,))


def _air_biggest(_asked: str, text: str) -> Expected:
    air = _air(text)
    tag = max(air.leaks, key=lambda name: air.leaks[name])
    says = rf"{re.escape(tag)}|{re.escape(air.spots[tag])}"
    return Expected((air.leaks[tag] * air.year,), (air.leaks[tag],), says)


def _air_payback(_asked: str, text: str) -> Expected:
    air = _air(text)
    cost, saved = len(air.leaks) * air.repair, air.total * air.year
    return Expected((cost, saved, cost / saved * 52))


def _air_test(_asked: str, text: str) -> Expected:
    air = _air(text)
    lost = air.leaking * air.delivery
    return Expected((air.leaking * 100, lost, air.total / lost * 100), (air.total,))


# Investment


class _Case(NamedTuple):
    outlay: float
    saving: float
    running: float
    life: float
    rate: float
    limit: float

    @property
    def net(self) -> float:
        return self.saving - self.running

    @property
    def annuity(self) -> float:
        """Present value of 1 a year."""
        return (1 - (1 + self.rate) ** -self.life) / self.rate


def _case(text: str) -> _Case:
    return _Case(
        outlay=_read(text, r'capex": #', r"^investment +#", r"outlay, year 0 \| #", r"it costs #"),
        saving=_read(
            text,
            r'saving_per_year": #',
            r"annual saving +#",
            r"saving per year .*\| #",
            r", # a year; upkeep",
        ),
        running=_read(
            text, r'cost_per_year": #', r"running cost +#", r"energy per year \| #", r"upkeep is #"
        ),
        life=_read(text, r'life_years": #', r"life(?: \|)? +# years", r"with # years"),
        rate=_read(text, r'rate_percent": #', r"rate +# %", r"interest \| #", r"# % interest")
        / 100,
        limit=_read(text, r'payback_years": #', r"payback(?: of| allowed \|)? # years"),
    )


def _payback(_asked: str, text: str) -> Expected:
    case = _case(text)
    years = case.outlay / case.net
    says = r"inside|within" if years <= case.limit else r"outside|beyond"
    return Expected((years,), (case.net,), says)


def _npv(_asked: str, text: str) -> Expected:
    case = _case(text)
    worth = case.net * case.annuity
    good = r"creates value|(?<!not )\bpays\b"
    bad = r"(?:destroys|no|not create) value|not pay"
    return Expected((worth - case.outlay,), (worth,), good if worth >= case.outlay else bad)


def _required(_asked: str, text: str) -> Expected:
    case = _case(text)
    need = _ceil(case.outlay / case.annuity + case.running)
    return Expected((need,), (case.saving - need,))


def _roi(_asked: str, text: str) -> Expected:
    case = _case(text)
    share = (case.net - case.outlay / case.life) / case.outlay
    level = "above|more than" if share > case.rate else "below|less than"
    return Expected((share * 100,), (), rf"(?s)^(?!.*\binterest\b)|{level}")


# Safety


class _Year(NamedTuple):
    cases: dict[str, float]
    """Recordable cases by quarter."""
    hours: float
    injuries: float
    days: float
    target: float

    @property
    def recordable(self) -> float:
        return sum(self.cases.values())


def _year(text: str) -> _Year:
    rows = _rows(
        text,
        r"^\| (Q\d) \| # \| # \| # \| # \|$",
        r"^(Q\d);#;#;#;#$",
        r"(Q\d) # h, (\d+|no|one) recordables? \(# with lost time, # days",
    )
    values = [(quarter, *map(_number, rest)) for quarter, *rest in rows]
    return _Year(
        cases={str(quarter): float(cases) for quarter, _, cases, *_ in values},
        hours=sum(row[1] for row in values),
        injuries=sum(row[3] for row in values),
        days=sum(row[4] for row in values),
        target=_read(text, r"target (?:is a )?(?:TRIR )?(?:of )?#"),
    )


def _hse_totals(_asked: str, text: str) -> Expected:
    year = _year(text)
    peak = max(year.cases.values())
    worst = "|".join(quarter for quarter, cases in year.cases.items() if cases == peak)
    return Expected((year.recordable,), (peak,), rf"\b(?:{worst})\b")


def _trir(_asked: str, text: str) -> Expected:
    year = _year(text)
    rate = year.recordable * 200_000 / year.hours
    good, bad = r"better than|\bmet\b(?<!not met)", r"worse than|missed|not met|above"
    says = good if rate <= year.target else bad
    return Expected((rate,), (year.recordable, year.hours, 200_000), says)


def _ltifr(_asked: str, text: str) -> Expected:
    year = _year(text)
    return Expected((year.injuries * 1e6 / year.hours,), (year.injuries, year.hours))


def _severity(_asked: str, text: str) -> Expected:
    year = _year(text)
    per_case = year.days / year.injuries
    return Expected((year.days * 1000 / year.hours, per_case), (year.days, 1000))


def _allowed(_asked: str, text: str) -> Expected:
    year = _year(text)
    most = _floor(year.target * year.hours / 200_000)
    gap = most - year.recordable
    return Expected((most, year.recordable), (year.hours, gap))


# Lifting


class _Lift(NamedTuple):
    load: float
    factors: dict[str, float]
    closer: float
    """Horizontal distance of the proposal."""

    def limit(self, **changed: float) -> float:
        return 23 * math.prod({**self.factors, **changed}.values())


def _lift(text: str) -> _Lift:
    kinds = ("HM", "VM", "DM", "AM", "FM", "CM")
    factors = {kind: _read(text, rf"\b{kind} (?:\(.*\) )?(?:\| |= 25/\d+ = )?#") for kind in kinds}
    load = _read(text, r"load(?: weight)? # kg", r"\(# kg\)")
    return _Lift(load, factors, _read(text, r"closer, H = #", r"H then #", r"closer\? #"))


def _verdict(index: float) -> str:
    if index <= 1:
        return r"(?<!not )acceptable|\bfine\b"
    return r"increased|improve" if index <= 2 else r"high risk|redesign"


def _lift_worst(_asked: str, text: str) -> Expected:
    lift = _lift(text)
    least = min(lift.factors.values())
    names = "|".join(name for name, factor in lift.factors.items() if factor == least)
    return Expected((least,), ((1 - least) * 100,), names)


def _lift_limit(_asked: str, text: str) -> Expected:
    lift = _lift(text)
    says = "more than" if lift.limit() > lift.load else "less than"
    return Expected((lift.limit(),), (), rf"limit is|{says}")


def _lift_index(_asked: str, text: str) -> Expected:
    lift = _lift(text)
    index = lift.load / lift.limit()
    return Expected((index,), (lift.limit(),), _verdict(half_up(index, 2)))


def _lift_closer(_asked: str, text: str) -> Expected:
    lift = _lift(text)
    nearer = min(1.0, half_up(25 / lift.closer, 2))
    before, after = lift.load / lift.limit(), lift.load / lift.limit(HM=nearer)
    says = r"(?<!not )acceptable" if half_up(after, 2) <= 1 else "not enough|above 1|not acceptable"
    return Expected((before, after), (nearer, lift.limit(HM=nearer)), says)


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
    "maintenance_policy/p2_mnt_mtbf": _mtbf,
    "maintenance_policy/p2_mnt_availability": _technical,
    "maintenance_policy/p2_mnt_mission": _mission,
    "maintenance_policy/p2_mnt_campaign": _campaign,
    "maintenance_policy/p2_mnt_failure_cost": _failure_cost,
    "maintenance_policy/p2_mnt_compare": _preventive,
    "system_availability/p2_av_pair": _av_pair,
    "system_availability/p2_av_system": _av_system,
    "system_availability/p2_av_downtime": _av_downtime,
    "system_availability/p2_av_second_unit": _av_second,
    "energy_meter/p2_en_cost": _en_cost,
    "energy_meter/p2_en_peak": _en_peak,
    "energy_meter/p2_en_per_unit": _en_per_unit,
    "energy_meter/p2_en_co2": _en_co2,
    "energy_meter/p2_en_shave": _en_shave,
    "air_leaks/p2_air_total": _air_total,
    "air_leaks/p2_air_cost": _air_cost,
    "air_leaks/p2_air_biggest": _air_biggest,
    "air_leaks/p2_air_payback": _air_payback,
    "air_leaks/p2_air_test": _air_test,
    "investment_case/p2_inv_payback": _payback,
    "investment_case/p2_inv_npv": _npv,
    "investment_case/p2_inv_required": _required,
    "investment_case/p2_inv_roi": _roi,
    "safety_statistics/p2_hse_totals": _hse_totals,
    "safety_statistics/p2_hse_trir": _trir,
    "safety_statistics/p2_hse_ltifr": _ltifr,
    "safety_statistics/p2_hse_severity": _severity,
    "safety_statistics/p2_hse_allowed": _allowed,
    "lifting_task/p2_lift_worst_factor": _lift_worst,
    "lifting_task/p2_lift_rwl": _lift_limit,
    "lifting_task/p2_lift_index": _lift_index,
    "lifting_task/p2_lift_closer": _lift_closer,
}
