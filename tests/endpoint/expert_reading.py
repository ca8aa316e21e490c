"""What an expert reads in a request: which prompt it is, its values, wishes and material."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import orjson

from synth_agent.chains.prompt import Prompt, PromptBook, prompt_names
from tests.endpoint.chat import ChatRequest, text_of
from tests.endpoint.faults import chance

__all__ = ["Asked", "Material", "read"]

_VARIABLE: Final = re.compile(r"\{([a-z][a-z_]*)\}")
_FENCE: Final = re.compile(
    r"<<([\w-]+)(?: ([^<>]*?))? ([0-9a-f]{8})>>\n(.*?)\n<</\1 \3>>", re.DOTALL
)
_FORMAT: Final = r"(?:\n\nAnswer with one JSON value and nothing else.*)?"
"""Stands behind a prompt where the server enforces no schema."""


class Material(NamedTuple):
    """One fenced text."""

    kind: str
    name: str
    text: str

    @property
    def record(self) -> dict[str, Any]:
        """What stands in a fence that holds a record."""
        found: dict[str, Any] = orjson.loads(self.text)
        return found


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as its reader understands it."""

    prompt: str
    values: Mapping[str, str]
    request: ChatRequest
    wrong: Mapping[str, float]
    """Name of a mistake -> how often it is made."""
    seed: int

    def errs(self, mistake: str, n: int = 0) -> bool:
        """Return whether this mistake is made with the n-th record; drawn once for each request."""
        rate = self.wrong.get(mistake, 0.0)
        return bool(rate) and self.drawn(mistake, n).random() < rate

    def drawn(self, *of: object) -> Any:
        """Return a generator that depends on the request and on what is given."""
        return chance(self.seed, self.request.digest, self.request.repeat, *of)

    @property
    def count(self) -> int:
        """How many records are asked for."""
        return int(self.values.get("count") or self.values.get("number") or 1)

    def wishes(self) -> list[dict[str, str]]:
        """Return what each wish asks for, the texts that come with it left out."""
        bare = _FENCE.sub("", self.values["wishes"])
        lines = re.split(r"(?m)^\d+\. ", bare)[1:]
        return [dict(_parts(line)) for line in lines]

    def materials(self, name: str, *kinds: str) -> list[Material]:
        """Return the fenced texts in a value, in order; of these kinds, or all."""
        found = (Material(k, n or "", t) for k, n, _, t in _FENCE.findall(self.values[name]))
        return [material for material in found if not kinds or material.kind in kinds]

    def numbered(self, name: str, kind: str) -> list[list[str]]:
        """Return for each order the fenced texts whose kind begins so."""
        told: list[list[str]] = [[] for _ in range(self.count)]
        for found, number, text in self.materials(name):
            if found.startswith(kind):
                told[int(number) - 1].append(text)
        return told

    def cases(self) -> list[dict[str, str]]:
        """Return the numbered cases of a reading: kind -> text."""
        cases: dict[int, dict[str, str]] = {}
        for kind, number, text in self.materials("cases"):
            cases.setdefault(int(number), {})[kind] = text
        return [cases[number] for number in sorted(cases)]


def read(request: ChatRequest, *, wrong: Mapping[str, float], seed: int) -> Asked:
    """Return what a request asks for.

    Raises:
        LookupError: It is no prompt of the project.
    """
    said = [(m.get("role"), text_of(m.get("content"))) for m in request.messages]
    system = next((text for role, text in said if role == "system"), "")
    human = next(text for role, text in said if role == "user")
    for name, pattern in _patterns():
        if (first := pattern[0].fullmatch(system)) and (second := pattern[1].fullmatch(human)):
            return Asked(name, first.groupdict() | second.groupdict(), request, wrong, seed)
    raise LookupError(f"no prompt of the project begins so: {system[:120]!r}")


def _parts(line: str) -> Iterator[tuple[str, str]]:
    for part in line.strip().split(" | "):
        name, _, value = part.partition(": ")
        yield name.strip(), value.strip()


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, tuple[re.Pattern[str], re.Pattern[str]]]]:
    book = PromptBook()
    return [(name, _pattern(book[name])) for name in prompt_names()]


def _pattern(prompt: Prompt) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return (
        re.compile(_filled(prompt.system), re.DOTALL),
        re.compile(_filled(prompt.human) + _FORMAT, re.DOTALL),
    )


def _filled(template: str) -> str:
    """Return the pattern of a filled template; a variable that comes again is the same text."""
    pieces, seen = _VARIABLE.split(template), set[str]()
    pattern = re.escape(pieces[0])
    for name, behind in zip(pieces[1::2], pieces[2::2], strict=True):
        pattern += f"(?P={name})" if name in seen else f"(?P<{name}>.*?)"
        seen.add(name)
        pattern += re.escape(behind)
    return pattern
