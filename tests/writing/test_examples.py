from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from synth_agent.pipeline import Seed
from synth_agent.schemas import Provenance, Record
from synth_agent.store.embedders import LexicalEmbedder
from synth_agent.writing.examples import ExamplePool

SUBJECTS = ("scrap rate of line 3", "bearing noise", "shift handover", "crane inspection")


class Embedding:
    """Counts the texts that are embedded."""

    def __init__(self) -> None:
        self.inner, self.count = LexicalEmbedder(), 0

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.count += len(texts)
        return self.inner.embed(texts)


def seed(n: int, subject: str) -> Seed:
    text = f"What about the {subject}, number {n}?"
    return Seed(f"seeds.jsonl:{n}", text, {"input": text, "context": "", "output": str(n)})


def record(slot: int, subject: str = "scrap rate") -> Record:
    payload = {"input": f"{subject} {slot}?", "context": "", "output": "x"}
    origin = Provenance(method="self_instruct", source="m")
    return Record(slot=slot, payload=payload, provenance=origin)


def pool(*subjects: str, texts: Embedding | None = None) -> ExamplePool:
    seeds = [seed(n, subject) for n, subject in enumerate(subjects, start=1)]
    return ExamplePool("qa", texts or Embedding(), seeds, record)


def test_three_given_ones_and_one_made_one_are_shown() -> None:
    examples = pool(*SUBJECTS)
    examples.learn([record(n) for n in range(5)])

    chosen = examples.choose("scrap rate")

    assert [name.split(":")[0] for name in chosen] == ["seeds.jsonl"] * 3 + ["record"]
    assert len(set(chosen)) == 4


def test_the_nearest_to_the_wish_comes_first() -> None:
    examples = pool(*SUBJECTS)

    assert examples.choose("crane inspection")[0] == "seeds.jsonl:4"


def test_doubles_are_not_shown_together() -> None:
    texts = ["Why so much scrap?", "Why so much scrap?!", "Bearings hum", "Cranes rust"]
    seeds = [Seed(f"seeds.jsonl:{n}", text, {"input": text}) for n, text in enumerate(texts)]

    chosen = ExamplePool("qa", Embedding(), seeds, record).choose("so much scrap")

    assert set(chosen) == {"seeds.jsonl:0", "seeds.jsonl:2", "seeds.jsonl:3"}


@pytest.mark.parametrize("wish", ["scrap rate of line 3", ""], ids=["one wish", "no wish"])
def test_the_same_wish_again_and_again_uses_all_examples(wish: str) -> None:
    examples = pool(*SUBJECTS, "torque wrench", "paint booth", "cycle time", "audit trail")
    shown = Counter(name for _ in range(40) for name in examples.choose(wish))

    assert len(shown) == 8
    assert max(shown.values()) - min(shown.values()) <= 3


def test_with_few_examples_all_are_shown() -> None:
    assert pool("scrap rate").choose("x") == ["seeds.jsonl:1"]
    assert pool().choose("x") == []


def test_what_was_chosen_before_a_kill_is_found_again_after_it() -> None:
    before = pool(*SUBJECTS)
    before.learn([record(n) for n in range(600)])
    names = [name for _ in range(30) for name in before.choose("scrap rate")]

    after = pool(*SUBJECTS)

    for name in names:
        assert after.material(name).id == name
        assert after.material(name).payload == before.material(name).payload


def test_a_seed_file_may_be_called_like_a_record() -> None:
    given = Seed("record:9", "q", {"input": "given"})
    examples = ExamplePool("qa", Embedding(), [given], record)

    assert examples.material("record:9").payload == {"input": "given"}
    assert examples.material("record:8").payload == record(8).payload


def test_later_records_take_the_place_of_others_evenly_over_the_run() -> None:
    examples = pool("scrap rate")
    examples.learn([record(n) for n in range(2000)])

    shown = {name for name in examples.parents(400, "") if name.startswith("record:")}

    slots = sorted(int(name.removeprefix("record:")) for name in shown)
    assert slots[0] < 100
    assert slots[-1] > 1900
    assert 0.3 < sum(slot < 1000 for slot in slots) / len(slots) < 0.7


def test_parents_are_used_in_turn_made_ones_too() -> None:
    examples = pool("scrap rate", "bearing noise")
    examples.learn([record(7), record(8)])

    first, second = examples.parents(4, "scrap rate"), examples.parents(4, "scrap rate")

    assert sorted(first) == sorted(second) == ["record:7", "record:8", *examples_of(2)]


def examples_of(count: int) -> list[str]:
    return [f"seeds.jsonl:{n}" for n in range(1, count + 1)]


def test_without_any_record_there_are_no_parents() -> None:
    assert pool().parents(3, "x") == []


def test_a_record_that_is_not_kept_is_not_embedded() -> None:
    texts = Embedding()
    examples = pool("scrap rate", texts=texts)

    examples.learn([record(n) for n in range(5000)])

    assert texts.count < 2500
