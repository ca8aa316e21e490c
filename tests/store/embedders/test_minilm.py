"""Chroma's own model, with a tiny one in its place; downloads over real HTTP."""

import hashlib
import tarfile
import zlib
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from tokenizers.processors import TemplateProcessing

from synth_agent.errors import ConfigError
from synth_agent.store.chroma import onnx_minilm
from synth_agent.store.embedders.minilm import MiniLM
from synth_agent.store.embedders.static import piece_tokenizer

PIECES = ["[UNK]", "press", "late", "red", "blue"]

# An ONNX model (opset 14) with the inputs and the output of the true one:
# last_hidden_state[b, s, i] = cos(input_ids[b, s] * i), i below 384.
TINY = zlib.decompress(
    b64decode(
        "eNptj8FKw0AQhjvZlW4GjHGkIIgIe8wjeBHSW8GL0EsvYUumurTZrdkN2p76KD6KT+KzmOihgp3DwAc/882v1P1X"
        "gneYWrftYmXrQLDScmpCLFJMor+GD0hwgrDCxLwTdDqdu/DaMe8Zb1DuufUo32zNKLxjglafPRn3zJghdAgtQaPF"
        "Y7fpw9DQ5aa/XL3YumZXhWgiazH1gWS0bleQgnxc9p6ZSka/U2Q5lD+WmTzy4Bv4c1qc9zyYBzw8LG7/VskxU2NC"
        "FATLYYWFxszEyC5a76rGhPXpTPTr/r+42/LpO8sC/zehCV4poItjDIU6iFLiKM++AdBBTzc="
    )
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the archive of a tiny model, laid out as Chroma's is."""
    folder = tmp_path_factory.mktemp("tiny") / "onnx"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(TINY)
    tokenizer = piece_tokenizer(PIECES)
    # As the true one, it puts a piece of its own before each text.
    tokenizer.post_processor = TemplateProcessing(single="[UNK] $A", special_tokens=[("[UNK]", 0)])
    tokenizer.save(str(folder / "tokenizer.json"))
    for name in ("config", "special_tokens_map", "tokenizer_config"):
        (folder / f"{name}.json").write_text("{}")
    (folder / "vocab.txt").write_text("\n".join(PIECES))
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.add(folder, "onnx")
    return packed.getvalue()


@pytest.fixture
def function(tmp_path: Path) -> Any:
    """Return Chroma's function, its weights in an empty folder, and nobody at its address."""
    made = onnx_minilm()
    made.DOWNLOAD_PATH = tmp_path / "weights"
    made.MODEL_DOWNLOAD_URL = "http://127.0.0.1:9/onnx.tar.gz"
    return made


@pytest.fixture
def installed(function: Any, archive: bytes) -> Any:
    """Return the same with the tiny model in its folder."""
    with tarfile.open(fileobj=BytesIO(archive)) as tar:
        tar.extractall(function.DOWNLOAD_PATH, filter="data")
    return function


@pytest.fixture
def served(socket_enabled: None, function: Any, archive: bytes) -> Iterator[Any]:
    """Return the function with a server of the archive at its address."""

    class Download(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(archive)))
            self.end_headers()
            self.wfile.write(archive)

        def log_message(self, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Download) as server:
        function.MODEL_DOWNLOAD_URL = f"http://127.0.0.1:{server.server_port}/onnx.tar.gz"
        function._MODEL_SHA256 = hashlib.sha256(archive).hexdigest()  # noqa: SLF001
        Thread(target=server.serve_forever, daemon=True).start()
        yield function
        server.shutdown()


def test_a_text_is_the_mean_of_its_pieces(installed: Any) -> None:
    rows = MiniLM(installed).embed(["red press"])

    states = np.cos(np.outer([0, 3, 1], np.arange(384)))
    mean = states.mean(axis=0)
    assert rows.dtype == np.float32
    assert rows[0] == pytest.approx(mean / np.linalg.norm(mean), abs=1e-4)


def test_its_name_is_that_of_chromas_archive(installed: Any) -> None:
    found = MiniLM(installed)

    assert (found.name, found.dimensions, found.threshold) == ("minilm-onnx@913d7300", 384, 0.88)


def test_a_text_has_the_same_vector_in_any_batch(installed: Any) -> None:
    found = MiniLM(installed)
    texts = ["red", "late blue press " * 9, "", "late late", "unknown", "press " * 5_000, "\ud800"]

    rows = found.embed(texts)

    assert rows.shape == (7, 384)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-6)
    for at in range(len(texts)):
        assert found.embed(texts[at:])[0].tobytes() == rows[at].tobytes()


def test_no_more_is_read_of_a_text_than_the_model_can(installed: Any) -> None:
    found = MiniLM(installed)

    rows = found.embed(["red " * 256, "red " * 256 + "blue"])

    assert rows[0].tobytes() == rows[1].tobytes()


def test_weights_are_fetched_once(served: Any, capsys: pytest.CaptureFixture[str]) -> None:
    first = MiniLM(served).embed(["red"])
    served.MODEL_DOWNLOAD_URL = "http://127.0.0.1:9/onnx.tar.gz"

    again = MiniLM(served).embed(["red"])

    assert np.array_equal(first, again)
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("socket_enabled")
def test_without_a_network_it_says_what_it_wants_and_what_needs_none(function: Any) -> None:
    with pytest.raises(ConfigError, match="could not be fetched") as caught:
        MiniLM(function)

    said = str(caught.value)
    for told in ("79 MB", "127.0.0.1:9", str(function.DOWNLOAD_PATH), "--embedder static"):
        assert told in said


def test_a_folder_that_cannot_be_written_is_said(function: Any, tmp_path: Path) -> None:
    (tmp_path / "weights").write_text("a file")

    with pytest.raises(ConfigError, match="could not be fetched"):
        MiniLM(function)


@pytest.mark.parametrize("weights", [b"", b"no model", TINY[:200]], ids=["none", "other", "cut"])
def test_broken_weights_are_said(installed: Any, weights: bytes) -> None:
    (installed.DOWNLOAD_PATH / "onnx" / "model.onnx").write_bytes(weights)

    with pytest.raises(ConfigError, match=r"are broken.*delete that folder"):
        MiniLM(installed)
