"""Do the tests of a record prove anything? Emptied code and mutants must not pass them."""

import ast
import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from synth_agent.sandbox.calls import calls_in, functions_defined, parsed
from synth_agent.sandbox.mutants import Mutant, mutants
from synth_agent.sandbox.outcome import Limits, Outcome
from synth_agent.sandbox.process import Slots, arun, wait

__all__ = ["MutationResult", "aflaw", "akills", "avacuous", "flaw", "kills", "vacuous"]

_AT_ONCE = 4
_DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class MutationResult:
    """How many of the mutants failed the tests; one that hangs has failed."""

    killed: int
    survived: int
    of: int
    survivors: tuple[Mutant, ...] = ()

    @property
    def share(self) -> float:
        """The part that was killed; 1 where there was no mutant to kill."""
        return self.killed / self.of if self.of else 1.0


def vacuous(code: str, tests: str, *, limits: Limits = _DEFAULT) -> bool:
    """Like `avacuous`."""
    return wait(avacuous(code, tests, limits=limits))


async def avacuous(
    code: str, tests: str, *, limits: Limits = _DEFAULT, slots: Slots | None = None
) -> bool:
    """Whether the tests pass although no function does anything: they prove nothing then.

    Two emptied versions are tried: every function raises, and every function returns None. Code
    without functions is tried as no code at all. Two runs.
    """
    slots = slots or asyncio.Semaphore(_AT_ONCE)
    outcomes = await _outcomes(_emptied(code), tests, limits, slots)
    return any(outcome.passed for outcome in outcomes)


def kills(
    code: str, tests: str, *, seed: int, limit: int = 6, limits: Limits = _DEFAULT
) -> MutationResult:
    """Like `akills`."""
    return wait(akills(code, tests, seed=seed, limit=limit, limits=limits))


async def akills(
    code: str,
    tests: str,
    *,
    seed: int,
    limit: int = 6,
    limits: Limits = _DEFAULT,
    slots: Slots | None = None,
) -> MutationResult:
    """Run the tests against up to `limit` mutants of the code, which must pass them itself.

    Args:
        code: Passes the tests; otherwise the result says nothing.
        seed: Chooses the mutants.
        slots: Bounds how many run at once; by default four.
    """
    found = mutants(code, seed=seed, limit=limit)
    slots = slots or asyncio.Semaphore(_AT_ONCE)
    outcomes = await _outcomes([mutant.code for mutant in found], tests, limits, slots)
    survivors = tuple(m for m, outcome in zip(found, outcomes, strict=True) if outcome.passed)
    return MutationResult(
        len(found) - len(survivors), len(survivors), len(found), survivors=survivors
    )


def flaw(
    code: str, tests: str, *, seed: int, share: float = 0.0, limits: Limits = _DEFAULT
) -> str | None:
    """Like `aflaw`."""
    return wait(aflaw(code, tests, seed=seed, share=share, limits=limits))


async def aflaw(
    code: str,
    tests: str,
    *,
    seed: int,
    share: float = 0.0,
    limits: Limits = _DEFAULT,
    slots: Slots | None = None,
) -> str | None:
    """Return why a record of code and tests is not good, or None.

    It is good when the tests use what the code defines, the code passes them, emptied code does
    not, and mutants fail them: at least one, where there are any. Up to nine runs, and one if the
    code does not pass.

    Args:
        share: Part of the mutants, in [0, 1], that has to fail. Some mutants are no faults, so that
            more than 0.8 rejects good tests.
    """
    defined = functions_defined(code)
    if defined and parsed(tests) and tests.strip() and not defined & calls_in(tests):
        return f"tests: they use none of {', '.join(sorted(defined))}"
    outcome = await arun(code, tests, limits=limits, slots=slots)
    if not outcome.passed:
        return f"{outcome.kind}: {outcome.detail}" if outcome.detail else outcome.kind
    if await avacuous(code, tests, limits=limits, slots=slots):
        return "vacuous: the tests pass when the functions do nothing"
    result = await akills(code, tests, seed=seed, limits=limits, slots=slots)
    if result.of and (not result.killed or result.share < share):
        return f"mutants: the tests notice {result.killed} of {result.of} faults put into the code"
    return None


async def _outcomes(
    codes: Sequence[str], tests: str, limits: Limits, slots: Slots
) -> list[Outcome]:
    return await asyncio.gather(*(arun(c, tests, limits=limits, slots=slots) for c in codes))


def _emptied(code: str) -> list[str]:
    if parsed(code) is None:
        return []
    bodies = [ast.parse(body).body for body in ("raise NotImplementedError", "pass")]
    versions = [_Emptied(body) for body in bodies]
    texts = [ast.unparse(ast.fix_missing_locations(v.visit(ast.parse(code)))) for v in versions]
    return texts if all(version.emptied for version in versions) else [""]


class _Emptied(ast.NodeTransformer):
    """Gives every function this body; lambdas return None."""

    def __init__(self, body: list[ast.stmt]) -> None:
        self._body = body
        self.emptied = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        return self._without_body(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> Any:
        return self._without_body(node)

    def visit_Lambda(self, node: ast.Lambda) -> Any:
        self.emptied += 1
        node.body = ast.Constant(None)
        return node

    def _without_body(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        self.emptied += 1
        node.body = list(self._body)
        return node
