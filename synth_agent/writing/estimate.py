"""What a run will cost, reckoned before it begins: calls, tokens, money. Nothing is asked or sent.

Prompts are the real ones, filled with the wishes of the run's first slots and counted with the
model's vocabulary where it is o200k_base; what records take is typical of their task. 8 % come on
top for what is asked again: answers that cannot be read, drafts that are dropped.

Limits: good to a factor of two. Tokens that a model thinks in before it answers are charged as
well and cannot be foreseen; `Estimate.besides` says where that is to be expected.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Final, cast

import orjson

from synth_agent.chains.catalogue import catalogue, listed
from synth_agent.chains.hand import Hand, Material, Order
from synth_agent.chains.prompt import Prompt, PromptBook
from synth_agent.chains.telling import examples, language_name, subject, wishes
from synth_agent.exports import read_rows
from synth_agent.models.prices import price_of
from synth_agent.models.tokens import TokenCounter, counter_for
from synth_agent.pipeline import Run, Segment, SlotPlan
from synth_agent.schemas import Ask, DatasetSpec, Difficulty, Estimate
from synth_agent.seeds import read_seeds
from synth_agent.shares import apportion
from synth_agent.writing.axes import Axes, forms_of
from synth_agent.writing.hand_size import hand_size
from synth_agent.writing.means import Means
from synth_agent.writing.reckoning import By, Call, calls_of, planning_of

__all__ = ["estimate"]

_AGAIN: Final = 1.08
_SCHEMA: Final = 150
"""Tokens of the schema of a shipped task; the user's own comes on top."""
_PERSONA: Final = 45
"""Tokens that topic and persona add to a wish where they are still to be planned."""
_LOOKED_AT: Final = 50
"""Seeds and inputs whose length is measured."""
_SHOWN: Final = 4
"""Examples that a hand is shown, see `writing.examples`."""
_THINKS: Final = re.compile(
    r"openai:(?:gpt-5|o\d)|deepseek.*(?:r1|reason)|qwq|thinking", re.IGNORECASE
)


@dataclass(slots=True)
class _Tokens:
    """What one model is asked for in all."""

    calls: float = 0.0
    taken: float = 0.0
    """In."""
    given: float = 0.0
    """Out."""

    def add(self, calls: float, taken: float, given: float) -> None:
        self.calls += calls
        self.taken += taken
        self.given += given


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What prompts are filled with, and counted by."""

    spec: DatasetSpec
    prompts: PromptBook
    counter: TokenCounter
    hand: Hand
    more: int
    """Tokens that each wish has besides."""
    schema: int
    """Tokens of the schema that goes along with a prompt."""
    sums: defaultdict[By, _Tokens] = field(default_factory=lambda: defaultdict(_Tokens))

    def overhead(self, name: str) -> int:
        """Return the tokens of a prompt with the wishes of one hand and nothing to work on."""
        prompt = self.prompts[name]
        filled = zip(("system", "user"), prompt.filled(self._values(prompt)), strict=True)
        wished = self.more * len(self.hand.orders) if "wishes" in prompt.variables else 0
        return self.counter.messages([*filled]) + wished + self.schema

    def add(self, call: Call) -> None:
        """Count a call for all hands."""
        full, rest = divmod(self.spec.count, len(self.hand.orders))
        number = full * call.number(len(self.hand.orders)) + call.number(rest)
        if not number:
            return
        records = self.spec.count * call.share * call.times
        taken = number * self.overhead(call.prompt) + records * call.reads
        self.sums[call.by].add(number, taken, records * call.writes)

    def _values(self, prompt: Prompt) -> Mapping[str, str]:
        spec, orders = self.spec, self.hand.orders
        known = {
            "brief": spec.brief or "(none)",
            "role": spec.role or "expert of the field",
            "subject": subject(spec),
            "language": language_name(spec.language),
            "count": str(len(orders)),
            "wishes": wishes(orders),
            "examples": examples(self.hand),
            "labels": "\n".join(spec.labels),
            "columns": ", ".join(spec.fields),
        }
        hazards = catalogue("hazards")
        known["hazards"] = listed(hazards["harmful"])
        known["categories"] = listed(hazards.get(prompt.name, ())[: len(orders)])
        known["flaws"] = listed(catalogue("flaws")["flaws"][: len(orders)])
        return defaultdict(str, known)


def estimate(spec: DatasetSpec, means: Means) -> Estimate:
    """Return what a planned spec of a method with a model will cost. Spends nothing.

    Needs no key and no network. The cost is None where a model's price is not known.

    Raises:
        ConfigError: Seeds or inputs cannot be read, or a prompt that replaces one is wrong.
    """
    assert spec.model is not None, "a planned spec of such a method names its model"
    size = hand_size(spec)
    counter = counter_for(spec.model)
    desk = _Desk(
        spec=spec,
        prompts=PromptBook(means.prompts),
        counter=counter,
        hand=_first_hand(spec, size),
        more=_PERSONA if spec.method == "persona" else 0,
        schema=_SCHEMA + counter.text(orjson.dumps(spec.json_schema).decode()),
    )
    for name, number, given in planning_of(spec):
        desk.sums["writer"].add(number, number * desk.overhead(name), number * given)
    fresh = 0.0 if spec.seeds else min(1.0, means.concurrency * size / spec.count)
    for call in calls_of(spec, fresh=fresh, given=_input_tokens(spec, counter)):
        desk.add(call)
    return _priced(spec, means, desk.sums)


def _priced(spec: DatasetSpec, means: Means, sums: Mapping[By, _Tokens]) -> Estimate:
    named: dict[By, str | None] = {
        "writer": spec.model,
        "critic": spec.critic_model or spec.model,
        "weak": spec.weak_model or spec.model,
    }
    elsewhere = means.access is not None and means.access.openai_base_url is not None
    cost: float | None = 0.0
    for by, tokens in sums.items():
        name = named[by]
        assert name is not None
        price = price_of(name, local=elsewhere and name.startswith("openai:"))
        if price is None or cost is None:
            cost = None
        else:
            cost += price.cost(round(tokens.taken), round(tokens.given))
    models = [model for by in sums if (model := named[by])]
    return Estimate(
        calls=ceil(_AGAIN * sum(tokens.calls for tokens in sums.values()) - 1e-9),
        tokens_in=round(_AGAIN * sum(tokens.taken for tokens in sums.values())),
        tokens_out=round(_AGAIN * sum(tokens.given for tokens in sums.values())),
        cost_usd=None if cost is None else round(_AGAIN * cost, 6),
        exact_tokens=all(counter_for(name).exact for name in models),
        besides=tuple(
            f"tokens that {name} thinks in before it answers"
            for name in dict.fromkeys(models)
            if _THINKS.search(name)
        ),
    )


# ------------------------------------------------------------------------------- what is asked with


def _first_hand(spec: DatasetSpec, size: int) -> Hand:
    """Return a hand as the run would deal it, with the quotas in small."""
    plan = SlotPlan(
        spec, (Segment(size, _in_small(spec.labels, size), _levels(spec.difficulty, size)),)
    )
    axes = Axes(topics=spec.topics, forms=forms_of(spec.task))
    asks = [Ask(slot) for slot in plan]
    orders = tuple(Order(ask, topic=axes.topic(ask), form=axes.form(ask)) for ask in asks)
    if not spec.seeds:
        return Hand(orders)
    shown = sorted(islice(read_seeds(spec), _LOOKED_AT), key=lambda seed: len(seed.text))
    middle = shown[len(shown) // 2]
    return Hand(orders, (Material(middle.id, payload=middle.row),) * min(_SHOWN, len(shown)))


def _in_small(quotas: Mapping[str, int], size: int) -> dict[str, int]:
    return dict(zip(quotas, apportion(size, [*quotas.values()]), strict=True)) if quotas else {}


def _levels(quotas: Mapping[Difficulty, int], size: int) -> dict[Difficulty, int]:
    return cast("dict[Difficulty, int]", _in_small(cast("Mapping[str, int]", quotas), size))


def _input_tokens(spec: DatasetSpec, counter: TokenCounter) -> float:
    """Return the tokens of an input that a teacher answers, on average over the first ones."""
    if spec.method != "distill":
        return 0.0
    texts = [orjson.dumps(row).decode() for row in islice(_inputs(spec), _LOOKED_AT)]
    return sum(map(counter.text, texts)) / max(1, len(texts))


def _inputs(spec: DatasetSpec) -> Iterator[Mapping[str, object]]:
    path = Path(spec.inputs or "")
    if not path.is_dir():
        yield from read_rows(path)
        return
    with Run.open(path) as run:
        for record in run.journal.records():
            yield record.payload
