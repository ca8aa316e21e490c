"""All-MiniLM-L6-v2 itself, as Chroma brings it: the teacher of the shipped table, 300 times slower.

Chroma downloads the weights when they are first needed and keeps them in the user's folder. They
are loaded when the embedder is made, so that a run without a network ends before it has begun.

Each text is embedded alone and without padding. Chroma pads every text to 256 pieces, which makes a
text of 20 words five times as dear; texts of one length side by side would save a half, but then
the last digits of a vector depend on its neighbours. Measured on one core with 20 words: 89 texts/s
alone, 171 side by side, 20 as Chroma does it, and 20 alone with 150 words; the cosine between alone
and padded is 0.9999999 or more.

Limits: English; of a text only the first 254 pieces, some 190 words, are read.
"""

import tarfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from synth_agent.errors import ConfigError
from synth_agent.store.chroma import onnx_minilm

__all__ = ["THRESHOLD", "MiniLM", "OnnxFunction"]

THRESHOLD: Final = 0.88
"""Cosine from which two texts are near-duplicates."""

_DIMENSIONS: Final = 384
_LONGEST: Final = 1_000_000
"""Characters that are tokenized of a text."""
_MEGABYTES: Final = 79


class OnnxFunction(Protocol):
    """As much of Chroma's embedding function as is needed."""

    DOWNLOAD_PATH: Path
    EXTRACTED_FOLDER_NAME: str
    MODEL_DOWNLOAD_URL: str
    _MODEL_SHA256: str
    tqdm: Any

    @property
    def tokenizer(self) -> Any:
        """A tokenizer of the package tokenizers."""

    @property
    def model(self) -> Any:
        """A session of onnxruntime."""

    def __call__(self, input: list[str], /) -> Any:  # noqa: A002  Chroma's name
        """Return the vectors of texts; download the weights where they are not there."""


class MiniLM:
    """Sentence vectors of a small transformer, on the processor.

    Raises:
        ConfigError: The weights are not there and cannot be downloaded, or are broken.
    """

    def __init__(self, function: OnnxFunction | None = None) -> None:
        made: OnnxFunction = onnx_minilm() if function is None else function
        self._name = f"minilm-onnx@{made._MODEL_SHA256[:8]}"  # noqa: SLF001  nothing else tells it
        self._tokenizer, self._session = _loaded(made)

    @property
    def name(self) -> str:
        """Changes whenever Chroma's archive does."""
        return self._name

    @property
    def dimensions(self) -> int:
        """Width of the transformer."""
        return _DIMENSIONS

    @property
    def threshold(self) -> float:
        """Cosine from which two texts are near-duplicates."""
        return THRESHOLD

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit rows."""
        rows = np.empty((len(texts), _DIMENSIONS), dtype=np.float32)
        for at, text in enumerate(texts):
            rows[at] = self._row(text)
        return rows

    def _row(self, text: str) -> NDArray[np.float64]:
        # A lone surrogate, which JSON may hold, is no text for the tokenizer.
        plain = text[:_LONGEST].encode(errors="ignore").decode()
        pieces = np.array([self._tokenizer.encode(plain).ids], dtype=np.int64)
        states = self._session.run(
            None,
            {
                "input_ids": pieces,
                "attention_mask": np.ones_like(pieces),
                "token_type_ids": np.zeros_like(pieces),
            },
        )[0]
        mean: NDArray[np.float64] = states[0].astype(np.float64).mean(axis=0)
        return mean / np.linalg.norm(mean)


def _loaded(function: OnnxFunction) -> tuple[Any, Any]:
    import httpx  # noqa: PLC0415  chromadb is made of it, and as late
    from onnxruntime.capi import (  # type: ignore[import-untyped]  # noqa: PLC0415  the same
        onnxruntime_pybind11_state as onnx,
    )

    # Chroma draws a bar for its download: on a terminal only, which `disable=None` means.
    function.tqdm = partial(function.tqdm, disable=None)
    broken = (
        onnx.Fail,
        onnx.InvalidArgument,
        onnx.InvalidGraph,
        onnx.InvalidProtobuf,
        onnx.RuntimeException,
    )
    try:
        function([""])
    except broken as error:
        folder = function.DOWNLOAD_PATH / function.EXTRACTED_FOLDER_NAME
        raise ConfigError(
            f"the weights of 'minilm' in {folder} are broken ({_line(error)}): delete that folder "
            "to have them downloaded again, or take --embedder static, which is shipped"
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL, tarfile.TarError, OSError, ValueError) as error:
        raise ConfigError(
            f"the weights of 'minilm' are not here and could not be fetched ({_line(error)}): "
            f"Chroma downloads them once, {_MEGABYTES} MB, from {function.MODEL_DOWNLOAD_URL} to "
            f"{function.DOWNLOAD_PATH}; go online and try again, put that file there by hand, or "
            "take --embedder static, which is shipped and needs no network"
        ) from error
    function.tokenizer.no_padding()
    return function.tokenizer, function.model


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
