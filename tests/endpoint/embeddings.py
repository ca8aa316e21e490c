"""Vectors for texts: hashed words, so that texts that share words are near each other."""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any
from zlib import crc32

import numpy as np

__all__ = ["embeddings"]

_DIMENSIONS = 256
_WORD = re.compile(r"\w+")


def embeddings(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body of a 200 answer: unit vectors, as numbers or in base64."""
    given = body.get("input", "")
    # Texts, or tokens of one text or of several.
    several = isinstance(given, list) and not all(isinstance(one, int) for one in given)
    texts = [str(one) for one in (given if several else [given])]
    size = body.get("dimensions") or _DIMENSIONS
    as_text = body.get("encoding_format") == "base64"
    rows = [_vector(text, size) for text in texts]
    vectors = [b64encode(row.tobytes()).decode() if as_text else row.tolist() for row in rows]
    tokens = -(-sum(map(len, texts)) // 4)
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": at, "embedding": vector}
            for at, vector in enumerate(vectors)
        ],
        "model": body.get("model", ""),
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _vector(text: str, size: int) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    row = np.zeros(size, np.float32)
    for word in _WORD.findall(text.lower()):
        code = crc32(word.encode())
        row[(code >> 1) % size] += 1.0 if code & 1 else -1.0
    if not row.any():
        row[0] = 1.0
    row /= np.linalg.norm(row)
    return row
