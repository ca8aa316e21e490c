"""What an embeddings model answered, made rows of unit length, or what is wrong with it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["unit_rows"]


def unit_rows(answer: Any, *, count: int, width: int | None) -> NDArray[np.float32] | str:
    """Return rows of unit length, shape (count, width), or in words what is wrong.

    Args:
        answer: Whatever a model returned; lists of numbers, if all is well.
        count: How many texts were sent.
        width: Length of every vector so far, None before the first.
    """
    rows = _table(answer, count)
    if isinstance(rows, str):
        return rows
    if width is not None and rows.shape[1] != width:
        return (
            f"expected vectors of {width} numbers, as all before, got {rows.shape[1]}: another "
            "model is served under this name"
        )
    with np.errstate(over="ignore"):
        norms = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    if (odd := np.flatnonzero(~np.isfinite(norms))).size:
        return f"expected finite numbers, got NaN or infinity in vector {odd[0]} of {count}"
    if (odd := np.flatnonzero(norms == 0)).size:
        return f"expected a direction, got only zeros in vector {odd[0]} of {count}"
    unit: NDArray[np.float32] = (rows / norms).astype(np.float32)
    return unit


def _table(answer: Any, count: int) -> NDArray[np.float64] | str:
    if not isinstance(answer, Sequence | np.ndarray) or isinstance(answer, str):
        return f"expected {count} vectors, one a text, got {type(answer).__name__}"
    if len(answer) != count:
        return f"expected {count} vectors, one a text, got {len(answer)}"
    try:
        lengths = sorted({len(vector) for vector in answer})
        if len(lengths) > 1:
            return f"expected vectors of one length, got {lengths[0]} and {lengths[-1]} numbers"
        rows = np.asarray(answer, dtype=np.float64)
    except (TypeError, ValueError):
        return "expected each vector as a list of numbers, got something else"
    return rows if rows.ndim == 2 and rows.shape[1] else "expected vectors of numbers, got none"
