"""Real embeddings models in memory whose answers a test writes, call by call."""

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["Act", "Asked", "AskedAtOnce", "lengths"]

Act = Callable[[list[str]], Any]


def lengths(texts: Sequence[str]) -> list[list[float]]:
    """Answer each text with its length, its vowels and a one."""
    return [[len(text), sum(map(text.count, "aeiou")), 1.0] for text in texts]


class Asked:
    """Does what its acts say, one a call and the last for ever; keeps what it was asked."""

    def __init__(self, *acts: Act) -> None:
        self.asked: list[list[str]] = []
        self._acts = acts or (lengths,)

    def embed_documents(self, texts: list[str], /) -> Any:
        return self._answer(texts)

    def _answer(self, texts: list[str]) -> Any:
        act = self._acts[min(len(self.asked), len(self._acts) - 1)]
        self.asked.append(texts)
        return act(texts)


class AskedAtOnce(Asked):
    """The same without blocking the loop; `embed_documents` is not there for it."""

    async def aembed_documents(self, texts: list[str], /) -> Any:
        return self._answer(texts)

    def embed_documents(self, texts: list[str], /) -> Any:
        raise AssertionError("the loop was blocked")
