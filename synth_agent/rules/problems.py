"""What is wrong with a pack, and in which line."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel, ValidationError

from synth_agent.rules import draw_forms, pack
from synth_agent.text import nearest_name

__all__ = ["Problem", "Trees", "place_of", "problems_of", "repeated_keys"]


class Problem(NamedTuple):
    """One thing that is wrong."""

    file: str
    line: int | None
    """From 1; None where no line is to blame."""
    path: str
    """Keys from the top, joined by dots."""
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.path + ': ' if self.path else ''}{self.message}"


Trees = Sequence[tuple[str, yaml.Node]]
"""Name and tree of each file of a pack."""


def _step(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found: yaml.Node = node.value[part]
        return found
    return None


def _depth(node: yaml.Node, path: Sequence[str | int]) -> tuple[int, int]:
    """Return how many parts of the path a tree has, and the line of the deepest.

    Parts that the file does not have (the tags of Pydantic's unions) are passed over.
    """
    depth, line = 0, node.start_mark.line
    for part in path:
        below = _step(node, part)
        if below is not None:
            node, line, depth = below, below.start_mark.line, depth + 1
            continue
        line = next((key.start_mark.line for key, _ in _items(node) if key.value == part), line)
    return depth, line + 1


def place_of(trees: Trees, path: Sequence[str | int]) -> tuple[str, int]:
    """Return file and line of what a path names: the file that has most of it."""
    found = [(_depth(node, path), name) for name, node in trees]
    (_, line), name = max(found, key=lambda entry: entry[0][0])
    return name, line


def _items(node: yaml.Node) -> Sequence[tuple[Any, yaml.Node]]:
    return node.value if isinstance(node, yaml.MappingNode) else ()


def _keys_of(name: str) -> list[str]:
    """Return keys that a pack knows, to guess what a misspelt one meant."""
    known: dict[str, None] = {}
    for form in (*vars(pack).values(), *vars(draw_forms).values()):
        if isinstance(form, type) and issubclass(form, BaseModel):
            known.update(dict.fromkeys(f.alias or key for key, f in form.model_fields.items()))
    known.pop(name, None)
    return list(known)


def problems_of(error: ValidationError, trees: Trees) -> list[Problem]:
    """Return Pydantic's findings as problems with lines."""
    problems = []
    for finding in error.errors(include_url=False):
        path = [p for p in finding["loc"] if not (isinstance(p, str) and "(" in p)]
        message = finding["msg"].removeprefix("Value error, ")
        if finding["type"] == "extra_forbidden":
            close = nearest_name(str(path[-1]), _keys_of(str(path[-1])))
            message = "unknown key" + (f"; did you mean {close!r}?" if close else "")
        elif finding["type"] == "missing":
            message = "is missing"
        elif isinstance(finding["input"], bool) and "string" in message:
            message += f", got {finding['input']!r} (YAML reads no, off, on and yes so: quote it)"
        elif not isinstance(finding["input"], dict | list):
            message += f", got {finding['input']!r}"
        problems.append(Problem(*place_of(trees, path), ".".join(map(str, path)), message))
    return sorted(problems, key=lambda p: (p.file, p.line or 0))


def repeated_keys(file: str, node: yaml.Node, path: tuple[str, ...] = ()) -> list[Problem]:
    """Return the keys that stand twice in one mapping: YAML keeps the last and says nothing."""
    found: list[Problem] = []
    if isinstance(node, yaml.SequenceNode):
        for number, below in enumerate(node.value):
            found += repeated_keys(file, below, (*path, str(number)))
    seen: set[str] = set()
    for key, below in _items(node):
        here = (*path, str(key.value))
        if key.value in seen:
            message = "stands twice here; YAML would keep the last alone"
            found.append(Problem(file, key.start_mark.line + 1, ".".join(here), message))
        seen.add(key.value)
        found += repeated_keys(file, below, here)
    return found
