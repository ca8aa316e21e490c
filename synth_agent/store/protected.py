"""Texts that a dataset must not come near: benchmarks, real records kept for testing, seeds.

A text is too near to one of them where it shares a passage with it (`quality.passages`: 13 words in
a row, or half of the shorter's 8-grams) or, failing that, where the cosine of their vectors reaches
a threshold. Of a seed, 13 words in a row prove nothing yet: drafts are to take after it. With ten
seeds from the generator itself they would have cost up to 14 % of its records, and half of the
8-grams none.

Every text in a row of at least four words counts, each for itself, and besides all that the row
asks with as one text; a row without one is protected by its longest text. A text that stands in
more than ten rows is the form of a benchmark and says nothing, nor do its 8-grams.

Limits: a script without blanks between words has no n-grams, and texts of less than 8 words have
none either; there the vectors alone decide. Memory: 12 bytes a word for n-grams, 1 kB a text for
its vector of width 384, and the texts.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.quality.passages import Passages
from synth_agent.schemas import Measure, NearMatch
from synth_agent.store.embedders import Embedder
from synth_agent.store.nearest import Nearest
from synth_agent.store.vectors import exact, unit

__all__ = ["Protected", "ProtectedFile", "ProtectedSets"]

Row = Mapping[str, JsonValue]

_COMMON: Final = 10
_FEWEST: Final = 4
_UNSPACED: Final = "\u0e00"
"""From Thai on, scripts mostly have no blanks: two characters count as a word."""
_BATCH: Final = 1_000
_TOLD: Final = 4_000
"""Characters of a protected text that a match tells, for each reject keeps it."""
_IDENTIFIERS: Final = ("task_id", "question_id", "id", "uid")
_LONGEST_IDENTIFIER: Final = 60
_PARTS: Final = frozenset(
    {"data", "dataset", "dev", "question", "questions", "test", "train", "val", "validation"}
)
"""File names that say nothing without their folder's."""


class Protected(NamedTuple):
    """A text and the row that it comes from."""

    name: str
    """`gsm8k/12`: the file and the row, counted from 1, or the row's own identifier."""
    text: str


class ProtectedFile(NamedTuple):
    """A file whose texts are protected, as it was read."""

    path: Path
    rows: int
    texts: int
    digest: str
    """SHA-256 of its bytes."""


class ProtectedSets:
    """Protected texts, to compare others with. Made once; lookups change nothing.

    Args:
        protected: The texts of a row one after another, what it asks first: rows that ask the same
            count as one where it is asked how many rows a text stands in.
        embedder: None: only words are compared.
        threshold: Cosine from which a text is too near; None: the embedder's own.
        common: Rows that a text or 8-gram stands in at most to say something. 1 for seeds: what two
            of them share is their form.
        said: What is embedded of a text, as of those that it is compared with: figures masked.
        kind: What the texts are; a `seed` is copied where half of the 8-grams are shared.
    """

    files: tuple[ProtectedFile, ...] = ()
    """What was read, see `read`."""

    def __init__(
        self,
        protected: Iterable[Protected],
        *,
        embedder: Embedder | None = None,
        threshold: float | None = None,
        common: int = _COMMON,
        kind: Literal["protected", "seed"] = "protected",
        said: Callable[[str], str] = str,
    ) -> None:
        self._protected, self._kind = list(protected), kind
        rows = _rows(self._protected)
        texts = [p.text for p in self._protected]
        self._passages = Passages(texts, rows=rows, common=common, runs=kind != "seed")
        self._near: Nearest | None = None
        if embedder is not None:
            least = embedder.threshold if threshold is None else threshold
            self._near = Nearest(embedder.dimensions, floor=least)
            telling = _telling(texts, rows, common)
            for start in range(0, len(telling), _BATCH):
                numbers = telling[start : start + _BATCH]
                vectors = embedder.embed([said(texts[n]) for n in numbers])
                self._near.add(numbers, exact(vectors))

    @classmethod
    def read(
        cls,
        paths: Iterable[Path],
        *,
        embedder: Embedder | None,
        rows: Callable[[Path], Iterable[Row]],
        asked: Callable[[Path], Callable[[Row], str]] | None = None,
        threshold: float | None = None,
        said: Callable[[str], str] = str,
    ) -> Self:
        """Return the texts of dataset files.

        Args:
            rows: Reads a file's rows, see `exports.read_rows`, whose errors pass through.
            asked: Given a file, what finds the text that a row of it asks with, see
                `columns.columns_of`: a question may stand in several fields.

        Raises:
            ConfigError: A file holds no text, or cannot be read.
        """
        found: list[Protected] = []
        files: list[ProtectedFile] = []
        for path, name in _names(paths).items():
            question = asked(path) if asked else None
            count, before = 0, len(found)
            for count, row in enumerate(rows(path), start=1):
                named = _name(name, count, row)
                found += (Protected(named, text) for text in _texts(row, question))
            if len(found) == before:
                raise ConfigError(
                    f"{path} holds no text to protect in its {count} rows; "
                    "name a file whose rows hold text, or leave it out"
                )
            files.append(ProtectedFile(path, count, len(found) - before, _digest(path)))
        sets = cls(found, embedder=embedder, threshold=threshold, said=said)
        sets.files = tuple(files)
        return sets

    def __len__(self) -> int:
        return len(self._protected)

    def rows(self) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
        """Yield the names of texts and a unit row of each, a block at a time; each name once."""
        if self._near is None:
            return
        keys, at = self._near.keys, 0
        for block in self._near.rows():
            numbers = keys[at : at + len(block)]
            yield [f"{self._protected[n].name}#{n}" for n in numbers], unit(block)
            at += len(block)

    def finding(self, text: str, vector: NDArray[np.float32] | None = None) -> NearMatch | None:
        """Return what a text comes too near to, or None; many at once are much cheaper."""
        return self.findings([text], None if vector is None else vector[None, :])[0]

    def findings(
        self,
        texts: Sequence[str],
        vectors: NDArray[np.float32] | None = None,
        *,
        whole: Sequence[str] | None = None,
    ) -> list[NearMatch | None]:
        """Return for each text what it comes too near to, or None; the same in any batches.

        Args:
            vectors: A row a text, from the embedder that this was made with; None: words alone are
                compared.
            whole: The records that the texts are of: their words are compared instead.
        """
        found: list[NearMatch | None] = [None] * len(texts)
        for at, shared in self._passages.shared(texts if whole is None else whole):
            found[at] = self._match(*shared)
        if vectors is not None and self._near is not None:
            rest = [at for at, match in enumerate(found) if match is None]
            nearest = self._near.nearest(exact(vectors[rest]))
            for at, near in zip(rest, nearest, strict=True):
                if near is not None:
                    found[at] = self._match(near.key, "cosine", near.similarity)
        return found

    def _match(self, number: int, measure: Measure, score: float) -> NearMatch:
        name, text = self._protected[number]
        text = text if len(text) <= _TOLD else f"{text[:_TOLD].rstrip()} …"
        return NearMatch(kind=self._kind, name=name, measure=measure, score=score, text=text)


def _rows(protected: Sequence[Protected]) -> NDArray[np.int64]:
    """Return a number for each text, the same for those of rows that ask the same."""
    asked: dict[str, str] = {}
    for name, text in protected:
        asked.setdefault(name, text)
    numbers = {text: number for number, text in enumerate(dict.fromkeys(asked.values()))}
    return np.fromiter((numbers[asked[p.name]] for p in protected), np.int64, len(protected))


def _telling(texts: Sequence[str], rows: NDArray[np.int64], common: int) -> list[int]:
    """Return the numbers of the texts that are not in many rows, each text once."""
    count = Counter(text for text, _ in {*zip(texts, rows.tolist(), strict=True)})
    first = {text: number for number, text in reversed([*enumerate(texts)])}
    return sorted(number for text, number in first.items() if count[text] <= common)


# ---------------------------------------------------------------------------------- rows of a file


def _texts(row: Row, asked: Callable[[Row], str] | None) -> list[str]:
    """Return the texts of a row that are protected, what it asks first."""
    texts = [*([asked(row)] if asked else []), *_leaves(dict(row))]
    different = list(dict.fromkeys(text.strip() for text in texts))
    longest = max(different, key=len, default="")
    return [text for text in different if _is_wordy(text)] or ([longest] if longest else [])


def _is_wordy(text: str) -> bool:
    unspaced = sum(character >= _UNSPACED for character in text)
    return len(text.split()) >= _FEWEST or unspaced >= 2 * _FEWEST


def _leaves(value: JsonValue) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value


def _names(paths: Iterable[Path]) -> dict[Path, str]:
    """Return what each file is called: no two the same, and no longer than it has to be."""
    files = list(dict.fromkeys(paths))
    forms = [[*_forms(path)] for path in files]
    taken = Counter(form for several in forms for form in several)
    return {
        path: next(form for form in (*several, str(path)) if taken[form] <= 1)
        for path, several in zip(files, forms, strict=True)
    }


def _forms(path: Path) -> Iterator[str]:
    stem, folder = path.stem.casefold(), path.parent.name.casefold()
    if stem not in _PARTS or not folder:
        yield stem
    if folder:
        yield f"{folder}/{stem}"


def _name(name: str, number: int, row: Row) -> str:
    """Return `gsm8k/12`, or `humaneval/7` where a row is called `HumanEval/7` by itself."""
    own = next((str(row[key]) for key in _IDENTIFIERS if _is_identifier(row.get(key))), str(number))
    group, _, last = own.rpartition("/")
    return f"{group.casefold() or name}/{last}"


def _is_identifier(value: JsonValue) -> bool:
    said = str(value) if isinstance(value, str | int) else ""
    return len(said) <= _LONGEST_IDENTIFIER and len(said.split()) == 1


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
