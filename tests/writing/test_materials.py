from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from synth_agent.documents import Chunk, Pair
from synth_agent.errors import ConfigError
from synth_agent.pipeline import Seed
from synth_agent.quality import Finding
from synth_agent.rules import RulesSource, load_pack
from synth_agent.schemas import Ask, DatasetSpec, Draft, Slot
from synth_agent.writing.materials import Inputs, Passages, RuleDrafts, nothing

CHUNK = Chunk(
    id="",
    document="m",
    title="m",
    trail=(),
    page=None,
    text="",
    start=0,
    end=0,
    words=50,
    poor=False,
)
CHUNKS = [replace(CHUNK, id=f"m.pdf#{n}", text=f"Passage {n}.") for n in range(10)]
PAIRS = [Pair(CHUNKS[n], CHUNKS[n + 1], ("x",), 1.0) for n in range(5)]


def ask(index: int, attempt: int = 0) -> Ask:
    return Ask(Slot(index=index, ordinal=index, seed=index), attempt)


def passages(unanswerable: float, multi_hop: float, *, paired: bool = True) -> Passages:
    return Passages(
        chunks=CHUNKS,
        pairs=PAIRS if paired else (),
        unanswerable=unanswerable,
        multi_hop=multi_hop,
    )


@given(st.integers(1, 400), st.integers(0, 20), st.integers(0, 20))
def test_the_shares_are_met_exactly_for_any_count(count: int, missing: int, hops: int) -> None:
    unanswerable, multi_hop = missing / 20, min(hops, 20 - missing) / 20
    given_out = passages(unanswerable, multi_hop)

    kinds = Counter(given_out(ask(n)).form for n in range(count))

    assert set(kinds) <= {"answerable", "unanswerable", "multi-hop"}
    assert kinds["unanswerable"] == int(count * missing / 20 + 1e-9)
    assert abs(kinds["multi-hop"] - count * multi_hop) < 1 + 1e-9
    assert count >= kinds["unanswerable"] + kinds["multi-hop"]


@pytest.mark.parametrize(
    ("unanswerable", "multi_hop", "expected"),
    [
        (0.1, 0.2, {"answerable": 70, "unanswerable": 10, "multi-hop": 20}),
        (0.0, 0.0, {"answerable": 100}),
        (1.0, 0.0, {"unanswerable": 100}),
        (0.0, 1.0, {"multi-hop": 100}),
        (0.5, 0.5, {"unanswerable": 50, "multi-hop": 50}),
    ],
)
def test_a_hundred_slots_have_their_shares(
    unanswerable: float, multi_hop: float, expected: dict[str, int]
) -> None:
    given_out = passages(unanswerable, multi_hop)

    assert Counter(given_out(ask(n)).form for n in range(100)) == expected


def test_the_kinds_are_spread_over_the_run() -> None:
    given_out = passages(0.1, 0.2)

    for start in range(0, 100, 10):
        kinds = Counter(given_out(ask(n)).form for n in range(start, start + 10))
        assert kinds == {"answerable": 7, "unanswerable": 1, "multi-hop": 2}


def test_every_kind_goes_round_all_passages() -> None:
    """Every tenth slot is unanswerable; with ten passages they would all be about the same one."""
    given_out = passages(0.1, 0.2)

    met: dict[str, Counter[str]] = {}
    for n in range(200):
        found = given_out(ask(n))
        met.setdefault(found.form, Counter())[found.material[0].id] += 1

    assert len(met["unanswerable"]) == len(CHUNKS)
    assert len(met["multi-hop"]) == len(PAIRS)
    assert set(met["answerable"].values()) == {14}


def test_each_attempt_has_another_passage_of_the_same_kind() -> None:
    given_out = passages(0.1, 0.2)

    for index in range(10):
        tried = [given_out(ask(index, attempt)) for attempt in range(4)]
        assert len({found.form for found in tried}) == 1
        assert len({found.material[0].id for found in tried}) == 4


def test_attempts_move_on_whatever_the_number_of_passages() -> None:
    many = [replace(CHUNK, id=str(n)) for n in range(7919)]
    given_out = Passages(chunks=many, pairs=(), unanswerable=0, multi_hop=0)

    assert given_out(ask(0, 0)).material != given_out(ask(0, 1)).material


def test_two_passages_are_given_where_two_are_asked_about() -> None:
    found = passages(0, 1)(ask(0))

    assert [material.id for material in found.material] == ["m.pdf#0", "m.pdf#1"]
    assert found.material[1].text == "Passage 1."


def test_without_pairs_all_are_asked_about_one() -> None:
    given_out = passages(0, 0.5, paired=False)

    assert {given_out(ask(n)).form for n in range(10)} == {"answerable"}


def test_each_slot_has_its_own_input_in_all_attempts() -> None:
    inputs = Inputs([Seed(f"in:{n}", f"q{n}", {"input": f"q{n}"}) for n in range(3)])

    (first,) = inputs(ask(2)).material
    (again,) = inputs(ask(2, 5)).material

    assert first == again
    assert (first.id, first.payload) == ("in:2", {"input": "q2"})


def test_nothing_is_nothing() -> None:
    assert nothing(ask(0)).material == ()


# ------------------------------------------------------------------------------ made by rules


class Rejecting:
    """A check that drops payloads that a function names."""

    names = ("odd",)

    def __init__(self, drops: Callable[[dict[str, JsonValue]], bool]) -> None:
        self.drops = drops

    def __call__(self, draft: Draft, slot: Slot) -> Finding | None:
        return Finding("odd", "as the test wants it") if self.drops(draft.payload) else None


@cache
def source() -> RulesSource:
    wanted = DatasetSpec(count=4, domain="industrial production", pack="industrial")
    return RulesSource(wanted, load_pack("industrial"))


def test_a_record_of_rules_is_given_with_its_facts_and_proof() -> None:
    given_out = RuleDrafts(source(), Rejecting(lambda _: False))

    (made,) = given_out(ask(1)).material

    assert set(made.payload) == {"input", "context", "output"}
    assert made.facts
    assert made.id.startswith("industrial@")
    assert given_out(ask(1)).material == (made,)
    assert given_out(ask(1, 1)).material != (made,)


def test_a_record_that_the_checks_reject_is_not_given() -> None:
    first = source().draft(ask(1))
    assert isinstance(first, Draft)
    given_out = RuleDrafts(source(), Rejecting(lambda payload: payload == first.payload))

    (made,) = given_out(ask(1)).material

    assert made.payload != first.payload


def test_checks_that_reject_everything_end_with_advice() -> None:
    given_out = RuleDrafts(source(), Rejecting(lambda _: True))

    with pytest.raises(ConfigError, match="could not make a record to rewrite"):
        given_out(ask(1))
