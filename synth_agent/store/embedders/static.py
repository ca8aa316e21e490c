"""An embedder that sees meaning and needs no model at run time: a table with a row a word piece.

A text is the sum of the rows of its word pieces, brought to unit length. The table was distilled
from all-MiniLM-L6-v2 and lies beside this module with its card, STATIC_MINILM.md: what it is good
for, how good it is, and its limits. Word order is not seen, and the language is English.

A word that the table cannot spell, in another script or a pictograph, has the row that
`LexicalEmbedder` gives it, so that two such words are not one. A text of which most is such words
is left to that embedder as a whole: it is near texts of like wording, and near no others.

Rows are whole numbers, and so is every sum: a text has the same vector to the last bit in any batch
and on any machine.
"""

import hashlib
import math
import re
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from synth_agent.store.embedders.lexical import LexicalEmbedder
from synth_agent.text import fold

__all__ = ["StaticEmbedder", "piece_tokenizer"]

_WEIGHTS: Final = Path(__file__).with_name("static_minilm.npz")
_LONGEST: Final = 1_000_000
"""Characters that are read of a text, about 170,000 words."""
_TEXTS: Final = 256
_PIECES: Final = 2_048
"""Rows that are gathered at once, 1 MB at width 256: they stay in the processor's cache."""
_EXACT: Final = 22
"""Bits of a sum that are kept: 2**44 times 512 columns is as much as float64 adds exactly."""
_LONGEST_CACHED: Final = 32
_CACHE: Final = 50_000
_UNKNOWN: Final = "[UNK]"
_READ: Final = 0.5
"""Share of a text that the table must know, or it is compared by its wording."""
_BEYOND: Final = re.compile(r"[^\x00-\u024f]+")
"""What is not Latin: all that is unknown of a word like "fine" with a pictograph at its end."""
_CODE: Final = 2
"""Root mean square of a code in the row of an unknown word. In the table it is 3: an added
pictograph leaves a sentence near, other words to translate do not."""


class StaticEmbedder:
    """Sums of the rows of word pieces.

    Args:
        weights: Another table, as `scripts/distill_embedder.py` writes it.
    """

    def __init__(self, weights: Path = _WEIGHTS) -> None:
        raw = weights.read_bytes()
        with np.load(BytesIO(raw), allow_pickle=False) as stored:
            pieces = bytes(stored["pieces"]).decode().split("\n")
            self._table = _unpacked(stored["codes"], stored["scales"])
            self._threshold = float(stored["threshold"])
            typical = float(np.median(stored["scales"]))
        self._row_length = _CODE * typical * math.sqrt(self.dimensions)
        self._wording = LexicalEmbedder(dimensions=self.dimensions)
        self._unread = 0
        self._name = f"static-minilm-{self.dimensions}-v2@{hashlib.sha256(raw).hexdigest()[:8]}"
        self._words = _Words(piece_tokenizer(pieces))
        self._counts = np.array([p == _UNKNOWN or any(map(str.isalpha, p)) for p in pieces])

    @property
    def name(self) -> str:
        """Changes whenever the vectors do."""
        return self._name

    @property
    def dimensions(self) -> int:
        """Columns of the table."""
        return int(self._table.shape[1])

    @property
    def threshold(self) -> float:
        """Cosine from which two texts are near-duplicates, see the card."""
        return self._threshold

    @property
    def unread(self) -> int:
        """How many texts were compared by their wording since this embedder was made."""
        return self._unread

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows; a text without words gets the first unit vector.

        Of a text longer than a million characters only these are read. Case and typography do not
        matter, nor do marks at either end.
        """
        rows = np.empty((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), _TEXTS):
            batch = [text[:_LONGEST] for text in texts[start : start + _TEXTS]]
            rows[start : start + len(batch)] = self._rows(batch)
        return rows

    def covers(self, text: str) -> float:
        """Return the share of a text's pieces that the table knows, figures and marks aside.

        Near 0 for a script that is not Latin; below one half a text is compared by its wording. It
        does not tell English from other languages in Latin script, whose words fall into known
        fragments.
        """
        return self._known(self._pieces(text[:_LONGEST]))

    def _pieces(self, text: str) -> list[int]:
        """Return piece numbers, a zero before them so that no text has none."""
        words = fold(text).split()
        return [0, *chain.from_iterable(map(self._words.__getitem__, words))]

    def _known(self, held: list[int]) -> float:
        pieces = np.array(held[1:], dtype=np.intp)
        counted = pieces[self._counts[pieces]]
        return float(np.mean(counted != 0)) if len(counted) else 1.0

    def _rows(self, texts: list[str]) -> NDArray[np.float32]:
        held = [*map(self._pieces, texts)]
        ends = np.cumsum([*map(len, held)])
        pieces = np.fromiter(chain.from_iterable(held), np.int32, int(ends[-1]))
        sums = self._sums(pieces, ends)
        if np.count_nonzero(pieces) == len(pieces) - len(texts):
            return _unit(sums)
        strange = [at for at, of_text in enumerate(held) if of_text.count(0) > 1]
        unread = [at for at in strange if self._known(held[at]) < _READ]
        for at in set(strange).difference(unread):
            sums[at] += self._unknown_words(texts[at], held[at].count(0) - 1)
        rows = _unit(sums)
        rows[unread] = self._wording.embed([texts[at] for at in unread])
        self._unread += len(unread)
        return rows

    def _unknown_words(self, text: str, count: int) -> NDArray[np.int64]:
        """Return what the unknown words add to a sum: like so many known ones, of less weight."""
        unknown = " ".join(word for word in fold(text).split() if 0 in self._words[word])
        wording = " ".join(_BEYOND.findall(unknown)) or unknown
        row = self._wording.embed([wording])[0].astype(np.float64)
        row *= self._row_length * math.sqrt(count)
        return np.array(np.rint(row), dtype=np.int64)

    def _sums(self, pieces: NDArray[np.int32], ends: NDArray[np.intp]) -> NDArray[np.int64]:
        sums = np.zeros((len(ends), self.dimensions), dtype=np.int64)
        for first, starts, held in _runs(pieces, ends):
            sums[first : first + len(starts)] += np.add.reduceat(
                self._table[held], starts, dtype=np.int32
            )
        return sums


class _Words(dict[str, list[int]]):
    """Piece numbers of words, looked up in the tokenizer once: most words come again and again."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        super().__init__()
        self._tokenizer = tokenizer

    def __missing__(self, word: str) -> list[int]:
        # A lone surrogate, which JSON may hold, is no text for the tokenizer.
        plain = word.encode(errors="ignore").decode()
        # Not `encode_batch`: its threads would warn about every process that is forked later.
        pieces: list[int] = self._tokenizer.encode(plain, add_special_tokens=False).ids
        if len(word) <= _LONGEST_CACHED:
            if len(self) >= _CACHE:
                self.clear()
            self[word] = pieces
        return pieces


def _runs(
    pieces: NDArray[np.int32], ends: NDArray[np.intp]
) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.int32]]]:
    """Yield the pieces in runs: number of the first text, where texts start, the pieces."""
    for at in range(0, len(pieces), _PIECES):
        held = pieces[at : at + _PIECES]
        first = int(np.searchsorted(ends, at, side="right"))
        last = int(np.searchsorted(ends, at + len(held), side="left"))
        yield first, np.concatenate([[0], ends[first:last] - at]).astype(np.intp), held


def _unit(sums: NDArray[np.int64]) -> NDArray[np.float32]:
    sums[~sums.any(axis=1), :1] = 1
    largest = np.abs(sums).max(axis=1, keepdims=True)
    # Long texts lose bits below the 22nd, so that float64 adds the squares exactly in any order.
    over = np.maximum(np.frexp(largest.astype(np.float64))[1] - _EXACT, 0)
    rows = (sums >> over).astype(np.float64)
    norms = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    unit: NDArray[np.float32] = (rows / norms).astype(np.float32)
    return unit


def _unpacked(codes: NDArray[np.uint8], scales: NDArray[np.uint16]) -> NDArray[np.int16]:
    """Return the table: two codes of four bits a byte, -7 to 7, times the scale of their row."""
    table = np.empty((len(codes), 2 * codes.shape[1]), dtype=np.int16)
    table[:, 0::2] = codes & 15
    table[:, 1::2] = codes >> 4
    table -= 8
    table *= scales[:, None].astype(np.int16)
    return table


def piece_tokenizer(pieces: Sequence[str]) -> Tokenizer:
    """Return the tokenizer of a table with these rows; the first piece stands for the unknown."""
    numbered = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(WordPiece(numbered, unk_token=_UNKNOWN, max_input_chars_per_word=100))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return tokenizer
