"""Facts: a scene's draws, compiled once and drawn in order for each attempt."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final, NamedTuple

from jinja2 import TemplateError

from synth_agent.errors import AnswerError, ConfigError
from synth_agent.rules.chance import Chance
from synth_agent.rules.distributions import Drawer, distribution, parameter
from synth_agent.rules.draw_forms import (
    DateDraw,
    Distribution,
    Draw,
    EntityDraw,
    EventDraw,
    ExpressionDraw,
    RowsDraw,
)
from synth_agent.rules.entities import Entities
from synth_agent.rules.expressions import deferred, undeclared

__all__ = ["FAILURES", "Draws"]

FAILURES: Final = (TemplateError, ArithmeticError, LookupError, TypeError, ValueError)
"""What evaluating a pack's expression can raise."""

_REDRAWS: Final = 200


class _Constraint(NamedTuple):
    source: str
    holds: Callable[[Mapping[str, Any]], Any]


class Draws:
    """Named draws and the constraints on them.

    A constraint is looked at as soon as all its facts are drawn, so that what must be drawn again
    is given up early. Drawing fills the given facts in place: the caller hands in what the draws
    may already see.
    """

    def __init__(
        self,
        draws: Mapping[str, Draw],
        entities: Entities,
        *,
        where: str,
        constraints: tuple[str, ...] = (),
    ) -> None:
        self._where: Final = where
        self._drawers: Final = {
            name: _drawer(name, draw, entities, f"{where}.{name}") for name, draw in draws.items()
        }
        self._constraints: Final = constraints

    @cached_property
    def _steps(self) -> list[tuple[str, Drawer | None, list[_Constraint]]]:
        """Each draw with the constraints that can be looked at after it."""
        names = list(self._drawers)
        due: dict[str, list[_Constraint]] = {name: [] for name in ("", *names)}
        for source in self._constraints:
            needed = undeclared(source, template=False) & self._drawers.keys()
            last = max(needed, key=names.index, default="")
            due[last].append(_Constraint(source, deferred(source)))
        return [(name, self._drawers.get(name), due[name]) for name in due]

    def fill(
        self, facts: dict[str, Any], chance: Chance, *, given: Mapping[str, Any] | None = None
    ) -> None:
        """Draw until every constraint holds.

        Args:
            facts: What is known so far; the draws are added.
            chance: Where chance comes from.
            given: Values that take the place of draws of the same name.

        Raises:
            AnswerError: The constraints did not hold in 200 tries.
            ConfigError: An expression of the pack fails.
        """
        tags, broken = len(chance.tags), ""
        for _ in range(_REDRAWS):
            del chance.tags[tags:]
            broken = self._once(facts, chance, given or {})
            if not broken:
                return
        raise AnswerError("constraint", f"{self._where}: {broken} did not hold in {_REDRAWS} tries")

    def _once(self, facts: dict[str, Any], chance: Chance, given: Mapping[str, Any]) -> str:
        """Draw once; return the constraint that does not hold, or nothing."""
        place = ""
        try:
            for name, drawn, constraints in self._steps:
                place = name
                if drawn is not None:
                    facts[name] = given[name] if name in given else drawn(facts, chance)
                for constraint in constraints:
                    place = f"constraint {constraint.source!r}"
                    if not constraint.holds(facts):
                        return constraint.source
        except FAILURES as error:
            raise ConfigError(f"{self._where}.{place}: {type(error).__name__}: {error}") from error
        return ""


def _drawer(name: str, draw: Draw, entities: Entities, where: str) -> Drawer:
    match draw:
        case Distribution():
            return distribution(draw, name)
        case EntityDraw():
            return _entity(draw, entities, where)
        case EventDraw(rare=rate):
            return _event(name, rate)
        case DateDraw(date_from=first, date_to=last):
            return _day(date.fromisoformat(first), date.fromisoformat(last))
        case RowsDraw():
            return _rows(draw, entities, where)
        case ExpressionDraw(value=value):
            evaluate = parameter(value)
            return lambda facts, _: evaluate(facts)


def _entity(draw: EntityDraw, entities: Entities, where: str) -> Drawer:
    if draw.entity not in entities:
        raise ConfigError(f"{where}: the pack has no entity {draw.entity!r}")
    if draw.count is None:
        return lambda _, chance: entities.one(draw.entity, chance)
    count = parameter(draw.count)
    return lambda facts, chance: entities.several(draw.entity, int(count(facts)), chance)


def _event(name: str, rare: float | str) -> Drawer:
    happened = parameter(rare)

    def happens(facts: Mapping[str, Any], chance: Chance) -> bool:
        known = happened(facts)
        true = bool(known) if isinstance(rare, str) else bool(chance.rng.random() < known)
        if true:
            chance.tags.append(f"rare:{name}")
        return true

    return happens


def _day(first: date, last: date) -> Drawer:
    span = (last - first).days + 1
    if span < 1:
        raise ConfigError(f"date_to {last} lies before date_from {first}")
    return lambda _, chance: first + timedelta(days=chance.below(span))


def _rows(draw: RowsDraw, entities: Entities, where: str) -> Drawer:
    count = (
        distribution(draw.rows, "rows")
        if isinstance(draw.rows, Distribution)
        else _fixed(parameter(draw.rows))
    )
    columns = [(n, _drawer(n, d, entities, f"{where}.{n}")) for n, d in draw.draw.items()]

    def drawn(facts: Mapping[str, Any], chance: Chance) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        scope = {**facts, "previous": None}
        for i in range(int(count(facts, chance))):
            scope["i"] = i
            row: dict[str, Any] = {}
            for name, column in columns:
                row[name] = scope[name] = column(scope, chance)
            rows.append(row)
            scope["previous"] = row
        return rows

    return drawn


def _fixed(evaluate: Any) -> Drawer:
    return lambda facts, _: evaluate(facts)
