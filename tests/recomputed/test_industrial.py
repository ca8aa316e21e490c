"""Every figure that an industrial answer states, recomputed from question and context alone.

The functions that do it read the texts as a person would and share no code with the package.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from synth_agent.agent import SynthAgent
from synth_agent.dataset import Dataset
from synth_agent.pipeline import SlotPlan
from synth_agent.rules import RulesSource, load_pack, prepare
from synth_agent.schemas import Ask, DatasetSpec, Draft
from synth_agent.store import StaticEmbedder
from synth_agent.store.embedders.figures import WithFigures
from tests.recomputed import flow, losses, plant, quality, supply
from tests.recomputed.reading import Expected, Recompute, unsaid, unsupported

FORMS: dict[str, Recompute] = {
    **flow.FORMS,
    **losses.FORMS,
    **quality.FORMS,
    **supply.FORMS,
    **plant.FORMS,
}


def faults(draft: Draft) -> Iterator[str]:
    form = draft.provenance.form.rpartition("/")[0]
    asked, context, output = (str(draft.payload[k]) for k in ("input", "context", "output"))
    expected: Expected = FORMS[form](asked, context)
    where = f"\n[{draft.provenance.form}]\nQ: {asked}\n{context}\nA: {output}\nexpected {expected}"
    for entry in unsupported(output, f"{asked}\n{context}", expected):
        yield f"{entry.value:g} is not supported{where}"
    for value in unsaid(output, expected):
        yield f"{value:g} is not said{where}"
    if expected.says and not re.search(expected.says, output, re.IGNORECASE):
        yield f"does not say {expected.says!r}{where}"


@cache
def drafts(count: int, seed: int) -> list[Draft]:
    spec, loaded = prepare(DatasetSpec(count=count, pack="industrial", seed=seed))
    source = RulesSource(spec, loaded)
    made = (source.draft(Ask(slot)) for slot in SlotPlan(spec))
    return [draft for draft in made if isinstance(draft, Draft)]


def test_every_form_of_the_pack_is_recomputed() -> None:
    pack = load_pack("industrial").pack
    forms = {f"{name}/{q.id}" for name, scene in pack.scenes.items() for q in scene.questions}

    assert set(FORMS) == forms


@pytest.mark.parametrize("seed", range(4))
def test_every_figure_of_every_answer_is_true(seed: int) -> None:
    found = [fault for draft in drafts(1500, seed) for fault in faults(draft)]

    assert not found, f"{len(found)} faults, the first:\n" + "\n\n".join(found[:3])


def test_the_recomputation_would_notice_a_wrong_figure() -> None:
    """Change one digit of each answer: nearly every change must be found."""
    noticed = total = 0
    for draft in drafts(1500, 0)[:400]:
        output = str(draft.payload["output"])
        digits = [m.start() for m in re.finditer(r"(?<![\w:.-])\d+\.\d", output)]
        if not digits:
            continue
        at = digits[0]
        changed = output[:at] + str((int(output[at]) + 3) % 10) + output[at + 1 :]
        total += 1
        noticed += any(
            faults(draft.model_copy(update={"payload": {**draft.payload, "output": changed}}))
        )

    assert noticed > 0.97 * total


@pytest.fixture(scope="module")
def main_run(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    brief = (Path(__file__).parents[2] / "docs/briefs/industrial.txt").read_text()
    return SynthAgent().generate(brief, run_dir=tmp_path_factory.mktemp("main") / "run")


def test_the_main_brief_delivers_500_objects_with_the_asked_keys(main_run: Dataset) -> None:
    rows = json.loads((main_run.path / "dataset.json").read_text())

    assert len(rows) == 500
    assert all(list(row) == ["input", "context", "output"] for row in rows)
    assert all(value.strip() for row in rows for value in row.values())
    assert Counter(record.cell.difficulty for record in main_run) == {
        "easy": 167,
        "medium": 167,
        "hard": 166,
    }


def test_no_two_records_of_the_main_brief_are_near_duplicates(main_run: Dataset) -> None:
    texts = [f"{record.payload['input']}\n{record.payload['context']}" for record in main_run]
    vectors = WithFigures(StaticEmbedder()).embed(texts).astype(np.float64)
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, 0)

    assert cosines.max() < 0.911  # the run rounds vectors, which moves a cosine by 0.001


def test_the_main_brief_delivers_only_true_figures(main_run: Dataset) -> None:
    found = [
        fault
        for record in main_run
        for fault in faults(
            Draft(slot=record.slot, payload=record.payload, provenance=record.provenance)
        )
    ]

    assert not found, "\n\n".join(found[:3])
