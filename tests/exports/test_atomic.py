import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.exports import write_rows
from synth_agent.exports.atomic import write_text

FULL_DISK = """
import resource, sys
from pathlib import Path
from synth_agent.errors import RunError
from synth_agent.exports import write_rows

resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
rows = ({"text": "x" * 100} for _ in range(5_000))
try:
    write_rows(Path(sys.argv[1]), rows, output_format=sys.argv[2], line_format="<text>")
except RunError as error:
    sys.exit(str(error))
"""


def test_a_failure_in_the_middle_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text("old")

    def interrupted() -> Iterator[dict[str, JsonValue]]:
        yield {"text": "half"}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_rows(path, interrupted(), output_format="json")

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("ending", ["json", "jsonl", "csv", "parquet", "txt"])
def test_a_full_disk_is_one_clear_line_and_leaves_no_half_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"data.{ending}"
    path.write_text("old")

    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(path), ending],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr.startswith(f"cannot write {path}: "), done.stderr
    assert done.stderr.count("\n") == 1
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the folder does not exist; name another file"):
        write_text(tmp_path / "none" / "data.json", "x")


def test_a_file_taken_for_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(ConfigError, match="part of the path is a file"):
        write_text(tmp_path / "file" / "data.json", "x")


@pytest.mark.parametrize("place", [Path("/dev/null"), Path("/")], ids=["device", "folder"])
def test_only_files_are_written_to(place: Path) -> None:
    with pytest.raises(ConfigError, match="expected a file, found a folder or device"):
        write_text(place, "x")

    assert place.exists()


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "data.txt", tmp_path / "data.txt"
    target.write_text("old")
    link.symlink_to(target)

    write_text(link, "new\r\n")

    assert link.is_symlink()
    assert target.read_bytes() == b"new\r\n"
