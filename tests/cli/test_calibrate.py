"""`calibrate`, with rules and with a model over HTTP."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from synth_agent.cli.calibrate import calibrate
from synth_agent.errors import ConfigError
from synth_agent.schemas.calibration import Calibration
from tests.endpoint import ChatRequest, Endpoint

Run = Callable[..., tuple[str, str]]
GOOD = "It ran 405 of the 450 min, so availability is 90 %."
POOR = "is is is is is is is is is is is is is is is is is is is is is is"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return what calibrates with labels.jsonl in a folder of its own: stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE", "SYNTH_AGENT_MODEL"):
        monkeypatch.delenv(name, raising=False)
    rows = [
        {"question": f"What about {n}?", "answer": text, "keep": keep}
        for n in range(20)
        for text, keep in ((GOOD, "yes"), (POOR, "no"))
    ]
    Path("labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    app = typer.Typer()
    app.command()(calibrate)

    def command(*arguments: str) -> tuple[str, str]:
        called = ["--labels", "labels.jsonl", *arguments]
        typer.main.get_command(app)(called, standalone_mode=False)
        printed = capsys.readouterr()
        return printed.out, printed.err

    return command


def judge(request: ChatRequest) -> Any:
    told = request.human.split("<</record")[:-1]
    scored = ("correctness", "relevance", "clarity", "grounding", "difficulty_fit")
    return {
        "records": [
            {"n": n, "findings": [], "accept": GOOD in text}
            | dict.fromkeys(scored, 5 if GOOD in text else 2)
            for n, text in enumerate(told, start=1)
        ]
    }


def test_rules_are_measured_and_the_best_threshold_is_said(run: Run) -> None:
    out, err = run()

    assert "40 records of task 'qa', verdicts in 'keep'; judged by rules" in err
    assert "kappa           1.00, 95 % interval 1.00 to 1.00" in out
    assert "agreement       100.0%; always 'keep': 50.0%" in out
    assert "better than a constant verdict" in out
    assert "--min-score" in out


def test_one_object_is_printed_and_written(run: Run) -> None:
    out, _ = run("--json", "-o", "calibration.json")

    assert Calibration.model_validate_json(out).kappa == 1
    assert Path("calibration.json").read_text() == out


def test_a_model_is_measured_over_http(
    run: Run, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Endpoint(judge) as endpoint:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        monkeypatch.setenv("OPENAI_BASE_URL", endpoint.url)
        out, err = run("--critic-model", "openai:critic", "--json", "--subject", "availability")

    found = Calibration.model_validate_json(out)
    assert (found.critic, found.kappa, found.usage.requests) == ("openai:critic", 1, 8)
    assert found.decided_by == "accept"
    assert found.subject == "availability"
    assert "sk-test" not in out + err


def test_the_model_of_the_environment_judges_unless_rules_are_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNTH_AGENT_MODEL", "openai:gpt-5-mini")

    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        run()

    assert json.loads(run("--model", "rules", "--json")[0])["critic"] == "rules"


def test_what_is_no_proof_is_said_aloud(run: Run) -> None:
    rows = [{"question": f"{n}?", "answer": GOOD, "rating": 3 + n % 2} for n in range(12)]
    Path("labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    out, err = run()

    assert "scores from 4 on count as keep" in err
    assert "note: 12 records are too few to tell" in err
    assert "note: the critic is no better than always saying 'keep'" in err
    assert "too few records to say" in out


def test_a_long_table_is_shown_in_part_and_written_in_full(run: Run) -> None:
    known, unknown = ([c * 4 + d for c in half for d in "abcd"] for half in ("vwxyz", "fghij"))
    rows = [
        {
            "question": "Which words are there?",
            "context": " ".join(known),
            "answer": " ".join(known[: 20 - k] + unknown[:k]) + ".",
            "verdict": k < 10,
        }
        for k in range(20)
    ]
    Path("labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    table = json.loads(run("--json")[0])["table"]
    shown = run()[0].split("kappa\n")[1].splitlines()

    assert len(table) > 12 == len(shown)
    assert shown[0].split()[0] == f"{table[0]['threshold']:.1f}"
    assert shown[-1].split()[0] == f"{table[-1]['threshold']:.1f}"


def test_an_output_that_exists_is_kept_unless_forced(run: Run) -> None:
    Path("c.json").write_text("mine")

    with pytest.raises(ConfigError, match="exists already"):
        run("-o", "c.json")
    assert Path("c.json").read_text() == "mine"

    run("-o", "c.json", "--force")
    assert Calibration.model_validate_json(Path("c.json").read_text()).n == 40


def test_a_record_of_ones_own_form_can_be_judged(run: Run) -> None:
    Path("labels.jsonl").write_text('{"machine": "M2", "verdict": "keep"}\n')

    with pytest.raises(ConfigError, match=r"rules can judge none .*'custom'"):
        run("--task", "custom")
