"""The production line: what must hold in every run, whatever the seed."""

import gc
import weakref
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synth_agent.errors import ConfigError
from synth_agent.rules.simulation import SIMULATIONS, production_line

STATES = ("run", "down", "setup", "upkeep", "starved", "blocked")
SEEDS = range(12)
LINES = ("bracket", "housing", "connector", "ecu", "jar", "blister_pack", "pump_motor", "cabinet")

any_run: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    seed=st.integers(0, 2**62),
    line=st.sampled_from(LINES),
    failure_scale=st.floats(0.3, 1.5),
    load=st.floats(0.6, 1.0),
)


@cache
def _run(seed: int, **params: Any) -> Mapping[str, Any]:
    return production_line(seed, params)


def _simulated(drawn: Mapping[str, Any]) -> Mapping[str, Any]:
    params = {name: value for name, value in drawn.items() if name != "seed"}
    return production_line(drawn["seed"], {**params, "shifts": 2, "chain_rate": 0.5})


@settings(max_examples=25, deadline=None)
@given(any_run)
def test_no_part_appears_or_vanishes(drawn: Mapping[str, Any]) -> None:
    run = _simulated(drawn)

    for totals in (run["totals"], run["what_if"]["after"]):
        change = totals["wip_end"] - totals["wip_start"]
        assert totals["in"] == totals["good"] + totals["scrap"] + change
    for shift in run["shifts"]:
        change = shift["wip_end"] - shift["wip_start"]
        assert shift["in"] == shift["good"] + shift["scrap"] + change
        for station in shift["stations"]:
            assert station["made"] == station["first"] + station["rework"] + station["scrap"]
            assert station["good"] == station["made"] - station["scrap"]
            rejects = sum(defect["n"] for defect in station["defects"])
            assert rejects == station["rework"] + station["scrap"]


@settings(max_examples=25, deadline=None)
@given(any_run)
def test_each_planned_minute_of_a_station_is_in_one_state(drawn: Mapping[str, Any]) -> None:
    run = _simulated(drawn)

    for shift in run["shifts"]:
        pauses = sum(pause["minutes"] for pause in shift["breaks"])
        assert shift["planned"] == shift["length"] - pauses
        for station in shift["stations"]:
            assert sum(station[state] for state in STATES) == shift["planned"]
            assert all(station[state] >= 0 for state in STATES)
            stops = [s for s in shift["stops"] if s["station_no"] == station["no"]]
            assert sum(stop["minutes"] for stop in stops) == station["down"]


@settings(max_examples=15, deadline=None)
@given(any_run)
def test_oee_is_the_product_of_its_factors(drawn: Mapping[str, Any]) -> None:
    for shift in _simulated(drawn)["shifts"]:
        for station in shift["stations"]:
            product = station["availability"] * station["performance"] * station["quality"]
            assert station["oee"] == pytest.approx(product, abs=1e-12)
            assert 0 <= station["oee"] <= 1


@settings(max_examples=15, deadline=None)
@given(any_run)
def test_hours_add_up_to_the_shift_and_buffers_stay_within_their_room(
    drawn: Mapping[str, Any],
) -> None:
    run = _simulated(drawn)
    room = [station["room"] for station in run["stations"][:-1]]

    for shift in run["shifts"]:
        hours = shift["hours"]
        assert sum(hour["good"] for hour in hours) == shift["good"]
        assert sum(hour["plan"] for hour in hours) == shift["demand"]
        assert sum(hour["minutes"] for hour in hours) == shift["planned"]
        assert hours[-1]["wip_total"] == shift["wip_end"]
        for hour in hours:
            assert all(0 <= n <= most for n, most in zip(hour["wip"], room, strict=True))


def test_a_shift_begins_with_what_the_one_before_left() -> None:
    for seed in SEEDS:
        shifts = _run(seed)["shifts"]
        assert all(a["wip_end"] == b["wip_start"] for a, b in pairwise(shifts))


def test_stops_of_a_station_do_not_overlap_and_lie_within_the_shift() -> None:
    for seed in SEEDS:
        for shift in _run(seed, chain_rate=0.5)["shifts"]:
            assert all(
                shift["start"] <= s["start"] < s["end"] <= shift["end"] for s in shift["stops"]
            )
            for number in range(1, len(shift["stations"]) + 1):
                own = [s for s in shift["stops"] if s["station_no"] == number]
                assert all(a["end"] <= b["start"] for a, b in pairwise(own))


def test_the_same_seed_gives_the_same_facts_and_another_seed_others() -> None:
    assert production_line(7, {"shifts": 3}) == production_line(7, {"shifts": 3})
    assert production_line(7, {"shifts": 3}) != production_line(8, {"shifts": 3})


def test_littles_law_holds_for_the_time_a_part_spends_in_the_buffers() -> None:
    """WIP over throughput is the wait that a queue of that length takes to pass the pace."""
    for seed in SEEDS:
        run = _run(seed, shifts=8, failure_scale=1.2)
        hours = [hour for shift in run["shifts"] for hour in shift["hours"]]
        wip = sum(hour["wip_total"] for hour in hours) / len(hours)
        rate = run["totals"]["good"] / run["totals"]["planned"]
        room = sum(station["room"] for station in run["stations"][:-1])
        pace = max(station["cycle"] for station in run["stations"]) / 60

        assert 0 < wip / rate < room / rate
        assert wip / rate >= wip * pace


def test_the_station_with_the_largest_effective_cycle_waits_least_on_the_whole() -> None:
    """Effective cycle: the ideal one stretched by all time that the station loses by itself."""
    ranks = []
    for seed in SEEDS:
        run = _run(seed, shifts=10)
        stations = run["totals"]["stations"]

        def effective(s: Mapping[str, Any]) -> float:
            return float(s["cycle"] * (s["run"] + s["down"] + s["setup"] + s["upkeep"]) / s["run"])

        waits = sorted(stations, key=lambda s: s["starved"] + s["blocked"])
        ranks.append(waits.index(max(stations, key=effective)))

    assert max(ranks) <= 1
    assert ranks.count(0) >= 0.7 * len(ranks)


def test_stations_that_wear_out_fail_less_with_preventive_maintenance() -> None:
    before = after = 0
    for seed in range(24):
        params = {"shape": 3.5, "preventive_rate": 0.0, "failure_scale": 0.9, "shifts": 4}
        study = _run(seed, **params, what_if="preventive maintenance")["what_if"]
        index = study["station_no"] - 1
        before += study["before"]["stations"][index]["stops"]
        after += study["after"]["stations"][index]["stops"]

    assert after < 0.9 * before


@pytest.mark.parametrize(
    "kind", ["faster bottleneck", "faster repairs", "larger buffer", "shorter setup"]
)
def test_an_improvement_helps_on_average(kind: str) -> None:
    studies = [_run(seed, shifts=4, changeover_rate=1.0, what_if=kind)["what_if"] for seed in SEEDS]
    gains = [study["after"]["good"] / study["before"]["good"] - 1 for study in studies]

    assert all(study["kind"] == kind for study in studies)
    assert sum(gains) > 0


def test_the_second_run_meets_the_same_luck() -> None:
    """Each station fails from the same causes in the same order, only at other times."""
    from synth_agent.rules.simulation.layout import plan_line
    from synth_agent.rules.simulation.parameters import Parameters
    from synth_agent.rules.simulation.record import run_line
    from synth_agent.rules.simulation.twin import change_line

    for seed in SEEDS:
        plan = plan_line(seed, Parameters(chain_rate=0))
        first, second = (
            [[s.mode for r in run_line(p) for s in r.stops if s.station == n] for n in range(4)]
            for p in (plan, change_line(plan, "larger buffer").plan)
        )
        assert all(
            one == two
            for a, b in zip(first, second, strict=True)
            for one, two in zip(a, b, strict=False)
        )


def test_chains_of_failures_come_at_the_stated_rate() -> None:
    shifts = [s for seed in range(60) for s in _run(seed, shifts=10, chain_rate=0.04)["shifts"]]
    share = sum(shift["chain"] for shift in shifts) / len(shifts)

    assert 0.02 < share < 0.065


def test_a_chain_is_in_order_of_time_and_starts_with_its_cause() -> None:
    chains = [
        [stop for stop in shift["stops"] if stop["chain"]]
        for seed in SEEDS
        for shift in _run(seed, shifts=4, chain_rate=1.0)["shifts"]
    ]

    assert all(len(chain) >= 2 for chain in chains)
    assert all(a["end"] <= b["start"] for chain in chains for a, b in pairwise(chain))


def test_no_chain_and_no_changeover_at_rate_zero() -> None:
    run = _run(3, chain_rate=0.0, changeover_rate=0.0)

    assert not any(shift["chain"] or shift["changeover"] for shift in run["shifts"])
    assert run["totals"]["setup"] == 0


def test_a_wait_is_laid_to_a_stop_on_the_right_side_only() -> None:
    for seed in SEEDS:
        for shift in _run(seed)["shifts"]:
            for wait in shift["waits"]:
                if wait["cause_no"] is None:
                    continue
                stop = shift["stops"][wait["cause_no"] - 1]
                upstream = stop["station_no"] < wait["station_no"]
                assert upstream == (wait["state"] == "starved")
                assert stop["start"] <= wait["start"]


@pytest.mark.parametrize("line", LINES)
def test_every_line_of_the_catalogue_runs_and_makes_parts(line: str) -> None:
    run = _run(1, line=line)

    assert run["family"] == line
    assert run["totals"]["good"] > 0.4 * run["totals"]["demand"]


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"shifts": 0}, "shifts"),
        ({"speed": 3}, "speed"),
        ({"chain_rate": 1.2}, "chain_rate"),
        ({"what_if": "more money"}, "what_if"),
    ],
)
def test_a_parameter_that_is_unknown_or_out_of_range_is_named(
    params: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        production_line(0, params)


def test_an_unknown_line_is_refused_with_the_lines_there_are() -> None:
    with pytest.raises(ConfigError, match="bracket"):
        production_line(0, {"line": "rocket"})


def test_runs_leave_nothing_behind_in_memory() -> None:
    from synth_agent.rules.simulation.layout import plan_line
    from synth_agent.rules.simulation.line import Line
    from synth_agent.rules.simulation.parameters import Parameters

    line = Line(plan_line(0, Parameters(shifts=1)))
    gone = weakref.ref(line)
    line.close()
    del line
    gc.collect()

    assert gone() is None


def test_the_simulation_is_found_by_its_name() -> None:
    assert SIMULATIONS["production_line"] is production_line
