import asyncio
import re
from typing import Any

import pytest

from synth_agent.chains.hand import Hand, Outcome
from synth_agent.chains.tabulate import tabulate_chain
from synth_agent.errors import AnswerError
from synth_agent.schemas import Cell, Draft
from tests.chains.snapshot import assert_snapshot
from tests.chat import Scripted, hand, records, spec, writer

FIELDS = ("machine", "state", "scrap")


def write(model: Scripted, handed: Hand, **fields: Any) -> list[Outcome]:
    known = {"task": "tabular", "fields": FIELDS} | fields
    return asyncio.run(tabulate_chain(writer(model, spec(**known))).ainvoke(handed))


def row(state: object) -> dict[str, Any]:
    return {"record": {"machine": "M2", "state": state, "scrap": 4}}


@pytest.mark.parametrize("state", ["down", "Down", " DOWN."])
def test_a_row_with_its_label_is_a_draft(state: str) -> None:
    (draft,) = write(Scripted(answers=[records(row(state))]), hand(1, cells=[Cell("down")]))

    assert isinstance(draft, Draft)
    assert draft.payload == row(state)["record"]


def test_a_row_with_another_label_is_dropped_with_what_it_was() -> None:
    (lost,) = write(Scripted(answers=[records(row("up"))]), hand(1, cells=[Cell("down")]))

    assert isinstance(lost, AnswerError)
    assert (lost.reason, lost.detail) == ("label", "no field has the value 'down'")
    assert lost.payload == row("up")["record"]


def test_rows_are_spread_by_a_percentile_of_the_slots_own() -> None:
    model = Scripted(answers=[records(row("up"))])

    write(model, hand(20))
    write(model, hand(20))

    first, second = (re.findall(r"percentile: (\d+)", prompt) for prompt in model.prompts)
    assert first == second
    assert len(first) == 20
    assert len(set(first)) > 10
    assert all(0 <= int(n) < 100 for n in first)


def test_a_record_of_the_users_schema_is_what_stands_under_record() -> None:
    own = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    model = Scripted(answers=[{"records": [{"n": 1, "record": {"n": 70}}]}])

    (draft,) = write(model, hand(1), task="custom", fields=(), json_schema=own)

    assert isinstance(draft, Draft)
    assert draft.payload == {"n": 70}


def test_the_prompt_is_as_it_was() -> None:
    model = Scripted(answers=[records(row("up"))])

    write(model, hand(2, cells=[Cell("up"), Cell("down")]), role="industrial engineer")

    assert_snapshot("row", model.prompts[0])
