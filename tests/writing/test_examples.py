from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from synth_agent.pipeline import Seed
from synth_agent.schemas import Provenance, Record
from synth_agent.store.embedders import LexicalEmbedder
from synth_agent.text import Comparable
from synth_agent.writing.examples import ExamplePool

SUBJECTS = ("scrap rate of line 3", "bearing noise", "shift handover", "crane inspection")


class Meanings:
    """A memory that counts what it embeds, and in how many batches."""

    def __init__(self, seeds: Sequence[Seed] = ()) -> None:
        self.inner, self.count, self.batches = LexicalEmbedder(), 0, 0
        # the other way round: rows belong to names, not to places
        self.names = [seed.id for seed in reversed(seeds)]
        self.rows = self.inner.embed([seed.text for seed in reversed(seeds)])

    def meaning(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        self.count += len(texts)
        self.batches += 1
        return self.inner.embed(texts)

    def seed_rows(self) -> tuple[list[str], NDArray[np.float32]]:
        return self.names, self.rows


def seed(n: int, subject: str) -> Seed:
    text = f"What about the {subject}, number {n}?"
    return Seed(f"seeds.jsonl:{n}", text, {"input": text, "context": "", "output": str(n)})


def record(slot: int, subject: str = "scrap rate") -> Record:
    payload = {"input": f"{subject} {slot}?", "context": "", "output": "x"}
    origin = Provenance(method="self_instruct", source="m")
    return Record(slot=slot, payload=payload, provenance=origin)


def pool_of(seeds: Sequence[Seed], meanings: Meanings | None = None, **known: Any) -> ExamplePool:
    return ExamplePool(Comparable("qa"), meanings or Meanings(seeds), seeds, record, **known)


def pool(*subjects: str, **known: Any) -> ExamplePool:
    return pool_of([seed(n, subject) for n, subject in enumerate(subjects, start=1)], **known)


def test_three_given_ones_and_one_made_one_are_shown() -> None:
    examples = pool(*SUBJECTS)
    examples.learn([record(n) for n in range(5)])

    chosen = examples.choose("scrap rate")

    assert [name.split(":")[0] for name in chosen] == ["seeds.jsonl"] * 3 + ["record"]
    assert len(set(chosen)) == 4


def test_the_nearest_to_the_wish_comes_first() -> None:
    examples = pool(*SUBJECTS)

    assert examples.choose("crane inspection")[0] == "seeds.jsonl:4"


DOUBLES = ["Why so much scrap?", "Why so much scrap?!", "Bearings hum", "Cranes rust", "Paint"]


def test_doubles_are_never_shown_together_however_long_it_goes() -> None:
    seeds = [Seed(f"seeds.jsonl:{n}", text, {"input": text}) for n, text in enumerate(DOUBLES)]
    examples = pool_of(seeds)

    hands = [set(examples.choose("so much scrap")) for _ in range(200)]

    assert not any(hand >= {"seeds.jsonl:0", "seeds.jsonl:1"} for hand in hands)
    shown = Counter(name for hand in hands for name in hand)
    assert max(shown.values()) <= 1.5 * min(shown.values())


def test_where_all_say_the_same_one_is_shown() -> None:
    seeds = [Seed(f"seeds.jsonl:{n}", "Why scrap?", {"input": "Why scrap?"}) for n in range(3)]
    examples = pool_of(seeds)

    assert [len(examples.choose("scrap")) for _ in range(3)] == [1, 1, 1]
    assert {name for _ in range(3) for name in examples.choose("scrap")} == {
        seed.id for seed in seeds
    }


PLACES = ("line", "cell", "shop", "yard", "dock")
THINGS = (
    *("bearing noise", "shift handover", "crane inspection", "paint booth", "cycle time"),
    *("audit trail", "torque wrench", "forklift traffic", "energy use", "scrap rate"),
)


@pytest.mark.parametrize("skewed", [False, True], ids=["even topics", "skewed topics"])
def test_over_a_thousand_hands_use_is_even_and_topics_decide(skewed: bool) -> None:
    seeds = [seed(n, f"{THINGS[n % 10]} of the {PLACES[n // 10]}") for n in range(50)]
    meanings = Meanings(seeds)
    examples = pool_of(seeds, meanings)
    topics = [THINGS[min(n % 10, n // 7 % 10) if skewed else n % 10] for n in range(1000)]

    hands = [examples.choose(topic) for topic in topics]

    shown = Counter(name for hand in hands for name in hand)
    assert len(shown) == 50
    assert max(shown.values()) - min(shown.values()) <= 5
    near = meanings.rows @ meanings.inner.embed(topics).T
    row = {name: at for at, name in enumerate(meanings.names)}
    chosen = np.mean([near[row[name], n] for n, hand in enumerate(hands) for name in hand])
    assert chosen > near.mean() * (1.2 if skewed else 2)


@pytest.mark.parametrize("given", [1, 2, 3, 4])
def test_one_made_example_comes_on_three_given_ones(given: int) -> None:
    examples = pool(*SUBJECTS[:given])
    examples.learn([record(n) for n in range(20)])

    shown = [name for _ in range(60) for name in examples.choose("scrap rate")]

    made = sum(name.startswith("record:") for name in shown)
    assert made == (len(shown) - made) // 3


def test_what_earlier_sittings_have_shown_counts() -> None:
    shown = ["seeds.jsonl:1"] * 9 + ["seeds.jsonl:2"] * 9 + ["record:3"] * 8
    examples = pool(*SUBJECTS, shown=shown)
    examples.learn([record(3)])

    hands = [examples.choose("scrap rate of line 3") for _ in range(2)]

    assert all({"seeds.jsonl:3", "seeds.jsonl:4"} <= set(hand) for hand in hands)
    assert not any("record:3" in hand for hand in hands)


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
    examples = pool_of([given])

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


def test_records_are_embedded_in_one_batch_and_only_those_that_are_remembered() -> None:
    meanings = Meanings([seed(1, "scrap rate")])
    examples = pool_of([seed(1, "scrap rate")], meanings)

    examples.learn([record(n) for n in range(5000)])

    assert (meanings.count, meanings.batches) == (512, 1)


def test_what_is_remembered_does_not_depend_on_the_batches() -> None:
    at_once, one_by_one = pool("scrap rate"), pool("scrap rate")
    records = [record(n) for n in range(700)]

    at_once.learn(records)
    for one in records:
        one_by_one.learn([one])

    assert at_once.parents(600, "scrap 7") == one_by_one.parents(600, "scrap 7")


def test_given_examples_and_wishes_are_embedded_once() -> None:
    meanings = Meanings([seed(n, subject) for n, subject in enumerate(SUBJECTS)])
    examples = pool_of([seed(n, subject) for n, subject in enumerate(SUBJECTS)], meanings)

    for _ in range(5):
        examples.choose("scrap rate")

    assert meanings.count == 1
