"""Sentences end where a reader would say so, and in doubt nowhere."""

import pytest

from synth_agent.documents.sentences import count_words, pieces, sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text, 0, len(text))]


@pytest.mark.parametrize(
    "text",
    [
        "It took 3.5 bar, e.g. At noon.",
        "See Fig. 3 and No. 12 of Dr. J. Smith in the U.S. Navy list.",
        "Die Pumpe, z. B. Typ A, hat ca. 3 bar bzw. Nr. 7.",
        "1. Open the valve.",
        "Use v2.1.3 of example.com. see below.",
        "Contents ....... 12\nIndex . . . . 15",
        "Was it so? yes it was.",
    ],
)
def test_a_dot_that_ends_nothing_does_not_cut(text: str) -> None:
    assert split(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It ran. It stopped! Why? Worn.", ["It ran.", "It stopped!", "Why?", "Worn."]),
        ('He said "stop." Then it did.', ['He said "stop."', "Then it did."]),
        ("It was in 2019. Then it ran.", ["It was in 2019.", "Then it ran."]),
        ("I said no. It ran.", ["I said no.", "It ran."]),
        ("Do this:\n- open it\n- close it", ["Do this:", "- open it", "- close it"]),
        ("水泵运行。它停了\uff01为什么\uff1f", ["水泵运行。", "它停了\uff01", "为什么\uff1f"]),
        ("  \n ", []),
    ],
)
def test_a_sentence_ends_with_its_sign(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It took 3.5 bar.", 4),
        ("水泵运行正常", 3),
        ("a水泵b", 3),
        ("ปั๊มทำงาน", 2),
        ("x" * 250, 3),
        ("naïve idea", 2),
    ],
)
def test_words_are_counted_with_and_without_blanks(text: str, words: int) -> None:
    assert count_words(text, 0, len(text)) == words


def test_pieces_are_cut_between_words() -> None:
    text = "one two three four five"

    assert [text[a:b] for a, b in pieces(text, 0, len(text), 2)] == [
        "one two",
        "three four",
        "five",
    ]
