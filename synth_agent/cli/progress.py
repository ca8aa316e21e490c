"""Progress: a live line on a terminal, plain lines elsewhere; always on stderr."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from synth_agent.cli.phrases import money, speed
from synth_agent.pipeline import Event, Finished, Started

__all__ = ["watching"]

OnEvent = Callable[[Event], None]
_EVERY: Final = 5.0
"""Seconds between two plain lines."""


@contextmanager
def watching(*, quiet: bool) -> Iterator[OnEvent]:
    """Give a listener that draws what happens."""
    if quiet:
        yield lambda _: None
    elif sys.stderr.isatty():
        with _bar() as progress:
            yield _Live(progress)
    else:
        yield _Lines()


def _bar() -> Progress:
    return Progress(
        TextColumn("[bold]{task.fields[so_far]}"),
        BarColumn(bar_width=28),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("{task.fields[cost]}"),
        TextColumn("[dim]{task.fields[rejected]}"),
        console=Console(stderr=True),
        transient=True,
    )


class _Speed:
    """Records per second of this sitting."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._had = 0

    def start(self, had: int) -> None:
        self._begun, self._had = time.monotonic(), had

    def per_second(self, have: int) -> float:
        return (have - self._had) / max(time.monotonic() - self._begun, 1e-6)


class _Live:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task(
            "", total=None, so_far="beginning", rate="", cost="", rejected=""
        )
        self._speed = _Speed()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self._speed.start(event.accepted)
        self._progress.update(
            self._task,
            total=event.asked,
            completed=event.accepted,
            so_far=f"{event.accepted:,} of {event.asked:,}",
            rate=speed(self._speed.per_second(event.accepted)),
            cost=_cost(event),
            rejected=_rejected(event.rejected),
        )


class _Lines:
    def __init__(self) -> None:
        self._speed = _Speed()
        self._last = time.monotonic()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Started):
            self._speed.start(event.accepted)
            goal = f"making {event.asked:,} records"
            sys.stderr.write(
                goal + (f", {event.accepted:,} are there\n" if event.accepted else "\n")
            )
        elif isinstance(event, Finished) or time.monotonic() - self._last >= _EVERY:
            self._last = time.monotonic()
            sys.stderr.write(self._line(event) + "\n")
        sys.stderr.flush()

    def _line(self, event: Event) -> str:
        rate = self._speed.per_second(event.accepted)
        left = f", {(event.asked - event.accepted) / rate:,.0f} s left" if rate > 0 else ""
        if isinstance(event, Finished):
            left = ""
        said = f"{event.accepted:,} of {event.asked:,}, {speed(rate)}{left}"
        return ", ".join(part for part in (said, _cost(event), _rejected(event.rejected)) if part)


def _cost(event: Event) -> str:
    return "" if isinstance(event, Started) else money(event.usage)


def _rejected(reasons: Mapping[str, int]) -> str:
    if not reasons:
        return ""
    ranked = sorted(reasons.items(), key=lambda pair: -pair[1])
    listed = ", ".join(f"{reason} {n:,}" for reason, n in ranked[:3])
    return f"rejected {sum(reasons.values()):,} ({listed}{', …' if len(ranked) > 3 else ''})"
