"""Numbers from named distributions, with bounds, rounding and correlation (NumPy `Generator`)."""

import math
from collections.abc import Callable
from typing import Any, Final

from synth_agent.rules.chance import Chance, weighted
from synth_agent.rules.draw_forms import Distribution
from synth_agent.rules.expressions import Facts, deferred
from synth_agent.rules.filters import half_up

__all__ = ["Drawer", "distribution", "parameter"]

Drawer = Callable[[Facts, Chance], Any]
"""Draws one fact from the facts before it."""

_REDRAWS: Final = 100


def parameter(value: object) -> Callable[[Facts], Any]:
    """Return a function from facts to a parameter that is a number or an expression."""
    if isinstance(value, str):
        return deferred(value)
    return lambda _: value


def _raw(spec: Distribution, name: str) -> Drawer:
    """Return the unbounded, unrounded draw."""
    if spec.dist == "categorical":
        options = list(spec.values or ())
        chosen = weighted(options, spec.weights or [1.0] * len(options))
        return lambda _, chance: chosen(chance)
    if spec.dist in {"normal", "lognormal"}:
        return _normal(spec, name)
    parameters = [parameter(getattr(spec, key)) for key in _PARAMETERS[spec.dist]]
    draw = _DRAWS[spec.dist]
    if spec.dist == "uniform" and spec.round == 0 and spec.step is None:
        draw = _whole
    return lambda facts, chance: draw(chance, *[p(facts) for p in parameters])


def _normal(spec: Distribution, name: str) -> Drawer:
    log = spec.dist == "lognormal"
    centre = parameter(spec.median if log else spec.mean)
    spread = parameter(spec.sigma if log else spec.sd)
    tied = spec.correlate
    rest = math.sqrt(1 - tied.rho**2) if tied else 1.0

    def drawn(facts: Facts, chance: Chance) -> float:
        score = chance.rng.standard_normal()
        if tied:
            score = tied.rho * chance.scores[tied.to] + rest * score
        chance.scores[name] = score
        middle, width = centre(facts), spread(facts)
        return float(middle * math.exp(width * score) if log else middle + width * score)

    return drawn


def _whole(chance: Chance, low: float, high: float) -> int:
    return int(chance.rng.integers(math.ceil(low), math.floor(high), endpoint=True))


_PARAMETERS: Final = {
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "exponential": ("mean",),
    "weibull": ("shape", "scale"),
    "poisson": ("mean",),
    "binomial": ("n", "p"),
}
_DRAWS: Final[dict[str, Callable[..., float]]] = {
    "uniform": lambda c, low, high: float(c.rng.uniform(low, high)),
    "triangular": lambda c, low, mode, high: float(c.rng.triangular(low, mode, high)),
    "exponential": lambda c, mean: float(c.rng.exponential(mean)),
    "weibull": lambda c, shape, scale: float(scale * c.rng.weibull(shape)),
    "poisson": lambda c, mean: int(c.rng.poisson(mean)),
    "binomial": lambda c, n, p: int(c.rng.binomial(n, p)),
}


def _rounded(spec: Distribution) -> Callable[[Any], Any]:
    digits, step = spec.round, spec.step
    if step is not None:
        places = max(-math.floor(math.log10(step)) + 1, 0) if step < 1 else (1 if step % 1 else 0)
        return lambda x: half_up(half_up(x / step) * step, places)
    if digits is not None:
        return lambda x: half_up(x, digits)
    return lambda x: x


def distribution(spec: Distribution, name: str) -> Drawer:
    """Return the draw of a distribution.

    Outside its bounds it is drawn again, so that the shape between them is kept; after 100 times
    it is set to the bound. A categorical draw has neither bounds nor rounding.
    """
    raw = _raw(spec, name)
    if spec.dist == "categorical":
        return raw
    rounded = _rounded(spec)
    if spec.min is None and spec.max is None:
        return lambda facts, chance: rounded(raw(facts, chance))
    low = parameter(-math.inf if spec.min is None else spec.min)
    high = parameter(math.inf if spec.max is None else spec.max)

    def bounded(facts: Facts, chance: Chance) -> Any:
        least, most = low(facts), high(facts)
        value = rounded(raw(facts, chance))
        for _ in range(_REDRAWS):
            if least <= value <= most:
                return value
            value = rounded(raw(facts, chance))
        return rounded(min(max(value, least), most))

    return bounded
