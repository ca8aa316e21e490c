"""What failures of others' packages are taken for."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelError,
    ModelInvalidRequestError,
    ModelRateLimitError,
    ModelTimeoutError,
)

from synth_agent.calls.charges import is_surely_free
from synth_agent.models.failures import (
    CutConnectionError,
    QuotaExhaustedError,
    is_for_good,
    is_passing,
    retry_after,
)
from synth_agent.store.embedders.failing import as_failure

KEY = "sk-test-0123456789abcdefghijklmnop"


class ApiError(Exception):
    """As cohere's and openai's packages have it."""

    def __init__(self, status: int, said: str, **headers: str) -> None:
        super().__init__(said)
        self.status_code = status
        self.response = SimpleNamespace(headers=headers)


class StatusError(Exception):
    """As httpx has it, and with it Mistral's package."""

    def __init__(self, status: int) -> None:
        super().__init__("Client error")
        self.response = SimpleNamespace(status_code=status, headers={})


class ReadTimeout(Exception):  # noqa: N818 - named as httpx names it
    pass


class APIConnectionError(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ApiError(401, "invalid token"), ModelAuthenticationError),
        (ApiError(402, "no credit"), QuotaExhaustedError),
        (ApiError(429, "slow down"), ModelRateLimitError),
        (ApiError(422, "no such option"), ModelInvalidRequestError),
        (StatusError(503), ModelAPIError),
        (ReadTimeout("no answer"), ModelTimeoutError),
        (TimeoutError(), ModelTimeoutError),
        (APIConnectionError("Connection error."), CutConnectionError),
        (ConnectionResetError("reset"), CutConnectionError),
        (json.JSONDecodeError("no JSON", "", 0), CutConnectionError),
        (RuntimeError("out of memory"), ModelError),
        (ValueError("unknown option"), ModelError),
    ],
    ids=lambda case: getattr(case, "__name__", str(case)),
)
def test_a_foreign_failure_has_a_kind(error: Exception, kind: type[ModelError]) -> None:
    assert type(as_failure(error)) is kind


@pytest.mark.parametrize(
    "said",
    [
        "This model's maximum context length is 8192 tokens, however you requested 51435 tokens",
        "Invalid 'input[0]': maximum input length is 8192 tokens.",
        "Input validation error: `inputs` must have less than 512 tokens. Given: 534",
        "Input validation error: `inputs` must have less than 32000 characters. Given: 67337",
        "input (1361 tokens) is too large to process. increase the physical batch size",
        "invalid request: texts[0] is too long",
    ],
)
@pytest.mark.parametrize("status", [400, 413, 500])
def test_a_text_that_is_too_long_is_known_by_the_words(said: str, status: int) -> None:
    assert isinstance(as_failure(ApiError(status, said)), ContextOverflowError)


@pytest.mark.parametrize(
    "error",
    [
        ModelRateLimitError("Request too large for model: too many tokens per minute"),
        ModelAuthenticationError("the key is too long"),
    ],
    ids=["limit a minute", "key"],
)
def test_a_refusal_of_another_kind_is_no_text_that_is_too_long(error: ModelError) -> None:
    assert as_failure(error) is error


@pytest.mark.parametrize("bug", [TypeError("x"), AttributeError("x"), KeyboardInterrupt()])
def test_a_mistake_in_a_program_stays_what_it_is(bug: BaseException) -> None:
    assert as_failure(bug) is bug


def test_what_has_to_be_known_of_a_failure_comes_along() -> None:
    failures: list[Any] = [
        as_failure(ApiError(429, "You exceeded your current quota")),
        as_failure(ApiError(429, "later", **{"retry-after": "7"})),
        as_failure(StatusError(500)),
        as_failure(StatusError(502)),
    ]

    assert is_for_good(failures[0])
    assert (is_passing(failures[1]), retry_after(failures[1])) == (True, 7.0)
    assert [is_surely_free(failure) for failure in failures] == [True, True, True, False]


def test_a_key_in_a_providers_words_is_hidden() -> None:
    assert KEY not in str(as_failure(ApiError(401, f"Incorrect API key provided: {KEY}")))
    assert KEY not in str(as_failure(RuntimeError(f"Bearer {KEY}")))
