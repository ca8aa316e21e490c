"""What tests that models write ask of pytest, in miniature: it stands in for it in the child.

`raises`, `approx`, `fixture`, `param`, `skip`, `fail`, `importorskip` and `mark.parametrize`,
`skip`, `skipif`, `xfail`; any other mark changes nothing. Fixtures themselves are in `functions`.
"""

from __future__ import annotations

import builtins
import importlib
import itertools
import math
import re
from collections.abc import Mapping, Sequence

# `typing` costs the child 5 ms of its start, so only type checkers read it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

__all__ = [
    "approx",
    "fail",
    "fixture",
    "importorskip",
    "main",
    "mark",
    "param",
    "raises",
    "skip",
]

globals()["__builtins__"] = dict(vars(builtins))


class Skipped(Exception):  # noqa: N818 - so named by pytest
    """A test skips itself."""

    is_skip = True


class _Raised:
    """The context of `raises`, and what it caught."""

    value: Any = None

    def __init__(self, expected: Any, match: str | None) -> None:
        self.expected, self.match = expected, match

    @property
    def type(self) -> Any:
        return builtins.type(self.value)

    def __enter__(self) -> _Raised:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, _: object) -> bool:
        if kind is None:
            raise AssertionError(f"DID NOT RAISE {self.expected!r}")
        if not issubclass(kind, self.expected):
            return False
        self.value = error
        if self.match is not None and not re.search(self.match, str(error)):
            raise AssertionError(f"pattern {self.match!r} not found in {str(error)[:200]!r}")
        return True


def raises(expected: Any, *call: Any, match: str | None = None, **options: Any) -> Any:
    """Expect an exception inside a `with`, or of a call given with its arguments."""
    context = _Raised(expected, match)
    if not call:
        return context
    with context:
        call[0](*call[1:], **options)
    return context


class _Approx:
    """Equal to numbers nearby, also inside lists, tuples and dicts."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, expected: Any, rel: float | None, abs: float | None) -> None:  # noqa: A002
        self.expected, self.rel, self.abs = expected, rel, abs

    def __repr__(self) -> str:
        return f"approx({self.expected!r})"

    def __eq__(self, other: object) -> bool:
        return self._near(other, self.expected)

    def _near(self, got: Any, expected: Any) -> bool:
        if isinstance(expected, Mapping):
            return got.keys() == expected.keys() and all(
                self._near(got[key], value) for key, value in expected.items()
            )
        if isinstance(expected, Sequence) and not isinstance(expected, str):
            return len(got) == len(expected) and all(map(self._near, got, expected))
        if got == expected or not isinstance(expected, (int, float, complex)):
            return bool(got == expected)
        if isinstance(expected, bool) or not math.isfinite(builtins.abs(expected)):
            return False
        # Without `rel`, an `abs` that is given counts alone.
        rel = self.rel if self.rel is not None else (1e-6 if self.abs is None else 0.0)
        margin = max(rel * builtins.abs(expected), 1e-12 if self.abs is None else self.abs)
        return bool(builtins.abs(got - expected) <= margin)


def approx(expected: Any, rel: float | None = None, abs: float | None = None) -> Any:  # noqa: A002
    """Return what equals a number within a millionth of it, or within `rel` or `abs`."""
    return _Approx(expected, rel, abs)


class _Row:
    """One row of a parametrized test."""

    def __init__(self, values: tuple[Any, ...]) -> None:
        self.values = values


def param(*values: Any, **_: Any) -> _Row:
    """Return a row of `mark.parametrize`; id and marks are not looked at."""
    return _Row(values)


def _parametrize(names: str | Sequence[str], rows: Iterable[Any], **_: Any) -> Callable[[Any], Any]:
    wanted = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
    wanted = [name for name in wanted if name]

    def named(row: Any) -> dict[str, Any]:
        values = row.values if isinstance(row, _Row) else row if len(wanted) > 1 else [row]
        return dict(zip(wanted, values, strict=True))

    given = [named(row) for row in rows]

    def decorate(test: Any) -> Any:
        others = getattr(test, "parameters", [{}])
        test.parameters = [{**a, **b} for a, b in itertools.product(others, given)]
        return test

    return decorate


def _with(name: str) -> Callable[..., Any]:
    """Return a mark that sets an attribute, with or without arguments: `@skip`, `@skip(...)`."""

    def mark_it(*args: Any, **_: Any) -> Any:
        if len(args) == 1 and callable(args[0]):
            setattr(args[0], name, True)
            return args[0]
        return mark_it

    return mark_it


class _Mark:
    parametrize = staticmethod(_parametrize)
    skip = staticmethod(_with("is_skipped"))
    xfail = staticmethod(_with("may_fail"))

    @staticmethod
    def skipif(condition: Any, **_: Any) -> Any:
        return _with("is_skipped" if condition else "is_marked")()

    def __getattr__(self, _: str) -> Any:
        return _with("is_marked")


mark = _Mark()


def fixture(function: Any = None, *, autouse: Any = False, **_: Any) -> Any:
    """Mark a function as a fixture; scope, params and name are not looked at."""
    if function is None:
        return lambda found: fixture(found, autouse=autouse)
    function.is_fixture, function.is_automatic = True, bool(autouse)
    return function


def skip(reason: str = "", **_: Any) -> None:
    """Leave the test; it does not count as one."""
    raise Skipped(reason)


def fail(reason: str = "", **_: Any) -> None:
    """Fail the test."""
    raise AssertionError(reason)


def importorskip(name: str, **_: Any) -> Any:
    """Return the module, or leave the test."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Skipped(name) from None


def main(*_: Any, **__: Any) -> int:
    """Do nothing: the tests are run anyway."""
    return 0
