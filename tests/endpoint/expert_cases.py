"""Every method with every task that it serves, small, for a model that is an expert."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import orjson

from synth_agent.schemas import DatasetSpec
from tests.endpoint.expert_content import Job, plain_sentences

__all__ = ["CASES", "Case"]

_SCHEMA: Final = {
    "type": "object",
    "properties": {
        "remark": {"type": "string", "minLength": 20},
        "minutes": {"type": "integer", "minimum": 1, "maximum": 9999},
        "status": {"type": "string"},
    },
    "required": ["remark", "minutes", "status"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Case:
    """A method and a task, with what both need."""

    method: str
    task: str
    options: Mapping[str, Any] = field(default_factory=dict)
    count: int = 12

    @property
    def name(self) -> str:
        """What a test's id calls it."""
        return "-".join([self.method, self.task, *sorted(self.options.keys() & _TOLD)])

    def spec(self, folder: Path, **more: Any) -> DatasetSpec:
        """Return the spec; documents and inputs are written into the folder."""
        fields: dict[str, Any] = {"domain": "a repair shop", "model": "openai:gpt-x", "seed": 3}
        fields |= {"method": self.method, "task": self.task, "count": self.count}
        if self.method == "grounded":
            fields["docs"] = (str(_document(folder)),)
        if self.method == "distill":
            fields["inputs"] = str(_inputs(folder, self.task, self.count))
        return DatasetSpec.model_validate({**fields, **self.options, **more})


_TOLD: Final = frozenset({"self_consistency", "weak_model", "run_code", "critic_model"})


def _document(folder: Path) -> Path:
    rng, path = Random(5), folder / "manual.md"
    parts = [f"## {plain_sentences(rng, 1)[:40]}\n\n{plain_sentences(rng, 9)}" for _ in range(40)]
    path.write_text("\n\n".join(["# Manual", *parts]), encoding="utf-8")
    return path


def _inputs(folder: Path, task: str, count: int) -> Path:
    rng, path = Random(6), folder / "inputs.jsonl"
    names = ("instruction", "input") if task == "instruction" else ("input", "context")
    made = [Job.drawn(rng).fields(rng) for _ in range(count)]
    rows = [orjson.dumps({name: one[name] for name in names}) for one in made]
    path.write_bytes(b"\n".join(rows))
    return path


_FEELINGS: Final = {"labels": {"positive": 6, "negative": 4, "neutral": 2}}
_KINDS: Final = {"unanswerable": 0.25, "multi_hop": 0.25, "dedup_threshold": None}
"""Questions about one passage count as near-duplicates of each other, for it is compared too."""
CASES: Final = (
    Case("self_instruct", "qa"),
    Case("self_instruct", "instruction"),
    Case("self_instruct", "reasoning"),
    Case("self_instruct", "classification", _FEELINGS),
    Case("self_instruct", "conversation"),
    Case("self_instruct", "preference"),
    Case("self_instruct", "preference", {"weak_model": "openai:gpt-w"}),
    Case("self_instruct", "safety"),
    Case("self_instruct", "code"),
    Case("self_instruct", "code", {"run_code": True}, count=3),
    Case("self_instruct", "tabular", {"fields": ("part", "weight"), "dedup_threshold": None}),
    Case("self_instruct", "custom", {"json_schema": _SCHEMA, "labels": {"open": 5, "done": 7}}),
    Case("self_instruct", "qa", {"critic_model": "openai:gpt-c"}),
    Case("persona", "qa"),
    Case("persona", "instruction"),
    Case("persona", "reasoning"),
    Case("persona", "conversation"),
    Case("persona", "preference"),
    Case("persona", "code"),
    Case("persona", "classification", _FEELINGS),
    Case("chain_of_thought", "reasoning"),
    Case("chain_of_thought", "qa"),
    Case("chain_of_thought", "reasoning", {"self_consistency": 3}),
    Case("evolve", "qa"),
    Case("evolve", "instruction"),
    Case("evolve", "reasoning"),
    Case("distill", "qa"),
    Case("distill", "instruction"),
    Case("distill", "reasoning"),
    Case("self_improve", "qa"),
    Case("self_improve", "instruction"),
    Case("self_improve", "reasoning"),
    Case("grounded", "qa", _KINDS),
    Case("grounded", "reasoning", _KINDS),
    Case("rewrite", "qa", {"domain": "industrial engineering"}),
    Case("rewrite", "instruction", {"domain": "industrial engineering"}),
    Case("rewrite", "reasoning", {"domain": "industrial engineering"}),
)
