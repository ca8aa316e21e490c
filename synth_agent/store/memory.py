"""The semantic memory: what was accepted and what was given, by likeness.

Two things beside each other. Exact vectors and words in memory decide what is a near-duplicate, the
same way in every run (`store.likeness`). Chroma on disk serves retrieval that may be approximate
and filtered (`store.archive`); it holds meaning alone, without the figures that tell exercises
apart. Both are derived: the journal is the truth, and whatever does not agree with it, was not
closed properly or has changed since, is thrown away and made again from the journal.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from synth_agent.errors import RunError
from synth_agent.schemas import Neighbour
from synth_agent.store.archive import Archive, Rows
from synth_agent.store.chroma import Metadata
from synth_agent.store.embedders import Embedder
from synth_agent.store.embedders.figures import WithFigures, head, tail_of
from synth_agent.store.embedders.protocol import Prepared
from synth_agent.store.home import Home
from synth_agent.store.likeness import Beside, Likeness, Search, rows_of
from synth_agent.store.protected import ProtectedSets
from synth_agent.store.saved import Saved
from synth_agent.store.state import prepare
from synth_agent.store.vectors import unit

__all__ = ["Accepted", "Laid", "SemanticMemory"]

_logger = logging.getLogger(__name__)

_BATCH: Final = 1_000


class Accepted(NamedTuple):
    """A record as the journal knows it."""

    slot: int
    text: str
    """What it is compared by, see `text.comparable`."""
    metadata: Metadata = {}
    """What retrieval can be filtered by: label, difficulty, task."""


_HERE: Final = Home()


class Laid(NamedTuple):
    """A batch of texts, laid beside records and beside seeds."""

    records: Beside
    seeds: Beside | None
    """None where there are no seeds."""
    meaning: NDArray[np.float32]
    """Unit rows of the texts, shape (n, d), whatever figures they have."""


class SemanticMemory:
    """Remembers records and seeds; made by `open`, and to be closed."""

    def __init__(
        self,
        folder: Path,
        embedder: Embedder,
        *,
        lexical: float | None = None,
        home: Home = _HERE,
    ) -> None:
        """Set up an empty memory; use `open`."""
        self._home = home
        self._embedder = embedder
        self._saved = Saved(folder, embedder, home)
        self._lexical = lexical
        self._tail = tail_of(embedder)
        self._records = self._empty()
        self._metadata: list[Metadata] = []
        self._known_metadata: dict[tuple[tuple[str, str], ...], Metadata] = {}
        self._seeds = self._empty()
        self._seed_names: list[str] = []
        self._protected: ProtectedSets | None = None
        self._archive = Archive(
            folder,
            contents=self._contents,
            begin=lambda generation: self._saved.begin(generation, count=len(self)),
            limit=home.limit,
            server=home.server,
        )

    @classmethod
    def open(
        cls,
        folder: Path,
        embedder: Embedder,
        *,
        accepted: Callable[[], Iterable[Accepted]],
        count: int,
        lexical: float | None = None,
        home: Home = _HERE,
    ) -> Self:
        """Open the memory of a run, or make it from the journal.

        Making takes about 0.5 ms a record.

        Args:
            folder: Its own folder within the run.
            embedder: Another one than before means making it again.
            accepted: Yields every record of the journal, always in the same order.
            count: How many records that is.
            lexical: Jaccard index of word triples from which texts are alike; None: not compared.
            home: Where it is kept and searched.

        Raises:
            ConfigError: There is no Chroma server at that address, or the folder cannot be used.
            RunError: Chroma fails on a folder that is all new.
        """
        prepare(folder)
        memory = cls(folder, embedder, lexical=lexical, home=home)
        state = memory._saved.state()
        memory._archive.generation = state.generation if state else 0
        if state and memory._saved.trusts(state, count) and memory._load(accepted()):
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
        return len(self._held)

    @property
    def embedder(self) -> Embedder:
        """What texts are turned into rows by."""
        return self._embedder

    def meaning(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return a unit row of meaning for each text, whatever figures it has."""
        return self._meaning(self._embedder.embed(texts))

    async def prepare(self, texts: Sequence[str]) -> None:
        """Ask a remote embedder for what is not known yet, so that `lay` need not wait for it."""
        if (remote := self._remote) is not None:
            await remote.prepare(texts)

    async def release(self) -> None:
        """Close the connections of a remote embedder; it opens new ones where it is asked again."""
        if (remote := self._remote) is not None:
            await remote.aclose()

    @property
    def _remote(self) -> Prepared | None:
        embedder = self._embedder
        plain = embedder.inner if isinstance(embedder, WithFigures) else embedder
        return plain if isinstance(plain, Prepared) else None

    def lay(self, texts: Sequence[str]) -> Laid:
        """Lay a batch beside records and seeds; what is accepted of it is told to `records`."""
        vectors = self._embedder.embed(texts)
        rows = rows_of(texts, vectors)
        seeds = self._seeds.beside(texts, rows, among=False) if self._seed_names else None
        return Laid(self._records.beside(texts, rows), seeds, self._meaning(vectors))

    def add(self, batch: Beside, metadata: Sequence[Metadata]) -> None:
        """Remember what was accepted of a batch, once it is in the journal.

        Raises:
            RunError: Chroma failed twice.
        """
        known = [self._shared(values) for values in metadata]
        self._records.add(batch)
        self._metadata.extend(known)
        meaning = self._meaning(unit(batch.rows[batch.accepted]))
        self._archive.put(Rows("accepted", [str(key) for key in batch.keys], meaning, known))

    def seed_name(self, number: int) -> str:
        """Return the identifier of the seed that a match names."""
        return self._seed_names[number]

    def seed_rows(self) -> tuple[list[str], NDArray[np.float32]]:
        """Return the identifiers of the seeds, and a unit row of meaning for each."""
        assert self._seeds.held is not None
        blocks = [self._meaning(unit(block)) for block in self._seeds.held.rows()]
        width = self._embedder.dimensions - self._tail
        return self._seed_names, np.concatenate([np.empty((0, width), np.float32), *blocks])

    def add_seeds(self, seeds: Sequence[tuple[str, str]]) -> None:
        """Remember given examples, as pairs of name and text.

        Raises:
            RunError: Chroma failed twice.
        """
        if not seeds:
            return
        texts = [text for _, text in seeds]
        rows = rows_of(texts, self._embedder.embed(texts))
        start = len(self._seed_names)
        self._seed_names.extend(name for name, _ in seeds)
        self._seeds.hold(range(start, start + len(seeds)), texts, rows)
        names = self._seed_names[start:]
        self._archive.put(Rows("seeds", names, self._meaning(unit(rows)), [{}] * len(names)))

    def add_protected(self, protected: ProtectedSets) -> None:
        """Have Chroma hold protected texts too; made with the embedder that tells meaning.

        Raises:
            RunError: Chroma failed twice.
        """
        self._protected = protected
        for rows in self._guarded():
            self._archive.put(rows)

    def similar(self, text: str, k: int, where: Metadata | None = None) -> list[Neighbour]:
        """Return about the k records nearest to a text, nearest first, approximately.

        Args:
            where: Only records whose metadata has all of these values.
        """
        found = self._archive.nearest("accepted", self.meaning([text])[0], k, where)
        return [Neighbour(slot=int(key), similarity=cosine) for key, cosine in found]

    def similar_seeds(self, text: str, k: int) -> list[tuple[str, float]]:
        """Return names and cosines of about the k seeds nearest to a text, nearest first."""
        return self._archive.nearest("seeds", self.meaning([text])[0], k, None)

    def close(self) -> None:
        """Write what waits, release Chroma, and mark the end as clean; a second call does nothing.

        Where that fails the end stays unclean, which costs time at the next start and nothing else.
        """
        try:
            if self._archive.close():
                self._saved.end(self._archive.generation, self._held)
        except (OSError, RunError) as error:
            _logger.warning("the semantic memory was not saved: %s", error)

    def _learn(self, accepted: Iterable[Accepted]) -> None:
        """Embed every record of the journal."""
        self._records = self._empty()
        self._metadata.clear()
        for batch in _batches(accepted):
            texts = [record.text for record in batch]
            self._hold(batch, rows_of(texts, self._embedder.embed(texts)))

    def _load(self, accepted: Iterable[Accepted]) -> bool:
        """Take the vectors of the last clean end; return whether they are those of the journal."""
        keys, rows = self._saved.vectors()
        order = {int(key): at for at, key in enumerate(keys)}
        for batch in _batches(accepted):
            if not all(record.slot in order for record in batch):
                return False
            places = [order[record.slot] for record in batch]
            self._hold(batch, rows[places].astype(np.float32))
        return len(self) == len(keys)

    def _hold(self, batch: Sequence[Accepted], rows: NDArray[np.float32]) -> None:
        self._records.hold([record.slot for record in batch], [r.text for r in batch], rows)
        self._metadata.extend(self._shared(record.metadata) for record in batch)

    def _contents(self) -> Iterator[Rows]:
        slots, at = self._held.keys, 0
        for block in self._held.rows():
            metadata = self._metadata[at : at + len(block)]
            keys = [str(slot) for slot in slots[at : at + len(block)]]
            yield Rows("accepted", keys, self._meaning(unit(block)), metadata)
            at += len(block)
        names, rows = self.seed_rows()
        yield Rows("seeds", names, rows, [{}] * len(names))
        yield from self._guarded()

    def _guarded(self) -> Iterator[Rows]:
        for names, rows in self._protected.rows() if self._protected else ():
            named = [{"name": name.rpartition("#")[0]} for name in names]
            yield Rows("protected", names, rows, named)

    @property
    def _held(self) -> Search:
        assert self._records.held is not None, "a memory always compares by meaning"
        return self._records.held

    def _empty(self) -> Likeness:
        return Likeness(
            self._embedder.dimensions,
            tail=self._tail,
            lexical=self._lexical,
            search=self._home.search,
        )

    def _meaning(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        plain = head(rows) if self._tail else rows
        plain[~plain.any(axis=1), :1] = 1  # Chroma knows no likeness to zeros
        return plain

    def _shared(self, metadata: Metadata) -> Metadata:
        """Return one object for equal metadata: there are few different ones, and many records."""
        return self._known_metadata.setdefault(tuple(sorted(metadata.items())), dict(metadata))


def _batches(accepted: Iterable[Accepted]) -> Iterator[list[Accepted]]:
    records = iter(accepted)
    while batch := list(islice(records, _BATCH)):
        yield batch
