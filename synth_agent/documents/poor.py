"""Chunks that no good question can be asked about: contents, indexes, lists of links, headings."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import Final

from synth_agent.documents.units import Unit

__all__ = ["is_poor"]

_SHARE: Final = 0.6
"""Share of letters in empty lines from which a chunk is poor."""
_FEWEST: Final = 5
"""Words outside headings that a chunk must have."""
_LINK: Final = (
    r"(?:!?\[(?:!?\[[^\[\]]*\]\([^()]*\)|[^\[\]])*\]"
    r"(?:\([^()]*\)|\[[^\[\]]*\]|:\s*\S+(?!\S))|<?https?://\S+(?!\S))"
)
_EMPTY: Final = re.compile(
    rf"""
      .*?(?:\.[ ]?){{4,}}\s*[\divxlc]*\s*                   # "Safety ....... 12"
    | \s*\d+(?:\.\d+)*\.?\s+\D{{3,80}}\s\d{{1,4}}\s*       # "1.2 Safety 12"
    | .{{2,80}}?[,\s]\d{{1,4}}(?:,\s*\d{{1,4}}(?:[-–]\d{{1,4}})?)+\s*   # "pressure, 12, 45-47"
    | [ \t]*(?:[-*+•]|\d+[.)])?[ \t]*(?:{_LINK}[\s|,·•*-]*)+
    | (?:\s*</?[a-zA-Z][^<>]*>)+\s*                      # nothing but tags
    """,
    re.VERBOSE,
)
_LONGEST: Final = 1_000
_WORD: Final = re.compile(r"[^\W\d_]{2}")


def is_poor(text: str, held: Sequence[Unit]) -> bool:
    """Is most of a chunk's running text empty? Code, tables and rows never are."""
    if sum(unit.words for unit in held if unit.block.kind != "heading") < _FEWEST:
        return True
    running = [unit for unit in held if unit.block.kind not in {"code", "heading", "row", "table"}]
    if sum(unit.words for unit in running) * 2 < sum(unit.words for unit in held):
        return False
    empty = total = 0
    for block, inside in groupby(running, key=lambda unit: unit.block):
        parts = list(inside)
        for line in text[parts[0].start - held[0].start : parts[-1].end - held[0].start].split(
            "\n"
        ):
            total += len(line)
            if block.kind == "links" or _says_nothing(line):
                empty += len(line)
    return empty >= _SHARE * total


def _says_nothing(line: str) -> bool:
    # Longer lines are prose, and would take the patterns a time that grows with their square.
    return not _WORD.search(line) or (len(line) <= _LONGEST and bool(_EMPTY.fullmatch(line)))
