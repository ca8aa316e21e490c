import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent.chains.salvage import Salvage, salvaged

_texts = st.text(st.sampled_from("ab \n{}[]\"'\\,:/#é"), max_size=6)
_values = st.recursive(
    _texts | st.integers() | st.booleans() | st.none() | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=10,
)
_roots = st.lists(_values, min_size=1, max_size=3) | st.dictionaries(_texts, _values, min_size=1)


@given(
    _roots.filter(lambda value: not isinstance(value, list) or isinstance(value[0], dict | list))
)
def test_json_is_read_as_it_is(value: Any) -> None:
    assert salvaged(json.dumps(value, indent=1)) == Salvage((value,))


@settings(max_examples=300)
@given(st.text(st.sampled_from("ab1 \n{}[]\"'\\,:/#*<>") | st.characters(), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    found = salvaged(text)

    json.dumps(found.whole)
    assert found.part is None or found.cut


@given(
    st.lists(st.fixed_dictionaries({"a": _texts, "b": st.integers()}), min_size=1, max_size=3),
    st.data(),
)
def test_a_bracket_comma_or_colon_that_is_missing_damages_no_object(
    objects: list[dict[str, Any]], chosen: st.DataObject
) -> None:
    text = json.dumps({"records": objects})
    outside = [
        match.start()
        for match in re.finditer(r'"(?:[^"\\]|\\.)*"|([\[\]{},:])', text)
        if match[1] is not None
    ]
    at = chosen.draw(st.sampled_from(outside))

    found = salvaged(text[:at] + " " + text[at + 1 :])

    for value in [*found.whole, found.part]:
        for entry in _objects(value):
            if set(entry) == {"a", "b"} and entry["b"] is not None:
                assert entry in objects


def _objects(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [entry for inner in value for entry in _objects(inner)]
    if not isinstance(value, dict):
        return []
    return [value, *(entry for inner in value.values() for entry in _objects(inner))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": True, "b": None, "c": undefined}', {"a": True, "b": None, "c": None}),
        ('{"a": -Infinity, "b": 1e999, "c": -0.5e3}', {"a": None, "b": None, "c": -500.0}),
        ('{"a": 007, "b": 12 kg, "c": M2-L3}', {"a": "007", "b": "12 kg", "c": "M2-L3"}),
        ('{"a": """one "two"\nthree"""}', {"a": 'one "two"\nthree'}),
        ('{"a": , "b": 1}', {"a": None, "b": 1}),
        ('{"a": [1, 2,], "b": {"c": 1,},}', {"a": [1, 2], "b": {"c": 1}}),
        ('{"a": [{"b": 1]}', {"a": [{"b": 1}]}),
        ('{"a": [{"b": 1}}', {"a": [{"b": 1}]}),
        ('{\'a\': "it\'s", "b": \'say "no"\'}', {"a": "it's", "b": 'say "no"'}),
        ('<think>{"a": 0} or</think> {"a": 1}', {"a": 1}),
        ('<thinking>{"a": 0}</thinking>{"a": 1} {"unclosed', {"a": 1}),
    ],
    ids=[
        *("constants", "numbers", "bare words", "three quotes", "no value", "commas at the end"),
        *(
            "a brace forgotten",
            "a bracket forgotten",
            "quotes in quotes",
            "thoughts",
            "what follows",
        ),
    ],
)
def test_what_models_get_wrong_is_taken(text: str, expected: object) -> None:
    assert salvaged(text).whole == (expected,)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1,200}',
        '{"a" "b": 1}',
        '{"a": "b" + "c"}',
        '{"a": {"b": 1} "c"}',
        '{"a": 1: 2}',
        "{{1: 2}: 3}",
        '<think>{"a": 1}',
    ],
    ids=["thousands", "no colon", "a sum", "a rest", "two colons", "odd key", "only thoughts"],
)
def test_an_object_with_something_out_of_place_is_lost(text: str) -> None:
    assert salvaged(text).whole == ()


def test_one_object_that_is_broken_does_not_cost_its_list() -> None:
    assert salvaged('[{"a": 1}, {"a": 1,200}, {"a": 2},]').whole == ([{"a": 1}, None, {"a": 2}],)


def test_of_what_was_cut_off_whole_entries_are_left() -> None:
    found = salvaged('{"x": {"a": [1]}, "records": [{"a": [1, 2]}, {"a": [3')

    assert found == Salvage((), {"x": {"a": [1]}, "records": [{"a": [1, 2]}]}, cut=True)


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 64 deep"):
        salvaged("[" * 65 + "]" * 65)
