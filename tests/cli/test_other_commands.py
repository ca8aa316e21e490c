"""`show`, `export`, `packs`, `doctor`."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.cli.conftest import Command


@pytest.fixture
def run(command: Command) -> Path:
    said = command("generate", "12 questions about production", "--run-dir", "run", "--quiet")
    assert said.code == 0, said.err
    return Path("run")


def test_show_says_how_far_a_run_got(command: Command, run: Path) -> None:
    said = command("show", "run", "--records", "2")

    assert said.code == 0
    assert "12 of 12" in said.out
    assert "easy" in said.out
    assert said.out.count("context:") == 2


def test_show_gives_the_report_as_json(command: Command, run: Path) -> None:
    report = json.loads(command("show", "run", "--json").out)

    assert report["accepted"] == 12
    assert sum(report["difficulty"].values()) == 12


@pytest.mark.parametrize("layout", ["alpaca", "sharegpt", "messages", "openai-sft"])
def test_a_run_is_exported_in_another_layout(command: Command, run: Path, layout: str) -> None:
    said = command("export", "run", "--layout", layout, "-o", "out.jsonl")

    assert said.code == 0, said.err
    assert len(Path("out.jsonl").read_text().splitlines()) == 12


def test_a_dataset_file_is_exported_too(command: Command, run: Path) -> None:
    said = command("export", "run/dataset.json", "--layout", "messages", "-o", "out.jsonl")

    assert said.code == 0, said.err
    first = json.loads(Path("out.jsonl").read_text().splitlines()[0])
    assert [m["role"] for m in first["messages"]][-2:] == ["user", "assistant"]


def test_a_file_of_question_and_answer_keys_is_understood(command: Command) -> None:
    Path("mine.jsonl").write_text('{"prompt": "2 + 2?", "chosen": "4", "rejected": "5"}\n')

    said = command("export", "mine.jsonl", "--layout", "openai-dpo", "-o", "out.jsonl")

    assert said.code == 0, said.err
    assert json.loads(Path("out.jsonl").read_text())["preferred_output"][0]["content"] == "4"


def test_packs_are_listed(command: Command) -> None:
    said = command("packs")

    assert said.code == 0
    assert "industrial" in said.out
    names = [pack["name"] for pack in json.loads(command("packs", "--json").out)]
    assert "text" in names


def test_a_new_pack_is_written_checked_and_used(command: Command) -> None:
    assert command("packs", "new", "mine.yaml").code == 0
    assert command("packs", "new", "mine.yaml").code == 2
    assert command("packs", "check", "mine.yaml").out == "mine.yaml: in order\n"

    said = command(
        "generate", "10 questions about parcels", "--pack", "mine.yaml", "--run-dir", "r"
    )

    assert said.code == 0, said.err
    assert len(json.loads(Path("r/dataset.json").read_text())) == 10


def test_a_faulty_pack_is_named_by_line(command: Command) -> None:
    command("packs", "new", "mine.yaml")
    text = Path("mine.yaml").read_text().replace("{entity: van}", "{entity: lorry}")
    Path("mine.yaml").write_text(text)
    line = next(n for n, said in enumerate(text.splitlines(), 1) if "{entity: lorry}" in said)

    said = command("packs", "check", "mine.yaml")

    assert said.code == 2
    assert said.out.startswith(f"mine.yaml:{line}: scenes.round.draw.van")
    assert "no entity 'lorry'" in said.out


class _Models(BaseHTTPRequestHandler):
    keys: list[str | None]

    def do_GET(self) -> None:
        self.server.keys.append(self.headers["Authorization"])  # type: ignore[attr-defined]
        self.send_response(200 if self.path == "/v1/models" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def endpoint(socket_enabled: None) -> Iterator[HTTPServer]:
    with HTTPServer(("127.0.0.1", 0), _Models) as server:
        server.keys = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_doctor_asks_the_endpoint_and_never_says_the_key(
    command: Command, endpoint: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://me:pass@127.0.0.1:{endpoint.server_port}/v1")

    said = command("doctor")

    assert "very-secret" not in said.out + said.err
    assert "pass" not in said.out


def test_doctor_says_what_can_be_reached(
    command: Command, endpoint: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{endpoint.server_port}/v1")

    said = command("doctor")

    assert said.code == 0, said.out
    assert f"127.0.0.1:{endpoint.server_port}/v1 answers (200)" in said.out
    assert endpoint.keys == ["Bearer sk-very-secret"]  # type: ignore[attr-defined]
    assert "very-secret" not in said.out


def test_doctor_says_what_cannot_be_reached(
    command: Command, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")

    said = command("doctor")

    assert said.code == 2
    assert "cannot be reached" in said.out
