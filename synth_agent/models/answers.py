"""What came back over HTTP: its JSON, or the failure that it means.

The words of the provider are kept, cut, and without the key. A failure carries `retry_after` in
seconds where the provider named a time (`failures.retry_after` reads it).
"""

import math
import re
import ssl
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, NamedTuple

import aiohttp
import orjson
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
from synth_agent.models.failures import CutConnectionError, QuotaExhaustedError, is_for_good

__all__ = [
    "Answer",
    "UnreadableAnswerError",
    "answer_json",
    "failure_of_answer",
    "failure_of_exception",
    "unreadable",
]


class UnreadableAnswerError(ModelAPIError):
    """The endpoint said that all is well, and what came is no answer. It may have been paid for."""


class Answer(NamedTuple):
    """One HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Broken(NamedTuple):
    caught: tuple[type[Exception], ...]
    kind: type[ModelError]
    said: str


_SAID: Final = 500
_SHOWN: Final = 200
_KINDS: Final[Mapping[int, type[ModelError]]] = {
    401: ModelAuthenticationError,
    402: QuotaExhaustedError,  # OpenRouter, DeepSeek: no balance left
    403: ModelPermissionDeniedError,
    404: ModelNotFoundError,
    408: ModelTimeoutError,
    409: ModelRateLimitError,
    425: ModelRateLimitError,
    429: ModelRateLimitError,
}
_ADVICE: Final[Mapping[int, str]] = {
    401: "check the API key",
    404: "check the model's name and the base URL",
}
_BROKEN: Final = (  # the first that fits
    _Broken(
        (aiohttp.ConnectionTimeoutError,), ModelConnectionError, "no connection to {where}: {words}"
    ),
    _Broken((TimeoutError,), ModelTimeoutError, "no answer from {where} within {seconds} s"),
    _Broken(
        (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError),
        ModelConnectionError,
        "no connection to {where} through the proxy: {words}; "
        "check HTTP_PROXY and HTTPS_PROXY, or name the host in NO_PROXY",
    ),
    _Broken(
        (aiohttp.ClientSSLError, ssl.SSLError),
        ModelConnectionError,
        "no secure connection to {where}: {words}; check whether it is http or https, "
        "or name the file of your authority's certificate in SSL_CERT_FILE",
    ),
    _Broken(
        (aiohttp.ClientConnectorError, aiohttp.InvalidURL),
        ModelConnectionError,
        "no connection to {where}: {words}; is the server running, and is the URL right?",
    ),
    _Broken(
        (aiohttp.ClientResponseError,),
        UnreadableAnswerError,
        "expected HTTP from {where}, got {words}",
    ),
    _Broken(
        (Exception,),
        CutConnectionError,
        "{where} ended the connection before its answer was whole: {words}",
    ),
)
_TOO_LONG: Final = re.compile(
    # OpenAI; vLLM; llama.cpp; LM Studio and others
    r"context_length|maximum context length|maximum model length|exceed_context|"
    r"context (?:size|window|length)",
    re.IGNORECASE,
)


def answer_json(answer: Answer, address: Address) -> Any:
    """Return the JSON of a good answer.

    Raises:
        UnreadableAnswerError: It is no JSON.
    """
    try:
        return orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        kind = answer.headers.get("Content-Type", "no content type")
        shown = address.hide_key(answer.body.decode(errors="replace"))
    raise UnreadableAnswerError(
        f"expected JSON from {address.base_url}, got {kind}: {shown[:_SHOWN]!r}"
    )


def unreadable(parsed: Any, address: Address) -> ModelError:
    """Return the failure of an answer that is JSON but not what was asked for.

    Gateways report failures of others as `{"error": {"code": 429, ...}}` with status 200.
    """
    body = orjson.dumps(parsed)
    error = parsed.get("error") if isinstance(parsed, dict) else None
    status = error.get("code") if isinstance(error, dict) else None
    if isinstance(status, int) and 400 <= status < 600:
        return _failure(status, body, address)
    shown = address.hide_key(body.decode())
    return UnreadableAnswerError(
        f"expected an answer from {address.base_url}, got {shown[:_SHOWN]!r}"
    )


def failure_of_answer(answer: Answer, address: Address, *, now: datetime) -> ModelError:
    """Return the failure that a status means."""
    if 300 <= answer.status < 400:
        return ModelInvalidRequestError(
            f"{address.base_url} redirects (HTTP {answer.status}), which is not followed; "
            "set the address it leads to as the base URL"
        )
    failure = _failure(answer.status, answer.body, address)
    seconds = _retry_after(answer.headers, now)
    if seconds is not None:
        vars(failure)["retry_after"] = seconds  # the types are LangChain's and do not declare it
    return failure


def failure_of_exception(error: Exception, address: Address) -> ModelError:
    """Return the failure that an exception of aiohttp or the system means."""
    broken = next(one for one in _BROKEN if isinstance(error, one.caught))
    said = broken.said.format(
        where=address.base_url, words=_words(error), seconds=f"{address.timeout:g}"
    )
    return broken.kind(address.hide_key(said))


def _words(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientResponseError):  # its text repeats request and headers
        return f"HTTP {error.status} {error.message}"[:_SAID]
    return (str(error) or type(error).__name__)[:_SAID]


def _failure(status: int, body: bytes, address: Address) -> ModelError:
    said, code = _said(body)
    advice = f"; {_ADVICE[status]}" if status in _ADVICE else ""
    text = address.hide_key(f"HTTP {status}{f' ({code})' if code else ''}: {said}")
    text = f"{text[:_SAID]}{advice}"
    if status >= 500:
        return ModelAPIError(text)
    if status in (400, 413, 422) and _TOO_LONG.search(text):
        return ContextOverflowError(text)
    failure = _KINDS.get(status, ModelInvalidRequestError)(text)
    if type(failure) is ModelRateLimitError and is_for_good(failure):
        return QuotaExhaustedError(text)
    return failure


def _said(body: bytes) -> tuple[str, str]:
    """Return the provider's message and code, of OpenAI's form, vLLM's, FastAPI's or none."""
    raw = body.decode(errors="replace").strip()
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return raw or "without a word", ""
    error = parsed.get("error", parsed) if isinstance(parsed, dict) else {}
    if isinstance(error, str):
        return error, ""
    if not isinstance(error, dict):
        return raw, ""
    code = error.get("code") or error.get("type")
    said = error.get("message") or error.get("detail")
    return said if isinstance(said, str) else raw, code if isinstance(code, str) else ""


def _retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    for name, scale in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        value = headers.get(name)
        seconds = None if value is None else _seconds(value, now)
        if seconds is not None:
            return max(0.0, seconds * scale)
    return None


def _seconds(value: str, now: datetime) -> float | None:
    try:
        number = float(value)
    except ValueError:
        try:
            return (parsedate_to_datetime(value) - now).total_seconds()
        except (ValueError, TypeError):  # no date, or one without a zone
            return None
    return number if math.isfinite(number) else None
