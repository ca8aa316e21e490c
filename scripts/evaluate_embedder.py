"""Measures embedders side by side: the shipped table, others, the lexical one and the teacher.

    python -m scripts.evaluate_embedder CORPUS.jsonl --teacher DIR --public DIR [--table NAME=NPZ]

Prints two tables in Markdown.

*Quality*: rank correlation with the teacher's cosines, on held-out texts of the corpus and on
texts of sources that are not in it; how often the teacher's nearest text is among our first ten;
and how often a pair that belongs together is nearer than one that does not (area under the ROC
curve): same intent of a bank's customer or another (BANKING77, test split), same part and action of
an excavator's work order or another (nestor), a work order as typed and as an expert normalised it
or another (MaintNorm), two models' answers to one instruction or to two (self-instruct), a true
answer beside another true one or beside a false one (TruthfulQA), and files of scored pairs
(`--scored NAME=TSV`, lines of score, text, text: rank correlation).

*Near-duplicates*: texts with repeats injected (marks and case, a typing error, a word left out,
sentences in another order, a figure changed) and their nearest other texts; the teacher's decision
at 0.9 against ours at each threshold.
"""

import argparse
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

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
    parser.add_argument("--table", action="append", default=[], metavar="NAME=NPZ")
    parser.add_argument("--scored", action="append", default=[], metavar="NAME=TSV")
    parser.add_argument("--records", type=int, default=150)
    parser.add_argument("--no-duplicates", action="store_true")
    options = parser.parse_args()

    embedders: dict[str, Embed] = {"teacher": Teacher(options.teacher)}
    for table in options.table:
        name, _, path = table.partition("=")
        embedders[name] = StaticEmbedder(Path(path)).embed
    embedders["lexical"] = LexicalEmbedder().embed
    _quality(options, embedders)
    if not options.no_duplicates:
        _duplicates(options, embedders)


def _quality(options: argparse.Namespace, embedders: dict[str, Embed]) -> None:
    rng = random.Random(_SEED)
    held = [t.text for t in read_corpus(options.corpus) if t.held_out]
    texts = {
        "held out": sorted(rng.sample(held, min(_TEXTS, len(held)))),
        "other sources": foreign(options.public, rng),
    }
    belonging = {name: make(options.public, rng) for name, make in BELONGING.items()}
    scored = {n: scored_pairs(Path(p)) for n, _, p in (s.partition("=") for s in options.scored)}
    heads = [f"{name}: {what}" for name in texts for what in ("rho", "first in ten")]
    _line(["embedder", *heads, *(f"{n} AUC" for n in belonging), *(f"{n} rho" for n in scored)])
    _line(["---"] * (1 + len(heads) + len(belonging) + len(scored)))
    for name, embed in embedders.items():
        figures: list[float] = []
        for group in texts.values():
            figures.extend(_agreement(embed, embedders["teacher"], group))
        figures.extend(
            auc(cosines(embed, pairs), np.array(pairs.score) > 0) for pairs in belonging.values()
        )
        figures.extend(
            spearman(cosines(embed, pairs), np.array(pairs.score)) for pairs in scored.values()
        )
        _line([name, *figures])


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
