"""Each layout against the shape that its readers document."""

import json
from typing import Any, cast

import pytest

from synth_agent.errors import ConfigError
from synth_agent.exports import check_layout, columns, layouts_of, rows
from synth_agent.exports.layouts import dataset_info
from synth_agent.schemas import LAYOUTS, TASKS
from tests.exports.samples import PAYLOADS, record_of, spec_of

PAIRED = ("preference", "openai-dpo")
CHAT = ("messages", "openai-sft")
FILLED = [
    (task, layout)
    for task in TASKS
    for layout in LAYOUTS
    if layout == "records"
    or (task not in ("tabular", "custom") and (layout not in PAIRED or task == "preference"))
]
LEFT = [(t, lay) for t in TASKS for lay in LAYOUTS if (t, lay) not in FILLED]


def row_of(task: str, layout: str, **changes: Any) -> dict[str, Any]:
    spec = spec_of(task, layout=layout, **changes)
    check_layout(spec)
    (row,) = rows(spec, [record_of(PAYLOADS[task])])
    return cast("dict[str, Any]", row)


@pytest.mark.parametrize(("task", "layout"), FILLED)
def test_a_row_has_the_columns_that_were_told_beforehand(task: str, layout: str) -> None:
    told = columns(spec_of(task, layout=layout))

    row = row_of(task, layout)

    assert told is None or tuple(row) == told
    assert json.loads(json.dumps(row)) == row


@pytest.mark.parametrize(("task", "layout"), LEFT)
def test_a_layout_that_the_task_cannot_fill_is_refused_with_those_it_can(
    task: str, layout: str
) -> None:
    spec = spec_of(task, layout=layout)

    with pytest.raises(ConfigError, match=f"task '{task}' cannot fill the layout '{layout}'") as e:
        check_layout(spec)

    assert str(e.value).endswith(f"expected one of {', '.join(layouts_of(spec))}")


@pytest.mark.parametrize("task", TASKS)
def test_records_are_the_tasks_own_fields_and_nothing_else(task: str) -> None:
    assert row_of(task, "records") == PAYLOADS[task]


def test_records_have_the_users_names_in_the_users_order() -> None:
    row = row_of("qa", "records", fields=("Answer", "question"))

    assert list(row.items()) == [("Answer", "7 hours."), ("question", "How long did it run?")]


def test_a_field_that_nothing_fills_is_refused_with_those_there_are() -> None:
    spec = spec_of("classification", fields=("review", "colour"))

    with pytest.raises(ConfigError, match="fills 'colour'; its fields are text, label"):
        check_layout(spec)


def test_a_line_format_takes_its_fields_under_the_names_it_gives_them() -> None:
    row = row_of(
        "classification",
        "records",
        output_format="txt",
        line_format="Q: <sentence>A: <sentiment>",
        fields=("text", "label"),
    )

    assert row == {"sentence": "I would go again.", "sentiment": "positive"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "needs a line format"),
        ({"line_format": "Q: <input>", "layout": "alpaca"}, "name a .jsonl file"),
        ({"line_format": "Q: <colour>"}, "fills 'colour'"),
    ],
)
def test_a_line_format_that_cannot_be_followed_is_refused(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        check_layout(spec_of("qa", output_format="txt", **changes))


def test_a_table_row_without_an_asked_column_is_an_error() -> None:
    spec = spec_of("tabular", fields=("id", "city"))

    with pytest.raises(ConfigError, match="record 0 has nothing for 'city'; it has id, amount"):
        list(rows(spec, [record_of(PAYLOADS["tabular"])]))


def test_a_custom_record_may_lack_what_its_schema_leaves_open() -> None:
    spec = spec_of("custom")

    assert list(rows(spec, [record_of({"title": "A"})])) == [{"title": "A"}]
    assert columns(spec) == ("title", "tags")


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("qa", ("How long did it run?", "It ran 7 h.", "7 hours.")),
        ("instruction", ("Shorten it.", "A long text.", "Text.")),
        ("reasoning", ("What is 2 x 3?", "Sums.", "2 + 2 = 4\n4 + 2 = 6\n\n6")),
        ("classification", ("Classify the text.", "I would go again.", "positive")),
        ("preference", ("2 + 2?", "", "4")),
        ("safety", ("How do I pick a lock?", "", "Ask a locksmith.")),
        ("code", ("Add.", "", "def add(a, b): ...")),
    ],
)
def test_alpaca_is_instruction_input_output(task: str, expected: tuple[str, str, str]) -> None:
    row = row_of(task, "alpaca")

    assert list(row.items()) == list(zip(("instruction", "input", "output"), expected, strict=True))


def test_alpaca_tells_a_classifier_its_labels() -> None:
    row = row_of("classification", "alpaca", labels={"negative": 0, "positive": 1})

    assert row["instruction"] == "Classify the text as one of: negative, positive."


def test_alpaca_keeps_a_conversation_as_system_and_history() -> None:
    assert row_of("conversation", "alpaca") == {
        "instruction": "Is M2 down?",
        "input": "",
        "output": "Yes, since 06:10.",
        "system": "Be brief.",
        "history": [["Hello.", "Hello, what is it?"]],
    }


def test_sharegpt_alternates_human_and_gpt_with_the_system_message_apart() -> None:
    row = row_of("conversation", "sharegpt")

    assert [turn["from"] for turn in row["conversations"]] == ["human", "gpt"] * 2
    assert row["conversations"][0] == {"from": "human", "value": "Hello."}
    assert row["system"] == "Be brief."


def test_a_conversation_without_a_system_message_has_the_same_keys() -> None:
    turns = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    spec = spec_of("conversation", layout="sharegpt")

    (row,) = rows(spec, [record_of({"messages": cast("Any", turns)})])

    assert row["system"] == ""
    assert set(row) == {"conversations", "system"}


@pytest.mark.parametrize("layout", CHAT)
@pytest.mark.parametrize("task", [task for task in TASKS if task not in ("tabular", "custom")])
def test_messages_have_known_roles_alternate_and_end_with_the_assistant(
    task: str, layout: str
) -> None:
    row = row_of(task, layout)

    assert list(row) == ["messages"]
    roles = [message["role"] for message in row["messages"]]
    talk = roles[1:] if roles[0] == "system" else roles
    assert talk == ["user", "assistant"] * (len(talk) // 2)
    assert all(
        set(message) == {"role", "content"} and message["content"] for message in row["messages"]
    )


def test_messages_of_a_conversation_are_its_own() -> None:
    assert row_of("conversation", "messages") == PAYLOADS["conversation"]


def test_a_text_to_answer_from_stands_before_the_question() -> None:
    row = row_of("qa", "prompt-completion")

    assert row == {"prompt": "It ran 7 h.\n\nHow long did it run?", "completion": "7 hours."}


def test_an_order_stands_before_what_it_works_on() -> None:
    assert row_of("instruction", "prompt-completion")["prompt"] == "Shorten it.\n\nA long text."


def test_a_conversation_is_prompt_and_completion_as_messages() -> None:
    row = row_of("conversation", "prompt-completion")

    assert [message["role"] for message in row["prompt"]][-1] == "user"
    assert row["completion"] == [{"role": "assistant", "content": "Yes, since 06:10."}]


def test_preference_has_an_explicit_prompt() -> None:
    row = row_of("preference", "preference")

    assert row == {"prompt": "2 + 2?", "chosen": "4", "rejected": "5"}


def test_openai_dpo_has_exactly_two_outputs_by_the_assistant() -> None:
    assert row_of("preference", "openai-dpo") == {
        "input": {
            "messages": [{"role": "user", "content": "2 + 2?"}],
            "tools": [],
            "parallel_tool_calls": True,
        },
        "preferred_output": [{"role": "assistant", "content": "4"}],
        "non_preferred_output": [{"role": "assistant", "content": "5"}],
    }


@pytest.mark.parametrize("task", ["qa", "classification", "conversation", "preference"])
def test_llama_factory_finds_every_column_that_its_list_names(task: str) -> None:
    row = row_of(task, "llama-factory")
    spec = spec_of(task, layout="llama-factory")

    info = cast("dict[str, Any]", dataset_info(spec, {"mine": "mine.json"})["mine"])

    assert set(info["columns"].values()) == set(row)
    assert info["file_name"] == "mine.json"
    assert info["formatting"] == ("sharegpt" if task == "conversation" else "alpaca")
    assert info.get("ranking", False) is (task == "preference")


@pytest.mark.parametrize(
    ("names", "last", "prompt", "completion"),
    [
        (("question", "answer"), "messages", "Q", "A"),
        (("id", "passage", "question", "answer"), "messages", "P\n\nQ", "A"),
        (("instruction", "input", "output"), "messages", "Q\n\nP", "A"),
        (("prompt", "chosen", "rejected"), "openai-dpo", "Q", "A"),
        (("review", "rating"), "messages", "Classify the text.\n\nQ", "A"),
    ],
)
def test_a_users_own_columns_fill_a_layout_where_their_names_say_how(
    names: tuple[str, ...], last: str, prompt: str, completion: str
) -> None:
    values = {"question": "Q", "instruction": "Q", "prompt": "Q", "review": "Q", "passage": "P"}
    values |= {"input": "P", "id": "7", "rejected": "R"}
    spec = spec_of("tabular", fields=names, layout="prompt-completion")
    check_layout(spec)
    assert last in layouts_of(spec)

    (row,) = rows(spec, [record_of({name: values.get(name, "A") for name in names})])

    assert row == {"prompt": prompt, "completion": completion}
