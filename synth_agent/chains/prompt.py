"""Prompts: Markdown files with a system and a human part, known by name and digest.

A file opens with a comment that says its purpose and its paper; `# system` and `# human` follow.
`{name}` is the only syntax: what is not a lower-case name in braces stands as it is, so JSON in a
prompt needs no escaping. A user's folder may replace single files.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

from synth_agent.errors import ConfigError
from synth_agent.text import digest, nearest_name

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage

__all__ = ["Prompt", "PromptBook", "prompt_lists", "prompt_names"]

_COMMENT: Final = re.compile(r"\A\s*<!--.*?-->", re.DOTALL)
_PART: Final = re.compile(r"^# (system|human)[ \t]*$", re.MULTILINE)
_VARIABLE: Final = re.compile(r"\{([a-z][a-z_]*)\}")


@dataclass(frozen=True)
class Prompt:
    """One prompt; its variables are what its text names in braces."""

    name: str
    system: str
    human: str

    @cached_property
    def id(self) -> str:
        """`name@digest`, as provenance names it."""
        return f"{self.name}@{digest(self.system, self.human, size=4).hex()}"

    @cached_property
    def variables(self) -> frozenset[str]:
        """The names that have to be filled in."""
        return frozenset(_VARIABLE.findall(self.system + self.human))

    def filled(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Return system and human text with every variable replaced, once: values are not read.

        Raises:
            KeyError: A variable has no value; a bug of the chain that asks.
        """
        return _fill(self.system, values), _fill(self.human, values)

    def messages(self, values: Mapping[str, str]) -> "list[BaseMessage]":
        """Return the filled prompt as LangChain messages; an empty system part is left out."""
        from langchain_core.messages import HumanMessage, SystemMessage  # noqa: PLC0415  0.3 s

        system, human = self.filled(values)
        asked: list[BaseMessage] = [HumanMessage(human)]
        return [SystemMessage(system), *asked] if system else asked


def _fill(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda found: values[found[1]], text)


class PromptBook:
    """The shipped prompts, single ones replaced by the files of a folder.

    Args:
        folder: Holds `<name>.md` files; each must use the variables of the prompt it replaces.

    Raises:
        ConfigError: The folder is none, holds an unknown prompt, or one with wrong variables.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._own: dict[str, Prompt] = {}
        if folder is not None:
            self._own = {path.stem: _replacement(path) for path in _prompt_files(folder)}
        self._read: dict[str, Prompt] = {}

    def __getitem__(self, name: str) -> Prompt:
        """Return a prompt by name; one that is not shipped is a `KeyError`."""
        if name in self._own:
            return self._own[name]
        if name not in self._read:
            self._read[name] = _shipped(name)
        return self._read[name]


def prompt_names() -> tuple[str, ...]:
    """Return the names of the shipped prompts, in order."""
    folder = files("synth_agent") / "prompts"
    found = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".md") for name in found if name.endswith(".md")))


@lru_cache(maxsize=8)
def prompt_lists(name: str) -> Mapping[str, Any]:
    """Return what `prompts/<name>.yaml` holds: words that prompts are filled with."""
    text = (files("synth_agent") / "prompts" / f"{name}.yaml").read_text(encoding="utf-8")
    known: Mapping[str, Any] = yaml.safe_load(text)
    return known


def _shipped(name: str) -> Prompt:
    source = files("synth_agent") / "prompts" / f"{name}.md"
    if not source.is_file():
        raise KeyError(name)
    return _parsed(name, source.read_text(encoding="utf-8"))


def _parsed(name: str, text: str) -> Prompt:
    pieces = _PART.split(_COMMENT.sub("", text, count=1))
    parts = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    if len(parts) < len(pieces) // 2:
        raise ConfigError(
            f"prompt {name!r}: it has '# system' or '# human' twice; keep one of each"
        )
    if pieces[0].strip() or "human" not in parts:
        raise ConfigError(
            f"prompt {name!r}: expected a comment, then '# system' and '# human', "
            f"got {(pieces[0].strip() or 'no human part')[:60]!r}"
        )
    return Prompt(name, parts.get("system", "").strip(), parts["human"].strip())


def _prompt_files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ConfigError(f"{folder} is not a folder; --prompts names one with <prompt>.md files")
    return sorted(folder.glob("*.md"))


def _replacement(path: Path) -> Prompt:
    known = prompt_names()
    if path.stem not in known:
        close = nearest_name(path.stem, known)
        meant = f"; did you mean {close}.md?" if close else ""
        raise ConfigError(f"{path}: there is no prompt {path.stem!r}{meant} ({', '.join(known)})")
    try:
        prompt = _parsed(path.stem, path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    wanted = _shipped(path.stem).variables
    if missing := sorted(wanted - prompt.variables):
        raise ConfigError(f"{path} lacks {_braced(missing)}; without it the model is not told")
    if unknown := sorted(prompt.variables - wanted):
        raise ConfigError(f"{path} uses {_braced(unknown)}; it is given {_braced(sorted(wanted))}")
    return prompt


def _braced(names: list[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in names)
