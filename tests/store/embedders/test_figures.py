"""Figures beside meaning: exercises of one template are apart, copies and texts without are not."""

import os
import random
import subprocess
import sys
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from synth_agent.store.embedders import StaticEmbedder
from synth_agent.store.embedders.figures import TAIL, WithFigures, head

INNER = StaticEmbedder()
EMBEDDER = WithFigures(INNER)

PUMP = "A pump delivers {} litres a minute. How long does it take to fill a tank of {} litres?"
CHUNKS = st.lists(st.text("a5 ,.1-ü९", max_size=40), min_size=1, max_size=8)


class Blind:
    """An embedder to which all texts are the same."""

    name = "blind-1"
    dimensions = 3
    threshold = 0.8

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        rows[:, 1] = 1
        return rows


def cosine(a: str, b: str) -> float:
    first, second = EMBEDDER.embed([a, b])
    return float(first @ second)


def blind_cosine(a: str, b: str) -> float:
    first, second = WithFigures(Blind()).embed([a, b])
    return float(first @ second)


def report(rng: random.Random) -> str:
    cycles = "; ".join(f"station {n} {rng.uniform(20, 60):.1f} s" for n in range(1, 6))
    return (
        f"Shift report of {rng.randint(1, 28)} March. Planned time {rng.randint(400, 480)} min, of "
        f"which {rng.randint(10, 90)} min were lost to breakdowns and {rng.randint(5, 40)} to a "
        f"changeover. {rng.randint(300, 900)} parts were made, {rng.randint(2, 40)} of them scrap. "
        f"Cycle times: {cycles}. Energy used {rng.randint(200, 900)} kWh."
    )


def test_reports_of_one_template_are_no_repeats_of_each_other() -> None:
    rng = random.Random(2)
    rows = EMBEDDER.embed([report(rng) for _ in range(60)])
    between = (rows @ rows.T)[np.triu_indices(60, 1)]

    assert between.max() < EMBEDDER.threshold - 0.05


def test_a_report_with_one_figure_of_many_changed_is_a_repeat() -> None:
    rng = random.Random(1)
    for _ in range(50):
        text = report(rng)
        made = text.split(" parts were made")[0].rsplit(" ", 1)[1]
        changed = text.replace(f" {made} parts", f" {int(made) + rng.randint(1, 50)} parts")

        assert changed != text
        assert cosine(text, changed) >= EMBEDDER.threshold


@pytest.mark.parametrize(
    ("other", "repeats"),
    [
        (PUMP.format(45, 750), False),
        (PUMP.format(45, 600), False),
        (
            "How long does a pump that delivers 40 litres a minute take to fill a 600 litre tank?",
            True,
        ),
        (PUMP.format(40, 600).upper(), True),
    ],
    ids=["both-figures", "one-of-two", "paraphrase-with-the-same-figures", "in-capitals"],
)
def test_short_exercises_repeat_each_other_by_their_figures(other: str, *, repeats: bool) -> None:
    assert (cosine(PUMP.format(40, 600), other) >= EMBEDDER.threshold) is repeats


def test_a_long_text_with_its_one_figure_changed_is_a_repeat() -> None:
    text = "The maintenance team inspected the line after the alarm. " * 12

    assert cosine(f"{text} It took 35 minutes.", f"{text} It took 42.") >= EMBEDDER.threshold


def test_a_figure_beside_none_is_nearer_than_beside_another_one() -> None:
    said = "The goods may be returned {}, if they are damaged and the box is there."
    without = cosine(said.format("after 3 days"), said.format("after some days"))

    assert cosine(said.format("after 3 days"), said.format("after 90 days")) < without
    assert without > EMBEDDER.threshold - 0.05


def test_texts_without_figures_compare_as_the_embedder_says() -> None:
    texts = ["The gearbox overheated.", "An overheated gearbox stopped the line.", "", "..."]

    rows = EMBEDDER.embed(texts)

    assert rows[:, :-TAIL].tobytes() == INNER.embed(texts).tobytes()
    assert not rows[:, -TAIL:].any()


def test_figures_move_a_cosine_by_a_third_at_most() -> None:
    assert blind_cosine("1 2 3 4 5 6 7 8", "9 10 11 12 13 14 15 16") == pytest.approx(
        2 / 3, abs=0.1
    )
    assert blind_cosine("1 2 3 4 5 6 7 8", "1 2 3 4 5 6 7 8") == pytest.approx(1)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("at 06:30 on 2025-03-14", "AT 06:30 ON 2025-03-14!"),
        ("from 3–5 mm", "from 3-5 mm"),
        ("４２ parts", "42 parts"),  # noqa: RUF001  full-width digits are meant
        ("每天3次，每次2片", "每天3次,每次2片"),  # noqa: RUF001
    ],
    ids=["case-and-marks", "dash", "full-width", "no-blanks-between-words"],
)
def test_figures_count_as_the_same_however_they_are_set(one: str, other: str) -> None:
    assert blind_cosine(one, other) == pytest.approx(1)


def test_figures_count_in_a_script_without_blanks() -> None:
    assert blind_cosine("每天3次，每次2片", "每天4次，每次5片") < Blind.threshold  # noqa: RUF001


@settings(deadline=None, max_examples=60)
@given(CHUNKS, st.text("a5 ,.1-", max_size=60))
def test_a_text_has_the_same_unit_row_in_any_batch(others: list[str], text: str) -> None:
    alone = EMBEDDER.embed([text])[0]
    among = EMBEDDER.embed([*others, text, *others])[len(others)]

    assert alone.tobytes() == among.tobytes()
    assert float(alone @ alone) == pytest.approx(1, abs=1e-5)


def test_more_texts_than_are_hashed_at_once_have_the_rows_that_they_have_alone() -> None:
    texts = [f"Line {n} made {7 * n} parts." for n in range(2_500)]

    rows = EMBEDDER.embed(texts)

    for at in (0, 1_023, 1_024, 2_499):
        assert rows[at].tobytes() == EMBEDDER.embed([texts[at]])[0].tobytes()


def test_rows_do_not_depend_on_the_hash_seed_of_python() -> None:
    code = (
        "from synth_agent.store.embedders.figures import WithFigures; import hashlib;"
        "from synth_agent.store import LexicalEmbedder;"
        "rows = WithFigures(LexicalEmbedder()).embed(['It stood 42 of 480 minutes.', 'OEE 71.4']);"
        "print(hashlib.sha256(rows.tobytes()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(seen) == 1


def test_the_head_of_rows_is_what_the_embedder_said() -> None:
    texts = [PUMP.format(40, 600), "No figure at all.", "7 8 9"]

    heads = head(EMBEDDER.embed(texts))

    assert heads == pytest.approx(INNER.embed(texts), abs=1e-6)


def test_no_texts_and_only_figures_give_rows_too() -> None:
    huge = " ".join(map(str, range(20_000)))

    assert EMBEDDER.embed([]).shape == (0, EMBEDDER.dimensions)
    assert np.linalg.norm(EMBEDDER.embed(["5", huge]), axis=1) == pytest.approx([1, 1])


def test_the_name_and_the_threshold_are_those_of_what_is_inside() -> None:
    embedder = WithFigures(Blind())

    assert embedder.name == "blind-1+figures-1"
    assert embedder.threshold == Blind.threshold
    assert embedder.dimensions == Blind.dimensions + TAIL
    assert embedder.inner.name == "blind-1"
