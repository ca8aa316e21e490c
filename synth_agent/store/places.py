"""Where the generations of an archive are kept: folders of a run, or collections at a server.

A generation is never used again once it was given up: the next one is all new.
"""

import logging
import platform
import re
import shutil
from pathlib import Path
from typing import Final, Protocol

from synth_agent.store.chroma import SHELVES, Chroma, DamagedError, size_of
from synth_agent.store.server import Server
from synth_agent.text import digest, slug

__all__ = ["Collections", "Folders", "Place", "folder_of"]

_logger = logging.getLogger(__name__)

_PREFIX: Final = "chroma-"


class Place(Protocol):
    """Where generations are kept.

    Attributes:
        advice: What the user can do when Chroma fails here.
        counted: Whether the rows are counted before an end counts as clean; where others can write
            or delete, nothing else tells.
    """

    advice: str
    counted: bool

    def check(self) -> None:
        """Make sure that it can be used, as far as that costs little.

        Raises:
            ConfigError: It cannot.
        """

    def open(self, generation: int) -> Chroma:
        """Open a generation, or create it."""

    def generations(self) -> list[int]:
        """Return the generations that are there."""

    def size(self, generation: int) -> int:
        """Return the bytes of disk that count against this run."""

    def clear(self, *, but: int | None = None) -> None:
        """Delete every generation but one; none of them is open."""

    def abandon(self, generation: int) -> None:
        """Make room, where that asks nobody; Chroma has failed for good."""


def folder_of(memory: Path, generation: int) -> Path:
    """Return Chroma's folder of a generation."""
    return memory / f"{_PREFIX}{generation}"


class Folders:
    """Numbered folders within the memory of a run."""

    advice = "see that the disk has room and can be written, then resume the run"
    counted = False

    def __init__(self, memory: Path) -> None:
        self._memory = memory

    def check(self) -> None:
        """Do nothing: the folder is the run's own."""

    def open(self, generation: int) -> Chroma:
        """Open a folder, or create it."""
        return Chroma.in_folder(folder_of(self._memory, generation))

    def generations(self) -> list[int]:
        """Return the numbers of the folders that are there."""
        names = (path.name.removeprefix(_PREFIX) for path in self._memory.glob(f"{_PREFIX}*"))
        return [int(name) for name in names if name.isdecimal()]

    def size(self, generation: int) -> int:
        """Return the bytes that the folder takes."""
        return size_of(folder_of(self._memory, generation))

    def clear(self, *, but: int | None = None) -> None:
        """Delete the folders, as far as that is possible."""
        for generation in self.generations():
            if generation != but:
                self.abandon(generation)

    def abandon(self, generation: int) -> None:
        """Delete a folder, as far as that is possible."""
        shutil.rmtree(folder_of(self._memory, generation), ignore_errors=True)


class Collections:
    """Collections of one run at a server that has those of other runs too.

    Their names begin with the run's and a digest of the machine and the path that the run has
    there: no other run has it, and a run that was copied or moved makes collections of its own.
    """

    counted = True

    def __init__(self, server: Server, memory: Path) -> None:
        self._server = server
        own = memory.resolve()
        unique = digest(platform.node(), str(own), size=6).hex()
        self._prefix = f"{slug(own.parent.name)}-{unique}"
        self.advice = (
            f"see what the Chroma server at {server.url} says and that its disk has room, then "
            "resume the run (or leave --chroma out)"
        )

    def check(self) -> None:
        """Make sure that a Chroma server answers."""
        self._server.check()

    def open(self, generation: int) -> Chroma:
        """Open the collections of a generation, or create them."""
        names = {shelf: f"{self._prefix}-{generation}-{shelf}" for shelf in SHELVES}
        return Chroma.at_server(self._server, names)

    def generations(self) -> list[int]:
        """Return the generations of this run that the server has anything of."""
        with Chroma.at_server(self._server, {}) as chroma:
            return sorted({number for number, _ in self._own(chroma)})

    def size(self, generation: int) -> int:  # noqa: ARG002  as in `Place`
        """Return 0: the disk is the server's."""
        return 0

    def clear(self, *, but: int | None = None) -> None:
        """Delete the collections of this run, and of no other.

        One that the server cannot delete stays: it is never used again.
        """
        with Chroma.at_server(self._server, {}) as chroma:
            try:
                for number, name in self._own(chroma):
                    if number != but:
                        chroma.drop(name)
            except DamagedError as error:
                _logger.warning("%s; something that is not used stays there", error)

    def abandon(self, generation: int) -> None:
        """Do nothing: the server would have to be asked, and the next start removes them."""

    def _own(self, chroma: Chroma) -> list[tuple[int, str]]:
        pattern = re.compile(rf"{re.escape(self._prefix)}-([0-9]+)-(?:{'|'.join(SHELVES)})")
        found = ((pattern.fullmatch(name), name) for name in chroma.names())
        return [(int(match[1]), name) for match, name in found if match]
