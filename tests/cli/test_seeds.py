"""`--seeds`: examples of an earlier run, shown to a model in turn and never repeated."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Command
from tests.endpoint import Endpoint
from tests.endpoint.expert import expert

MODEL = ("--model", "openai:gpt-x", "--records-per-call", "3", "--concurrency", "2")


@pytest.fixture
def endpoint(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch, command: Command
) -> Iterator[None]:
    """Let every command have a model."""
    with Endpoint(expert(1)) as running:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        yield


def inputs(folder: str) -> set[str]:
    return {row["input"] for row in json.loads(Path(folder, "dataset.json").read_text())}


def test_an_earlier_run_is_not_repeated(command: Command) -> None:
    command("generate", "12 questions about production", "--run-dir", "one")

    said = command("generate", "12 questions about production", "--run-dir", "two",
                   "--seeds", "one")  # fmt: skip

    assert said.code == 0, said.err
    assert "seed-copy" in said.err
    assert len(inputs("two") | inputs("one")) == 24


@pytest.mark.usefixtures("endpoint")
def test_examples_of_an_earlier_run_are_shown_about_equally_often(command: Command) -> None:
    command("generate", "9 questions about a repair shop", *MODEL, "--run-dir", "one")

    said = command("generate", "30 questions about a repair shop", *MODEL, "--run-dir", "two",
                   "--seeds", "one", "--seed", "7")  # fmt: skip

    assert said.code == 0, said.err
    uses = json.loads(command("show", "two", "--seeds", "--json").out)
    assert uses["given"] == 9
    assert uses["most"] - uses["least"] <= 2
    assert uses["shown_made"] <= uses["shown_given"] / 3
    assert all(use["name"].startswith("one:") for use in uses["seeds"])
    assert sum(use["records"] for use in uses["seeds"]) >= 30
