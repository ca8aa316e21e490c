import json
import socket

import pytest
from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelRateLimitError,
    ModelTimeoutError,
)

from synth_agent.calls.charges import as_model_error, is_overload, is_surely_free, kind_of, said
from synth_agent.models.failures import CutConnectionError


class ForeignError(ModelConnectionError):
    """As packages derive theirs: nothing says whether it was a cut or no connection."""


class ConnectTimeout(Exception):  # noqa: N818
    """Of the name that httpx uses."""


def caused(error: BaseException, cause: BaseException) -> BaseException:
    error.__cause__ = cause
    return error


def status(code: int) -> ModelAPIError:
    error = ModelAPIError("server error")
    vars(error)["status_code"] = code
    return error


@pytest.mark.parametrize(
    "error",
    [
        ModelRateLimitError(),
        ModelAuthenticationError(),
        ContextOverflowError(),
        ModelConnectionError("no connection to http://127.0.0.1:9"),
        ModelAPIError("HTTP 500: sorry"),
        status(503),
        caused(ForeignError(), ConnectionRefusedError()),
        caused(ForeignError(), caused(OSError(), socket.gaierror())),
        caused(ForeignError(), ConnectTimeout()),
    ],
    ids=repr,
)
def test_what_was_refused_or_never_left_was_free(error: BaseException) -> None:
    assert is_surely_free(error)


@pytest.mark.parametrize(
    "error",
    [
        CutConnectionError(),
        ModelTimeoutError(),
        ModelAPIError("expected JSON from http://127.0.0.1, got 'x'"),
        ModelAPIError("HTTP 504: the gateway waited in vain"),
        status(502),
        ForeignError(),
        caused(ForeignError(), ConnectionResetError()),
        ValueError("no choices"),
    ],
    ids=repr,
)
def test_in_doubt_it_may_have_been_charged(error: BaseException) -> None:
    assert not is_surely_free(error)


@pytest.mark.parametrize(
    ("bare", "kind"),
    [
        (TimeoutError(), ModelTimeoutError),
        (ConnectionRefusedError(), ModelConnectionError),
        (ConnectionResetError(), CutConnectionError),
        (json.JSONDecodeError("no", "x", 0), CutConnectionError),
        (ModelAPIError(), ModelAPIError),
        (ValueError(), ValueError),
    ],
    ids=lambda given: getattr(given, "__name__", repr(given)),
)
def test_bare_failures_get_their_proper_type(
    bare: ModelAPIError | OSError | ValueError, kind: type[BaseException]
) -> None:
    assert type(as_model_error(bare)) is kind


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (CutConnectionError(), "cut connection"),
        (ForeignError(), "connection"),
        (ModelRateLimitError(), "rate limit"),
        (KeyError(), "KeyError"),
    ],
    ids=repr,
)
def test_failures_are_counted_by_kind(error: BaseException, word: str) -> None:
    assert kind_of(error) == word


def test_an_overloaded_server_is_one_with_too_many_requests() -> None:
    assert is_overload(ModelRateLimitError())
    assert is_overload(status(529))
    assert not is_overload(status(500))


@pytest.mark.parametrize(
    "key",
    ["sk-proj-abcDEF123456", "Bearer abc.def", "AIzaSyA1234567", "0123456789abcdef" * 2],
)
def test_no_key_is_said(key: str) -> None:
    line = said(ModelAuthenticationError(f"Incorrect API key\n  provided: {key}; check it"))

    assert key not in line
    assert line.startswith("Incorrect API key provided: [hidden]")
    assert line.endswith("check it")


def test_a_long_story_is_cut() -> None:
    assert len(said(ModelAPIError("so sorry " * 100))) == 300
