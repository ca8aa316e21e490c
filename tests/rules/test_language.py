"""The pack language: expressions, templates and what the sandbox forbids."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import TemplateError

from synth_agent.errors import ConfigError
from synth_agent.rules.expressions import (
    FUNCTIONS,
    compile_expression,
    compile_template,
    undeclared,
)
from synth_agent.rules.filters import FILTERS, half_up

ROWS = [{"name": "M1", "good": 40, "at": 395}, {"name": "M2", "good": 1250, "at": 1439}]


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("(a + b) / 2", 2.5),
        ("(2.675) | round(2)", 2.68),
        ("rows | col('good') | sum", 1290),
        ("(rows | argmax('good')).name", "M2"),
        ("rows | where('name', 'M1') | length", 1),
        ("[0.1, 0.2] | sum", 0.3),
        ("max(a, b)", 3),
        ("ceil(2.1)", 3),
        ("'long' if a > 1 else 'short'", "long"),
    ],
)
def test_an_expression_is_computed_from_facts(source: str, value: object) -> None:
    assert compile_expression(source)({**FUNCTIONS, "a": 2, "b": 3, "rows": ROWS}) == value


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ 1234.5 | num(2) }} {{ 12.0 | num }}", "1,234.50 12"),
        ("{{ 0.8734 | pct }} {{ 3 | plural('part') }}", "87.3% 3 parts"),
        ("{{ 395 | clock }} {{ 95 | duration }}", "06:35 1 h 35 min"),
        (
            "{{ rows | csv({'N': 'name', 'Good': 'good', 'At': ['at', 'clock']}) }}",
            "N,Good,At\nM1,40,06:35\nM2,1250,23:59",
        ),
        ("{{ rows | table({'N': 'name'}) }}", "| N |\n| --- |\n| M1 |\n| M2 |"),
        ("{{ rows | aligned({'N': 'name', 'Good': 'good'}) }}", "N   Good\nM1  40\nM2  1250"),
        ("{{ ['a', 'b', 'c'] | join_and }}", "a, b and c"),
    ],
)
def test_a_template_says_facts(source: str, text: str) -> None:
    assert compile_template(source)({**FUNCTIONS, "rows": ROWS}) == text


@pytest.mark.parametrize(
    "source",
    [
        "''.__class__.__mro__[1].__subclasses__()",
        "pick.__globals__",
        "cycler.__init__.__globals__",
        "2 ** 100",
        "'a' * 10000000",
        "rows.append(1)",
        "range(10000000)",
    ],
)
def test_the_sandbox_refuses(source: str) -> None:
    with pytest.raises(
        (TemplateError, OverflowError, TypeError, AttributeError),
        match=r"unsafe|undefined|out of bounds|cannot repeat|too big|not callable",
    ):
        str(compile_expression(source)({**FUNCTIONS, "rows": [1], "pick": lambda *a: a[0]}))


def test_a_template_that_does_not_parse_is_named() -> None:
    with pytest.raises(ConfigError, match="not a template"):
        compile_template("{% if x %}")


def test_unknown_names_are_found_without_running() -> None:
    assert undeclared("{{ oee }} {{ pick('a') }} {% set x = 1 %}{{ x }}", template=True) == {"oee"}


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_rounding_is_within_half_a_step(value: float, digits: int) -> None:
    assert abs(half_up(value, digits) - value) <= 0.5 * 10**-digits + abs(value) * 1e-13


@given(st.integers(0, 10_000))
def test_every_minute_has_a_clock_of_five_characters(minutes: int) -> None:
    assert len(FILTERS["clock"](minutes)) == 5
