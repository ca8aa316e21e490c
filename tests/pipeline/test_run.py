import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest

from synth_agent.errors import ConfigError
from synth_agent.pipeline import Run, Seed, new_folder
from synth_agent.schemas import DatasetSpec
from tests.workers import Holder

NOW = datetime(2026, 3, 1, 14, 5, 9, tzinfo=UTC)
SPEC = DatasetSpec(
    brief="10 lines of ham and spam",
    task="classification",
    count=10,
    labels={"ham": 3, "spam": 7},
    difficulty={"hard": 5, "easy": 5},
)


def make(path: Path, spec: DatasetSpec = SPEC) -> Run:
    return Run.create(path, spec, text="task: classification\n", now=NOW)


def test_folders_are_named_by_time_and_subject_and_never_shared(tmp_path: Path) -> None:
    names = [new_folder(tmp_path / "runs", SPEC, now=NOW).name for _ in range(3)]

    first = "20260301-140509-10-lines-of-ham-and-spam"
    assert names == [first, f"{first}.2", f"{first}.3"]


def test_a_place_that_cannot_be_written_is_the_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="choose another --run-dir"):
        new_folder(tmp_path / "file", SPEC, now=NOW)
    with pytest.raises(ConfigError, match="choose another --run-dir"):
        make(tmp_path / "file")


def test_a_run_comes_back_as_it_was_made(tmp_path: Path) -> None:
    seed = Seed("1", "buy now", {"text": "buy now", "label": "spam"})
    Run.create(tmp_path / "run", SPEC, text="a: 1\n", now=NOW, seeds=[seed]).close()

    with Run.open(tmp_path / "run") as run:
        assert run.spec == SPEC
        assert run.status == "new"
        assert run.journal.meta("created") == NOW.isoformat()
        assert list(run.journal.seeds()) == [seed]
        assert (run.path / "spec.yaml").read_text() == "a: 1\n"


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    make(tmp_path / "run").close()

    with pytest.raises(ConfigError, match=r"is not empty.*synth-agent resume"):
        make(tmp_path / "run")


@pytest.mark.parametrize("name", ["nothing", "file", "folder"])
def test_what_is_no_run_is_said_to_be_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()

    with pytest.raises(ConfigError, match=r"expected (that|the folder) of a run"):
        Run.open(tmp_path / name)


def test_a_spec_from_a_newer_version_is_refused(tmp_path: Path) -> None:
    make(tmp_path / "run").close()
    newer = orjson.dumps(SPEC.model_dump() | {"schema_version": 7}).decode()
    with sqlite3.connect(tmp_path / "run/journal.sqlite") as db:
        db.execute("UPDATE meta SET value = ? WHERE key = 'spec'", (newer,))
    db.close()

    with pytest.raises(ConfigError, match="is of version 7"):
        Run.open(tmp_path / "run")


def test_an_edited_spec_is_refused_because_it_would_have_no_effect(tmp_path: Path) -> None:
    make(tmp_path / "run").close()
    (tmp_path / "run/spec.yaml").write_text("task: qa\n")

    with pytest.raises(ConfigError, match="was changed after the run began"):
        Run.open(tmp_path / "run")


def test_a_lost_spec_file_is_no_obstacle(tmp_path: Path) -> None:
    make(tmp_path / "run").close()
    (tmp_path / "run/spec.yaml").unlink()

    with Run.open(tmp_path / "run") as run:
        assert run.spec == SPEC


def test_an_extended_run_wants_more_in_the_same_proportions(tmp_path: Path) -> None:
    with make(tmp_path / "run") as run:
        before = list(run.plan)
        run.extend(25)
        assert list(run.plan)[:10] == before

    with Run.open(tmp_path / "run") as again:
        assert again.spec.count == len(again.plan) == 25
        assert again.spec.labels == {"ham": 8, "spam": 17}
        assert again.spec.difficulty == {"hard": 13, "easy": 12}
        with pytest.raises(ConfigError, match="cannot be cut to 24"):
            again.extend(24)


def test_a_second_process_is_told_who_holds_the_run(tmp_path: Path) -> None:
    with make(tmp_path / "run") as run, Holder(run.path) as holder:
        with pytest.raises(ConfigError, match=f"process {holder.pid} is working on"), run.locked():
            pass

        holder.kill()
        with run.locked():
            assert run.journal.meta("holder") != str(holder.pid)


def test_one_process_cannot_hold_a_run_twice(tmp_path: Path) -> None:
    with (
        make(tmp_path / "run") as run,
        Run.open(run.path) as other,
        run.locked(),
        pytest.raises(ConfigError, match="is working on"),
        other.locked(),
    ):
        pass
