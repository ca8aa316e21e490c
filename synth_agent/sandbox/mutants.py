"""Small faults put into code, to see whether its tests notice them.

Mutation testing: a test that lets every fault through tests nothing. The operators are the usual
ones (DeMillo, Lipton and Sayward, Hints on Test Data Selection, 1978; Offutt et al., An
Experimental Determination of Sufficient Mutant Operators, 1996). Some mutants mean the same as the
original (`<` for `!=` in a counting loop), so that a share below one is no fault of the tests.
"""

import ast
import copy
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from synth_agent.sandbox.calls import parsed

__all__ = ["Mutant", "mutants"]

_COMPARED: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMPUTED: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_LARGEST: Final = 10**6
"""One more or less of a larger constant is a mask or a modulus that seldom matters."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """The code with one fault; `line` is where it is in the original, `operator` what was done."""

    code: str
    operator: str
    line: int


Change = Callable[[Any], ast.AST | None]
"""Changes a node in place and returns it or its substitute; None where there is nothing to do."""


def mutants(code: str, *, seed: int, limit: int = 6) -> list[Mutant]:
    """Return up to `limit` different mutants, spread over the operators that fit.

    Every one compiles and differs from the original in more than layout. The same seed gives the
    same mutants. Code that does not parse, or is too simple to be wrong, has none.
    """
    tree = parsed(code)
    if tree is None:
        return []
    docstrings = _docstrings(tree)
    sites = [(n, at) for at, n in enumerate(ast.walk(tree)) if at not in docstrings]
    rng = random.Random(seed)
    queues = {
        name: [at for node, at in sites if _fits(change, node)]
        for name, change in _OPERATORS.items()
    }
    for queue in queues.values():
        rng.shuffle(queue)
    order = list(queues)
    rng.shuffle(order)
    chosen: dict[str, Mutant] = {}
    original = ast.unparse(tree)
    for name, at in _in_turn(order, queues):
        if len(chosen) >= limit:
            break
        mutant = _mutated(tree, name, at)
        if mutant and mutant.code != original:
            chosen.setdefault(mutant.code, mutant)
    return list(chosen.values())


def _in_turn(order: list[str], queues: dict[str, list[int]]) -> Iterator[tuple[str, int]]:
    for round_ in range(max(map(len, queues.values()))):
        yield from ((name, queues[name][round_]) for name in order if round_ < len(queues[name]))


def _fits(change: Change, node: ast.AST) -> bool:
    return change(copy.deepcopy(node)) is not None


def _mutated(tree: ast.Module, name: str, at: int) -> Mutant | None:
    changed = copy.deepcopy(tree)
    node = list(ast.walk(changed))[at]
    substitute = _OPERATORS[name](node)
    assert substitute is not None, "only sites that fit are queued"
    if substitute is not node:
        changed = _Exchange(node, substitute).visit(changed)
    try:
        text = ast.unparse(ast.fix_missing_locations(changed))
        compile(text, "<mutant>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError):
        return None
    return Mutant(text, name, getattr(node, "lineno", 1))


class _Exchange(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self._new if node is self._old else self.generic_visit(node)


def _docstrings(tree: ast.Module) -> set[int]:
    """Return the places, in the order of `ast.walk`, of texts that are no part of the program."""
    notes = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        for part in ast.walk(node)
    }
    return {at for at, node in enumerate(ast.walk(tree)) if id(node) in notes}


def _relation(node: Any) -> ast.AST | None:
    if not isinstance(node, ast.Compare) or type(node.ops[0]) not in _COMPARED:
        return None
    node.ops[0] = _COMPARED[type(node.ops[0])]()
    return node


def _arithmetic(node: Any) -> ast.AST | None:
    if not isinstance(node, ast.BinOp | ast.AugAssign) or type(node.op) not in _COMPUTED:
        return None
    node.op = _COMPUTED[type(node.op)]()
    return node


def _constant(node: Any) -> ast.AST | None:
    if not isinstance(node, ast.Constant):
        return None
    match node.value:
        case bool():
            node.value = not node.value
        case int() | float() if abs(node.value) <= _LARGEST:
            node.value += 1
        case str() if node.value:
            node.value = ""
        case _:
            return None
    return node


def _negation(node: Any) -> ast.AST | None:
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
        return node
    if isinstance(node, ast.BoolOp):
        node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        return node
    return None


def _return(node: Any) -> ast.AST | None:
    if not isinstance(node, ast.Return) or node.value is None:
        return None
    if isinstance(node.value, ast.Constant) and node.value.value is None:
        return None
    node.value = ast.Constant(None)
    return node


def _statement(node: Any) -> ast.AST | None:
    if not isinstance(node, ast.Assign | ast.AugAssign | ast.Expr | ast.Raise | ast.Delete):
        return None
    return ast.copy_location(ast.Pass(), node)


def _arguments(node: Any) -> ast.AST | None:
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return None
    if ast.dump(node.args[0]) == ast.dump(node.args[1]):
        return None
    node.args[0], node.args[1] = node.args[1], node.args[0]
    return node


def _loop(node: Any) -> ast.AST | None:
    if isinstance(node, ast.For):
        node.iter = ast.Tuple([], ast.Load())
        return node
    if isinstance(node, ast.comprehension):
        node.iter = ast.Tuple([], ast.Load())
        return node
    return None


_OPERATORS: Final[dict[str, Change]] = {
    "relation": _relation,
    "arithmetic": _arithmetic,
    "constant": _constant,
    "negation": _negation,
    "return None": _return,
    "remove statement": _statement,
    "swap arguments": _arguments,
    "empty loop": _loop,
}
