"""Every way in which a request fails, over real HTTP."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
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

from synth_agent.models.address import Address
from synth_agent.models.answers import Answer, UnreadableAnswerError, failure_of_answer
from synth_agent.models.failures import (
    CutConnectionError,
    QuotaExhaustedError,
    is_for_good,
    is_passing,
    retry_after,
)
from tests.models.server import HANG, Serve, completion, http, lean

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def error(message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "some_error", "param": None, "code": code}}


def failed(serve: Serve, sent: bytes, **fields: Any) -> ModelError:
    server = serve(lambda _: sent)
    with pytest.raises(ModelError) as caught:
        lean(server, **fields).invoke("Hi.")
    assert len(server.received) == 1
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "passes"),
    [
        (400, ModelInvalidRequestError, False),
        (401, ModelAuthenticationError, False),
        (402, QuotaExhaustedError, False),
        (403, ModelPermissionDeniedError, False),
        (404, ModelNotFoundError, False),
        (408, ModelTimeoutError, True),
        (409, ModelRateLimitError, True),
        (422, ModelInvalidRequestError, False),
        (425, ModelRateLimitError, True),
        (429, ModelRateLimitError, True),
        (500, ModelAPIError, True),
        (503, ModelAPIError, True),
        (529, ModelAPIError, True),
    ],
    ids=str,
)
def test_a_status_is_a_kind_of_failure(
    serve: Serve, status: int, kind: type[ModelError], passes: bool
) -> None:
    failure = failed(serve, http(status, error("So it is.")))

    assert type(failure) is kind
    assert is_passing(failure) is passes
    assert f"HTTP {status}" in str(failure)
    assert "So it is." in str(failure)


def test_a_status_fails_chatopenai_alike(serve: Serve, make: Callable[..., Any]) -> None:
    statuses = iter((401, 404, 429, 500))
    server = serve(lambda _: http(next(statuses), error("So it is.")))
    model = make(server)

    for kind in (ModelAuthenticationError, ModelNotFoundError, ModelRateLimitError, ModelAPIError):
        with pytest.raises(kind, match="So it is"):
            model.invoke("Hi.")


@pytest.mark.parametrize(
    "body",
    [
        error("You exceeded your current quota, please check your plan.", "insufficient_quota"),
        error("No.", "insufficient_quota"),
        error("No.", "billing_hard_limit_reached"),
    ],
    ids=["openai", "code alone", "hard limit"],
)
def test_an_empty_account_is_not_a_rate_limit(serve: Serve, body: Any) -> None:
    failure = failed(serve, http(429, body))

    assert type(failure) is QuotaExhaustedError
    assert is_for_good(failure)


@pytest.mark.parametrize(
    "body",
    [
        error("This model's maximum context length is 4096 tokens.", "context_length_exceeded"),
        error("Too much.", "context_length_exceeded"),
        {"object": "error", "message": "The prompt is longer than the maximum model length of 9"},
        {"error": {"code": 400, "message": "exceeds the available context size (512 tokens)"}},
    ],
    ids=["openai", "code alone", "vllm", "llama.cpp"],
)
def test_a_prompt_that_is_too_long_has_its_own_failure(serve: Serve, body: Any) -> None:
    assert type(failed(serve, http(400, body))) is ContextOverflowError


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (error("No such model.", "model_not_found"), "(model_not_found): No such model."),
        ({"object": "error", "message": "No such model."}, "No such model."),
        ({"error": "No such model."}, "No such model."),
        ({"detail": "No such model."}, "No such model."),
        ({"detail": [{"msg": "No such model."}]}, "No such model."),
        (["No such model."], "No such model."),
        ({"error": ["No such model."]}, "No such model."),
        (b"<html>No such model.</html>", "<html>No such model.</html>"),
        (b"", "without a word"),
    ],
    ids=[
        "openai",
        "vllm",
        "ollama",
        "fastapi",
        "fastapi list",
        "list inside",
        "list",
        "html",
        "nothing",
    ],
)
def test_the_providers_words_are_kept(serve: Serve, body: Any, said: str) -> None:
    failure = failed(serve, http(404, body))

    assert said in str(failure)
    assert "check the model's name" in str(failure)


def test_long_words_are_cut(serve: Serve) -> None:
    assert len(str(failed(serve, http(500, error("so " * 5000))))) == 500


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0.25"}, 0.25),
        ({"retry-after-ms": "1500", "Retry-After": "9"}, 1.5),
        ({"Retry-After": format_datetime(NOW + timedelta(seconds=30), usegmt=True)}, 30.0),
        ({"Retry-After": format_datetime(NOW - timedelta(seconds=30), usegmt=True)}, 0.0),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "inf"}, None),
        ({"retry-after-ms": "nan", "Retry-After": "2"}, 2.0),
        ({}, None),
    ],
    ids=["s", "part", "ms", "date", "past", "negative", "word", "infinite", "no number", "none"],
)
def test_the_time_to_wait_is_read(headers: dict[str, str], seconds: float | None) -> None:
    lowered = {name.lower(): value for name, value in headers.items()}

    failure = failure_of_answer(Answer(429, lowered, b"{}"), Address(), now=NOW)

    assert retry_after(failure) == seconds


@pytest.mark.parametrize("status", [429, 503])
def test_the_time_to_wait_arrives_with_the_failure(serve: Serve, status: int) -> None:
    failure = failed(serve, http(status, error("Later."), headers={"Retry-After": "7"}))

    assert retry_after(failure) == 7.0


def test_a_redirect_is_not_followed(serve: Serve) -> None:
    other = serve()

    failure = failed(serve, http(307, b"", headers={"Location": other.url}))

    assert type(failure) is ModelInvalidRequestError
    assert "redirects" in str(failure)
    assert other.received == []


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Welcome to the router</html>",
        b"",
        b"null",
        b"[]",
        b'{"choices": []}',
        b'{"choices": null}',
        b'{"choices": [{"finish_reason": "stop"}]}',
        b'{"choices": [{"message": {"content": 5}}]}',
        b'{"choices": [{"message": {"content": "a", "tool_calls": [{}]}}]}',
        b'{"choices": [{"message": {"content": "a"}}], "usage": []}'[:-1],
    ],
    ids=[
        "html",
        "empty",
        "null",
        "list",
        "no choices",
        "null choices",
        "no message",
        "number",
        "no function",
        "half",
    ],
)
def test_an_answer_that_is_none_may_be_asked_for_again(serve: Serve, body: bytes) -> None:
    failure = failed(serve, http(body=body))

    assert type(failure) is UnreadableAnswerError
    assert is_passing(failure)
    assert body[:20].decode().replace(" ", "")[:8] in str(failure).replace(" ", "")


def test_what_came_is_shown_cut_and_without_headers(serve: Serve) -> None:
    failure = failed(serve, http(body=b"x" * 5000, headers={"X-Inner": "hidden"}))

    assert str(failure).count("x") < 210
    assert "application/octet-stream" in str(failure)
    assert "hidden" not in str(failure)


@pytest.mark.parametrize(
    ("inner", "kind"),
    [
        ({"code": 429, "message": "Slow down."}, ModelRateLimitError),
        ({"code": 502, "message": "Slow down."}, ModelAPIError),
        ({"code": "server_error", "message": "Slow down."}, UnreadableAnswerError),
    ],
    ids=["429", "502", "a word"],
)
def test_a_gateways_error_with_status_200_is_a_failure(
    serve: Serve, inner: Any, kind: type[ModelError]
) -> None:
    failure = failed(serve, http(body={"error": inner}))

    assert type(failure) is kind
    assert "Slow down." in str(failure)


def test_nobody_there_is_a_connection_error(serve: Serve) -> None:
    server = serve()
    server.__exit__()
    with pytest.raises(ModelConnectionError, match="is the server running") as caught:
        lean(server).invoke("Hi.")

    assert type(caught.value) is ModelConnectionError
    assert is_passing(caught.value)
    server.__enter__()  # the fixture stops it once more


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"choices": [',
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{"choi',
    ],
    ids=["before the answer", "in its middle", "in a chunk"],
)
def test_a_connection_that_was_cut_may_have_been_paid_for(serve: Serve, sent: bytes) -> None:
    failure = failed(serve, sent)

    assert type(failure) is CutConnectionError
    assert is_passing(failure)


def test_what_is_not_http_cannot_be_read(serve: Serve) -> None:
    failure = failed(serve, b"SSH-2.0-OpenSSH_9.6\r\n\r\n")

    assert type(failure) is UnreadableAnswerError


def test_an_answer_that_never_comes_is_a_timeout(serve: Serve) -> None:
    failure = failed(serve, HANG, timeout=0.05)

    assert type(failure) is ModelTimeoutError
    assert "0.05 s" in str(failure)


def test_a_text_that_json_cannot_hold_is_refused_before_it_is_sent(serve: Serve) -> None:
    server = serve()

    with pytest.raises(ModelInvalidRequestError, match="surrogates"):
        lean(server).invoke("half a pair: \ud83d")

    assert server.received == []


def test_after_a_failure_the_next_request_goes_through(serve: Serve) -> None:
    sent = iter((http(500, error("No.")), b"", http(body=completion())))
    model = lean(serve(lambda _: next(sent)))

    for _ in range(2):
        with pytest.raises(ModelError):
            model.invoke("Hi.")

    assert model.invoke("Hi.").content == "Hello."
