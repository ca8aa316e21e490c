"""What every embedder is."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Embedder"]


class Embedder(Protocol):
    """Turns texts into vectors. The same text must always give the same vector."""

    @property
    def name(self) -> str:
        """Name and version: what was embedded under another name is embedded again."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def threshold(self) -> float:
        """Cosine from which two texts are near-duplicates, as calibrated for this embedder."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one row of unit length a text, shape (n, dimensions)."""
