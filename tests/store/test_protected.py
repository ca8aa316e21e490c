"""Protected texts: what comes too near to them is named, and nothing else is."""

import json
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent.errors import ConfigError
from synth_agent.exports import read_rows
from synth_agent.store.embedders import LexicalEmbedder
from synth_agent.store.protected import Match, Protected, ProtectedSets

EMBEDDER = LexicalEmbedder()
BAKERY = (
    "A bakery sells 12 loaves in the morning and twice as many in the afternoon. "
    "Each loaf costs 3 euros and every tenth customer gets one for free. "
    "How much money does the bakery take in on a day with 30 customers?"
)
TRAIN = "The night train leaves Vienna at ten and reaches Venice before eight the next morning."


def protecting(*texts: str, threshold: float = 0.9) -> ProtectedSets:
    named = [Protected(f"exam/{n}", text) for n, text in enumerate(texts, start=1)]
    return ProtectedSets(named, embedder=EMBEDDER, threshold=threshold)


def finding(protected: ProtectedSets, text: str) -> Match | None:
    return protected.finding(text, EMBEDDER.embed([text])[0])


@pytest.mark.parametrize(
    ("text", "kind", "score"),
    [
        (BAKERY, "13-gram", 42),
        (f"Please solve this. {BAKERY.upper()} Think first.", "13-gram", 42),
        (" ".join(BAKERY.split()[5:18]), "13-gram", 13),
        (" ".join(BAKERY.split()[5:17]), "8-gram", 1.0),
    ],
    ids=["whole", "inside another", "13 words", "12 words"],
)
def test_a_passage_that_is_shared_is_found_by_its_words(text: str, kind: str, score: float) -> None:
    match = protecting(TRAIN, BAKERY).finding(text)

    assert match == Match("exam/2", kind, score, BAKERY)  # type: ignore[arg-type]


def test_a_short_copy_with_a_word_changed_is_found_by_its_8_grams() -> None:
    match = protecting(BAKERY, TRAIN).finding(TRAIN.replace("train", "bus"))

    assert match == Match("exam/2", "8-gram", 0.625, TRAIN)


def test_a_text_in_another_order_is_found_by_its_vector() -> None:
    text = "Before eight the next morning the night train reaches Venice and leaves Vienna at ten."

    match = finding(protecting(TRAIN, BAKERY, threshold=0.85), text)

    assert match is not None
    assert (match.kind, match.name, match.text) == ("semantic", "exam/1", TRAIN)
    assert match.score == pytest.approx(0.9, abs=0.06)


@pytest.mark.parametrize(
    "text",
    [
        "A bakery sells 12 loaves in the evening.",
        "How many customers does a shop with two doors have on a Monday?",
        "",
        "…",
    ],
)
def test_what_shares_little_is_free(text: str) -> None:
    assert finding(protecting(TRAIN, BAKERY), text) is None


def test_without_a_vector_words_alone_are_compared() -> None:
    text = "Is it so?"

    assert protecting(text).finding(text) is None
    assert finding(protecting(text), text) == Match("exam/1", "semantic", 1.0, text)


def test_a_passage_does_not_reach_from_one_text_into_the_next() -> None:
    words = TRAIN.split()
    protected = protecting(" ".join(words[:8]), " ".join(words[8:]), *["zero " * 9] * 2)

    match = protected.finding(TRAIN)

    assert match is not None
    assert (match.kind, match.score) == ("8-gram", 1.0)


def test_boilerplate_of_a_benchmark_proves_nothing() -> None:
    order = (
        "Answer the following multiple choice question with one letter and give no reason at all"
    )
    questions = [f"{order}: what is number {n} in this long list of towns?" for n in range(12)]
    own = f"{order}: which of these animals lays eggs?"

    assert protecting(*questions[:5], threshold=0.99).finding(own) is not None
    assert protecting(*questions, threshold=0.99).finding(own) is None


WORDS = ("line", "press", "stood", "for", "9", "minutes", "the")
texts = st.lists(
    st.lists(st.sampled_from(WORDS), max_size=24).map(" ".join), min_size=1, max_size=8
)


@settings(deadline=None, max_examples=30)
@given(held=texts, said=texts)
def test_many_at_once_are_found_as_each_alone(held: list[str], said: list[str]) -> None:
    protected, vectors = protecting(*held), EMBEDDER.embed(said)

    together = protected.findings(said, vectors)

    assert together == [protected.finding(t, v) for t, v in zip(said, vectors, strict=True)]


@settings(deadline=None, max_examples=60)
@given(held=texts, said=texts)
def test_the_longest_passage_is_that_of_comparing_word_by_word(
    held: list[str], said: list[str]
) -> None:
    protected = ProtectedSets(
        [Protected("one row", text) for text in held], embedder=EMBEDDER
    )  # of one row, so that nothing is boilerplate

    for text in said:
        match = protected.finding(text)
        longest = max(shared_words(text.split(), other.split()) for other in held)
        if longest >= 13:
            assert match is not None
            assert (match.kind, match.score) == ("13-gram", longest)
        else:
            assert match is None or match.kind == "8-gram"


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


def test_thousands_of_texts_are_told_apart() -> None:
    rng = random.Random(4)
    vocabulary = [f"word{n}" for n in range(400)]
    held = [" ".join(rng.choices(vocabulary, k=rng.randint(1, 30))) for _ in range(2_500)]
    protected = protecting(*held)
    asked = [0, 999, 1_000, 1_001, 2_499]

    found = protected.findings([held[n] for n in asked], EMBEDDER.embed([held[n] for n in asked]))

    assert len(protected) == 2_500
    assert [match and match.name for match in found] == [f"exam/{n + 1}" for n in asked]


# ---------------------------------------------------------------------------------- rows of a file


def read(path: Path, *rows: dict[str, object]) -> ProtectedSets:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return ProtectedSets.read([path], embedder=EMBEDDER, rows=read_rows)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"question": TRAIN}, "exam/2"),
        ({"task_id": "HumanEval/7", "prompt": TRAIN}, "exam/HumanEval/7"),
        ({"task_id": "Exam/7", "prompt": TRAIN}, "Exam/7"),
        ({"question_id": 81, "turns": [TRAIN, "And back?"]}, "exam/81"),
        ({"messages": [{"role": "user", "content": TRAIN}]}, "exam/2"),
        ({"a": "x", "b": {"c": ["n", {"d": TRAIN}]}}, "exam/2"),
    ],
    ids=["row number", "own id", "id with the file's name", "list of texts", "messages", "deep"],
)
def test_a_text_anywhere_in_a_row_is_protected_and_named(
    tmp_path: Path, row: dict[str, object], name: str
) -> None:
    protected = read(tmp_path / "exam.jsonl", {"question": BAKERY}, row)

    match = protected.finding(TRAIN)

    assert match is not None
    assert match.name == name


def test_labels_and_numbers_are_not_protected_but_a_short_row_is(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"question": TRAIN, "label": "travel by rail", "answer": 8},
        {"text": "so rude"},
        {},
    ]

    protected = read(tmp_path / "exam.jsonl", *rows)

    assert len(protected) == 2
    assert finding(protected, "travel by rail") is None
    assert finding(protected, "So rude!") is not None


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.jsonl"):
        ProtectedSets.read([tmp_path / "gone.jsonl"], embedder=EMBEDDER, rows=read_rows)


def test_nothing_protected_finds_nothing() -> None:
    assert protecting().findings([TRAIN, ""], np.ones((2, 384), dtype=np.float32)) == [None, None]
