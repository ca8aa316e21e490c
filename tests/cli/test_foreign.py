"""Text of others on a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from synth_agent.cli.foreign import beside, harmless, one_line, printable

TEXTS = st.text(st.characters(codec="utf-8"), max_size=80) | st.text("a \n\x1b\r", max_size=40)


def emphasised(text: Text) -> str:
    """Return the words that stand out."""
    return " ".join(text.plain[span.start : span.end].strip() for span in text.spans if span.style)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x07", "\ufffd[31mred\ufffd"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("a\rb", "a\ufffdb"),
        ("\x9b2J", "\ufffd2J"),
        ("abc\u202edef", "abc\ufffddef"),
        ("\ud800", "\ufffd"),
        ("Größe, 中文, 👩\u200d🔧", "Größe, 中文, 👩\u200d🔧"),
    ],
    ids=["colour", "lines", "return", "one-byte CSI", "right to left", "half", "letters"],
)
def test_what_steers_a_terminal_is_replaced_and_nothing_else(text: str, expected: str) -> None:
    assert printable(text) == expected


@given(TEXTS)
def test_what_is_harmless_is_a_line_of_plain_text(text: str) -> None:
    shown = harmless(f"[bold]{text}", "dim")

    assert len(shown.plain.splitlines()) == 1
    assert shown.plain.startswith("[bold]")
    assert "\x1b" not in shown.plain


@given(TEXTS, st.integers(1, 50))
def test_one_line_is_one_line_and_short(text: str, limit: int) -> None:
    line = one_line(text, limit)

    assert len(line) <= limit
    assert len(line.splitlines()) <= 1
    assert "\x1b" not in line


def test_words_that_differ_stand_out() -> None:
    left, right = beside("How many red parts?", "How many blue parts?", "cosine", limit=200)

    assert (left.plain, emphasised(left)) == ("How many red parts?", "red")
    assert (right.plain, emphasised(right)) == ("How many blue parts?", "blue")


def test_long_shared_parts_shrink_so_that_what_differs_is_seen() -> None:
    shared = " ".join(f"w{n}" for n in range(60))

    left, right = beside(f"{shared} one.", f"{shared} two.", "cosine", limit=200)

    assert left.plain == "w0 w1 w2 w3 w4 … w55 w56 w57 w58 w59 one."
    assert emphasised(right) == "two."


def test_of_runs_of_words_what_is_shared_stands_out() -> None:
    run = "one two three four five six seven eight nine ten eleven twelve thirteen"

    left, right = beside(f"Say: {run}!", f"Tell {run}.", "13-gram", limit=200)

    assert emphasised(left) == emphasised(right) == run


@given(TEXTS, TEXTS, st.integers(1, 60))
def test_both_texts_stay_within_their_limit(one: str, other: str, limit: int) -> None:
    for text in beside(one, other, "cosine", limit=limit):
        assert len(text) <= limit
        assert "\x1b" not in text.plain
