"""What an embeddings model may answer."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.store.embedders.rows import unit_rows


@given(st.lists(st.tuples(st.floats(-1e30, 1e30), st.floats(1e-3, 1e30)), min_size=1, max_size=5))
def test_rows_have_unit_length(answer: list[tuple[float, float]]) -> None:
    rows = unit_rows(answer, count=len(answer), width=None)

    assert isinstance(rows, np.ndarray)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows.astype(np.float64), axis=1) == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([[1.0, 2.0]], "expected 2 vectors, one a text, got 1"),
        ([[1.0]] * 3, "expected 2 vectors, one a text, got 3"),
        (None, "expected 2 vectors, one a text, got NoneType"),
        ("ab", "got str"),
        ([[1.0, 2.0], [1.0]], "expected vectors of one length, got 1 and 2 numbers"),
        ([[1.0], [2.0]], "expected vectors of 2 numbers, as all before, got 1"),
        ([[1.0, 2.0], [1.0, float("nan")]], "NaN or infinity in vector 1 of 2"),
        ([[1.0, float("inf")], [1.0, 2.0]], "NaN or infinity in vector 0 of 2"),
        ([[1e200, 1e200], [1.0, 2.0]], "NaN or infinity in vector 0 of 2"),
        ([[1.0, 2.0], [0.0, 0.0]], "only zeros in vector 1 of 2"),
        ([[], []], "got none"),
        ([["a", "b"], ["c", "d"]], "expected each vector as a list of numbers"),
        ([1.0, 2.0], "expected each vector as a list of numbers"),
        ([None, None], "expected each vector as a list of numbers"),
        ([[[1.0], [2.0]], [[3.0], [4.0]]], "expected vectors of numbers"),
    ],
    ids=[
        "too few",
        "too many",
        "nothing",
        "text",
        "ragged",
        "another width",
        "nan",
        "infinite",
        "too large to square",
        "zero",
        "empty",
        "words",
        "bare numbers",
        "no vectors",
        "too deep",
    ],
)
def test_what_is_wrong_is_said(answer: Any, said: str) -> None:
    rows = unit_rows(answer, count=2, width=2)

    assert isinstance(rows, str)
    assert said in rows


def test_arrays_are_taken_as_lists_are() -> None:
    rows = unit_rows(np.array([[3.0, 4.0]], np.float16), count=1, width=None)

    assert isinstance(rows, np.ndarray)
    assert rows.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)]]
