"""Whether a memory on disk can be trusted: it was closed properly, and is still what it was then.

`state.json` says unclean from before the first write until everything is closed; only then does it
hold the digest of every file. A memory that does not match is not opened, for opening is what does
the damage, but thrown away.
"""

import hashlib
import os
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from synth_agent.errors import ConfigError, RunError
from synth_agent.schemas import Frozen

__all__ = ["State", "digests", "prepare", "read_state", "write_state"]

_NAME: Final = "state.json"


class State(Frozen):
    """What a memory folder holds."""

    generation: int
    """Number of the Chroma folder; each one is new, none is used again."""
    embedder: str
    """Name of the embedder that the vectors are from."""
    dimensions: int
    chroma: str
    """Version of chromadb that wrote."""
    server: str = ""
    """Address of the Chroma server that holds it; none: the folder does."""
    clean: bool
    count: int = 0
    """Records held."""
    files: dict[str, str] = {}
    """Path within the memory -> digest, of every file that counts."""


def prepare(folder: Path) -> None:
    """Make the folder of a memory, where it is missing.

    Raises:
        ConfigError: Something else is there, or nothing can be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise ConfigError(
            f"{folder} is no folder, but the memory of a run is kept there; move it away"
        ) from error
    except OSError as error:
        raise ConfigError(f"cannot make {folder}: {error.strerror or error}") from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise ConfigError(f"{folder} cannot be written; see that it belongs to you, or delete it")


def read_state(folder: Path) -> State | None:
    """Return the state, or None where there is none that can be read."""
    try:
        return State.model_validate_json((folder / _NAME).read_bytes())
    except (OSError, ValidationError):
        return None


def write_state(folder: Path, state: State) -> None:
    """Replace the state; on return it is on the disk.

    Raises:
        RunError: It cannot be written.
    """
    temporary = folder / f"{_NAME}.tmp"
    try:
        with temporary.open("wb") as file:
            file.write(state.model_dump_json(indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(folder / _NAME)
        _sync(folder)
    except OSError as error:
        raise RunError(
            f"cannot write {folder / _NAME}: {error.strerror or error}; "
            "see that the disk has room and the folder can be written, then resume the run"
        ) from error


def _sync(folder: Path) -> None:
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def digests(folder: Path, *parts: Path) -> dict[str, str]:
    """Return the digest of every file in the parts, which are files or folders in `folder`."""
    files = [
        path
        for part in parts
        for path in ([part] if part.is_file() else sorted(part.rglob("*")))
        if path.is_file()
    ]
    return {path.relative_to(folder).as_posix(): _digest(path) for path in files}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()[:32]
