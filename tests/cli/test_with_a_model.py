"""What a user of a model sees: plans, progress, cost, notes, failures."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from langchain_core.exceptions import ModelConnectionError

from synth_agent.cli import generate
from synth_agent.cli.progress import watching
from synth_agent.errors import BudgetError, ProviderError
from synth_agent.pipeline import BatchDone, Finished, Started
from synth_agent.schemas import Usage
from tests.cli.conftest import Command
from tests.endpoint import Endpoint, Faults
from tests.endpoint.expert import expert

KEY = "sk-test"
QUESTIONS = "12 questions about a repair shop"


@pytest.fixture
def endpoint(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., str]]:
    """Return what starts an endpoint and points the environment to it."""
    opened: list[Endpoint] = []

    def start(**faults: bool) -> str:
        one = Endpoint(expert(1), faults=Faults(**faults))  # type: ignore[arg-type]
        opened.append(one.__enter__())
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", one.url)
        return one.url

    yield start
    for one in opened:
        one.__exit__(None, None, None)


def test_a_plan_says_who_writes_who_judges_and_what_it_costs(command: Command) -> None:
    said = command(
        "plan", "500 questions about scrap", "--model", "openai:gpt-4o-mini",
        "--critic-model", "openai:gpt-4o", "--min-score", "4", "--judges", "3",
    )  # fmt: skip

    assert said.code == 0, said.err
    assert "self_instruct with openai:gpt-4o-mini, 7 records a call" in said.out
    assert "openai:gpt-4o, 3 times, 4 of 5 is enough" in said.out
    assert "about " in said.out
    assert "000 tokens in, " in said.out
    assert "$" in said.out
    assert "thinks" not in said.out


@pytest.mark.parametrize(
    ("model", "said_of_it"),
    [("openai:gpt-5-mini", "thinks in before it answers"), ("ollama:qwen3", "price not known")],
)
def test_a_plan_says_what_it_does_not_know(command: Command, model: str, said_of_it: str) -> None:
    assert said_of_it in command("plan", QUESTIONS, "--model", model).out


def test_a_plan_without_a_model_costs_nothing(command: Command) -> None:
    assert "0 model calls, 0 tokens, $0.00" in command("plan", "9 questions on production").out
    assert "estimate" not in json.loads(command("plan", "9 questions on production", "--json").out)


def test_a_plan_as_json_has_the_estimate_beside_the_spec(command: Command) -> None:
    plan = json.loads(command("plan", QUESTIONS, "--model", "openai:gpt-4o", "--json").out)

    assert plan["method"] == "self_instruct"
    assert plan["estimate"]["calls"] > 0
    assert plan["estimate"]["cost_usd"] > 0


def test_a_run_says_what_it_cost_and_what_to_know(
    command: Command, endpoint: Callable[..., str]
) -> None:
    endpoint()

    said = command(
        "generate", QUESTIONS, "--model", "openai:gpt-x", "--min-score", "2", "--run-dir", "run"
    )

    assert said.code == 0, said.err
    assert "12 of 12 records" in said.err
    assert "openai:gpt-x: " in said.err
    assert "price not known" in said.err
    assert said.err.count("note: the critic is the writer itself") == 1
    assert "k tokens" in said.err

    shown = command("show", "run").out
    assert "self_instruct with openai:gpt-x" in shown
    assert "openai:gpt-x (the writer itself), 2 of 5 is enough" in shown
    assert "correctness 5.0" in shown
    assert "price not known" in shown
    assert "the critic is the writer itself" in " ".join(shown.split())
    card = Path("run/README.md").read_text()
    assert "- Critic: openai:gpt-x, the writer itself" in card
    assert "- Cost: not known" in card


def test_json_of_a_run_has_the_keys_that_are_promised(
    command: Command, endpoint: Callable[..., str]
) -> None:
    endpoint()

    said = command("generate", QUESTIONS, "--model", "openai:gpt-x", "--json", "--quiet")

    answer = json.loads(said.out)
    assert list(answer) == [
        *("status", "asked", "accepted", "rejected", "requests", "tokens_in", "tokens_out"),
        *("cost_usd", "seconds", "run", "output"),
    ]
    assert answer["requests"] > 0
    assert answer["cost_usd"] is None


def test_answers_of_a_teacher_come_with_a_word_about_its_terms(
    command: Command, endpoint: Callable[..., str]
) -> None:
    endpoint()
    rows = [{"input": f"What does repair {n} cost?", "context": f"It costs {n} EUR."}
            for n in range(3)]  # fmt: skip
    Path("in.jsonl").write_text("\n".join(map(json.dumps, rows)))

    said = command(
        "generate", "3 questions", "--inputs", "in.jsonl", "--model", "openai:gpt-x",
        "--method", "distill", "--run-dir", "run", "--dedup-threshold", "off",
    )  # fmt: skip

    assert said.code == 0, said.err
    assert "the answers are those of openai:gpt-x" in said.err
    for file in ("README.md", "report.html"):
        assert "terms allow training on them" in Path("run", file).read_text()


def test_a_provider_that_refuses_for_good_ends_with_4_and_how_to_go_on(
    command: Command, endpoint: Callable[..., str]
) -> None:
    endpoint(bad_key=True)

    said = command("generate", QUESTIONS, "--model", "openai:gpt-x", "--run-dir", "run")

    assert said.code == 4
    assert "error: " in said.err
    assert "synth-agent resume" in said.err
    assert "Traceback" not in said.err
    assert KEY not in said.err


def _noted() -> ProviderError:
    error = ProviderError("no quota")
    error.add_note("go on with: synth-agent resume runs/x")
    return error


@pytest.mark.parametrize(
    ("error", "code", "advice"),
    [
        (ProviderError("no quota"), 4, ""),
        (_noted(), 4, "synth-agent resume runs/x"),
        (ProviderError("no quota; go on with: synth-agent resume runs/x"), 4, ""),
        (ModelConnectionError("connection lost"), 4, ""),
        (BudgetError("the bound is reached"), 3, ""),
    ],
    ids=["provider", "noted", "says-it-itself", "langchain", "budget"],
)
def test_failures_of_a_provider_have_a_code_and_no_traceback(
    command: Command, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, advice: str
) -> None:
    def fail(*_: object, json: bool) -> None:
        raise error

    monkeypatch.setattr(generate, "_show_plan", fail)

    said = command("generate", "9 questions about production", "--dry-run")

    assert said.code == code
    lines = said.err.splitlines()
    assert lines[0] == f"error: {error}"
    assert len(lines) == (2 if advice else 1)
    assert lines[-1].endswith(advice)


USAGE = Usage(requests=7, tokens_in=1_000_000, tokens_out=234_000, cost_usd=0.1234)


@pytest.mark.parametrize(
    ("usage", "cost"),
    [
        (USAGE, ", $0.12"),
        (USAGE.model_copy(update={"cost_usd": None}), ", 1.2 M tokens"),
        (USAGE.model_copy(update={"cost_usd": 0.00123}), ", $0.0012"),
        (Usage(), ""),
    ],
    ids=["money", "tokens", "little", "rules"],
)
def test_progress_says_what_was_spent(
    capsys: pytest.CaptureFixture[str], usage: Usage, cost: str
) -> None:
    with watching(quiet=False) as on_event:
        on_event(Started(10, 0, {}))
        on_event(BatchDone(10, 5, {}, (), usage))
        on_event(Finished("complete", 10, 10, {"empty": 1}, 2.0, usage))

    last = capsys.readouterr().err.splitlines()[-1]
    assert last.endswith(f"{cost}, rejected 1 (empty 1)")
    assert ("$" in last or "token" in last) == bool(cost)


def test_doctor_says_who_would_write_and_never_the_key(
    command: Command, endpoint: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint()
    monkeypatch.setenv("SYNTH_AGENT_MODEL", "openai:gpt-4o")

    said = command("doctor")

    assert "openai:gpt-4o writes" in said.out
    assert "counts are exact" in said.out
    assert "o200k_base is shipped" in said.out
    assert "--run-code" in said.out
    assert "pypdf" in said.out
    assert KEY not in said.out


def test_doctor_says_what_is_missing_for_the_model(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_AGENT_MODEL", "openai:gpt-4o")

    said = command("doctor")

    assert said.code == 2
    assert "OPENAI_API_KEY is not set" in said.out
