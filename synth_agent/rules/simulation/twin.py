"""The same line, the same luck, one thing changed: what a what-if question compares."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from synth_agent.rules.simulation.chance import one
from synth_agent.rules.simulation.parameters import WhatIf
from synth_agent.rules.simulation.plan import LinePlan, ShiftPlan, StationPlan

__all__ = ["Change", "change_line"]


@dataclass(frozen=True, slots=True)
class Change:
    """What the second run has changed."""

    kind: WhatIf
    station: int
    before: float
    after: float
    unit: str
    plan: LinePlan


def change_line(plan: LinePlan, kind: WhatIf | None) -> Change:
    """Change one thing: the one asked for, or any that makes sense on this line."""
    rng = np.random.default_rng([plan.seed, 2_000])
    fitting: list[WhatIf] = [name for name, fits in _FITS.items() if fits(plan)]
    drawn = one(rng, fitting)
    return _CHANGES[kind or drawn](plan)


def _with_station(plan: LinePlan, index: int, **changed: Any) -> LinePlan:
    stations = list(plan.stations)
    stations[index] = replace(stations[index], **changed)
    return replace(plan, stations=tuple(stations))


def _worst(plan: LinePlan) -> StationPlan:
    """Return the station that loses most time to failures, by its own figures."""
    return max(plan.stations, key=_down_share)


def _down_share(station: StationPlan) -> float:
    weights = sum(mode.weight for mode in station.modes)
    repair = sum(mode.minutes * mode.weight for mode in station.modes) / weights
    return repair / station.mtbf


def _larger_buffer(plan: LinePlan) -> Change:
    index = max(0, plan.bottleneck - 1)
    room = plan.stations[index].room
    changed = _with_station(plan, index, room=2 * room)
    return Change("larger buffer", index, room, 2 * room, "places", changed)


def _faster_bottleneck(plan: LinePlan) -> Change:
    index = plan.bottleneck
    cycle = plan.stations[index].cycle_ms
    tick = 100 if cycle >= 10_000 else 10
    faster = round(cycle * 0.9 / tick) * tick
    changed = _with_station(plan, index, cycle_ms=faster)
    return Change("faster bottleneck", index, cycle / 1000, faster / 1000, "s", changed)


def _preventive(plan: LinePlan) -> Change:
    station = _worst(plan)
    changed = _with_station(plan, station.index, pm_minutes=10)
    return Change("preventive maintenance", station.index, 0, 10, "min per shift", changed)


def _extra_operator(plan: LinePlan) -> Change:
    station = next(s for s in plan.stations if s.manual)
    tick = 100 if station.cycle_ms >= 10_000 else 10
    share = (station.operators + 0.35) / (station.operators + 1)
    faster = round(station.cycle_ms * share / tick) * tick
    more = station.operators + 1
    changed = _with_station(plan, station.index, cycle_ms=faster, operators=more)
    unit = "operators"
    return Change("extra operator", station.index, station.operators, more, unit, changed)


def _shorter_setup(plan: LinePlan) -> Change:
    slowest = max((s.changeover.minutes for s in plan.shifts if s.changeover), key=max)
    index = slowest.index(max(slowest))
    shifts = tuple(_halve_setup(shift) for shift in plan.shifts)
    return Change("shorter setup", index, 100, 50, "%", replace(plan, shifts=shifts))


def _halve_setup(shift: ShiftPlan) -> ShiftPlan:
    if shift.changeover is None:
        return shift
    halved = tuple((minutes + 1) // 2 for minutes in shift.changeover.minutes)
    return replace(shift, changeover=replace(shift.changeover, minutes=halved))


def _faster_repairs(plan: LinePlan) -> Change:
    index = _worst(plan).index
    changed = _with_station(plan, index, repair_factor=0.6)
    return Change("faster repairs", index, 100, 60, "%", changed)


_CHANGES: Final[dict[WhatIf, Callable[[LinePlan], Change]]] = {
    "larger buffer": _larger_buffer,
    "faster bottleneck": _faster_bottleneck,
    "preventive maintenance": _preventive,
    "extra operator": _extra_operator,
    "shorter setup": _shorter_setup,
    "faster repairs": _faster_repairs,
}

_FITS: Final[dict[WhatIf, Callable[[LinePlan], bool]]] = {
    "larger buffer": lambda _: True,
    "faster bottleneck": lambda _: True,
    "preventive maintenance": lambda plan: _worst(plan).pm_minutes == 0,
    "extra operator": lambda plan: any(
        s.manual and s.index == plan.bottleneck for s in plan.stations
    ),
    "shorter setup": lambda plan: sum(s.changeover is not None for s in plan.shifts) >= 2,
    "faster repairs": lambda _: True,
}
