"""Exact duplicates: the same text, however it is typed."""

from hypothesis import given
from hypothesis import strategies as st

from synth_agent.quality import fingerprint


def test_case_space_and_typography_do_not_make_another_record() -> None:
    once = fingerprint("qa", {"input": "What\u2019s the OEE?", "context": "A  B\nC", "output": "1"})
    again = fingerprint("qa", {"input": "what's the oee?", "context": "a b c.", "output": "2"})

    assert once == again


def test_another_figure_or_another_task_makes_another_record() -> None:
    text = {"text": "It was 42 minutes.", "label": "a"}

    assert fingerprint("classification", text) != fingerprint(
        "classification", {**text, "text": "It was 43 minutes."}
    )
    assert fingerprint("classification", text) != fingerprint("tabular", text)


@given(st.text(), st.text())
def test_a_fingerprint_is_sixteen_bytes_and_stable(a: str, b: str) -> None:
    payload = {"input": a, "context": b, "output": "x"}

    assert len(fingerprint("qa", payload)) == 16
    assert fingerprint("qa", payload) == fingerprint("qa", dict(reversed(payload.items())))
