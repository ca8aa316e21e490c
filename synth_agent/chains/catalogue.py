"""What wishes are drawn from beside topics: flaws of answers, kinds of hazards. YAML, not code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from synth_agent.chains.prompt import prompt_lists

__all__ = ["Entry", "catalogue", "listed"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list."""

    name: str
    meaning: str
    """What it is, in a sentence."""
    limits: str = ""
    """What is left out when it is written, in a sentence; empty where nothing is."""
    offers: str = ""
    """What a good answer to it offers, in a sentence; empty where that is no question."""


@lru_cache(maxsize=8)
def catalogue(name: str) -> Mapping[str, tuple[Entry, ...]]:
    """Return the lists of `prompts/<name>.yaml`, by their names."""
    return {
        title: tuple(Entry(**entry) for entry in entries)
        for title, entries in prompt_lists(name).items()
    }


def listed(entries: Iterable[Entry]) -> str:
    """Return a line for each entry, each once: `- homonyms: A word …. The answer …`."""
    return "\n".join(
        f"- {entry.name}: "
        + " ".join(part for part in (entry.meaning, entry.limits, entry.offers) if part)
        for entry in dict.fromkeys(entries)
    )
