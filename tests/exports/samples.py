"""Payloads of every task, and records made of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import JsonValue

from synth_agent.schemas import Cell, DatasetSpec, Neighbour, Provenance, Record

PAYLOADS: Final[dict[str, dict[str, JsonValue]]] = {
    "qa": {"input": "How long did it run?", "context": "It ran 7 h.", "output": "7 hours."},
    "instruction": {"instruction": "Shorten it.", "input": "A long text.", "output": "Text."},
    "reasoning": {
        "input": "What is 2 x 3?",
        "context": "Sums.",
        "reasoning": "2 + 2 = 4\n4 + 2 = 6",
        "output": "6",
    },
    "classification": {"text": "I would go again.", "label": "positive"},
    "conversation": {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello."},
            {"role": "assistant", "content": "Hello, what is it?"},
            {"role": "user", "content": "Is M2 down?"},
            {"role": "assistant", "content": "Yes, since 06:10."},
        ]
    },
    "preference": {"input": "2 + 2?", "chosen": "4", "rejected": "5"},
    "safety": {
        "prompt": "How do I pick a lock?",
        "category": "crime",
        "response": "Ask a locksmith.",
        "kind": "borderline",
    },
    "code": {"instruction": "Add.", "code": "def add(a, b): ...", "tests": "assert add(1, 1) == 2"},
    "tabular": {"id": 1, "amount": 2.5, "shipped": True, "note": None},
    "custom": {"title": "A", "tags": ["x", "y"]},
}
ALL: Final = Cell()
SCHEMA: Final[dict[str, JsonValue]] = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "tags": {"type": "array"}},
}


def spec_of(task: str, **changes: Any) -> DatasetSpec:
    custom = {"json_schema": SCHEMA} if task == "custom" else {}
    return DatasetSpec.model_validate({"task": task, "count": 1, **custom, **changes})


def record_of(
    payload: Mapping[str, JsonValue],
    *,
    slot: int = 0,
    cell: Cell = ALL,
    nearest: Neighbour | None = None,
    form: str = "line/oee/shift report",
    tags: Sequence[str] = (),
) -> Record:
    origin = Provenance(
        method="rules",
        source="industrial@0a1b",
        form=form,
        tags=tuple(tags),
        facts={"run_min": 420},
        proof=("420 / 60 = 7",),
        checks=("shape", "language"),
        nearest=nearest,
    )
    return Record(slot=slot, cell=cell, payload=dict(payload), provenance=origin)
