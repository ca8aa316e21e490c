"""A station of the line: a Mesa agent that works minute by minute.

All chance of a station comes from streams of its own, drawn in bulk and used in order. A second
run with one thing changed therefore meets the same failures and rejects wherever the change does
not touch them.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import cycle
from math import gamma
from typing import Final, Protocol

import mesa  # noqa: TID253  this module is only imported when a line is run
import numpy as np

from synth_agent.rules.simulation.plan import ShiftPlan, StationPlan
from synth_agent.rules.simulation.plants import Mode

__all__ = ["Floor", "Station", "Stop", "Wait"]

_POOL: Final = 256
_MINUTE: Final = 60_000


@dataclass(slots=True)
class Stop:
    """A time in which a station was not able to work, in minutes of its shift."""

    station: int
    start: int
    end: int
    minutes: int
    """Without breaks that fell into it."""
    mode: Mode
    technician: str
    chain: bool = False


@dataclass(slots=True)
class Wait:
    """A time in which a station had no parts (starved) or no room for them (blocked)."""

    station: int
    state: str
    start: int
    end: int


class Floor(Protocol):
    """What a station sees of the line it stands in."""

    now: int
    """Minute of the shift."""
    last_failure: int
    """Last minute, before the next break, at which a failure may begin."""
    shift: ShiftPlan
    stock: list[int]
    """Parts before each station, and the finished ones."""
    room: list[int]
    """Parts that fit behind each station."""
    stops: list[Stop]
    waits: list[Wait]


class Station(mesa.Agent):  # type: ignore[misc]  # Mesa ships no types
    """Works off its stock at its cycle time, fails with age, is repaired, makes scrap."""

    def __init__(self, line: Floor, plan: StationPlan, seed: int) -> None:
        super().__init__(line)
        self.line = line
        self.plan = plan
        self.index = plan.index
        self._draw_streams(np.random.default_rng([seed, plan.index]))
        self.cycle_ms = plan.cycle_ms
        self._stock = line.stock
        self._space = line.room[plan.index]
        self.busy_until = 0
        self.credit = 0
        self.run = self.down = self.setup = self.upkeep = self.starved = self.blocked = 0
        self.made = self.scrap = self.rework = self.micro = self.micro_seconds = 0
        self.defects = dict.fromkeys(plan.defects, 0)
        self._short = self._full = 0
        self._fail_at = next(self._life)
        self._micro_at = next(self._micro_gap)
        self._event_at = min(self._fail_at, self._micro_at)
        self._reject_at = next(self._reject_gap)
        self._waiting: Wait | None = None

    def _draw_streams(self, rng: np.random.Generator) -> None:
        plan = self.plan
        scale = plan.mtbf / gamma(1 + 1 / plan.shape)
        bad = plan.scrap + plan.rework
        life = np.maximum(8, rng.weibull(plan.shape, _POOL) * scale)
        weights = np.cumsum([mode.weight for mode in plan.modes])
        low, high = plan.micro_seconds
        self._life = cycle(life.astype(int).tolist())
        self._repair = cycle(np.exp(0.42 * rng.standard_normal(_POOL)).tolist())
        self._mode = cycle((rng.random(_POOL) * weights[-1]).tolist())
        self._weights = weights.tolist()
        self._technician = cycle(rng.integers(0, 1 << 20, _POOL).tolist())
        self._micro_gap = cycle((1 + rng.exponential(plan.micro_gap, _POOL)).astype(int).tolist())
        self._micro_time = cycle(rng.integers(int(low), int(high) + 1, _POOL).tolist())
        self._reject_gap = cycle(rng.geometric(bad, 4 * _POOL).tolist())
        self._reject_kind = cycle((rng.random(4 * _POOL) * bad).tolist())
        self._defect = cycle((rng.random(4 * _POOL) ** 2 * len(plan.defects)).astype(int).tolist())

    # A minute ---------------------------------------------------------------------------------

    def step(self) -> None:
        """Work for the minute `line.now`.

        The time that is left when the stock runs out, or the room behind, is carried on until it
        makes a whole minute of waiting; so each minute of a shift ends up in exactly one state.
        """
        if self.line.now < self.busy_until:
            return
        index, stock = self.index, self._stock
        ready = stock[index]
        room = self._space - stock[index + 1]
        if not ready or room <= 0:
            self._wait("blocked" if ready else "starved")
            return
        if self._waiting:
            self._end_wait()
        if self.run >= self._event_at and self._fails():
            return
        self.run += 1
        credit = self.credit + _MINUTE
        made = credit // self.cycle_ms
        if made <= 0:
            self.credit = credit
            return
        if made > ready or made > room:
            made = self._cut_short(credit, ready, room)
        else:
            self.credit = credit - made * self.cycle_ms
        stock[index] = ready - made
        self.made += made
        if self.made >= self._reject_at:
            made -= self._rejects()
        stock[index + 1] += made

    def _cut_short(self, credit: int, ready: int, room: int) -> int:
        made = min(ready, room)
        idle = credit - made * self.cycle_ms
        self.credit = 0
        if ready < room:
            self._short += idle
            if self._short >= _MINUTE:
                self._short -= _MINUTE
                self.starved += 1
                self.run -= 1
        else:
            self._full += idle
            if self._full >= _MINUTE:
                self._full -= _MINUTE
                self.blocked += 1
                self.run -= 1
        return made

    def _rejects(self) -> int:
        scrapped = 0
        while self.made >= self._reject_at:
            self._reject_at += next(self._reject_gap)
            self.defects[self.plan.defects[next(self._defect)]] += 1
            if next(self._reject_kind) < self.plan.scrap:
                scrapped += 1
            else:
                self.rework += 1
        self.scrap += scrapped
        return scrapped

    # States -----------------------------------------------------------------------------------

    def _wait(self, state: str) -> None:
        self.credit = 0
        if state == "starved":
            self.starved += 1
        else:
            self.blocked += 1
        now, wait = self.line.now, self._waiting
        if wait and wait.state == state:
            wait.end = now + 1
        else:
            self._end_wait()
            self._waiting = Wait(self.index, state, now, now + 1)

    def _end_wait(self) -> None:
        wait, self._waiting = self._waiting, None
        if wait and wait.end - wait.start >= 4:
            self.line.waits.append(wait)

    def _fails(self) -> bool:
        if self.run >= self._micro_at:
            self._micro_at = self.run + 1 + next(self._micro_gap)
            seconds = next(self._micro_time)
            self.micro += 1
            self.micro_seconds += seconds
            self.credit -= seconds * 1000
        due = self.run >= self._fail_at and self.line.now <= self.line.last_failure
        if due:
            mode = self.plan.modes[bisect_right(self._weights, next(self._mode))]
            minutes = max(3, round(mode.minutes * next(self._repair) * self.plan.repair_factor))
            self.fail(mode, minutes)
        self._event_at = min(self._fail_at, self._micro_at)
        return due

    def fail(self, mode: Mode, minutes: int, *, chain: bool = False) -> int:
        """Stop for a repair, at once or after the stop in progress; return when it ends."""
        self._end_wait()
        line, shift = self.line, self.line.shift
        start = max(line.now, self.busy_until)
        end = min(start + minutes, shift.length)
        lost = shift.worked(start, end)
        technician = shift.technicians[next(self._technician) % len(shift.technicians)]
        self._fail_at = self.run + next(self._life)
        self._event_at = min(self._fail_at, self._micro_at)
        if lost > 0:
            self.down += lost
            self.busy_until = end
            line.stops.append(Stop(self.index, start, end, lost, mode, technician, chain))
        return end

    def change_over(self, minutes: int) -> int:
        """Set up for the next product, after a repair in progress; return the minutes it takes."""
        self._end_wait()
        shift = self.line.shift
        start = max(self.line.now, self.busy_until)
        end = min(start + minutes, shift.length)
        lost = shift.worked(start, end)
        self.setup += lost
        self.busy_until = end
        return lost

    def begin_shift(self, speed: float) -> None:
        """Take over from the shift before: new operator, maintenance if it is due."""
        self.busy_until = 0
        self.cycle_ms = round(self.plan.cycle_ms * speed)
        if self.plan.pm_minutes:
            self.upkeep += self.plan.pm_minutes
            self.busy_until = self.plan.pm_minutes
            self._fail_at = self.run + next(self._life)
            self._event_at = min(self._fail_at, self._micro_at)

    def end_shift(self) -> None:
        """Close what is open, so that no wait reaches over the end of a shift."""
        self._end_wait()

    def forget(self) -> None:
        """Drop the count of agents that Mesa keeps for this line."""
        self._ids.pop(self.line, None)
