"""Figures beside meaning: for embedders that hardly see them.

To a sentence embedder two exercises of one template are the same, whatever their figures: their
cosine is 0.99. `WithFigures` puts a tail of hashed figures beside what the embedder says, so that
they are apart as soon as most of their figures are, while a copy with one of many changed stays
near, and so does a long text with one. Texts without figures compare exactly as before, which is
why the embedder's own threshold holds for all.

A figure counts alone and with the figure before it. Neighbouring words would not do: all texts of a
template share them, and a paraphrase changes them. One changed figure breaks two of these pairs, so
figures that a whole template shares (limits, dates) do not outweigh those that make an exercise.

Limits: number words are words; 1,250 and 1250 are two figures, and so are 2.0 and 2. Texts with the
same figures come a little nearer to each other than they were: 0.89 may become 0.91.
"""

from collections.abc import Sequence
from re import compile as pattern
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from synth_agent.store.embedders.protocol import Embedder
from synth_agent.text import fold

__all__ = ["TAIL", "WithFigures", "comparing", "head", "tail_of"]

TAIL: Final = 64
"""Columns behind those of the embedder: a half for figures alone, a half for pairs of them.
Figures that share a bucket by chance make some repeats of what is none: 3.1 % of 10,000 and 4.0 %
of 40,000 records of the pack `industrial` are dropped, with 128 columns 2.6 and 3.1 %."""
_HALF: Final = TAIL // 2
_SHARE: Final = 1 / 3
"""Most that figures count of a row's square: what two texts of one wording lose of their cosine
when no figure is the same."""
_SPARSE: Final = 120
"""Characters, some 20 words, among which one figure counts half of that."""
_UNIT: Final = 64
"""Weights are multiples of 1/64: whole numbers, so that no order of summation matters."""
_TEXTS: Final = 1_024
_FIGURE: Final = pattern(r"(\d+(?:[.,:/-]\d+)*)")
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_BEFORE: Final = np.uint32(0x7FEB352D)
_TOP: Final = np.uint64(65 - TAIL.bit_length())
"""Leaves the bits that number a bucket of a half, and one for the sign."""


class WithFigures:
    """An embedder's rows with figures beside them.

    A row is its vector times a, then its figures times b: a^2 + b^2 = 1, and b^2 grows with how
    densely figures stand in the text, from 0 where there are none to a third.
    """

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner

    @property
    def inner(self) -> Embedder:
        """The embedder whose rows have figures beside them."""
        return self._inner

    @property
    def name(self) -> str:
        """Changes whenever the vectors do."""
        return f"{self._inner.name}+figures-1"

    @property
    def dimensions(self) -> int:
        """Columns of the embedder and of the tail."""
        return self._inner.dimensions + TAIL

    @property
    def threshold(self) -> float:
        """Cosine from which two texts are near-duplicates: the embedder's own."""
        return self._inner.threshold

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows."""
        said = self._inner.embed(texts)
        rows = np.empty((len(texts), said.shape[1] + TAIL), dtype=np.float32)
        rows[:, :-TAIL] = said
        for start in range(0, len(texts), _TEXTS):
            batch = rows[start : start + _TEXTS]
            sums, shares = _figures(texts[start : start + _TEXTS])
            batch[:, :-TAIL] *= np.sqrt(1 - shares)
            batch[:, -TAIL:] = sums * np.sqrt(shares)
        return rows


def comparing(embedder: Embedder, *, mask_numbers: bool) -> Embedder:
    """Return what texts are compared by: with figures beside, unless every one counts the same."""
    return embedder if mask_numbers else WithFigures(embedder)


def tail_of(embedder: Embedder) -> int:
    """Return how many of an embedder's last columns are figures."""
    return TAIL if isinstance(embedder, WithFigures) else 0


def head(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return what the inner embedder said, at unit length again: for a search by meaning alone."""
    said = rows[:, :-TAIL].astype(np.float64)
    norms = np.linalg.norm(said, axis=1, keepdims=True)
    heads: NDArray[np.float64] = said / np.where(norms > 0, norms, 1)
    return heads.astype(np.float32)


def _figures(texts: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return unit rows of hashed figures, shape (n, TAIL), and their shares, shape (n, 1)."""
    said = [_FIGURE.split(fold(text)) for text in texts]
    figures = [parts[1::2] for parts in said]
    counts = np.fromiter(map(len, figures), np.int64, len(texts))
    sums = _sums([code for found in figures for code in _codes(found)], counts)
    norms = np.sqrt(np.square(sums).sum(axis=1, keepdims=True))
    lengths = np.fromiter((sum(map(len, parts)) for parts in said), np.int64, len(texts))
    dense = _SPARSE * counts / np.maximum(1, _SPARSE * counts + lengths)
    # Buckets of opposite signs may cancel each other, and then there is nothing to show.
    shares = np.where(norms > 0, _SHARE * dense[:, None], 0.0)
    return sums / np.where(norms > 0, norms, 1), shares


def _codes(figures: Sequence[str]) -> list[int]:
    return [crc32(figure.encode()) for figure in figures]


def _sums(codes: list[int], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return whole-numbered sums over the buckets: of figures, then of pairs."""
    alone = np.array(codes, dtype=np.uint32)
    owners = np.repeat(np.arange(len(counts), dtype=np.uint64), counts)
    before = np.concatenate([np.zeros(1, np.uint32), alone[:-1]])[: len(alone)]
    before[(np.cumsum(counts) - counts)[counts > 0]] = 0
    pairs = (before + np.uint32(1)) * _BEFORE + alone
    kinds = np.concatenate([2 * owners, 2 * owners + np.uint64(1)])
    keys = kinds << np.uint64(32) | np.concatenate([alone, pairs])
    different, times = np.unique(keys, return_counts=True)
    hashed = ((different & np.uint64(0xFFFFFFFF)) * _SPREAD) >> _TOP
    weights = np.rint(_UNIT * (1 + np.log(times)))
    signed = np.where(hashed & np.uint64(1), weights, -weights)
    buckets = (different >> np.uint64(32)) * np.uint64(_HALF) + (hashed >> np.uint64(1))
    sums = np.bincount(buckets.astype(np.int64), signed, minlength=len(counts) * TAIL)
    return sums.astype(np.float64, copy=False).reshape(len(counts), TAIL)
