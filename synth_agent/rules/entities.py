"""Things that are named: lists, weighted choices, patterns, Faker providers."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from synth_agent.errors import ConfigError
from synth_agent.rules.chance import Chance, weighted
from synth_agent.rules.draw_forms import (
    Entity,
    FakerEntity,
    ListEntity,
    PatternEntity,
    WeightedEntity,
)

__all__ = ["Entities", "filled"]

_POOL: Final = 400
_LETTERS: Final = "ABCDEFGHJKLMNPRSTUVWXYZ"  # without I, O, Q: they are misread


def filled(pattern: str, chance: Chance) -> str:
    """Return the pattern with every # a digit and every ? a letter."""
    return "".join(
        str(chance.below(10)) if c == "#" else chance.choose(_LETTERS) if c == "?" else c
        for c in pattern
    )


@lru_cache(maxsize=256)
def _faker_pool(provider: str, arguments: bytes, locale: str) -> tuple[Any, ...]:
    """Return values of a Faker provider, drawn once: a call of Faker costs up to 0.1 ms."""
    import faker

    source = faker.Faker(locale, use_weighting=False)
    source.seed_instance(20_250_101)
    try:
        values = [source.format(provider, **orjson.loads(arguments)) for _ in range(_POOL)]
    except (AttributeError, TypeError) as error:
        raise ConfigError(
            f"Faker has no provider {provider!r} with these arguments: {error}"
        ) from error
    return tuple(
        dict.fromkeys(v if isinstance(v, str | int | float | bool) else str(v) for v in values)
    )


class Entities:
    """The entities of a pack, ready to draw from. Faker is asked when one of its is first drawn."""

    def __init__(self, entities: Mapping[str, Entity]) -> None:
        self._draws: Final = {name: _drawer(entity) for name, entity in entities.items()}

    def __contains__(self, name: str) -> bool:
        return name in self._draws

    def one(self, name: str, chance: Chance) -> Any:
        """Return a value of the entity."""
        return self._draws[name](chance)

    def several(self, name: str, count: int, chance: Chance) -> list[Any]:
        """Return `count` different values.

        Raises:
            ConfigError: The entity has fewer.
        """
        found: dict[str, Any] = {}
        for _ in range(50 * count + 50):
            if len(found) == count:
                return list(found.values())
            value = self._draws[name](chance)
            found.setdefault(repr(value), value)
        raise ConfigError(
            f"entity {name!r} has only {len(found)} different values, {count} were asked"
        )


def _drawer(entity: Entity) -> Callable[[Chance], Any]:
    match entity:
        case ListEntity(values=values):
            return lambda chance: chance.choose(values)
        case WeightedEntity(weights=weights):
            return weighted(list(weights), list(weights.values()))
        case PatternEntity(pattern=pattern):
            return lambda chance: filled(pattern, chance)
        case FakerEntity():
            arguments = orjson.dumps(entity.args, option=orjson.OPT_SORT_KEYS)
            return lambda chance: chance.choose(_faker_pool(entity.faker, arguments, entity.locale))
