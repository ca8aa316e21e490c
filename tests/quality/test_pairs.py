"""Preference pairs that teach nothing, and the balance of lengths."""

import math
import random

import pytest

from synth_agent.quality.pairs import LengthBalance, length_effect, pair_finding

LONG = "Check the belt before each shift and replace it when the edge is worn or the tension is low"


@pytest.mark.parametrize(
    ("chosen", "rejected", "reason"),
    [
        ("It is  fine.", "it is fine", "pair-identical"),
        ("It is fine.", " ... ", "pair-empty"),
        ("It is fine.", "How is it?", "pair-empty"),
        ("It is fine.", "I'm sorry, but I can’t help with that.", "pair-refusal"),
        ("It is fine.", "Unfortunately, I am unable to answer.", "pair-refusal"),
        (f"{LONG}.", f"{LONG} again.", "pair-near"),
        (f"{LONG} {LONG} {LONG} a b", f"{LONG} {LONG} {LONG}", "pair-near"),
    ],
)
def test_a_pair_that_teaches_nothing_is_dropped(chosen: str, rejected: str, reason: str) -> None:
    finding = pair_finding("How is it?", chosen, rejected)

    assert finding is not None
    assert finding.reason == reason


def test_the_same_head_is_found_where_nearness_is_not_asked_for() -> None:
    finding = pair_finding("How?", f"{LONG} {LONG} x", f"{LONG} {LONG} y", near=1.0)

    assert finding is not None
    assert finding.reason == "pair-head"


@pytest.mark.parametrize(
    ("chosen", "rejected"),
    [
        ("It is fine.", "It is broken, replace it."),
        (f"{LONG} by 12.", f"{LONG} by 13."),
        ("It is fine.", f"I cannot see a reason to stop: {LONG}, {LONG}, {LONG}."),
        ("It is fine.", "I can see that it is broken."),
    ],
    ids=["other words", "another figure", "an answer that begins like a refusal", "no refusal"],
)
def test_a_pair_that_differs_is_kept(chosen: str, rejected: str) -> None:
    assert pair_finding("How is it?", chosen, rejected) is None


def test_the_effect_is_the_mean_of_log_ratios_in_standard_deviations() -> None:
    effect = length_effect([9, 99, 9], [9, 9, 99])

    assert effect.size == pytest.approx(0.0)
    assert effect.longer == pytest.approx(0.5)
    assert effect.pairs == 3
    effect = length_effect([19, 39], [9, 9])  # log 2 and log 4
    assert effect.size == pytest.approx(1.5 / math.sqrt(0.5))
    assert effect.low < effect.size < effect.high
    assert effect.longer == 1.0


@pytest.mark.parametrize(
    ("chosen", "size"), [([9, 9], 0.0), ([19, 19], math.inf), ([4, 4], -math.inf), ([30], math.inf)]
)
def test_without_spread_the_effect_is_nothing_or_infinite(chosen: list[int], size: float) -> None:
    assert length_effect(chosen, [9] * len(chosen)).size == size


def test_no_pair_has_no_effect() -> None:
    with pytest.raises(ValueError, match="at least one pair"):
        length_effect([], [])


def kept(lengths: list[tuple[int, int]], balance: LengthBalance) -> list[tuple[int, int]]:
    accepted = []
    for chosen, rejected in lengths:
        if balance.finding(chosen, rejected) is None:
            balance.add(chosen, rejected)
            accepted.append((chosen, rejected))
    return accepted


def stream(seed: int, *, longer: float, count: int = 1000) -> list[tuple[int, int]]:
    rng = random.Random(seed)
    rejected = [rng.randint(30, 300) for _ in range(count)]
    return [(round(n * longer * math.exp(rng.gauss(0, 0.5))), n) for n in rejected]


@pytest.mark.parametrize("seed", range(5))
def test_a_stream_of_longer_answers_ends_within_the_bound(seed: int) -> None:
    lengths = stream(seed, longer=1.4)

    accepted = kept(lengths, LengthBalance(bound=0.3, warmup=20))

    assert length_effect(*zip(*lengths, strict=True)).size > 0.5
    assert length_effect(*zip(*accepted, strict=True)).size <= 0.3
    assert len(accepted) > 0.63 * len(lengths)  # dropping the longest, knowing all, keeps 0.7
    assert kept(lengths, LengthBalance(bound=0.3, warmup=20)) == accepted


def test_a_balanced_stream_loses_next_to_nothing() -> None:
    accepted = kept(stream(1, longer=1.0), LengthBalance())

    assert len(accepted) >= 990


def test_a_stream_of_shorter_answers_is_bounded_too() -> None:
    balance = LengthBalance()
    kept(stream(2, longer=0.6), balance)

    assert -0.3 <= balance.effect < 0


def test_a_refused_pair_is_told_why_and_not_remembered() -> None:
    balance = LengthBalance(warmup=2)
    for chosen in (100, 110):
        balance.add(chosen, 100)
    before = balance.effect

    finding = balance.finding(300, 100)

    assert finding is None or finding.reason == "length-bias"
    assert balance.finding(106, 100) is not None
    assert balance.effect == before
    assert balance.finding(50, 100) is None


def test_a_bound_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        LengthBalance(bound=0)
