"""Does Chroma work on this machine?"""

import tempfile
from pathlib import Path

import numpy as np

from synth_agent.store.chroma import Chroma, DamagedError

__all__ = ["probe"]


def probe() -> str | None:
    """Write a row, find it again, and return what went wrong, or None."""
    vectors = np.eye(2, 8, dtype=np.float32)
    try:
        with tempfile.TemporaryDirectory() as folder:
            chroma = Chroma(Path(folder))
            chroma.put("accepted", ["0", "1"], vectors, [{}, {}])
            found = chroma.nearest("accepted", vectors[1], 1, None)
            chroma.close()
    except (DamagedError, ImportError, OSError) as error:
        return str(error)
    return None if found == [("1", 1.0)] else f"Chroma found {found}, expected row 1"
