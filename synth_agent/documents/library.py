"""Files and folders as a library. Each file that was given is among its documents or its unread."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from synth_agent.documents.document import Document, Library, Unread, assemble
from synth_agent.documents.formats import read_file
from synth_agent.errors import ConfigError
from synth_agent.text import digest, nearest_name

__all__ = ["read_documents"]

_NAMED: Final = 5
"""Unread files that an error tells one by one; of the rest, the number."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A file, and how many of the last parts of its path name it."""

    path: Path
    depth: int

    def name(self) -> str:
        return "/".join(self.path.parts[-self.depth :])


def read_documents(paths: Sequence[Path]) -> Library:
    """Read files, and folders with all that is in them.

    In a folder, hidden files and folders are passed over, and symbolic links are not followed but
    listed as unread; a link that is named itself is followed. A file named twice is read once.

    Raises:
        ConfigError: A path does not exist, or there is nothing that can be read.
    """
    unread: list[Unread] = []
    found: dict[Path, _Found] = {}
    for path in paths:
        for file in _files(path, unread):
            found.setdefault(file.path, file)
    documents: list[Document] = []
    for file in _told_apart(found.values()):
        try:
            parsed = read_file(file.path)
        except ConfigError as error:
            unread.append(Unread(file.path, str(error)))
        else:
            documents.append(assemble(file.name(), parsed, stem=file.path.stem))
    if not documents:
        raise ConfigError(f"no document to read: {_reasons(unread)}")
    documents.sort(key=lambda document: document.id)
    parts = [part for document in documents for part in (document.id, document.text)]
    return Library(tuple(documents), tuple(unread), digest(*parts, size=16).hex())


def _reasons(unread: Sequence[Unread]) -> str:
    if not unread:
        return "the folders are empty; name files or folders of .txt, .md, .html, .pdf, .docx, .csv"
    more = f"; and {len(unread) - _NAMED} more" if len(unread) > _NAMED else ""
    return "; ".join(f"{one.path}: {one.why}" for one in unread[:_NAMED]) + more


def _files(path: Path, unread: list[Unread]) -> Iterator[_Found]:
    """Yield the files of a path; what in a folder cannot be followed is added to `unread`."""
    try:
        real = path.resolve(strict=True)
    except FileNotFoundError as error:
        raise ConfigError(f"there is no file or folder {str(path)!r}{_meant(path)}") from error
    except (OSError, RuntimeError) as error:  # not permitted, or links in a circle
        raise ConfigError(f"cannot read {path}: {error}") from error
    if real.is_dir():
        for file in _walk(real, unread):
            yield _Found(file, len(file.parts) - len(real.parts))
    else:
        yield _Found(real, 1)


def _meant(path: Path) -> str:
    try:
        names = sorted(entry.name for entry in path.parent.iterdir())
    except OSError:
        return f"; there is no folder {str(path.parent)!r} either"
    near = nearest_name(path.name, names)
    return f"; did you mean {str(path.parent / near)!r}?" if near else ""


def _walk(folder: Path, unread: list[Unread]) -> Iterator[Path]:
    waiting = [folder]
    while waiting:
        path = waiting.pop()
        if path.is_symlink():
            unread.append(Unread(path, "a symbolic link, not followed; name what it leads to"))
        elif path.is_dir():
            try:
                inside = sorted(path.iterdir(), reverse=True)
            except OSError as error:
                unread.append(Unread(path, error.strerror or str(error)))
                continue
            waiting.extend(entry for entry in inside if not entry.name.startswith("."))
        else:
            yield path


def _told_apart(files: Iterable[_Found]) -> list[_Found]:
    """Lengthen names that several files share by their folders until each has its own."""
    named = list(files)
    while True:
        uses = Counter(file.name() for file in named)
        if len(uses) == len(named):
            return named
        named = [
            _Found(file.path, file.depth + 1) if uses[file.name()] > 1 else file for file in named
        ]
