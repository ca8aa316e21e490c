"""What happened in a shift, in order of time: stops, waits, the changeover, the hours."""

from datetime import date, timedelta
from typing import Any

from synth_agent.rules.simulation.plan import LinePlan, ShiftPlan
from synth_agent.rules.simulation.record import ShiftRecord
from synth_agent.rules.simulation.station import Stop, Wait

__all__ = ["changeover_facts", "hour_facts", "stop_facts", "wait_facts"]


def stop_facts(plan: LinePlan, shift: ShiftPlan, number: int, stop: Stop) -> dict[str, Any]:
    """Say a stop, numbered within its shift."""
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


def wait_facts(plan: LinePlan, record: ShiftRecord, wait: Wait) -> dict[str, Any]:
    """Say a wait, and which stop of the shift it follows from, where that is clear."""
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
    """Return the stop that a wait follows from: the only one open on the side it waits for."""
    reach = [
        stop
        for stop in record.stops
        if stop.start <= wait.start < stop.end + 3
        and (
            stop.station < wait.station if wait.state == "starved" else stop.station > wait.station
        )
    ]
    return reach[0] if len(reach) == 1 else None


def changeover_facts(shift: ShiftPlan, record: ShiftRecord) -> dict[str, Any] | None:
    """Say the changeover of a shift; None if there was none."""
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


def hour_facts(record: ShiftRecord) -> list[dict[str, Any]]:
    """Say each hour: its share of the plan, what came out, what stood in the buffers."""
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
