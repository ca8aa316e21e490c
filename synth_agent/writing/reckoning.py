"""Which calls a method makes for a hand: prompt, who is asked, how much is shown and written.

One table beside `chains.methods`, for estimates. Tokens are those of one record, keys included.
Shares are how often a call is needed, as far as that is known: of drafts whose equations are false
(15 %), that a critic sends back (20 %), that improve once more (50 %, each round half as many).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil, sqrt
from typing import Final, Literal

from synth_agent.schemas import DatasetSpec
from synth_agent.writing.axes import forms_of
from synth_agent.writing.hand_size import TOPICS_FROM, TYPICAL_TOKENS

__all__ = ["Call", "calls_of", "planning_of"]

_PASSAGE: Final = 300
"""Of a passage of 200 words, as documents are cut."""

_FALSE: Final = 0.15
_SENT_BACK: Final = 0.2
_IMPROVED: Final = 0.5
_VERDICT: Final = 60
"""Tokens of a reading, a comparison, an elimination: a reason and a word."""
_CRITIQUE: Final = 110
"""Tokens of findings, five scores and a verdict."""
_AT_ONCE: Final = 5
"""Drafts that one call of a critic judges, see `chains.critique`."""

_PLANNED: Final = frozenset({"self_instruct", "chain_of_thought", "self_improve", "evolve"})

By = Literal["writer", "critic", "weak"]


@dataclass(frozen=True, slots=True)
class Call:
    """One kind of call that is made for a hand of records.

    Attributes:
        prompt: Its name.
        writes: Tokens answered for each record.
        reads: Tokens shown of each record besides its wish.
        share: Of the records of a hand that it is about.
        times: How often it is made; below 1: for a part of the hands alone.
        at_most: Records that one call takes.
        by: Who is asked.
    """

    prompt: str
    writes: float
    reads: float = 0.0
    share: float = 1.0
    times: float = 1.0
    at_most: int | None = None
    by: By = "writer"

    def number(self, hand: int) -> float:
        """Return how many of them a hand of so many records takes, on average."""
        if hand == 0:
            return 0.0
        needed = 1 - (1 - self.share) ** hand
        if self.at_most is None:
            return self.times * needed
        return self.times * max(needed, ceil(self.share * hand / self.at_most))


def calls_of(spec: DatasetSpec, *, fresh: float = 0.0, given: float = 0.0) -> list[Call]:
    """Return the calls for each hand of a spec, the critic's included.

    Args:
        fresh: Share of hands that have no record yet to develop (method evolve).
        given: Tokens of an input that is answered (method distill).
    """
    typical = TYPICAL_TOKENS[spec.task]
    known = _BY_METHOD.get(spec.method) or _BY_TASK[spec.task]
    calls = known(spec)
    if spec.method == "distill":
        calls = [replace(call, reads=given) for call in calls]
    if spec.method == "evolve":
        calls = [Call(_question(spec), typical, times=fresh), *calls]
    if spec.critic_model is None and spec.min_score is None:
        return calls
    return [*calls, *_criticised(typical, share=1.0, times=spec.judges, again=_SENT_BACK)]


def planning_of(spec: DatasetSpec) -> list[tuple[str, int, int]]:
    """Return prompt, number and tokens answered of the calls made once, as `chains.axes` does."""
    if spec.method != "persona":
        planned = spec.method in _PLANNED and not spec.topics and spec.count >= TOPICS_FROM
        return [("topics", 1, 14 * min(60, spec.count))] if planned and forms_of(spec.task) else []
    wanted = min(120, max(4, spec.count))
    areas = len(spec.topics) or max(3, min(12, round(sqrt(wanted))))
    people = max(4, min(24, spec.count // 4))
    found = [] if spec.topics else [("areas", 1, 8 * areas)]
    return [*found, ("topics", areas, 14 * ceil(wanted / areas)), ("personas", 1, 36 * people)]


# ------------------------------------------------------------------------------------ by the method


def _question(spec: DatasetSpec) -> str:
    return "instruction" if spec.task == "instruction" else "question"


def _self_instruct(spec: DatasetSpec) -> list[Call]:
    return [Call(_question(spec), TYPICAL_TOKENS[spec.task])]


def _chain_of_thought(spec: DatasetSpec) -> list[Call]:
    typical = TYPICAL_TOKENS["reasoning"]
    return [
        Call("reasoning", typical),
        Call("mend_steps", 0.6 * typical, reads=typical, share=_FALSE),
        Call("solve", 0.6 * typical, reads=0.4 * typical, times=spec.self_consistency - 1),
    ]


def _distill(spec: DatasetSpec) -> list[Call]:
    return [Call("answer", 0.6 * TYPICAL_TOKENS[spec.task])]


def _evolve(spec: DatasetSpec) -> list[Call]:
    typical = TYPICAL_TOKENS[spec.task]
    return [
        Call("evolve", typical, reads=typical, times=spec.rounds),
        Call("eliminate", _VERDICT, reads=2 * typical, times=spec.rounds, by="critic"),
    ]


def _self_improve(spec: DatasetSpec) -> list[Call]:
    typical = TYPICAL_TOKENS[spec.task]
    first = Call("critique", _CRITIQUE, reads=typical, at_most=_AT_ONCE, by="critic")
    calls = [Call(_question(spec), typical), first]
    for number in range(spec.rounds):
        share = _IMPROVED / 2**number
        calls.append(Call("revise", typical, reads=typical + _CRITIQUE, share=share))
        calls += _criticised(typical, share=share, times=1.0, again=0.0)
    return calls


def _grounded(spec: DatasetSpec) -> list[Call]:
    shown = _PASSAGE * (1 + spec.multi_hop)
    answer = TYPICAL_TOKENS["qa"] * (0.9 if spec.task == "reasoning" else 0.6)
    return [
        Call("grounded", answer, reads=shown, share=1 - spec.unanswerable),
        Call("unanswerable", answer, reads=shown, share=spec.unanswerable),
        Call("answerable", _VERDICT, reads=shown + 40, by="critic"),
    ]


def _rewrite(spec: DatasetSpec) -> list[Call]:
    typical = TYPICAL_TOKENS[spec.task]  # rule-made records take 180 to 290
    return [Call("rewrite", typical, reads=typical)]


def _criticised(typical: int, *, share: float, times: float, again: float) -> list[Call]:
    """Return the calls of a critic; `again` is the share that is revised and judged anew."""

    def judged(part: float) -> Call:
        return Call(
            "critique",
            _CRITIQUE,
            reads=typical,
            share=part,
            times=times,
            at_most=_AT_ONCE,
            by="critic",
        )

    if not again:
        return [judged(share)]
    revised = Call("revise", typical, reads=typical + _CRITIQUE, share=again)
    return [judged(share), revised, judged(again)]


# -------------------------------------------------------------------------------------- by the task


def _classify(spec: DatasetSpec) -> list[Call]:
    typical = TYPICAL_TOKENS[spec.task]
    return [Call("classify", typical), Call("label", 45, reads=typical, by="critic")]


def _converse(spec: DatasetSpec) -> list[Call]:
    return [Call("conversation", TYPICAL_TOKENS[spec.task])]


def _prefer(spec: DatasetSpec) -> list[Call]:
    typical = TYPICAL_TOKENS[spec.task]
    judged = Call("compare", _VERDICT + 20, reads=typical, times=2, by="critic")
    if spec.weak_model is None:
        return [Call("pair", typical), judged]
    written = Call("exchange", 0.65 * typical)
    return [written, Call("reply", 0.4 * typical, reads=0.3 * typical, by="weak"), judged]


def _safety(spec: DatasetSpec) -> list[Call]:
    typical = TYPICAL_TOKENS[spec.task]
    kinds = {kind: spec.labels.get(kind, 0) / spec.count for kind in ("harmful", "borderline")}
    if not spec.labels:
        kinds = dict.fromkeys(kinds, 0.5)
    written = [Call(kind, typical, share=share) for kind, share in kinds.items()]
    return [*written, Call("safe", _VERDICT, reads=typical, by="critic")]


def _code(spec: DatasetSpec) -> list[Call]:
    typical = TYPICAL_TOKENS[spec.task]
    flawed = _SENT_BACK if spec.run_code else 0.1
    return [Call("program", typical), Call("mend_program", typical, reads=typical, share=flawed)]


def _rows(spec: DatasetSpec) -> list[Call]:
    return [Call("row", TYPICAL_TOKENS[spec.task])]


_Calls = Callable[[DatasetSpec], list[Call]]

_BY_METHOD: Final[Mapping[str, _Calls]] = {
    "chain_of_thought": _chain_of_thought,
    "distill": _distill,
    "evolve": _evolve,
    "grounded": _grounded,
    "rewrite": _rewrite,
    "self_improve": _self_improve,
}
_BY_TASK: Final[Mapping[str, _Calls]] = {
    "qa": _self_instruct,
    "instruction": _self_instruct,
    "reasoning": _chain_of_thought,
    "classification": _classify,
    "conversation": _converse,
    "preference": _prefer,
    "safety": _safety,
    "code": _code,
    "tabular": _rows,
    "custom": _rows,
}
