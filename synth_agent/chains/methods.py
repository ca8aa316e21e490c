"""Which chain writes: by the method where it has its own, else by the task.

Only the chain that is asked for is imported: together they take as long as LangChain itself.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from langchain_core.runnables import Runnable

    from synth_agent.chains.hand import Hand, Outcome
    from synth_agent.chains.writer import Writer

__all__ = ["chain_names", "writing_chain"]

_BY_METHOD: Final[Mapping[str, str]] = {
    name: name
    for name in (
        "chain_of_thought",
        "distill",
        "evolve",
        "grounded",
        "rewrite",
        "self_improve",
    )
}
_BY_TASK: Final[Mapping[str, str]] = {
    "qa": "self_instruct",
    "instruction": "self_instruct",
    "reasoning": "chain_of_thought",
    "classification": "classify",
    "conversation": "converse",
    "preference": "prefer",
    "safety": "safety",
    "code": "code",
    "tabular": "tabulate",
    "custom": "tabulate",
}


def chain_names() -> tuple[str, ...]:
    """Return the names of all writing chains."""
    return tuple(sorted({*_BY_METHOD.values(), *_BY_TASK.values()}))


def writing_chain(writer: "Writer") -> "Runnable[Hand, list[Outcome]]":
    """Return the chain that writes the records of a spec."""
    spec = writer.spec
    name = _BY_METHOD.get(spec.method) or _BY_TASK[spec.task]
    make = getattr(import_module(f"synth_agent.chains.{name}"), f"{name}_chain")
    return cast("Runnable[Hand, list[Outcome]]", make(writer))
