"""Protected texts: what comes too near to them is named, and nothing else is."""

import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from synth_agent.columns import columns_of
from synth_agent.errors import ConfigError
from synth_agent.exports import format_of, read_rows, write_rows
from synth_agent.schemas import NearMatch
from synth_agent.store.embedders import LexicalEmbedder
from synth_agent.store.protected import Protected, ProtectedSets, Row

EMBEDDER = LexicalEmbedder()
BAKERY = (
    "A bakery sells 12 loaves in the morning and twice as many in the afternoon. "
    "Each loaf costs 3 euros and every tenth customer gets one for free. "
    "How much money does the bakery take in on a day with 30 customers?"
)
TRAIN = "The night train leaves Vienna at ten and reaches Venice before eight the next morning."
ORDER = "Say whether the opinion below is good or bad."


def protecting(*texts: str, threshold: float = 0.9) -> ProtectedSets:
    named = [Protected(f"exam/{n}", text) for n, text in enumerate(texts, start=1)]
    return ProtectedSets(named, embedder=EMBEDDER, threshold=threshold)


def finding(protected: ProtectedSets, text: str) -> NearMatch | None:
    return protected.finding(text, EMBEDDER.embed([text])[0])


def test_a_passage_that_is_shared_is_named_with_the_text_it_is_from() -> None:
    match = protecting(TRAIN, BAKERY).finding(f"Solve this. {BAKERY}")

    assert match == NearMatch(
        kind="protected", name="exam/2", measure="13-gram", score=42, text=BAKERY
    )
    assert str(match) == "42 words in a row of exam/2"


def test_a_text_in_another_order_is_found_by_its_vector() -> None:
    text = "Before eight the next morning the night train reaches Venice and leaves Vienna at ten."

    match = finding(protecting(TRAIN, BAKERY, threshold=0.85), text)

    assert match is not None
    assert (match.measure, match.name, match.text) == ("cosine", "exam/1", TRAIN)
    assert match.score == pytest.approx(0.9, abs=0.06)


@pytest.mark.parametrize("text", ["A bakery sells 12 loaves in the evening.", "", "…"])
def test_what_shares_little_is_free(text: str) -> None:
    assert finding(protecting(TRAIN, BAKERY), text) is None


@pytest.mark.parametrize("embedder", [EMBEDDER, None], ids=["no vector given", "no embedder"])
def test_without_vectors_words_alone_are_compared(embedder: LexicalEmbedder | None) -> None:
    text = "Is it so?"
    words_alone = ProtectedSets([Protected("exam/1", text)], embedder=embedder)
    vector = None if embedder else EMBEDDER.embed([text])[0]

    assert words_alone.finding(text, vector) is None
    assert finding(protecting(text), text) == NearMatch(
        kind="protected", name="exam/1", measure="cosine", score=1.0, text=text
    )


def test_the_threshold_is_the_embedders_own_where_none_is_named() -> None:
    text = TRAIN.replace("Vienna", "Graz").replace("Venice", "Trieste").replace("ten", "nine")
    sets = [
        ProtectedSets([Protected("exam/1", TRAIN)], embedder=EMBEDDER, threshold=t)
        for t in (None, EMBEDDER.threshold, 0.5)
    ]

    found = [finding(each, text) for each in sets]

    assert [match is None for match in found] == [True, True, False]


def test_words_are_those_of_the_whole_record_and_meaning_that_of_its_question() -> None:
    protected = protecting(TRAIN, BAKERY)
    questions, records = ["When does it leave?", BAKERY], [f"When does it leave? {TRAIN}", "Free."]

    found = protected.findings(questions, EMBEDDER.embed(questions), whole=records)

    assert [match and str(match) for match in found] == [
        "15 words in a row of exam/1",
        "1.00 to exam/2",
    ]


@settings(deadline=None, max_examples=30)
@given(
    texts=st.lists(
        st.lists(st.sampled_from(("line", "press", "stood", "9")), max_size=20).map(" ".join),
        min_size=2,
        max_size=12,
    ),
    cut=st.integers(1, 11),
)
def test_many_at_once_are_found_as_each_alone(texts: list[str], cut: int) -> None:
    held, said = texts[: cut % len(texts)], texts[cut % len(texts) :]
    protected, vectors = protecting(*held), EMBEDDER.embed(said)

    together = protected.findings(said, vectors, whole=said[::-1])

    assert together == [
        match
        for t, v, w in zip(said, vectors, said[::-1], strict=True)
        for match in protected.findings([t], v[None, :], whole=[w])
    ]


def test_thousands_of_texts_are_told_apart() -> None:
    rng = random.Random(4)
    vocabulary = [f"word{n}" for n in range(400)]
    held = [" ".join(rng.choices(vocabulary, k=rng.randint(1, 30))) for _ in range(2_500)]
    protected = protecting(*held)
    asked = [0, 999, 1_000, 1_001, 2_499]

    found = protected.findings([held[n] for n in asked], EMBEDDER.embed([held[n] for n in asked]))

    assert len(protected) == 2_500
    assert [match and match.name for match in found] == [f"exam/{n + 1}" for n in asked]


def test_what_two_seeds_share_is_their_form_and_the_rest_may_not_be_copied() -> None:
    form = "Read the report of the shift and say in one sentence what stopped the line:"
    rows = [f"{form} {rest}" for rest in (TRAIN, BAKERY)]
    seeds = ProtectedSets(
        [Protected(f"seed-{n}", row) for n, row in enumerate(rows)], common=1, kind="seed"
    )

    found = seeds.findings([f"{form} the belt tore at nine.", f"My own words. {TRAIN}"])

    assert [match and str(match) for match in found] == [None, "8-gram 0.73 to seed seed-0"]


def test_a_sentence_of_a_seed_in_a_long_draft_is_no_copy() -> None:
    seeds = ProtectedSets([Protected("a", f"{TRAIN} {BAKERY}")], common=1, kind="seed")
    own = " ".join(f"word{n}" for n in range(40))

    assert seeds.finding(f"{TRAIN} {own}") is None


def test_a_seed_that_is_given_twice_is_not_form() -> None:
    seeds = ProtectedSets([Protected("a", TRAIN), Protected("b", TRAIN)], common=1, kind="seed")

    match = seeds.finding(TRAIN)

    assert match is not None
    assert (match.kind, match.name) == ("seed", "a")


def test_nothing_protected_finds_nothing() -> None:
    assert protecting().findings([TRAIN, ""], np.ones((2, 384), dtype=np.float32)) == [None, None]


# ---------------------------------------------------------------------------------- rows of a file


def asking(path: Path) -> Callable[[Row], str]:
    return columns_of(path).text


def read(path: Path, *rows: dict[str, JsonValue], asked: bool = False) -> ProtectedSets:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return ProtectedSets.read(
        [path], embedder=EMBEDDER, rows=read_rows, asked=asking if asked else None
    )


@pytest.mark.parametrize(
    ("row", "name"),
    [
        ({"question": TRAIN}, "exam/2"),
        ({"task_id": "HumanEval/7", "prompt": TRAIN}, "humaneval/7"),
        ({"task_id": "GX-7", "prompt": TRAIN}, "exam/GX-7"),
        ({"question_id": 81, "turns": [TRAIN, "And back?"]}, "exam/81"),
        ({"id": "not a name but a sentence", "text": TRAIN}, "exam/2"),
        ({"id": ["7"], "text": TRAIN}, "exam/2"),
        ({"id": "x" * 61, "text": TRAIN}, "exam/2"),
        ({"messages": [{"role": "user", "content": TRAIN}]}, "exam/2"),
        ({"a": "x", "b": {"c": ["n", {"d": TRAIN}]}}, "exam/2"),
    ],
    ids=[
        "row number",
        "id with its own set",
        "own id",
        "list of texts",
        "a sentence is no id",
        "a list is no id",
        "too long for an id",
        "messages",
        "deep",
    ],
)
def test_a_text_anywhere_in_a_row_is_protected_and_named(
    tmp_path: Path, row: dict[str, JsonValue], name: str
) -> None:
    protected = read(tmp_path / "Exam.jsonl", {"question": BAKERY}, row)

    match = protected.finding(TRAIN)

    assert match is not None
    assert match.name == name


@pytest.mark.parametrize(
    ("files", "names"),
    [
        (["gsm8k/test.jsonl"], ["gsm8k/test/1"]),
        (["bbh/towns.jsonl", "own/towns.jsonl"], ["bbh/towns/1", "own/towns/1"]),
        (["MMLU/Law.jsonl", "MMLU/tax.jsonl"], ["law/1", "tax/1"]),
        (["own/law.jsonl", "own/law.jsonl"], ["law/1"]),
    ],
    ids=["part of a set", "two of one name", "a name each", "one file twice"],
)
def test_files_are_told_apart_by_as_little_as_it_takes(
    tmp_path: Path, files: list[str], names: list[str]
) -> None:
    paths = [tmp_path / file for file in files]
    for number, path in enumerate(dict.fromkeys(paths)):
        path.parent.mkdir(exist_ok=True)
        write_rows(path, [{"text": f"{number} {TRAIN}"}], output_format=format_of(path))

    protected = ProtectedSets.read(paths, embedder=None, rows=read_rows)

    found = [protected.finding(f"{number} {TRAIN}") for number in range(len(names))]
    assert [match and match.name for match in found] == names


def test_two_forms_of_one_file_keep_their_ending(tmp_path: Path) -> None:
    paths = [tmp_path / "towns.csv", tmp_path / "towns.jsonl"]
    for number, path in enumerate(paths):
        write_rows(path, [{"text": f"{number} {TRAIN}"}], output_format=format_of(path))

    protected = ProtectedSets.read(paths, embedder=None, rows=read_rows)

    match = protected.finding(f"1 {TRAIN}")
    assert match is not None
    assert match.name == f"{paths[1]}/1"


def test_a_question_in_several_fields_is_found_as_one_text(tmp_path: Path) -> None:
    row: dict[str, JsonValue] = {
        "input": "Which of the two is the faster one?",
        "context": "Train A needs five hours to Venice. Train B leaves at ten and needs four.",
        "output": "B",
    }
    text = (
        "Which one of the two is the faster one? To Venice train A needs five hours. "
        "At ten leaves train B and needs four."
    )

    apart, together = (read(tmp_path / "exam.jsonl", row, asked=asked) for asked in (False, True))

    assert finding(apart, text) is None
    match = finding(together, text)
    assert match is not None
    assert (match.name, match.text) == ("exam/1", f"{row['input']}\n{row['context']}")


@pytest.mark.parametrize(
    "row",
    [
        {"input": TRAIN, "context": "", "output": "Yes"},
        {"instruction": TRAIN, "input": "", "output": "Yes"},
        {"conversations": [{"from": "human", "value": TRAIN}, {"from": "gpt", "value": "Yes"}]},
        {"messages": [{"role": "user", "content": TRAIN}, {"role": "assistant", "content": "Yes"}]},
        {"prompt": TRAIN, "completion": "Yes"},
        {"prompt": TRAIN, "chosen": "Yes", "rejected": "No"},
        {
            "input": {"messages": [{"role": "user", "content": TRAIN}]},
            "preferred_output": [{"role": "assistant", "content": "Yes"}],
            "non_preferred_output": [{"role": "assistant", "content": "No"}],
        },
    ],
    ids=[
        "records",
        "alpaca",
        "sharegpt",
        "messages",
        "prompt-completion",
        "preference",
        "openai-dpo",
    ],
)
def test_a_question_is_found_in_every_layout(tmp_path: Path, row: dict[str, JsonValue]) -> None:
    protected = read(tmp_path / "exam.jsonl", {**row, "id": 1}, asked=True)

    match = finding(protected, TRAIN.replace("Venice", "venice,"))

    assert match is not None
    assert (match.name, match.measure) == ("exam/1", "13-gram")


@pytest.mark.parametrize("ending", ["json", "jsonl", "csv", "parquet", "txt"])
def test_every_kind_of_file_can_be_protected(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"exam.{ending}"
    if ending == "txt":
        path.write_text(f"{BAKERY}\n{TRAIN}\n")
    else:
        write_rows(path, [{"text": BAKERY}, {"text": TRAIN}], output_format=format_of(path))

    protected = ProtectedSets.read([path], embedder=EMBEDDER, rows=read_rows, asked=asking)

    match = protected.finding(TRAIN)
    assert match is not None
    assert match.name == "exam/2"


def test_an_order_that_stands_in_every_row_is_form(tmp_path: Path) -> None:
    rows: list[dict[str, JsonValue]] = [
        {"instruction": ORDER, "input": f"{rest} {n}", "output": "good"}
        for n in range(11)
        for rest in ["I came back twice for the soup of day"]
    ]

    protected = read(tmp_path / "exam.jsonl", *rows, asked=True)

    assert finding(protected, ORDER) is None
    assert finding(protected, f"{ORDER} Never again!") is None
    assert finding(protected, f"{ORDER} {rows[3]['input']}") is not None


def test_a_question_with_many_answers_is_not_form(tmp_path: Path) -> None:
    rows: list[dict[str, JsonValue]] = [
        {"input": TRAIN, "output": f"In the view of passenger {n} it does."} for n in range(12)
    ]

    match = read(tmp_path / "exam.jsonl", *rows, asked=True).finding(TRAIN)

    assert match is not None
    assert match.name == "exam/1"


def test_labels_and_numbers_are_not_protected_but_a_short_row_is(tmp_path: Path) -> None:
    rows: list[dict[str, JsonValue]] = [
        {"question": TRAIN, "label": "travel by rail", "answer": 8},
        {"text": "so rude"},
        {},
    ]

    protected = read(tmp_path / "exam.jsonl", *rows)

    assert len(protected) == 2
    assert finding(protected, "travel by rail") is None
    assert finding(protected, "So rude!") is not None


def test_words_of_a_script_without_blanks_are_not_one_word(tmp_path: Path) -> None:
    question, answer = "夜行列車は何時に出発しますか", "夜行列車は十時に駅を出て翌朝八時に着きます"

    protected = read(tmp_path / "exam.jsonl", {"question": question, "answer": answer})

    assert finding(protected, question) is not None


def test_what_was_read_is_told_by_file(tmp_path: Path) -> None:
    path = tmp_path / "exam.jsonl"

    protected = read(path, {"q": TRAIN, "a": BAKERY}, {"q": f"{TRAIN} {BAKERY}"}, {})

    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert protected.files == ((path, 3, 3, digest),)


@pytest.mark.parametrize("asked", [False, True])
def test_a_file_without_a_text_is_refused(tmp_path: Path, *, asked: bool) -> None:
    with pytest.raises(ConfigError, match=r"exam\.jsonl holds no text to protect in its 1 rows"):
        read(tmp_path / "exam.jsonl", {"answer": "", "more": [[]]}, asked=asked)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.jsonl"):
        ProtectedSets.read([tmp_path / "gone.jsonl"], embedder=EMBEDDER, rows=read_rows)
