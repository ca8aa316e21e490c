"""Builds the stations of a line from the catalogue: how fast, how reliable, how large."""

from typing import Final

import numpy as np

from synth_agent.rules.simulation.chance import between, one
from synth_agent.rules.simulation.parameters import Parameters
from synth_agent.rules.simulation.plan import StationPlan
from synth_agent.rules.simulation.plants import Product, plants

__all__ = ["StationBuilder"]

_WORST: Final = 0.65
"""Time to failure of the line's problem child, as a share of what is usual for its kind."""
_BALANCE: Final = (0.74, 0.95)
"""Cycle of the other stations as a share of the slowest one's."""
_BUFFER_MINUTES: Final = (4.0, 16.0)
_LONG_CYCLE_MS: Final = 10_000


class StationBuilder:
    """Draws what the stations of one line share, then each station."""

    def __init__(self, rng: np.random.Generator, product: Product, parameters: Parameters) -> None:
        count = len(product.stations)
        self._rng = rng
        self._product = product
        self._parameters = parameters
        self._pace = between(rng, product.cycle)
        self._value = between(rng, product.material)
        self._worst = int(rng.integers(count))
        self._upkeep = one(rng, (10, 12, 15)) if rng.random() < parameters.preventive_rate else 0
        self._code = one(rng, ("ST{0}", "OP{0}0", "M{0}", "S{0:02d}"))
        self.slowest = int(rng.integers(count - 1))
        """The last station packs; it is never the slowest."""

    def build(self) -> tuple[StationPlan, ...]:
        """Build the stations in the order of the flow."""
        return tuple(self._station(i, kind) for i, kind in enumerate(self._product.stations))

    def _station(self, index: int, name: str) -> StationPlan:
        rng, kind = self._rng, plants().kinds[name]
        share = 1.0 if index == self.slowest else between(rng, _BALANCE)
        self._value += between(rng, self._product.value_step)
        worst = index == self._worst
        return StationPlan(
            index=index,
            code=self._code.format(index + 1),
            name=one(rng, kind.names),
            kind=name,
            cycle_ms=_cycle_ms(self._pace * share),
            room=_room(between(rng, _BUFFER_MINUTES) * 60 / self._pace),
            manual=kind.manual,
            operators=int(rng.integers(1, 4)) if kind.manual else 1,
            kw=round(between(rng, kind.kw), 1),
            idle_kw=round(between(rng, kind.idle_kw), 1),
            mtbf=between(rng, kind.mtbf)
            * self._parameters.failure_scale
            * (_WORST if worst else 1),
            shape=self._parameters.shape,
            repair_factor=1.0,
            modes=kind.modes,
            scrap=between(rng, kind.scrap),
            rework=between(rng, kind.rework),
            defects=kind.defects,
            micro_gap=60 / between(rng, kind.micro.per_hour),
            micro_seconds=kind.micro.seconds,
            micro_reasons=kind.micro.reasons,
            value=round(self._value, 2),
            pm_minutes=self._upkeep if worst else 0,
        )


def _cycle_ms(seconds: float) -> int:
    """Return a cycle that a text can state in full: tenths of a second, hundredths below 10 s."""
    tick = 100 if seconds * 1000 >= _LONG_CYCLE_MS else 10
    return round(seconds * 1000 / tick) * tick


def _room(parts: float) -> int:
    if parts < 30:
        return max(3, round(parts))
    return round(parts / 10) * 10
