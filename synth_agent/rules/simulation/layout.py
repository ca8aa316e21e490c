"""Decides everything about a run that is known before it begins."""

import numpy as np

from synth_agent.errors import ConfigError
from synth_agent.rules.simulation.calendar import Calendar
from synth_agent.rules.simulation.chance import between, one
from synth_agent.rules.simulation.parameters import Parameters
from synth_agent.rules.simulation.plan import LinePlan
from synth_agent.rules.simulation.plants import Product, plants
from synth_agent.rules.simulation.stations import StationBuilder

__all__ = ["plan_line"]


def plan_line(seed: int, parameters: Parameters) -> LinePlan:
    """Build a line and its calendar; a pure function of seed and parameters."""
    catalogue = plants()
    rng = np.random.default_rng([seed, 1_000])
    kind = parameters.line or one(rng, tuple(catalogue.lines))
    product = _product(kind)
    site = one(rng, tuple(catalogue.sites))
    builder = StationBuilder(rng, product, parameters)
    stations = builder.build()
    shifts = Calendar(rng, product, stations, parameters).build()
    measured = product.characteristic
    return LinePlan(
        seed=seed,
        site=site,
        currency=catalogue.sites[site],
        code=f"L{int(rng.integers(1, 13)):02d}",
        name=one(rng, product.line_names),
        kind=kind,
        product=shifts[0].product,
        unit=product.unit,
        margin=round(between(rng, product.margin), 2),
        energy_price=round(between(rng, (0.12, 0.27)), 2),
        bottleneck=builder.slowest,
        characteristic=measured,
        nominal=round(between(rng, measured.nominal), min(1, measured.decimals)),
        stations=stations,
        shifts=shifts,
    )


def _product(kind: str) -> Product:
    known = plants().lines
    if kind not in known:
        raise ConfigError(
            f"production_line: there is no line {kind!r}; lines are {', '.join(known)}"
        )
    return known[kind]
