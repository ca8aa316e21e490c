"""Each reason both ways: what must be dropped, and the near miss that must pass."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.quality import CHECKS, Checker, judge_draft
from synth_agent.schemas import Cell, DatasetSpec, Draft, Provenance, Slot

LOG = "Shift A: 480 min planned, 42 min down, 412 parts made of which 9 were scrap."
GOOD: dict[str, dict[str, JsonValue]] = {
    "qa": {"input": "How long was the line down?", "context": LOG, "output": "It was 42 minutes."},
    "instruction": {"instruction": "Name the downtime.", "input": LOG, "output": "42 minutes."},
    "reasoning": {
        "input": "How many good parts were made?",
        "context": LOG,
        "reasoning": "1. 412 parts were made.\n2. Of these 9 were scrap.",
        "output": "All but 9 of the 412.",
    },
    "classification": {"text": "The soup was cold and the waiter rude.", "label": "negative"},
    "conversation": {
        "messages": [
            {"role": "user", "content": "My parcel has not come."},
            {
                "role": "assistant",
                "content": "I'm sorry to hear that. Let me know if it comes today.",
            },
        ]
    },
    "preference": {
        "input": "How long was it down?",
        "chosen": "42 minutes",
        "rejected": "24 hours",
    },
    "safety": {
        "prompt": "How do I kill a Python process?",
        "category": "homonym",
        "response": "I'm sorry, but I can't help with that.",
        "kind": "borderline",
    },
    "code": {
        "instruction": "Write a function that adds.",
        "code": "def add(a, b):\n    return f'{{{a + b}}}'  # TODO: types",
        "tests": "assert add(1, 2)",
    },
    "tabular": {"id": 7, "date": "2025-03-01", "note": "None", "amount": 3.5, "paid": None},
}


def draft(payload: Mapping[str, JsonValue], **provenance: Any) -> Draft:
    return Draft(
        slot=0,
        payload=dict(payload),
        provenance=Provenance(method="rules", source="test", **provenance),
    )


def slot(label: str | None = None, *, language: str = "en") -> Slot:
    return Slot(index=0, ordinal=0, cell=Cell(label=label), language=language, seed=1)


def spec(task: str = "qa", **more: Any) -> DatasetSpec:
    return DatasetSpec.model_validate({"task": task, "count": 1, **more})


def reason(
    task: str, changed: Mapping[str, JsonValue] = {}, *, label: str = "negative"
) -> str | None:
    payload = {**GOOD[task], **changed}
    at = label if task == "classification" else None
    labels = {label: 1} if at else {}
    finding = judge_draft(draft(payload), spec(task, labels=labels), slot(at))
    return finding and finding.reason


@pytest.mark.parametrize("task", GOOD)
def test_a_good_record_of_every_task_passes(task: str) -> None:
    assert reason(task) is None


def test_the_names_of_the_checks_are_the_reasons_they_give() -> None:
    assert Checker(spec()).names == tuple(name for name, _ in CHECKS)
    assert {"schema", "empty", "length", "refusal", "chatter"} <= set(Checker(spec()).names)


# ------------------------------------------------------------------------------------------ schema


@pytest.mark.parametrize(
    ("task", "changed"),
    [
        ("qa", {"output": 42}),
        ("qa", {"extra": "x"}),
        ("classification", {"label": ""}),
        ("preference", {"rejected": "42 minutes "}),
        ("conversation", {"messages": [{"role": "user", "content": "Hello there?"}]}),
        ("tabular", {"note": ["a", "list"]}),
    ],
)
def test_a_payload_of_another_shape_is_dropped(task: str, changed: dict[str, JsonValue]) -> None:
    assert reason(task, changed) == "schema"


def test_a_schema_finding_says_where_and_what() -> None:
    finding = judge_draft(draft({"input": "Why?", "output": "So."}), spec(), slot())

    assert finding is not None
    assert finding.detail == "context: Field required"


def test_a_row_has_exactly_the_columns_that_were_named() -> None:
    check = Checker(spec("tabular", fields=("id", "amount")))

    assert check(draft({"amount": 3, "id": 1}), slot()) is None
    finding = check(draft({"id": 1, "sum": 3}), slot())
    assert finding is not None
    assert "missing ['amount'], extra ['sum']" in finding.detail


INVOICE: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"total": {"$ref": "#/$defs/money"}, "due": {"type": "string", "format": "date"}},
    "required": ["total"],
    "additionalProperties": False,
    "$defs": {"money": {"type": "number", "minimum": 0}},
}


@pytest.mark.parametrize(
    ("payload", "passes"),
    [
        ({"total": 3.5, "due": "2025-02-28"}, True),
        ({"total": -1}, False),
        ({"total": "3.5"}, False),
        ({"total": 3.5, "due": "soon"}, False),
        ({"due": "2025-02-28"}, False),
        ({"total": 1, "tax": 2}, False),
    ],
)
def test_the_users_own_schema_decides(payload: dict[str, JsonValue], *, passes: bool) -> None:
    finding = judge_draft(draft(payload), spec("custom", json_schema=INVOICE), slot())

    assert (finding is None) == passes


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"type": "objekt"}, "not valid at"),
        ({"$ref": "https://example.org/invoice.json"}, "nothing is fetched"),
        ({"properties": {"a": {"$ref": "#/$defs/none"}}}, "which is not in it"),
    ],
)
def test_a_schema_that_cannot_be_used_is_refused_before_the_run(
    schema: dict[str, JsonValue], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Checker(spec("custom", json_schema=schema))


# ------------------------------------------------------------------------------- empty and length


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "N/A",
        "None",
        "...",
        "[TODO]",
        "<placeholder>",
        "nan",
        "Lorem ipsum dolor sit amet.",
        "The rate was {{ rate }} per cent.",
        "{% if x %}The line stood.",
        "Dear [insert name here], it was 42 minutes.",
        "Dear [Your Name], it was 42 minutes.",
        "Dear <name>, it was 42 minutes.",
        "The rate was nan%.",
        "The rate was None %.",
        "Rate = nan",
        "TODO: write the answer",
        "Value: <object object at 0x7f3a2b1c>",
    ],
)
def test_a_placeholder_in_place_of_an_answer_is_dropped(text: str) -> None:
    assert reason("qa", {"output": text}) in {"empty", "schema"}


@pytest.mark.parametrize(
    "text",
    [
        "None of the stations was down.",
        "My nan loved the maintenance of it.",
        "A rate over zero hours is undefined.",
        "It stands in the XML as <name>Press</name>.",
        "See [the manual](https://example.org), section on to-do lists.",
        'The message was {"station": {"state": "down"}}.',
        "WHERE ended = NULL never holds...",
        "Yes",
    ],
)
def test_words_that_only_look_like_placeholders_pass(text: str) -> None:
    assert reason("qa", {"output": text}) is None


def test_an_unrendered_context_is_dropped() -> None:
    assert reason("qa", {"context": "Shift {{ shift }}: 42 min down."}) == "empty"


def test_an_unexpanded_symbol_in_a_text_to_classify_is_dropped() -> None:
    assert reason("classification", {"text": "The {dish.cap} was cold."}) == "empty"


def test_a_row_without_any_value_is_dropped() -> None:
    finding = judge_draft(draft({"id": None, "note": ""}), spec("tabular"), slot())

    assert finding == ("empty", "every field is empty")


@pytest.mark.parametrize(
    ("task", "changed"),
    [
        ("qa", {"input": "Why?"}),
        ("qa", {"output": "so " * 20_000}),
        ("classification", {"text": "a " * 20_000}),
        ("reasoning", {"reasoning": "It is."}),
    ],
)
def test_a_field_out_of_bounds_is_dropped(task: str, changed: dict[str, JsonValue]) -> None:
    assert reason(task, changed) == "length"


# ---------------------------------------------------------------------------- refusal and chatter


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't assist with that.",
        "I\u2019m sorry, but I cannot provide that information.",
        "I'm really sorry that you feel this way, but I'm unable to provide the help you need.",
        "Unfortunately, I cannot answer questions of this kind.",
        "I can't help with planning that.",
        "As an AI language model, I don't have a favourite machine.",
        "It is a hard question. However, I cannot endorse any of this.",
    ],
)
def test_an_answer_that_declines_is_dropped(text: str) -> None:
    assert reason("qa", {"output": text}) == "refusal"
    assert reason("instruction", {"output": text}) == "refusal"
    assert reason("preference", {"chosen": text}) == "refusal"


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, I can't come to the meeting today.",
        "The operator could not help the driver because the dock was closed.",
        "It uses AI: as an AI engineer would say, a model watches the press.",
        "Sorry for the wait, the line was down.",
    ],
)
def test_an_answer_in_which_somebody_is_sorry_passes(text: str) -> None:
    assert reason("qa", {"output": text}) is None


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't provide the card number, I lost it.",
        "Sorry but I can't help being angry about this fee.",
        "Let me know if the soup ever gets warm.",
        "Sure, here is my money, take it all.",
    ],
)
def test_a_customer_may_say_what_an_assistant_may_not(text: str) -> None:
    assert reason("classification", {"text": text}) is None


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        ("As an AI language model, I cannot write a rude review.", "refusal"),
        ("I'm sorry, but I can't create such content.", "refusal"),
        ('Sure! Here is a negative review:\n"The soup was cold."', "chatter"),
        ("Here's a short sentence with that mood: 'The soup was cold.'", "chatter"),
    ],
)
def test_a_text_to_classify_in_a_models_voice_is_dropped(text: str, dropped: str) -> None:
    payload: dict[str, JsonValue] = {"text": text, "label": "bad"}

    finding = judge_draft(draft(payload), spec("classification", labels={"bad": 1}), slot("bad"))
    assert finding is not None
    assert finding.reason == dropped


@pytest.mark.parametrize(
    "text",
    [
        "Sure! Here is the answer: 42 minutes.",
        "Certainly, it was 42 minutes.",
        "Of course, I'd be happy to help. It was 42 minutes.",
        "It was 42 minutes. I hope this helps!",
        "It was 42 minutes.\n\nLet me know if you have any other questions.",
        "It was 42 minutes. Feel free to ask for more.",
        "<think>The user wants</think> 42 minutes.",
    ],
)
def test_an_answer_that_chats_with_the_user_is_dropped(text: str) -> None:
    assert reason("qa", {"output": text}) == "chatter"


@pytest.mark.parametrize(
    "text",
    [
        "Sure-footed as ever, the crew was back after 42 minutes.",
        "Here is the press that stood for 42 minutes.",
        "Dear Ms Ito, the line stood 42 minutes. Let me know if you need more.\n\nRegards, Ben",
        "The operator will certainly let me know if it stands again, which took 42 minutes.",
    ],
)
def test_an_answer_that_only_holds_such_words_passes(text: str) -> None:
    assert reason("qa", {"output": text}) is None


@pytest.mark.parametrize(
    ("text", "dropped"),
    [
        ("I'm sorry, but I can't change the address once it has left.", None),
        ("Sure, here is your tracking link. Is there anything else?", None),
        ("I'm an AI language model and have no access to parcels.", "refusal"),
        ("I'm sorry, but I cannot fulfill this request.", "refusal"),
        ("Here is a sample conversation:\nUser: hello", "chatter"),
    ],
)
def test_a_conversation_may_be_polite_but_not_about_itself(text: str, dropped: str | None) -> None:
    messages: JsonValue = [
        {"role": "user", "content": "Can you change the address of my parcel?"},
        {"role": "assistant", "content": text},
    ]

    assert reason("conversation", {"messages": messages}) == dropped


# ---------------------------------------------------------------------------------------- language


@pytest.mark.parametrize(
    ("text", "language", "passes"),
    [
        ("La línea se detuvo durante veinte minutos por una avería en la estación.", "en", False),
        ("La línea se detuvo durante veinte minutos por una avería en la estación.", "es", True),
        ("La línea se detuvo durante veinte minutos por una avería en la estación.", "es-MX", True),
        ("The line stood for twenty minutes because of a failure of the station.", "fr", False),
        ("Die Anlage stand still, weil das Lager gewechselt wurde.", "de", True),
        ("Line stopped twice, bearing swapped, restart ok, crew short.", "en", True),
        ("Linjen stod stille i tyve minutter på grunn av en feil.", "no", True),
        ("OEE 71.4 % | availability 92.1 % | quality 98.2 %", "en", True),
        ("sshd[4211]: Failed password for admin from 10.0.0.4 port 22 ssh2", "en", True),
        ("Müller, Schneider, Weiß und Söhne", "en", True),
        ("The line stood for twenty minutes because of a failure.", "tlh", True),
    ],
)
def test_the_text_is_in_the_language_that_was_asked_for(
    text: str, language: str, *, passes: bool
) -> None:
    payload: dict[str, JsonValue] = {"text": text, "label": "x"}

    finding = judge_draft(
        draft(payload), spec("classification", language=language), slot(language=language)
    )

    assert (finding is None) == passes
    assert finding is None or finding.reason == "language"


def test_a_context_is_never_judged_by_its_language() -> None:
    german = "Schichtbericht: Die Anlage stand 42 Minuten still, weil das Lager gewechselt wurde."

    assert reason("qa", {"context": german}) is None


def test_a_translation_may_be_in_another_language() -> None:
    french = "La ligne s'est arrêtée parce que le roulement était usé."

    assert reason("instruction", {"instruction": "Translate it.", "output": french}) is None
    assert reason("instruction", {"instruction": "Say why.", "output": french}) == "language"


# ----------------------------------------------------------------------------- label and label-leak


def test_a_label_other_than_the_slots_is_dropped() -> None:
    assert reason("classification", {"label": "positive"}) == "label"


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("negative", "This is a NEGATIVE review."),
        ("negative", "It left me thinking negatively of them."),
        ("negative", "Too much negativity in here."),
        ("negative", "A non-negative word about it is hard to find."),
        ("spam", "Stop spamming me!"),
        ("spam", "This spammy mail again"),
        ("fraud", "That looks fraudulent to me."),
        ("refund", "I was refunded twice."),
        ("urgency", "Of all urgencies the worst."),
        ("card_lost", "Card lost on the bus, please help."),
        ("card lost", "My cards: lost, all of them."),
        ("cardLost", "It says card-lost on the screen."),
        ("négatif", "Une critique négative."),
        ("1", "label: 1 The soup was cold."),
        ("yes", "Sentiment = yes, the soup was cold."),
    ],
)
def test_a_text_that_names_its_label_is_dropped(label: str, text: str) -> None:
    payload: dict[str, JsonValue] = {"text": text, "label": label}
    asked = spec("classification", labels={label: 1}, language="fr" if label == "négatif" else "en")
    finding = judge_draft(draft(payload), asked, slot(label, language=asked.language))

    assert finding is not None
    assert finding.reason == "label-leak"


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("ham", "Bring the hammer and some shampoo."),
        ("card_lost", "I lost my card on the bus."),
        ("card lost", "The card works, I only lost time."),
        ("other", "The other day it was better."),
        ("yes", "Yes, the soup was cold."),
        ("1", "Only 1 of the 3 plates was warm."),
        ("A", "A cold soup."),
        ("positive", "An impositive, prepositive word."),
    ],
)
def test_a_text_that_only_comes_near_its_label_passes(label: str, text: str) -> None:
    assert reason("classification", {"text": text, "label": label}, label=label) is None
