"""A lexical embedder, which needs no model and reads every language.

`LexicalEmbedder` hashes words, pairs of neighbouring words and the character n-grams inside words
into a fixed number of signed buckets (feature hashing). It sees wording, not meaning: a paraphrase
in other words is far away. Weights are whole numbers, so every sum is exact: a text has the same
vector in any batch and on any machine.

Figures count as words of their own without n-grams, because 41 and 47 are no more alike than 41
and 90: texts from one template are apart as soon as their figures are, while a copy with one figure
changed stays near.

Source: Weinberger et al., Feature Hashing for Large Scale Multitask Learning, arXiv:0902.2206;
Bojanowski et al., Enriching Word Vectors with Subword Information, arXiv:1607.04606 (n-grams
inside word boundaries).
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from synth_agent.text import fold

__all__ = ["LexicalEmbedder"]

_UNIT: Final = 64
"""Weights are multiples of 1/64."""
_PAIR: Final = 0.7
"""Weight of two neighbouring words; a word has 1, and its n-grams together as much again."""
_FIGURE: Final = 2.5
"""Weight of a figure, half its energy for itself and half for the word before it …"""
_FIGURE_SHARE: Final = 0.26
"""… but at most this part of the length of the rest, so that one figure never decides."""
_SIZES: Final = (3, 4, 5)
_LONGEST_CACHED: Final = 32
_CACHE: Final = 50_000
_SIGN_BIT: Final = np.uint32(1 << 31)
_FIRST: Final = np.uint32(0x9E3779B1)
_SECOND: Final = np.uint32(0x7FEB352D)
_HAN: Final = (
    "\u3005\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Chinese characters and kana, written without blanks: each counts as a word."""
_WORD: Final = re.compile(rf"[{_HAN}]|[^\W{_HAN}]+(?:[.:/'-][^\W{_HAN}]+)*")
_MARK: Final = re.compile(r"[^\s\ud800-\udfff]")
"""Instead of words where there are none: pictographs, signs."""
_ANY_FIGURE: Final = "#"
_THRESHOLD: Final = 0.9


class _Features(NamedTuple):
    hashes: NDArray[np.uint32]
    weights: NDArray[np.float64]


class LexicalEmbedder:
    """Hashed words, word pairs and character 3- to 5-grams."""

    def __init__(self, *, dimensions: int = 384) -> None:
        self._dimensions = dimensions
        self._cache: dict[str, _Features] = {}

    @property
    def name(self) -> str:
        """Changes whenever the vectors do."""
        return f"lexical-2/{self._dimensions}"

    @property
    def dimensions(self) -> int:
        """Number of buckets."""
        return self._dimensions

    @property
    def threshold(self) -> float:
        """Cosine from which two texts are near-duplicates."""
        return _THRESHOLD

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows, by signs where there are no words; of a blank text the first vector."""
        rows = np.zeros((len(texts), self._dimensions), dtype=np.float64)
        for at, text in enumerate(texts):
            plain = fold(text)
            if said := _WORD.findall(plain) or _MARK.findall(plain):
                rows[at] = self._hashed(self._features(said))
        rows[~rows.any(axis=1), :1] = 1.0
        # Sums of squares of whole numbers are exact, so the order of summation cannot matter.
        norms = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
        unit: NDArray[np.float32] = (rows / norms).astype(np.float32)
        return unit

    def _hashed(self, features: list[_Features]) -> NDArray[np.float64]:
        hashes = np.concatenate([f.hashes for f in features])
        weights = np.concatenate([f.weights for f in features])
        signed = np.where(hashes & _SIGN_BIT, weights, -weights)
        buckets = (hashes & ~_SIGN_BIT) % np.uint32(self._dimensions)
        sums: NDArray[np.float64] = np.bincount(
            buckets, weights=signed, minlength=self._dimensions
        ).astype(np.float64, copy=False)
        return sums

    def _features(self, said: list[str]) -> list[_Features]:
        figures = [any(map(str.isdecimal, word)) for word in said]
        masked = [
            _ANY_FIGURE if figure else word for word, figure in zip(said, figures, strict=True)
        ]
        found = [
            _repeated(self._of_word(word), count)
            for word, count in Counter(masked).items()
            if word != _ANY_FIGURE
        ]
        found.append(_pairs(masked))
        if any(figures):
            energy = sum(float(f.weights @ f.weights) for f in found)
            found.extend(_figures(said, masked, figures, energy))
        return found

    def _of_word(self, word: str) -> _Features:
        known = self._cache.get(word)
        if known is None:
            known = _word_features(word)
            if len(word) <= _LONGEST_CACHED:
                if len(self._cache) >= _CACHE:
                    self._cache.clear()
                self._cache[word] = known
        return known


def _word_features(word: str) -> _Features:
    edged = f"<{word}>"
    grams = [edged[at : at + n] for n in _SIZES for at in range(len(edged) - n + 1)]
    # Short words are mostly function words, which all texts share.
    scale = min(1.0, len(word) / 5) * _UNIT
    weights = np.full(1 + len(grams), np.rint(scale / math.sqrt(max(1, len(grams)))))
    weights[0] = np.rint(scale)
    return _Features(_mix(_codes([f" {word}", *grams])), weights)


def _repeated(features: _Features, count: int) -> _Features:
    if count == 1:
        return features
    return _Features(features.hashes, np.rint(features.weights * (1 + math.log(count))))


def _counted(codes: NDArray[np.uint32], weight: float) -> _Features:
    """Return each different code once, weighted by the logarithm of how often it came."""
    different, counts = np.unique(codes, return_counts=True)
    return _Features(_mix(different), np.rint(weight * (1 + np.log(counts))))


def _pairs(masked: list[str]) -> _Features:
    codes = _codes(masked)
    return _counted(codes[:-1] * _FIRST + codes[1:], _PAIR * _UNIT)


def _figures(
    said: list[str], masked: list[str], figures: list[bool], energy: float
) -> Iterator[_Features]:
    at = [place for place, figure in enumerate(figures) if figure]
    weight = min(_FIGURE * _UNIT, _FIGURE_SHARE * math.sqrt(energy)) / math.sqrt(2)
    codes = _codes([said[place] for place in at])
    before = _codes([masked[place - 1] if place else "" for place in at])
    yield _counted(codes, max(1.0, weight))
    yield _counted(before * _SECOND + codes, max(1.0, weight))


def _codes(features: Sequence[str]) -> NDArray[np.uint32]:
    return np.fromiter((crc32(f.encode()) for f in features), np.uint32, len(features))


def _mix(codes: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return hashes whose every bit depends on every bit of the code (MurmurHash3's finaliser)."""
    codes = codes ^ (codes >> np.uint32(16))
    codes = codes * np.uint32(0x85EBCA6B)
    codes = codes ^ (codes >> np.uint32(13))
    codes = codes * np.uint32(0xC2B2AE35)
    return codes ^ (codes >> np.uint32(16))
