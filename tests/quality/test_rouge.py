"""ROUGE-L against the values of rouge_score 0.1.2, and the pool against plain search."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.quality.rouge import RougePool, rouge_l

REFERENCE = [
    ("the cat sat on the mat", "the cat lay on a mat", 0.6666666666666666),
    ("Write a short story about a robot.", "Write a short poem about a robot!", 0.8571428571428571),
    ("List three causes of downtime", "Name three reasons for downtime", 0.4000000000000001),
    ("a b c d e f", "f e d c b a", 0.16666666666666666),
    ("It's 3.5 kg", "its 3 5 kg", 0.6666666666666665),
    ("OEE = 71.4 %", "the OEE was 71.4%", 0.7499999999999999),
    ("one", "two", 0.0),
    ("same words here", "same words here", 1.0),
    ("the the the the", "the the", 0.6666666666666666),
    (
        "Translate the following sentence into French and explain your choices in detail",
        "Translate the sentence into German",
        0.47058823529411764,
    ),
]


@pytest.mark.parametrize(("a", "b", "score"), REFERENCE)
def test_the_score_is_that_of_rouge_score(a: str, b: str, score: float) -> None:
    assert rouge_l(a, b) == pytest.approx(score)


WORDS = ("the", "a", "list", "write", "name", "three", "cat", "story", "about", "of")
texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


@given(a=texts, b=texts)
def test_the_score_is_symmetric_and_one_only_for_the_same_words(a: str, b: str) -> None:
    score = rouge_l(a, b)

    assert 0 <= score <= 1
    assert score == rouge_l(b, a)
    assert (score == 1) == (a == b != "")


@given(known=st.lists(texts, max_size=12), text=texts, floor=st.sampled_from([0.0, 0.3, 0.7]))
def test_the_pool_finds_what_comparing_with_each_finds(
    known: list[str], text: str, floor: float
) -> None:
    pool = RougePool()
    for at, other in enumerate(known):
        pool.add(str(at), other)

    found = pool.most_similar(text, floor=floor)

    scores = [rouge_l(text, other) for other in known]
    best = max(scores, default=0.0)
    assert len(pool) == len(known)
    assert found == ((str(scores.index(best)), best) if best > floor else None)


def test_a_pool_can_be_asked_between_additions() -> None:
    pool, rng = RougePool(), random.Random(1)

    for at in range(300):
        text = " ".join(rng.choices(WORDS, k=9)) + f" {at}"
        pool.add(str(at), text)
        found = pool.most_similar(text)
        assert found is not None
        assert found == (str(at), 1.0)


def test_an_empty_text_resembles_nothing() -> None:
    pool = RougePool()
    pool.add("a", "")

    assert pool.most_similar("") is None
    assert pool.most_similar("a word") is None
