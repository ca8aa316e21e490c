"""Facts: distributions, bounds, correlation, rows, constraints, rare events."""

import math
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from synth_agent.errors import AnswerError, ConfigError
from synth_agent.rules.chance import Chance
from synth_agent.rules.draw_forms import Draw, Entity
from synth_agent.rules.draws import Draws
from synth_agent.rules.entities import Entities
from synth_agent.rules.expressions import FUNCTIONS

DRAWS = TypeAdapter(dict[str, Draw])
ENTITIES = Entities(
    TypeAdapter(dict[str, Entity]).validate_python(
        {
            "ward": ["A", "B", "C"],
            "cause": {"weights": {"often": 9, "seldom": 1}},
            "mrn": {"pattern": "M-##?"},
            "nurse": {"faker": "last_name"},
        }
    )
)


def draw(
    draws: dict[str, Any], *, seed: int = 1, constraints: tuple[str, ...] = (), **given_: Any
) -> dict[str, Any]:
    facts: dict[str, Any] = dict(FUNCTIONS)
    made = Draws(DRAWS.validate_python(draws), ENTITIES, where="here", constraints=constraints)
    made.fill(facts, Chance(seed), given=given_)
    return {name: facts[name] for name in draws}


def many(spec: dict[str, Any], n: int = 3000) -> np.ndarray:
    made = Draws(DRAWS.validate_python({"x": spec}), ENTITIES, where="here")
    values = []
    for seed in range(n):
        facts: dict[str, Any] = dict(FUNCTIONS)
        made.fill(facts, Chance(seed))
        values.append(facts["x"])
    return np.array(values, float)


@pytest.mark.parametrize(
    ("spec", "mean", "sd"),
    [
        ({"dist": "normal", "mean": 50, "sd": 5}, 50, 5),
        ({"dist": "lognormal", "median": 10, "sigma": 0.2}, 10 * math.exp(0.02), 2.04),
        ({"dist": "uniform", "low": 0, "high": 12}, 6, 3.46),
        ({"dist": "uniform", "low": 1, "high": 6, "round": 0}, 3.5, 1.71),
        ({"dist": "triangular", "low": 0, "mode": 3, "high": 9}, 4, 1.87),
        ({"dist": "exponential", "mean": 4}, 4, 4),
        ({"dist": "weibull", "shape": 2, "scale": 10}, 8.86, 4.63),
        ({"dist": "poisson", "mean": 3}, 3, 1.73),
        ({"dist": "binomial", "n": 20, "p": 0.3}, 6, 2.05),
        ({"dist": "categorical", "values": [0, 10], "weights": [3, 1]}, 2.5, 4.33),
    ],
    ids=lambda value: value["dist"] if isinstance(value, dict) else "",
)
def test_a_distribution_has_its_mean_and_spread(
    spec: dict[str, Any], mean: float, sd: float
) -> None:
    values = many(spec)

    assert values.mean() == pytest.approx(mean, abs=4 * sd / math.sqrt(len(values)))
    assert values.std() == pytest.approx(sd, rel=0.12)


@settings(max_examples=60)
@given(st.floats(-50, 50), st.floats(0.1, 40), st.integers(0, 2**32))
def test_a_bounded_draw_stays_within_its_bounds(mean: float, sd: float, seed: int) -> None:
    spec = {"dist": "normal", "mean": mean, "sd": sd, "min": -10, "max": 10, "round": 1}

    assert -10 <= draw({"x": spec}, seed=seed)["x"] <= 10


def test_correlated_draws_have_the_stated_correlation() -> None:
    pairs = [
        draw(
            {
                "x": {"dist": "normal", "mean": 120, "sd": 15},
                "y": {"dist": "normal", "mean": 80, "sd": 9, "correlate": {"to": "x", "rho": 0.7}},
            },
            seed=seed,
        )
        for seed in range(2500)
    ]

    assert np.corrcoef([p["x"] for p in pairs], [p["y"] for p in pairs])[0, 1] == pytest.approx(
        0.7, abs=0.05
    )


def test_a_rare_event_happens_at_its_rate_and_leaves_a_tag() -> None:
    tags = 0
    made = Draws(DRAWS.validate_python({"fire": {"rare": 0.05}}), ENTITIES, where="here")
    for seed in range(4000):
        chance, facts = Chance(seed), dict(FUNCTIONS)
        made.fill(facts, chance)
        assert chance.tags == (["rare:fire"] if facts["fire"] else [])
        tags += len(chance.tags)

    assert tags / 4000 == pytest.approx(0.05, abs=0.015)


def test_later_draws_see_earlier_ones_and_parameters_are_expressions() -> None:
    facts = draw(
        {"a": 3, "b": "a * 2", "c": {"dist": "uniform", "low": "b", "high": "b", "round": 0}}
    )

    assert facts == {"a": 3, "b": 6, "c": 6}


def test_rows_see_the_row_before_them() -> None:
    facts = draw(
        {"rows": {"rows": 4, "draw": {"t": "(previous.t if previous else 100) + 10", "n": "i"}}}
    )

    assert facts["rows"] == [
        {"t": 110, "n": 0},
        {"t": 120, "n": 1},
        {"t": 130, "n": 2},
        {"t": 140, "n": 3},
    ]


def test_constraints_are_met_by_drawing_again() -> None:
    for seed in range(50):
        facts = draw({"a": [1, 2, 3], "b": [1, 2, 3]}, seed=seed, constraints=("a < b",))
        assert facts["a"] < facts["b"]


def test_a_constraint_that_cannot_be_met_says_which() -> None:
    with pytest.raises(AnswerError, match=r"constraint: here: a > 5 did not hold"):
        draw({"a": [1, 2]}, constraints=("a > 5",))


def test_a_failing_expression_names_its_place() -> None:
    with pytest.raises(ConfigError, match=r"here\.b: ZeroDivisionError"):
        draw({"a": 0, "b": "1 / a"})


def test_given_facts_take_the_place_of_draws() -> None:
    assert (
        draw({"fraud": {"rare": 0.5}, "note": "'yes' if fraud else 'no'"}, fraud=True)["note"]
        == "yes"
    )


def test_entities_are_drawn_and_several_are_different() -> None:
    facts = draw(
        {
            "wards": {"entity": "ward", "count": 3},
            "mrn": {"entity": "mrn"},
            "nurse": {"entity": "nurse"},
            "day": {"date_from": "2025-03-01", "date_to": "2025-03-02"},
        }
    )

    assert sorted(facts["wards"]) == ["A", "B", "C"]
    assert len(facts["mrn"]) == 5
    assert facts["nurse"].isalpha()
    assert date(2025, 3, 1) <= facts["day"] <= date(2025, 3, 2)


def test_more_different_values_than_there_are_is_an_error() -> None:
    with pytest.raises(ConfigError, match="'ward' has only 3 different values, 4 were asked"):
        draw({"wards": {"entity": "ward", "count": 4}})


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"dist": "normal", "mean": 1}, "dist normal needs sd"),
        ({"dist": "poisson", "mean": 1, "sd": 2}, "dist poisson knows no sd"),
        ({"dist": "categorical", "values": [1], "weights": [1, 2]}, "differ in length"),
        ({"dist": "poisson", "mean": 1, "correlate": {"to": "x", "rho": 0.1}}, "correlate needs"),
    ],
)
def test_a_distribution_says_what_it_lacks(spec: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DRAWS.validate_python({"x": spec})
