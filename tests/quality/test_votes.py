"""Majorities: equal answers count together, ties go to the earliest."""

import pytest

from synth_agent.quality.votes import Vote, majority


@pytest.mark.parametrize(
    ("answers", "vote"),
    [
        (["18"], Vote("18", 1.0, 1)),
        (["20", "18", "$18.00", "18"], Vote("18", 0.75, 3)),
        (["A", "B"], Vote("A", 0.5, 1)),
        (["x", "B", "(b)", "x"], Vote("x", 0.5, 2)),
    ],
    ids=["alone", "written differently", "a tie", "a tie of groups"],
)
def test_the_answer_given_most_often_wins(answers: list[str], vote: Vote) -> None:
    assert majority(answers) == vote


def test_no_answer_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one answer"):
        majority([])
