"""A production line, run for some shifts: stations, buffers, failures, repairs, setups, scrap.

What it is not: parts are counted, not followed; a station is in one state for a whole minute;
repairs never wait for a technician; raw material is short only where a failure says so.
"""

from collections.abc import Mapping
from typing import Any

from synth_agent.rules.simulation.layout import plan_line
from synth_agent.rules.simulation.parameters import read_parameters
from synth_agent.rules.simulation.twin import change_line

__all__ = ["production_line"]


def production_line(seed: int, params: Mapping[str, Any]) -> dict[str, Any]:
    """Run a line, and run it again with one thing changed; return both as plain facts.

    Keys: those of the line (`site`, `line`, `stations`, ...), `shifts` (a list), the `stops` of all
    shifts, `totals` of the run, and `what_if`: what was changed, the totals `before` and `after`.

    Raises:
        ValueError: A parameter is unknown or out of range.
    """
    # Mesa takes a second to import.
    from synth_agent.rules.simulation.facts import line_facts, shift_facts  # noqa: PLC0415
    from synth_agent.rules.simulation.record import run_line  # noqa: PLC0415
    from synth_agent.rules.simulation.totals import totals  # noqa: PLC0415

    parameters = read_parameters(params)
    plan = plan_line(seed, parameters)
    records = run_line(plan)
    change = change_line(plan, parameters.what_if)
    before = totals(plan, records)
    station = plan.stations[change.station]
    shifts = [shift_facts(plan, record) for record in records]
    return {
        **line_facts(plan),
        "shifts": shifts,
        "stops": [
            {**stop, "shift_no": shift["no"], "shift": shift["title"], "day": shift["day"]}
            for shift in shifts
            for stop in shift["stops"]
        ],
        "totals": before,
        "what_if": {
            "kind": change.kind,
            "station_no": station.index + 1,
            "code": station.code,
            "station": station.name,
            "from": change.before,
            "to": change.after,
            "unit": change.unit,
            "before": before,
            "after": totals(change.plan, run_line(change.plan)),
        },
    }
