import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from synth_agent import SynthAgent
from synth_agent.models.resolve import Access
from synth_agent.models.tokens import counter_for
from synth_agent.planning import _SERVES, plan_spec
from synth_agent.schemas import DatasetSpec, Estimate
from synth_agent.writing.estimate import estimate
from synth_agent.writing.means import Means
from synth_agent.writing.reckoning import calls_of
from tests.endpoint import Endpoint
from tests.endpoint.expert import expert
from tests.endpoint.expert_cases import CASES

OPTIONS: dict[str, dict[str, Any]] = {
    "classification": {"labels": {"urgent": 50, "routine": 50}},
    "tabular": {"fields": ("id", "city")},
    "custom": {"json_schema": {"type": "object", "properties": {"title": {"type": "string"}}}},
}


def spec_of(**fields: Any) -> DatasetSpec:
    known = {"count": 100, "domain": "injection moulding", "model": "openai:gpt-4o-mini"}
    return plan_spec(DatasetSpec.model_validate(known | {"method": "self_instruct"} | fields))


def reckoned(means: Means | None = None, **fields: Any) -> Estimate:
    return estimate(spec_of(**fields), means or Means())


@pytest.mark.parametrize(
    ("method", "task"),
    [(method, task) for method, tasks in _SERVES.items() for task in tasks],
    ids=lambda name: name,
)
def test_every_method_and_task_has_an_estimate(method: str, task: str, tmp_path: Path) -> None:
    options = dict(OPTIONS.get(task, {}))
    if method == "grounded":
        options["docs"] = ("manual.md",)
    if method == "distill":
        inputs = tmp_path / "inputs.jsonl"
        inputs.write_text('{"input": "Why is the part warped?"}\n' * 100)
        options["inputs"] = str(inputs)
    if method == "rewrite":
        options["domain"] = "industrial engineering"

    found = reckoned(method=method, task=task, **options)

    assert 5 <= found.calls <= 1000
    assert 50 * 100 <= found.tokens_in + found.tokens_out <= 10_000 * 100
    assert found.cost_usd is not None
    assert 0 < found.cost_usd < 2


CHECKED = (  # where an expert's records are about as long as a model's
    "self_instruct-qa",
    "self_instruct-classification",
    "self_instruct-conversation",
    "distill-instruction",
    "persona-conversation",
    "chain_of_thought-reasoning-self_consistency",
    "evolve-qa",
    "rewrite-qa",
)


@pytest.mark.parametrize("name", CHECKED)
def test_calls_and_prompts_are_within_a_factor_of_two_of_what_is_sent(
    socket_enabled: None, tmp_path: Path, name: str
) -> None:
    (case,) = (replace(case, count=24) for case in CASES if case.name == name)
    with Endpoint(expert(1)) as endpoint:
        access = Access(openai_api_key=SecretStr("sk-test"), openai_base_url=endpoint.url)
        agent = SynthAgent(access=access)
        spec = agent.plan(case.spec(tmp_path, **_doubled(case.options)))
        found = agent.estimate(spec)
        dataset = agent.generate(spec, run_dir=tmp_path / "run")

    assert dataset.complete
    sent = sum(
        counter_for("openai:gpt-4o").messages([(m["role"], m["content"]) for m in body["messages"]])
        for body in endpoint.requests
    )
    assert 0.5 <= found.calls / len(endpoint.requests) <= 2
    assert 0.5 <= found.tokens_in / sent <= 2


def _doubled(options: Any) -> dict[str, Any]:
    """Return the quotas for twice as many records."""
    labels = options.get("labels", {})
    return {"labels": {name: 2 * n for name, n in labels.items()}} if labels else {}


def test_it_grows_with_the_records() -> None:
    small, large = reckoned(count=1_000), reckoned(count=100_000)

    assert large.calls == pytest.approx(100 * small.calls, rel=0.1)
    assert large.tokens_out == pytest.approx(100 * small.tokens_out, rel=0.01)


@pytest.mark.parametrize(
    "more",
    [
        {"critic_model": "openai:gpt-4o"},
        {"min_score": 4.0},
        {"method": "self_improve"},
        {"method": "evolve"},
        {"method": "persona"},
        {"method": "chain_of_thought", "self_consistency": 5},
    ],
    ids=lambda more: "-".join(map(str, more.values())),
)
def test_whoever_asks_for_more_pays_more(more: dict[str, Any]) -> None:
    plain, dearer = reckoned(), reckoned(**more)

    assert dearer.calls > plain.calls
    assert dearer.cost_usd is not None
    assert plain.cost_usd is not None
    assert dearer.cost_usd > plain.cost_usd


def test_judges_and_rounds_multiply_their_calls() -> None:
    def critiques(**fields: Any) -> float:
        calls = calls_of(spec_of(**fields))
        return sum(call.number(5) for call in calls if call.prompt == "critique")

    assert critiques(min_score=4.0, judges=3) == pytest.approx(3 * critiques(min_score=4.0))
    once, twice = (critiques(method="self_improve", rounds=rounds) for rounds in (1, 2))
    assert twice > once


def test_records_that_are_developed_are_written_first_where_there_are_none(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds.jsonl"
    seeds.write_text('{"input": "Why?", "context": "", "output": "Because."}\n' * 3)

    without = reckoned(method="evolve", count=1000)
    given = reckoned(method="evolve", count=1000, seeds=str(seeds))

    assert without.calls > given.calls


def test_long_seeds_and_inputs_lengthen_prompts(tmp_path: Path) -> None:
    def with_file(words: int, **fields: Any) -> Estimate:
        (name,) = fields
        path = tmp_path / f"{words}.jsonl"
        path.write_text(f'{{"input": "{"word " * words}", "output": "Yes."}}\n' * 100)
        method = "distill" if name == "inputs" else "self_instruct"
        return reckoned(None, method=method, **{name: str(path)})

    for name in ("seeds", "inputs"):
        short, long = (with_file(words, **{name: ""}) for words in (10, 1000))
        assert long.tokens_in > short.tokens_in + 20_000


def test_a_prompt_of_the_users_own_is_what_is_counted(tmp_path: Path) -> None:
    shipped = reckoned()
    text = (Path("synth_agent/prompts/question.md")).read_text()
    (tmp_path / "question.md").write_text(text + "\nMind the units.\n" * 500)

    own = reckoned(Means(prompts=tmp_path))

    assert own.tokens_in > shipped.tokens_in + 500 * own.calls


@pytest.mark.parametrize(
    ("fields", "means", "known"),
    [
        ({"model": "openai:gpt-4o-mini"}, Means(), True),
        ({"model": "openai:llama-of-mine"}, Means(), False),
        ({"critic_model": "ollama:qwen3"}, Means(), False),
        ({}, Means(access=Access(openai_base_url="http://127.0.0.1:8000/v1")), False),
    ],
    ids=["known", "unknown", "critic-unknown", "local-server"],
)
def test_the_cost_is_told_only_where_every_price_is_known(
    fields: dict[str, Any], means: Means, known: bool
) -> None:
    assert (reckoned(means, **fields).cost_usd is not None) == known


def test_counts_of_another_vocabulary_are_no_exact_ones() -> None:
    assert reckoned().exact_tokens
    assert not reckoned(critic_model="anthropic:claude-sonnet-4-5").exact_tokens


def test_models_that_think_are_charged_for_that_besides() -> None:
    assert reckoned().besides == ()
    (said,) = reckoned(model="openai:gpt-5-mini").besides
    assert "openai:gpt-5-mini thinks" in said


def test_it_needs_neither_key_nor_client() -> None:
    code = (
        "import sys\n"
        "from synth_agent.schemas import DatasetSpec\n"
        "from synth_agent.writing.estimate import estimate\n"
        "from synth_agent.writing.means import Means\n"
        "estimate(DatasetSpec(count=10, method='self_instruct', model='openai:gpt-4o'), Means())\n"
        "print([m for m in sys.modules if m.startswith(('langchain', 'openai', 'chromadb'))])"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"
