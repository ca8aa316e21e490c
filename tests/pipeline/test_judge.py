"""Repeats, exact and near, of records, of given examples and within a batch."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from synth_agent.errors import AnswerError
from synth_agent.pipeline import Judge, Nearness, Run, Seed
from synth_agent.pipeline.journal import Batch
from synth_agent.pipeline.judge import Judged
from synth_agent.pipeline.rows import Kept
from synth_agent.pipeline.sources import Answer
from synth_agent.quality.rouge import RougePool
from synth_agent.schemas import (
    Ask,
    DatasetSpec,
    Draft,
    NearMatch,
    Neighbour,
    Provenance,
    Reject,
    Slot,
)
from synth_agent.store import SemanticMemory
from synth_agent.store.protected import Protected, ProtectedSets
from tests.fakes import BagOfWords, WantsOutput

MakeRun = Callable[..., Run]

SEED = Seed("s1", "The crane!", {"text": "The crane!", "label": "a"})


def opened(folder: Path, *, lexical: float | None = None) -> SemanticMemory:
    embedder = BagOfWords()
    return SemanticMemory.open(folder, embedder, accepted=lambda: (), count=0, lexical=lexical)


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[SemanticMemory]:
    with opened(tmp_path / "memory") as made:
        yield made


@pytest.fixture
def near(memory: SemanticMemory) -> Nearness:
    return Nearness(memory=memory, semantic=0.9)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    spec = DatasetSpec(task="classification", count=100, dedup_threshold=0.9)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return Run.create(tmp_path / "run", spec, text="", now=now, seeds=[SEED])


def answers(*texts: str, first: int = 0) -> list[Answer]:
    made = []
    for index, text in enumerate(texts, first):
        provenance = Provenance(method="rules", source="t", form="f")
        payload = {"text": text, "label": "a"}
        draft = Draft(slot=index, payload=dict(payload), provenance=provenance)
        made.append(Answer(Ask(Slot(index=index, ordinal=index, seed=0)), draft))
    return made


def reasons(judged: Judged) -> list[str]:
    """What was decided, a line each."""
    return [
        "kept" if isinstance(v.outcome, Kept) else f"{v.outcome.reason}: {v.outcome.detail}"
        for v in judged.verdicts
    ]


def test_texts_that_differ_in_form_only_are_the_same(run: Run) -> None:
    judged = Judge.of(run, WantsOutput())(answers("It\u2019s  FINE.", "it's fine"))

    assert reasons(judged) == ["kept", "duplicate: the same as record 0"]


def test_a_repeat_of_an_earlier_batch_is_found(run: Run) -> None:
    judge = Judge.of(run, WantsOutput())
    run.journal.commit(Batch(judge(answers("one")).kept))

    assert reasons(judge(answers("ONE!", first=7))) == ["duplicate: the same as record 0"]


def test_a_given_example_is_not_repeated(run: Run) -> None:
    judged = Judge.of(run, WantsOutput())(answers("the crane"))

    assert reasons(judged) == ["seed-copy: the same as seed s1"]


def test_near_repeats_are_found_within_a_batch_and_across(run: Run, near: Nearness) -> None:
    judge = Judge.of(run, WantsOutput(), near=near)
    first = judge(answers("press lathe mill", "the mill or press and lathe", "pump belt"))
    judge.remember(first)
    second = judge(answers("pump with belt", "oven", first=3))

    assert reasons(first) == ["kept", "near-duplicate: 1.00 to record 0", "kept"]
    assert reasons(second) == ["near-duplicate: 1.00 to record 2", "kept"]


def test_a_draft_that_was_dropped_makes_no_other_a_repeat(run: Run, near: Nearness) -> None:
    judge = Judge.of(run, WantsOutput(), near=near)

    judged = judge(answers("press lathe", "lathe press press", "press press lathe press"))

    assert reasons(judged) == [
        "kept",
        "near-duplicate: 0.95 to record 0",
        "kept",
    ]


def test_a_record_names_its_nearest_predecessor(run: Run, near: Nearness) -> None:
    judge = Judge.of(run, WantsOutput(), near=near)

    first, second = judge(answers("press lathe", "press mill")).kept

    assert first.record.provenance.nearest is None
    assert second.record.provenance.nearest == Neighbour(slot=0, similarity=0.5)


def test_near_copies_of_given_examples_are_dropped(run: Run, near: Nearness) -> None:
    assert near.memory is not None
    near.memory.add_seeds([("seeds.jsonl:4", "press and lathe")])
    judge = Judge.of(run, WantsOutput(), near=near)

    [reject] = judge(answers("lathe or press")).rejects

    assert (reject.reason, reject.detail) == ("seed-copy", "1.00 to seed seeds.jsonl:4")
    assert reject.near == NearMatch(kind="seed", name="seeds.jsonl:4", measure="cosine", score=1)


def test_without_limits_nothing_is_a_near_repeat(run: Run, memory: SemanticMemory) -> None:
    judge = Judge.of(run, WantsOutput(), near=Nearness(memory=memory))

    judged = judge(answers("press lathe", "lathe press"))

    assert reasons(judged) == ["kept", "kept"]
    assert judged.kept[1].record.provenance.nearest is None


def test_what_shares_its_words_with_a_record_is_a_repeat(run: Run, tmp_path: Path) -> None:
    said = "the press on line two stopped at noon because its belt had worn through again"
    with opened(tmp_path / "words", lexical=0.7) as memory:
        judge = Judge.of(run, WantsOutput(), near=Nearness(memory=memory))
        first = judge(answers(said, "a lathe", said.replace("noon", "night")))
        judge.remember(first)
        second = judge(answers(f"{said} today", "an oven", first=3))

    assert reasons(first) == ["kept"] * 3  # one word changed of fifteen leaves 12 of 18 triples
    assert second.rejects[0].near == NearMatch(
        kind="record", name="0", measure="word triples", score=0.823529
    )


def test_texts_in_which_nothing_is_said_are_like_nothing(run: Run, near: Nearness) -> None:
    assert near.memory is not None
    near.memory.add_seeds([("s1", " ")])
    judge = Judge.of(run, WantsOutput(), near=near)

    judged = judge(answers("?", "...", " ! "))
    judge.remember(judged)

    assert [reason for reason in reasons(judged) if "near" in reason or "seed" in reason] == []
    assert len(near.memory) == len(judged.kept)


def test_protected_texts_go_before_all_others(run: Run, memory: SemanticMemory) -> None:
    text = "how many bolts does the press need when every frame of the line takes four of them"
    memory.add_seeds([("s9", text)])
    protected = ProtectedSets([Protected("exam/3", text)])
    near = Nearness(memory=memory, semantic=0.9, protected=protected)

    [reject] = Judge.of(run, WantsOutput(), near=near)(answers(f"{text}?")).rejects

    assert (reject.reason, reject.detail) == ("protected", "17 words in a row of exam/3")
    assert reject.near
    assert reject.near.text == text


def test_what_no_file_can_hold_is_dropped(run: Run) -> None:
    lost = Answer(answers("x", first=1)[0].ask, AnswerError("constraint", "half a \ud83d pair"))
    judged = Judge.of(run, WantsOutput())([*answers("half a \ud83d pair"), lost])
    run.journal.commit(Batch(judged.kept, judged.rejects))

    assert run.journal.rejected() == {"constraint": 1, "encoding": 1}


def test_what_was_dropped_is_written_down_as_it_came(run: Run) -> None:
    [reject] = Judge.of(run, WantsOutput())(answers("")).rejects

    assert reject == Reject(
        slot=0,
        reason="empty",
        detail="the text is empty",
        payload={"text": "", "label": "a"},
        form="f",
    )


def model_made(**payload: str) -> Draft:
    known = Provenance(method="self_instruct", source="openai:writer", model="openai:writer")
    return Draft(slot=0, payload=dict(payload), provenance=known)


class Passes:
    names = ()

    def __call__(self, draft: Draft, slot: Slot) -> None:
        return None


def answered(run: Run, *drafts: Draft) -> list[Answer]:
    return [Answer(Ask(run.plan[at]), draft) for at, draft in enumerate(drafts)]


def test_an_instruction_in_the_words_of_another_is_a_repeat(make_run: MakeRun) -> None:
    run = make_run(task="instruction", labels={}, count=4)
    said = "Draft a polite note to the supplier about the late delivery of {}."
    drafts = [
        model_made(instruction=said.format(thing), input="", output="A note.")
        for thing in ("steel coils", "spare seals", "steel coils for us")
    ]
    near = Nearness(wording=RougePool(), rouge=0.7)

    judged = Judge.of(run, Passes(), near=near)(answered(run, *drafts))

    assert [reject.reason for reject in judged.rejects] == ["near-duplicate"] * 2
    assert judged.rejects[0].detail.startswith("ROUGE-L 0.8")


def test_pairs_whose_better_answer_is_always_the_longer_are_held_back(make_run: MakeRun) -> None:
    wanted = {"task": "preference", "method": "self_instruct", "model": "openai:writer"}
    run = make_run(labels={}, count=60, **wanted)
    judge = Judge.of(run, Passes())
    pairs = [
        model_made(input=f"Question {n}?", chosen="word " * (20 + n % 7), rejected="word " * 10)
        for n in range(60)
    ]

    judged = judge(answered(run, *pairs))

    assert len(judged.kept) < 40
    assert {reject.reason for reject in judged.rejects} == {"length-bias"}


def test_a_record_that_no_critic_has_scored_gets_the_scores_of_rules(make_run: MakeRun) -> None:
    run = make_run(task="qa", labels={}, count=2)
    made = model_made(input="How many?", context="There are 12 pumps.", output="12 pumps.")

    [kept] = Judge.of(run, Passes())(answered(run, made)).kept

    assert kept.record.provenance.scores["grounding"] == 5.0
