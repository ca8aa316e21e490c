"""A memory that another program, version or machine left behind, and folders that are none."""

import json
import os
from pathlib import Path

import pytest

from synth_agent.errors import ConfigError
from synth_agent.store import Accepted, SemanticMemory
from synth_agent.store.state import State, prepare, read_state, write_state
from tests.store.writer import EMBEDDER, record, remember

KNOWN = [record(slot) for slot in range(5)]


def open_memory(folder: Path, records: list[Accepted]) -> SemanticMemory:
    return SemanticMemory.open(folder, EMBEDDER, accepted=lambda: records, count=len(records))


@pytest.mark.parametrize(
    "change",
    [
        {"chroma": "0.4.24"},
        {"embedder": "another@v1"},
        {"dimensions": 63},
        {"count": 4},
        {"generation": "first"},
        {"of_a_later_version": True},
        {"clean": None},
        {"server": "http://localhost:8000"},
        {"files": {}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_memory_of_another_origin_or_form_is_made_anew(
    tmp_path: Path, change: dict[str, object]
) -> None:
    folder = tmp_path / "memory"
    with open_memory(folder, []) as memory:
        remember(memory, KNOWN)
    path = folder / "state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    with open_memory(folder, KNOWN) as memory:
        assert memory.similar(KNOWN[3].text, 1)[0].slot == 3

    state = read_state(folder)
    assert state is not None
    assert state.clean
    assert state.generation == 2
    assert [path.name for path in folder.glob("chroma-*")] == ["chroma-2"]


def test_a_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    state = State(
        generation=3, embedder="e", dimensions=8, chroma="1", clean=True, server="http://c:1"
    )

    write_state(tmp_path, state)

    assert read_state(tmp_path) == state
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    for _ in range(2):
        prepare(tmp_path / "run" / "memory")

    assert (tmp_path / "run" / "memory").is_dir()


def test_a_file_in_the_place_of_a_memory_is_named(tmp_path: Path) -> None:
    (tmp_path / "memory").write_text("notes")

    with pytest.raises(ConfigError, match=r"memory is no folder.*move it away"):
        prepare(tmp_path / "memory")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("notes")

    with pytest.raises(ConfigError, match=r"cannot make .*memory: Not a directory"):
        prepare(tmp_path / "run" / "memory")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)

    with pytest.raises(ConfigError, match="cannot be written"):
        prepare(tmp_path)
