"""Every method with every task that it serves, over real HTTP: exact counts, mistakes found."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from synth_agent import SynthAgent
from synth_agent.dataset import Dataset
from synth_agent.models.resolve import Access
from synth_agent.planning import _SERVES
from synth_agent.schemas import PAYLOADS, Record
from tests.endpoint import Endpoint
from tests.endpoint.expert import expert
from tests.endpoint.expert_cases import CASES, Case


def made(
    case: Case, folder: Path, *, wrong: Mapping[str, float] | None = None, **more: Any
) -> Dataset:
    """Return the dataset that an expert writes, with these mistakes."""
    with Endpoint(expert(1, wrong=wrong)) as endpoint:
        access = Access(openai_api_key=SecretStr("sk-test"), openai_base_url=endpoint.url)
        return SynthAgent(access=access).generate(case.spec(folder, **more), run_dir=folder / "run")


def test_every_method_is_tried_with_every_task_that_it_serves() -> None:
    served = {(method, task) for method, tasks in _SERVES.items() for task in tasks}

    assert {(case.method, case.task) for case in CASES} == served


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_what_an_expert_writes_is_kept(socket_enabled: None, tmp_path: Path, case: Case) -> None:
    dataset = made(case, tmp_path)

    report = dataset.report()
    assert (report.accepted, dict(report.rejected)) == (case.count, {})
    assert [record.slot for record in dataset.records] == list(range(case.count))
    for name, quotas in (("label", report.spec.labels), ("difficulty", report.spec.difficulty)):
        cells = Counter(getattr(record.cell, name) for record in dataset.records)
        assert dict(cells) == (dict(quotas) or {None: case.count})
    for record in dataset.records:
        _check_payload(case, record)
        _check_provenance(case, record)


def _check_payload(case: Case, record: Record) -> None:
    if case.task in PAYLOADS:
        PAYLOADS[case.task].model_validate(record.payload)
    if "label" in record.payload:
        assert record.payload["label"] == record.cell.label
    if "kind" in record.payload:
        assert record.payload["kind"] == record.cell.label
    if case.task == "custom":
        assert record.payload["status"] == record.cell.label


UNSCORED = frozenset({"classification", "code", "tabular", "custom"})
"""Tasks whose records only a model can score."""
TAGS: Mapping[str, tuple[str, ...]] = {
    "classification": ("labelled-by:openai:gpt-x",),
    "conversation": ("turns:",),
    "preference": ("flaw:", "compared-by:openai:gpt-x"),
    "preference weak_model": ("rejected-by:openai:gpt-w", "compared-by:openai:gpt-x"),
    "safety": ("judged-by:openai:gpt-x",),
    "code": ("not-run",),
    "code run_code": ("tests-passed", "mutants-killed:"),
    "evolve": ("evolved:",),
    "grounded": ("form:", "confirmed-by:openai:gpt-x"),
    "persona": ("topic:",),
}
"""Task or method (and option) -> beginnings of tags that each record has."""


def _check_provenance(case: Case, record: Record) -> None:
    known = record.provenance
    assert known.method == case.method
    assert known.model == known.source == "openai:gpt-x"
    assert known.prompt is not None
    assert known.form == known.prompt.partition("@")[0]
    assert "schema" in known.checks
    assert bool(known.scores) == (case.task not in UNSCORED)
    assert bool(known.parents) == (case.method in {"grounded", "distill", "rewrite"})
    option = next((o for o in ("weak_model", "run_code") if o in case.options), "")
    for named in (f"{case.task} {option}".strip(), case.method):
        for tag in TAGS.get(named, ()):
            assert any(own.startswith(tag) for own in known.tags), (tag, known.tags)


MISTAKES: Mapping[str, Mapping[str, str]] = {
    "self_instruct-qa": {
        "number": "numbers",
        "refuse": "refusal",
        "empty": "empty",
        "missing": "missing",
        "twin": "duplicate",
    },
    "self_instruct-qa-critic_model": {"never": "low-score"},
    "self_instruct-instruction": {"refuse": "refusal"},
    "self_instruct-classification": {
        "label": "label-disagreement",
        "unclear": "label-unclear",
        "leak": "label-leak",
    },
    "self_instruct-conversation": {
        "turns": "turns",
        "speaker": "speaker-label",
        "open-end": "open-end",
    },
    "self_instruct-preference": {
        "identical-pair": "pair-identical",
        "weak-pair": "pair-undecided",
        "tie": "pair-undecided",
    },
    "self_instruct-safety": {
        "comply": "not-declined",
        "operational": "operational",
        "harmful": "safety-disagreement",
    },
    "self_instruct-code-run_code": {"bug mend": "code", "idle mend": "code"},
    "self_instruct-custom": {"schema": "schema"},
    "self_instruct-tabular": {"schema": "schema"},
    "chain_of_thought-reasoning": {"mismatch": "answer-mismatch", "step mend": "false-step"},
    "chain_of_thought-reasoning-self_consistency": {"vote": "no-majority"},
    "evolve-qa": {"gained": "not-evolved"},
    "distill-reasoning": {"step": "numbers"},
    "self_improve-instruction": {"refuse": "refusal"},
    "grounded-qa": {
        "quote": "quote",
        "refers": "refers-to-passage",
        "invent": "ungrounded-number",
        "unread": "ungrounded",
        "answered": "ungrounded",
    },
    "rewrite-reasoning": {"fact": "fact-changed"},
}
"""Case -> mistakes, and the reason by which they have to be found."""


@pytest.mark.parametrize(
    ("name", "mistakes", "reason"),
    [
        pytest.param(name, mistakes, reason, id=f"{name}: {mistakes}")
        for name, found in MISTAKES.items()
        for mistakes, reason in found.items()
    ],
)
def test_a_mistake_is_found_and_made_good(
    socket_enabled: None, tmp_path: Path, name: str, mistakes: str, reason: str
) -> None:
    case = next(case for case in CASES if case.name == name)
    first, *unmended = mistakes.split()
    wrong = {first: 0.7, **dict.fromkeys(unmended, 1.0)}

    dataset = made(case, tmp_path, wrong=wrong, dedup_threshold=None, max_attempts=50)

    report = dataset.report()
    assert report.accepted == case.count, report.rejected
    assert report.rejected.get(reason, 0) > 0, report.rejected


def test_a_false_step_is_mended_before_it_costs_the_record(
    socket_enabled: None, tmp_path: Path
) -> None:
    dataset = made(Case("chain_of_thought", "reasoning"), tmp_path, wrong={"step": 1.0})

    report = dataset.report()
    assert (report.accepted, dict(report.rejected)) == (12, {})
    tags = [tag for record in dataset.records for tag in record.provenance.tags]
    assert sum(tag.startswith("revised-by:mend_steps@") for tag in tags) == 12


def test_a_faulty_program_is_mended_before_it_costs_the_record(
    socket_enabled: None, tmp_path: Path
) -> None:
    case = Case("self_instruct", "code", {"run_code": True}, count=2)

    dataset = made(case, tmp_path, wrong={"bug": 1.0})

    report = dataset.report()
    assert (report.accepted, dict(report.rejected)) == (2, {})
    tags = [tag for record in dataset.records for tag in record.provenance.tags]
    assert sum(tag.startswith("revised-by:mend_program@") for tag in tags) == 2


def test_what_the_critic_finds_weak_is_revised_once_and_judged_again(
    socket_enabled: None, tmp_path: Path
) -> None:
    case = Case("self_instruct", "qa", {"min_score": 4.0})

    dataset = made(case, tmp_path, wrong={"score": 0.5})

    revised = [
        record
        for record in dataset.records
        if any(tag.startswith("revised-by:revise@") for tag in record.provenance.tags)
    ]
    assert dataset.report().accepted == 12
    assert 0 < len(revised) < 12
    assert all(str(record.payload["output"]).endswith("second person.") for record in revised)
    assert {record.provenance.scores["clarity"] for record in dataset.records} == {5.0}
