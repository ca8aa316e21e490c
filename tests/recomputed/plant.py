"""Plant and money: maintenance, availability, energy, compressed air, investment, safety, lifting.

Made like its sister `work`, whose forms it hands on.
"""

import math
import re
from typing import NamedTuple

from tests.recomputed import work
from tests.recomputed.labels import MONEY, ceil, floor, number, read, rows
from tests.recomputed.reading import Expected, Recompute, half_up

__all__ = ["FORMS"]


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
    hours = read(
        text, r'operating_h": #', r"operating time +#", r"# (?:planned operating|scheduled) h"
    )
    down = read(
        text, r'downtime_h": #', r"downtime each +#", r"average # h", r"# h down on average"
    )
    lost = read(text, r'cost_per_h": #', r"cost of downtime +#", r"stop at #", r"production says #")
    part = read(text, r"\bpart(?:\":| for)? #")
    labour = read(text, r'labour": #', r"labour #", r"our people #", r"and # of labour")
    times = read(
        text,
        r'replacements_per_year": #',
        r"preventively # times",
        r"changed it # times",
        r"# planned repl",
    )
    price = read(text, r'cost_each": #', r"production, # each", r"year at # each", r"\(# each time")
    return _History(
        hours=hours,
        failures=read(
            text,
            r'"breakdowns": #',
            r"^Breakdowns .*\) +#",
            r"# unplanned stops",
            r"failed # times",
        ),
        each_down=down,
        each_cost=down * lost + part + labour,
        preventive=times * price,
        remaining=read(text, r"# % of (?:the|today|these)", r'breakdowns_percent": #') / 100,
    )


def _mtbf(_asked: str, text: str) -> Expected:
    return Expected((_history(text).between,))


def _technical(_asked: str, text: str) -> Expected:
    history = _history(text)
    available = 100 * (1 - history.down / history.hours)
    return Expected((history.down, available))


def _mission(asked: str, text: str) -> Expected:
    history = _history(text)
    run = read(asked, r"# h(?:ours)?\b")
    return Expected((math.exp(-run / history.between) * 100,), (history.between, run))


def _campaign(asked: str, text: str) -> Expected:
    history = _history(text)
    return Expected((floor(-history.between * math.log(read(asked, r"# ?%") / 100)),))


def _failure_cost(_asked: str, text: str) -> Expected:
    history = _history(text)
    return Expected((history.each_cost, history.cost))


def _preventive(_asked: str, text: str) -> Expected:
    history = _history(text)
    plan = history.preventive + history.remaining * history.cost
    best = "preventive replacement" if plan < history.cost else "run to failure"
    return Expected((history.cost, plan, history.cost - plan), (), f"{best} (?:is cheaper|wins)")


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
        hours=read(text, r'h_per_year": #', r"# h(?:/| per | a )year"),
        loss=read(text, r'loss_per_h_down": #', MONEY),
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
    return Expected((alone - both, (alone - both) * system.loss), (both, alone))


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
        units=read(
            text, r'"qty": #', r"output in this time: #", r"produced meanwhile: #", r"they made #"
        ),
        tariff=read(text, r'price_per_kwh": #', r"# ?(?:/|per )kWh"),
        charge=read(text, r'kw_month": #', r"# per kW\b"),
        grams=read(text, r'g_per_kwh": #', r"# g(?: CO2)?(?: per |/)kWh"),
        shed=read(text, r'peak_interval": #', r"- # kW", r"take # kW off", r"by # kW\."),
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
    power: float
    """Kilowatt for a litre a minute."""
    year: float
    """Cost of a litre a minute over a year."""
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
    leaks = [(tag, spot, q) for spot, q, tag in mail] or rows(
        text, r"^([\w-]*\d[\w-]*),(.+),(\d+)$", r"^([\w-]*\d[\w-]*) +(\S.*?) +(\d+) *$"
    )
    power = read(text, r"# kW(?: per |/\()m³/min") / 1000
    hours = read(text, r"net on # h", r"(?:pressure|pressure on) # h")
    tariff = read(text, r"# ?(?:[$€£] ?)?(?:/| per )kWh")
    on, off = (
        read(text, r"(?:loaded|load time|on load for) # s"),
        read(text, r"(?:unloaded|idle time|off load for) # s"),
    )
    return _Air(
        leaks={tag: float(q) for tag, _, q in leaks},
        spots={tag: spot.strip() for tag, spot, _ in leaks},
        power=power,
        year=power * hours * tariff,
        repair=read(text, r"repair(?: about)? #", r"figure # per repair"),
        leaking=on / (on + off),
        delivery=read(text, r"# m³/min\) loaded", r"delivery # m³", r"the # m³/min compressor")
        * 1000,
    )


def _air_total(_asked: str, text: str) -> Expected:
    total = _air(text).total
    return Expected((total, total * 0.06), (len(_air(text).leaks),))


def _air_cost(_asked: str, text: str) -> Expected:
    air = _air(text)
    return Expected((air.total * air.year,), (air.total, air.total * air.power))


def _air_biggest(_asked: str, text: str) -> Expected:
    air = _air(text)
    most = max(air.leaks.values())
    [tag] = [name for name, litres in air.leaks.items() if litres == most]
    return Expected((most * air.year,), (most,), rf"{re.escape(tag)}|{re.escape(air.spots[tag])}")


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
        return (1 - math.pow(1 + self.rate, -self.life)) / self.rate


def _case(text: str) -> _Case:
    return _Case(
        outlay=read(text, r'capex": #', r"^investment +#", r"outlay, year 0 \| #", r"it costs #"),
        saving=read(
            text,
            r'saving_per_year": #',
            r"annual saving +#",
            r"saving per year .*\| #",
            r", # a year; upkeep",
        ),
        running=read(
            text, r'cost_per_year": #', r"running cost +#", r"energy per year \| #", r"upkeep is #"
        ),
        life=read(text, r'life_years": #', r"life(?: \|)? +# years", r"with # years"),
        rate=read(text, r'rate_percent": #', r"rate +# %", r"interest \| #", r"# % interest") / 100,
        limit=read(text, r'payback_years": #', r"payback(?: of| allowed \|)? # years"),
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
    bad = r"does not (?:earn its interest|pay)"
    return Expected((worth - case.outlay,), (worth,), good if worth >= case.outlay else bad)


def _required(_asked: str, text: str) -> Expected:
    case = _case(text)
    need = ceil(case.outlay / case.annuity + case.running)
    return Expected((need,), (case.saving - need,))


def _roi(_asked: str, text: str) -> Expected:
    case = _case(text)
    share = (case.net - case.outlay / case.life) / case.outlay
    level = r"(?<!not )above" if share > case.rate else "not above"
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
    told = rows(
        text,
        r"^\| (Q\d) \| # \| # \| # \| # \|$",
        r"^(Q\d);#;#;#;#$",
        r"(Q\d) # h, # recordables? \(# with lost time, # days",
    )
    return _Year(
        cases={quarter: number(cases) for quarter, _, cases, _, _ in told},
        hours=sum(number(row[1]) for row in told),
        injuries=sum(number(row[3]) for row in told),
        days=sum(number(row[4]) for row in told),
        target=read(text, r"target (?:is a )?(?:TRIR )?(?:of )?#"),
    )


def _hse_totals(_asked: str, text: str) -> Expected:
    year = _year(text)
    peak = max(year.cases.values())
    [worst] = [quarter for quarter, cases in year.cases.items() if cases == peak]
    return Expected((year.recordable,), (peak,), rf"\b{worst}\b")


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
    most = floor(year.target * year.hours / 200_000)
    gap = most - year.recordable
    says = ("fewer|to spare" if gap > 0 else "too many") if gap else "just as many|none to spare"
    return Expected((most, gap) if gap else (most,), (year.hours, year.recordable), says)


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
    factors = {kind: read(text, rf"\b{kind} (?:\(.*\) )?(?:\| |= 25/\d+ = )?#") for kind in kinds}
    load = read(text, r"load(?: weight)? # kg", r"\(# kg\)")
    return _Lift(load, factors, read(text, r"closer, H = #", r"H then #", r"closer\? #"))


def _verdict(index: float) -> str:
    if index <= 1:
        return r"(?<!not )acceptable|\bfine\b"
    return r"increased|improve" if index <= 2 else r"high risk|redesign"


def _lift_worst(asked: str, text: str) -> Expected:
    lift = _lift(text)
    least = min(lift.factors.values())
    [worst] = [name for name, factor in lift.factors.items() if factor == least]
    taken = (1 - least) * 100
    return Expected((least, taken) if "take away" in asked else (least,), (taken,), worst)


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
    **work.FORMS,
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
