"""Measures embedders side by side: the shipped table, others, the lexical one and the teacher.

    python -m scripts.evaluate_embedder CORPUS.jsonl --teacher DIR --public DIR
        [--pairs DIR] [--table NAME=NPZ]

Prints tables in Markdown.

*Agreement*: rank correlation with the teacher's cosines, on held-out texts of the corpus and on
texts of sources that are not in it, and how often the teacher's nearest text is among our first
ten.

*Pairs*: how often a pair that belongs together is nearer than one that does not (area under the ROC
curve), or the rank correlation with people's scores. Same intent of a bank's customer or another
(BANKING77, test split), same part and action of an excavator's work order or another (nestor), a
work order as typed and as an expert normalised it or another (MaintNorm), two models' answers to
one instruction or to two (self-instruct), a true answer beside another true one or beside a false
one (TruthfulQA), and each file NAME.tsv of the folder of pairs, lines of score, text, text; scores
that are all 0 or 1 say whether a pair belongs together. With each figure stand the bounds between
which 95 % of bootstrap resamples of the pairs lie, and with each other table those of the
difference to the shipped one on the same resamples.

*Near-duplicates*: texts with repeats injected (marks and case, a typing error, a word left out,
sentences in another order, a figure changed) and their nearest other texts; the teacher's decision
at 0.9 against ours at each threshold.
"""

import argparse
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from scripts.embedder_pairs import (
    BELONGING,
    Embed,
    Pairs,
    duplicate_texts,
    foreign,
    near_pairs,
    scored_pairs,
)
from scripts.embedder_teacher import Teacher, read_corpus
from synth_agent.store import LexicalEmbedder
from synth_agent.store.embedders.static import StaticEmbedder

__all__ = ["main"]

_SEED: Final = 20_001
_TEXTS: Final = 3_000
_NEAR: Final = 20
_TEACHERS_THRESHOLD: Final = 0.9
_RESAMPLES: Final = 1_000
_BOUNDS: Final = (2.5, 97.5)
_SHIPPED: Final = "this table"
_THRESHOLDS: Final = tuple(round(0.70 + 0.01 * n, 2) for n in range(30))


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return ranks from 1, equal values sharing their mean rank."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    shared: NDArray[np.float64] = (below + upto + 1).astype(np.float64) / 2
    return shared


def spearman(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Return the rank correlation."""
    return float(np.corrcoef(ranks(a), ranks(b))[0, 1])


def auc(cosines: NDArray[np.float64], belongs: NDArray[np.bool_]) -> float:
    """Return how often a pair that belongs together has the higher cosine."""
    within = int(belongs.sum())
    above = float(ranks(cosines)[belongs].sum()) - within * (within + 1) / 2
    return above / (within * (len(belongs) - within))


def _worth(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    """Return the area under the curve where scores are 0 or 1, else the rank correlation."""
    if np.isin(wanted, (0.0, 1.0)).all():
        return auc(found, wanted > 0)
    return spearman(found, wanted)


def resampled(
    found: dict[str, NDArray[np.float64]], wanted: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    """Return what each embedder is worth on bootstrap resamples of the pairs, the same for all."""
    rng = np.random.default_rng(_SEED)
    worth: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(_RESAMPLES):
        drawn = rng.integers(0, len(wanted), len(wanted))
        for name, of_pairs in found.items():
            worth[name].append(_worth(of_pairs[drawn], wanted[drawn]))
    return {name: np.array(values) for name, values in worth.items()}


def earlier_table(path: Path) -> Embed:
    """Return the embedder of a table with its own tokenizer: unit means of rows of 4 bits."""
    with np.load(path, allow_pickle=False) as stored:
        tokenizer = Tokenizer.from_str(bytes(stored["tokenizer"]).decode())
        packed, scale = stored["table"], stored["scale"].astype(np.float32)
    tokenizer.no_padding()
    codes = np.stack([packed & 15, packed >> 4], axis=2).reshape(len(packed), -1)
    rows = (codes.astype(np.float32) - 8) * scale[:, None]

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        encoded = tokenizer.encode_batch(list(texts), add_special_tokens=False)
        sums = np.stack([rows[e.ids].sum(axis=0) for e in encoded])
        unit: NDArray[np.float32] = sums / np.maximum(
            np.linalg.norm(sums, axis=1, keepdims=True), 1e-9
        )
        return unit

    return embed


def table(path: Path) -> Embed:
    """Return the embedder of a table, of this package or an earlier one."""
    with np.load(path, allow_pickle=False) as stored:
        ours = "pieces" in stored
    return StaticEmbedder(path).embed if ours else earlier_table(path)


def cosines(embed: Embed, pairs: Pairs) -> NDArray[np.float64]:
    """Return the cosine of each pair."""
    products = embed(pairs.first) * embed(pairs.second)
    found: NDArray[np.float64] = np.sum(products, axis=1, dtype=np.float64)
    return found


def _agreement(embed: Embed, teacher: Embed, texts: list[str]) -> tuple[float, float]:
    """Return the rank correlation with the teacher and the share of nearest texts found.

    Pairs are each text with its 20 nearest for the teacher and 20 others.
    """
    rng = np.random.default_rng(_SEED)
    wanted, found = (e(texts) @ e(texts).T for e in (teacher, embed))
    np.fill_diagonal(wanted, -1)
    np.fill_diagonal(found, -1)
    near = np.argsort(-wanted, axis=1)[:, :_NEAR]
    columns = np.hstack([near, rng.integers(0, len(texts), near.shape)])
    rows = np.repeat(np.arange(len(texts)), columns.shape[1])
    at = (rows, columns.ravel())
    distinct = at[0] != at[1]
    ours = np.argsort(-found, axis=1)[:, :10]
    hit = (ours == near[:, :1]).any(axis=1).mean()
    correlation = spearman(wanted[at][distinct].astype(float), found[at][distinct].astype(float))
    return correlation, float(hit)


def _decisions(
    wanted: NDArray[np.bool_], ours: NDArray[np.float64]
) -> dict[float, tuple[float, float, float]]:
    """Return precision, recall and their harmonic mean against the teacher at each threshold."""
    table = {}
    for threshold in _THRESHOLDS:
        flagged = ours >= threshold
        both = float(np.sum(flagged & wanted))
        precision, recall = both / max(1, flagged.sum()), both / max(1, wanted.sum())
        table[threshold] = (precision, recall, 2 * both / max(1, flagged.sum() + wanted.sum()))
    return table


def _line(cells: Iterable[object]) -> None:
    print("|", " | ".join(f"{c:.3f}" if isinstance(c, float) else str(c) for c in cells), "|")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--public", type=Path, required=True)
    parser.add_argument("--pairs", type=Path, help="folder of NAME.tsv: score, text, text")
    parser.add_argument("--table", action="append", default=[], metavar="NAME=NPZ")
    parser.add_argument("--records", type=int, default=150)
    parser.add_argument(
        "--only", choices=("agreement", "pairs", "duplicates"), action="append", help="tables"
    )
    options = parser.parse_args()

    others = {name: Path(path) for name, _, path in (t.partition("=") for t in options.table)}
    embedders: dict[str, Embed] = {
        "teacher": Teacher(options.teacher),
        _SHIPPED: StaticEmbedder().embed,
        **{name: table(path) for name, path in others.items()},
        "lexical": LexicalEmbedder().embed,
    }
    wanted = options.only or ["agreement", "pairs", "duplicates"]
    if "agreement" in wanted:
        _agreements(options, embedders)
    if "pairs" in wanted:
        _pairs(options, embedders, list(others))
    if "duplicates" in wanted:
        _duplicates(options, embedders)


def _agreements(options: argparse.Namespace, embedders: dict[str, Embed]) -> None:
    rng = random.Random(_SEED)
    held = [t.text for t in read_corpus(options.corpus) if t.held_out]
    texts = {
        "held out": sorted(rng.sample(held, min(_TEXTS, len(held)))),
        "other sources": foreign(options.public, rng),
    }
    heads = [f"{name}: {what}" for name in texts for what in ("rho", "first in ten")]
    _line(["embedder", *heads])
    _line(["---"] * (1 + len(heads)))
    for name, embed in embedders.items():
        figures: list[float] = []
        for group in texts.values():
            figures.extend(_agreement(embed, embedders["teacher"], group))
        _line([name, *figures])


def _pairs(options: argparse.Namespace, embedders: dict[str, Embed], others: list[str]) -> None:
    rng = random.Random(_SEED)
    sets = {name: make(options.public, rng) for name, make in BELONGING.items()}
    if options.pairs:
        sets |= {path.stem: scored_pairs(path) for path in sorted(options.pairs.glob("*.tsv"))}
    print()
    _line(["pairs", "number", *embedders, *(f"{_SHIPPED} - {name}" for name in others)])
    _line(["---"] * (2 + len(embedders) + len(others)))
    for name, pairs in sets.items():
        wanted = np.array(pairs.score, dtype=np.float64)
        found = {n: cosines(embed, pairs) for n, embed in embedders.items()}
        worth = {n: _worth(of_pairs, wanted) for n, of_pairs in found.items()}
        drawn = resampled(found, wanted)
        _line(
            [
                name,
                len(wanted),
                *(_bounded(worth[n], drawn[n]) for n in embedders),
                *(
                    _bounded(worth[_SHIPPED] - worth[n], drawn[_SHIPPED] - drawn[n], sign="+")
                    for n in others
                ),
            ]
        )


def _bounded(worth: float, drawn: NDArray[np.float64], *, sign: str = "") -> str:
    low, high = np.percentile(drawn, _BOUNDS)
    return f"{worth:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def _duplicates(options: argparse.Namespace, embedders: dict[str, Embed]) -> None:
    groups = duplicate_texts(options.corpus, options.public, options.records)
    pairs = near_pairs(groups, embedders["teacher"])
    wanted = {n: cosines(embedders["teacher"], p) >= _TEACHERS_THRESHOLD for n, p in pairs.items()}
    for name, embed in list(embedders.items())[1:]:
        ours = {n: cosines(embed, p) for n, p in pairs.items()}
        every = _decisions(np.concatenate([*wanted.values()]), np.concatenate([*ours.values()]))
        each = {n: _decisions(wanted[n], ours[n]) for n in pairs}
        print(f"\n{name}\n")
        _line(["threshold", "precision", "recall", "F1", *(f"{n} F1" for n in pairs)])
        _line(["---"] * (4 + len(pairs)))
        for threshold in _THRESHOLDS:
            _line([f"{threshold:.2f}", *every[threshold], *(each[n][threshold][2] for n in pairs)])


if __name__ == "__main__":
    main()
