"""The error tree.

* SynthAgentError
  * ConfigError: the user can mend it (brief, spec, flag, file). Exit code 2.
  * AnswerError: one draft could not be made; a value in a draft's place, seldom raised.
  * BudgetError: the bound on money or tokens is reached.
  * RunError: the run cannot go on (disk, lock, journal). What was made is saved.

A message says what was expected, what came, and what to do. It never holds a key.
"""

__all__ = ["AnswerError", "BudgetError", "ConfigError", "RunError", "SynthAgentError"]


class SynthAgentError(Exception):
    """Root of everything this package raises on purpose."""


class ConfigError(SynthAgentError):
    """The user can mend it: a brief, spec, pack, flag or file."""


class AnswerError(SynthAgentError):
    """One draft could not be made.

    Attributes:
        reason: Code that rejects are counted by, e.g. `constraint`.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class BudgetError(SynthAgentError):
    """The bound on money or tokens is reached."""


class RunError(SynthAgentError):
    """The run cannot go on; what was made is saved."""
