"""Vectors for texts: hashed words, so that texts that share words are near each other."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

__all__ = ["embeddings", "texts_of"]

_Row = NDArray[np.float32]

_DIMENSIONS = 256
_WORD = re.compile(r"\w+")


def embeddings(body: Mapping[str, Any], spoil: str | None = None) -> bytes:
    """Return the body of a 200 answer: unit vectors, as numbers or in base64.

    Args:
        body: Of the request.
        spoil: What is wrong with the answer, of `faults.VECTOR_SPOILS`.
    """
    texts = texts_of(body)
    size = body.get("dimensions") or _DIMENSIONS
    as_text = body.get("encoding_format") == "base64"
    rows = _spoiled(spoil, [_vector(text, size) for text in texts])
    vectors = [b64encode(row.tobytes()).decode() if as_text else row.tolist() for row in rows]
    tokens = -(-sum(map(len, texts)) // 4)
    answer = {
        "object": "list",
        "data": [
            {"object": "embedding", "index": at, "embedding": vector}
            for at, vector in enumerate(vectors)
        ],
        "model": body.get("model", ""),
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }
    # Not orjson, which has no NaN: servers in Python send it as it is.
    return json.dumps(answer).encode()


def texts_of(body: Mapping[str, Any]) -> list[str]:
    """Return the texts of a request: texts, or tokens of one text or of several."""
    given = body.get("input", "")
    several = isinstance(given, list) and not all(isinstance(one, int) for one in given)
    return [str(one) for one in (given if several else [given])]


def _spoiled(spoil: str | None, rows: list[_Row]) -> list[_Row]:
    match spoil:
        case "nan":
            rows[0][0] = np.nan
        case "zero":
            rows[0][:] = 0
        case "short":
            rows.pop()
        case "wide":
            rows = [np.append(row, row) for row in rows]
        case "ragged":
            rows[0] = rows[0][1:]
    return rows


def _vector(text: str, size: int) -> _Row:
    row = np.zeros(size, np.float32)
    for word in _WORD.findall(text.lower()):
        code = crc32(word.encode())
        row[(code >> 1) % size] += 1.0 if code & 1 else -1.0
    if not row.any():
        row[0] = 1.0
    row /= np.linalg.norm(row)
    return row
