"""Which failures pass, which stay, and how long to wait."""

from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)

from synth_agent.models.failures import (
    CutConnectionError,
    QuotaExhaustedError,
    is_for_good,
    is_passing,
    retry_after,
)


@pytest.mark.parametrize(
    ("error", "passing", "for_good"),
    [
        (ModelAPIError("x"), True, False),
        (ModelTimeoutError("x"), True, False),
        (ModelConnectionError("x"), True, False),
        (CutConnectionError("x"), True, False),
        (ModelRateLimitError("slow down"), True, False),
        (ModelRateLimitError("You exceeded your current quota"), False, True),
        (QuotaExhaustedError("x"), False, True),
        (ModelAuthenticationError("x"), False, True),
        (ModelPermissionDeniedError("x"), False, True),
        (ModelNotFoundError("x"), False, True),
        (ModelInvalidRequestError("x"), False, False),
        (ContextOverflowError("x"), False, False),
        (ModelError("x"), False, False),
        (ValueError("x"), False, False),
    ],
    ids=repr,
)
def test_a_failure_passes_or_stays(error: Exception, passing: bool, for_good: bool) -> None:
    assert is_passing(error) is passing
    assert is_for_good(error) is for_good


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "-1"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({}, None),
        (None, None),
    ],
    ids=str,
)
def test_the_time_to_wait_is_read_from_a_response(headers: Any, seconds: float | None) -> None:
    error = ModelRateLimitError("x")
    vars(error)["response"] = SimpleNamespace(headers=headers)

    assert retry_after(error) == seconds


def test_a_failure_may_say_nothing_of_waiting() -> None:
    assert retry_after(ModelRateLimitError("x")) is None
