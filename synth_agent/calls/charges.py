"""What a failure was: its kind, whether it can have cost anything, its words without a key."""

import json
import re
import socket
from collections.abc import Iterator
from typing import Final

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

from synth_agent.models.failures import CutConnectionError

__all__ = ["as_model_error", "is_overload", "is_surely_free", "kind_of", "said"]

_KINDS: Final[dict[type[BaseException], str]] = {
    ModelRateLimitError: "rate limit",
    ModelTimeoutError: "time-out",
    CutConnectionError: "cut connection",
    ModelConnectionError: "connection",
    ModelAPIError: "server",
    ContextOverflowError: "context overflow",
    ModelInvalidRequestError: "invalid request",
    ModelAuthenticationError: "authentication",
    ModelPermissionDeniedError: "permission",
    ModelNotFoundError: "not found",
}
_REFUSED: Final = (
    ModelRateLimitError,
    ContextOverflowError,
    ModelInvalidRequestError,
    ModelAuthenticationError,
    ModelPermissionDeniedError,
    ModelNotFoundError,
)
_NEVER_SENT: Final = frozenset({
    "ClientConnectorError",  # aiohttp
    "ClientConnectorDNSError",
    "ConnectionTimeoutError",
    "ConnectError",  # httpx
    "ConnectTimeout",
    "PoolTimeout",
})  # fmt: skip
_NO_ANSWER_MADE: Final = frozenset({500, 501, 503, 529})
"""A gateway's 502 and 504 are not among them: the model behind it may have answered."""
_OVERLOADED: Final = frozenset({503, 529})
_KEY: Final = re.compile(
    r"(?i)\b(?:bearer\s+\S+|(?:sk|pk|rk|gsk|hf|xai|nvapi|aiza)[-_]?[\w*-]{6,}|[\w-]{32,})"
)
_STATUS: Final = re.compile(r"HTTP (\d{3})\b")
_LONGEST: Final = 300


def as_model_error(error: ModelError | OSError | ValueError) -> BaseException:
    """Return a bare failure as the `ModelError` it is; any other `ValueError` stays what it is.

    Packages let some through: an answer that is no JSON, a socket's error, a time-out.
    """
    match error:
        case ModelError():
            return error
        case TimeoutError():
            return ModelTimeoutError(said(error) or "no answer in time")
        case ConnectionRefusedError() | socket.gaierror():
            return ModelConnectionError(said(error))
        case OSError():
            return CutConnectionError(said(error))
        case json.JSONDecodeError():
            return CutConnectionError(f"the endpoint's answer is no JSON: {said(error)}")
        case _:
            return error


def kind_of(error: BaseException) -> str:
    """Return the word that failures like this are counted under."""
    for kind, word in _KINDS.items():
        if isinstance(error, kind):
            return word
    return type(error).__name__


def is_overload(error: BaseException) -> bool:
    """Return whether fewer requests at once would help."""
    return isinstance(error, ModelRateLimitError) or _status(error) in _OVERLOADED


def is_surely_free(error: BaseException) -> bool:
    """Return whether nothing can have been charged for a request that failed like this.

    It was refused before a model saw it, or it never left. In doubt it is not free, so that a
    budget is never passed.
    """
    if isinstance(error, CutConnectionError):
        return False
    # Our own client says `CutConnectionError` of a connection that was once there.
    if isinstance(error, _REFUSED) or type(error) is ModelConnectionError:
        return True
    if isinstance(error, ModelAPIError):
        return _status(error) in _NO_ANSWER_MADE
    return any(
        isinstance(cause, ConnectionRefusedError | socket.gaierror)
        or type(cause).__name__ in _NEVER_SENT
        for cause in _causes(error)
    )


def said(error: BaseException) -> str:
    """Return what a failure says in one line, without anything that looks like a key."""
    line = _KEY.sub("[hidden]", " ".join(str(error).split()))
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _status(error: BaseException) -> int | None:
    """Return the HTTP status: an attribute with most packages, the first word with our client."""
    for place in (error, getattr(error, "response", None)):
        for name in ("status_code", "status"):
            status = getattr(place, name, None)
            if isinstance(status, int):
                return status
    words = _STATUS.match(str(error))
    return int(words[1]) if words else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
