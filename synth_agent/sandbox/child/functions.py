"""Run test functions and test classes in the manner of pytest, fixtures included.

Known fixtures besides those that the tests define: `tmp_path`, `capsys`, `monkeypatch`. Scopes are
not kept: a fixture is made anew for each test. `setup_method`, `setup_class` and their counterparts
are called, and functions that return coroutines run in a loop of their own.
"""

from __future__ import annotations

import builtins
import sys
from types import CoroutineType, FunctionType, GeneratorType, MethodType

# `typing` costs the child 5 ms of its start, so only type checkers read it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

__all__ = ["run_functions"]

globals()["__builtins__"] = dict(vars(builtins))

_MISSING: Any = object()


def run_functions(found: Mapping[str, Any], names: Mapping[str, Any]) -> Iterator[bool]:
    """Run the tests among the names found; yield for each whether it skipped itself.

    Args:
        found: What the tests defined, by name.
        names: All names of the module, fixtures among them.
    """
    fixtures = {n: v for n, v in names.items() if hasattr(v, "is_fixture")} | _KNOWN
    for name, value in list(found.items()):
        if isinstance(value, FunctionType) and name.startswith("test"):
            yield from _each(value, {}, fixtures)
        elif isinstance(value, type) and name.startswith("Test"):
            yield from _class(value, fixtures)


def _class(found: type, fixtures: dict[str, Any]) -> Iterator[bool]:
    own = {n: getattr(found, n) for n in dir(found)}
    fixtures = fixtures | {n: v for n, v in own.items() if hasattr(v, "is_fixture")}
    own.get("setup_class", _nothing)()
    for name, value in own.items():
        if name.startswith("test") and isinstance(value, FunctionType):
            for parameters in getattr(found, "parameters", [{}]):
                yield from _each(value, parameters, fixtures, of=found)
    own.get("teardown_class", _nothing)()


def _nothing(*_: object) -> None:
    pass


def _each(
    test: Callable[..., Any],
    given: Mapping[str, Any],
    fixtures: Mapping[str, Any],
    *,
    of: type | None = None,
) -> Iterator[bool]:
    for parameters in getattr(test, "parameters", [{}]):
        if getattr(test, "is_skipped", False):
            yield True
            continue
        instance = of() if of else None
        _optional(instance, "setup_method", test)
        try:
            yield _one(test, {**given, **parameters}, fixtures, instance)
        finally:
            _optional(instance, "teardown_method", test)


def _optional(instance: Any, name: str, test: Any) -> None:
    method = getattr(instance, name, None)
    if method:
        method(*([test] if method.__code__.co_argcount > 1 else []))


def _one(test: Any, given: dict[str, Any], fixtures: Mapping[str, Any], instance: Any) -> bool:
    """Run one test with one set of arguments; return whether it skipped itself."""
    endings: list[Any] = []
    made = dict(given)
    try:
        for fixture in (f for f in fixtures.values() if getattr(f, "is_automatic", False)):
            _value(fixture.__name__, fixtures, made, endings, instance)
        _finished(_called(test, fixtures, made, endings, instance))
    except BaseException as error:
        if hasattr(error, "is_skip"):
            return True
        if getattr(test, "may_fail", False) and isinstance(error, Exception):
            return True
        raise
    finally:
        for ending in reversed(endings):
            next(ending, None)
    return False


def _called(
    function: Any, fixtures: Mapping[str, Any], made: dict[str, Any], endings: list[Any], self: Any
) -> Any:
    code = getattr(function, "__wrapped__", function).__code__
    wanted = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if self is not None and wanted[:1] == ("self",):
        function, wanted = MethodType(function, self), wanted[1:]
    defaults = len(getattr(function, "__defaults__", None) or ())
    needed = [n for at, n in enumerate(wanted) if n in made or at < len(wanted) - defaults]
    return function(**{n: _value(n, fixtures, made, endings, self) for n in needed})


def _value(
    name: str, fixtures: Mapping[str, Any], made: dict[str, Any], endings: list[Any], self: Any
) -> Any:
    if name not in made:
        if name not in fixtures:
            raise LookupError(f"there is no fixture {name!r} here")
        value = _called(fixtures[name], fixtures, made, endings, self)
        if isinstance(value, GeneratorType):
            endings.append(value)
            value = next(value)
        made[name] = _finished(value)
    return made[name]


def _finished(value: Any) -> Any:
    if isinstance(value, CoroutineType):
        # 40 ms, which only asynchronous tests pay.
        import asyncio  # noqa: PLC0415

        return asyncio.run(value)
    return value


def _tmp_path() -> Any:
    import pathlib  # noqa: PLC0415
    import tempfile  # noqa: PLC0415

    return pathlib.Path(tempfile.mkdtemp())


class _Captured:
    """Takes the place of standard output and error."""

    def __init__(self) -> None:
        self.kept = sys.stdout, sys.stderr
        self.readouterr()

    def readouterr(self) -> Any:
        import collections  # noqa: PLC0415
        import io  # noqa: PLC0415

        said = [
            s.getvalue() if isinstance(s, io.StringIO) else "" for s in (sys.stdout, sys.stderr)
        ]
        sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
        return collections.namedtuple("CaptureResult", "out err")(*said)


def _capsys() -> Iterator[_Captured]:
    captured = _Captured()
    yield captured
    sys.stdout, sys.stderr = captured.kept


class _Patches:
    """Sets attributes, entries and variables of the environment until the end of the test."""

    def __init__(self) -> None:
        self.undone: list[Callable[[], object]] = []

    def setattr(self, target: Any, name: Any, value: Any = _MISSING, **options: Any) -> None:
        if isinstance(target, str):
            path, _, attribute = target.rpartition(".")
            target, name, value = __import__(path, fromlist=["_"]), attribute, name
        old = (
            vars(target).get(name, _MISSING)
            if isinstance(target, type)
            else getattr(target, name, _MISSING)
        )
        if old is _MISSING and options.get("raising", True) and not hasattr(target, name):
            raise AttributeError(f"{target!r} has no attribute {name!r}")
        self.undone.append(
            lambda: delattr(target, name) if old is _MISSING else setattr(target, name, old)
        )
        setattr(target, name, value)

    def setitem(self, entries: Any, key: Any, value: Any) -> None:
        old = entries.get(key, _MISSING)
        self.undone.append(
            lambda: entries.pop(key, None) if old is _MISSING else entries.__setitem__(key, old)
        )
        entries[key] = value

    def delitem(self, entries: Any, key: Any, **options: Any) -> None:
        if options.get("raising", True) or key in entries:
            self.setitem(entries, key, None)
            del entries[key]

    def setenv(self, name: str, value: str) -> None:
        self.setitem(_environment(), name, str(value))

    def delenv(self, name: str, **options: Any) -> None:
        self.delitem(_environment(), name, **options)


def _environment() -> Any:
    return vars(sys.modules["os"])["environ"]


def _monkeypatch() -> Iterator[_Patches]:
    patches = _Patches()
    yield patches
    for undo in reversed(patches.undone):
        undo()


_KNOWN = {"tmp_path": _tmp_path, "capsys": _capsys, "monkeypatch": _monkeypatch}
