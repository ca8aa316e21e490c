"""Is every figure of an answer supported? Reason `numbers`.

A figure is supported if it stands in the question or its material, among the facts it was computed
from, or in their proof; rounded as it is written, with or without thousands separators, as a
fraction or in per cent, as a time of day or a duration given in minutes. The sign is left to the
words ("fell by 12"). Numbers that only count lines ("1.", "Step 2:"), ordinals, digits of names
("M2"), number words and the factors of a unit conversion next to an operator are no claims.

Not judged: an answer that nothing was given for, for then there is nothing to hold it against; and
whether the right one of the supported figures was taken.
"""

import re
from typing import Final

from synth_agent.quality.context import CheckContext, Finding
from synth_agent.quality.support import NUMBER, Support
from synth_agent.schemas import Draft

__all__ = ["numbers"]

_FACTOR: Final = r"(?:10{2,6}|60|3,?600|24|365)"
_NO_CLAIM: Final = re.compile(
    rf"""
      ^\s*(?:step\s+)?\(?\d{{1,2}}[.):](?=\s)    # enumeration
    | (?<!\w)\d+(?:st|nd|rd|th)\b           # ordinal
    | (?<=[\u00d7*/\u00f7\u00b7])\s*{_FACTOR}(?![.,:]?\d)   # unit conversion
    | (?<![\d.,:]){_FACTOR}(?=\s*[\u00d7*\u00b7])
    """,
    re.VERBOSE | re.IGNORECASE | re.MULTILINE,
)
_DURATION: Final = re.compile(
    r"(?<!\w)(\d+)\s?(?:h|hrs?|hours?|m|mins?|minutes?)\b,?\s*(?:and\s+)?"
    r"(\d+)\s?(?:m|mins?|minutes?|s|secs?|seconds?)\b",
    re.IGNORECASE,
)
"""Two units, the smaller a sixtieth of the larger: 1 h 35 min, 4 min 20 s."""

_FOLLOWS_FROM_MATERIAL: Final = frozenset({"qa", "reasoning"})
"""Tasks whose answer must follow from what is given; in the others only facts and proof bind."""
_TASKS: Final = _FOLLOWS_FROM_MATERIAL | {"instruction", "conversation", "preference"}


def numbers(draft: Draft, context: CheckContext) -> Finding | None:
    """Drop a draft whose answer states a figure that nothing supports."""
    if context.spec.task not in _TASKS or not _grounded(draft, context):
        return None
    sources = [text for _, text in context.parts.asked + context.parts.given]
    sources.extend(draft.provenance.proof)
    stated = {token for text in sources for token in NUMBER.findall(text)}
    support: Support | None = None
    for field, text in context.parts.answered:
        claimed = set(NUMBER.findall(text)) - stated
        if not claimed:
            continue
        support = support or Support(sources, draft.provenance.facts)
        if token := _unsupported(text, claimed, support):
            return Finding("numbers", f"{field} states {token}, which nothing supports")
    return None


def _grounded(draft: Draft, context: CheckContext) -> bool:
    known = draft.provenance
    if known.facts or (known.proof and known.method == "rules"):
        return True
    given = any(text.strip() for _, text in context.parts.given)
    return given and context.spec.task in _FOLLOWS_FROM_MATERIAL


def _unsupported(text: str, claimed: set[str], support: Support) -> str | None:
    """Return the first of the claimed numbers that no source supports."""
    if not _first_unknown(text, claimed, support):
        return None
    bare = _DURATION.sub(
        lambda said: " " if support.has_duration(int(said[1]), int(said[2])) else said[0],
        _NO_CLAIM.sub(" ", text),
    )
    return _first_unknown(bare, claimed, support)


def _first_unknown(text: str, claimed: set[str], support: Support) -> str | None:
    for found in NUMBER.finditer(text):
        behind = text[found.end() : found.end() + 12]
        if found[0] in claimed and not support.has(found[0], behind=behind):
            return found[0]
    return None
