"""What a change, a fault or one stop of a line brings or costs; what a sample of pieces shows."""

import math
import re
from typing import Final, NamedTuple

from tests.recomputed.reading import Expected, Recompute, figure, half_up
from tests.recomputed.telling import first, form, has_all, number, whole

__all__ = ["FORMS"]

FORMS: dict[str, Recompute] = {}


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
            return number(flat[0]), number(flat[1])
    raise AssertionError(f"no {patterns} in {context!r}")


_N: Final = r"([\d,.]*\d)"
_TOLD: Final = {
    "good": (
        rf"[Gg]ood(?: \w+ \|)? +{_N}[ |]+{_N}",
        rf"{_N} -> {_N} good",
        rf": {_N} good",
        rf'"good": {_N}',
    ),
    "stops": (
        rf"Stops \| {_N} \| {_N}",
        rf"stops / min +{_N} / .*  {_N} / ",
        rf"stops {_N} \(.* -> {_N} \(",
        rf"{_N} stops with",
        rf'"stops": {_N}',
    ),
    "minutes": (
        rf"Stop minutes.* \| {_N} \| {_N}",
        rf"stops / min .*/ {_N} .*/ {_N}",
        rf"\({_N} min\)",
        rf"stops with {_N} min",
        rf'"stop_min": {_N}',
    ),
    "wip": (
        rf"WIP(?: mean| \|)? +{_N}(?: -> |[ |]+){_N}",
        rf"WIP {_N}",
        rf'"wip_mean": {_N}',
    ),
}


def _runs(context: str) -> _Runs:
    pairs = {quantity: _pair(context, *patterns) for quantity, patterns in _TOLD.items()}
    return _Runs(
        **pairs,
        shifts=first(context, r"(\d+) shifts", r'"shifts": (\d+)'),
        margin=first(
            context, r"(?:contribution|margin) [^\d\n]*([\d.]*\d)", r'margin_per_unit": ([\d.]+)'
        ),
        cost=first(
            context, r"(?:one-off(?: cost)?|costs|cost us) \D?([\d,]+)", r'one_off_cost": (\d+)'
        ),
    )


def _change(before: float, after: float) -> tuple[float, float]:
    return after - before, (after - before) / before * 100


@form(FORMS, "what_if/gain", _runs)
def _gain(facts: _Runs, question: str) -> Expected:
    return Expected(_change(*facts.good))


@form(FORMS, "what_if/stop_change", _runs)
def _stop_change(facts: _Runs, question: str) -> Expected:
    minutes, _ = _change(*facts.minutes)
    stops, _ = _change(*facts.stops)
    return Expected((minutes, stops) if stops else (minutes,), (stops,))


@form(FORMS, "what_if/gain_per_shift", _runs)
def _gain_per_shift(facts: _Runs, question: str) -> Expected:
    return Expected((facts.gain / facts.shifts, facts.contribution / facts.shifts), (facts.gain,))


@form(FORMS, "what_if/payback", _runs)
def _payback(facts: _Runs, question: str) -> Expected:
    if facts.gain <= 0:
        return Expected((), (), r"\b(?:not paid back|never)\b")
    shifts = math.ceil(facts.cost / (facts.contribution / facts.shifts) - 1e-9)
    return Expected((shifts,), (facts.contribution, facts.gain))


@form(FORMS, "what_if/worth_it", _runs)
def _worth_it(facts: _Runs, question: str) -> Expected:
    shifts = figure(r"(\d+) shifts", question) * figure(r"(\d+) (?:working )?days", question)
    yearly = facts.contribution / facts.shifts * shifts
    says = r"^(?:yes|invest)\b" if yearly >= facts.cost else r"^(?:no|do not invest)\b"
    return Expected((yearly,), (facts.gain,), says)


@form(FORMS, "what_if/wip_effect", _runs)
def _wip_effect(facts: _Runs, question: str) -> Expected:
    return Expected(_change(*facts.wip))


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
        """Return whether a fault precedes a wait, on the side that the wait points to."""
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
    stations = re.search(r'(?:\(flow|flow is|Flow:|"flow":|order of stations:) .*', context)
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
        return fault, next(w for w in log.waits() if w.station == other and log.caused(fault, w))
    clock = _CLOCK.search(question)
    assert clock, question
    wait = log.at(codes[0], clock[0], log.waits())
    return log.reason(wait), wait


@form(FORMS, "event_log/wait_cause", _log)
def _wait_cause(facts: _Log, question: str) -> Expected:
    fault, _ = _asked(question, facts)
    return Expected((), (), has_all(fault.station, fault.cause))


@form(FORMS, "event_log/decoupling", _log)
def _decoupling(facts: _Log, question: str) -> Expected:
    fault, wait = _asked(question, facts)
    return Expected((wait.start - fault.start,))


@form(FORMS, "event_log/first_fault", _log)
def _first_fault(facts: _Log, question: str) -> Expected:
    fault = min(facts.faults(), key=lambda event: event.start)
    return Expected((), (), has_all(fault.station, fault.clock, fault.cause))


@form(FORMS, "event_log/fault_minutes", _log)
def _fault_minutes(facts: _Log, question: str) -> Expected:
    faults = facts.faults()
    return Expected((sum(fault.minutes for fault in faults),), (len(faults),))


@form(FORMS, "event_log/wait_share", _log)
def _wait_share(facts: _Log, question: str) -> Expected:
    fault, wait = _asked(question, facts)
    return Expected(
        (wait.minutes, wait.minutes / fault.minutes * 100), (fault.minutes,), fault.station
    )


@form(FORMS, "event_log/what_to_do", _log)
def _what_to_do(facts: _Log, question: str) -> Expected:
    fault, wait = _asked(question, facts)
    bridged = wait.start - fault.start
    return Expected((wait.minutes,), (bridged,), has_all(fault.station, fault.cause))


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
        """Booked to the cent."""
        return half_up(self.people * self.minutes / 60 * self.rate, 2)

    @property
    def parts(self) -> int:
        return whole(self.minutes * 60 / self.cycle)

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
        minutes=first(context, r"\d x (\d+) min", r"for the whole (\d+) min", r'min_each": (\d+)'),
        response=float(called[1]) if called else (clocks[1] - clocks[0]) % 1440,
        people=first(context, r"(\d) x \d+ min", r"(\d) (?:person|people)", r'staff": (\d)'),
        rate=first(context, r"([\d.]+)(?:/h| per hour| an hour)", r'rate_per_h": ([\d.]+)'),
        material=first(
            context,
            r"([\d,.]+\d) (?:spares|of material)",
            r"\b(?:material|spares|parts) +\D?([\d,.]+\d)",
            r'"material": ([\d.]+)',
        ),
        cycle=first(context, r"(\d[\d.]*) s\b", r'cycle_s": ([\d.]+)'),
        margin=first(
            context,
            r"([\d.]+) contribution per",
            r"(?:contribution|margin) \D?([\d.]*\d)",
            r"([\d.]+) per \w+ for the loss sheet",
            r'margin_per_unit": ([\d.]+)',
        ),
    )


@form(FORMS, "work_order/parts_lost", _order)
def _parts_lost(facts: _Order, question: str) -> Expected:
    return Expected((facts.parts,), (facts.minutes,))


@form(FORMS, "work_order/response_time", _order)
def _response_time(facts: _Order, question: str) -> Expected:
    return Expected((facts.response, facts.minutes - facts.response), (facts.minutes,))


@form(FORMS, "work_order/labour_cost", _order)
def _labour_cost(facts: _Order, question: str) -> Expected:
    return Expected((facts.labour, facts.labour + facts.material))


@form(FORMS, "work_order/total_cost", _order)
def _total_cost(facts: _Order, question: str) -> Expected:
    repair = facts.labour + facts.material
    return Expected((facts.total,), (repair, facts.labour, facts.lost, facts.parts))


@form(FORMS, "work_order/dominating_cost", _order)
def _dominating_cost(facts: _Order, question: str) -> Expected:
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
    row = re.search(r"(?:\d[\d.]*(?:  | / )){3,}[\d.]+", context)
    column = re.findall(r"^\d+(?:  |,)([\d.]+)$", context, re.MULTILINE)
    nominal = first(context, r"([\d.]+) (?:±|\+-)", r"nominal ([\d.]*\d)")
    if re.search("±", context):
        tolerance = figure(r"± ([\d.]*\d)", context)
        low, high = nominal - tolerance, nominal + tolerance
    else:
        low = first(context, r"limits ([\d.]+) /", r"LSL ([\d.]+)", r"so ([\d.]+) to")
        high = first(
            context, r"limits [\d.]+ / ([\d.]+)", r"USL ([\d.]+)", r"so [\d.]+ to ([\d.]+)"
        )
    measured = column or re.findall(r"[\d.]+", row[0] if row else "")
    assert measured, context
    return _Sample([float(value) for value in measured], nominal, low, high)


@form(FORMS, "inspection/out_of_tolerance", _sample)
def _out_of_tolerance(facts: _Sample, question: str) -> Expected:
    out = sum(not facts.low - 1e-9 <= value <= facts.high + 1e-9 for value in facts.measured)
    said = (len(facts.measured), facts.low, facts.high)
    return Expected((out,), said) if out else Expected((), said, r"\bnone\b|\ball are inside\b")


@form(FORMS, "inspection/mean_offset", _sample)
def _mean_offset(facts: _Sample, question: str) -> Expected:
    mean = sum(facts.measured) / len(facts.measured)
    offset = mean - facts.nominal
    tolerance = facts.high - facts.nominal
    share = abs(offset) / tolerance * 100
    asked = (share,) if re.search(r"\bshare\b", question) else ()
    return Expected((mean, offset, *asked), (share, tolerance))


@form(FORMS, "inspection/sample_range", _sample)
def _sample_range(facts: _Sample, question: str) -> Expected:
    least, most = min(facts.measured), max(facts.measured)
    return Expected((most - least,), (least, most))
