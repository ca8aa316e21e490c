"""Which names a text defines and which its tests use, found in the syntax alone; nothing is run."""

import ast
from collections.abc import Iterator

__all__ = ["calls_in", "functions_defined", "parsed"]


def parsed(text: str) -> ast.Module | None:
    """Return the syntax tree, or None for what is no Python or too deeply nested to read."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def functions_defined(code: str) -> frozenset[str]:
    r"""Return the functions, classes and named lambdas of a module; methods are not among them.

    >>> sorted(functions_defined("class A:\n    def f(self): pass\ng = lambda: 1\nn = 2"))
    ['A', 'g']
    """
    tree = parsed(code)
    return frozenset(_defined(tree)) if tree else frozenset()


def calls_in(tests: str) -> frozenset[str]:
    r"""Return the names that tests use: called, handed on, or taken out of a module.

    A record whose tests share none with `functions_defined` of its code tests something else.
    Doctests are read by their examples.

    >>> sorted(calls_in("import m\nassert m.add(1, 2) == total"))
    ['add', 'm', 'total']
    """
    if tests.lstrip().startswith(">>>"):
        lines = (line.strip() for line in tests.splitlines())
        tests = "\n".join(line[4:] for line in lines if line.startswith((">>> ", "... ")))
    tree = parsed(tests)
    return frozenset(_used(tree)) if tree else frozenset()


def _defined(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield child.name
            case ast.Assign(targets=targets, value=ast.Lambda()):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.If() | ast.Try() | ast.ExceptHandler() | ast.With():
                yield from _defined(child)


def _used(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                yield name
            case ast.Attribute(attr=name, ctx=ast.Load()):
                yield name
