"""Losses of a line, read from the records of one or several shifts.

Changeovers, energy, waiting and micro-stops of the stations, faults and what they cause, the cost of
one stop, a change tried in a model, inspected pieces.
"""

import math
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from tests.recomputed.reading import Expected, Recompute, figure, floats

__all__ = ["FORMS"]

Row = dict[str, str]

_CELLS: Final = (r"\s*\|\s*", r"\s{2,}", ";", ",")
"""What may stand between two cells of a table, from the most to the least telling."""


def _table(text: str, columns: dict[str, str]) -> list[Row]:
    """Return the rows of the table whose headings match the columns, none if there is no such table."""
    lines = text.splitlines()
    for at, line in enumerate(lines):
        for between in _CELLS:
            headings = re.split(between, line.strip(" |"))
            where = {
                name: next((i for i, h in enumerate(headings) if re.fullmatch(c, h, re.I)), -1)
                for name, c in columns.items()
            }
            if min(where.values()) >= 0:
                return [
                    {name: cells[i] for name, i in where.items()}
                    for cells in _body(lines[at + 1 :], between, len(headings))
                ]
    return []


def _body(lines: list[str], between: str, width: int) -> Iterator[list[str]]:
    for line in lines:
        cells = re.split(between, line.strip(" |"))
        if len(cells) != width:
            return
        if not set(line) <= set("|- :"):
            yield cells


def _rows(text: str, columns: dict[str, str], *told: str) -> list[Row]:
    """Return the rows of a table or, without one, of the first telling that occurs."""
    rows = _table(text, columns)
    for pattern in told:
        rows = rows or [m.groupdict() for m in re.finditer(pattern, text, re.MULTILINE)]
    assert rows, f"no rows in {text!r}"
    return rows


def _number(written: str) -> float:
    return float(written.replace(",", ""))


def _first(text: str, *patterns: str) -> float:
    """Return the figure of the first pattern that occurs."""
    found = next((p for p in patterns if re.search(p, text, re.IGNORECASE)), patterns[-1])
    return figure(found, text)


def _whole(count: float) -> int:
    """Return the pieces that are complete."""
    return math.floor(count + 1e-9)


def _station(question: str, known: dict[str, object]) -> str:
    """Return the station that a question asks about."""
    return next(w for w in re.findall(r"\w+", question) if w in known)


def _all(*words: str) -> str:
    """Return a pattern for a text that has all the words."""
    return "(?s)" + "".join(rf"(?=.*{re.escape(w)}(?!\w))" for w in words)


# Changeovers


class _Setups(NamedTuple):
    log: list[Row]
    planned: float
    internal: float
    cycle: float

    @property
    def minutes(self) -> float:
        return sum(_number(row["min"]) for row in self.log)


def _setups(context: str) -> _Setups:
    log = _rows(
        context,
        {
            "day": "date",
            "min": "min(utes)?",
            "to": "to|new product",
            "at": "longest at|critical",
        },
        r"^\w+ (?P<day>\d\d \w+) [\d:]+, .* -> (?P<to>.+): (?P<min>\d+) min, longest at (?P<at>\w+)",
        r"(?P<day>\d\d\.\d\d)\.: (?P<min>\d+) min to (?P<to>.+) \(critical (?P<at>\w+)\)",
        r'"date": "(?P<day>[\d-]+)", "start": "[\d:]+", "to": "(?P<to>[^"]+)",'
        r' "min": (?P<min>\d+), "critical_station": "(?P<at>\w+)"',
    )
    return _Setups(
        log,
        planned=_first(context, r"([\d,]+) (?:planned min|min planned)", r'planned_min": ([\d,]+)'),
        internal=_first(
            context,
            r"([\d.]+) % (?:of the set-up time is|of it is|internal)",
            r'internal (?:share )?([\d.]+)|internal_share_pct": ',
            r'internal_share_pct": ([\d.]+)',
        ),
        cycle=_first(context, r"([\d.]+) s\b", r'cycle_s": ([\d.]+)'),
    )


def _total_setup(question: str, context: str) -> Expected:
    facts = _setups(context)
    return Expected((facts.minutes, facts.minutes / len(facts.log)), (len(facts.log),))


def _setup_share(question: str, context: str) -> Expected:
    facts = _setups(context)
    return Expected((facts.minutes / facts.planned * 100,), (facts.minutes,))


def _parts_lost_setup(question: str, context: str) -> Expected:
    facts = _setups(context)
    return Expected((_whole(facts.minutes * 60 / facts.cycle),), (facts.minutes,))


_MONTHS: Final = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def _day(written: str) -> str:
    """Return a day as answers say it.

    >>> _day("2025-08-21"), _day("21.08"), _day("21 Aug")
    ('21 Aug', '21 Aug', '21 Aug')
    """
    if iso := re.fullmatch(r"\d{4}-(\d\d)-(\d\d)", written):
        return f"{iso[2]} {_MONTHS[int(iso[1]) - 1]}"
    if short := re.fullmatch(r"(\d\d)\.(\d\d)", written):
        return f"{short[1]} {_MONTHS[int(short[2]) - 1]}"
    return written


def _longest_setup(question: str, context: str) -> Expected:
    worst = max(_setups(context).log, key=lambda row: _number(row["min"]))
    says = _all(_day(worst["day"]), worst["to"], worst["at"])
    return Expected((_number(worst["min"]),), (), says)


def _smed_gain(question: str, context: str) -> Expected:
    facts = _setups(context)
    moved, margin = floats(question)
    internal = facts.minutes * facts.internal / 100
    saved = internal * moved / 100
    parts = _whole(saved * 60 / facts.cycle)
    return Expected((saved, parts, parts * margin), (facts.minutes, internal))


# Energy


class _Meters(NamedTuple):
    kwh: dict[str, float]
    ran: dict[str, float]
    planned: float
    good: float
    price: float
    power: tuple[str, float, float]

    @property
    def total(self) -> float:
        return sum(self.kwh.values())

    def split(self) -> tuple[float, float]:
        """Return the running and the idle energy of the station whose power is known."""
        station, running, idle = self.power
        ran = self.ran[station]
        return ran / 60 * running, (self.planned - ran) / 60 * idle


def _meters(context: str) -> _Meters:
    rows = _rows(
        context,
        {"code": "station|meter", "kwh": "kwh", "ran": "run.min"},
        r"^(?P<code>\w+) [^:\n]+: (?P<kwh>[\d,]+) kWh, ran (?P<ran>\d+) min",
        r"(?P<kwh>[\d,]+) kWh at (?P<code>\w+) \(run (?P<ran>\d+) min\)",
        r'"station": "(?P<code>\w+)", "run_min": (?P<ran>\d+), "kwh": (?P<kwh>\d+)',
    )
    codes = [row["code"].rpartition("-")[2] for row in rows]
    power = re.search(
        r'(\w+)(?: power)?(?::| draws|",)(?: run| "run":)? ([\d.]+)(?: kW\b)?\D*([\d.]+)(?: kW|}})',
        context,
    )
    assert power, context
    return _Meters(
        {code: _number(row["kwh"]) for code, row in zip(codes, rows, strict=True)},
        {code: _number(row["ran"]) for code, row in zip(codes, rows, strict=True)},
        planned=_first(
            context, r"(\d+) (?:planned min|min planned)", r'planned(?:_min"?)?:? (\d+)'
        ),
        good=_first(context, r"([\d,]+) good", r'good(?: output|":)? ([\d,]+)'),
        price=_first(
            context, r"([\d.]+)(?: \S{1,3})?(?:/| per | a )kWh", r'price_per_kwh": ([\d.]+)'
        ),
        power=(power[1], float(power[2]), float(power[3])),
    )


def _total_kwh(question: str, context: str) -> Expected:
    facts = _meters(context)
    return Expected((facts.total, facts.total * facts.price))


def _energy_per_unit(question: str, context: str) -> Expected:
    facts = _meters(context)
    return Expected((facts.total * 1000 / facts.good,), (facts.total,))


def _largest_consumer(question: str, context: str) -> Expected:
    facts = _meters(context)
    station, kwh = max(facts.kwh.items(), key=lambda item: item[1])
    return Expected((kwh, kwh / facts.total * 100), (facts.total,), _all(station))


def _idle_energy(question: str, context: str) -> Expected:
    facts = _meters(context)
    _, idle = facts.split()
    return Expected((idle, idle * facts.price), (facts.planned - facts.ran[facts.power[0]],))


def _cost_per_hundred(question: str, context: str) -> Expected:
    facts = _meters(context)
    cost = facts.total * facts.price
    return Expected((cost / facts.good * 100,), (cost, facts.total))


def _running_energy(question: str, context: str) -> Expected:
    running, idle = _meters(context).split()
    both = running + idle
    return Expected((running, idle, both, idle / both * 100))


# States of the stations


class _States(NamedTuple):
    of: dict[str, dict[str, float]]
    planned: float

    def waiting(self, station: str) -> float:
        return self.of[station]["starved"] + self.of[station]["blocked"]


_STATES: Final = {
    "run": "run|ran|R",
    "down": "down|D",
    "setup": "set-?up|S",
    "pm": "PM|M",
    "starved": "starved|ST",
    "blocked": "blocked|BL",
}


def _states(context: str) -> _States:
    rows = _table(context, {"code": "station|stn", **_STATES})
    if rows:
        of = {r["code"]: {k: _number(v) for k, v in r.items() if k != "code"} for r in rows}
    else:
        lines = re.findall(
            r'^\s*"?(\w+)"?(?: \(.*\))?: (.*\bR?(?:ran |un": )?\d.*)$', context, re.M
        )
        of = {code: _minutes(told) for code, told in lines if re.search(r"BL|blocked", told)}
    planned = _first(
        context,
        r"(\d+) planned min",
        r"(?:minutes of|adds up to) (\d+)",
        r'planned_min": (\d+)',
        r"^[^\n]*\n\w+[,;][^,;]+[,;](\d+)",
    )
    return _States(of, planned)


def _minutes(told: str) -> dict[str, float]:
    """Return the minutes of each state from `ran 316, down 46` or `R316 D46` or JSON."""
    stated = re.findall(r'([A-Za-z-]+)"?:? ?(\d+)', told)
    return {
        state: sum(float(m) for word, m in stated if re.fullmatch(pattern, word, re.I))
        for state, pattern in _STATES.items()
    }


def _most(state: str) -> Recompute:
    def recompute(question: str, context: str) -> Expected:
        facts = _states(context)
        station = max(facts.of, key=lambda code: facts.of[code][state])
        minutes = facts.of[station][state]
        return Expected((minutes, minutes / facts.planned * 100), (), _all(station))

    return recompute


def _observed_bottleneck(question: str, context: str) -> Expected:
    facts = _states(context)
    station = min(facts.of, key=facts.waiting)
    waiting = facts.waiting(station)
    return Expected((waiting,), (waiting / facts.planned * 100,), _all(station))


def _waiting_share(question: str, context: str) -> Expected:
    facts = _states(context)
    waiting = facts.waiting(_station(question, {**facts.of}))
    return Expected((waiting / facts.planned * 100,), (waiting,))


def _own_availability(question: str, context: str) -> Expected:
    facts = _states(context)
    station = _station(question, {**facts.of})
    base = facts.planned - facts.waiting(station)
    return Expected((facts.of[station]["run"] / base * 100,), (base,))


def _cause_side(question: str, context: str) -> Expected:
    facts = _states(context)
    station = _station(question, {**facts.of})
    starved, blocked = facts.of[station]["starved"], facts.of[station]["blocked"]
    side = "upstream" if starved > blocked else "downstream"
    waiting = starved + blocked
    return Expected((max(starved, blocked) / waiting * 100,), (waiting,), rf"\b{side}\b")


def _ceiling_without_waiting(question: str, context: str) -> Expected:
    facts = _states(context)
    station = _station(question, {**facts.of})
    share = figure(r"([\d.]+) %", question)
    made = _first(question, r"processed ([\d,]+)", r"made ([\d,]+)")
    run = facts.of[station]["run"]
    more = facts.waiting(station) * share / 100
    return Expected((_whole(made / run * more),), (more, run + more))


# Micro-stops


class _Micro(NamedTuple):
    count: float
    seconds: float
    run: float
    cycle: float


_STOPS_TOLD: Final = (
    r"^(?P<code>\w+) .+: (?P<n>\d+) stops, (?P<s>[\d,]+) s in total, ran (?P<run>\d+) min,"
    r" cycle (?P<cycle>[\d.]+) s",
    r": (?P<code>\w+) (?P<n>\d+)x, (?P<s>[\d,]+) sec together .*run (?P<run>\d+) min,"
    r" (?P<cycle>[\d.]+) s/pc",
    r'"station": "(?P<code>\w+)", "count": (?P<n>\d+), "seconds": (?P<s>\d+),'
    r' "run_min": (?P<run>\d+), "cycle_s": (?P<cycle>[\d.]+)',
)


def _micro(context: str) -> dict[str, _Micro]:
    columns = {
        "code": "station",
        "n": "n_micro|micro-stops",
        "s": "sum_s|lost s",
        "run": "run.min",
        "cycle": "cycle.s",
    }
    return {
        row["code"]: _Micro(*(_number(row[key]) for key in ("n", "s", "run", "cycle")))
        for row in _rows(context, columns, *_STOPS_TOLD)
    }


def _micro_total(question: str, context: str) -> Expected:
    stops = _micro(context).values()
    seconds = sum(stop.seconds for stop in stops)
    return Expected((seconds / 60, sum(stop.count for stop in stops)), (seconds,))


def _micro_mean(question: str, context: str) -> Expected:
    stops = _micro(context)
    stop = stops[_station(question, {**stops})]
    return Expected((stop.seconds / stop.count,))


def _micro_parts(question: str, context: str) -> Expected:
    stops = _micro(context)
    stop = stops[_station(question, {**stops})]
    return Expected((_whole(stop.seconds / stop.cycle), stop.seconds / (stop.run * 60) * 100))


def _micro_versus_breakdown(question: str, context: str) -> Expected:
    minutes = sum(stop.seconds for stop in _micro(context).values()) / 60
    longest = _first(
        context,
        r"longest breakdown (?:of the shift: .*, )?(\d+) min",
        r"breakdown for comparison: (\d+) min",
        r'"minutes": (\d+)',
        r": (\d+) min, \w+, ",
    )
    says = r"^(?:the )?micro-stops" if minutes > longest else r"^(?:the )?breakdown"
    return Expected((abs(minutes - longest), minutes), (), says)


def _micro_rate(question: str, context: str) -> Expected:
    rates = {code: stop.count / stop.run * 60 for code, stop in _micro(context).items()}
    worst = max(rates, key=lambda code: rates[code])
    return Expected((rates[worst],), (), _all(worst))


# A change, tried in a model


class _Runs(NamedTuple):
    good: tuple[float, float]
    stops: tuple[float, float]
    minutes: tuple[float, float]
    wip: tuple[float, float]
    shifts: float
    margin: float
    cost: float

    @property
    def gain(self) -> float:
        return self.good[1] - self.good[0]

    @property
    def contribution(self) -> float:
        """What the gain of all modelled shifts is worth."""
        return self.gain * self.margin


def _pair(context: str, *patterns: str) -> tuple[float, float]:
    """Return a quantity before and after: a pattern with two groups, or one that occurs twice."""
    for pattern in patterns:
        found = re.findall(pattern, context, re.MULTILINE)
        flat = [n for match in found for n in (match if isinstance(match, tuple) else (match,))]
        if len(flat) == 2:
            return _number(flat[0]), _number(flat[1])
    raise AssertionError(f"no {patterns} in {context!r}")


def _runs(context: str) -> _Runs:
    n = r"([\d,.]*\d)"
    return _Runs(
        good=_pair(
            context,
            rf"^\| Good \w+ \| {n} \| {n}",
            rf"^good +{n} +{n}",
            rf": {n} good",
            rf"{n} -> {n} good",
            rf'"good": {n}',
        ),
        stops=_pair(
            context,
            rf"^\| Stops \| {n} \| {n}",
            rf"^stops / min +{n} / .*\d   +{n} / ",
            rf"{n} stops with",
            rf"stops {n} \(.*\) -> {n} \(",
            rf'"stops": {n}',
        ),
        minutes=_pair(
            context,
            rf"^\| Stop minutes.* \| {n} \| {n}",
            rf"^stops / min.* / {n} .* / {n}",
            rf"stops with {n} min",
            rf"\({n} min\)",
            rf'"stop_min": {n}',
        ),
        wip=_pair(
            context,
            rf"^\| Average WIP \| {n} \| {n}",
            rf"^WIP mean +{n} +{n}",
            rf"average WIP {n}",
            rf"WIP {n} -> {n}",
            rf'"wip_mean": {n}',
        ),
        shifts=_first(context, r"(\d+) shifts", r'"shifts": (\d+)'),
        margin=_first(
            context, r"(?:contribution|margin) [^\d\n]*([\d.]*\d)", r'margin_per_unit": ([\d.]+)'
        ),
        cost=_first(
            context, r"(?:one-off(?: cost)?|costs|cost us) \D?([\d,]+)", r'one_off_cost": (\d+)'
        ),
    )


def _change(before: float, after: float) -> tuple[float, float]:
    return after - before, (after - before) / before * 100


def _gain(question: str, context: str) -> Expected:
    return Expected(_change(*_runs(context).good))


def _stop_change(question: str, context: str) -> Expected:
    facts = _runs(context)
    return Expected(tuple(after - before for before, after in (facts.minutes, facts.stops)))


def _gain_per_shift(question: str, context: str) -> Expected:
    facts = _runs(context)
    return Expected((facts.gain / facts.shifts, facts.contribution / facts.shifts), (facts.gain,))


def _payback(question: str, context: str) -> Expected:
    facts = _runs(context)
    if facts.gain <= 0:
        return Expected((), (), r"\b(?:not paid back|never)\b")
    shifts = math.ceil(facts.cost / (facts.contribution / facts.shifts) - 1e-9)
    return Expected((shifts,), (facts.contribution, facts.gain))


def _worth_it(question: str, context: str) -> Expected:
    facts = _runs(context)
    shifts = figure(r"(\d+) shifts", question) * figure(r"(\d+) (?:working )?days", question)
    yearly = facts.contribution / facts.shifts * shifts
    says = r"^(?:yes|invest)\b" if yearly >= facts.cost else r"^(?:no|do not invest)\b"
    return Expected((yearly,), (facts.gain,), says)


def _wip_effect(question: str, context: str) -> Expected:
    before, after = _runs(context).wip
    difference, percent = _change(before, after)
    return Expected((percent,), (difference,))


# Faults and what they cause


class _Event(NamedTuple):
    station: str
    state: str
    start: int
    end: int
    cause: str

    @property
    def minutes(self) -> int:
        return self.end - self.start

    @property
    def clock(self) -> str:
        return f"{self.start // 60 % 24:02}:{self.start % 60:02}"


_CLOCK: Final = re.compile(r"\b(\d\d):(\d\d)\b")
_CAUSES: Final = (
    r"FAULT  (.+?)  \(cleared",
    r";DOWN;\d+;(.+)$",
    r'"cause": "(.+?)"',
    r" down, (.+?)\. \(edit",
    r"^\d\d:\d\d \w+ (.+?)\. [^.]+?: .+ \d\d:\d\d$",
)


class _Log(NamedTuple):
    flow: list[str]
    events: list[_Event]

    def faults(self) -> list[_Event]:
        return [event for event in self.events if event.state == "down"]

    def waits(self) -> list[_Event]:
        return [event for event in self.events if event.state != "down"]

    @staticmethod
    def at(station: str, clock: str, events: list[_Event]) -> _Event:
        return next(e for e in events if e.station == station and e.clock == clock)

    def caused(self, fault: _Event, wait: _Event) -> bool:
        """Return whether a fault stands on the side that a wait points to, and in time before it."""
        before = self.flow.index(fault.station) < self.flow.index(wait.station)
        after = self.flow.index(fault.station) > self.flow.index(wait.station)
        side = before if wait.state == "starved" else after
        return side and fault.start <= wait.start

    def reason(self, wait: _Event) -> _Event:
        """Return the fault behind a wait: of those that may be, the one that ended with it."""
        may = [fault for fault in self.faults() if self.caused(fault, wait)]
        return min(may, key=lambda fault: abs(fault.end - wait.end))


def _clock(written: str) -> int:
    hours, minutes = written.split(":")
    return int(hours) * 60 + int(minutes)


def _log(context: str) -> _Log:
    stations = re.search(r"(?:flow|order of stations)\W.*", context, re.IGNORECASE)
    assert stations, context
    flow = re.findall(r"\b[A-Z]{1,4}\d+\b", stations[0])
    events: list[_Event] = []
    for line in context.splitlines():
        station = next((w for w in re.findall(r"\w+", line) if w in flow), "")
        if station and _CLOCK.search(line):
            events.append(_event(line, station, events[-1].start if events else 0))
    return _Log(flow, events)


def _event(line: str, station: str, earliest: int) -> _Event:
    clocks = [_clock(match[0]) for match in _CLOCK.finditer(line)]
    start = clocks[0] + (1440 if clocks[0] < earliest else 0)
    lasted = re.search(r";(\d+);", line)
    minutes = int(lasted[1]) if lasted else (clocks[-1] - clocks[0]) % 1440
    causes = (re.search(pattern, line) for pattern in _CAUSES)
    cause = next((found[1] for found in causes if found), "")
    waits = re.findall(r"starved|blocked", line.lower())
    return _Event(station, "down" if cause else waits[0], start, start + minutes, cause)


def _asked(question: str, log: _Log) -> tuple[_Event, _Event]:
    """Return the fault and the wait that a question names, either of them by its time."""
    named = re.search(r"(\w+) (?:failed at |at |\()(\d\d:\d\d)", question)
    codes = [word for word in re.findall(r"\w+", question) if word in log.flow]
    if named and named[1] in codes and len(set(codes)) > 1:
        fault = log.at(named[1], named[2], log.faults())
        other = next(code for code in codes if code != fault.station)
        return fault, next(e for e in log.waits() if e.station == other and log.caused(fault, e))
    clock = _CLOCK.search(question)
    assert clock, question
    wait = log.at(codes[0], clock[0], log.waits())
    return log.reason(wait), wait


def _wait_cause(question: str, context: str) -> Expected:
    fault, wait = _asked(question, _log(context))
    return Expected((), (), _all(fault.station, fault.cause))


def _decoupling(question: str, context: str) -> Expected:
    fault, wait = _asked(question, _log(context))
    return Expected((wait.start - fault.start,))


def _first_fault(question: str, context: str) -> Expected:
    fault = min(_log(context).faults(), key=lambda event: event.start)
    return Expected((), (), _all(fault.station, fault.clock, fault.cause))


def _fault_minutes(question: str, context: str) -> Expected:
    faults = _log(context).faults()
    return Expected((sum(fault.minutes for fault in faults),), (len(faults),))


def _wait_share(question: str, context: str) -> Expected:
    fault, wait = _asked(question, _log(context))
    return Expected(
        (wait.minutes, wait.minutes / fault.minutes * 100), (fault.minutes,), fault.station
    )


def _what_to_do(question: str, context: str) -> Expected:
    fault, wait = _asked(question, _log(context))
    bridged = wait.start - fault.start
    return Expected((wait.minutes,), (bridged,), _all(fault.station, fault.cause))


# The cost of one stop


class _Order(NamedTuple):
    minutes: float
    response: float
    people: float
    rate: float
    material: float
    cycle: float
    margin: float

    @property
    def labour(self) -> float:
        return self.people * self.minutes / 60 * self.rate

    @property
    def parts(self) -> int:
        return _whole(self.minutes * 60 / self.cycle)

    @property
    def lost(self) -> float:
        return self.parts * self.margin

    @property
    def total(self) -> float:
        return self.labour + self.material + self.lost


def _order(context: str) -> _Order:
    clocks = [_clock(match[0]) for match in _CLOCK.finditer(context)]
    called = re.search(r"at the machine (\d+) min later", context)
    return _Order(
        minutes=_first(context, r"\d x (\d+) min", r"for the whole (\d+) min", r'min_each": (\d+)'),
        response=float(called[1]) if called else (clocks[1] - clocks[0]) % 1440,
        people=_first(context, r"(\d) x \d+ min", r"(\d) (?:person|people)", r'staff": (\d)'),
        rate=_first(context, r"([\d.]+)(?:/h| per hour| an hour)", r'rate_per_h": ([\d.]+)'),
        material=_first(
            context,
            r"([\d,.]+\d) (?:spares|of material)",
            r"(?:^material|spares|parts) +\D?([\d,.]+\d)",
            r"\nmaterial +\D?([\d,.]+\d)",
            r'"material": ([\d.]+)',
        ),
        cycle=_first(context, r"(\d[\d.]*) s\b", r'cycle_s": ([\d.]+)'),
        margin=_first(
            context,
            r"([\d.]+) contribution per",
            r"(?:contribution|margin) \D?([\d.]*\d)",
            r"([\d.]+) per \w+ for the loss sheet",
            r'margin_per_unit": ([\d.]+)',
        ),
    )


def _parts_lost(question: str, context: str) -> Expected:
    facts = _order(context)
    return Expected((facts.parts,), (facts.minutes,))


def _response_time(question: str, context: str) -> Expected:
    facts = _order(context)
    return Expected((facts.response, facts.minutes - facts.response), (facts.minutes,))


def _labour_cost(question: str, context: str) -> Expected:
    facts = _order(context)
    return Expected((facts.labour, facts.labour + facts.material))


def _total_cost(question: str, context: str) -> Expected:
    facts = _order(context)
    repair = facts.labour + facts.material
    return Expected((facts.total,), (repair, facts.labour, facts.lost, facts.parts))


def _dominating_cost(question: str, context: str) -> Expected:
    facts = _order(context)
    costs = {"labour": facts.labour, "material": facts.material, "contribution": facts.lost}
    name, most = max(costs.items(), key=lambda item: item[1])
    return Expected((most, most / facts.total * 100), (facts.total,), rf"\b{name}\b")


# Inspected pieces


class _Sample(NamedTuple):
    measured: list[float]
    nominal: float
    low: float
    high: float


def _sample(context: str) -> _Sample:
    row = re.search(r"(?:\d[\d.]* (?: |/ ))+\d[\d.]*", context)
    column = re.findall(r"^\d+(?:  |,)([\d.]+)$", context, re.MULTILINE)
    nominal = _first(context, r"([\d.]+) (?:±|\+-)", r"nominal ([\d.]*\d)")
    if re.search("±", context):
        tolerance = figure(r"± ([\d.]*\d)", context)
        low, high = nominal - tolerance, nominal + tolerance
    else:
        low = _first(context, r"limits ([\d.]+) /", r"LSL ([\d.]+)", r"so ([\d.]+) to")
        high = _first(context, r"limits [\d.]+ / ([\d.]+)", r"USL ([\d.]+)", r"to ([\d.]*\d)$")
    measured = column or re.findall(r"[\d.]+", row[0] if row else "")
    assert measured, context
    return _Sample([float(value) for value in measured], nominal, low, high)


def _out_of_tolerance(question: str, context: str) -> Expected:
    facts = _sample(context)
    out = sum(not facts.low - 1e-9 <= value <= facts.high + 1e-9 for value in facts.measured)
    limits = (facts.low, facts.high)
    if out:
        return Expected((out,), limits)
    return Expected((), (len(facts.measured), *limits), r"\bnone\b|\ball are inside\b")


def _mean_offset(question: str, context: str) -> Expected:
    facts = _sample(context)
    mean = sum(facts.measured) / len(facts.measured)
    offset = mean - facts.nominal
    tolerance = facts.high - facts.nominal
    share = abs(offset) / tolerance * 100
    asked = (share,) if re.search(r"\bshare\b", question) else ()
    return Expected((mean, offset, *asked), (share, tolerance))


def _sample_range(question: str, context: str) -> Expected:
    measured = _sample(context).measured
    return Expected((max(measured) - min(measured),))


FORMS: dict[str, Recompute] = {
    "changeovers/total_setup": _total_setup,
    "changeovers/setup_share": _setup_share,
    "changeovers/parts_lost_setup": _parts_lost_setup,
    "changeovers/longest_setup": _longest_setup,
    "changeovers/smed_gain": _smed_gain,
    "energy/total_kwh": _total_kwh,
    "energy/energy_per_unit": _energy_per_unit,
    "energy/largest_consumer": _largest_consumer,
    "energy/idle_energy": _idle_energy,
    "energy/cost_per_hundred": _cost_per_hundred,
    "energy/running_energy": _running_energy,
    "station_states/most_blocked": _most("blocked"),
    "station_states/most_starved": _most("starved"),
    "station_states/observed_bottleneck": _observed_bottleneck,
    "station_states/waiting_share": _waiting_share,
    "station_states/own_availability": _own_availability,
    "station_states/cause_side": _cause_side,
    "station_states/ceiling_without_waiting": _ceiling_without_waiting,
    "micro_stops/micro_total": _micro_total,
    "micro_stops/micro_mean": _micro_mean,
    "micro_stops/micro_parts": _micro_parts,
    "micro_stops/micro_versus_breakdown": _micro_versus_breakdown,
    "micro_stops/micro_rate": _micro_rate,
    "what_if/gain": _gain,
    "what_if/stop_change": _stop_change,
    "what_if/gain_per_shift": _gain_per_shift,
    "what_if/payback": _payback,
    "what_if/worth_it": _worth_it,
    "what_if/wip_effect": _wip_effect,
    "event_log/wait_cause": _wait_cause,
    "event_log/decoupling": _decoupling,
    "event_log/first_fault": _first_fault,
    "event_log/fault_minutes": _fault_minutes,
    "event_log/wait_share": _wait_share,
    "event_log/what_to_do": _what_to_do,
    "work_order/parts_lost": _parts_lost,
    "work_order/response_time": _response_time,
    "work_order/labour_cost": _labour_cost,
    "work_order/total_cost": _total_cost,
    "work_order/dominating_cost": _dominating_cost,
    "inspection/out_of_tolerance": _out_of_tolerance,
    "inspection/mean_offset": _mean_offset,
    "inspection/sample_range": _sample_range,
}
