"""Where a memory is kept and searched."""

from collections.abc import Callable
from dataclasses import dataclass

from synth_agent.store.archive import most_bytes
from synth_agent.store.likeness import MakesSearch
from synth_agent.store.nearest import Nearest
from synth_agent.store.server import Server

__all__ = ["Home"]


@dataclass(frozen=True, slots=True)
class Home:
    """Where a memory is kept and searched.

    Attributes:
        server: Where Chroma answers; None: from files in the memory's folder.
        limit: Bytes on disk that so many rows may take.
        search: Makes what finds the nearest rows.
    """

    server: Server | None = None
    limit: Callable[[int], int] = most_bytes
    search: MakesSearch = Nearest
