"""Somebody else's embeddings model as an embedder: asked once for each text, and never believed.

Every answer is checked (how many vectors, their lengths, finite, not zero), and every vector is on
the shelf, normalised, before it is used: a run that is resumed finds what it paid for, and a model
whose answers differ from call to call still gives each text one vector.

A text without words is not sent, for endpoints refuse it: it has the first unit vector. Of longer
texts only the beginning is embedded: of a million characters at most, 95 % of the model's limit of
tokens where that is known (our count is not its own), and where the model refuses a text, the half
of it, and so on until it is taken. What a text is cut to depends on nothing but itself.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from langchain_core.exceptions import ContextOverflowError
from numpy.typing import NDArray

from synth_agent.calls.charges import said
from synth_agent.errors import ConfigError, ProviderError, RunError
from synth_agent.models import counter_for
from synth_agent.store.embedders.rows import unit_rows
from synth_agent.store.embedders.sender import EmbeddingsLike, Reply, Sender, Terms
from synth_agent.store.embedders.shelf import MemoryShelf, Shelf
from synth_agent.text import digest

__all__ = ["ForeignEmbedder"]

_PROBE: Final = "How wide is a vector?"
_TEXTS: Final = 256
_TOKENS: Final = 150_000
"""In one request; OpenAI takes 300,000 by its own count."""
_LONGEST: Final = 1_000_000
"""Characters that are read of a text."""
_LIMITS: Final = {
    "text-embedding-3-large": 8_191,
    "text-embedding-3-small": 8_191,
    "text-embedding-ada-002": 8_191,
}
_SHARE: Final = 0.95
_CACHED: Final = 2_048
"""Vectors in memory: 12 MB at width 1,536."""
_FLOAT: Final = np.dtype("<f4")


class _Asked(NamedTuple):
    key: bytes
    text: str
    tokens: int


class ForeignEmbedder:
    """Any LangChain `Embeddings`, or what has its `embed_documents`.

    Args:
        embeddings: Asked for what the shelf does not hold.
        name: `provider:model`.
        threshold: Cosine from which two texts are near-duplicates for this model.
        shelf: Of this very embedder; without one, vectors last as long as the process.
        terms: Budget, price, retries; without them, texts are sent without a bound.

    Raises:
        ConfigError: A budget in money is set, and the model's price is not known.
    """

    def __init__(
        self,
        embeddings: EmbeddingsLike,
        *,
        name: str,
        threshold: float,
        shelf: Shelf | None = None,
        terms: Terms | None = None,
    ) -> None:
        self._name = name
        self._threshold = threshold
        self._shelf = MemoryShelf() if shelf is None else shelf
        self._embeddings = embeddings
        self._send = Sender(embeddings, name=name, terms=terms or Terms())
        self._count = counter_for(name).text
        self._limit = _LIMITS.get(name.rpartition(":")[2])
        self._width: int | None = None
        self._recent: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()
        self._coming: dict[bytes, asyncio.Future[None]] = {}

    @property
    def name(self) -> str:
        """`provider:model`, as the user writes it."""
        return self._name

    @property
    def dimensions(self) -> int:
        """Length of a vector; where nothing is known of it yet, a short text is embedded."""
        if self._width is None:
            self._vectors({_key(_PROBE): _PROBE})
        assert self._width is not None
        return self._width

    @property
    def threshold(self) -> float:
        """Cosine from which two texts are near-duplicates."""
        return self._threshold

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows; what was not prepared is asked for here, and blocks the caller.

        Not for missing texts while other requests wait for the same budget: what blocks the loop
        also blocks those who could make room.

        Raises:
            BudgetError, ConfigError, ProviderError, RunError: See `prepare`.
        """
        plain = [_plain(text) for text in texts]
        keys = [_key(text) for text in plain]
        known = self._vectors({key: text for key, text in zip(keys, plain, strict=True) if text})
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for at, key in enumerate(keys):
            if key in known:
                rows[at] = known[key]
            else:
                rows[at, 0] = 1.0
        return rows

    async def prepare(self, texts: Iterable[str]) -> None:
        """Have the vectors of these texts on the shelf, without blocking the event loop.

        Raises:
            BudgetError: The next request might pass the budget.
            ConfigError: What came first is no answer of an embeddings model.
            ProviderError: The model's provider failed for good, or too often.
            RunError: A later answer is wrong.
        """
        wanted = {_key(text): text for text in map(_plain, texts) if text}
        while missing := self._missing(wanted):
            mine = {key: text for key, text in missing.items() if key not in self._coming}
            if mine:
                await self._announced(mine)
            else:  # somebody else asks for them, and may fail
                await asyncio.wait({self._coming[key] for key in missing})

    async def aclose(self) -> None:
        """Close the connections of the running loop, where the model has such a thing."""
        close = getattr(self._embeddings, "aclose", None)
        if close is not None:
            await close()

    async def _announced(self, missing: Mapping[bytes, str]) -> None:
        coming = asyncio.get_running_loop().create_future()
        self._coming |= dict.fromkeys(missing, coming)
        try:
            await self._fetch(missing, blocking=False)
        finally:
            for key in missing:
                del self._coming[key]
            coming.set_result(None)

    def _vectors(self, wanted: Mapping[bytes, str]) -> dict[bytes, NDArray[np.float32]]:
        if missing := self._missing(wanted):
            from synth_agent.models.transport import run_apart  # noqa: PLC0415  aiohttp: 0.4 s

            run_apart(lambda: self._fetch(missing, blocking=True))
        known = {key: self._recent[key] for key in wanted if key in self._recent}
        return known | self._shelved([key for key in wanted if key not in known])

    def _missing(self, wanted: Mapping[bytes, str]) -> dict[bytes, str]:
        elsewhere = [key for key in wanted if key not in self._recent]
        found = self._shelved(elsewhere)
        self._remember(found)
        return {key: wanted[key] for key in elsewhere if key not in found}

    def _shelved(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        stored = self._shelf.find(keys) if keys else {}
        return {key: np.frombuffer(raw, dtype=_FLOAT) for key, raw in stored.items()}

    def _remember(self, rows: Mapping[bytes, NDArray[np.float32]]) -> None:
        for key, row in rows.items():
            self._width = len(row)
            self._recent[key] = row
        while len(self._recent) > _CACHED:
            self._recent.popitem(last=False)

    async def _fetch(self, missing: Mapping[bytes, str], *, blocking: bool) -> None:
        cut = (self._cut(key, text) for key, text in missing.items())
        for batch in _batches(cut):
            await self._take(batch, blocking=blocking)

    async def _take(self, batch: Sequence[_Asked], *, blocking: bool) -> None:
        try:
            reply = await self._send(
                [one.text for one in batch], sum(one.tokens for one in batch), blocking=blocking
            )
        except ContextOverflowError as error:
            if len(batch) == 1 and len(batch[0].text) < 2:
                raise ProviderError(
                    f"the embedder {self._name} takes no text, not even one letter: {said(error)}"
                ) from None
            for part in self._smaller(batch):
                await self._take(part, blocking=blocking)
        else:
            self._keep(batch, reply)

    def _keep(self, batch: Sequence[_Asked], reply: Reply) -> None:
        rows = unit_rows(reply.answer, count=len(batch), width=self._width)
        if isinstance(rows, str):
            self._shelf.put((), reply.paid)
            raise self._wrong(rows)
        keyed = dict(zip((one.key for one in batch), rows, strict=True))
        stored = [(key, row.astype(_FLOAT).tobytes()) for key, row in keyed.items()]
        self._shelf.put(stored, reply.paid)
        self._remember(keyed)

    def _wrong(self, what: str) -> ConfigError | RunError:
        told = f"the embedder {self._name} answered wrongly: {what}"
        if self._width is None:
            return ConfigError(
                f"{told}; name a model that makes embeddings, or take --embedder static"
            )
        return RunError(f"{told}; see to the model's server, or start anew with --embedder static")

    def _cut(self, key: bytes, text: str) -> _Asked:
        """Return the text at the model's limit, if that is known."""
        text = text[:_LONGEST]
        tokens = self._count(text)
        if self._limit is not None:
            most = int(self._limit * _SHARE)
            while tokens > most:
                text = text[: int(len(text) * most / tokens)]
                tokens = self._count(text)
        return _Asked(key, text, tokens)

    def _smaller(self, batch: Sequence[_Asked]) -> list[Sequence[_Asked]]:
        """Return a refused batch in two, or the first half of a text that was refused alone."""
        if len(batch) > 1:
            middle = len(batch) // 2
            return [batch[:middle], batch[middle:]]
        half = batch[0].text[: len(batch[0].text) // 2]
        return [[_Asked(batch[0].key, half, self._count(half))]]


def _batches(cut: Iterable[_Asked]) -> Iterator[list[_Asked]]:
    """Yield runs of at most 256 texts, and of so many tokens as a request may have."""
    batch: list[_Asked] = []
    tokens = 0
    for one in cut:
        if batch and (len(batch) == _TEXTS or tokens + one.tokens > _TOKENS):
            yield batch
            batch, tokens = [], 0
        batch.append(one)
        tokens += one.tokens
    if batch:
        yield batch


def _plain(text: str) -> str:
    """Return a text as it can be sent; nothing where there is nothing to be read in it.

    A lone surrogate, which JSON may hold, is no text for an endpoint.
    """
    return text.encode(errors="ignore").decode().strip()


def _key(text: str) -> bytes:
    return digest(text, size=16)
