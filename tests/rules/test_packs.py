"""The packs that ship with the package: in order, rich enough, and serving what they should."""

from collections import Counter
from itertools import product

import pytest

from synth_agent.quality import Checker
from synth_agent.rules import Pack, RulesSource, check_pack, load_pack, pack_files, pack_names
from synth_agent.rules.chance import derive
from synth_agent.schemas import Ask, Cell, DatasetSpec, Difficulty, Draft, Slot

DOMAINS = [
    *("industrial", "healthcare", "finance", "retail"),
    *("cybersecurity", "education", "automotive"),
]
LEVELS: tuple[Difficulty, ...] = ("easy", "medium", "hard")


def drafts(
    pack: str, task: str, count: int = 60, *, labels: list[str] | None = None
) -> list[tuple[Slot, Draft]]:
    quota = {label: count // len(labels) for label in labels} if labels else {}
    count = sum(quota.values()) or count
    spec = DatasetSpec.model_validate(
        {"task": task, "count": count, "pack": pack, "labels": quota, "seed": 7}
    )
    source = RulesSource(spec, load_pack(pack))
    asked = [label for label, n in quota.items() for _ in range(n)]
    made = []
    for i in range(count):
        level = LEVELS[i % 3] if task in {"qa", "instruction", "reasoning", "preference"} else None
        cell = Cell(asked[i] if asked else None, level)
        slot = Slot(index=i, ordinal=i // (3 if level else 1), cell=cell, seed=derive(7, "slot", i))
        draft = source.draft(Ask(slot))
        if isinstance(draft, Draft):
            made.append((slot, draft))
    return made


def forms(pack: Pack) -> int:
    return sum(len(scene.questions) for scene in pack.scenes.values())


def test_all_the_promised_packs_are_there() -> None:
    assert set(pack_names()) == {*DOMAINS, "text", "general"}


@pytest.mark.parametrize("name", pack_names())
def test_a_pack_is_in_order(name: str) -> None:
    assert check_pack(pack_files(name)) == []


@pytest.mark.parametrize("name", DOMAINS)
def test_a_domain_has_enough_forms_of_every_difficulty(name: str) -> None:
    pack = load_pack(name).pack
    levels = Counter(q.difficulty for scene in pack.scenes.values() for q in scene.questions)

    assert forms(pack) >= (60 if name == "industrial" else 15)
    assert set(levels) == set(LEVELS)
    assert min(levels.values()) >= forms(pack) / 6
    contexts = {c.form for scene in pack.scenes.values() for c in scene.contexts.values()}
    assert len(contexts) >= (12 if name == "industrial" else 6)


@pytest.mark.parametrize("name", DOMAINS)
def test_every_question_has_several_phrasings_steps_and_a_wrong_answer(name: str) -> None:
    for scene in load_pack(name).pack.scenes.values():
        for question in scene.questions:
            assert len(question.ask) >= 2, question.id
            assert question.steps, question.id
            assert question.wrong, question.id


@pytest.mark.parametrize(
    ("name", "task"),
    list(product(DOMAINS, ["qa", "instruction", "reasoning", "preference", "conversation"])),
)
def test_drafts_pass_the_checks_nearly_always(name: str, task: str) -> None:
    made = drafts(name, task)
    check = Checker(DatasetSpec.model_validate({"task": task, "count": 60}))

    findings = [f for slot, draft in made if (f := check(draft, slot))]

    assert len(made) >= 54
    assert len(findings) <= 2, findings


@pytest.mark.parametrize(
    ("name", "classifier"),
    [(n, c) for n in pack_names() for c in load_pack(n).pack.classifiers],
)
def test_labelled_texts_pass_the_checks_and_differ(name: str, classifier: str) -> None:
    labels = list(load_pack(name).pack.classifiers[classifier].labels)
    made = drafts(name, "classification", 20 * len(labels), labels=labels)
    quota = dict.fromkeys(labels, 20)
    check = Checker(DatasetSpec(task="classification", count=sum(quota.values()), labels=quota))

    findings = [f for slot, draft in made if (f := check(draft, slot))]

    assert len(made) >= 19 * len(labels)
    assert len(findings) <= len(made) * 0.05, findings[:5]
    assert len({d.payload["text"] for _, d in made}) >= len(made) * 0.8


@pytest.mark.parametrize(
    ("name", "table"), [(n, t) for n in pack_names() for t in load_pack(n).pack.tables]
)
def test_tables_give_rows_of_plain_values(name: str, table: str) -> None:
    columns = [c for c in load_pack(name).pack.tables[table].draw if not c.startswith("hidden_")]
    spec = DatasetSpec(task="tabular", count=20, pack=name, fields=tuple(columns))
    source = RulesSource(spec, load_pack(name))
    for i in range(20):
        draft = source.draft(Ask(Slot(index=i, ordinal=i, seed=derive(0, i))))
        assert isinstance(draft, Draft)
        assert list(draft.payload) == columns
        assert all(isinstance(v, str | int | float | bool | None) for v in draft.payload.values())


def test_rare_events_happen_at_their_rate() -> None:
    made = drafts("industrial", "qa", 3000)
    shifts = [d for _, d in made if "chain" in d.provenance.facts]
    chains = [d for d in shifts if d.provenance.tags]

    assert all(d.provenance.tags == ("rare:chain",) for d in chains)
    assert 0.01 < len(chains) / len(shifts) < 0.09  # 4 % of the shifts; 50 records share a run


def test_the_two_sentences_of_a_preference_pair_are_of_like_length() -> None:
    for name in DOMAINS:
        lengths = [
            (len(str(d.payload["chosen"])), len(str(d.payload["rejected"])))
            for _, d in drafts(name, "preference")
        ]
        longer = sum(chosen > rejected for chosen, rejected in lengths)
        mean = sum(c - r for c, r in lengths) / len(lengths)
        assert abs(mean) < 25, name
        assert longer < 0.8 * len(lengths), name
