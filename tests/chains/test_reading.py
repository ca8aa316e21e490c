import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from synth_agent.chains.reading import (
    Blank,
    Item,
    Loose,
    MisreadError,
    Text,
    arranged,
    items_of,
    loose,
    one_of,
)
from synth_agent.errors import AnswerError


class Pair(Item):
    """A question and its answer."""

    input: Text
    context: Blank
    output: Text


class Turn(BaseModel):
    who: str
    says: str


class Talk(Item):
    """Something with a list of objects inside."""

    topic: Text
    turns: list[Turn]


class Names(BaseModel):
    names: list[str]


Entry = dict[str, Any]

_nasty = st.text(st.sampled_from("ab \n\t{}[]\"'\\,:/#*`<>n0é😀"), min_size=1, max_size=12)
_texts = _nasty | st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
_entries = st.lists(
    st.fixed_dictionaries({"input": _texts, "context": _texts, "output": _texts}),
    min_size=1,
    max_size=4,
)
_talks = st.lists(
    st.fixed_dictionaries(
        {
            "topic": _texts,
            "turns": st.lists(st.fixed_dictionaries({"who": _texts, "says": _texts}), max_size=3),
        }
    ),
    min_size=1,
    max_size=3,
)


# ---------------------------------------------------------------- how models write what was asked


def strict(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def indented(value: Any) -> str:
    return json.dumps(value, indent=2)


def sloppy(value: Any) -> str:
    """Single quotes, trailing commas, and comments that hold brackets."""
    if isinstance(value, dict):
        pairs = "".join(f"{sloppy(key)}: {sloppy(inner)}, " for key, inner in value.items())
        return "{" + pairs + "}"
    if isinstance(value, list):
        return "[ // so many {\n" + "".join(f"{sloppy(inner)},\n" for inner in value) + "]"
    if isinstance(value, str):
        inner = json.dumps(value, ensure_ascii=False)[1:-1].replace('\\"', '"')
        return "'" + inner.replace("'", "\\'") + "'"
    return strict(value)


Writing = Callable[[Any], str]
WRITINGS = [strict, indented, sloppy]

WRAPPINGS: dict[str, Callable[[Writing, list[Entry]], str]] = {
    "records": lambda write, items: write({"records": [*items]}),
    "a list": lambda write, items: write([*items]),
    "another key": lambda write, items: write({"questions": [*items]}),
    "two keys deep": lambda write, items: write({"data": {"items": [*items]}}),
    "beside a note": lambda write, items: write({"note": "as asked", "records": [*items]}),
    "in a list": lambda write, items: write([{"records": [*items]}]),
    "fenced": lambda write, items: (
        f"Sure! [1]\n```json\n{write({'records': [*items]})}\n```\n{{ok}}"
    ),
    "one a line": lambda write, items: "\n".join(map(write, items)),
    "thought before": lambda write, items: f'<think>Maybe {{"n": 1}} …</think>\n{write([*items])}',
}


def fields(found: list[Pair | AnswerError]) -> list[Entry]:
    return [entry.fields() for entry in found if isinstance(entry, Pair)]


@pytest.mark.parametrize("write", WRITINGS)
@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=list(WRAPPINGS))
@settings(max_examples=15)
@given(items=_entries)
def test_what_was_written_is_read_back_item_by_item(
    wrap: Callable[[Writing, list[Entry]], str], write: Writing, items: list[Entry]
) -> None:
    assert fields(items_of(Pair, loose(wrap(write, items)))) == items


@given(items=_entries)
def test_json_in_a_json_string_is_read_through(items: list[Entry]) -> None:
    outer = strict(strict({"records": [*items]}))
    inner = strict({"records": strict([*items])})

    assert fields(items_of(Pair, loose(outer))) == items
    assert fields(items_of(Pair, loose(inner))) == items


@pytest.mark.parametrize("write", WRITINGS)
@pytest.mark.parametrize(
    "wrap",
    [wrap for name, wrap in WRAPPINGS.items() if name not in {"in a list", "thought before"}],
    ids=[name for name in WRAPPINGS if name not in {"in a list", "thought before"}],
)
@settings(max_examples=25)
@given(items=_entries, share=st.floats(0, 1))
@example(items=[{"input": "a}", "context": "{", "output": "]"}] * 2, share=0.999)
def test_a_cut_costs_the_items_that_are_not_whole_and_no_other(
    wrap: Callable[[Writing, list[Entry]], str],
    write: Writing,
    items: list[Entry],
    share: float,
) -> None:
    text = wrap(write, items)
    cut = text[: round(share * len(text))]
    # an item is whole where everything that the items behind it are written with may be missing
    whole = [n for n in range(1, len(items) + 1) if _end_of(wrap, write, items, n) <= len(cut)]

    try:
        found = fields(items_of(Pair, loose(cut)))
    except MisreadError:
        found = []

    assert found == items[: len(whole)]


def _end_of(
    wrap: Callable[[Writing, list[Entry]], str], write: Writing, items: list[Entry], n: int
) -> int:
    """Return where the n-th item ends: two lists that go on differently part behind it."""
    here, there = (wrap(write, [*items[:n], {key: "x"}]) for key in "ab")
    parting = next(at for at in range(len(here)) if here[at] != there[at])
    return here.rindex("}", 0, parting) + 1


@given(talks=_talks, share=st.floats(0, 1))
def test_lists_inside_an_item_are_not_taken_for_the_items(talks: list[Entry], share: float) -> None:
    text = strict({"records": [*talks]})
    cut = text[: round(share * len(text))]

    try:
        found = [entry.fields() for entry in items_of(Talk, loose(cut)) if isinstance(entry, Talk)]
    except MisreadError:
        found = []

    assert found == talks[: len(found)]
    assert len(found) == len(talks) or len(cut) < len(text)


def test_one_object_with_a_list_inside_is_an_item() -> None:
    talk = {"topic": "t", "turns": [{"who": "a", "says": "b"}]}

    (item,) = items_of(Talk, loose(strict(talk)))

    assert isinstance(item, Talk)
    assert item.fields() == talk


def test_half_of_one_object_is_no_item_although_its_list_has_whole_entries() -> None:
    text = strict({"topic": "t", "turns": [{"who": "a", "says": "b"}, {"who": "c", "says": "d"}]})

    with pytest.raises(MisreadError, match=r"Field required|cut off"):
        items_of(Talk, loose(text[:-20]))


# ------------------------------------------------------------------------------- single mistakes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"input": "He said "stop {" and left", "output": "x"}', 'He said "stop {" and left'),
        ("{'input': 'don't stop', 'output': 'x'}", "don't stop"),
        ('{input: "q", output: "x"}', "q"),
        ('{"input": "q" "output": "x"}', "q"),
        ('{"input": "q"\n "output": "x"}', "q"),
        ('{"input": "q", /* why [ */ "output": "x"}', "q"),
        ('{"input": "see http://a.b/#c", "output": "x",}', "see http://a.b/#c"),
        (r'{"input": "\d+ and \(x\)", "output": "x",}', r"\d+ and \(x\)"),
        ('{"input": ["a", "b"], "output": "x"}', "a\nb"),
        ('{"input": 42, "output": 4.5}', "42"),
        ('{"input": "q", "output": "x", "n": NaN}', "q"),
        ('{"input": "half \\ud83d of it", "output": "x"}', "half � of it"),
        ('{"input": "q", "context": null, "output": "x"}', "q"),
    ],
    ids=[
        *("open quotes", "open apostrophe", "bare keys", "no comma", "line for a comma"),
        *("comment", "address", "backslashes", "lines", "number", "NaN", "half a character"),
        "null where it may be empty",
    ],
)
def test_a_small_mistake_does_not_cost_the_item(text: str, expected: str) -> None:
    (item,) = items_of(Pair, loose(text))

    assert isinstance(item, Pair)
    assert item.input == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the answer is empty"),
        ("  \n", "the answer is empty"),
        ("I cannot do that.", "expected JSON, got 'I cannot do that.'"),
        ("Use {braces} and [brackets].", "expected JSON"),
        ("null", "expected a list of records, got none"),
        ('"text"', "expected a list of records, got none"),
        ('{"records": []}', "expected a list of records, got none"),
        ('{"records": [{"n": 1}]}', "input: Field required"),
        ('{"records": [{"input": "", "output": "x"}]}', "input: String should have at least 1"),
        ('{"records": [{"input": null, "output": "x"}]}', "input: Input should be a valid string"),
        ('{"records": [{"n": 1, "input": "a', "cut off within its first record"),
        ('{"type": "object", "properties": {"records": {"type": "array"}}}', "input: Field requ"),
        ("[" * 100_000, "more than 64 deep"),
        ('{"a":' * 100_000, "more than 64 deep"),
    ],
    ids=[
        *("empty", "blank", "prose", "braces in prose", "null", "a text", "no records"),
        *("no fields", "empty text", "null text", "cut", "the schema", "deep", "deep objects"),
    ],
)
def test_what_is_wrong_is_said(text: str, problem: str) -> None:
    with pytest.raises(MisreadError) as caught:
        items_of(Pair, loose(text))

    assert problem in str(caught.value)


def test_a_broken_item_does_not_cost_the_others() -> None:
    text = '{"records": [{"n": 1, "input": "a"}, {"n": 2, "input": "b", "output": "c"}]}'

    first, second = items_of(Pair, loose(text))

    assert isinstance(first, AnswerError)
    assert (first.reason, first.detail) == ("schema", "output: Field required")
    assert isinstance(second, Pair)


def test_an_answer_of_a_megabyte_is_read_whole() -> None:
    items = [
        {"input": f"it's question {n} \" {{", "context": "", "output": "word " * 40}
        for n in range(4000)
    ]

    assert fields(items_of(Pair, loose(sloppy({"records": [*items]})))) == items


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "' + "\\" * 300_000,
        '{"a": ' + '"' * 300_000,
        "{" * 300_000,
        '{"a": "' + '" ' * 200_000,
    ],
    ids=["backslashes", "quotes", "braces", "quotes and blanks"],
)
def test_rubbish_of_any_length_is_refused_in_one_pass(text: str) -> None:
    with pytest.raises(MisreadError):
        items_of(Pair, loose(text))


def test_the_last_of_several_answers_counts() -> None:
    draft, final = ({"records": [{"input": q, "output": "x"}]} for q in ("draft", "final"))
    text = f"First try:\n{strict(draft)}\nBetter:\n{strict(final)}"

    assert [f["input"] for f in fields(items_of(Pair, loose(text)))] == ["final"]


def test_arguments_of_a_call_are_taken_as_they_are() -> None:
    (item,) = items_of(Pair, loose({"records": [{"input": "q", "output": "x"}]}))

    assert isinstance(item, Pair)


# ------------------------------------------------------------------------------------ one object


@pytest.mark.parametrize(
    "text",
    [
        '{"names": ["a", "b"]}',
        '```json\n{"names": ["a", "b",]}\n```',
        '[{"names": ["a", "b"]}]',
        '{"result": {"names": ["a", "b"]}}',
        '"{\\"names\\": [\\"a\\", \\"b\\"]}"',
        '{"names": ["draft"]} or rather {"names": ["a", "b"]}',
    ],
    ids=["plain", "fenced", "in a list", "wrapped", "in a string", "twice"],
)
def test_one_object_is_found(text: str) -> None:
    assert one_of(Names, loose(text)).names == ["a", "b"]


def test_one_object_that_was_cut_off_is_not_closed_and_kept() -> None:
    text = '{"names": ["a", "b and c"]}'

    for end in range(1, len(text)):
        with pytest.raises(MisreadError):
            one_of(Names, loose(text[:end]))


def test_the_field_that_does_not_fit_is_named() -> None:
    with pytest.raises(MisreadError, match=r"names\.1: Input should be a valid string"):
        one_of(Names, loose('{"names": ["a", {}]}'))


# ------------------------------------------------------------------------------ which wish is met


def pair(n: object, text: str = "q") -> Pair:
    return Pair.model_validate({"n": n, "input": text, "output": "x"})


@pytest.mark.parametrize(
    ("numbers", "count", "expected"),
    [
        ([1, 2, 3], 3, "abc"),
        ([3, 1, 2], 3, "bca"),
        ([0, 0, 0], 3, "abc"),
        ([1, 1, 2], 3, "abc"),
        ([0, 1, 2], 3, "abc"),
        ([7, 8, 9], 3, "abc"),
        ([1, 3], 3, "a-b"),
        ([2], 3, "-a-"),
        ([0, 0], 3, "ab-"),
        ([1, 2, 3, 4], 3, "abc"),
        ([4, 1, 2, 3], 3, "bcd"),
        ([0, 0, 0, 0], 3, "abc"),
        ([0, 1, 2, 3], 3, "abc"),
        ([-1, 2, 1], 3, "abc"),
    ],
    ids=str,
)
def test_numbers_decide_unless_they_contradict_each_other(
    numbers: list[int], count: int, expected: str
) -> None:
    items = [pair(n, text) for n, text in zip(numbers, "abcd", strict=False)]

    placed = arranged(items, count)

    assert "".join(p.input if isinstance(p, Pair) else "-" for p in placed) == expected


def test_a_broken_item_between_shuffled_ones_does_not_move_them() -> None:
    broken = AnswerError("schema", "output: Field required")
    items: list[Pair | AnswerError] = [pair(3, "c"), broken, pair(1, "a")]

    placed = arranged(items, 3)

    assert isinstance(placed[0], Pair)
    assert placed[0].input == "a"
    assert placed[1] is broken
    assert isinstance(placed[2], Pair)
    assert placed[2].input == "c"


@given(st.permutations(range(1, 7)), st.integers(0, 6))
def test_whatever_the_order_a_numbered_item_stands_at_its_number(
    order: list[int], kept: int
) -> None:
    placed = arranged([pair(n, str(n)) for n in order[:kept]], 6)

    assert len(placed) == 6
    for n, entry in enumerate(placed, start=1):
        if n in order[:kept]:
            assert isinstance(entry, Pair)
            assert entry.input == str(n)
        else:
            assert isinstance(entry, AnswerError)
            assert entry.reason == "missing"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        *[(2, 2), ("2", 2), ("#2", 2), ("wish 2", 2), (2.0, 2)],
        *[(2.5, 0), (None, 0), ("two", 0), ("1 of 2", 0), (True, 0), ([2], 0), (10**30, 10**30)],
    ],
    ids=str,
)
def test_a_number_that_cannot_be_read_costs_no_record(written: object, read: int) -> None:
    assert pair(written).n == read


def test_a_part_that_was_cut_off_says_so() -> None:
    assert loose('{"records": [{"n": 1}, {"n"') == Loose((), {"records": [{"n": 1}]}, cut=True)
