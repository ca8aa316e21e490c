"""N-grams of many texts at once, and where they stand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.quality.grams import Postings, word_grams

WORDS = st.sampled_from(("a", "b", "c", "press", "7"))
texts = st.lists(st.lists(WORDS, max_size=6).map(" ".join), max_size=8)


@given(said=texts, size=st.integers(1, 4))
def test_two_ngrams_have_one_hash_where_their_words_are_the_same(
    said: list[str], size: int
) -> None:
    expected = [
        (number, tuple(text.split()[at : at + size]))
        for number, text in enumerate(said)
        for at in range(len(text.split()) - size + 1)
    ]

    found = word_grams(said, size=size)

    assert found.texts.tolist() == [number for number, _ in expected]
    assert len({*found.hashes.tolist()}) == len({words for _, words in expected})
    assert len({*zip(found.hashes.tolist(), (w for _, w in expected), strict=True)}) == len(
        {words for _, words in expected}
    )


def test_places_of_words_that_follow_each_other_do() -> None:
    found = word_grams(["one two three four", "", "five six seven"], size=3)

    assert found.places.tolist() == [0, 1, 4]


def test_case_and_marks_make_no_difference() -> None:
    plain, loud = (word_grams([t], size=2).hashes for t in ("it is fine", "It is... FINE!"))

    assert plain.tolist() == loud.tolist()


def test_with_edges_one_word_is_enough() -> None:
    assert len(word_grams(["yes", "", "oh yes"], size=3, edges=True).hashes) == 3


@given(
    batches=st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), max_size=20)),
    asked=st.lists(st.integers(0, 11), max_size=6),
)
def test_postings_find_all_that_was_put_under_a_hash(
    batches: list[list[tuple[int, int]]], asked: list[int]
) -> None:
    postings = Postings()
    for batch in batches:
        pairs = np.array(batch, dtype=np.int64).reshape(-1, 2)
        postings.add(pairs[:, 0].astype(np.uint64), pairs[:, 1])

    places, numbers = postings.find(np.array(asked, dtype=np.uint64))

    everything = [pair for batch in batches for pair in batch]
    assert len(postings) == len(everything)
    assert sorted(zip(places.tolist(), numbers.tolist(), strict=True)) == sorted(
        (at, number) for at, key in enumerate(asked) for k, number in everything if k == key
    )
