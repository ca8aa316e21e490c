"""Numbers in words."""

import pytest

from synth_agent.quality.spelled import spelled


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Twenty-five of them", [25]),
        ("two hundred and ten", [210]),
        ("three thousand five hundred and one", [3501]),
        ("a dozen, two dozen", [12, 24]),
        ("two million, a thousand", [2_000_000, 1000]),
        ("2,110 thousand, several hundred", []),
        ("half, a half, one half", [0.5, 0.5, 0.5]),
        ("three quarters and two-thirds", [0.75, 2 / 3]),
        ("a quarter of it", [0.25]),
        ("one of them, no one, a thing", []),
        ("nineteen ninety", []),
        ("the third shift, the second one", []),
        ("tent, sevens, weightless, often", []),
        ("zero", [0]),
    ],
)
def test_words_are_read_as_numbers(text: str, values: list[float]) -> None:
    assert [float(number.value) for number in spelled(text)] == pytest.approx(values)
