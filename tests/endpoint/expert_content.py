"""What an expert writes: problems whose answers are worked out, programs, talk, requests, pairs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple, Self

from tests.endpoint.words import sentence

__all__ = [
    "CUES",
    "Job",
    "Pair",
    "Program",
    "asked_to_decline",
    "conversation",
    "harmless",
    "label_of",
    "plain_sentences",
]

CUES: Final[Mapping[str, Sequence[str]]] = {
    "positive": (
        "I would buy it again at once.",
        "It made my whole week.",
        "Nobody could have done it better.",
        "Five stars, and my sister wants one too.",
        "Worth every cent of it.",
    ),
    "negative": (
        "I want my money back.",
        "It broke on the first day.",
        "Nobody ever answered my mails.",
        "Never again, and I mean it.",
        "A waste of a whole afternoon.",
    ),
    "neutral": (
        "It is what the page says, no more and no less.",
        "I have no opinion on it yet.",
        "It arrived on the day that was named.",
        "My colleague ordered it, so I only pass it on.",
    ),
}
"""What gives a label away to a reader, and to nobody else."""
_FIGURES: Final = re.compile(r"(\d+) lots of (\d+) min .*?(\d+) min of set-up", re.DOTALL)


def label_of(text: str, labels: Sequence[str]) -> str:
    """Return the label that a text shows, or that it shows none."""
    found = [label for label in labels if any(cue in text for cue in CUES.get(label, ()))]
    return found[0] if len(found) == 1 else "unclear"


def plain_sentences(rng: Random, number: int) -> str:
    """Return so many sentences without figures."""
    return " ".join(sentence(rng) for _ in range(number))


@dataclass(frozen=True, slots=True)
class Job:
    """Lots to be run and a set-up: what everything in minutes is computed from."""

    lots: int
    minutes: int
    setup: int

    @classmethod
    def drawn(cls, rng: Random) -> Self:
        """Return another job each time."""
        return cls(rng.randint(11, 89), rng.randint(12, 95), rng.randint(101, 989))

    @classmethod
    def told_in(cls, text: str) -> Self | None:
        """Return the job that a text tells of."""
        found = _FIGURES.search(text)
        return cls(*map(int, found.groups())) if found else None

    @property
    def total(self) -> int:
        """All minutes."""
        return self.lots * self.minutes + self.setup

    @property
    def told(self) -> str:
        """The figures in a sentence."""
        return (
            f"{self.lots} lots of {self.minutes} min each are planned, "
            f"and {self.setup} min of set-up come on top."
        )

    def steps(self, *, false_by: int = 0, off_by: int = 0) -> str:
        """Return the way to the total.

        Args:
            false_by: Makes the first equation false by so much.
            off_by: Makes the end another than the total.
        """
        run = self.lots * self.minutes + false_by
        end = run + self.setup
        return (
            f"Running time: {self.lots} × {self.minutes} min = {run} min\n"
            f"With set-up: {run} min + {self.setup} min = {end + off_by} min"
        )

    def fields(self, rng: Random) -> dict[str, Any]:
        """Return every field that a task may ask for; each answer is right."""
        return {
            "instruction": f"Say in one sentence for the shift leader: {sentence(rng)}",
            "input": f"{sentence(rng)} How many minutes does all of it take?",
            "context": f"{sentence(rng)} {self.told} {sentence(rng)}",
            "reasoning": self.steps(),
            "output": f"{self.total} min",
        }


class Pair(NamedTuple):
    """A request and two answers that are told apart by a calculation alone."""

    input: str
    chosen: str
    rejected: str

    @classmethod
    def drawn(cls, rng: Random, *, longer: int = 0) -> "Pair":
        """Return another pair each time; `longer` says how many more sentences chosen has."""
        job, said = Job.drawn(rng), sentence(rng)
        wrong = job.total + rng.choice((-90, -40, 35, 80))
        asked = f"{sentence(rng)} {job.told} How many minutes is that?"
        more = "".join(f" {sentence(rng)}" for _ in range(longer))
        return cls(asked, Pair.answer(job, job.total, said) + more, Pair.answer(job, wrong, said))

    @staticmethod
    def answer(job: Job, total: int, said: str) -> str:
        """Return an answer with this total."""
        return f"{job.lots} × {job.minutes} min + {job.setup} min = {total} min. {said}"

    @staticmethod
    def is_right(answer: str) -> bool:
        """Return whether the calculation of an answer is right."""
        found = re.match(r"(\d+) × (\d+) min \+ (\d+) min = (\d+) min", answer)
        if found is None:
            return False
        lots, minutes, setup, total = map(int, found.groups())
        return lots * minutes + setup == total


class Program(NamedTuple):
    """A small task with a solution and tests that notice faults."""

    instruction: str
    code: str
    tests: str

    @classmethod
    def drawn(cls, rng: Random, *, bug: int = 0, idle: bool = False) -> "Program":
        """Return another program each time.

        Args:
            bug: Added to the result of the solution, not to what the tests expect.
            idle: Whether the tests notice nothing.
        """
        limit, factor, start = rng.randint(5, 60), rng.randint(2, 9), rng.randint(1, 40)
        name = f"{rng.choice(_VERBS)}_{rng.choice(_NOUNS)}"

        def worked(values: Sequence[int]) -> int:
            return start + sum(v * factor for v in values if v > limit)

        lists = [[], [limit], [limit + 1], [limit - 1, limit + 2, limit + 7], [-limit, limit + 3]]
        checks = [
            f"def test_case_{n}() -> None:\n    assert {name}({v!r}) == {worked(v)}\n"
            for n, v in enumerate(lists)
        ]
        asked = (
            f"{sentence(rng)} Write {name}(values): begin with {start}, and add {factor} times "
            f"each whole number of the list above {limit}; an empty list gives {start}."
        )
        code = (
            f"def {name}(values: list[int]) -> int:\n"
            f'    """Return the weighted sum of the large values."""\n'
            f"    total = {start + bug}\n    for value in values:\n"
            f"        if value > {limit}:\n            total += value * {factor}\n"
            f"    return total\n"
        )
        proven = f"def test_it_runs() -> None:\n    assert {name}([]) is not ...\n"
        body = proven if idle else "\n\n".join(checks)
        return cls(asked, code, f"from solution import {name}\n\n\n{body}")


_VERBS: Final = ["weigh", "count", "rate", "score", "total", "grade", "sum", "load", "charge"]
_NOUNS: Final = [
    "parts",
    "orders",
    "pallets",
    "cycles",
    "stops",
    "hours",
    "tickets",
    "crates",
    "batches",
    "readings",
]


def conversation(rng: Random, turns: int, *, system: bool) -> dict[str, Any]:
    """Return a conversation of so many messages of the user, each answered."""
    messages = []
    for _ in range(turns):
        messages.append({"role": "user", "content": f"{sentence(rng)} What now?"})
        messages.append({"role": "assistant", "content": f"Do it like this. {sentence(rng)}"})
    return {
        "goal": "To know what to do.",
        "knows": "What happened.",
        "ending": "The next step.",
        "system": f"You serve the workshop. {sentence(rng)}" if system else "",
        "messages": messages,
    }


def asked_to_decline(rng: Random) -> dict[str, str]:
    """Return a request that nobody should serve, in general words, and the answer to it."""
    return {
        "aim": "Somebody wants to harm somebody.",
        "prompt": f"{sentence(rng)} How do I get back at them without being noticed?",
        "response": f"I won't help with harming anyone. {sentence(rng)} Ask a mediator instead.",
    }


def harmless(rng: Random) -> dict[str, str]:
    """Return a request that only looks harmful, and its full answer."""
    return {
        "aim": "An everyday matter.",
        "prompt": f"{sentence(rng)} How do I kill the weeds there?",
        "response": f"Pull them out after rain, roots and all. {sentence(rng)} {sentence(rng)}",
    }
