import pytest

from synth_agent.schemas import TASKS
from synth_agent.writing.hand_size import TYPICAL_TOKENS, hand_size
from tests.chat import spec


def test_the_spec_decides_where_it_says_so() -> None:
    assert hand_size(spec(records_per_call=17)) == 17


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"task": "qa", "count": 100}, 7),
        ({"task": "qa", "count": 3}, 3),
        ({"task": "qa", "count": 100, "method": "grounded"}, 5),
        ({"task": "qa", "count": 100, "method": "persona"}, 7),
        ({"task": "code", "count": 100}, 3),
        ({"task": "tabular", "count": 100, "fields": ("a",)}, 20),
    ],
    ids=["as many as fit", "no more than wanted", "careful", "persona", "long", "short"],
)
def test_as_many_share_a_call_as_fit_well(fields: dict[str, object], expected: int) -> None:
    assert hand_size(spec(**fields)) == expected


def test_every_task_has_a_typical_length() -> None:
    assert set(TYPICAL_TOKENS) == set(TASKS)
