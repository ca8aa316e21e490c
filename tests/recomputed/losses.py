"""Losses of a line: changeovers, energy, waiting, micro-stops; what they come from and cost."""

import re
from calendar import month_abbr
from typing import Final, NamedTuple

from tests.recomputed import causes
from tests.recomputed.reading import Expected, Recompute, figure, floats
from tests.recomputed.telling import Row, first, form, has_all, number, rows, station, table, whole

__all__ = ["FORMS"]

FORMS: dict[str, Recompute] = {**causes.FORMS}


# Changeovers


class _Setups(NamedTuple):
    log: list[Row]
    planned: float
    internal: float
    cycle: float

    @property
    def minutes(self) -> float:
        return sum(number(row["min"]) for row in self.log)


_SETUPS: Final = (
    r"^\w+ (?P<day>\d\d \w+) [\d:]+, .* -> (?P<to>.+): (?P<min>\d+) min, longest at (?P<at>\w+)",
    r"(?P<day>\d\d\.\d\d)\.: (?P<min>\d+) min to (?P<to>.+) \(critical (?P<at>\w+)\)",
    r'"date": "(?P<day>[\d-]+)", "start": "[\d:]+", "to": "(?P<to>[^"]+)",'
    r' "min": (?P<min>\d+), "critical_station": "(?P<at>\w+)"',
)


def _setups(context: str) -> _Setups:
    columns = {"day": "date", "min": "min(utes)?", "to": "to|new product"}
    return _Setups(
        rows(context, {**columns, "at": "longest at|critical"}, *_SETUPS),
        planned=first(context, r"([\d,]+) (?:planned min|min planned)", r'planned_min": (\d+)'),
        internal=first(
            context,
            r"(\d+) % (?:of the set-up time is|of it is|internal)",
            r'internal(?: share |_share_pct": )(\d+)',
        ),
        cycle=first(context, r"([\d.]+) s\b", r'cycle_s": ([\d.]+)'),
    )


@form(FORMS, "changeovers/total_setup", _setups)
def _total_setup(facts: _Setups, question: str) -> Expected:
    count = len(facts.log)
    return Expected((facts.minutes, facts.minutes / count), (count,))


@form(FORMS, "changeovers/setup_share", _setups)
def _setup_share(facts: _Setups, question: str) -> Expected:
    return Expected((facts.minutes / facts.planned * 100,), (facts.minutes,))


@form(FORMS, "changeovers/parts_lost_setup", _setups)
def _parts_lost_setup(facts: _Setups, question: str) -> Expected:
    return Expected((whole(facts.minutes * 60 / facts.cycle),), (facts.minutes,))


def _day(written: str) -> str:
    """Return 21 Aug for 2025-08-21, for 21.08 and for 21 Aug."""
    if iso := re.fullmatch(r"\d{4}-(\d\d)-(\d\d)", written):
        return f"{iso[2]} {month_abbr[int(iso[1])]}"
    if short := re.fullmatch(r"(\d\d)\.(\d\d)", written):
        return f"{short[1]} {month_abbr[int(short[2])]}"
    return written


@form(FORMS, "changeovers/longest_setup", _setups)
def _longest_setup(facts: _Setups, question: str) -> Expected:
    worst = max(facts.log, key=lambda row: number(row["min"]))
    says = has_all(_day(worst["day"]), worst["to"], worst["at"])
    return Expected((number(worst["min"]),), (), says)


@form(FORMS, "changeovers/smed_gain", _setups)
def _smed_gain(facts: _Setups, question: str) -> Expected:
    moved, margin = floats(question)
    internal = facts.minutes * facts.internal / 100
    saved = internal * moved / 100
    parts = whole(saved * 60 / facts.cycle)
    return Expected((saved, parts, parts * margin), (facts.minutes, internal))


# Energy


class _Meters(NamedTuple):
    kwh: dict[str, float]
    ran: dict[str, float]
    planned: float
    good: float
    price: float
    known: tuple[str, float, float]
    """A station with its power when running and when not."""

    @property
    def total(self) -> float:
        return sum(self.kwh.values())

    @property
    def idle_minutes(self) -> float:
        return self.planned - self.ran[self.known[0]]

    def split(self) -> tuple[float, float]:
        """Return the running and the idle energy of the station whose power is known."""
        name, running, idle = self.known
        return self.ran[name] / 60 * running, self.idle_minutes / 60 * idle


_METERS: Final = (
    r"^(?P<code>\w+) [^:\n]+: (?P<kwh>[\d,]+) kWh, ran (?P<ran>\d+) min",
    r"(?P<kwh>[\d,]+) kWh at (?P<code>\w+) \(run (?P<ran>\d+) min\)",
    r'"station": "(?P<code>\w+)", "run_min": (?P<ran>\d+), "kwh": (?P<kwh>\d+)',
)
_POWER: Final = re.compile(
    r'(\w+)(?: power)?(?::| draws|",)(?: run| "run":)? ([\d.]+)(?: kW\b|,)\D*([\d.]+)(?: kW|\}\})'
)


def _meters(context: str) -> _Meters:
    columns = {"code": "station|meter", "kwh": "kwh", "ran": "run.min"}
    power = _POWER.search(context)
    assert power, context
    read = {
        row["code"].rpartition("-")[2]: (number(row["kwh"]), number(row["ran"]))
        for row in rows(context, columns, *_METERS)
    }
    return _Meters(
        {code: kwh for code, (kwh, _) in read.items()},
        {code: ran for code, (_, ran) in read.items()},
        planned=first(context, r"(\d+) (?:planned min|min planned)", r'planned(?:_min"?)?:? (\d+)'),
        good=first(context, r"([\d,]+) good", r'good(?: output|":)? ([\d,]+)'),
        price=first(
            context, r"([\d.]+)(?: \S{1,3})?(?:/| per | a )kWh", r'price_per_kwh": ([\d.]+)'
        ),
        known=(power[1], float(power[2]), float(power[3])),
    )


@form(FORMS, "energy/total_kwh", _meters)
def _total_kwh(facts: _Meters, question: str) -> Expected:
    return Expected((facts.total, facts.total * facts.price))


@form(FORMS, "energy/energy_per_unit", _meters)
def _energy_per_unit(facts: _Meters, question: str) -> Expected:
    return Expected((facts.total * 1000 / facts.good,), (facts.total,))


@form(FORMS, "energy/largest_consumer", _meters)
def _largest_consumer(facts: _Meters, question: str) -> Expected:
    largest = max(facts.kwh, key=lambda code: facts.kwh[code])
    kwh = facts.kwh[largest]
    return Expected((kwh, kwh / facts.total * 100), (facts.total,), has_all(largest))


@form(FORMS, "energy/idle_energy", _meters)
def _idle_energy(facts: _Meters, question: str) -> Expected:
    _, idle = facts.split()
    return Expected((idle, idle * facts.price), (facts.idle_minutes,))


@form(FORMS, "energy/cost_per_hundred", _meters)
def _cost_per_hundred(facts: _Meters, question: str) -> Expected:
    cost = facts.total * facts.price
    return Expected((cost / facts.good * 100,), (100, cost, facts.total))


@form(FORMS, "energy/running_energy", _meters)
def _running_energy(facts: _Meters, question: str) -> Expected:
    running, idle = facts.split()
    both = running + idle
    return Expected((running, idle, both, idle / both * 100))


# States of the stations


class _States(NamedTuple):
    of: dict[str, dict[str, float]]
    planned: float

    def waiting(self, code: str) -> float:
        return self.of[code]["starved"] + self.of[code]["blocked"]

    def told(self, code: str) -> tuple[float, ...]:
        """Return what the record says of a station, with its waiting time."""
        return (*self.of[code].values(), self.waiting(code), self.planned)


_STATES: Final = {
    "run": "run|ran|R",
    "down": "down|D",
    "setup": "set-?up|S",
    "pm": "PM|M",
    "starved": "starved|ST",
    "blocked": "blocked|BL",
}


def _states(context: str) -> _States:
    tabled = table(context, {"code": "station|stn", **_STATES})
    of = {row.pop("code"): {state: number(m) for state, m in row.items()} for row in tabled}
    if not of:
        told = r'^\s*"?(\w+)"?(?: \(.+\))?: (.*(?:blocked|BL)\W*\d.*)$'
        lines = re.findall(told, context, re.MULTILINE)
        of = {code: _minutes(line) for code, line in lines}
    planned = first(
        context,
        r"(\d+) planned min",
        r"(?:minutes of|adds up to) (\d+)",
        r'planned_min": (\d+)',
        r"\n\w+[,;][^,;\n]+[,;](\d+)[,;]",
    )
    return _States(of, planned)


def _minutes(told: str) -> dict[str, float]:
    """Return the minutes of each state from `ran 316, down 46`, `R316 D46` or JSON."""
    stated = re.findall(r'([A-Za-z-]+)"?:? ?(\d+)', told)
    return {
        state: sum(float(m) for word, m in stated if re.fullmatch(name, word, re.IGNORECASE))
        for state, name in _STATES.items()
    }


@form(FORMS, "station_states/most_blocked", _states)
def _most_blocked(facts: _States, question: str) -> Expected:
    return _most("blocked", facts)


@form(FORMS, "station_states/most_starved", _states)
def _most_starved(facts: _States, question: str) -> Expected:
    return _most("starved", facts)


def _most(state: str, facts: _States) -> Expected:
    code = max(facts.of, key=lambda each: facts.of[each][state])
    minutes = facts.of[code][state]
    return Expected((minutes, minutes / facts.planned * 100), (facts.planned,), has_all(code))


@form(FORMS, "station_states/observed_bottleneck", _states)
def _observed_bottleneck(facts: _States, question: str) -> Expected:
    code = min(facts.of, key=facts.waiting)
    share = facts.waiting(code) / facts.planned * 100
    return Expected((facts.waiting(code),), (share, *facts.told(code)), has_all(code))


@form(FORMS, "station_states/waiting_share", _states)
def _waiting_share(facts: _States, question: str) -> Expected:
    code = station(question, *facts.of)
    return Expected((facts.waiting(code) / facts.planned * 100,), facts.told(code))


@form(FORMS, "station_states/own_availability", _states)
def _own_availability(facts: _States, question: str) -> Expected:
    code = station(question, *facts.of)
    base = facts.planned - facts.waiting(code)
    return Expected((facts.of[code]["run"] / base * 100,), (base, *facts.told(code)))


@form(FORMS, "station_states/cause_side", _states)
def _cause_side(facts: _States, question: str) -> Expected:
    code = station(question, *facts.of)
    starved, blocked = facts.of[code]["starved"], facts.of[code]["blocked"]
    share = max(starved, blocked) / (starved + blocked) * 100
    side = "upstream" if starved > blocked else "downstream"
    return Expected((share,), facts.told(code), rf"\b{side}\b")


@form(FORMS, "station_states/ceiling_without_waiting", _states)
def _ceiling_without_waiting(facts: _States, question: str) -> Expected:
    code = station(question, *facts.of)
    made = figure(r"(?:processed|made) ([\d,]+)", question)
    more = facts.waiting(code) * figure(r"(\d+) %", question) / 100
    run = facts.of[code]["run"]
    return Expected((whole(made / run * more),), (run, more, run + more))


# Micro-stops


class _Stops(NamedTuple):
    number: float
    seconds: float
    run: float
    cycle: float


class _Micro(NamedTuple):
    of: dict[str, _Stops]
    breakdown: float

    @property
    def minutes(self) -> float:
        return sum(stops.seconds for stops in self.of.values()) / 60


_STOPS: Final = (
    r"^(?P<code>\w+) .+: (?P<n>\d+) stops, (?P<s>[\d,]+) s in total, ran (?P<run>\d+) min,"
    r" cycle (?P<cycle>[\d.]+) s",
    r": (?P<code>\w+) (?P<n>\d+)x, (?P<s>[\d,]+) sec together .*run (?P<run>\d+) min,"
    r" (?P<cycle>[\d.]+) s/pc",
    r'"station": "(?P<code>\w+)", "count": (?P<n>\d+), "seconds": (?P<s>\d+),'
    r' "run_min": (?P<run>\d+), "cycle_s": (?P<cycle>[\d.]+)',
)


def _micro(context: str) -> _Micro:
    columns = {"code": "station", "n": "n_micro|micro-stops", "s": "sum_s|lost s"}
    columns |= {"run": "run.min", "cycle": "cycle.s"}
    listed = rows(context, columns, *_STOPS)
    return _Micro(
        {row.pop("code"): _Stops(*(number(row[c]) for c in columns if c in row)) for row in listed},
        breakdown=first(
            context,
            r"longest breakdown (?:of the shift: .*, )?(\d+) min",
            r"breakdown for comparison: (\d+) min",
            r'"minutes": (\d+)',
            r": (\d+) min, \w+, ",
        ),
    )


@form(FORMS, "micro_stops/micro_total", _micro)
def _micro_total(facts: _Micro, question: str) -> Expected:
    count = sum(stops.number for stops in facts.of.values())
    return Expected((facts.minutes, count), (facts.minutes * 60,))


@form(FORMS, "micro_stops/micro_mean", _micro)
def _micro_mean(facts: _Micro, question: str) -> Expected:
    stops = facts.of[station(question, *facts.of)]
    return Expected((stops.seconds / stops.number,))


@form(FORMS, "micro_stops/micro_parts", _micro)
def _micro_parts(facts: _Micro, question: str) -> Expected:
    stops = facts.of[station(question, *facts.of)]
    return Expected((whole(stops.seconds / stops.cycle), stops.seconds / (stops.run * 60) * 100))


@form(FORMS, "micro_stops/micro_versus_breakdown", _micro)
def _micro_versus_breakdown(facts: _Micro, question: str) -> Expected:
    more = facts.minutes - facts.breakdown
    worse = "(?:micro-stops:|small ones cost)" if more > 0 else "breakdown(?:: | cost)"
    return Expected((facts.minutes, facts.breakdown, abs(more)), (), rf"\bthe {worse}")


@form(FORMS, "micro_stops/micro_rate", _micro)
def _micro_rate(facts: _Micro, question: str) -> Expected:
    rates = {code: stops.number / stops.run * 60 for code, stops in facts.of.items()}
    worst = max(rates, key=lambda code: rates[code])
    return Expected((rates[worst],), (), has_all(worst))
