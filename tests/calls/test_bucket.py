import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_agent.calls.bucket import Bucket
from tests.calls.timing import FakeTime


@given(
    per_minute=st.integers(1, 300),
    pauses=st.lists(st.one_of(st.just(0.0), st.floats(0, 30)), max_size=60),
)
def test_no_minute_sees_more_than_the_limit(per_minute: int, pauses: list[float]) -> None:
    clock = FakeTime()
    bucket = Bucket(per_minute, clock)
    gone: list[float] = []
    for pause in pauses:
        clock.now += pause
        clock.now += bucket.wait(1)
        bucket.take(1)
        gone.append(clock.now)

    assert all(sum(at <= one < at + 60 for one in gone) <= per_minute for at in gone)


def test_what_is_larger_than_the_bucket_goes_when_it_is_full_and_is_paid_off_after() -> None:
    clock = FakeTime()
    bucket = Bucket(6100, clock)  # 100 a second

    assert bucket.wait(500) == 0
    bucket.take(500)
    assert bucket.wait(100) == pytest.approx(5)
    bucket.correct(300)
    assert bucket.wait(100) == pytest.approx(2)
    bucket.correct(10**6)
    assert bucket.wait(100) == 0


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Bucket(0, FakeTime())
