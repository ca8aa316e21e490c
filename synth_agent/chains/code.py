"""Programming tasks with solution and tests; where it may, each is run before it is believed.

A record that does not stand up is given back to its writer once, with what the sandbox said. What
is run proves more than it seems: the tests have to fail for code that does nothing, and for most
small faults put into it, so that tests which notice nothing are no proof.

Limits: Python 3 alone, and its standard library where code is run. Without `run_code` a record may
be wrong; it then carries the tag `not-run`.
"""

import asyncio
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from langchain_core.runnables import Runnable
from pydantic import JsonValue

from synth_agent.chains.hand import Hand, Order, Outcome
from synth_agent.chains.program import program_flaw
from synth_agent.chains.reading import Item, Text
from synth_agent.chains.step import Step
from synth_agent.chains.writer import Writer
from synth_agent.errors import AnswerError
from synth_agent.sandbox import MutationResult, akills, arun, avacuous
from synth_agent.schemas import DatasetSpec

__all__ = ["code_chain"]

_AT_ONCE: Final = 2
"""Processes of the sandbox at once: each takes a core."""
_SHARE: Final = 0.5
"""Part of the mutants that tests have to notice; above 0.8 good tests would fail, for some mutants
are no faults."""
_FENCED: Final = re.compile(r"```[\w+-]*[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)


class Program(Item):
    """A programming task with its solution and the tests that prove it."""

    plan: Text = ""
    """What goes in and out, the edges, the errors; or what was wrong. At most 40 words."""
    instruction: Text
    """The task: names, parameters, result, edge cases and errors, precisely."""
    cases: Text = ""
    """The tests in words, a line each: input, how the result is worked out by hand, result."""
    code: Text
    """The complete module that solves the task."""
    tests: Text
    """Functions named test_…, with plain asserts on the values worked out in `cases`."""

    def payload(self) -> dict[str, JsonValue]:
        """Return the record itself."""
        return {
            "instruction": self.instruction.strip(),
            "code": _bare(self.code),
            "tests": _bare(self.tests),
        }


@dataclass(frozen=True, slots=True)
class _Tried:
    """A program that was put to the test."""

    order: Order
    payload: dict[str, JsonValue]
    flaw: str | None
    tags: tuple[str, ...] = ()


class _Bench:
    """Where programs are put to the test, few at once."""

    def __init__(self, spec: DatasetSpec) -> None:
        self._spec = spec
        self._loop: asyncio.AbstractEventLoop | None = None
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def tried(
        self, orders: Sequence[Order], items: Sequence[Program | AnswerError]
    ) -> list[_Tried | AnswerError]:
        """Return what each program is good for, in order."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:  # a semaphore belongs to the loop that it was waited for in
            self._loop, self._slots = loop, asyncio.Semaphore(_AT_ONCE)
        pairs = zip(orders, items, strict=True)
        return await asyncio.gather(*(_tried(self._spec, o, i, self._slots) for o, i in pairs))


def code_chain(writer: Writer) -> Runnable[Hand, list[Outcome]]:
    """Return the chain that writes a hand of programs, tries them, and has flawed ones mended once.

    One call writes a hand, one mends all that is flawed in it. With `spec.run_code` each program
    takes up to nine runs in the sandbox, some 0.05 s each.
    """
    prompt, mend = writer.prompt("program"), writer.prompt("mend_program")
    bench = _Bench(writer.spec)

    async def mended(flawed: Sequence[_Tried]) -> list[_Tried | AnswerError]:
        if not flawed:
            return []
        orders = tuple(entry.order for entry in flawed)
        told = {"records": [*map(_told, flawed)]}
        items = await writer.sheet(mend, Program, Hand(orders), values=told)
        return await bench.tried(orders, items)

    def settled(entry: _Tried | AnswerError, hand: Hand, *tags: str) -> Outcome:
        if isinstance(entry, AnswerError):
            return entry
        if entry.flaw is not None:
            return AnswerError("code", entry.flaw, payload=entry.payload)
        tags = (*entry.tags, *tags)
        return writer.draft(entry.order, entry.payload, prompt=prompt, hand=hand, tags=tags)

    async def write(hand: Hand) -> list[Outcome]:
        first = await bench.tried(hand.orders, await writer.sheet(prompt, Program, hand))
        flawed = {n: e for n, e in enumerate(first) if isinstance(e, _Tried) and e.flaw}
        again = await mended([*flawed.values()])
        outcomes = [settled(entry, hand) for entry in first]
        for (at, old), tried_again in zip(flawed.items(), again, strict=True):
            outcomes[at] = settled(_or_lost(tried_again, old), hand, f"revised-by:{mend.id}")
        return outcomes

    return Step("code", write)


async def _tried(
    spec: DatasetSpec, order: Order, item: Program | AnswerError, slots: asyncio.Semaphore
) -> _Tried | AnswerError:
    """Put a program to the test: first what can be seen, then what comes of running it."""
    if isinstance(item, AnswerError):
        return item
    payload = item.payload()
    code, tests = str(payload["code"]), str(payload["tests"])
    if flaw := program_flaw(code, tests, wish=_wish(spec, order)):
        return _Tried(order, payload, flaw)
    if not spec.run_code:
        return _Tried(order, payload, None, ("not-run",))
    outcome = await arun(code, tests, slots=slots)
    if not outcome.passed:
        return _Tried(order, payload, f"{outcome.kind}: {outcome.detail}".rstrip(": "))
    if await avacuous(code, tests, slots=slots):
        return _Tried(order, payload, "vacuous: the tests pass when the functions do nothing")
    faults = await akills(code, tests, seed=order.ask.slot.seed, slots=slots)
    noticed = f"{faults.killed}/{faults.of}"
    tags = ("tests-passed", f"mutants-killed:{noticed}") if faults.of else ("tests-passed",)
    return _Tried(order, payload, _unnoticed(faults), tags)


def _unnoticed(faults: MutationResult) -> str | None:
    """Return that the tests let too many faults through, and which."""
    if faults.share >= _SHARE:
        return None
    lines = ", ".join(f"line {m.line} ({m.operator})" for m in faults.survivors)
    return (
        f"mutants: the tests notice {faults.killed} of {faults.of} faults put into the code; "
        f"unnoticed: {lines}"
    )


def _or_lost(again: _Tried | AnswerError, first: _Tried) -> _Tried | AnswerError:
    """Return the second try, or the first one's flaw where there is none."""
    if isinstance(again, _Tried):
        return again
    return AnswerError("code", f"{first.flaw}; not mended: {again}", payload=first.payload)


def _told(tried: _Tried) -> dict[str, str]:
    """Return what the mender is shown of a program."""
    return {kind: str(text) for kind, text in (*tried.payload.items(), ("finding", tried.flaw))}


def _wish(spec: DatasetSpec, order: Order) -> str:
    asked = (spec.brief, spec.domain, *spec.topics, order.topic, order.persona, order.form)
    return "\n".join(asked)


def _bare(text: str) -> str:
    """Return program text without a Markdown fence around it, and without common indentation."""
    found = _FENCED.fullmatch(text.strip())
    return textwrap.dedent(found[1] if found else text).strip("\n").rstrip()
