"""What each record alone is written from: a passage, an input, a record that rules made.

A function of spec, slot and attempt, and of files that a run refuses to see changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from synth_agent.chains.hand import Material
from synth_agent.errors import AnswerError, ConfigError
from synth_agent.pipeline import Checker, Seed
from synth_agent.schemas import Ask
from synth_agent.text import digest, fold

if TYPE_CHECKING:
    from synth_agent.documents import Chunk, Pair
    from synth_agent.rules import RulesSource

__all__ = ["Given", "Inputs", "Materials", "Passages", "RuleDrafts", "nothing"]

T = TypeVar("T")

_RULE_TRIES: Final = 50


class Given(NamedTuple):
    """What one record is written from."""

    material: tuple[Material, ...] = ()
    form: str = ""
    """The kind of record that the material asks for; empty where it asks for none."""


Materials = Callable[[Ask], Given]


def nothing(_: Ask) -> Given:
    """Return that a record is written from nothing."""
    return Given()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passages:
    """Passages of documents; each attempt at a slot has another passage.

    Attributes:
        chunks: In an order that spreads the documents over the slots.
        pairs: Passages that belong together, for questions that need two.
        unanswerable: Share of slots whose question the passage does not answer.
        multi_hop: Share of slots that have two passages.
    """

    chunks: "Sequence[Chunk]"
    pairs: "Sequence[Pair]"
    unanswerable: float
    multi_hop: float

    def __call__(self, ask: Ask) -> Given:
        """Return one passage or two, and `answerable`, `unanswerable` or `multi-hop`."""
        form, nth = self._kind(ask.slot.index)
        if form == "multi-hop":
            both = _turn(self.pairs, nth, ask.attempt)
            return Given((_passage(both.first), _passage(both.second)), form)
        if form == "unanswerable":
            nth = -1 - nth  # from the other end: else both kinds would ask about the same ones
        return Given((_passage(_turn(self.chunks, nth, ask.attempt)),), form)

    def _kind(self, index: int) -> tuple[str, int]:
        """Return the kind of a slot, and how many of its kind come before it.

        The shares are met exactly, each spread evenly. Passages are dealt within a kind: every
        tenth slot alone would meet the same few passages again and again.
        """
        missing = _before(index, self.unanswerable)
        if _before(index + 1, self.unanswerable) > missing:
            return "unanswerable", missing
        # Counted among the others alone: else the same slots would be due for both.
        others = index - missing
        share = min(1.0, self.multi_hop / max(1e-9, 1 - self.unanswerable)) if self.pairs else 0.0
        hops = _before(others, share)
        if _before(others + 1, share) > hops:
            return "multi-hop", hops
        return "answerable", others - hops


def _before(index: int, share: float) -> int:
    """Return how many of an even spread fall on the places before an index."""
    return floor(index * share + 1e-9)


def _turn(values: Sequence[T], nth: int, attempt: int) -> T:
    """Return the value whose turn it is; each attempt takes one that is far off in the order."""
    step = next(n for n in (7919, 7927) if len(values) % n)
    return values[(nth + step * attempt) % len(values)]


def _passage(chunk: "Chunk") -> Material:
    """Return a passage under its headings: by itself it seldom says what it is about."""
    title = chunk.title if chunk.title != Path(chunk.document).stem else ""  # a file's name
    over = [name for name in dict.fromkeys((title, *chunk.trail)) if name]
    said = [name for name in over if fold(name) not in fold(chunk.text[:200])]
    return Material(
        chunk.id, text="\n\n".join([" > ".join(said), chunk.text]) if said else chunk.text
    )


@dataclass(frozen=True, slots=True)
class Inputs:
    """Inputs that the user brought; each slot has its own."""

    seeds: Sequence[Seed]

    def __call__(self, ask: Ask) -> Given:
        """Return the input of a slot, whatever the attempt."""
        seed = self.seeds[ask.slot.index]
        return Given((Material(seed.id, text=seed.text, payload=seed.row),))


@dataclass(frozen=True, slots=True)
class RuleDrafts:
    """Records that rules made, whose facts a model must keep."""

    source: "RulesSource"
    check: Checker

    def __call__(self, ask: Ask) -> Given:
        """Return a rule-made record for the slot that passes the checks; each attempt has another.

        Raises:
            ConfigError: There is none within fifty tries.
        """
        for n in range(_RULE_TRIES):
            draft = self.source.draft(Ask(ask.slot, ask.attempt * _RULE_TRIES + n))
            if isinstance(draft, AnswerError) or self.check(draft, ask.slot):
                continue
            known = draft.provenance
            mark = digest(known.form, str(draft.payload), size=4).hex()
            made = Material(
                f"{known.source}/{known.form}#{mark}",
                payload=draft.payload,
                facts=known.facts,
                proof=known.proof,
            )
            return Given((made,))
        raise ConfigError("the pack could not make a record to rewrite; ask for other topics")
