"""Near-duplicates: speed, growth, memory and recall, beside semhash and datasketch.

    OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/dedup.py FILE ... [--held 200000]

FILEs are datasets with questions or other short texts (.jsonl, .json, .csv); ten thousand rows and
more make sense. What is missing to the number asked for is put together from their sentences. For
the other two libraries, an environment with both:

    python3.11 -m venv peers
    peers/bin/pip install -e . semhash datasketch
    OPENBLAS_NUM_THREADS=1 peers/bin/python benchmarks/dedup.py FILE ...

Times are CPU seconds of this process, one core; 200,000 held take some five minutes. semhash gets
the same vectors as we do, and may look at the whole list at once; datasketch compares word triples.
"""

import argparse
import gc
import random
import re
import resource
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from synth_agent.columns import columns_of
from synth_agent.exports import read_rows
from synth_agent.pipeline import Nearness
from synth_agent.quality.grams import word_grams
from synth_agent.schemas import Provenance, Record
from synth_agent.store import (
    Accepted,
    Embedder,
    LexicalEmbedder,
    SemanticMemory,
    StaticEmbedder,
)
from synth_agent.store.embedders.figures import WithFigures, tail_of
from synth_agent.store.likeness import Likeness, rows_of
from synth_agent.store.repeats import Repeats
from synth_agent.store.vectors import exact, similarity

BATCH = 256
PROBES = 4_096
LEVELS = (0, 1_000, 10_000, 50_000, 200_000)
SCALE = (1_000, 10_000, 100_000, 300_000, 1_000_000)
NOWHERE = Provenance(method="rules", source="benchmark")
EMBEDDERS: dict[str, Callable[[], Embedder]] = {
    "lexical": LexicalEmbedder,
    "static": StaticEmbedder,
    "static with figures": lambda: WithFigures(StaticEmbedder()),
}


class Injected(NamedTuple):
    """Texts, some of which repeat an earlier one."""

    texts: list[str]
    repeats: dict[int, str]
    """Place -> how it repeats an earlier text."""


# ------------------------------------------------------------------------------------------- texts


def texts_of(paths: Iterable[Path], seed: int = 1) -> list[str]:
    """Return the different texts that rows are compared by, shuffled."""
    found: dict[str, None] = {}
    for path in paths:
        columns = columns_of(path)
        found |= dict.fromkeys(text for row in read_rows(path) if (text := columns.text(row)))
    texts = list(found)
    random.Random(seed).shuffle(texts)
    return texts


def so_many(texts: Sequence[str], count: int, seed: int = 2) -> list[str]:
    """Return so many texts, the missing ones made of sentences of the others."""
    rng = random.Random(seed)
    sentences = [s for t in texts for s in re.split(r"(?<=[.?!])\s+", t) if len(s.split()) > 3]
    made = (" ".join(rng.choices(sentences, k=rng.randint(2, 3))) for _ in range(count))
    return [*texts, *made][:count]


def injected(texts: Sequence[str], seed: int = 3) -> Injected:
    """Return the texts with a repeat of an earlier one at every tenth place."""
    rng = random.Random(seed)
    kinds = sorted(CHANGES)
    found, repeats = list[str](), dict[int, str]()
    for number, text in enumerate(texts):
        if number % 9 == 8:
            kind = kinds[len(repeats) % len(kinds)]
            repeats[len(found)] = kind
            found.append(CHANGES[kind](rng.choice(found), rng))
        found.append(text)
    return Injected(found, repeats)


def one_word_less(text: str, rng: random.Random) -> str:
    words = text.split()
    del words[rng.randrange(len(words))]
    return " ".join(words) or text


def another_order(text: str, rng: random.Random) -> str:
    sentences = re.split(r"(?<=[.?!,])\s+", text)
    rng.shuffle(sentences)
    return " ".join(sentences)


CHANGES: dict[str, Callable[[str, random.Random], str]] = {
    "copy": lambda text, _: text,
    "case and marks": lambda text, _: text.upper().rstrip("?. "),
    "one word less": one_word_less,
    "sentences in another order": another_order,
    "introduced": lambda text, _: f"Please answer: {text}",
}


# -------------------------------------------------------------------------------------- run path


def as_in_a_run(memory: SemanticMemory, texts: Sequence[str], threshold: float) -> list[bool]:
    """Screen texts as `pipeline.judge` does; return which are kept."""
    near = Nearness(memory=memory, semantic=threshold)
    kept, first = list[bool](), len(memory)
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        batch = near.of(part, part)
        for row in range(len(part)):
            kept.append(batch.finding(row, {}) is None)
            if kept[-1]:
                batch.nearest(row)
                batch.accept(row, Record(slot=first + start + row, payload={}, provenance=NOWHERE))
        near.remember(batch, [{"task": "qa"}] * sum(kept[start:]))
    return kept


def growth(texts: Sequence[str], given: argparse.Namespace, embedder: Embedder) -> None:
    """Measure a run's screening with so many records held already, Chroma open beside."""
    print("\n| held | records/s of CPU | ms a record | kB a record |\n|--:|--:|--:|--:|")
    for number, level in enumerate(level for level in LEVELS if level <= given.held):
        probes = texts[given.held + number * PROBES :][:PROBES]
        held = [Accepted(slot, text, {"task": "qa"}) for slot, text in enumerate(texts[:level])]
        before = resident_mb()
        with opened(embedder, given.lexical, held) as memory:
            size = f"{(resident_mb() - before) * 1024 / level:.2f}" if level >= 10_000 else ""
            memory.similar("Which press stood still?", 1)  # opens Chroma, and writes all there is
            begun = time.process_time()
            as_in_a_run(memory, probes, given.threshold)
            memory.similar("Which press stood still?", 1)  # writes what waits
            taken = (time.process_time() - begun) / PROBES
        print(f"| {level:,} | {1 / taken:,.0f} | {taken * 1000:.3f} | {size} |", flush=True)


def scale(texts: Sequence[str], given: argparse.Namespace, embedder: Embedder) -> None:
    """Measure search and words alone, without Chroma, up to a million held: docs/scaling.md."""
    likeness = Likeness(embedder.dimensions, tail=tail_of(embedder), lexical=0.8)
    print("\n| held | search ms | words ms | MB |\n|--:|--:|--:|--:|")
    probes = texts[given.scale :][:2_048]
    rows = rows_of(probes, embedder.embed(probes))
    before, held = resident_mb(), 0
    for level in SCALE:
        if level > given.scale:
            break
        for start in range(held, level, 2_000):
            part = texts[start : min(start + 2_000, level)]
            keys = range(start, start + len(part))
            likeness.hold(keys, part, rows_of(part, embedder.embed(part)))
        held = level
        search = per_text(lambda at: likeness.held.nearest(rows[at : at + BATCH]), len(probes))  # type: ignore[union-attr]
        both = per_text(
            lambda at: likeness.beside(probes[at : at + BATCH], rows[at : at + BATCH]), len(probes)
        )
        grown = resident_mb() - before
        print(f"| {level:,} | {search:.3f} | {both - search:.3f} | {grown:,.0f} |", flush=True)


def clusters(texts: Sequence[str], given: argparse.Namespace, embedder: Embedder) -> None:
    """Measure what looking into the nearest clusters alone would find: docs/scaling.md."""
    count = given.clusters
    stream = injected(texts[:count])
    rows = embedder.embed(stream.texts)
    middles = k_means(rows, 256)
    home = (rows @ middles.T).argmax(axis=1)
    near = [at for at in stream.repeats if (rows[:at] @ rows[at]).max() >= given.threshold]
    asked = rows[near] @ middles.T
    first = np.argsort(-asked, axis=1)
    print(
        f"\n{len(rows):,} texts in 256 clusters, {len(near):,} with a nearest from the threshold on"
    )
    print("\n| clusters looked into | rows compared | nearest found |\n|--:|--:|--:|")
    nearest = [int((rows[:at] @ rows[at]).argmax()) for at in near]
    sizes = np.bincount(home, minlength=256)
    for probed in (1, 2, 4, 8, 16):
        looked = first[:, :probed]
        found = np.mean([home[n] in looked[i] for i, n in enumerate(nearest)])
        share = sizes[looked].sum(axis=1).mean() / len(rows)
        print(f"| {probed} | {share:.1%} | {found:.3f} |", flush=True)


def k_means(rows: NDArray[np.float32], k: int, steps: int = 12) -> NDArray[np.float32]:
    """Return unit middles of clusters by direction, from evenly spaced beginnings."""
    middles = rows[:: max(1, len(rows) // k)][:k].copy()
    for _ in range(steps):
        home = (rows @ middles.T).argmax(axis=1)
        sums = np.zeros_like(middles)
        np.add.at(sums, home, rows)
        norms = np.linalg.norm(sums, axis=1, keepdims=True)
        middles = np.where(norms > 0, sums / np.where(norms > 0, norms, 1), middles)
    return middles.astype(np.float32)


def per_text(of_batch: Callable[[int], object], count: int) -> float:
    """Return ms of CPU a text, the best of three times through."""
    taken = []
    for _ in range(3):
        begun = time.process_time()
        for at in range(0, count, BATCH):
            of_batch(at)
        taken.append(time.process_time() - begun)
    return min(taken) / count * 1000


@contextmanager
def opened(
    embedder: Embedder, lexical: float | None, held: Sequence[Accepted] = ()
) -> Iterator[SemanticMemory]:
    with tempfile.TemporaryDirectory() as folder:
        memory = SemanticMemory.open(
            Path(folder), embedder, accepted=lambda: held, count=len(held), lexical=lexical
        )
        with memory:
            yield memory


def resident_mb() -> float:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


# ------------------------------------------------------------------------------------- the same?


def brute_force(texts: Sequence[str], embedder: Embedder, threshold: float) -> list[bool]:
    """Compare each text with every kept one in float64; exact where float64 leaves a doubt."""
    vectors = embedder.embed(texts)
    rows, unit = exact(vectors), vectors.astype(np.float64)
    known = np.empty_like(unit)
    places, kept = list[int](), list[bool]()
    for at, vector in enumerate(unit):
        cosines = known[: len(places)] @ vector
        doubtful = np.flatnonzero(cosines >= threshold - 0.002)
        repeat = any(similarity(rows[at], rows[places[n]]) >= threshold for n in doubtful)
        if not repeat:
            known[len(places)] = vector
            places.append(at)
        kept.append(not repeat)
    return kept


def by_repeats(texts: Sequence[str], embedder: Embedder, threshold: float) -> list[bool]:
    repeats = Repeats(embedder, threshold=threshold, lexical=None)
    return [repeat is None for _, repeat in repeats.screen(enumerate(texts))]


def by_meaning_and_words(texts: Sequence[str], embedder: Embedder, threshold: float) -> list[bool]:
    repeats = Repeats(embedder, threshold=threshold, lexical=0.8)
    repeats.weigh(texts)
    return [repeat is None for _, repeat in repeats.screen(enumerate(texts))]


def by_run(texts: Sequence[str], embedder: Embedder, threshold: float) -> list[bool]:
    with opened(embedder, None) as memory:
        return as_in_a_run(memory, texts, threshold)


def by_run_with_words(texts: Sequence[str], embedder: Embedder, threshold: float) -> list[bool]:
    with opened(embedder, 0.8) as memory:
        return as_in_a_run(memory, texts, threshold)


def by_semhash(texts: Sequence[str], embedder: Embedder, threshold: float) -> list[bool]:
    semhash = import_module("semhash")  # where it is there

    class Encoder:
        def encode(self, inputs: Sequence[str], **_: Any) -> NDArray[np.float32]:
            return embedder.embed(inputs)

    records = [{"text": text, "at": str(at)} for at, text in enumerate(texts)]
    index = semhash.SemHash.from_records(records, columns=["text"], model=Encoder())
    selected = index.self_deduplicate(threshold=threshold).selected
    kept = {int(record["at"]) for record in selected}
    return [at in kept for at in range(len(texts))]


def by_datasketch(texts: Sequence[str], _: Embedder, __: float) -> list[bool]:
    datasketch = import_module("datasketch")

    index, kept = datasketch.MinHashLSH(threshold=0.7, num_perm=128), list[bool]()
    for at, text in enumerate(texts):
        sketch = datasketch.MinHash(num_perm=128)
        hashes = word_grams([text], size=3, edges=True).hashes
        sketch.update_batch([gram.tobytes() for gram in hashes])
        kept.append(not index.query(sketch))
        if kept[-1]:
            index.insert(str(at), sketch)
    return kept


def ways() -> Iterator[tuple[str, Callable[[Sequence[str], Embedder, float], list[bool]]]]:
    yield "a run: meaning, Chroma beside", by_run
    yield "a run: meaning and words 0.8, Chroma beside", by_run_with_words
    yield "store.repeats, meaning", by_repeats
    yield "store.repeats, meaning and words 0.8", by_meaning_and_words
    if find_spec("semhash"):
        yield "semhash, whole list, same vectors", by_semhash
    if find_spec("datasketch"):
        yield "datasketch, MinHash LSH 0.7, 128", by_datasketch


def side_by_side(stream: Injected, embedder: Embedder, threshold: float) -> None:
    """Compare decisions with brute force, and count the injected repeats that are dropped."""
    truth = brute_force(stream.texts, embedder, threshold)
    kinds = sorted(CHANGES)
    by_run(stream.texts[:64], embedder, threshold)  # loads Chroma, for a second
    head = ["way", "records/s of CPU", "kept", "differ from brute force", *kinds]
    print(f"\n| {' | '.join(head)} |\n|---|{'--:|' * (len(head) - 1)}")
    row("brute force", None, truth, truth, stream)
    for name, way in ways():
        begun = time.process_time()
        kept = way(stream.texts, embedder, threshold)
        row(name, len(kept) / (time.process_time() - begun), kept, truth, stream)


def row(
    name: str, speed: float | None, kept: list[bool], truth: list[bool], stream: Injected
) -> None:
    recalls = []
    for kind in sorted(CHANGES):
        places = [at for at, how in stream.repeats.items() if how == kind]
        recalls.append(f"{sum(not kept[at] for at in places) / max(1, len(places)):.2f}")
    differ = sum(a != b for a, b in zip(kept, truth, strict=True))
    cells = (name, f"{speed:,.0f}" if speed else "", f"{sum(kept):,}", str(differ), *recalls)
    print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--held", type=int, default=200_000, help="most records held")
    parser.add_argument("--sample", type=int, default=9_000, help="texts compared side by side")
    parser.add_argument("--threshold", type=float, default=0.91)
    parser.add_argument("--lexical", type=float, help="word triples too, while records are held")
    parser.add_argument("--embedder", choices=sorted(EMBEDDERS), default="static with figures")
    parser.add_argument("--scale", type=int, default=0, help="hold so many, without Chroma, alone")
    parser.add_argument("--clusters", type=int, default=0, help="so many texts in clusters, alone")
    given = parser.parse_args()
    embedder = EMBEDDERS[given.embedder]()
    texts = texts_of(given.files)
    print(f"{len(texts):,} texts, {embedder.name}, cosine from {given.threshold}")
    if given.clusters:
        clusters(texts, given, embedder)
        return
    if given.scale:
        scale(so_many(texts, given.scale + 2_048), given, embedder)
        return
    side_by_side(injected(texts[: given.sample]), embedder, given.threshold)
    growth(so_many(texts, given.held + PROBES * len(LEVELS)), given, embedder)


if __name__ == "__main__":
    main()
