"""Run the tests of a record: plain asserts, functions and classes as pytest finds them, unittest.

The code becomes the module `solution`; the tests run in the same module after it, so they may use
its names with or without importing them. Its `__name__` is not `__main__`: a test file's own
`unittest.main()` at its end is not called. Doctests are run where there is nothing else. The first
failure ends it.

Only what the tests define is a test. `unittest` and `pytest` are imported anew between code and
tests, so that code which patches them fools nobody.
"""

from __future__ import annotations

import _ast
import builtins
import sys
from types import ModuleType

# `typing` costs the child 5 ms of its start, so only type checkers read it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Load = Callable[[str], ModuleType]

__all__ = ["Verdict", "verdict"]

globals()["__builtins__"] = dict(vars(builtins))

_COUNT = "__assert_seen__"
_LONGEST = 300
_PLACE = ("lineno", "col_offset", "end_lineno", "end_col_offset")
_ONLY_TREE = _ast.PyCF_ONLY_AST

Verdict = tuple[str, int, str]


class _Run:
    """What has been counted so far."""

    def __init__(self) -> None:
        self.asserts = 0
        self.tests = 0

    def seen(self) -> bool:
        self.asserts += 1
        return True

    @property
    def number(self) -> int:
        return self.tests or self.asserts


class _ReportedError(Exception):
    """A failure that stands in a report of unittest or doctest."""


def verdict(code: str, tests: str, *, load: Load) -> Verdict:
    """Return kind, number of tests (of asserts, where there are no functions) and detail.

    Args:
        load: Imports a module from beside this one, anew each time.
    """
    examples = tests if tests.lstrip().startswith(">>>") else ""
    try:
        compiled = compile(code, "<solution>", "exec", dont_inherit=True)
        checks = _counting("" if examples else tests)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return "syntax", 0, _words(error)
    run = _Run()
    try:
        names = vars(_solution())
        _executed(compiled, names, load if "pytest" in code else None)
        _run_tests(run, checks, names, load, shim="pytest" in tests)
        if not run.number and (examples or ">>>" in code or ">>>" in tests):
            _doctests(run, examples)
    # Whatever the code under test raises is a result, SystemExit and KeyboardInterrupt too.
    except BaseException as error:  # noqa: BLE001
        return _kind(error), run.number, _words(error)
    return ("passed" if run.number else "no-tests"), run.number, ""


def _counting(tests: str) -> Any:
    """Compile the tests so that each assert tells that it was reached."""
    tree: Any = compile(tests, "<tests>", "exec", _ONLY_TREE, dont_inherit=True)
    waiting = [tree]
    # Recursion would end where the compiler does not; `ast.walk` would cost 6 ms to import.
    while waiting:
        node = waiting.pop()
        if isinstance(node, _ast.Assert):
            test: Any = node.test
            at = {name: getattr(test, name) for name in _PLACE}
            seen = _ast.Call(_ast.Name(_COUNT, _ast.Load(), **at), [], [], **at)
            node.test = _ast.BoolOp(_ast.And(), [seen, test], **at)
        fields = (getattr(node, name, None) for name in node._fields)
        bodies = (field for field in fields if isinstance(field, list))
        waiting += [part for body in bodies for part in body if isinstance(part, _ast.AST)]
    return compile(tree, "<tests>", "exec", dont_inherit=True)


def _solution() -> ModuleType:
    module = ModuleType("solution")
    # Otherwise it would inherit the private ones of this module, and patches would not show.
    vars(module)["__builtins__"] = builtins
    sys.modules["solution"] = sys.modules["__main__"] = module
    return module


def _executed(compiled: Any, names: dict[str, Any], load: Load | None) -> None:
    for name in [n for n in sys.modules if n.partition(".")[0] in {"unittest", "pytest"}]:
        del sys.modules[name]
    if load:
        sys.modules["pytest"] = load("pytest_shim")
    exec(compiled, names)  # noqa: S102


def _run_tests(run: _Run, checks: Any, names: dict[str, Any], load: Load, *, shim: bool) -> None:
    before = dict(names)
    names[_COUNT] = run.seen
    _executed(checks, names, load if shim else None)
    mine = {n: v for n, v in names.items() if n not in before or before[n] is not v}
    case = getattr(sys.modules.get("unittest"), "TestCase", ())
    classes = [v for v in mine.values() if isinstance(v, type) and v.__module__ == "solution"]
    plain = {n: v for n, v in mine.items() if not (isinstance(v, type) and issubclass(v, case))}
    run_functions = load("functions").run_functions
    for skipped in run_functions(plain, names):
        run.tests += not skipped
    for found in classes:
        if issubclass(found, case):
            _unittest(run, found)


def _unittest(run: _Run, case: Any) -> None:
    unittest = sys.modules["unittest"]
    result = unittest.TestResult()
    result.failfast = True
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(result)
    run.tests += result.testsRun - len(result.skipped)
    if result.errors or result.failures:
        kind, reports = ("error", result.errors) if result.errors else ("failed", result.failures)
        last = reports[0][1].strip().rpartition("\n")[2]
        raise _ReportedError("memory" if last.startswith("MemoryError") else kind, last)
    if result.unexpectedSuccesses:
        raise _ReportedError("failed", "a test that was expected to fail passed")


def _doctests(run: _Run, examples: str) -> None:
    # It costs 25 ms, which only records of this kind shall pay.
    import doctest  # noqa: PLC0415

    module = sys.modules["solution"]
    found = doctest.DocTestFinder().find(module, "solution")
    if examples:
        found.append(
            doctest.DocTestParser().get_doctest(examples, vars(module), "tests", "<tests>", 0)
        )
    runner = doctest.DocTestRunner(verbose=False)
    for test in found:
        result = runner.run(test, out=lambda _: None)
        run.tests += result.attempted
        if result.failed:
            raise _ReportedError("failed", f"{result.failed} examples of {test.name} failed")


def _kind(error: BaseException) -> str:
    if isinstance(error, _ReportedError):
        return str(error.args[0])
    if isinstance(error, MemoryError):
        return "memory"
    return "failed" if isinstance(error, AssertionError) else "error"


def _words(error: BaseException) -> str:
    """Return the last line of a traceback, shortened."""
    if isinstance(error, _ReportedError):
        return str(error.args[1])[:_LONGEST]
    try:
        said = str(error)[:_LONGEST]
    # Its own words may fail in any way.
    except BaseException:  # noqa: BLE001
        said = ""
    name = type(error).__name__
    return f"{name}: {said}" if said else f"{name}{_place(error)}"


def _place(error: BaseException) -> str:
    """Return where in the tests an error without words arose: a bare assert says nothing else."""
    at, place = error.__traceback__, ""
    while at is not None:
        code = at.tb_frame.f_code
        if code.co_filename == "<tests>":
            place = f" in {code.co_name}, line {at.tb_lineno} of the tests"
        at = at.tb_next
    return place[:_LONGEST]
