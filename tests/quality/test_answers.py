"""What a text answers in the end, and when two answers are the same."""

import pytest

from synth_agent.quality.answers import final_answer, same_answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The answer is 42.", "42"),
        ("3 + 4 = 7\n#### 7", "7"),
        (r"so \boxed{42} it is", "42"),
        (r"\boxed{3} then \boxed{\frac{1}{2}}", "1/2"),
        (r"\boxed{x = \text{7}}", "7"),
        ("The answer is $x = 5$.", "5"),
        ("The answer is $1,250.50.", "$1,250.50"),
        ("**Final answer:** **1,250 kg**", "1,250"),
        ("Answer:\n42", "42"),
        ("The answer is 3.\nNo: the correct answer is 4.", "4"),
        ("result: 7 + 5 = 12", "12"),
        ("The answer is -3", "-3"),
        ("The answer is 3 1/2 cups", "3 1/2"),
        ("Answer: 50 %", "50 %"),
        ("The answer is Paris.", "Paris"),
        ("It must be (B).", "B"),
        ("Answer: (C) because it is hot", "C"),
        ("The correct option is D", "D"),
        ("The answer is (A) 5 apples", "A"),
        ("The answer is a dog", "a dog"),
        ("Is it? Yes.", "yes"),
        ("**Answer:** No, it is not", "no"),
        ("He has 3 apples and 4 pears", "4"),
        ("It begins at 06:30", "06:30"),
        ("no idea", None),
        ("", None),
    ],
)
def test_the_answer_is_what_a_text_ends_with(text: str, answer: str | None) -> None:
    assert final_answer(text) == answer


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("42", "42.0"),
        ("$1,250.50", "1250.5 dollars"),
        ("1.250,5", "1250.5"),
        ("3.33", "3.3333"),
        ("1/2", "0.5"),
        ("½", "50%"),
        ("50 %", "50"),
        ("3 1/2", "3.5"),
        ("1/3", "0.33"),
        ("-5", "−5"),
        ("-$5", "$-5"),
        ("3.5k", "3500"),
        ("(B)", "b"),
        ("  Paris. ", "paris"),
        (r"$\frac{1}{2}$", "0.5"),
        ("42 apples", "42"),
    ],
)
def test_one_answer_may_be_written_in_many_ways(a: str, b: str) -> None:
    assert same_answer(a, b)
    assert same_answer(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("42", "43"),
        ("3", "3.4"),
        ("3.33", "3.34"),
        ("5", "-5"),
        ("A", "B"),
        ("42", "forty"),
        ("Paris", "London"),
        ("06:30", "06:45"),
        ("50%", "0.6"),
        ("1/0", "0"),
    ],
)
def test_other_answers_are_others(a: str, b: str) -> None:
    assert not same_answer(a, b)
