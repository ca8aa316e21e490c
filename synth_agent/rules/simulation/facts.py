"""Says a run as plain data: what a shift report, a log or a counter would show.

Parts, minutes and kilowatt-hours are whole numbers and ratios follow from them, so that whatever a
text states can be recomputed by its reader. Times are minutes after midnight of the shift's day;
those of a night shift go beyond 1440.
"""

from typing import Any

import numpy as np

from synth_agent.rules.simulation.events import (
    changeover_facts,
    hour_facts,
    stop_facts,
    wait_facts,
)
from synth_agent.rules.simulation.plan import LinePlan, ShiftPlan, StationPlan
from synth_agent.rules.simulation.record import Counts, ShiftRecord
from synth_agent.rules.simulation.totals import STATES

__all__ = ["line_facts", "shift_facts"]


def line_facts(plan: LinePlan) -> dict[str, Any]:
    """What stays the same through the run."""
    measured = plan.characteristic
    return {
        "site": plan.site,
        "currency": plan.currency,
        "line": plan.code,
        "line_name": plan.name,
        "family": plan.kind,
        "product": plan.product,
        "unit": plan.unit,
        "margin": plan.margin,
        "energy_price": plan.energy_price,
        "bottleneck": plan.bottleneck,
        "characteristic": {
            "name": measured.name,
            "unit": measured.unit,
            "nominal": plan.nominal,
            "tolerance": measured.tolerance,
            "decimals": measured.decimals,
        },
        "stations": [_station(station) for station in plan.stations],
    }


def _station(plan: StationPlan) -> dict[str, Any]:
    return {
        "no": plan.index + 1,
        "code": plan.code,
        "name": plan.name,
        "kind": plan.kind,
        "cycle": plan.cycle_ms / 1000,
        "manual": plan.manual,
        "operators": plan.operators,
        "room": plan.room,
        "value": plan.value,
        "kw": plan.kw,
        "idle_kw": plan.idle_kw,
        "upkeep": plan.pm_minutes,
        "micro_reasons": list(plan.micro_reasons),
    }


def shift_facts(plan: LinePlan, record: ShiftRecord) -> dict[str, Any]:
    """One shift: its calendar, its stations, what stopped, what came out."""
    shift = record.plan
    stations = [
        _station_shift(station, shift, counts, defects)
        for station, counts, defects in zip(
            plan.stations, record.stations, record.defects, strict=True
        )
    ]
    for station, minutes in zip(stations, record.setups, strict=False):
        station["setup_minutes"] = minutes
    out = sum(hour.out for hour in record.hours)
    stops = [stop_facts(plan, shift, n, stop) for n, stop in enumerate(record.stops)]
    return {
        "no": shift.index + 1,
        "day": shift.day,
        "name": shift.name,
        "title": shift.name if "hift" in shift.name else f"{shift.name} shift",
        "start": shift.start,
        "end": shift.start + shift.length,
        "length": shift.length,
        "break_minutes": shift.length - shift.planned,
        "breaks": [
            {"start": shift.start + p.start, "minutes": p.end - p.start} for p in shift.breaks
        ],
        "planned": shift.planned,
        "lead": shift.lead,
        "technicians": list(shift.technicians),
        "absent": shift.absent,
        "chain": any(stop.chain for stop in record.stops),
        "product": shift.product,
        "changeover": changeover_facts(shift, record),
        "demand": shift.demand,
        "in": record.stations[0].made,
        "good": out,
        "scrap": sum(counts.scrap for counts in record.stations),
        "rework": sum(counts.rework for counts in record.stations),
        "wip_start": sum(record.wip_before),
        "wip_end": sum(record.hours[-1].wip),
        "kwh": sum(station["kwh"] for station in stations),
        "down": sum(counts.down for counts in record.stations),
        "stations": stations,
        "stops": stops,
        "waits": [wait_facts(plan, record, wait) for wait in record.waits],
        "hours": hour_facts(record),
        "measurements": _measurements(plan, shift),
    }


def _station_shift(
    plan: StationPlan, shift: ShiftPlan, counts: Counts, defects: dict[str, int]
) -> dict[str, Any]:
    cycle = plan.cycle_ms / 1000
    first = counts.made - counts.scrap - counts.rework
    planned = shift.planned
    energy = counts.run * plan.kw + (planned - counts.run) * plan.idle_kw
    return {
        "no": plan.index + 1,
        "code": plan.code,
        "name": plan.name,
        "kind": plan.kind,
        "cycle": cycle,
        "operator": shift.operators[plan.index],
        "planned": planned,
        "made": counts.made,
        "scrap": counts.scrap,
        "rework": counts.rework,
        "first": first,
        "good": counts.made - counts.scrap,
        **{state: getattr(counts, state) for state in STATES},
        "waiting": counts.starved + counts.blocked,
        "micro": counts.micro,
        "micro_seconds": counts.micro_seconds,
        "setup_minutes": 0,
        "kwh": max(1, round(energy / 60)),
        "value": plan.value,
        "defects": [
            {"name": name, "n": n}
            for name, n in sorted(defects.items(), key=lambda pair: -pair[1])
            if n
        ],
        **_oee(counts, planned, cycle),
    }


def _oee(counts: Counts, planned: int, cycle: float) -> dict[str, float]:
    """Return the exact ratios; a part that was reworked was not good the first time."""
    first = counts.made - counts.scrap - counts.rework
    return {
        "availability": counts.run / planned,
        "performance": cycle * counts.made / (counts.run * 60) if counts.run else 0.0,
        "quality": first / counts.made if counts.made else 0.0,
        "oee": cycle * first / (planned * 60),
    }


def _measurements(plan: LinePlan, shift: ShiftPlan) -> list[float]:
    """Return 24 pieces in the order in which they were measured, as the gauge shows them."""
    rng = np.random.default_rng([plan.seed, 3_000, shift.index])
    measured = plan.characteristic
    drift = float(rng.normal(0, 0.18)) * measured.tolerance
    spread = measured.tolerance / float(rng.uniform(2.6, 5.2))
    values = plan.nominal + drift + spread * rng.standard_normal(24)
    return [round(float(value), measured.decimals) for value in values]
