"""Embeddings of an OpenAI-compatible endpoint, as LangChain has them."""

import math
from collections.abc import Sequence
from typing import Any

import orjson
from langchain_core.embeddings import Embeddings
from pydantic import SecretStr

from synth_agent.models.address import OPENAI_URL, Address
from synth_agent.models.answers import UnreadableAnswerError, unreadable
from synth_agent.models.transport import Endpoint, run_apart

__all__ = ["OpenAICompatibleEmbeddings"]


class OpenAICompatibleEmbeddings(Embeddings):
    """Vectors in the order of the texts, asked for in batches, one after the other.

    Texts go out whole: one that is too long for the model is the endpoint's to refuse.
    """

    def __init__(
        self,
        model: str,
        *,
        api_key: SecretStr | None = None,
        base_url: str = OPENAI_URL,
        timeout: float = 120.0,
        dimensions: int | None = None,
        batch_size: int = 256,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"expected a batch_size of at least 1, got {batch_size!r}")
        self.model = model
        self._dimensions = dimensions
        self._batch_size = batch_size
        self._endpoint = Endpoint(Address(base_url=base_url, api_key=api_key, timeout=timeout))

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector a text.

        Raises:
            ModelError: The endpoint failed, or a vector is missing or not finite.
        """
        vectors: list[list[float]] = []
        for start in range(0, len(texts), self._batch_size):
            vectors += await self._embedded(texts[start : start + self._batch_size])
        return vectors

    async def aembed_query(self, text: str) -> list[float]:
        """Return the vector of one text."""
        return (await self._embedded([text]))[0]

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return one vector a text; see `aembed_documents`."""
        return run_apart(lambda: self.aembed_documents(texts))

    def embed_query(self, text: str) -> list[float]:
        """Return the vector of one text."""
        return run_apart(lambda: self.aembed_query(text))

    async def aclose(self) -> None:
        """Close the connections of the running loop; a later call opens new ones."""
        await self._endpoint.aclose()

    async def _embedded(self, texts: Sequence[str]) -> list[list[float]]:
        body: dict[str, Any] = {"model": self.model, "input": texts, "encoding_format": "float"}
        if self._dimensions is not None:
            body["dimensions"] = self._dimensions
        answer = await self._endpoint.post("embeddings", orjson.dumps(body))
        try:
            rows = {int(row["index"]): row["embedding"] for row in answer["data"]}
            count = len(answer["data"])
        except (LookupError, TypeError, ValueError):
            failure = unreadable(answer, self._endpoint.address)
        else:
            if count == len(texts) and sorted(rows) == list(range(count)):
                return [self._vector(rows[at], at) for at in range(count)]
            failure = UnreadableAnswerError(
                f"expected {len(texts)} vectors of {self.model}, one a text, "
                f"got {count} with the indices {sorted(rows)[:5]}"
            )
        raise failure

    def _vector(self, raw: Any, at: int) -> list[float]:
        if isinstance(raw, list) and raw and all(map(_is_finite, raw)):
            return raw
        raise UnreadableAnswerError(
            f"expected a vector of {self.model} of finite numbers for text {at}, got {raw!r:.80}"
        )


def _is_finite(number: object) -> bool:
    return isinstance(number, int | float) and math.isfinite(number)
