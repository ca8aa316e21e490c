"""Runs a line through its calendar and writes down what an hourly board and the counters show."""

from dataclasses import dataclass
from typing import NamedTuple

# Mesa takes a second to import; this module is imported when the first line is run.
from synth_agent.rules.simulation.line import Line
from synth_agent.rules.simulation.plan import LinePlan, ShiftPlan
from synth_agent.rules.simulation.station import Station, Stop, Wait

__all__ = ["Counts", "Hour", "ShiftRecord", "run_line"]


class Counts(NamedTuple):
    """The counters of a station: parts, minutes of each state, micro-stops."""

    made: int
    scrap: int
    rework: int
    run: int
    down: int
    setup: int
    upkeep: int
    starved: int
    blocked: int
    micro: int
    micro_seconds: int

    @classmethod
    def read(cls, station: Station) -> "Counts":
        """Read them off; they count from the start of the run."""
        return cls(*(getattr(station, name) for name in cls._fields))

    def since(self, earlier: "Counts") -> "Counts":
        """Return what was counted after an earlier reading."""
        return Counts(*(now - then for now, then in zip(self, earlier, strict=True)))


class Hour(NamedTuple):
    """The line at the end of an hour of the shift."""

    end: int
    """Minutes of the shift."""
    out: int
    """Finished parts since the hour before."""
    wip: list[int]
    """Parts in each buffer."""


@dataclass(frozen=True, slots=True)
class ShiftRecord:
    """What happened in a shift."""

    plan: ShiftPlan
    stations: tuple[Counts, ...]
    defects: tuple[dict[str, int], ...]
    hours: tuple[Hour, ...]
    wip_before: list[int]
    stops: tuple[Stop, ...]
    waits: tuple[Wait, ...]
    setups: tuple[int, ...]
    """Planned minutes that the changeover took at each station; empty if there was none."""


def run_line(plan: LinePlan) -> tuple[ShiftRecord, ...]:
    """Run the line through all its shifts; a pure function of the plan."""
    line = Line(plan)
    records = tuple(_run_shift(line, shift) for shift in plan.shifts)
    line.close()
    return records


def _run_shift(line: Line, shift: ShiftPlan) -> ShiftRecord:
    before = [Counts.read(station) for station in line.stations]
    defects = [dict(station.defects) for station in line.stations]
    wip = line.wip
    line.begin(shift)
    hours = []
    while line.now < shift.length:
        done = line.finished
        line.step()
        hours.append(Hour(line.now, line.finished - done, line.wip))
    return ShiftRecord(
        plan=shift,
        stations=tuple(
            Counts.read(station).since(then)
            for station, then in zip(line.stations, before, strict=True)
        ),
        defects=tuple(
            {name: n - then[name] for name, n in station.defects.items()}
            for station, then in zip(line.stations, defects, strict=True)
        ),
        hours=tuple(hours),
        wip_before=wip,
        stops=tuple(sorted(line.stops, key=lambda stop: (stop.start, stop.station))),
        waits=tuple(sorted(line.waits, key=lambda wait: (wait.start, wait.station))),
        setups=tuple(line.setups),
    )
