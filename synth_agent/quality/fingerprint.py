"""When two payloads are the same text."""

from collections.abc import Mapping

from pydantic import JsonValue

from synth_agent.text import comparable, digest, fold

__all__ = ["fingerprint"]


def fingerprint(task: str, payload: Mapping[str, JsonValue]) -> bytes:
    """Return 16 bytes that are equal for exact duplicates.

    Compared is what makes a record the same as another (`text.comparable`), whatever its case,
    typography, white space and punctuation at the ends.

    >>> once, twice = {"text": "It is  fine."}, {"text": "it is fine"}
    >>> fingerprint("classification", once) == fingerprint("classification", twice)
    True
    """
    return digest(task, fold(comparable(task, payload)), size=16)
