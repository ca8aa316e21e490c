"""The endpoint in a process of its own, for tests that kill what talks to it."""

import subprocess
import sys
from pathlib import Path
from typing import Self

from tests.endpoint.log import Logged, read_log

__all__ = ["EndpointProcess"]

_ROOT = Path(__file__).parents[2]


class EndpointProcess:
    """Runs `python -m tests.endpoint` while its context lasts; it ends with this process too.

    Args:
        log: File of the log; it is appended to.
        options: Of the command line, such as "--latency", "0.05".
    """

    def __init__(self, log: Path, *options: str) -> None:
        self.url = ""
        self._log = log
        command = [sys.executable, "-m", "tests.endpoint", "--until-eof", "--log", str(log)]
        self._command = [*command, *options]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout
        self.url = self._process.stdout.readline().strip()
        if not self.url:
            self.__exit__()
            raise RuntimeError(f"the endpoint did not start: {' '.join(self._command)}")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def log(self) -> list[Logged]:
        """Return what is logged by now; complete once the context has ended."""
        return read_log(self._log)
