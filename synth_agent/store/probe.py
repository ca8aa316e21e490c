"""Does Chroma work on this machine, or at a server?"""

import tempfile
from pathlib import Path

import numpy as np

from synth_agent.errors import ConfigError, RunError
from synth_agent.store.chroma import DamagedError
from synth_agent.store.places import Collections, Folders, Place
from synth_agent.store.server import Server

__all__ = ["probe"]


def probe(server: Server | None = None) -> str | None:
    """Write a row, find it again, and return what went wrong, or None.

    Args:
        server: Look there rather than in a folder; nothing of it is left behind.
    """
    try:
        with tempfile.TemporaryDirectory() as folder:
            memory = Path(folder, "memory")
            place = Folders(memory) if server is None else Collections(server, memory)
            found = _found(place)
    except (ConfigError, DamagedError, ImportError, OSError, RunError) as error:
        return str(error)
    return None if found == [("1", 1.0)] else f"Chroma found {found}, expected row 1"


def _found(place: Place) -> list[tuple[str, float]]:
    vectors = np.eye(2, 8, dtype=np.float32)
    place.check()
    with place.open(1) as chroma:
        chroma.put("accepted", ["0", "1"], vectors, [{}, {}])
        (found,) = chroma.nearest_many("accepted", vectors[1:], 1)
    place.clear()
    return found
