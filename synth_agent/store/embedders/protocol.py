"""What every embedder is."""

from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Embedder", "Prepared"]


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


@runtime_checkable
class Prepared(Protocol):
    """An embedder that has to ask elsewhere, and can do so beforehand."""

    async def prepare(self, texts: Iterable[str]) -> None:
        """Have the vectors of these texts at hand, without keeping others waiting."""

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
