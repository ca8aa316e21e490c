"""Drafts from a pack: the same for the same seed, different for another, true to their slot."""

from pathlib import Path

import pytest

from synth_agent.errors import AnswerError, ConfigError
from synth_agent.rules import RulesSource, load_pack, start_text
from synth_agent.rules.chance import derive
from synth_agent.schemas import Ask, Cell, DatasetSpec, Difficulty, Draft, Slot

TASKS = ("qa", "instruction", "reasoning", "preference", "conversation", "tabular")


@pytest.fixture
def pack_file(tmp_path: Path) -> str:
    path = tmp_path / "parcels.yaml"
    path.write_text(start_text(), encoding="utf-8")
    return str(path)


def ask(
    index: int,
    *,
    seed: int,
    label: str | None = None,
    level: Difficulty | None = None,
    attempt: int = 0,
) -> Ask:
    slot = Slot(
        index=index, ordinal=index, cell=Cell(label, level), seed=derive(seed, "slot", index)
    )
    return Ask(slot, attempt)


def source(pack_file: str, task: str, *, seed: int = 0) -> RulesSource:
    spec = DatasetSpec.model_validate(
        {
            "task": task,
            "count": 20,
            "seed": seed,
            "labels": {"urgent": 10, "routine": 10} if task == "classification" else {},
        }
    )
    return RulesSource(spec, load_pack(pack_file))


@pytest.mark.parametrize("task", TASKS)
def test_the_same_seed_gives_the_same_drafts_in_any_order(pack_file: str, task: str) -> None:
    first, second = source(pack_file, task), source(pack_file, task)

    forward = [first.draft(ask(i, seed=0)) for i in range(20)]
    backward = [second.draft(ask(i, seed=0)) for i in reversed(range(20))][::-1]

    assert [repr(d) for d in forward] == [repr(d) for d in backward]


@pytest.mark.parametrize("task", TASKS)
def test_another_seed_gives_other_drafts(pack_file: str, task: str) -> None:
    one, other = source(pack_file, task, seed=1), source(pack_file, task, seed=2)

    assert repr(one.draft(ask(3, seed=1))) != repr(other.draft(ask(3, seed=2)))


def test_another_attempt_gives_another_draft(pack_file: str) -> None:
    made = source(pack_file, "qa")

    first, again = made.draft(ask(3, seed=0)), made.draft(ask(3, seed=0, attempt=1))

    assert isinstance(first, Draft)
    assert isinstance(again, Draft)
    assert first.payload["context"] != again.payload["context"]


def test_labels_of_the_slot_are_the_labels_of_the_draft(pack_file: str) -> None:
    made = source(pack_file, "classification")
    draft = made.draft(ask(0, seed=0, label="urgent"))

    assert isinstance(draft, Draft)
    assert draft.payload["label"] == "urgent"
    assert "needs it today" in str(draft.payload["text"])


def test_the_rejected_answer_says_the_same_sentence_with_another_figure(pack_file: str) -> None:
    made = source(pack_file, "preference")
    drafts = [made.draft(ask(i, seed=0)) for i in range(40)]

    pairs = [d for d in drafts if isinstance(d, Draft)]
    assert pairs
    for pair in pairs:
        assert pair.payload["chosen"] != pair.payload["rejected"]
        assert abs(len(str(pair.payload["chosen"])) - len(str(pair.payload["rejected"]))) <= 3
        assert any(tag.startswith("flaw:") for tag in pair.provenance.tags)
    assert all(d.reason == "no-flaw" for d in drafts if isinstance(d, AnswerError))


def test_reasoning_ends_at_the_figure_of_the_output(pack_file: str) -> None:
    made = source(pack_file, "reasoning")
    for i in range(20):
        draft = made.draft(ask(i, seed=0, level="easy"))
        assert isinstance(draft, Draft)
        figure = str(draft.payload["reasoning"]).rsplit("= ", 1)[1]
        assert figure in str(draft.payload["output"])


def conversation(pack_file: str, text: str) -> RulesSource:
    Path(pack_file).write_text(text, encoding="utf-8")
    return source(pack_file, "conversation")


def test_a_template_of_a_conversation_that_fails_is_named_with_its_place(pack_file: str) -> None:
    text = start_text().replace("Here is the log of today's round.", "{{ stops / 0 }}")
    made = conversation(pack_file, text)

    with pytest.raises(ConfigError, match=r"conversations\.after_the_round\.turns\[0\]\.user"):
        _ = [made.draft(ask(i, seed=0)) for i in range(4)]


def test_a_conversation_for_whose_facts_no_context_fits_is_tried_again(pack_file: str) -> None:
    text = start_text().replace("        text:", "        when: stops < 0\n        text:")
    made = conversation(pack_file, text)

    drafts = [made.draft(ask(i, seed=0)) for i in range(4)]

    assert {d.reason for d in drafts if isinstance(d, AnswerError)} == {"constraint"}
    assert not any(isinstance(d, Draft) for d in drafts)
