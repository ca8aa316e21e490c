import pytest

from synth_agent.calls.hedge import Hedge


def fed(hedge: Hedge, seconds: list[float]) -> Hedge:
    for one in seconds:
        hedge.began()
        hedge.answered(one)
    return hedge


def test_nobody_is_a_straggler_before_twenty_answers_are_known() -> None:
    assert fed(Hedge(), [0.2] * 19).delay is None
    assert fed(Hedge(), [0.2] * 20).delay == pytest.approx(0.6)


@pytest.mark.parametrize(
    ("seconds", "delay"),
    [
        ([0.05, 0.1] * 20, 0.5),
        ([5.0] * 40, 15.0),
        ([10.0, *[2.0] * 9] * 8, 20.0),
    ],
    ids=["half a second at least", "three medians", "two of the 95th percentile"],
)
def test_a_straggler_takes_far_longer_than_its_like(seconds: list[float], delay: float) -> None:
    assert fed(Hedge(), seconds).delay == delay


def test_only_recent_answers_count() -> None:
    assert fed(Hedge(), [10.0] * 500 + [1.0] * 200).delay == 3.0


def test_at_most_one_request_in_twenty_is_sent_twice() -> None:
    hedge = fed(Hedge(), [0.2] * 1000)

    assert sum(hedge.take() for _ in range(1000)) == 50


def test_a_share_of_nothing_sends_none() -> None:
    assert fed(Hedge(share=0), [0.2] * 100).delay is None


def test_a_share_is_a_share() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Hedge(share=5)
