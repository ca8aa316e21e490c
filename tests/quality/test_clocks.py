import pytest

from synth_agent.quality.arithmetic import FalseStep, false_steps
from synth_agent.quality.clocks import false_spans


@pytest.mark.parametrize(
    "text",
    [
        "13:10 - 06:40 = 6 h 30 min",
        "13:10 − 06:40 = 6.5 h",
        "06:40 – 13:10 = 390 min",
        "22:00 - 06:00 = 8 hours",
        "23:50 – 00:20 = 30 minutes",
        "14:00 - 06:00 = 8",
        "12:20 - 12:00 = 0.33 h",
    ],
    ids=["both", "decimal", "other order", "night", "midnight", "no unit", "rounded"],
)
def test_a_span_that_comes_out_is_left_alone(text: str) -> None:
    assert list(false_spans(text)) == []


def test_a_span_that_does_not_come_out_is_named_with_what_it_comes_to() -> None:
    (found,) = false_steps("It stood from 06:40 on: 13:10 - 06:40 = 7 h 30 min.")

    assert found == FalseStep("13:10 - 06:40 = 7 h 30 min", expected=390, found=450)
