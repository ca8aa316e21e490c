"""Prompts as they are sent, kept in files: a change of words is seen. Delete a file to renew it."""

from pathlib import Path

__all__ = ["assert_snapshot"]

_FOLDER = Path(__file__).parent / "snapshots"


def assert_snapshot(name: str, text: str) -> None:
    """Compare a text with `snapshots/<name>.txt`; one that is not there is written, and fails."""
    path = _FOLDER / f"{name}.txt"
    if not path.is_file():
        path.write_text(text + "\n", encoding="utf-8")
        raise AssertionError(f"{path.name} was written; read it, then run the test again")
    assert text + "\n" == path.read_text(encoding="utf-8")
