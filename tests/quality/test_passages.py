"""Shared passages: by consecutive words or by 8-grams, and never by what is only form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent.quality.passages import Passages, Shared

BAKERY = (
    "A bakery sells 12 loaves in the morning and twice as many in the afternoon. "
    "Each loaf costs 3 euros and every tenth customer gets one for free. "
    "How much money does the bakery take in on a day with 30 customers?"
)
TRAIN = "The night train leaves Vienna at ten and reaches Venice before eight the next morning."
ORDER = "Answer the following multiple choice question with one letter and give no reason at all"


def holding(*texts: str, common: int = 10) -> Passages:
    return Passages(texts, rows=np.arange(len(texts)), common=common)


def shared(passages: Passages, text: str) -> Shared | None:
    return dict(passages.shared([text])).get(0)


@pytest.mark.parametrize(
    ("text", "measure", "score"),
    [
        (BAKERY, "13-gram", 42),
        (f"Please solve this. {BAKERY.upper()} Think first.", "13-gram", 42),
        (" ".join(BAKERY.split()[5:18]), "13-gram", 13),
        (" ".join(BAKERY.split()[5:17]), "8-gram", 1.0),
    ],
    ids=["whole", "inside another", "13 words", "12 words"],
)
def test_a_passage_is_found_by_its_words(text: str, measure: str, score: float) -> None:
    assert shared(holding(TRAIN, BAKERY), text) == (1, measure, score)


def test_a_short_copy_with_a_word_changed_is_found_by_its_8_grams() -> None:
    found = shared(holding(BAKERY, TRAIN), TRAIN.replace("train", "bus"))

    assert found == (1, "8-gram", 0.625)


@pytest.mark.parametrize(
    "text",
    [
        "A bakery sells 12 loaves in the evening.",
        "How many customers does a shop with two doors have on a Monday?",
        "The night train leaves Vienna at nine.",
        "",
        "…",
    ],
)
def test_what_shares_little_is_free(text: str) -> None:
    assert shared(holding(TRAIN, BAKERY), text) is None


def test_a_passage_does_not_reach_from_one_text_into_the_next() -> None:
    words = TRAIN.split()
    passages = holding(" ".join(words[:8]), " ".join(words[8:]), *["zero " * 9] * 2)

    assert shared(passages, TRAIN) == (0, "8-gram", 1.0)


@pytest.mark.parametrize(("common", "free"), [(1, True), (5, True), (6, False)])
def test_what_many_rows_share_is_form_and_proves_nothing(common: int, *, free: bool) -> None:
    questions = [f"{ORDER}: what is number {n} in this long list of towns?" for n in range(6)]

    found = shared(holding(*questions, common=common), f"{ORDER}: which animal lays eggs?")

    assert (found is None) == free


def test_runs_of_words_may_be_allowed_in_long_texts() -> None:
    passages = Passages([BAKERY], rows=np.arange(1), common=1, runs=False)
    own = " ".join(f"word{n}" for n in range(40))

    assert shared(passages, f"{own} {' '.join(BAKERY.split()[:15])}") is None
    assert shared(passages, BAKERY) == (0, "8-gram", 1.0)


def test_the_texts_of_one_row_count_once() -> None:
    passages = Passages([TRAIN] * 3, rows=np.zeros(3, dtype=np.int64), common=1)

    assert shared(passages, TRAIN) == (0, "13-gram", 15)


WORDS = ("line", "press", "stood", "for", "9", "minutes", "the")
texts = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=24).map(" ".join), min_size=1, max_size=8
)


@settings(deadline=None, max_examples=60)
@given(held=texts, said=texts)
def test_the_longest_passage_is_that_of_comparing_word_by_word(
    held: list[str], said: list[str]
) -> None:
    passages = Passages(held, rows=np.zeros(len(held), dtype=np.int64), common=1)

    for text in said:
        found = shared(passages, text)
        longest = max(shared_words(text.split(), other.split()) for other in held)
        if longest >= 13:
            assert found is not None
            assert found[1:] == ("13-gram", longest)
        else:
            assert found is None or found.measure == "8-gram"


def shared_words(one: list[str], other: list[str]) -> int:
    return max(
        (
            size
            for a in range(len(one))
            for b in range(len(other))
            for size in [
                next(
                    (
                        n
                        for n in range(min(len(one) - a, len(other) - b))
                        if one[a + n] != other[b + n]
                    ),
                    min(len(one) - a, len(other) - b),
                )
            ]
        ),
        default=0,
    )


@settings(deadline=None, max_examples=30)
@given(held=texts, said=texts)
def test_many_at_once_are_found_as_each_alone(held: list[str], said: list[str]) -> None:
    passages = holding(*held)

    together = dict(passages.shared(said))

    assert [together.get(at) for at in range(len(said))] == [shared(passages, t) for t in said]


def test_nothing_held_shares_nothing() -> None:
    assert [*holding().shared([TRAIN, ""])] == []
