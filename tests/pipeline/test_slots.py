from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.errors import ConfigError
from synth_agent.pipeline import Segment, SlotPlan, extend
from synth_agent.rules.chance import derive
from synth_agent.schemas import DIFFICULTIES, Cell, DatasetSpec

QUOTAS = st.lists(st.integers(0, 60), min_size=1, max_size=6).filter(sum)


@st.composite
def specs(draw: st.DrawFn) -> DatasetSpec:
    quotas = draw(QUOTAS)
    count = sum(quotas)
    cuts = sorted(draw(st.tuples(st.integers(0, count), st.integers(0, count))))
    levels = dict(zip(DIFFICULTIES, (cuts[0], cuts[1] - cuts[0], count - cuts[1]), strict=True))
    return DatasetSpec.model_validate(
        {
            "count": count,
            "labels": draw(st.sampled_from([{}, {f"l{i}": n for i, n in enumerate(quotas)}])),
            "difficulty": draw(st.sampled_from([{}, levels])),
            "seed": draw(st.integers(0, 2**63 - 1)),
        }
    )


@given(specs())
def test_every_quota_is_met_to_the_unit(spec: DatasetSpec) -> None:
    cells = Counter(slot.cell for slot in SlotPlan(spec))

    assert cells.total() == spec.count
    for name, quota in spec.labels.items():
        assert sum(n for cell, n in cells.items() if cell.label == name) == quota
    for level, quota in spec.difficulty.items():
        assert sum(n for cell, n in cells.items() if cell.difficulty == level) == quota


@given(specs())
def test_asked_counts_the_slots_of_each_cell(spec: DatasetSpec) -> None:
    plan = SlotPlan(spec)

    assert plan.asked() == Counter(slot.cell for slot in plan)


@given(specs())
def test_each_cell_holds_its_share_of_both_axes_within_two(spec: DatasetSpec) -> None:
    for cell, count in SlotPlan(spec).asked().items():
        if cell.label is not None and cell.difficulty is not None:
            share = spec.labels[cell.label] * spec.difficulty[cell.difficulty] / spec.count
            assert abs(count - share) < 2


@given(specs())
def test_ordinals_count_up_within_each_cell(spec: DatasetSpec) -> None:
    seen: Counter[Cell] = Counter()
    for slot in SlotPlan(spec):
        assert slot.ordinal == seen[slot.cell]
        seen[slot.cell] += 1


@given(specs(), st.lists(st.integers(0, 300), min_size=1, max_size=3))
def test_an_extended_plan_begins_with_the_old_one(spec: DatasetSpec, more: list[int]) -> None:
    segments: tuple[Segment, ...] = (Segment.of(spec),)
    for extra in more:
        segments = extend(segments, sum(s.count for s in segments) + extra)

    longer = SlotPlan(spec, segments)

    assert len(longer) == spec.count + sum(more)
    assert list(islice(longer, spec.count)) == list(SlotPlan(spec))


@given(specs(), st.integers(1, 500))
def test_an_extension_keeps_the_proportions(spec: DatasetSpec, extra: int) -> None:
    count = spec.count + extra
    segments = extend([Segment.of(spec)], count)

    for name, quota in spec.labels.items():
        total = sum(segment.labels[name] for segment in segments)
        assert abs(total - quota * count / spec.count) < 1


def test_a_run_cannot_be_cut_short() -> None:
    with pytest.raises(ConfigError, match=r"10 slots already, so it cannot be cut to 9"):
        extend([Segment(10)], 9)


def test_a_run_cannot_grow_beyond_the_limit() -> None:
    with pytest.raises(ConfigError, match="at most 10,000,000 records"):
        extend([Segment(10)], 10_000_001)


def test_more_cells_than_codes_are_refused() -> None:
    spec = DatasetSpec(
        count=70_000, labels={f"l{i}": 1 for i in range(70_000)}, task="classification"
    )

    with pytest.raises(ConfigError, match="ask for fewer labels"):
        SlotPlan(spec)


def test_labels_interleave() -> None:
    plan = SlotPlan(DatasetSpec(count=1000, labels={"a": 500, "b": 500}))

    first = Counter(slot.cell.label for slot in islice(plan, 100))

    assert 30 < first["a"] < 70


def test_a_plan_is_the_same_on_every_machine() -> None:
    plan = SlotPlan(DatasetSpec(count=12, labels={"a": 4, "b": 8}, seed=7))

    assert "".join(slot.cell.label or "" for slot in plan) == "bbababbbbbaa"
    assert plan[3].seed == 9811459235245065275


def test_slots_keep_their_seeds_when_the_quotas_change() -> None:
    few, many = (SlotPlan(DatasetSpec(count=n, labels={"a": n, "b": 0}, seed=3)) for n in (10, 20))

    assert [slot.seed for slot in few] == [slot.seed for slot in islice(many, 10)]


def test_every_attempt_has_chance_of_its_own() -> None:
    plan = SlotPlan(DatasetSpec(count=50))

    assert (
        len({derive(slot.seed, "attempt", attempt) for slot in plan for attempt in range(20)})
        == 1000
    )


def test_a_slot_beyond_the_plan_is_an_index_error() -> None:
    with pytest.raises(IndexError, match="slot 5 of 5"):
        SlotPlan(DatasetSpec(count=5))[5]
