"""The teacher of the shipped embedder, all-MiniLM-L6-v2, and the corpus that it is asked about.

Wants torch and transformers.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from transformers import AutoModel

__all__ = ["Floats", "Teacher", "Text", "read_corpus", "teach"]

Floats = NDArray[np.float32]


class Text(NamedTuple):
    """A line of the corpus."""

    text: str
    source: str
    held_out: bool


def read_corpus(path: Path) -> list[Text]:
    """Return the lines of a corpus."""
    with path.open(encoding="utf-8") as file:
        return [Text(**json.loads(line)) for line in file]


def teach(texts: Sequence[str], teacher: Path, *, dtype: torch.dtype = torch.float32) -> Floats:
    """Return the teacher's unit vectors, shape (n, 384): the mean over 256 tokens at most.

    A core embeds about 200 short texts a second, with bfloat16 where it has that 700.
    """
    tokenizer = Tokenizer.from_file(str(teacher / "tokenizer.json"))
    tokenizer.enable_truncation(256)
    tokenizer.no_padding()
    model = AutoModel.from_pretrained(teacher, dtype=dtype).eval()
    encoded = [np.array(e.ids) for e in tokenizer.encode_batch(list(texts))]
    lengths = np.array([len(e) for e in encoded])
    order = np.argsort(lengths, kind="stable")
    vectors = np.empty((len(texts), model.config.hidden_size), dtype=np.float32)
    for batch in _of_like_length(order, lengths):
        ids = torch.nn.utils.rnn.pad_sequence(
            [torch.from_numpy(encoded[t]) for t in batch], batch_first=True
        )
        mask = torch.arange(ids.shape[1]) < torch.from_numpy(lengths[batch])[:, None]
        with torch.inference_mode():
            hidden = model(input_ids=ids, attention_mask=mask.long()).last_hidden_state.float()
        means = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        vectors[batch] = torch.nn.functional.normalize(means).numpy()
    return vectors


def _of_like_length(
    order: NDArray[np.int64], lengths: NDArray[np.int64]
) -> Iterator[NDArray[np.int64]]:
    at = 0
    while at < len(order):
        size = max(16, 4_096 // int(lengths[order[min(at + 63, len(order) - 1)]]))
        yield order[at : at + size]
        at += size


class Teacher:
    """Embeds a text once, however often it is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[str, Floats] = {}

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Return a unit row a text."""
        if missing := [text for text in dict.fromkeys(texts) if text not in self._known]:
            rows = teach(missing, self._folder)
            self._known.update(zip(missing, rows, strict=True))
        return np.stack([self._known[text] for text in texts])
