"""What a layout keeps of a record comes back from it."""

from typing import Any, Final

import pytest

from synth_agent.exports import layouts_of, rows
from synth_agent.exports.readback import read_back
from synth_agent.schemas import DEFAULT_FIELDS, LAYOUTS, TASKS
from tests.exports.samples import PAYLOADS, record_of, spec_of

OWN: Final = [task for task in TASKS if DEFAULT_FIELDS[task]]
LOST: Final = {"safety": ("category", "kind"), "code": ("tests",)}
"""Fields that no layout has a place for."""
WORSE: Final = ("preference", "openai-dpo", "llama-factory")
PAIRS: Final = [
    (task, layout) for task in OWN for layout in layouts_of(spec_of(task)) if layout != "records"
]


@pytest.mark.parametrize(("task", "layout"), PAIRS)
def test_what_was_written_in_a_layout_comes_back(task: str, layout: str) -> None:
    labels = {"labels": {"positive": 1, "negative": 0}} if task == "classification" else {}
    (row,) = rows(spec_of(task, layout=layout, **labels), [record_of(PAYLOADS[task])])

    found = read_back(task, row)

    lost = LOST.get(task, ())
    if task == "preference" and layout not in WORSE:
        lost = ("rejected",)
    expected = {name: value for name, value in PAYLOADS[task].items() if name not in lost}
    if task == "instruction" and "instruction" not in row:  # both stand in one prompt
        expected |= {"instruction": "Shorten it.\n\nA long text.", "input": ""}
    if set(row) >= set(DEFAULT_FIELDS[task]):
        assert found is None, "its own names say what it is"
    else:
        assert found == expected


def test_every_layout_was_written_for_some_task() -> None:
    assert {layout for _, layout in PAIRS} == set(LAYOUTS) - {"records"}


ASKED: Final = {"input": "2 + 2?", "context": "", "output": "4"}


@pytest.mark.parametrize(
    "row",
    [
        {"conversations": [{"from": "human", "value": "2 + 2?"}, {"from": "gpt", "value": "4"}],
         "id": "a1"},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "2 + 2?"}]},
                      {"role": "assistant", "content": "4"}]},
        {"messages": [{"role": "user", "content": "2 + 2?"}, {"role": "assistant", "content": "4"},
                      {"role": "user", "content": "Sure?"}, {"role": "assistant", "content": "Y"}]},
        {"instruction": "2 + 2?", "input": None, "output": "4"},
        {"prompt": "2 + 2?", "completion": "4", "score": 5},
    ],
    ids=["more keys", "parts", "first of two turns", "null", "prompt-completion"],
)  # fmt: skip
def test_rows_of_other_hands_are_understood(row: dict[str, Any]) -> None:
    assert read_back("qa", row) == ASKED


@pytest.mark.parametrize(
    "row",
    [
        {"question": "2 + 2?", "answer": "4"},
        {"messages": "2 + 2?"},
        {"messages": []},
        {"messages": [{"role": "user", "content": "2 + 2?"}]},
        {"messages": [{"role": "user", "content": "a"}, {"role": "tool", "content": "b"}]},
        {"conversations": [["a", "b"]]},
        {"input": "a", "preferred_output": "b", "non_preferred_output": "c"},
        {"input": {"messages": 3}, "preferred_output": [], "non_preferred_output": []},
        {"input": "a", "context": "b", "output": "c", "prompt": "d", "completion": "e"},
    ],
    ids=[
        *("other names", "text", "none", "no answer", "tools", "no turns", "no messages"),
        *("broken", "own names too"),
    ],
)
def test_what_is_in_no_layout_is_left_to_its_names(row: dict[str, Any]) -> None:
    assert read_back("qa", row) is None


@pytest.mark.parametrize("task", ["tabular", "custom"])
def test_columns_of_the_users_own_are_no_layout(task: str) -> None:
    assert read_back(task, {"prompt": "a", "completion": "b"}) is None
