"""What hands were given, as it stands in the journal."""

import pytest
from pydantic import JsonValue

from synth_agent.pipeline.rows import EXAMPLES, PARENTS, named, shown


@pytest.mark.parametrize(
    ("given", "examples", "everything"),
    [
        ({EXAMPLES: ["s:1", "s:2"], PARENTS: ["s:1"]}, ["s:1", "s:2"], ["s:1", "s:2", "s:1"]),
        ({PARENTS: ["record:4"], "other": ["x"]}, [], ["record:4"]),
        ({EXAMPLES: [3], PARENTS: None}, ["3"], ["3"]),
        ({}, [], []),
        (None, [], []),
        (["s:1"], [], []),
    ],
    ids=["both", "parents", "odd", "nothing", "none", "a list"],
)
def test_what_a_hand_was_shown_is_named_as_often_as_it_was(
    given: JsonValue, examples: list[str], everything: list[str]
) -> None:
    assert named(given, EXAMPLES) == examples
    assert shown(given) == everything
