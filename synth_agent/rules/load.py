"""Packs from disk: the ones that ship with the package, and files of the user's.

A large pack is written in several files: `include` names them, and their entities, scenes and so on
are laid into the pack. A name that stands in two of them is an error.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from pydantic import ValidationError

from synth_agent.errors import ConfigError
from synth_agent.rules.pack import Pack
from synth_agent.rules.problems import Problem, problems_of
from synth_agent.schemas import SCHEMA_VERSION
from synth_agent.text import digest, nearest_name

__all__ = [
    "LoadedPack",
    "PackFile",
    "compose",
    "load_pack",
    "pack_files",
    "pack_names",
    "parse_pack",
    "start_text",
]

_FOLDER: Final = Path(__file__).parent / "packs"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INCLUDED: Final = frozenset(
    {"entities", "partials", "simulations", "scenes", "classifiers", "conversations", "tables"}
)


class PackFile(NamedTuple):
    """A file of a pack."""

    name: str
    """As problems call it."""
    text: str


class LoadedPack:
    """A pack and what it was read from."""

    def __init__(self, pack: Pack, files: Sequence[PackFile]) -> None:
        self.pack: Final = pack
        self.digest: Final = digest(*(file.text for file in files), size=6).hex()

    @property
    def source(self) -> str:
        """What provenance calls it."""
        return f"{self.pack.name}@{self.digest}"


def pack_names() -> tuple[str, ...]:
    """Return the names of the packs that ship with the package, in order of the alphabet."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


def start_text() -> str:
    """Return the commented start of a new pack."""
    return (Path(__file__).parent / "start.yaml").read_text(encoding="utf-8")


def load_pack(name: str) -> LoadedPack:
    """Return a pack by its name, or by the path of its file.

    Raises:
        ConfigError: There is none, or it is broken (the first problems are named with their lines).
    """
    return _loaded(tuple(pack_files(name)))


def pack_files(name: str) -> list[PackFile]:
    """Return the files of a pack by name or path, its own first.

    Raises:
        ConfigError: One of them cannot be read.
    """
    path = _path(name)
    main = PackFile(name, _read(path))
    try:
        content = _yaml(main.text)
    except yaml.YAMLError:
        return [main]  # `parse_pack` says what is wrong with it
    included = content.get("include", ()) if isinstance(content, dict) else ()
    if not isinstance(included, list):
        return [main]
    return [main, *(PackFile(str(n), _read(path.parent / str(n))) for n in included)]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the pack {str(path)!r}: {error}") from error


def _path(name: str) -> Path:
    shipped = _FOLDER / f"{name}.yaml"
    if name in pack_names():
        return shipped
    path = Path(name)
    if path.is_file():
        return path.resolve()
    close = nearest_name(name, pack_names())
    hint = f"; did you mean {close!r}?" if close else ""
    raise ConfigError(
        f"no pack {name!r}{hint} Packs: {', '.join(pack_names())}; or give the path of a YAML file"
    )


@lru_cache(maxsize=64)
def _yaml(text: str) -> Any:
    """Return what a file says; nobody may change it."""
    return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader


@lru_cache(maxsize=32)
def _loaded(files: tuple[PackFile, ...]) -> LoadedPack:
    """Return the pack of these texts; by text, because a pack is edited while a notebook runs."""
    pack, problems = parse_pack(files)
    if pack is None:
        first = "; ".join(str(problem) for problem in problems[:3])
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        raise ConfigError(f"broken pack: {first}{more}")
    return LoadedPack(pack, files)


def parse_pack(files: Sequence[PackFile]) -> tuple[Pack | None, list[Problem]]:
    """Return the pack, or None and what is wrong with its form."""
    contents: list[dict[str, Any]] = []
    for number, file in enumerate(files):
        content, problems = _parsed(file, included=number > 0)
        if content is None:
            return None, problems
        contents.append(content)
    merged, problems = _merged(files, contents)
    if problems:
        return None, problems
    try:
        return Pack.model_validate(merged), []
    except ValidationError as error:
        return None, problems_of(error, [(f.name, compose(f)) for f in files])


def compose(file: PackFile) -> yaml.Node:
    """Return the tree of a file that is known to be YAML, with its lines."""
    node = yaml.compose(file.text, Loader=_Loader)
    assert isinstance(node, yaml.Node), "what was loaded has a tree"
    return node


def _parsed(file: PackFile, *, included: bool) -> tuple[dict[str, Any] | None, list[Problem]]:
    try:
        content = _yaml(file.text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        return None, [Problem(file.name, line, "", f"not YAML: {error.problem}")]
    except yaml.YAMLError as error:
        return None, [Problem(file.name, None, "", f"not YAML: {error}")]
    if not isinstance(content, dict):
        message = "a pack is a mapping of keys; see `synth-agent packs new`"
        return None, [Problem(file.name, 1, "", message)]
    if included and (foreign := set(content) - _INCLUDED):
        message = f"an included file may hold {', '.join(sorted(_INCLUDED))}"
        return None, [Problem(file.name, 1, str(min(foreign)), message)]
    version = content.get("schema_version", SCHEMA_VERSION)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        message = f"written for version {version}, this program knows {SCHEMA_VERSION}; update it"
        return None, [Problem(file.name, 1, "schema_version", message)]
    return content, []


def _merged(
    files: Sequence[PackFile], contents: Sequence[dict[str, Any]]
) -> tuple[dict[str, Any], list[Problem]]:
    """Lay the included files into the first."""
    merged = dict(contents[0])
    problems: list[Problem] = []
    for file, content in zip(files[1:], contents[1:], strict=True):
        for part, value in content.items():
            have = merged.get(part)
            if isinstance(have, dict) and isinstance(value, dict):
                for name in have.keys() & value.keys():
                    message = "stands in another file of the pack already"
                    problems.append(Problem(file.name, None, f"{part}.{name}", message))
                merged[part] = {**have, **value}
            elif isinstance(have, list) and isinstance(value, list):
                merged[part] = [*have, *value]
            else:
                merged[part] = value
    return merged, problems
