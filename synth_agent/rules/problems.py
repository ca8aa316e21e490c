"""What is wrong with a pack, and in which line."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel, ValidationError

from synth_agent.rules import draw_forms, pack
from synth_agent.text import nearest_name

__all__ = ["Problem", "line_of", "problems_of", "repeated_keys"]


class Problem(NamedTuple):
    """One thing that is wrong."""

    line: int | None
    """From 1; None where no line is to blame."""
    path: str
    """Keys from the top, joined by dots."""
    message: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.path + ': ' if self.path else ''}{self.message}"


def _step(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        found: yaml.Node = node.value[part]
        return found
    return None


def line_of(node: yaml.Node, path: Sequence[str | int]) -> int:
    """Return the line of the deepest part of the path that is in the file.

    Parts that the file does not have (the tags of Pydantic's unions) are passed over.
    """
    line = node.start_mark.line
    for part in path:
        below = _step(node, part)
        if below is not None:
            node, line = below, below.start_mark.line
            continue
        line = next((key.start_mark.line for key, _ in _items(node) if key.value == part), line)
    return line + 1


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


def problems_of(error: ValidationError, node: yaml.Node) -> list[Problem]:
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
        elif not isinstance(finding["input"], dict | list):
            message += f", got {finding['input']!r}"
        problems.append(Problem(line_of(node, path), ".".join(map(str, path)), message))
    return sorted(problems, key=lambda p: p.line or 0)


def repeated_keys(node: yaml.Node, path: tuple[str, ...] = ()) -> list[Problem]:
    """Return the keys that stand twice in one mapping: YAML keeps the last and says nothing."""
    found: list[Problem] = []
    if isinstance(node, yaml.SequenceNode):
        for number, below in enumerate(node.value):
            found += repeated_keys(below, (*path, str(number)))
    seen: set[str] = set()
    for key, below in _items(node):
        here = (*path, str(key.value))
        if key.value in seen:
            message = "stands twice here; YAML would keep the last alone"
            found.append(Problem(key.start_mark.line + 1, ".".join(here), message))
        seen.add(key.value)
        found += repeated_keys(below, here)
    return found
