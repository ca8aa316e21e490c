import asyncio
import re
from functools import cache
from typing import Any

import pytest

from synth_agent import SynthAgent
from synth_agent.chains.hand import Material, Outcome
from synth_agent.chains.rewrite import rewrite_chain
from synth_agent.errors import AnswerError
from synth_agent.schemas import Draft
from tests.chains.snapshot import assert_snapshot
from tests.chat import Scripted, hand, records, spec, writer

MADE = {
    "input": "How long did line 3 stand still?",
    "context": "Line 3 stopped at 06:30 and ran again at 07:15. It makes 412 parts per hour.",
    "output": "07:15 − 06:30 = 45 min",
}
SAID = {
    "input": "For how long was line 3 down?",
    "context": "We lost line 3 from 06:30 to 07:15; it normally gives us 412 parts per hour.",
    "output": "It was down for 45 min, as 07:15 − 06:30 = 45 min.",
}


def rewrite(
    said: dict[str, Any], *, made: dict[str, Any] | None = None, model: Scripted | None = None
) -> Outcome:
    material = Material("industrial@1#2", payload=made or MADE, facts={"minutes": 45}, proof=("p",))
    chain = rewrite_chain(
        writer(model or Scripted(answers=[records(said)]), spec(method="rewrite", role="engineer"))
    )
    (outcome,) = asyncio.run(chain.ainvoke(hand(1, materials=[(material,)])))
    return outcome


@cache
def industrial() -> tuple[dict[str, Any], ...]:
    made = SynthAgent().preview("Produce 20 questions and answers as an industrial engineer")
    return tuple(dict(getattr(record, "payload", record)) for record in made)


def test_a_record_in_other_words_keeps_facts_and_proof() -> None:
    draft = rewrite(SAID)

    assert isinstance(draft, Draft)
    assert draft.payload == SAID
    assert draft.provenance.facts == {"minutes": 45}
    assert draft.provenance.proof == ("p",)
    assert draft.provenance.parents == ("industrial@1#2",)


@pytest.mark.parametrize(
    ("field", "old", "new", "detail"),
    [
        ("context", "412", "410", "context no longer says 412"),
        ("context", "at 06:30", "early on", "context no longer says 06:30"),
        ("output", "45 min", "45 min of 480 min", "output says 480 min"),
        ("input", "line 3", "that line", "input no longer says 3"),
        ("input", "still?", "still, the 45 min?", "input says 45 min"),
    ],
    ids=["changed", "left out", "added", "a name", "given away"],
)
def test_a_fact_that_was_touched_costs_the_record(
    field: str, old: str, new: str, detail: str
) -> None:
    lost = rewrite({**MADE, field: MADE[field].replace(old, new)})

    assert isinstance(lost, AnswerError)
    assert lost.reason == "fact-changed"
    assert detail in lost.detail
    assert lost.payload[field] != MADE[field]


def test_an_identifier_that_the_record_does_not_have_costs_it() -> None:
    made = {**MADE, "context": f"{MADE['context']} S04 waited. S04 ran."}

    lost = rewrite({**made, "context": f"{MADE['context']} S04 waited. S84 ran."}, made=made)
    kept = rewrite({**made, "context": f"{MADE['context']} The S-04 crew waited."}, made=made)

    assert isinstance(lost, AnswerError)
    assert lost.detail == "context says S84, which the record did not"
    assert isinstance(kept, Draft)


def test_rule_made_records_pass_as_they_are() -> None:
    assert industrial()
    for made in industrial():
        assert isinstance(rewrite(made, made=made), Draft), made


def test_a_changed_figure_is_noticed_in_rule_made_records() -> None:
    """A figure that nothing else in its field states is replaced by one that nothing states."""
    changed = 0
    for made in industrial():
        for field, text in made.items():
            for figure in set(re.findall(r"(?<![\w.,:/-])\d{2,3}(?![\w.,:/-])", str(text))):
                if len(re.findall(figure, str(text))) > 1:
                    continue
                changed += 1
                outcome = rewrite({**made, field: text.replace(figure, "9717")}, made=made)
                assert isinstance(outcome, AnswerError), (field, figure)
    assert changed > 5


def test_the_prompt_is_as_it_was() -> None:
    model = Scripted(answers=[records(SAID)])

    rewrite(SAID, model=model)

    assert_snapshot("rewrite", model.prompts[0])
