"""Gathers the English texts from which the shipped embedder is distilled, a JSON line each.

    python -m scripts.embedder_corpus CORPUS.jsonl --wordnet DIR --html NAME=DIR ... --public DIR

Nothing is downloaded: folders are given. `--wordnet` is the folder of WordNet 3.0's `data.noun`
(Debian's `wordnet-base`), `--html` a manual in HTML (Debian's `python3.11-doc`,
`postgresql-doc-15`, `sqlite3-doc`, `python-django-doc`, `apache2-doc`), `--public` a folder with
`gsm8k`, `alpaca_libre`, `self_instruct`, `failuresensoriq`, `ifeval`, `mt_bench` and `banking77` as
their authors publish them. Records of this package's own packs and the sentences of a small grammar
are made here, from a seed.

A line is `{"text", "source", "held_out"}`. One text in fifty is held out for evaluation, by digest,
so that the same text is held out whatever else is in the corpus.
"""

import argparse
import csv
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from typing import Final

from synth_agent import SynthAgent
from synth_agent.rules import load_pack, pack_names
from synth_agent.schemas import DatasetSpec
from synth_agent.text import digest, flatten, fold

__all__ = ["main"]

_SEED: Final = 20_000
_HELD_OUT: Final = 50
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'(])")
_EXAMPLE: Final = re.compile(r'"([^"]+)"')
_MARKS: Final = re.compile(r"<<[^>]*>>|####.*")
_LONGEST: Final = 1_500
"""Characters of a text: about as much as the teacher reads."""

_WHO: Final = """a man, a woman, a boy, a girl, the children, two friends, an old man, a nurse,
the teacher, a young couple, the driver, a farmer, a dog, a black cat, a crowd, the president,
the company, the police, a group of students, the team, my sister, a baby, the cook, three horses,
a cyclist, the singer, an engineer, the court, the minister, a soldier, some tourists, the manager,
a bird, the players"""
_DOES: Final = """is playing a guitar, is slicing an onion, runs across the field,
is reading a book, sits on a bench, is riding a horse, bought a new car, announced a plan,
won the game, is cooking dinner, fell asleep, is talking on the phone, opened the door, lost a bet,
is jumping into the water, waits for the train, is painting the wall, signed the deal,
sang an old song, is climbing a rock, was injured in an accident, is eating a sandwich,
rejected the proposal, is washing the dishes, threw the ball, is dancing, sold shares,
repaired the roof, is drinking coffee, broke a window, is not listening, raised taxes,
cut a piece of paper, looks at the camera, is walking the dog, arrested a suspect,
is lying on the grass, drives too fast, wrote a letter, is feeding the animals"""
_WHERE: Final = """, , in the park, at home, in the kitchen, on the street, near the river,
last night, on Monday, in front of a shop, at the beach, in the snow, outdoors, in the city,
at work, during the storm, on a stage, at the airport, this morning, in a small village,
after the match, with a friend, for the first time, in March"""


class _Paragraphs(HTMLParser):
    """Collects the text of paragraphs, items and definitions; code listings are left out."""

    _OPENING = frozenset({"p", "dd", "li", "h1", "h2", "h3", "td"})
    _SKIPPED = frozenset({"pre", "script", "style", "nav", "table"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._parts: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self._skipped += tag in self._SKIPPED
        if tag in self._OPENING:
            self.flush()

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in self._SKIPPED and self._skipped > 0
        if tag in self._OPENING:
            self.flush()

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._parts.append(data)

    def flush(self) -> None:
        """End the paragraph."""
        if text := " ".join("".join(self._parts).replace("¶", "").split()):
            self.found.append(text)
        self._parts.clear()


def _sentences(text: str) -> Iterator[str]:
    """Yield a text whole, and each of its sentences if it has several."""
    text = " ".join(_MARKS.sub(" ", text).split())
    parts = _SENTENCE.split(text)
    yield text
    if len(parts) > 1:
        yield from parts


def _manual(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*.html")):
        reader = _Paragraphs()
        reader.feed(path.read_text(encoding="utf-8", errors="ignore"))
        reader.flush()
        for paragraph in reader.found:
            yield from _sentences(paragraph)


def _wordnet(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield terms, definitions, definitions after their term, and examples, with their kind."""
    for part in ("noun", "verb", "adj", "adv"):
        for line in (folder / f"data.{part}").read_text(encoding="utf-8").splitlines():
            if line.startswith("  "):
                continue
            head, _, gloss = line.partition(" | ")
            fields = head.split()
            terms = [
                re.sub(r"\(\w+\)$", "", fields[4 + 2 * n]).replace("_", " ")
                for n in range(int(fields[3], 16))
            ]
            definition = _EXAMPLE.sub("", gloss).strip(" ;")
            yield "definition", definition
            yield "term", ", ".join(terms)
            yield "defined", f"{terms[0]}: {definition}"
            for example in _EXAMPLE.findall(gloss):
                yield "example", example


def _json_lines(path: Path) -> Iterator[dict[str, object]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:  # some published files have broken lines
            continue


def _fields(paths: Iterable[Path], *names: str) -> Iterator[str]:
    for path in sorted(paths):
        for row in _json_lines(path):
            for name in names:
                value = row.get(name)
                for text in value if isinstance(value, list) else [value]:
                    if isinstance(text, str):
                        yield from _sentences(text)


def _banking(folder: Path) -> Iterator[str]:
    with (folder / "train.csv").open(encoding="utf-8", newline="") as file:
        yield from (row["text"] for row in csv.DictReader(file))


def _public(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield name and text; test splits are left for evaluation."""
    tables: dict[str, Iterable[str]] = {
        "gsm8k": _fields([folder / "gsm8k/train.jsonl"], "question", "answer"),
        "alpaca_libre": _fields(
            (folder / "alpaca_libre").glob("*.jsonl"), "instruction", "input", "output"
        ),
        "self_instruct": _fields(
            [
                folder / "self_instruct/seed_tasks.jsonl",
                folder / "self_instruct/user_oriented_instructions.jsonl",
                *(folder / "self_instruct/predictions").glob("text-davinci-*.jsonl"),
            ],
            *("instruction", "motivation_app", "input", "response", "target"),
        ),
        "failuresensoriq": islice(
            _fields((folder / "failuresensoriq").glob("*all.jsonl"), "question", "options"), 4_000
        ),
        "ifeval": _fields([folder / "ifeval/input_data.jsonl"], "prompt"),
        "mt_bench": _fields((folder / "mt_bench").glob("[qr]*.jsonl"), "turns", "prompt"),
        "banking77": _banking(folder / "banking77"),
    }
    for name, texts in tables.items():
        for text in texts:
            yield name, text


def _labelled(pack: str, labels: tuple[str, ...], count: int) -> DatasetSpec:
    each = max(1, count // len(labels))
    return DatasetSpec(
        task="classification",
        pack=pack,
        count=each * len(labels),
        labels=dict.fromkeys(labels, each),
    )


def _made_by_rules(count: int) -> Iterator[str]:
    """Yield the texts of records of every pack that ships, whole and by line and sentence."""
    agent = SynthAgent()
    for name in pack_names():
        pack = load_pack(name).pack
        specs = [_labelled(name, tuple(c.labels), count) for c in pack.classifiers.values()]
        if any(scene.questions for scene in pack.scenes.values()):
            share = 4 * count if name == "industrial" else count
            specs.append(DatasetSpec(task="reasoning", pack=name, count=share))
            specs.append(DatasetSpec(task="instruction", pack=name, count=share))
        for spec in specs:
            planned = agent.plan(spec)
            for record in agent.preview(planned, planned.count):
                for value in record.payload.values():
                    said = flatten(value)
                    yield said
                    for line in said.splitlines():
                        yield from _sentences(line)


def _everyday(count: int, rng: random.Random) -> Iterator[str]:
    """Yield sentences of one or two clauses about people, animals and news."""
    who, does, where = (re.split(r",\s", words) for words in (_WHO, _DOES, _WHERE))
    for _ in range(count):
        said = f"{rng.choice(who)} {rng.choice(does)} {rng.choice(where)}".strip()
        if rng.random() < 0.25:
            joint = rng.choice(("and", "while", "because", "but", "when", "after"))
            said = f"{said} {joint} {rng.choice(who)} {rng.choice(does)}"
        yield said[0].upper() + said[1:] + "."


def _fit(text: str) -> bool:
    """Return whether a text is English prose or data of a sensible length."""
    letters = sum(map(str.isalpha, text))
    return 2 < len(text) <= _LONGEST and text.isprintable() and letters >= 0.4 * len(text)


class _Corpus:
    """Writes each text once, at most so many of a source."""

    def __init__(self, write: Callable[[str], object], limit: int, rng: random.Random) -> None:
        self._write = write
        self._limit = limit
        self._rng = rng
        self._seen: set[bytes] = set()
        self.counts: Counter[str] = Counter()

    def add(self, source: str, texts: Iterable[str], *, limit: int | None = None) -> None:
        """Add a random choice of the texts that are fit and were not there before."""
        chosen: list[tuple[str, int]] = []
        for text in (" ".join(text.split()) for text in texts):
            key = digest(fold(text))
            if _fit(text) and key not in self._seen:
                self._seen.add(key)
                chosen.append((text, int.from_bytes(key, "big")))
        limit = self._limit if limit is None else limit
        if len(chosen) > limit:
            chosen = self._rng.sample(chosen, limit)
        for text, number in chosen:
            line = {"text": text, "source": source, "held_out": number % _HELD_OUT == 0}
            self._write(json.dumps(line, ensure_ascii=False) + "\n")
        self.counts[source] += len(chosen)


def main() -> None:
    """Write the corpus and say how many texts each source gave."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--wordnet", type=Path)
    parser.add_argument("--html", action="append", default=[], metavar="NAME=DIR")
    parser.add_argument("--public", type=Path)
    parser.add_argument("--limit", type=int, default=25_000, help="most texts of one source")
    parser.add_argument("--records", type=int, default=600, help="records of a pack and task")
    options = parser.parse_args()
    rng = random.Random(_SEED)
    with options.corpus.open("w", encoding="utf-8") as file:
        corpus = _Corpus(file.write, options.limit, rng)
        corpus.add("everyday", _everyday(options.limit, rng))
        if options.public:
            for name, text in _public(options.public):
                corpus.add(name, [text])
        corpus.add("rules", _made_by_rules(options.records), limit=2 * options.limit)
        if options.wordnet:
            found: dict[str, list[str]] = {}
            for kind, text in _wordnet(options.wordnet):
                found.setdefault(kind, []).append(text)
            for kind, texts in found.items():
                corpus.add(f"wordnet {kind}", texts, limit=3 * options.limit)
        for manual in options.html:
            name, _, folder = manual.partition("=")
            corpus.add(name, _manual(Path(folder)))
    for source, count in corpus.counts.most_common():
        print(f"{source:24}{count:8,}")
    print(f"{'all':24}{corpus.counts.total():8,}")


if __name__ == "__main__":
    main()
