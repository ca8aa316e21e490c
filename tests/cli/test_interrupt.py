"""Ctrl-C and a second process on the same run, with real processes."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from synth_agent.agent import SynthAgent
from tests.cli.conftest import Command
from tests.workers import Holder

BRIEF = "1500 questions about patients in a hospital"


def start(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "synth_agent", "generate", BRIEF, "--run-dir", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_finishes_what_it_holds_and_says_how_to_go_on(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with start(folder) as process:
        journal = folder / "journal.sqlite-wal"
        while process.poll() is None and not (
            journal.exists() and journal.stat().st_size > 250_000
        ):
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 130, err
    assert "stopping after what is in hand" in err
    assert f"synth-agent resume {folder}" in err
    assert "Traceback" not in err
    assert Path(out.strip()).exists()

    resumed = SynthAgent().resume(folder)
    whole = SynthAgent().generate(BRIEF, run_dir=tmp_path / "whole")
    assert len(resumed) == 1500
    assert (folder / "dataset.json").read_bytes() == (whole.path / "dataset.json").read_bytes()


def test_a_second_process_on_the_same_run_is_told_who_holds_it(
    command: Command, tmp_path: Path
) -> None:
    command("generate", "10 questions about production", "--run-dir", "run", "--quiet")
    with Holder(tmp_path / "run") as holder:
        said = command("resume", "run", "-n", "20")

    assert said.code == 2
    assert f"process {holder.pid} is working on run" in said.err


@pytest.mark.parametrize("quiet", [True, False])
def test_quiet_says_nothing_but_the_result(command: Command, quiet: bool) -> None:
    flags = ["--quiet"] if quiet else []

    said = command("generate", "10 questions about production", "--run-dir", "run", *flags)

    assert said.out == "run/dataset.json\n"
    assert (said.err == "") is quiet
