"""The line: a Mesa model whose stations pass parts on through finite buffers.

Parts are counted, not followed. Within a minute the last station works first, so that a part
moves one station a minute at most. Between stations i - 1 and i lie `stock[i]` parts; `stock[0]` is
raw material, which never runs out, and the last entry the finished parts.
"""

from typing import Final

import mesa  # noqa: TID253  this module is only imported when a line is run

from synth_agent.rules.simulation.plan import Forced, LinePlan, ShiftPlan
from synth_agent.rules.simulation.station import Station, Stop, Wait

__all__ = ["HOUR", "Line"]

HOUR: Final = 60
_PLENTY: Final = 1 << 60
_QUIET: Final = 6
"""Minutes before a break or the end of a shift in which no failure begins."""


class Line(mesa.Model):  # type: ignore[misc]  # Mesa ships no types
    """Runs shift by shift; one step of the model is one hour of the shift."""

    def __init__(self, plan: LinePlan) -> None:
        super().__init__(rng=plan.seed)
        self.plan = plan
        self.stock = [_PLENTY, *(station.room // 2 for station in plan.stations[:-1]), 0]
        self.room = [*(station.room for station in plan.stations[:-1]), _PLENTY]
        self.stations = [Station(self, station, plan.seed) for station in plan.stations]
        self.now = 0
        self.last_failure = 0
        self.shift: ShiftPlan = plan.shifts[0]
        self.stops: list[Stop] = []
        self.waits: list[Wait] = []
        self.setups: list[int] = []
        self._order = tuple(reversed(self.stations))
        self._chain: list[Forced] = []
        self._chain_at = _PLENTY

    @property
    def wip(self) -> list[int]:
        """Parts in each buffer, in the order of the flow."""
        return self.stock[1:-1]

    @property
    def finished(self) -> int:
        """Good parts that have left the line since the run began."""
        return self.stock[-1]

    def begin(self, shift: ShiftPlan) -> None:
        """Start a shift; what stands in the buffers is what the shift before left."""
        self.shift = shift
        self.now = 0
        self.stops, self.waits, self.setups = [], [], []
        self._chain = list(shift.chain)
        self._chain_at = self._chain[0].delay if self._chain else _PLENTY
        for station, speed in zip(self.stations, shift.speed, strict=True):
            station.begin_shift(speed)

    def step(self) -> None:
        """Work for the next hour of the shift, or for what is left of it."""
        shift = self.shift
        until = min(self.now + HOUR, shift.length)
        for start, end, quiet in _working(shift, self.now, until):
            self.last_failure = quiet - _QUIET
            self._work(start, end)
        self.now = until
        if until == shift.length:
            for station in self.stations:
                station.end_shift()

    def _work(self, start: int, end: int) -> None:
        changeover = self.shift.changeover
        change_at = changeover.minute if changeover else _PLENTY
        steps = [station.step for station in self._order]
        for now in range(start, end):
            self.now = now
            if now >= self._chain_at:
                self._strike()
            if now == change_at and changeover:
                pairs = zip(self.stations, changeover.minutes, strict=True)
                self.setups = [station.change_over(minutes) for station, minutes in pairs]
            for work in steps:
                work()

    def _strike(self) -> None:
        event = self._chain.pop(0)
        end = self.stations[event.station].fail(event.mode, event.minutes, chain=True)
        self._chain_at = end + self._chain[0].delay if self._chain else _PLENTY

    def close(self) -> None:
        """Let Mesa forget this line.

        `Agent._ids` keeps every model that ever had an agent, with all it holds: 0.1 MB a line.
        """
        self.stations[0].forget()
        self.remove_all_agents()


def _working(shift: ShiftPlan, start: int, until: int) -> list[tuple[int, int, int]]:
    """Return the spans between breaks, each with the minute at which work next pauses."""
    spans = []
    for pause in shift.breaks:
        if start < pause.start and start < until:
            spans.append((start, min(pause.start, until), pause.start))
        if start < pause.end:
            start = max(start, pause.end)
    if start < until:
        spans.append((start, until, shift.length))
    return spans
