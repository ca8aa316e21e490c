"""What can be said of a program and its tests without running them.

Limits: Python 3 alone. Whether the code is right is not seen; that takes the sandbox.
"""

import ast
import re
import sys
import warnings
from collections.abc import Iterator
from typing import Final

from synth_agent.sandbox import calls_in, functions_defined

__all__ = ["program_flaw"]

_OWN: Final = "solution"
"""The name under which tests may import the code."""
_FOR_TESTS: Final = frozenset({_OWN, "pytest"})
_PACKAGES: Final = {
    "bs4": "beautifulsoup",
    "cv2": "opencv",
    "PIL": "pillow",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
"""Modules that people ask for by another name."""
_DEPTH: Final = 100
"""Levels of the syntax tree; people write 30, and beyond some 250 Python cannot copy a tree."""
_OPEN_BY_DESIGN: Final = frozenset({"abstractmethod", "overload"})
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_CHECKS: Final = re.compile(r"raises|fail|assert\w*", re.IGNORECASE)


def program_flaw(code: str, tests: str, *, wish: str) -> str | None:
    """Return why code and tests are no good record, or None.

    Args:
        wish: What was asked for, in words; a package that it names may be imported.
    """
    if problem := _broken(code, "code") or _broken(tests, "tests"):
        return problem
    solution, suite = ast.parse(code), ast.parse(tests)
    if max(map(_depth, (solution, suite))) > _DEPTH:
        return "code: it is too deeply nested to be read"
    return (
        _foreign(solution, "code", wish, frozenset())
        or _foreign(suite, "tests", wish, _FOR_TESTS)
        or _placeholder(solution)
        or _unrelated(code, tests)
        or (None if _checks(suite) else "tests: nothing is asserted")
    )


def _broken(text: str, part: str) -> str | None:
    r"""Return why a text does not compile, or what the compiler warns of.

    A warning counts: `assert (x, "why")` is always true, and `"\d"` is about to be an error.
    """
    name = f"<{part}>"
    with warnings.catch_warnings():
        # for this text alone: other threads may be warning of something else
        warnings.filterwarnings("error", module=re.escape(name))
        try:
            compile(text, name, "exec", dont_inherit=True)
        except (SyntaxError, ValueError) as error:
            return f"{part}: it does not compile: {error}"
        except (RecursionError, MemoryError):
            return f"{part}: it is too deeply nested to be read"
    return None


def _depth(tree: ast.AST) -> int:
    level, depth = [tree], 0
    while level:
        level, depth = [c for node in level for c in ast.iter_child_nodes(node)], depth + 1
    return depth


def _foreign(tree: ast.Module, part: str, wish: str, known: frozenset[str]) -> str | None:
    for module in _imported(tree):
        if module not in sys.stdlib_module_names | known and not _wished(module, wish):
            allowed = "the standard library" + (f" and {_OWN!r}" if known else "")
            return f"{part}: it imports {module!r}; expected {allowed} alone"
    return None


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name.partition(".")[0] for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module.partition(".")[0]
            case ast.ImportFrom(module=module):
                yield f".{module or ''}"


def _wished(module: str, wish: str) -> bool:
    names = {module, _PACKAGES.get(module, module)}
    return any(re.search(rf"\b{re.escape(n)}\b", wish, re.IGNORECASE) for n in names)


def _placeholder(tree: ast.Module) -> str | None:
    for function, owner in _functions(tree):
        if _is_open(function, inside=owner is not None) and not _may_be_open(function, owner):
            return f"code: {function.name} is left open (line {function.lineno})"
    return None


def _functions(tree: ast.Module) -> Iterator[tuple[_Function, ast.ClassDef | None]]:
    """Yield every function with the class whose method it is, in no order."""
    left: list[tuple[ast.AST, ast.ClassDef | None]] = [(tree, None)]
    while left:
        node, owner = left.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, _Function):
                yield child, owner
                left.append((child, None))
            else:
                left.append((child, child if isinstance(child, ast.ClassDef) else owner))


def _is_open(function: _Function, *, inside: bool) -> bool:
    """Return whether nothing is done; a method may raise NotImplementedError for its heirs."""
    for statement in function.body:
        match statement:
            case ast.Pass() | ast.Expr(ast.Constant()):
                continue
            case ast.Raise(exc=ast.Name("NotImplementedError")) if not inside:
                continue
            case ast.Raise(exc=ast.Call(func=ast.Name("NotImplementedError"))) if not inside:
                continue
            case _:
                return False
    return True


def _may_be_open(function: _Function, owner: ast.ClassDef | None) -> bool:
    marks = {_last_name(mark) for mark in function.decorator_list}
    bases = {_last_name(base) for base in owner.bases} if owner else set()
    return bool(marks & _OPEN_BY_DESIGN) or "Protocol" in bases


def _last_name(node: ast.expr) -> str:
    """Return `c` of `a.b.c`, of `c[T]` and of `c(x)`."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(value=inner) | ast.Call(func=inner):
            return _last_name(inner)
    return ""


def _unrelated(code: str, tests: str) -> str | None:
    defined = functions_defined(code)
    if not defined:
        return "code: it defines no function or class"
    if own := sorted(defined & functions_defined(tests)):
        return f"tests: they define {', '.join(own)} themselves"
    if not defined & calls_in(tests):
        return f"tests: they use none of {', '.join(sorted(defined))}"
    return None


def _checks(tree: ast.Module) -> bool:
    """Return whether anything can fail: an assert, or a call as of `raises` or `assertEqual`."""
    return any(
        isinstance(node, ast.Assert)
        or (isinstance(node, ast.Call) and bool(_CHECKS.fullmatch(_last_name(node.func))))
        for node in ast.walk(tree)
    )
