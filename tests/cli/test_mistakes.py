"""Bad input: one clear line, the right exit code, and never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command

QUESTIONS = "10 questions about production"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["generate", ""], "the brief is empty"),
        (["generate", "2 negative and 9 positive of 10 sentiment examples"], "2 + 9 = 11"),
        (["generate", "0 questions about production"], "between 1 and 10,000,000"),
        (["generate", "minus 5 questions about production"], "between 1 and 10,000,000"),
        (["generate", "20 million questions about production"], "got 20,000,000"),
        (["generate", "10 questions about astrology"], "no pack serves"),
        (["generate", "10 Fragen über Produktion auf Deutsch"], "no pack speaks 'de'"),
        (["generate", QUESTIONS, "--pack", "industral"], "did you mean 'industrial'?"),
        (["generate", QUESTIONS, "--task", "qq"], "did you mean 'qa'?"),
        (["generate", QUESTIONS, "--task", "safety"], "task 'safety' needs a model"),
        (["generate", QUESTIONS, "--layout", "alpacca"], "did you mean 'alpaca'?"),
        (["generate", QUESTIONS, "--layout", "openai-dpo"], "cannot fill the layout"),
        (["generate", QUESTIONS, "--method", "evolve"], "needs a model"),
        (["generate", QUESTIONS, "--model", "openai:gpt-5-mini"], "OPENAI_API_KEY is not set"),
        (["generate", QUESTIONS, "-o", "data.xyz"], ".json, .jsonl, .csv, .parquet, .txt"),
        (["generate", QUESTIONS, "--dedup-threshold", "high"], "'off', got 'high'"),
        (["generate", QUESTIONS, "--dedup-threshold", "7"], "dedup_threshold"),
        (["generate", QUESTIONS, "--split", "train=0.5"], "add up to 0.5"),
        (["generate", QUESTIONS, "--schema", "nofile.json"], "cannot read nofile.json"),
        (["generate", QUESTIONS, "--schema", "nomodule:X"], "cannot import 'nomodule'"),
        (["generate", QUESTIONS, "--seeds", "nofile.jsonl"], "nofile.jsonl does not exist"),
        (["generate", "nofile.yaml"], "nofile.yaml"),
        (
            ["generate", "10 sentiment examples, 5 mauve and 5 teal"],
            "cannot tell apart|no pack serves",
        ),
        (["generate", "10 rows with columns id, warp_factor"], "warp_factor|no pack serves"),
        (["generate", QUESTIONS, "-o", "/proc/nowhere/x.json"], "cannot write to /proc/nowhere"),
        (["resume", "nowhere"], "not a folder"),
        (["show", "."], "no journal"),
        (["export", "nowhere.json", "-o", "x.json"], "cannot read nowhere.json"),
        (["packs", "check", "nowhere.yaml"], "no pack 'nowhere.yaml'"),
        (["plan"], "say what you want"),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else "",
)
def test_a_mistake_is_one_clear_line(command: Command, arguments: list[str], message: str) -> None:
    said = command(*arguments)

    assert said.code == 2
    assert said.out == ""
    lines = said.err.strip().splitlines()
    assert len(lines) == 1, said.err
    assert lines[0].startswith("error: ")
    assert any(part in lines[0] for part in message.split("|")), lines[0]
    assert not list(Path().glob("runs/*"))


@pytest.mark.parametrize("flag", ["--nope", "--lay-out=alpaca"])
def test_an_unknown_flag_is_refused(command: Command, flag: str) -> None:
    said = command("generate", QUESTIONS, flag)

    assert said.code == 2
    assert "No such option" in said.err


def test_broken_lines_of_seeds_are_named_by_number(command: Command) -> None:
    Path("seeds.jsonl").write_text('{"input": "a?", "output": "b"}\n{"input": \n[1]\n')

    said = command("generate", QUESTIONS, "--seeds", "seeds.jsonl")

    assert said.code == 2
    assert "line 2" in said.err
    assert "line 3" in said.err


def test_an_existing_output_is_kept_unless_forced(command: Command) -> None:
    Path("data.json").write_text("mine")

    refused = command("generate", QUESTIONS, "-o", "data.json")
    assert refused.code == 2
    assert "--force" in refused.err
    assert Path("data.json").read_text() == "mine"

    assert command("generate", QUESTIONS, "-o", "data.json", "--force").code == 0
    assert Path("data.json").read_text() != "mine"


def test_a_folder_that_holds_something_is_no_run_folder(command: Command) -> None:
    Path("full").mkdir()
    Path("full/thing").touch()

    said = command("generate", QUESTIONS, "--run-dir", "full")

    assert said.code == 2
    assert "not empty" in said.err


def test_a_spec_of_a_newer_version_is_refused_by_name(command: Command) -> None:
    Path("spec.yaml").write_text("schema_version: 7\ncount: 10\n")

    said = command("generate", "spec.yaml")

    assert said.code == 2
    assert "7" in said.err
    assert "version" in said.err


def test_an_unknown_key_of_a_spec_is_refused_with_the_nearest(command: Command) -> None:
    Path("spec.yaml").write_text("count: 10\nlabls: {a: 5, b: 5}\n")

    said = command("generate", "spec.yaml")

    assert said.code == 2
    assert "did you mean 'labels'?" in said.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_write_permission_is_named(command: Command, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)

    said = command("generate", QUESTIONS, "-o", "locked/data.json")

    assert said.code == 2
    assert "cannot write to locked" in said.err


def test_a_fault_of_the_program_is_a_line_too(tmp_path: Path) -> None:
    """Break the package on purpose, in a process of its own."""
    code = (
        "import sys, synth_agent.planning as p\n"
        "p.plan_spec = lambda *_, **__: 1 / 0\n"
        "import synth_agent.agent; synth_agent.agent.plan_spec = p.plan_spec\n"
        "sys.argv = ['synth-agent', 'plan', '10 questions']\n"
        "from synth_agent.cli import main; main()"
    )

    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )

    assert said.returncode == 1
    assert said.stderr.startswith("error: ZeroDivisionError: division by zero (a fault of")
    assert "Traceback" not in said.stderr


def test_debug_shows_the_traceback_and_nothing_else_does(tmp_path: Path) -> None:
    base = [sys.executable, "-m", "synth_agent", "show", str(tmp_path)]

    plain = subprocess.run(base, capture_output=True, text=True, check=False)
    debug = subprocess.run([*base, "--debug"], capture_output=True, text=True, check=False)

    assert plain.returncode == 2
    assert "Traceback" not in plain.stderr
    assert "Traceback" in debug.stderr
