"""The semantic memory: what was accepted and what was given, by likeness.

Two things beside each other. Exact vectors in memory decide what is a near-duplicate, the same way
in every run (`store.vectors`). Chroma on disk serves retrieval that may be approximate and filtered
(`store.archive`). Both are derived: the journal is the truth, and whatever does not agree with it,
was not closed properly or has changed since, is thrown away and made again from the journal.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from synth_agent.errors import RunError
from synth_agent.schemas import Neighbour
from synth_agent.store.archive import Archive, Rows, folder_of, most_bytes
from synth_agent.store.chroma import Metadata, size_of
from synth_agent.store.embedders import Embedder
from synth_agent.store.state import State, digests, read_state, write_state
from synth_agent.store.vectors import Vectors, alike, exact, unit

__all__ = ["Accepted", "SemanticMemory"]

_logger = logging.getLogger(__name__)

_BATCH: Final = 1_000
_VECTORS: Final = "vectors.npz"


class Accepted(NamedTuple):
    """A record as the journal knows it."""

    slot: int
    text: str
    """What it is compared by, see `text.comparable`."""
    metadata: Metadata = {}
    """What retrieval can be filtered by: label, difficulty, task."""


class SemanticMemory:
    """Remembers records and seeds; made by `open`, and to be closed."""

    def __init__(
        self, folder: Path, embedder: Embedder, *, limit: Callable[[int], int] = most_bytes
    ) -> None:
        """Set up an empty memory; use `open`."""
        self._folder = folder
        self._embedder = embedder
        self._limit = limit
        self._chroma_version = version("chromadb")
        self._records = Vectors(embedder.dimensions)
        self._metadata: list[Metadata] = []
        self._known_metadata: dict[tuple[tuple[str, str], ...], Metadata] = {}
        self._seeds = Vectors(embedder.dimensions)
        self._seed_names: list[str] = []
        self._archive = Archive(folder, contents=self._contents, begin=self._begin, limit=limit)

    @classmethod
    def open(
        cls,
        folder: Path,
        embedder: Embedder,
        *,
        accepted: Callable[[], Iterable[Accepted]],
        count: int,
        limit: Callable[[int], int] = most_bytes,
    ) -> Self:
        """Open the memory of a run, or make it from the journal.

        Making takes about 0.5 ms a record.

        Args:
            folder: Its own folder within the run.
            embedder: Another one than before means making it again.
            accepted: Yields every record of the journal, always in the same order.
            count: How many records that is.
            limit: Bytes on disk that so many rows may take.

        Raises:
            RunError: Chroma fails on a folder that is all new.
        """
        folder.mkdir(parents=True, exist_ok=True)
        memory = cls(folder, embedder, limit=limit)
        state = read_state(folder)
        memory._archive.generation = state.generation if state else 0
        if state and memory._trusts(state, count) and memory._load(accepted()):
            memory._archive.keep(state.generation, count=count)
        else:
            memory._learn(accepted())
            memory._archive.renew()
        return memory

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        return len(self._records)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a row for each text, shape (n, dimensions)."""
        return self._embedder.embed(texts)

    def nearest(self, vectors: NDArray[np.float32]) -> list[Neighbour | None]:
        """Return the record nearest to each row, None while there is none; exact."""
        return [
            None if match is None else Neighbour(slot=match.key, similarity=match.similarity)
            for match in self._records.nearest(exact(vectors))
        ]

    def nearest_seeds(self, vectors: NDArray[np.float32]) -> list[tuple[str, float] | None]:
        """Return name and cosine of the seed nearest to each row, None without seeds; exact."""
        return [
            None if match is None else (self._seed_names[match.key], match.similarity)
            for match in self._seeds.nearest(exact(vectors))
        ]

    def alike(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the cosines within a batch, computed as `nearest` computes them, shape (n, n)."""
        return alike(exact(vectors))

    def add(
        self,
        slots: Sequence[int],
        vectors: NDArray[np.float32],
        metadata: Sequence[Metadata] | None = None,
    ) -> None:
        """Remember records that are in the journal.

        Raises:
            RunError: Chroma failed twice.
        """
        rows = exact(vectors)
        known = [self._shared(values) for values in metadata or [{}] * len(slots)]
        self._records.add(slots, rows)
        self._metadata.extend(known)
        self._archive.put(Rows("accepted", [str(s) for s in slots], unit(rows), known))

    def add_seeds(self, seeds: Sequence[tuple[str, str]]) -> None:
        """Remember given examples, as pairs of name and text.

        Raises:
            RunError: Chroma failed twice.
        """
        if not seeds:
            return
        rows = exact(self.embed([text for _, text in seeds]))
        start = len(self._seed_names)
        self._seed_names.extend(name for name, _ in seeds)
        self._seeds.add(range(start, start + len(seeds)), rows)
        names = self._seed_names[start:]
        self._archive.put(Rows("seeds", names, unit(rows), [{}] * len(names)))

    def similar(self, text: str, k: int, where: Metadata | None = None) -> list[Neighbour]:
        """Return about the k records nearest to a text, nearest first, approximately.

        Args:
            where: Only records whose metadata has all of these values.
        """
        found = self._archive.nearest("accepted", self.embed([text])[0], k, where)
        return [Neighbour(slot=int(key), similarity=cosine) for key, cosine in found]

    def similar_seeds(self, text: str, k: int) -> list[tuple[str, float]]:
        """Return names and cosines of about the k seeds nearest to a text, nearest first."""
        return self._archive.nearest("seeds", self.embed([text])[0], k, None)

    def close(self) -> None:
        """Write what waits, release Chroma, and mark the end as clean; a second call does nothing.

        Where that fails the end stays unclean, which costs time at the next start and nothing else.
        """
        try:
            if self._archive.close():
                self._save()
                parts = folder_of(self._folder, self._archive.generation), self._folder / _VECTORS
                files = digests(self._folder, *parts)
                generation = self._archive.generation
                write_state(
                    self._folder, self._state(clean=True, generation=generation, files=files)
                )
        except (OSError, RunError) as error:
            _logger.warning("the semantic memory was not saved: %s", error)

    def _trusts(self, state: State, count: int) -> bool:
        ours = self._state(clean=True, generation=state.generation, files=state.files)
        if state != ours.model_copy(update={"count": count}):
            return False
        chroma = folder_of(self._folder, state.generation)
        if not chroma.is_dir() or size_of(chroma) > self._limit(count):
            return False
        return digests(self._folder, chroma, self._folder / _VECTORS) == state.files

    def _learn(self, accepted: Iterable[Accepted]) -> None:
        """Embed every record of the journal."""
        self._records = Vectors(self._embedder.dimensions)
        self._metadata.clear()
        records = iter(accepted)
        while batch := list(islice(records, _BATCH)):
            rows = exact(self.embed([record.text for record in batch]))
            self._records.add([record.slot for record in batch], rows)
            self._metadata.extend(self._shared(record.metadata) for record in batch)

    def _load(self, accepted: Iterable[Accepted]) -> bool:
        """Take the vectors of the last clean end; return whether they are those of the journal."""
        with np.load(self._folder / _VECTORS, allow_pickle=False) as stored:
            keys, rows = stored["keys"], stored["rows"].astype(np.float32)
        slots = []
        for record in accepted:
            slots.append(record.slot)
            self._metadata.append(self._shared(record.metadata))
        order = {int(key): at for at, key in enumerate(keys)}
        if len(slots) != len(keys) or any(slot not in order for slot in slots):
            return False
        self._records.add(slots, rows[[order[slot] for slot in slots]])
        return True

    def _save(self) -> None:
        temporary = self._folder / f"tmp-{_VECTORS}"
        blocks = [block.astype(np.int16) for block in self._records.rows()]
        rows = np.concatenate(blocks) if blocks else np.empty((0, self._embedder.dimensions), "i2")
        np.savez(temporary, keys=self._records.keys, rows=rows)
        temporary.replace(self._folder / _VECTORS)

    def _begin(self, generation: int) -> None:
        write_state(self._folder, self._state(clean=False, generation=generation))

    def _state(
        self, *, clean: bool, generation: int, files: Mapping[str, str] | None = None
    ) -> State:
        return State(
            generation=generation,
            embedder=self._embedder.name,
            dimensions=self._embedder.dimensions,
            chroma=self._chroma_version,
            clean=clean,
            count=len(self._records),
            files=dict(files or {}),
        )

    def _contents(self) -> Iterator[Rows]:
        at = 0
        for block in self._records.rows():
            slots = self._records.keys[at : at + len(block)]
            metadata = self._metadata[at : at + len(block)]
            yield Rows("accepted", [str(slot) for slot in slots], unit(block), metadata)
            at += len(block)
        at = 0
        for block in self._seeds.rows():
            names = self._seed_names[at : at + len(block)]
            yield Rows("seeds", names, unit(block), [{}] * len(names))
            at += len(block)

    def _shared(self, metadata: Metadata) -> Metadata:
        """Return one object for equal metadata: there are few different ones, and many records."""
        return self._known_metadata.setdefault(tuple(sorted(metadata.items())), dict(metadata))
