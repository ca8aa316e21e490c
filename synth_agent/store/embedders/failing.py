"""How an embeddings model fails, whoever's package it is from.

LangChain has common types for the failures of chat models; embeddings raise those of their
provider's package (openai, cohere, botocore, httpx …), which have no common root. What they do have
is a status, a response or a telling name.
"""

import json
import re
from typing import Final

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelTimeoutError,
)

from synth_agent.calls.charges import as_model_error, said
from synth_agent.models.failures import (
    CutConnectionError,
    QuotaExhaustedError,
    is_for_good,
    retry_after,
)

__all__ = ["as_failure"]

_BUGS: Final = (AssertionError, AttributeError, NameError, NotImplementedError, TypeError)
"""Mistakes in a program, which nobody is helped by if they pass for a provider's failure."""
_KINDS: Final[dict[int, type[ModelError]]] = {
    401: ModelAuthenticationError,
    402: QuotaExhaustedError,
    403: ModelPermissionDeniedError,
    404: ModelNotFoundError,
    408: ModelTimeoutError,
    409: ModelRateLimitError,
    425: ModelRateLimitError,
    429: ModelRateLimitError,
}
_TOO_LONG: Final = re.compile(
    # OpenAI and vLLM; text-embeddings-inference, issues 356 and 394; llama.cpp, issue 12295;
    # Cohere and others
    r"maximum (?:context|input|model|sequence) length|context[_ ]length|"
    r"must have less than \d+ (?:tokens|characters)|too large to process|too long|too many tokens",
    re.IGNORECASE,
)


def as_failure(error: BaseException) -> BaseException:
    """Return the `ModelError` that a failure is; a programming mistake or an end stays what it is.

    Texts that are too long are a `ContextOverflowError`, however the provider puts it.
    """
    if isinstance(error, _BUGS) or not isinstance(error, Exception):
        return error
    failure = error if isinstance(error, ModelError) else _named(error)
    is_refusal = not (isinstance(failure, ModelRateLimitError) or is_for_good(failure))
    if is_refusal and _TOO_LONG.search(str(failure)):
        return ContextOverflowError(str(failure))
    if failure is not error and (seconds := retry_after(error)) is not None:
        vars(failure)["retry_after"] = seconds  # the types are LangChain's and do not declare it
    return failure


def _named(error: Exception) -> ModelError:
    status = _status(error)
    if status is not None:
        other = ModelAPIError if status >= 500 else ModelInvalidRequestError
        return _KINDS.get(status, other)(f"HTTP {status}: {said(error)}")
    words = f"{type(error).__name__}: {said(error)}"
    if isinstance(error, OSError | json.JSONDecodeError):
        known = as_model_error(error)
        assert isinstance(known, ModelError)
        return known
    if "Timeout" in type(error).__name__:
        return ModelTimeoutError(words)
    if "Connect" in type(error).__name__:
        return CutConnectionError(words)
    return ModelError(words)


def _status(error: Exception) -> int | None:
    for place in (error, getattr(error, "response", None)):
        for name in ("status_code", "status"):
            status = getattr(place, name, None)
            if isinstance(status, int) and 400 <= status < 600:
                return status
    return None
