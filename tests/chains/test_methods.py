from typing import Any

import pytest

from synth_agent.chains.methods import writing_chain
from synth_agent.schemas import METHODS, TASKS
from tests.chat import Scripted, spec, writer

OWN: dict[str, dict[str, Any]] = {
    "classification": {"labels": {"a": 4, "b": 4}},
    "tabular": {"fields": ("a",)},
    "custom": {"json_schema": {"type": "object"}},
}


@pytest.mark.parametrize("task", TASKS)
def test_every_task_has_a_chain(task: str) -> None:
    known = writer(Scripted(), spec(task=task, **OWN.get(task, {})))

    assert writing_chain(known).get_name()


@pytest.mark.parametrize("method", [name for name in METHODS if name != "rules"])
def test_every_method_with_a_model_has_a_chain(method: str) -> None:
    chain = writing_chain(writer(Scripted(), spec(method=method)))

    named = {"persona": "self_instruct"}.get(method, method)
    assert chain.get_name() == named
