"""Builds the days that a line works: shifts, breaks, crews, orders, and the rare bad day."""

from datetime import date, timedelta
from typing import Final

import numpy as np

from synth_agent.rules.simulation.chance import between, one
from synth_agent.rules.simulation.parameters import Parameters
from synth_agent.rules.simulation.plan import Break, Changeover, Forced, ShiftPlan, StationPlan
from synth_agent.rules.simulation.plants import Product, plants

__all__ = ["Calendar"]

_NAMES: Final = (
    ("Early", "Late", "Night"),
    ("Shift 1", "Shift 2", "Shift 3"),
    ("Morning", "Afternoon", "Night"),
    ("A shift", "B shift", "C shift"),
)
_BREAKS: Final = (
    (Break(120, 135), Break(270, 300)),
    (Break(150, 180), Break(345, 355)),
    (Break(120, 130), Break(240, 270), Break(390, 400)),
    (Break(180, 210),),
)
_LENGTH: Final = 480
_FIRST_DAY: Final = date(2024, 9, 2)
_DAYS: Final = 640
_COVER: Final = (1.10, 1.24)
"""How much slower a station is while its operator's work is shared out."""


class Calendar:
    """Draws what the shifts of one line share, then each shift."""

    def __init__(
        self,
        rng: np.random.Generator,
        product: Product,
        stations: tuple[StationPlan, ...],
        parameters: Parameters,
    ) -> None:
        self._rng = rng
        self._product = product
        self._stations = stations
        self._parameters = parameters
        self._names = one(rng, _NAMES)
        self._per_day = int(rng.integers(2, 4))
        self._breaks = one(rng, _BREAKS)
        self._first = _FIRST_DAY + timedelta(days=int(rng.integers(_DAYS)))
        crew = [str(name) for name in rng.permutation(plants().people)]
        self._leads, self._technicians, self._operators = crew[:3], crew[3:9], crew[9:]
        self._running = one(rng, product.products)

    def build(self) -> tuple[ShiftPlan, ...]:
        """Build the shifts in order of time; weekends are free."""
        days = self._weekdays()
        return tuple(
            self._shift(index, days[index // self._per_day])
            for index in range(self._parameters.shifts)
        )

    def _weekdays(self) -> list[date]:
        week = [self._first + timedelta(days=n) for n in range(2 * self._parameters.shifts + 4)]
        return [day for day in week if day.weekday() < 5]

    def _shift(self, index: int, day: date) -> ShiftPlan:
        rng, turn = self._rng, index % self._per_day
        count = len(self._stations)
        operators = [str(n) for n in rng.permutation(self._operators)[:count]]
        speed = [1.004 + 0.05 * float(rng.random()) for _ in range(count)]
        absent = ""
        if rng.random() < self._parameters.absence_rate:
            missing = int(rng.integers(count))
            absent, operators[missing] = operators[missing], operators[missing - 1]
            speed[missing] *= between(rng, _COVER)
        planned = _LENGTH - sum(pause.end - pause.start for pause in self._breaks)
        return ShiftPlan(
            index=index,
            day=day,
            name=self._names[turn],
            start=360 + _LENGTH * turn,
            length=_LENGTH,
            breaks=self._breaks,
            lead=self._leads[turn],
            technicians=tuple(self._technicians[2 * turn : 2 * turn + 2]),
            operators=tuple(operators),
            speed=tuple(speed),
            absent=absent,
            demand=self._demand(planned),
            product=self._running,
            changeover=self._changeover(),
            chain=self._chain(),
        )

    def _demand(self, planned: int) -> int:
        slowest = max(station.cycle_ms for station in self._stations)
        parts = (
            planned * 60_000 / slowest * self._parameters.load * between(self._rng, (0.94, 1.06))
        )
        step = 5 if parts < 1000 else 50 if parts < 10_000 else 500
        return max(step, round(parts / step) * step)

    def _changeover(self) -> Changeover | None:
        rng = self._rng
        others = [name for name in self._product.products if name != self._running]
        if rng.random() >= self._parameters.changeover_rate:
            return None
        minute = self._clear_of_breaks(int(rng.integers(8, 70)) * 5)
        spread = rng.random(len(self._stations))
        kinds = plants().kinds
        minutes = tuple(
            max(3, round(between(rng, kinds[station.kind].setup) * (0.9 + 0.3 * float(luck))))
            for station, luck in zip(self._stations, spread, strict=True)
        )
        before, self._running = self._running, one(rng, others)
        return Changeover(minute=minute, before=before, after=self._running, minutes=minutes)

    def _clear_of_breaks(self, minute: int) -> int:
        for pause in self._breaks:
            if pause.start - 50 < minute < pause.end:
                return pause.end
        return minute

    def _chain(self) -> tuple[Forced, ...]:
        rng = self._rng
        if rng.random() >= self._parameters.chain_rate:
            return ()
        kinds = [station.kind for station in self._stations]
        links = one(rng, self._product.chains)
        first = int(rng.integers(45, 180))
        return tuple(
            Forced(
                station=kinds.index(link.kind),
                mode=link,
                delay=first if position == 0 else int(rng.integers(3, 14)),
                minutes=max(8, round(link.minutes * between(rng, (0.8, 1.3)))),
            )
            for position, link in enumerate(links)
        )
