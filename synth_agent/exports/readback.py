"""A row in a trainer's layout, read back as a task's own fields.

The inverse of `layouts` and `exchanges`, as far as a layout keeps what went in: where context and
question stand in one prompt, the last paragraph counts as the question; where reasoning and answer
do, the last paragraph counts as the answer. Tests of code, and kind and category of a safety
prompt, are in no layout.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from pydantic import JsonValue

from synth_agent.exports.exchanges import Exchange
from synth_agent.schemas import DEFAULT_FIELDS

__all__ = ["payload_of", "read_back"]

Row = Mapping[str, JsonValue]
Payload = dict[str, JsonValue]

_ROLES: Final[Mapping[str, str]] = {
    "system": "system",
    **dict.fromkeys(("user", "human"), "user"),
    **dict.fromkeys(("assistant", "gpt", "model", "bot"), "assistant"),
}
_ORDER: Final = re.compile(r"Classify the text(?: as one of: [^\n]*)?\.\n\n")


def read_back(task: str, row: Row) -> Payload | None:
    """Return a row in one of the layouts as the task's fields; None where it is in none.

    A row that has all of the task's own fields is in none: they mean themselves.
    """
    own = DEFAULT_FIELDS[task]
    if not own or row.keys() >= set(own):
        return None
    for keys, read in _LAYOUTS.items():
        if row.keys() >= keys and (said := read(row)):
            return payload_of(task, said)
    return None


def payload_of(task: str, said: Exchange) -> Payload:
    """Return what is asked and answered as the fields of a task, those left out that it lacks."""
    first = said
    if said.history and task != "conversation":  # what was said later rests on what was before
        first = Exchange(*said.history[0], system=said.system)
    return _PAYLOADS[task](first)


# ----------------------------------------------------------------------------------------- layouts


def _messages(row: Row) -> Exchange | None:
    return _turns(row["messages"])


def _conversations(row: Row) -> Exchange | None:
    return _turns(row["conversations"], system=_text(row.get("system")))


def _prompt_completion(row: Row) -> Exchange | None:
    prompt, completion = row["prompt"], row["completion"]
    if isinstance(prompt, list) and isinstance(completion, list):
        return _turns([*prompt, *completion])
    return Exchange(_text(prompt), _text(completion))


def _preference(row: Row) -> Exchange | None:
    prompt, better, worse = (_text(row[name]) for name in ("prompt", "chosen", "rejected"))
    return Exchange(prompt, better, worse=worse)


def _openai_dpo(row: Row) -> Exchange | None:
    asked, better = row["input"], row["preferred_output"]
    if not isinstance(asked, dict) or not isinstance(better, list):
        return None
    messages = asked.get("messages")
    said = _turns([*messages, *better]) if isinstance(messages, list) else None
    if said is None:
        return None
    return Exchange(said.asked, said.answered, worse=_text(row["non_preferred_output"]))


def _pair(row: Row) -> Exchange | None:
    return Exchange(
        asked=_text(row["instruction"]),
        given=_text(row["input"]),
        answered=_text(row["chosen"]),
        worse=_text(row["rejected"]),
    )


def _alpaca(row: Row) -> Exchange | None:
    return Exchange(
        asked=_text(row["instruction"]),
        given=_text(row["input"]),
        answered=_text(row["output"]),
        system=_text(row.get("system")),
        history=tuple((_text(one), _text(other)) for one, other in _pairs(row.get("history"))),
    )


_LAYOUTS: Final[Mapping[frozenset[str], Callable[[Row], Exchange | None]]] = {
    frozenset({"messages"}): _messages,
    frozenset({"conversations"}): _conversations,
    frozenset({"prompt", "completion"}): _prompt_completion,
    frozenset({"prompt", "chosen", "rejected"}): _preference,
    frozenset({"input", "preferred_output", "non_preferred_output"}): _openai_dpo,
    frozenset({"instruction", "input", "chosen", "rejected"}): _pair,
    frozenset({"instruction", "input", "output"}): _alpaca,
}
"""The keys that a row of a layout has at least; what it has besides is left out."""


def _pairs(value: JsonValue) -> list[list[JsonValue]]:
    rows = value if isinstance(value, list) else []
    return [one for one in rows if isinstance(one, list) and len(one) == 2]


def _turns(value: JsonValue, *, system: str = "") -> Exchange | None:
    """Return a conversation; None where it does not alternate between user and assistant."""
    said = [_turn(one) for one in value] if isinstance(value, list) else []
    if said and said[0][0] == "system":
        system = said.pop(0)[1]
    roles = [role for role, _ in said]
    if not said or roles != ["user", "assistant"] * (len(said) // 2):
        return None
    texts = [text for _, text in said]
    *history, (asked, answered) = zip(texts[::2], texts[1::2], strict=True)
    return Exchange(asked, answered, system=system, history=tuple(history), turns=True)


def _turn(value: JsonValue) -> tuple[str, str]:
    """Return role and text; an unknown role stays, and is refused with the conversation."""
    if not isinstance(value, dict):
        return "", ""
    role = str(value.get("role", value.get("from")))
    return _ROLES.get(role, role), _text(value.get("content", value.get("value")))


def _text(value: JsonValue) -> str:
    """Return what is said, whether it comes as text, as parts, or as messages."""
    if isinstance(value, list):
        return "\n".join(filter(None, map(_text, value)))
    if isinstance(value, dict):
        return _text(value.get("text", value.get("content", value.get("value"))))
    return "" if value is None else str(value)


# ------------------------------------------------------------------------------------------- tasks


def _split(said: Exchange) -> tuple[str, str]:
    """Return question and context, also where they stand in one prompt."""
    if said.given:
        return said.asked, said.given
    context, _, asked = said.asked.strip().rpartition("\n\n")
    return asked, context


def _qa(said: Exchange) -> Payload:
    asked, context = _split(said)
    return {"input": asked, "context": context, "output": said.answered}


def _reasoning(said: Exchange) -> Payload:
    asked, context = _split(said)
    reasoning, _, output = said.answered.strip().rpartition("\n\n")
    return {"input": asked, "context": context, "reasoning": reasoning, "output": output}


def _instruction(said: Exchange) -> Payload:
    return {"instruction": said.asked, "input": said.given, "output": said.answered}


def _classification(said: Exchange) -> Payload:
    return {"text": said.given or _ORDER.sub("", said.asked, count=1), "label": said.answered}


def _conversation(said: Exchange) -> Payload:
    turns = [("system", said.system)] if said.system else []
    for asked, answered in (*said.history, (said.prompt, said.answered)):
        turns += [("user", asked), ("assistant", answered)]
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def _better_and_worse(said: Exchange) -> Payload:
    worse: Payload = {} if said.worse is None else {"rejected": said.worse}
    return {"input": said.prompt, "chosen": said.answered} | worse


def _safety(said: Exchange) -> Payload:
    return {"prompt": said.prompt, "response": said.answered}


def _code(said: Exchange) -> Payload:
    return {"instruction": said.prompt, "code": said.answered}


_PAYLOADS: Final[Mapping[str, Callable[[Exchange], Payload]]] = {
    "qa": _qa,
    "reasoning": _reasoning,
    "instruction": _instruction,
    "classification": _classification,
    "conversation": _conversation,
    "preference": _better_and_worse,
    "safety": _safety,
    "code": _code,
}
