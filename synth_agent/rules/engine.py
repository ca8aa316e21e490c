"""A pack at work: its scenes, classifiers and tables, compiled when they are first needed."""

from collections import OrderedDict
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final, NamedTuple

from synth_agent.errors import ConfigError
from synth_agent.rules.chance import Chance, derive
from synth_agent.rules.draws import Draws
from synth_agent.rules.entities import Entities
from synth_agent.rules.expressions import FUNCTIONS
from synth_agent.rules.grammar import Grammar
from synth_agent.rules.load import LoadedPack
from synth_agent.rules.scenes import SceneEngine
from synth_agent.rules.tables import TableEngine
from synth_agent.schemas import Slot

__all__ = ["PackEngine", "Try"]

_WORLDS: Final = 8
_TRIES_PER_WORLD: Final = 5
"""After so many rejected attempts a slot looks at another simulated run."""


class Try(NamedTuple):
    """One attempt at one slot: whose chance it is, and where in the rotation it stands."""

    slot: Slot
    attempt: int
    chance: Chance

    @property
    def turn(self) -> int:
        """Place in a rotation of forms; a slot that was rejected three times moves on."""
        return self.slot.ordinal + (0 if self.attempt < 3 else self.attempt * 7919)


class PackEngine:
    """Compiles and holds the parts of one pack for one dataset."""

    def __init__(self, loaded: LoadedPack, *, seed: int) -> None:
        self.pack: Final = loaded.pack
        self.source: Final = loaded.source
        self.seed: Final = seed
        self.entities: Final = Entities(self.pack.entities)
        self._worlds: OrderedDict[tuple[str, int, int], Mapping[str, Any]] = OrderedDict()

    @cached_property
    def scenes(self) -> dict[str, SceneEngine]:
        """The scenes, by name."""
        return {
            name: SceneEngine(name, scene, self.pack, self.entities)
            for name, scene in self.pack.scenes.items()
        }

    @cached_property
    def tables(self) -> dict[str, TableEngine]:
        """The tables, by name."""
        return {n: TableEngine(n, table, self.entities) for n, table in self.pack.tables.items()}

    @cached_property
    def grammars(self) -> dict[str, Grammar]:
        """The grammar of each classifier."""
        return {
            name: Grammar(classifier.grammar, self.entities, where=f"classifiers.{name}")
            for name, classifier in self.pack.classifiers.items()
        }

    @cached_property
    def _parameters(self) -> dict[str, Draws]:
        return {
            name: Draws(simulation.draw, self.entities, where=f"simulations.{name}.draw")
            for name, simulation in self.pack.simulations.items()
        }

    def world(self, name: str, slot: int, attempt: int) -> Mapping[str, Any]:
        """Return the facts of the simulated run that this slot looks at.

        A pure function of the dataset's seed, the slot and the attempt; neighbours share a run,
        and the last few runs are kept.
        """
        simulation = self.pack.simulations.get(name)
        if simulation is None:
            raise ConfigError(f"the pack has no simulation {name!r}")
        key = (name, slot // simulation.share, attempt // _TRIES_PER_WORLD)
        if key not in self._worlds:
            self._worlds[key] = self._simulate(simulation.model, *key)
            if len(self._worlds) > _WORLDS:
                self._worlds.popitem(last=False)
        self._worlds.move_to_end(key)
        return self._worlds[key]

    def _simulate(self, model: str, name: str, group: int, again: int) -> Mapping[str, Any]:
        # Mesa takes over a second to import, and only packs that simulate need it.
        from synth_agent.rules.simulation import SIMULATIONS  # noqa: PLC0415

        if model not in SIMULATIONS:
            known = ", ".join(sorted(SIMULATIONS))
            raise ConfigError(f"no simulation {model!r}; there are: {known}")
        seed = derive(self.seed, "world", name, group, again)
        chance = Chance(seed)
        facts: dict[str, Any] = {**FUNCTIONS, **chance.functions()}
        self._parameters[name].fill(facts, chance)
        parameters = {key: facts[key] for key in self.pack.simulations[name].draw}
        return SIMULATIONS[model](seed, parameters)

    def facts(self, scene: SceneEngine, attempt: Try, **options: Any) -> dict[str, Any]:
        """Draw a scene's facts for an attempt; options as in `SceneEngine.facts`."""
        index = attempt.slot.index
        return scene.facts(
            attempt.chance,
            lambda name: self.world(name, index, attempt.attempt),
            index=index,
            **options,
        )
