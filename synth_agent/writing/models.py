"""The models of a run, ready to be paid: its journal is their ledger, its bound holds for all."""

from collections.abc import Mapping
from typing import Any

import orjson
from langchain_core.language_models.chat_models import BaseChatModel

from synth_agent.calls.budget import Budget
from synth_agent.chains.door import Door
from synth_agent.chains.ways import Way, Ways
from synth_agent.errors import ConfigError
from synth_agent.models.resolve import model_name
from synth_agent.pipeline import Run
from synth_agent.pipeline.ledger import journal_ledger
from synth_agent.writing.means import Means
from synth_agent.writing.opening import OpenModels

__all__ = ["Desk"]


class Desk:
    """Where the models of a run are called from.

    Raises:
        ConfigError: A key, address or price is missing, or a prompt that replaces one is wrong.
    """

    def __init__(self, run: Run, means: Means, budget: Budget) -> None:
        self._models = OpenModels(
            means, ledger=journal_ledger(run.journal), budget=budget, ways=_ways(run)
        )
        self._run = run

    def door(self, name: str, *, handed: BaseChatModel | None = None, **parameters: Any) -> Door:
        """Return the door to a model.

        Args:
            name: As the spec has it.
            handed: The model itself, where the user handed one in.
            parameters: What each call carries; None is left out.

        Raises:
            ConfigError: Another model was handed in than the run was begun with.
        """
        if handed is not None and model_name(handed) != name:
            raise ConfigError(
                f"the run is written by {name}, and {model_name(handed)} was handed in; hand in "
                "the same model, or start a new run"
            )
        return self._models.door(name, handed=handed, **parameters)

    async def close(self) -> None:
        """Close connections."""
        await self._models.close()


def _ways(run: Run) -> Ways:
    """Return what is known of how the models take a schema; what is found out stays in the run."""

    def keep(known: Mapping[str, Way]) -> None:
        run.journal.set_meta(ways=orjson.dumps(dict(known)).decode())

    return Ways(orjson.loads(run.journal.meta("ways") or "{}"), keep)
