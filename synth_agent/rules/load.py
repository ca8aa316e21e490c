"""Packs from disk: the ones that ship with the package, and files of the user's."""

from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from synth_agent.errors import ConfigError
from synth_agent.rules.pack import Pack
from synth_agent.rules.problems import Problem, problems_of
from synth_agent.schemas import SCHEMA_VERSION
from synth_agent.text import digest, nearest_name

__all__ = ["LoadedPack", "load_pack", "pack_names", "parse_pack", "read_pack", "start_text"]

_FOLDER: Final = Path(__file__).parent / "packs"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LoadedPack:
    """A pack and what it was read from."""

    def __init__(self, pack: Pack, text: str) -> None:
        self.pack: Final = pack
        self.digest: Final = digest(text, size=6).hex()

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
    return _load(str(_path(name)))


def read_pack(name: str) -> str:
    """Return the text of a pack by name or path."""
    path = _path(name)
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


@lru_cache(maxsize=32)
def _load(path: str) -> LoadedPack:
    text = read_pack(path)
    pack, problems = parse_pack(text)
    if pack is None:
        first = "; ".join(str(problem) for problem in problems[:3])
        more = f" (and {len(problems) - 3} more)" if len(problems) > 3 else ""
        raise ConfigError(f"pack {path}: {first}{more}")
    return LoadedPack(pack, text)


def parse_pack(text: str) -> tuple[Pack | None, list[Problem]]:
    """Return the pack, or None and what is wrong with its form."""
    try:
        content: Any = yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        return None, [Problem(line, "", f"not YAML: {error.problem}")]
    except yaml.YAMLError as error:
        return None, [Problem(None, "", f"not YAML: {error}")]
    if not isinstance(content, dict):
        return None, [Problem(1, "", "a pack is a mapping of keys; see `synth-agent packs new`")]
    version = content.get("schema_version", SCHEMA_VERSION)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        message = f"written for version {version}, this program knows {SCHEMA_VERSION}; update it"
        return None, [Problem(1, "schema_version", message)]
    try:
        return Pack.model_validate(content), []
    except ValidationError as error:
        node = yaml.compose(text, Loader=_Loader)
        assert node is not None, "what was loaded has a tree"
        return None, problems_of(error, node)
