"""What is shown of two texts that came too near to each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.exports.excerpts import excerpts
from synth_agent.exports.marks import Piece

COPIED = "the night train leaves Vienna at ten and reaches Venice before eight next morning"


def said(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


def marks(pieces: list[Piece]) -> list[str]:
    return [piece.text for piece in pieces if piece.marked]


@pytest.mark.parametrize("measure", ["13-gram", "8-gram"])
@pytest.mark.parametrize("before", ["", "In short: ", "word " * 300], ids=["none", "few", "many"])
@pytest.mark.parametrize("after", ["", ". So it is.", " word" * 300], ids=["none", "few", "many"])
def test_a_passage_is_shown_wherever_it_stands(before: str, after: str, measure: str) -> None:
    sides = excerpts(f"{before}{COPIED}{after}", COPIED.upper(), measure)  # type: ignore[arg-type]

    assert sides.shared
    assert marks(sides.left) == [COPIED]
    assert marks(sides.right) == [COPIED.upper()]
    assert len(said(sides.left)) <= 404
    assert said(sides.left).startswith("… ") == (len(before) > 300)
    assert said(sides.left).endswith(" …") == (len(after) > 300)


def test_of_several_passages_the_longest_is_shown() -> None:
    short, other = COPIED.rsplit(" ", 4)[0], "entirely other words stand between the two of them"

    sides = excerpts(f"{short} {other} {COPIED}", f"{COPIED}. {short}", "13-gram")

    assert marks(sides.left) == [COPIED]


def test_a_long_passage_is_cut() -> None:
    long = " ".join(f"w{n}" for n in range(500))

    sides = excerpts(f"My own words: {long}", long, "13-gram")

    assert sides.left[0] == Piece("… ", marked=False)
    assert marks(sides.left) == marks(sides.right)
    assert marks(sides.left)[0].endswith(" w101 …")


def test_by_meaning_the_words_that_differ_are_marked() -> None:
    sides = excerpts("a red van came", "a blue van came", "cosine")

    assert not sides.shared
    assert (marks(sides.left), marks(sides.right)) == (["red "], ["blue "])


def test_where_a_text_was_cut_is_no_difference() -> None:
    sides = excerpts("a red van came", "… a red van came …", "cosine")

    assert said(sides.right) == "… a red van came …"
    assert (marks(sides.left), marks(sides.right)) == ([], [])


@pytest.mark.parametrize("around", ["", "word " * 200], ids=["short", "long"])
def test_of_a_passage_that_was_cut_already_no_end_is_cut_twice(around: str) -> None:
    sides = excerpts(COPIED, f"… {around}{COPIED} {around}…", "13-gram")

    assert marks(sides.right) == [COPIED]
    assert said(sides.right).startswith("… ")
    assert said(sides.right).endswith(" …")
    assert said(sides.right).count("…") == 2


def test_a_long_text_ends_at_a_word_with_an_ellipsis() -> None:
    sides = excerpts("measured " * 100, "short", "cosine")

    assert said(sides.left) == "measured " * 43 + "measured …"


def test_words_that_nobody_shares_are_no_passage() -> None:
    sides = excerpts("one two three", "four five six", "8-gram")

    assert not sides.shared
    assert (marks(sides.left), marks(sides.right)) == ([], [])


@given(
    left=st.lists(st.sampled_from("abc"), max_size=40).map(" ".join),
    right=st.lists(st.sampled_from("abc"), max_size=40).map(" ".join),
)
def test_what_is_marked_as_shared_is(left: str, right: str) -> None:
    sides = excerpts(left, right, "8-gram")

    if sides.shared:
        assert marks(sides.left) == marks(sides.right)
        assert len(marks(sides.left)[0].split()) >= 8
    assert (said(sides.left), said(sides.right)) == (left, right)
