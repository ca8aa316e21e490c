"""The lexical embedder: the same vector always, and near where the wording is near."""

import os
import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.store import LexicalEmbedder

EMBEDDER = LexicalEmbedder()


def cosine(a: str, b: str) -> float:
    first, second = EMBEDDER.embed([a, b])
    return float(first @ second)


def report(rng: random.Random) -> str:
    cycles = "; ".join(f"station {n} {rng.uniform(20, 60):.1f} s" for n in range(1, 6))
    return (
        f"Shift report of {rng.randint(1, 28)} March. Planned time {rng.randint(400, 480)} min, of "
        f"which {rng.randint(10, 90)} min were lost to breakdowns and {rng.randint(5, 40)} to a "
        f"changeover. {rng.randint(300, 900)} parts were made, {rng.randint(2, 40)} of them scrap. "
        f"Cycle times: {cycles}. Energy used {rng.randint(200, 900)} kWh."
    )


@given(st.lists(st.text(), max_size=6), st.text())
def test_a_text_has_the_same_unit_row_in_any_batch(others: list[str], text: str) -> None:
    alone = LexicalEmbedder().embed([text])[0]
    among = EMBEDDER.embed([*others, text, *others])[len(others)]

    assert alone.tobytes() == among.tobytes()
    assert np.isfinite(alone).all()
    assert float(alone @ alone) == pytest.approx(1, abs=1e-5)


def test_vectors_do_not_depend_on_the_hash_seed_of_python() -> None:
    code = (
        "from synth_agent.store import LexicalEmbedder; import hashlib;"
        "rows = LexicalEmbedder().embed(['The line stood 42 minutes.', 'OEE was 71.4 %']);"
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


def test_no_text_and_no_words_give_rows_too() -> None:
    assert EMBEDDER.embed([]).shape == (0, EMBEDDER.dimensions)
    assert cosine("", "...!") == 1.0


def test_where_there_are_no_words_signs_are_compared() -> None:
    assert cosine("\U0001f44d\U0001f389", "\U0001f4e6\U0001f69a") < 0.3
    assert cosine("\U0001f44d \ud800", "\U0001f44d") == pytest.approx(1)


def test_chinese_and_japanese_are_compared_by_character() -> None:
    asked = "请计算第{}车间上周的设备综合效率并说明主要损失原因"

    assert cosine(asked.format("三"), asked.format("四")) >= 0.9
    assert cosine(asked.format("三"), "这台水泵的轴承已经磨损噪音很大需要尽快更换") < 0.3
    assert cosine("機械が止まった", "荷物が届かない") < 0.4


def test_case_and_typography_do_not_matter() -> None:
    assert cosine("It\u2019s FINE, the line runs.", "it's fine, the  line runs") == pytest.approx(1)


def test_a_copy_with_one_figure_changed_stays_near() -> None:
    rng = random.Random(1)
    for _ in range(50):
        text = report(rng)
        made = text.split(" parts were made")[0].rsplit(" ", 1)[1]
        changed = text.replace(f" {made} parts", f" {int(made) + rng.randint(1, 50)} parts")

        assert changed != text
        assert cosine(text, changed) >= 0.9


def test_a_short_text_with_one_figure_changed_stays_near() -> None:
    asked = "A pump delivers {} litres a minute. How long does it take to fill a tank of {} litres?"

    assert cosine(asked.format(40, 600), asked.format(45, 600)) >= 0.9


def test_texts_of_one_template_with_other_figures_are_clearly_further_apart() -> None:
    rng = random.Random(2)
    rows = EMBEDDER.embed([report(rng) for _ in range(60)])
    between = (rows @ rows.T)[np.triu_indices(60, 1)]

    assert between.max() < 0.85


def test_texts_about_other_things_are_far_apart() -> None:
    assert cosine("The gearbox of line 3 overheated.", "I want my money back for this fee!") < 0.4


def test_the_name_tells_embedders_of_another_width_apart() -> None:
    assert EMBEDDER.name != LexicalEmbedder(dimensions=128).name
    assert LexicalEmbedder(dimensions=128).embed(["a line"]).shape == (1, 128)
