"""Pairs of texts by which embedders are compared: belonging together or not, scored, repeated.

The folder of public data holds each set as its authors publish it.
"""

import csv
import json
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from scripts.embedder_teacher import Floats, read_corpus
from synth_agent import SynthAgent
from synth_agent.schemas import DatasetSpec
from synth_agent.text import comparable

__all__ = [
    "BELONGING",
    "Embed",
    "Pairs",
    "duplicate_texts",
    "foreign",
    "near_pairs",
    "scored_pairs",
]

Embed = Callable[[Sequence[str]], Floats]

_SEED: Final = 20_001


class Pairs(NamedTuple):
    """Pairs of texts, and for each whether it belongs together, or its score."""

    first: list[str]
    second: list[str]
    score: list[float]

    def add(self, first: str, second: str, score: float) -> None:
        """Add a pair."""
        self.first.append(first)
        self.second.append(second)
        self.score.append(score)


def _grouped(groups: dict[str, list[str]], rng: random.Random, count: int) -> Pairs:
    """Return as many pairs from one group as from two."""
    names = sorted(name for name, texts in groups.items() if len(set(texts)) > 1)
    pairs = Pairs([], [], [])
    for at in range(2 * count):
        name = rng.choice(names)
        first, second = rng.sample(sorted(set(groups[name])), 2)
        if at % 2:
            other = rng.choice([n for n in names if n != name])
            second = rng.choice(groups[other])
        pairs.add(first, second, float(at % 2 == 0))
    return pairs


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _banking(folder: Path, rng: random.Random) -> Pairs:
    groups: dict[str, list[str]] = {}
    for row in _rows(folder / "banking77/test.csv"):
        groups.setdefault(row["category"], []).append(row["text"])
    return _grouped(groups, rng, 3_000)


def _excavators(folder: Path, rng: random.Random) -> Pairs:
    groups: dict[str, list[str]] = {}
    for row in _rows(folder / "nestor_excavators/excavators-cleaned.csv"):
        if "NA" not in (row["Part"], row["Action"]):
            groups.setdefault(f"{row['Part']}/{row['Action']}", []).append(row["OriginalShorttext"])
    return _grouped(groups, rng, 3_000)


def _normalised(folder: Path, rng: random.Random) -> Pairs:
    groups: dict[str, list[str]] = {}
    blocks = (folder / "mwo_synthetic_uwa/train.norm").read_text(encoding="utf-8").split("\n\n")
    for number, block in enumerate(blocks):
        words = [line.split("\t") for line in block.splitlines() if line.count("\t") == 1]
        typed, meant = (" ".join(w[side] for w in words if w[1][:1] != "<") for side in (0, 1))
        if typed.lower() != meant.lower():
            groups[str(number)] = [typed, meant]
    return _grouped(groups, rng, 3_000)


def _answers(folder: Path, rng: random.Random) -> Pairs:
    groups: dict[str, list[str]] = {}
    for name in ("davinci-self-instruct", "davinci-superni-ft", "text-davinci-003"):
        path = folder / f"self_instruct/predictions/{name}.jsonl"
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            said = " ".join(row["response"].split())[:1_000]
            if len(said) > 20:
                groups.setdefault(row["instruction"], []).append(said)
    return _grouped(groups, rng, 1_500)


def _truths(folder: Path, rng: random.Random) -> Pairs:
    del rng
    pairs = Pairs([], [], [])
    for row in _rows(folder / "truthfulqa/TruthfulQA.csv"):
        best = row["Best Answer"].strip()
        for names, score in (("Correct Answers", 1.0), ("Incorrect Answers", 0.0)):
            for other in map(str.strip, row[names].split(";")):
                if other and other != best:
                    pairs.add(best, other, score)
    return pairs


BELONGING: Final = {
    "BANKING77": _banking,
    "nestor": _excavators,
    "MaintNorm": _normalised,
    "self-instruct": _answers,
    "TruthfulQA": _truths,
}


def foreign(folder: Path, rng: random.Random) -> list[str]:
    """Return texts of sources that the corpus leaves out."""
    texts = [row["Question"] for row in _rows(folder / "truthfulqa/TruthfulQA.csv")]
    texts += [row["Best Answer"] for row in _rows(folder / "truthfulqa/TruthfulQA.csv")]
    texts += [row["prompt"] for row in _rows(folder / "xstest/xstest_prompts.csv")]
    texts += [
        row["completion"][:500]
        for row in _rows(folder / "xstest/xstest_v2_completions_gpt4_gpteval.csv")
    ]
    orders = (folder / "mwo_synthetic_uwa/human.txt").read_text(encoding="utf-8").splitlines()
    texts += rng.sample(orders, 800)
    shifts = [r["OriginalShorttext"] for r in _rows(folder / "nestor_excavators/excavators.csv")]
    texts += rng.sample(shifts, 400)
    return sorted({text.strip() for text in texts if text.strip()})


def scored_pairs(path: Path) -> Pairs:
    """Return the pairs of a file: score, text, text."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return Pairs([r[1] for r in rows], [r[2] for r in rows], [float(r[0]) for r in rows])


def _repeats(text: str, rng: random.Random) -> Iterator[str]:
    """Yield the text as it is repeated: by a copy, a typist, an editor, another figure."""
    words = text.split()
    yield text.upper() if rng.random() < 0.3 else f"  {text.rstrip('.?!').lower()} !"
    at = rng.randrange(len(words))
    yield " ".join(words[:at] + words[at + 1 :])
    slip = rng.choice([n for n, word in enumerate(words) if len(word) > 3] or [0])
    cut = rng.randrange(1, max(2, len(words[slip])))
    typed = words[slip][:cut] + words[slip][cut + 1 :]
    yield " ".join([*words[:slip], typed, *words[slip + 1 :]])
    sentences = text.split(". ")
    if len(sentences) > 1:
        yield ". ".join(sentences[1:] + sentences[:1])
    figures = [n for n, word in enumerate(words) if word.isdecimal()]
    if figures:
        at = rng.choice(figures)
        yield " ".join([*words[:at], str(int(words[at]) + rng.randint(1, 50)), *words[at + 1 :]])


def near_pairs(groups: dict[str, list[str]], teacher: Embed) -> dict[str, Pairs]:
    """Return pairs a source: each text with its repeats and with its three nearest others."""
    rng = random.Random(_SEED)
    found: dict[str, Pairs] = {}
    for name, texts in groups.items():
        pairs = Pairs([], [], [])
        vectors = teacher(texts)
        near = vectors @ vectors.T
        np.fill_diagonal(near, -1)
        for at, text in enumerate(texts):
            others = [texts[n] for n in np.argsort(-near[at])[:3]]
            for other in [*_repeats(text, rng), *others]:
                if other.strip():
                    pairs.add(text, other, 0.0)
        found[name] = pairs
    return found


def duplicate_texts(corpus: Path, public: Path, records: int) -> dict[str, list[str]]:
    """Return texts by source, of which repeats can be made; most are held out or made anew."""
    agent = SynthAgent()
    texts: dict[str, list[str]] = {}
    for pack in ("industrial", "retail", "finance"):
        spec = agent.plan(DatasetSpec(task="qa", pack=pack, count=records, seed=99))
        texts[f"rules, {pack}"] = [
            comparable("qa", record.payload) for record in agent.preview(spec, records)
        ]
    held = [t for t in read_corpus(corpus) if t.held_out and len(t.text) > 40]
    rng = random.Random(_SEED)
    for source in ("gsm8k", "alpaca_libre", "python", "wordnet example"):
        of_source = [t.text for t in held if t.source == source]
        texts[source] = rng.sample(of_source, min(records, len(of_source)))
    texts["BANKING77"] = [
        row["text"] for row in islice(_rows(public / "banking77/test.csv"), 0, None, 11)
    ]
    return texts
