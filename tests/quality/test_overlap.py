"""Texts alike by their word triples: equal to comparing every pair."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent.quality.overlap import Overlap, WordOverlap

WORDS = ("the", "line", "stood", "for", "9", "minutes")
texts = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join), min_size=1, max_size=14
)


def jaccard(a: str, b: str) -> float:
    one, other = triples(a), triples(b)
    return round(len(one & other) / len(one | other), 6) if one and other else 0.0


def triples(text: str) -> set[tuple[str, ...]]:
    words = ["", *text.split(), ""]
    return {tuple(words[at : at + 3]) for at in range(len(words) - 2)}


@settings(deadline=None)
@given(held=texts, said=texts, threshold=st.sampled_from([0.2, 0.5, 0.8, 1.0]), weigh=st.booleans())
def test_it_finds_what_comparing_every_pair_finds(
    held: list[str], said: list[str], threshold: float, weigh: bool
) -> None:
    index = WordOverlap(threshold=threshold)
    if weigh:
        index.weigh(held)
    index.add([10 + at for at in range(len(held))], index.compare(held), range(len(held)))

    found = index.compare(said)

    for at, text in enumerate(said):
        scores = [(-jaccard(text, other), 10 + n) for n, other in enumerate(held)]
        best = min(scores)
        alike = -best[0] >= threshold
        assert found.held[at] == (Overlap(best[1], -best[0]) if alike else None)
        assert found.among[at] == [
            Overlap(n, score)
            for n, other in enumerate(said[:at])
            if (score := jaccard(text, other)) >= threshold
        ]


def test_of_twenty_words_one_changed_leaves_three_quarters() -> None:
    words = [f"word{n}" for n in range(20)]
    index = WordOverlap(threshold=0.7)
    index.add([1], index.compare([" ".join(words)]), [0])
    words[10] = "other"

    (match,) = index.compare([" ".join(words)]).held

    assert match == Overlap(1, round(17 / 23, 6))


def test_words_in_another_order_are_not_alike() -> None:
    index = WordOverlap(threshold=0.3)
    index.add([1], index.compare(["flights from Paris to Rome on Monday"]), [0])

    assert index.compare(["flights from Rome on Monday to Paris"]).held == [None]


def test_only_the_rows_that_were_chosen_are_held() -> None:
    index = WordOverlap(threshold=0.5)
    batch = index.compare(["the line stood", "the press ran"])
    index.add([7], batch, [1])

    assert len(index) == 1
    assert index.compare(["the line stood", "the press ran"]).held == [None, Overlap(7, 1.0)]


@pytest.mark.parametrize("threshold", [0, -0.1, 1.1])
def test_a_threshold_out_of_range_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        WordOverlap(threshold=threshold)
