"""A whole run in whole numbers."""

from typing import Any, Final

from synth_agent.rules.simulation.plan import LinePlan
from synth_agent.rules.simulation.record import ShiftRecord

__all__ = ["STATES", "totals"]

STATES: Final = ("run", "down", "setup", "upkeep", "starved", "blocked")
"""The states of a station; the minutes of all of them add up to the planned minutes."""


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
        **{state: sum(getattr(c, state) for c in counts) for state in STATES},
        "made": made,
        "scrap": scrap,
        "rework": rework,
        "first": made - scrap - rework,
        "stops": len(repairs),
        "repairs": repairs,
    }
