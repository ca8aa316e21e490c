"""The error tree.

* SynthAgentError
  * ConfigError: the user can mend it (brief, spec, flag, file). Exit code 2.
  * AnswerError: one draft could not be made; a value in a draft's place, seldom raised.
  * BudgetError: the bound on money or tokens is reached.
  * ProviderError: the model's provider failed for good (bad key, no quota, down). Exit code 4.
  * RunError: the run cannot go on (disk, lock, journal). What was made is saved.

A message says what was expected, what came, and what to do. It never holds a key.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import JsonValue

__all__ = [
    "AnswerError",
    "BudgetError",
    "ConfigError",
    "ProviderError",
    "RunError",
    "SynthAgentError",
]


class SynthAgentError(Exception):
    """Root of everything this package raises on purpose."""


class ConfigError(SynthAgentError):
    """The user can mend it: a brief, spec, pack, flag or file."""


class AnswerError(SynthAgentError):
    """One draft could not be made.

    Attributes:
        reason: Code that rejects are counted by, e.g. `constraint`.
        detail: What exactly was wrong, in words.
        payload: What was made and then dropped; empty where nothing could be made.
    """

    def __init__(
        self, reason: str, detail: str = "", *, payload: "Mapping[str, JsonValue] | None" = None
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.payload = dict(payload or {})


class BudgetError(SynthAgentError):
    """The bound on money or tokens is reached."""


class ProviderError(SynthAgentError):
    """A model's provider failed in a way that asking again does not mend; the run is resumable."""


class RunError(SynthAgentError):
    """The run cannot go on; what was made is saved."""
