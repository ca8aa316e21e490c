import pytest

from synth_agent.quality import judge_draft
from synth_agent.schemas import DatasetSpec, Draft, Provenance, Slot

SPEC = DatasetSpec(task="instruction", count=1)
SLOT = Slot(index=0, ordinal=0, seed=1)


def draft(output: str, *, method: str = "self_instruct") -> Draft:
    payload = {"instruction": "Work out how long the order takes.", "input": "", "output": output}
    known = Provenance(method=method, source="openai:writer", model="openai:writer")
    return Draft(slot=0, payload=dict(payload), provenance=known)


def test_a_model_s_false_calculation_is_dropped_and_named() -> None:
    found = judge_draft(draft("The order takes 12 × 45 min = 560 min in all."), SPEC, SLOT)

    assert found is not None
    assert found.reason == "arithmetic"
    assert "12 × 45 min = 560 min, computed 540" in found.detail


@pytest.mark.parametrize(
    "output",
    ["The order takes 12 × 45 min = 540 min in all.", "Ask the planner for the rate of the line."],
    ids=["true", "none"],
)
def test_what_holds_or_calculates_nothing_passes(output: str) -> None:
    assert judge_draft(draft(output), SPEC, SLOT) is None


def test_what_rules_computed_is_not_computed_again() -> None:
    assert judge_draft(draft("It takes 12 × 45 min = 560 min.", method="rules"), SPEC, SLOT) is None
