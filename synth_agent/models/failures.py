"""How a provider fails: which failures pass, which stay, and how long to wait.

The types are those of `langchain_core.exceptions`, so that any LangChain model fits; what they lack
is added here.
"""

from typing import Final

from langchain_core.exceptions import (
    ContextOverflowError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
)

__all__ = [
    "CutConnectionError",
    "QuotaExhaustedError",
    "is_for_good",
    "is_passing",
    "retry_after",
]

_FOR_GOOD: Final = (ModelAuthenticationError, ModelPermissionDeniedError, ModelNotFoundError)
_NO_QUOTA: Final = ("insufficient_quota", "exceeded your current quota", "billing_hard_limit")


class QuotaExhaustedError(ModelRateLimitError):
    """The account has nothing left: a 429 that waiting does not mend."""

    is_retryable = False


class CutConnectionError(ModelConnectionError):
    """The connection ended in the middle of an answer, which may have been paid for."""


def is_for_good(error: BaseException) -> bool:
    """Return whether every further request will fail like this: key, model, permission, quota."""
    if isinstance(error, ModelRateLimitError):
        said = str(error).lower()
        return isinstance(error, QuotaExhaustedError) or any(word in said for word in _NO_QUOTA)
    return isinstance(error, _FOR_GOOD)


def is_passing(error: BaseException) -> bool:
    """Return whether the same request may succeed later."""
    if isinstance(error, ContextOverflowError | ModelInvalidRequestError) or is_for_good(error):
        return False
    return isinstance(error, ModelError) and error.is_retryable


def retry_after(error: BaseException) -> float | None:
    """Return the seconds that the provider wants to be left alone, where it says so.

    Our own client puts them on the error as `retry_after`; others keep the HTTP response.
    """
    own = getattr(error, "retry_after", None)
    if isinstance(own, int | float):
        return float(own)
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    for name, scale in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * scale)
        except (KeyError, TypeError, ValueError):  # absent, or a date
            continue
    return None
