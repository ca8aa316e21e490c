"""From one sentence to a fine-tuning dataset that can be trusted.

The names below are loaded when they are first used, so that `import synth_agent` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from synth_agent.agent import SynthAgent
    from synth_agent.dataset import Dataset
    from synth_agent.errors import (
        AnswerError,
        BudgetError,
        ConfigError,
        ProviderError,
        RunError,
        SynthAgentError,
    )
    from synth_agent.schemas import DatasetSpec, Record, Reject, Report

__all__ = [
    "AnswerError",
    "BudgetError",
    "ConfigError",
    "Dataset",
    "DatasetSpec",
    "ProviderError",
    "Record",
    "Reject",
    "Report",
    "RunError",
    "SynthAgent",
    "SynthAgentError",
    "__version__",
]

__version__ = "0.1.0"

_HOMES = {
    "SynthAgent": "synth_agent.agent",
    "Dataset": "synth_agent.dataset",
    **dict.fromkeys(("DatasetSpec", "Record", "Reject", "Report"), "synth_agent.schemas"),
    **dict.fromkeys(
        (
            *("AnswerError", "BudgetError", "ConfigError"),
            *("ProviderError", "RunError", "SynthAgentError"),
        ),
        "synth_agent.errors",
    ),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'synth_agent' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
