"""What is decided before a run begins: the stations, the calendar, the people, the orders."""

from dataclasses import dataclass
from datetime import date

from synth_agent.rules.simulation.plants import Characteristic, Mode

__all__ = ["Break", "Changeover", "Forced", "LinePlan", "ShiftPlan", "StationPlan"]


@dataclass(frozen=True, slots=True)
class Break:
    """A planned pause; minutes of the shift, end excluded."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Changeover:
    """From this minute of the shift each station is set up for the next product."""

    minute: int
    before: str
    after: str
    minutes: tuple[int, ...]
    """Time of each station."""


@dataclass(frozen=True, slots=True)
class Forced:
    """A failure of a chain: it happens whatever the station's age.

    The first strikes at `delay` minutes into the shift, each other `delay` minutes after the
    station of the one before is up again.
    """

    station: int
    mode: Mode
    delay: int
    minutes: int


@dataclass(frozen=True, slots=True)
class StationPlan:
    """A station as it is bought and set up. Times are minutes unless the name says otherwise."""

    index: int
    code: str
    name: str
    kind: str
    cycle_ms: int
    """Ideal cycle."""
    room: int
    """Parts that fit between this station and the next one."""
    manual: bool
    operators: int
    kw: float
    idle_kw: float
    mtbf: float
    shape: float
    repair_factor: float
    modes: tuple[Mode, ...]
    scrap: float
    rework: float
    defects: tuple[str, ...]
    micro_gap: float
    """Mean minutes of operation between micro-stops."""
    micro_seconds: tuple[float, float]
    micro_reasons: tuple[str, ...]
    value: float
    """Cost of a piece scrapped here."""
    pm_minutes: int = 0
    """Preventive maintenance at the start of every shift; 0: run to failure."""


@dataclass(frozen=True, slots=True)
class ShiftPlan:
    """One shift of the calendar."""

    index: int
    day: date
    name: str
    start: int
    """Minutes after midnight."""
    length: int
    breaks: tuple[Break, ...]
    lead: str
    technicians: tuple[str, ...]
    operators: tuple[str, ...]
    """One name a station."""
    speed: tuple[float, ...]
    """Actual over ideal cycle, a factor >= 1 for each station."""
    absent: str
    """Who is missing, empty if nobody."""
    demand: int
    product: str
    """What the line makes when the shift begins."""
    changeover: Changeover | None
    chain: tuple[Forced, ...]

    @property
    def planned(self) -> int:
        """Minutes in which the line is meant to run."""
        return self.length - sum(pause.end - pause.start for pause in self.breaks)

    def worked(self, start: int, end: int) -> int:
        """Return how many of the minutes from start to end are no break."""
        paused = sum(max(0, min(end, p.end) - max(start, p.start)) for p in self.breaks)
        return end - start - paused


@dataclass(frozen=True, slots=True)
class LinePlan:
    """A line and the days it works."""

    seed: int
    site: str
    currency: str
    code: str
    name: str
    kind: str
    product: str
    unit: str
    margin: float
    energy_price: float
    bottleneck: int
    characteristic: Characteristic
    nominal: float
    stations: tuple[StationPlan, ...]
    shifts: tuple[ShiftPlan, ...]
