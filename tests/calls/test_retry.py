import asyncio
import random
from collections.abc import Sequence

import pytest
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelRateLimitError,
    ModelTimeoutError,
)

from synth_agent.calls.retry import Retry
from synth_agent.models.failures import CutConnectionError, QuotaExhaustedError


class Asking:
    """Fails as it is told, then answers; its clock goes on while somebody rests."""

    def __init__(self, failures: Sequence[ModelError]) -> None:
        self.failures = failures
        self.asked = 0
        self.rested: list[float] = []

    async def ask(self) -> str:
        self.asked += 1
        if self.asked <= len(self.failures):
            raise self.failures[self.asked - 1]
        return "answer"

    async def rest(self, seconds: float) -> None:
        self.rested.append(seconds)

    def clock(self) -> float:
        return sum(self.rested)

    def run(self, **options: float) -> str:
        retry = Retry(rng=random.Random(1), clock=self.clock, **options)  # type: ignore[arg-type]
        return asyncio.run(retry(self.ask, rest=self.rest))


PASSING = [ModelAPIError, ModelConnectionError, ModelTimeoutError, CutConnectionError]


@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_is_asked_again(kind: type[ModelError]) -> None:
    asking = Asking([kind("sorry")] * 5)

    assert asking.run() == "answer"
    assert asking.asked == 6


@pytest.mark.parametrize(
    "kind",
    [ContextOverflowError, ModelInvalidRequestError, ModelAuthenticationError, QuotaExhaustedError],
)
def test_what_stays_is_asked_once(kind: type[ModelError]) -> None:
    asking = Asking([kind("no")])

    with pytest.raises(kind):
        asking.run()
    assert asking.asked == 1


def test_after_six_attempts_the_last_failure_is_raised_and_says_so() -> None:
    asking = Asking([ModelAPIError(str(n)) for n in range(9)])

    with pytest.raises(ModelAPIError, match="5") as raised:
        asking.run()
    assert asking.asked == 6
    assert "asked 6 times" in raised.value.__notes__[0]


def test_refusals_for_too_many_requests_cost_patience_and_no_attempt() -> None:
    assert Asking([ModelRateLimitError("slow down")] * 20).run() == "answer"

    endless = Asking([ModelRateLimitError("slow down")] * 10_000)
    with pytest.raises(ModelRateLimitError):
        endless.run(patience=100)
    assert 60 < endless.clock() <= 100


def test_an_attempt_is_not_counted_while_all_fail() -> None:
    asking = Asking([ModelAPIError("sorry")] * 20)
    retry = Retry(attempts=2, clock=asking.clock)

    async def work() -> str:
        return await retry(asking.ask, rest=asking.rest, excused=lambda: asking.asked < 20)

    assert asyncio.run(work()) == "answer"


def test_waits_double_at_most_and_are_drawn_below_that() -> None:
    retry = Retry(base=1.0, longest=10.0, rng=random.Random(0))

    for failed, most in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (1000, 10)]:
        drawn = [retry.delay(failed, ModelAPIError()) for _ in range(200)]
        assert 0.9 * most < max(drawn) <= most
        assert min(drawn) < 0.1 * most


def test_what_the_provider_asks_for_is_kept_in_full() -> None:
    error = ModelRateLimitError("slow down")
    vars(error)["retry_after"] = 45.0

    assert Retry(longest=1.0).delay(1, error) == 45.0


def test_a_wait_beyond_all_patience_is_not_begun() -> None:
    error = ModelRateLimitError("tomorrow")
    vars(error)["retry_after"] = 86_400.0
    asking = Asking([error])

    with pytest.raises(ModelRateLimitError):
        asking.run()
    assert asking.rested == []


def test_no_attempt_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="at least once"):
        Retry(attempts=0)
