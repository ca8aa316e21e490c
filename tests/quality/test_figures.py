"""Figures in answers: supported ones pass however they are written, others do not."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import JsonValue

from synth_agent.quality import judge_draft
from synth_agent.schemas import DatasetSpec, Draft, Provenance, Slot

SLOT = Slot(index=0, ordinal=0, seed=1)


def supported(
    output: str,
    *,
    context: str = "",
    facts: dict[str, JsonValue] | None = None,
    proof: tuple[str, ...] = (),
    task: str = "qa",
) -> bool:
    payload: dict[str, JsonValue] = {
        "input": "How much was it?",
        "context": context,
        "output": output,
    }
    if task == "preference":
        payload = {"input": "How much was it?", "chosen": output, "rejected": "It was 99999."}
    draft = Draft(
        slot=0,
        payload=payload,
        provenance=Provenance(method="rules", source="test", facts=facts or {}, proof=proof),
    )
    finding = judge_draft(draft, DatasetSpec.model_validate({"task": task, "count": 1}), SLOT)
    assert finding is None or finding.reason == "numbers"
    return finding is None


def test_a_figure_of_the_context_is_supported_and_another_is_not() -> None:
    assert supported("It was 412 of them.", context="412 parts, 9 scrap")
    assert not supported("It was 413 of them.", context="412 parts, 9 scrap")


@pytest.mark.parametrize(
    ("output", "facts"),
    [
        ("The OEE was 71.4%.", {"oee": 0.71428}),
        ("The OEE was 71 per cent.", {"oee": 71.428}),
        ("The share was 0.71 of it.", {"oee": 71.4}),
        ("It cost $1,250.50 in all.", {"cost": 1250.5}),
        ("It cost 1.250,5 in all.", {"cost": 1250.5}),
        ("It cost about 1.3 million.", {"cost": 1_288_000}),
        ("It fell by 12 parts.", {"change": -12}),
        ("That is 1.35 kg.", {"grams": 1350}),
        ("That is 1,350 g.", {"kilograms": 1.35}),
        ("The round ended at 14:05.", {"end": 845}),
        ("The round ended at 2:05 pm.", {"end": 845}),
        ("It began at 06:30.", {"begin": "2025-03-14T06:30:00"}),
        ("It was on 14 March 2025.", {"day": "2025-03-14"}),
        ("It took 1 h 35 min.", {"minutes": 95}),
        ("It took 1 hour and 35 minutes.", {"minutes": 95.2}),
        ("It took 4 min 20 s.", {"minutes": 4.333}),
        ("There were 3 stops.", {"stops": ["a", "b", "c"]}),
        ("The 2nd station, M7, had 5.", {"station": {"failures": [{"n": 5}]}}),
        ("1. Stops were 5.\n2. Nothing else.", {"stops": 5}),
        ("Step 1: stops were 5.", {"stops": 5}),
        ("Rate = 5 / 8 x 0.5 * 100 = 31.3%", {"a": 5, "b": 8, "c": 0.5, "rate": 31.25}),
    ],
)
def test_a_fact_supports_every_way_of_writing_it(output: str, facts: dict[str, JsonValue]) -> None:
    assert supported(output, facts=facts)


@pytest.mark.parametrize(
    ("output", "facts"),
    [
        ("The OEE was 71.5%.", {"oee": 0.71428}),
        ("The OEE was 7140 parts.", {"oee": 71.4}),
        ("It cost 1,260.50 in all.", {"cost": 1250.5}),
        ("It cost 2000 in all.", {"machines": 2}),
        ("That is 1.36 kg.", {"grams": 1350}),
        ("It cost about 1.4 million.", {"cost": 1_288_000}),
        ("The round ended at 14:06.", {"end": 845}),
        ("It was on 15 March 2025.", {"day": "2025-03-14"}),
        ("It took 1 h 36 min.", {"minutes": 95}),
        ("There were 4 stops.", {"stops": ["a", "b", "c"]}),
        ("The part number is 100.", {"stops": 5}),
        ("It was true 1 time.", {"stopped": True, "n": 5}),
    ],
)
def test_a_figure_that_no_fact_supports_is_dropped(
    output: str, facts: dict[str, JsonValue]
) -> None:
    assert not supported(output, facts=facts)


def test_a_step_of_the_proof_supports_its_figures() -> None:
    assert supported("It was 403.", context="412 made, 9 scrap", proof=("412 - 9 = 403",))
    assert not supported("It was 403.", context="412 made, 9 scrap")


def test_a_row_of_a_table_is_read_cell_by_cell() -> None:
    assert supported("It was 480 min.", context="line,made,planned\n3,412,480,12")


def test_an_answer_that_nothing_was_given_for_is_not_judged() -> None:
    assert supported("Water boils at 100 degrees.")


def test_of_a_preference_only_the_chosen_answer_is_judged() -> None:
    assert supported("It was 5.", facts={"n": 5}, task="preference")
    assert not supported("It was 6.", facts={"n": 5}, task="preference")


values = st.decimals(min_value=2, max_value=10**7, places=3).map(float)


@given(value=values, decimals=st.integers(0, 3), grouped=st.booleans())
def test_any_fact_passes_in_any_rounding(value: float, decimals: int, *, grouped: bool) -> None:
    written = f"{value:,.{decimals}f}" if grouped else f"{value:.{decimals}f}"

    assert supported(f"It came to {written} kg.", facts={"x": value})


def test_a_large_figure_has_no_more_slack_than_its_last_digit() -> None:
    assert not supported("It came to 1410065.31 kg.", facts={"x": 1410065.304})


@given(value=values, decimals=st.integers(0, 3), data=st.data())
def test_a_changed_digit_never_passes(value: float, decimals: int, data: st.DataObject) -> None:
    written = f"{value:.{decimals}f}"
    places = [at for at, letter in enumerate(written) if letter.isdigit()]
    at = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != written[at]]))
    changed = written[:at] + digit + written[at + 1 :]
    assume(abs(float(changed) - value) > 0.5000001 * 10**-decimals)  # not the other half of a tie

    assert not supported(f"It came to {changed} kg.", facts={"x": value})


@given(share=st.floats(0.001, 0.999), decimals=st.integers(1, 3))
def test_a_share_passes_in_per_cent_and_as_a_fraction(share: float, decimals: int) -> None:
    assert supported(f"It was {share * 100:.{decimals}f}%.", facts={"share": share})
    assert supported(f"It was {share:.{decimals + 2}f}.", facts={"percent": share * 100})
