"""Made, not judged; and where it came from."""

from collections.abc import Mapping

from pydantic import JsonValue

from synth_agent.schemas.base import Frozen

__all__ = ["Critique", "Draft", "Neighbour", "Provenance"]


class Neighbour(Frozen):
    """The nearest record that had been accepted before."""

    slot: int
    similarity: float
    """Cosine in [-1, 1], six decimals."""


class Provenance(Frozen):
    """Where a draft came from, and what was found about it since."""

    method: str
    source: str
    """What made it: `pack-name@digest` for rules, `provider:model` for a model."""
    form: str = ""
    """Which form: `scene/question/context` for rules, the chain's name for a model."""
    tags: tuple[str, ...] = ()
    """What is special about it: `rare:<event>`, `flaw:<name>`."""
    facts: dict[str, JsonValue] = {}
    """The values that the output was computed from."""
    proof: tuple[str, ...] = ()
    """The steps from facts to output, one a line."""
    model: str | None = None
    parameters: dict[str, JsonValue] = {}
    prompt: str | None = None
    """`name@digest` of the prompt."""
    seeds: tuple[str, ...] = ()
    """Identifiers of the given examples that were shown."""
    parents: tuple[str, ...] = ()
    """Identifiers of the records this one was made from."""
    checks: tuple[str, ...] = ()
    """Names of the checks it passed."""
    scores: dict[str, float] = {}
    reviewer: str | None = None
    nearest: Neighbour | None = None


class Draft(Frozen):
    """A record as it was made, before anything has judged it."""

    slot: int
    attempt: int = 0
    payload: dict[str, JsonValue]
    """The task's own fields, not yet validated."""
    provenance: Provenance

    def scored(self, scores: Mapping[str, float]) -> "Draft":
        """Return it with scores beside those it has: an agreement that was voted stays."""
        known = {**self.provenance.scores, **scores}
        provenance = self.provenance.model_copy(update={"scores": known})
        return self.model_copy(update={"provenance": provenance})


class Critique(Frozen):
    """What a critic found; findings come before scores, so that the scores follow from them."""

    findings: tuple[str, ...] = ()
    scores: dict[str, float] = {}
    """Criterion -> 1 (bad) to 5 (good)."""
    accept: bool
