"""What the endpoint was asked and what it answered, in memory or as JSON lines in a file."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

__all__ = ["CHAT", "Logged", "read_log", "tally"]

CHAT = "/v1/chat/completions"
_UNREADABLE = frozenset({"malformed"})
"""Faults of an answer that was sent as a whole and that no client can read."""


@dataclass(slots=True)
class Logged:
    """One request, and what became of it."""

    number: int
    path: str
    digest: str
    at: float
    """Seconds of the monotonic clock, at arrival."""
    body: Any = None
    """Parsed; None if there was none or it was no JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case, without Authorization; empty if read from a file."""
    fault: str | None = None
    """What was done to it: a fault's name ("429", "cut", …), or why it was turned away."""
    status: int = 0
    """0 as long as nothing was answered, and if no status line was sent at all."""
    answered: bool = False
    """Was the whole answer handed to the operating system? Not: did anybody read it."""


def tally(log: Iterable[Logged]) -> Counter[str]:
    """Return the digest of each chat request -> how many whole, readable 200 answers it got."""
    return Counter(
        one.digest
        for one in log
        if one.path == CHAT and one.answered and one.status == 200 and one.fault not in _UNREADABLE
    )


def read_log(path: Path) -> list[Logged]:
    """Read what `python -m tests.endpoint --log` wrote, by number; a torn last line is left out."""
    found: dict[int, Logged] = {}
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            break
        said = orjson.loads(line)
        event = said.pop("event")
        if event == "arrived":
            found[said["number"]] = Logged(**said)
        else:
            one = found[said["number"]]
            one.status, one.fault, one.answered = said["status"], said["fault"], True
    return [found[number] for number in sorted(found)]
