import asyncio
import re
from collections.abc import Sequence
from typing import Any

import pytest
from langchain_core.messages import BaseMessage

from synth_agent.chains.axes import PlannedAxes, planned_axes
from synth_agent.errors import RunError
from tests.chains.snapshot import assert_snapshot
from tests.chat import Scripted, spec, writer


def planner(areas: list[str], topics: dict[str, list[str]], personas: list[str]) -> Scripted:
    def plan(messages: Sequence[BaseMessage], options: dict[str, Any]) -> object:
        text = str(messages[-1].content)
        if "people" in text:
            return {"personas": personas}
        area = re.search(r"within this area alone: (.+)", text)
        return {"topics": topics[area[1]]} if area else {"areas": areas}

    return Scripted(answering=plan)


def plan(model: Scripted, **fields: Any) -> PlannedAxes:
    return asyncio.run(planned_axes(writer(model, spec(method="persona", **fields))))


def test_areas_take_turns_so_that_a_short_run_covers_all() -> None:
    topics = {"a": ["a1", "a2", "a3"], "b": ["b1"], "c": ["c1", "c2"]}

    found = plan(planner(["a", "b", "c"], topics, ["foreman", "nurse"]))

    assert found.topics == ("a1", "b1", "c1", "a2", "c2", "a3")
    assert found.personas == ("foreman", "nurse")


def test_repeats_blanks_and_paragraphs_are_no_names() -> None:
    topics = {"a": ["Scrap rate", "scrap  rate.", " ", "word " * 60], "b": ["SCRAP RATE", "b\n1"]}

    found = plan(planner(["a", "A ", "b"], topics | {"A": []}, ["x"]))

    assert found.topics == ("Scrap rate", "b 1")


def test_names_lose_the_bullets_of_their_list() -> None:
    model = planner(["a"], {"a": ["1. Scrap rate", "- 5S audit", "2.5 % limit"]}, ["(3) nurse"])

    found = plan(model)

    assert found == (("Scrap rate", "5S audit", "2.5 % limit"), ("nurse",))


def test_topics_of_the_spec_are_the_areas() -> None:
    model = planner([], {"steel": ["s1"], "glass": ["g1"]}, ["x"])

    found = plan(model, topics=("steel", "glass"))

    assert found.topics == ("s1", "g1")
    assert len(model.sent) == 3
    assert "All areas: steel; glass" in "".join(model.prompts)


@pytest.mark.parametrize(
    ("count", "areas", "personas"), [(1, 3, 4), (8, 3, 4), (100, 10, 24), (10_000, 11, 24)]
)
def test_as_much_is_asked_for_as_the_count_can_use(count: int, areas: int, personas: int) -> None:
    model = planner(["a"], {"a": ["a1"]}, ["x"])

    plan(model, count=count)

    assert f"Name {areas} areas." in model.prompts[0]
    assert f"Name {personas} people." in "".join(model.prompts)


def test_a_model_that_names_none_ends_the_planning_with_advice() -> None:
    with pytest.raises(RunError, match=r"could not be planned \(unreadable.*resume"):
        plan(Scripted(answers=["I'd rather talk."]))


def test_a_plan_without_any_topic_is_none() -> None:
    with pytest.raises(RunError, match="could not be planned"):
        plan(planner([], {}, ["x"]))


def test_the_prompts_are_as_they_were() -> None:
    model = planner(["a"], {"a": ["a1"]}, ["x"])

    plan(model, role="industrial engineer", brief="Ten questions", language="de")

    for name, part in [("areas", "areas."), ("topics", "alone: a"), ("personas", "people.")]:
        assert_snapshot(name, next(p for p in model.prompts if p.endswith(part)))
