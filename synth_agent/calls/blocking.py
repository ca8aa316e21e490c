"""Runs coroutines for callers without an event loop, all of them in one loop of a thread.

One loop for all calls, because the connections of a model's client belong to the loop that they
were opened in.
"""

import asyncio
import threading
import weakref
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["LoopThread"]

_T = TypeVar("_T")


class LoopThread:
    """An event loop in a thread of its own, begun when it is first needed."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._beginning = threading.Lock()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Return the result of a coroutine; it sees the caller's context variables."""
        return asyncio.run_coroutine_threadsafe(work, self._running()).result()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._beginning:
            if self._loop is None:
                loop = self._loop = asyncio.new_event_loop()
                thread = threading.Thread(
                    target=_run, args=(loop,), name="model calls", daemon=True
                )
                thread.start()
                weakref.finalize(self, loop.call_soon_threadsafe, loop.stop)
            return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        loop.close()
