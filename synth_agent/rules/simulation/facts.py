"""Says a run as plain data: what a shift report, a log or a counter would show.

Parts, minutes and kilowatt-hours are whole numbers and ratios follow from them, so that whatever a
text states can be recomputed by its reader. Times are minutes after midnight of the shift's day;
those of a night shift go beyond 1440.
"""

from datetime import date, timedelta
from typing import Any

import numpy as np

from synth_agent.rules.simulation.plan import LinePlan, ShiftPlan, StationPlan
from synth_agent.rules.simulation.record import Counts, ShiftRecord
from synth_agent.rules.simulation.station import Stop, Wait

__all__ = ["line_facts", "shift_facts", "totals"]

_STATES = ("run", "down", "setup", "upkeep", "starved", "blocked")


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
    stops = [_stop(plan, shift, n, stop) for n, stop in enumerate(record.stops)]
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
        "changeover": _changeover(shift, record),
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
        "waits": [_wait(plan, record, wait) for wait in record.waits],
        "hours": _hours(record),
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
        **{state: getattr(counts, state) for state in _STATES},
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


def _stop(plan: LinePlan, shift: ShiftPlan, number: int, stop: Stop) -> dict[str, Any]:
    station = plan.stations[stop.station]
    return {
        "no": number + 1,
        "kind": "stop",
        "station_no": stop.station + 1,
        "code": station.code,
        "station": station.name,
        "date": _date(shift, stop.start),
        "start": shift.start + stop.start,
        "end": shift.start + stop.end,
        "minutes": stop.minutes,
        "pause": stop.end - stop.start - stop.minutes,
        "cause": stop.mode.cause,
        "category": stop.mode.category,
        "action": stop.mode.action,
        "technician": stop.technician,
        "chain": stop.chain,
    }


def _date(shift: ShiftPlan, minute: int) -> date:
    """Return the calendar day of a minute of the shift; a night shift goes over midnight."""
    return shift.day + timedelta(days=(shift.start + minute) // 1440)


def _wait(plan: LinePlan, record: ShiftRecord, wait: Wait) -> dict[str, Any]:
    shift, station = record.plan, plan.stations[wait.station]
    cause = _cause_of(record, wait)
    return {
        "kind": "wait",
        "station_no": wait.station + 1,
        "code": station.code,
        "station": station.name,
        "state": wait.state,
        "date": _date(shift, wait.start),
        "start": shift.start + wait.start,
        "end": shift.start + wait.end,
        "minutes": shift.worked(wait.start, wait.end),
        "pause": wait.end - wait.start - shift.worked(wait.start, wait.end),
        "cause_no": None if cause is None else record.stops.index(cause) + 1,
        "clear": cause is not None and _unbroken(shift, cause.start, wait.end),
    }


def _unbroken(shift: ShiftPlan, start: int, end: int) -> bool:
    """Return whether no break falls between two minutes of the shift."""
    return shift.worked(start, end) == end - start


def _cause_of(record: ShiftRecord, wait: Wait) -> Stop | None:
    """Return the stop that a wait follows from: the nearest one on the side where parts fail to
    come or go, if there is exactly one.
    """
    reach = [
        stop
        for stop in record.stops
        if stop.start <= wait.start < stop.end + 3
        and (
            stop.station < wait.station if wait.state == "starved" else stop.station > wait.station
        )
    ]
    return reach[0] if len(reach) == 1 else None


def _changeover(shift: ShiftPlan, record: ShiftRecord) -> dict[str, Any] | None:
    if shift.changeover is None:
        return None
    return {
        "date": _date(shift, shift.changeover.minute),
        "start": shift.start + shift.changeover.minute,
        "before": shift.changeover.before,
        "after": shift.changeover.after,
        "minutes": max(record.setups),
        "station_no": record.setups.index(max(record.setups)) + 1,
    }


def _hours(record: ShiftRecord) -> list[dict[str, Any]]:
    shift, rows, planned_before, start = record.plan, [], 0, 0
    for number, hour in enumerate(record.hours, start=1):
        planned = round(shift.demand * shift.worked(0, hour.end) / shift.planned)
        stops = [stop for stop in record.stops if start <= stop.start < hour.end]
        longest = max(stops, key=lambda stop: stop.minutes, default=None)
        rows.append(
            {
                "no": number,
                "start": shift.start + start,
                "end": shift.start + hour.end,
                "minutes": shift.worked(start, hour.end),
                "plan": planned - planned_before,
                "good": hour.out,
                "gap": hour.out - (planned - planned_before),
                "wip": list(hour.wip),
                "wip_total": sum(hour.wip),
                "stop_no": None if longest is None else record.stops.index(longest) + 1,
            }
        )
        planned_before, start = planned, hour.end
    return rows


def _measurements(plan: LinePlan, shift: ShiftPlan) -> list[float]:
    """Return 24 pieces in the order in which they were measured, as the gauge shows them."""
    rng = np.random.default_rng([plan.seed, 3_000, shift.index])
    measured = plan.characteristic
    drift = float(rng.normal(0, 0.18)) * measured.tolerance
    spread = measured.tolerance / float(rng.uniform(2.6, 5.2))
    values = plan.nominal + drift + spread * rng.standard_normal(24)
    return [round(float(value), measured.decimals) for value in values]


def totals(plan: LinePlan, records: tuple[ShiftRecord, ...]) -> dict[str, Any]:
    """The whole run in whole numbers; what two runs are compared by."""
    counts = [counts for record in records for counts in record.stations]
    samples = [sum(hour.wip) for record in records for hour in record.hours]
    return {
        "shifts": len(records),
        "planned": sum(record.plan.planned for record in records),
        "demand": sum(record.plan.demand for record in records),
        "in": sum(record.stations[0].made for record in records),
        "good": sum(hour.out for record in records for hour in record.hours),
        "scrap": sum(c.scrap for c in counts),
        "rework": sum(c.rework for c in counts),
        "down": sum(c.down for c in counts),
        "setup": sum(c.setup for c in counts),
        "upkeep": sum(c.upkeep for c in counts),
        "stops": sum(len(record.stops) for record in records),
        "wip_start": sum(records[0].wip_before),
        "wip_end": sum(records[-1].hours[-1].wip),
        "wip_mean": round(sum(samples) / len(samples)),
        "stations": [_station_totals(plan, records, i) for i in range(len(plan.stations))],
    }


def _station_totals(plan: LinePlan, records: tuple[ShiftRecord, ...], i: int) -> dict[str, Any]:
    counts = [record.stations[i] for record in records]
    repairs = [stop.minutes for record in records for stop in record.stops if stop.station == i]
    planned = sum(record.plan.planned for record in records)
    made, scrap, rework = (sum(getattr(c, n) for c in counts) for n in ("made", "scrap", "rework"))
    return {
        "no": i + 1,
        "code": plan.stations[i].code,
        "name": plan.stations[i].name,
        "kind": plan.stations[i].kind,
        "cycle": plan.stations[i].cycle_ms / 1000,
        "planned": planned,
        **{state: sum(getattr(c, state) for c in counts) for state in _STATES},
        "made": made,
        "scrap": scrap,
        "rework": rework,
        "first": made - scrap - rework,
        "stops": len(repairs),
        "repairs": repairs,
    }
