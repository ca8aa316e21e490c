"""What limits a run of code has, and how it can end."""

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["KINDS", "Kind", "Limits", "Outcome"]

Kind = Literal[
    "passed",
    "failed",
    "error",
    "timeout",
    "memory",
    "killed",
    "no-tests",
    "forbidden",
    "syntax",
]
KINDS: frozenset[str] = frozenset(get_args(Kind))

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one run may use."""

    wall: float = 10.0
    """Seconds from start to verdict."""
    cpu: int = 8
    """Seconds of CPU time."""
    memory: int = 512 * _MIB
    """Bytes of address space of a process; the interpreter itself takes 50 MiB."""
    file_size: int = 8 * _MIB
    """Bytes of one file, and of all that is printed. The number of files is not limited."""
    files: int = 64
    """Open files and pipes."""
    processes: int = 64
    """Processes and threads."""
    text: int = 1_000_000
    """Characters of code and tests together; what is longer is not run."""

    def __post_init__(self) -> None:
        for name in ("wall", "cpu", "memory", "file_size", "files", "processes", "text"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)!r}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    * `passed`: every test ran and none failed; `failed`: an assertion did not hold.
    * `error`: any other exception, or an end without a verdict (`sys.exit`, `os._exit`).
    * `timeout`, `memory`: a limit was reached; `killed`: a signal ended it.
    * `forbidden`: it asked for what it may not have, whether or not the tests passed.
    * `no-tests`: nothing failed because nothing was tested; `syntax`: it does not compile.
    """

    kind: Kind
    detail: str = ""
    """The last line of the traceback, shortened, without paths of this machine."""
    seconds: float = 0.0
    tests: int = 0
    """Test functions and methods that ran, doctest examples, or else asserts that were reached."""

    @property
    def passed(self) -> bool:
        """Whether it is worth keeping."""
        return self.kind == "passed"
