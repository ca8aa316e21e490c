import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.chains.working import (
    ballot,
    calculated,
    calculations,
    false_step,
    mismatch,
    unfounded,
)
from synth_agent.quality.answers import same_answer

SHIFT = "The shift has 450 min, 45 min of them breaks. Of 300 parts 12 were scrapped."


def test_a_false_equation_is_named_with_what_it_comes_to() -> None:
    found = false_step("Running time: 450 min − 45 min = 400 min\nSo it ran 400 min.")

    assert found == "450 min − 45 min = 400 min, computed 405"
    assert false_step("Running time: 450 min − 45 min = 405 min") is None


def test_only_steps_that_calculate_are_calculations() -> None:
    steps = "The breaks do not count.\n  450 − 45 = 405 min\nSo it ran 405 min."

    assert calculations(steps) == ["450 − 45 = 405 min"]


@pytest.mark.parametrize(
    ("reasoning", "output"),
    [
        ("450 − 45 = 405 min", "405 min"),
        ("405 / 450 = 0.9", "90 %"),
        ("A = 405 min, B = 420 min, so A is faster", "405 min"),
        ("405 min is below 420 min.", "405 min"),
        ("2 × 30 = 60 min\nThat is below the limit of 90 min.\nIt holds.", "Yes"),
        ("M2 is done first.", "M2"),
        ("300 / 7 ≈ 42.86", "42.9 parts per hour"),
        ("Nothing here is a number.", "12"),
    ],
    ids=["same", "share", "one of two", "compared", "words", "name", "rounded", "untold"],
)
def test_an_output_that_the_steps_arrive_at_is_left_alone(reasoning: str, output: str) -> None:
    assert mismatch(reasoning, output) is None


@pytest.mark.parametrize(
    ("reasoning", "output", "told"),
    [
        ("450 − 45 = 405 min\n405 / 450 = 0.9", "450 min", "arrives at 0.9, the output says 450"),
        ("450 − 45 = 405 min", "400 min", "arrives at 405, the output says 400"),
        ("It holds, so the answer is yes.", "No", "ends with 'yes', the output says 'no'"),
    ],
    ids=["an operand", "another figure", "the contrary"],
)
def test_an_output_that_the_steps_do_not_arrive_at_is_told(
    reasoning: str, output: str, told: str
) -> None:
    assert mismatch(reasoning, output) == f"the reasoning {told}"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("405 min", "It ran 405.", True),
        ("90 %", "0.9", True),
        ("12 of A and 5 of B", "A: 12, B: 5", True),
        ("12 of A and 5 of B", "12 of A and 6 of B", False),
        ("Machine M2", "M2 first", True),
        ("M2", "M3", False),
        ("Yes, 405 < 420", "yes", True),
        ("the packing line", "Packing", False),
    ],
)
def test_outputs_are_compared_by_what_they_say(one: str, other: str, *, same: bool) -> None:
    assert same_answer(ballot(one), ballot(other)) is same


@pytest.mark.parametrize(
    "answer",
    [
        "It ran 450 min − 45 min = 405 min; 405 min in all.",
        "(300 − 12) / 300 = 288 / 300 = 96 %",
        "12 / 300 × 100 % = 4 %",
        "450 min = 7.5 h, and 7.5 h × 60 = 450 min",
        "Three things: 450 min, 45 min and 12 parts.",
        "1. Stop it.\n2. Wait 45 min.",
    ],
    ids=["used later", "chain", "per cent", "units", "counting", "enumeration"],
)
def test_figures_that_are_given_or_computed_from_given_ones_are_founded(answer: str) -> None:
    assert unfounded(answer, [SHIFT]) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("It ran 400 min.", ["400"]),
        ("450 − 30 = 420 min", ["30", "420"]),
        ("450 min − 45 min = 400 min", ["400"]),
        ("reserve = 77", ["77"]),
        ("Fifty parts were good.", ["Fifty"]),
    ],
    ids=["invented", "from an invented one", "false", "assigned", "in words"],
)
def test_figures_from_nowhere_are_unfounded(answer: str, said: list[str]) -> None:
    assert unfounded(answer, [SHIFT]) == said


@pytest.mark.parametrize(
    "answer",
    [
        "(1 - 0.04) × 300 = 288 parts",
        "0.96 × 300 = 288 parts",
        "96 % of 300 = 288 parts",
        "1.04 × 300 = 312 parts",
        "450 min / 2 = 225 min",
        "(450 + 300 + 12) / 3 = 254",
        "3.14 × 12 mm × 12 mm = 452.16 mm²",
        "0,975 × 300 = 292,5",
    ],
    ids=["one less", "left", "left in %", "added", "half", "mean", "pi", "decimal comma"],
)
def test_figures_that_formulas_bring_along_are_founded(answer: str) -> None:
    source = "The shift has 450 min. Of 300 parts of 12 mm 4 % were scrapped, later 2,5 %."

    assert unfounded(answer, [source]) == []


@pytest.mark.parametrize(
    "answer",
    ["0.95 × 300 = 285 parts", "(450 + 300) / 3 = 250", "1.5 × 300 = 450 parts"],
    ids=["of no share", "more than were added", "factor"],
)
def test_factors_from_nowhere_are_unfounded(answer: str) -> None:
    assert unfounded(answer, ["The shift has 450 min. Of 300 parts 4 % were scrapped."])


@given(st.text(alphabet="0123456789.,=≈×/+-−% hmin()\n", max_size=60))
def test_any_line_of_signs_can_be_looked_at(text: str) -> None:
    assert all(false_step(equation) is None for equation in calculated(text, [SHIFT]))
    assert all(said in text for said in unfounded(text, [SHIFT]))


def test_a_number_beyond_measure_is_no_conversion() -> None:
    assert calculated(f"450 min = {'9' * 400} h", [SHIFT]) == []


@given(st.integers(2, 999), st.integers(2, 999), st.integers(1, 999))
def test_a_sum_is_founded_exactly_when_it_is_right(a: int, b: int, off: int) -> None:
    source = f"There were {a} parts and then {b} parts."

    assert calculated(f"{a} + {b} = {a + b}", [source]) != []
    assert calculated(f"{a} + {b} = {a + b + off}", [source]) == []


@pytest.mark.parametrize(
    "answer",
    [
        "13:10 - 06:40 = 6 h 30 min",
        "13:10 - 06:40 = 6 h 30 min = 390 min",
        "13:10 - 06:40 = 6 hours and 30 minutes, so 390 min",
    ],
)
def test_a_span_between_two_clocks_is_computed_from_them(answer: str) -> None:
    assert unfounded(answer, ["It stood from 06:40 to 13:10."]) == []
