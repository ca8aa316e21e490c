"""Files that are either whole or not there: written under a temporary name, synced, renamed."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from synth_agent.errors import ConfigError, RunError, SynthAgentError

__all__ = ["atomic_file", "write_text"]

_USERS: Final = {
    errno.EACCES: "permission denied",
    errno.EISDIR: "it is a folder",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOENT: "the folder does not exist",
    errno.ENOTDIR: "part of the path is a file, not a folder",
    errno.EPERM: "not permitted",
    errno.EROFS: "the disk is read-only",
}
"""What the user can mend by naming another place. All else is the disk's fault."""


@contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that appears under its name only when the block ends well.

    Until then it lies beside `path` under a name that begins with a dot; on any error that is
    removed and an older file of the name stays as it was. A symbolic link is followed.

    Raises:
        ConfigError: The place cannot be written to.
        RunError: The disk is full or broken.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        raise ConfigError(f"cannot write {path}: expected a file, found a folder or device")
    partial = target.with_name(f".{target.name[:200]}.{secrets.token_hex(4)}.partial")
    try:
        with partial.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        raise _explained(path, error) from error
    finally:
        with suppress(OSError):  # what could not be made cannot be removed either
            partial.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8, with line ends as they are, whole or not at all."""
    with atomic_file(path) as file:
        file.write(text.encode())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _explained(path: Path, error: OSError) -> SynthAgentError:
    if error.errno in _USERS:
        return ConfigError(f"cannot write {path}: {_USERS[error.errno]}; name another file with -o")
    reason = error.strerror or str(error)
    return RunError(f"cannot write {path}: {reason}; free some space or name another disk")
