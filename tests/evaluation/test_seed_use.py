"""How often given examples were shown, and what was written with them."""

from synth_agent.evaluation.seed_use import seed_use
from synth_agent.schemas import Provenance, Record

SEEDS = {"s:1": "one", "s:2": "two", "s:3": "three"}


def record(slot: int, *seeds: str, parents: tuple[str, ...] = ()) -> Record:
    made = Provenance(method="self_instruct", source="m", seeds=seeds, parents=parents)
    return Record(slot=slot, payload={}, provenance=made)


def test_showings_and_records_are_counted_the_most_shown_first() -> None:
    showings = ["s:2", "s:1", "record:4", "s:2"]
    records = [record(0, "s:2", "s:1"), record(1, "s:2", "record:4"), record(2), record(3)]

    uses = seed_use(SEEDS, showings, records)

    assert [(u.name, u.shown, u.records, u.share) for u in uses.seeds] == [
        ("s:2", 2, 2, 0.5),
        ("s:1", 1, 1, 0.25),
        ("s:3", 0, 0, 0.0),
    ]
    assert (uses.given, uses.shown_given, uses.shown_made) == (3, 3, 1)
    assert (uses.most, uses.least, uses.ratio) == (2, 0, None)
    assert uses.seeds[0].text == "two"


def test_records_that_were_made_of_one_are_counted_too() -> None:
    uses = seed_use({"s:1": "one"}, ["s:1", "s:1"], [record(0, parents=("s:1",))])

    assert (uses.seeds[0].shown, uses.seeds[0].records, uses.ratio) == (2, 1, 1.0)


def test_a_seed_that_is_both_example_and_parent_of_a_record_counts_once() -> None:
    uses = seed_use({"s:1": "one"}, [], [record(0, "s:1", parents=("s:1",))])

    assert uses.seeds[0].records == 1


def test_equally_often_shown_ones_are_told_apart_by_records_then_name() -> None:
    uses = seed_use(SEEDS, [], [record(0, "s:3")])

    assert [use.name for use in uses.seeds] == ["s:3", "s:1", "s:2"]


def test_a_run_without_seeds_and_records_has_figures_too() -> None:
    uses = seed_use({}, [], [])

    assert (uses.given, uses.most, uses.least, uses.ratio, uses.seeds) == (0, 0, 0, None, ())
