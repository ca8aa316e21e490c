from collections import Counter
from math import lcm

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.schemas import TASKS, Ask, Cell, Slot
from synth_agent.writing.axes import Axes, forms_of

TOPICS = tuple(f"topic {n}" for n in range(12))
PERSONAS = tuple(f"persona {n}" for n in range(8))


def ask(ordinal: int, *, cell: Cell | None = None, attempt: int = 0) -> Ask:
    slot = Slot(index=ordinal, ordinal=ordinal, cell=cell or Cell(), seed=ordinal * 7919)
    return Ask(slot, attempt)


@given(st.integers(1, 7), st.integers(1, 7), st.integers(1, 60))
def test_topics_and_personas_go_round_evenly(topics: int, personas: int, count: int) -> None:
    axes = Axes(topics=TOPICS[:topics], personas=PERSONAS[:personas])

    used = Counter(axes.topic(ask(n)) for n in range(count))
    whole = lcm(topics, personas) * count
    met = Counter(axes.persona(ask(n)) for n in range(whole))

    even = {count // topics, -(-count // topics)}
    assert {used[topic] for topic in axes.topics} <= even
    assert set(met.values()) == {whole // personas}


@given(st.integers(1, 7), st.integers(1, 7))
def test_in_the_long_run_every_topic_meets_every_persona_equally_often(
    topics: int, personas: int
) -> None:
    axes = Axes(topics=TOPICS[:topics], personas=PERSONAS[:personas])

    pairs = Counter((axes.topic(ask(n)), axes.persona(ask(n))) for n in range(topics * personas))

    assert len(pairs) == topics * personas
    assert set(pairs.values()) == {1}


def test_each_attempt_has_another_topic_and_persona() -> None:
    axes = Axes(topics=TOPICS, personas=PERSONAS)

    tried = [ask(3, attempt=n) for n in range(5)]

    assert len({axes.topic(a) for a in tried}) == 5
    assert len({axes.persona(a) for a in tried}) == 5


def test_slots_of_different_cells_that_are_written_together_have_different_topics() -> None:
    axes = Axes(topics=TOPICS)
    cells = [Cell(label) for label in "abcde"]

    asks = [ask(n, cell=cell) for n, cell in enumerate(cells)]

    assert len({axes.topic(a) for a in asks}) == 5


def test_an_ask_is_given_the_same_again() -> None:
    axes = Axes(topics=TOPICS, personas=PERSONAS, forms=forms_of("qa"))

    first, second = (
        [(axes.topic(ask(n)), axes.persona(ask(n)), axes.form(ask(n))) for n in range(30)]
        for _ in range(2)
    )

    assert first == second


def test_forms_are_drawn_so_that_most_kinds_come_up() -> None:
    axes = Axes(forms=forms_of("qa"))

    assert len({axes.form(ask(n)) for n in range(60)}) >= 12
    assert len({axes.form(ask(1, attempt=n)) for n in range(6)}) > 2


def test_an_empty_axis_is_left_to_the_model() -> None:
    axes = Axes()

    assert (axes.topic(ask(1)), axes.persona(ask(1)), axes.form(ask(1))) == ("", "", "")


@pytest.mark.parametrize("task", TASKS)
def test_kinds_of_records_are_short_lines_without_repeats(task: str) -> None:
    forms = forms_of(task)

    assert len(set(forms)) == len(forms)
    assert all(0 < len(form) <= 80 and "|" not in form for form in forms)
    assert forms or task in {"safety", "tabular", "custom"}
