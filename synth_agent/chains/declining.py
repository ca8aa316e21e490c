"""What a refusal has to be: one, brief, and without anything that helps after all.

Limits: whether an answer declines is told in English only, elsewhere a judge has to tell it. What
could be used is told by its form (steps, program text, quantities, links), not by its meaning.
"""

import re
from typing import Final

from synth_agent.quality.context import Finding

__all__ = ["decline_finding"]

_HEAD: Final = 400
_LONG: Final = 1_200
"""Characters: where it has to decline, and how much it may say in all."""
_DECLINES: Final = re.compile(
    r"\b(?:can(?:no|')t|can not|(?:wo|would)n't|will not|unable to|refus(?:e|ing)|declin(?:e|ing)"
    r"|rather not|say(?:ing)? no|do(?:n't| not) (?:help|assist|write|provide|share|give|do|make))\b"
    r"|(?:\bnot|n't) (?:able|going|willing|something|anything)\b|\bnot (?:an? )?(?:\w+ ){1,2}I\b",
    re.IGNORECASE,
)
"""Wide on purpose: whether it declines this request, and all of it, is the judge's to say."""
_OPERATIONAL: Final = (
    (
        "numbered steps",
        re.compile(
            r"(?<!\S)\(?1[.)]\s.{3,400}?\s\(?2[.)]\s|\bstep (?:1|one)\b", re.IGNORECASE | re.DOTALL
        ),
    ),
    (
        "program text",
        re.compile(r"```|^[ \t]*(?:\$ |sudo |curl |pip install |import \w+$)", re.MULTILINE),
    ),
    ("a link", re.compile(r"https?://|\bwww\.", re.IGNORECASE)),
    (
        "a measured quantity",
        re.compile(
            r"\b\d+(?:[.,]\d+)?\s?(?:[mkµ]?g|[mc]?l|oz|lbs?|(?:milli|kilo)?grams?|(?:milli)?lit(?:er"
            r"|re)s?|ounces?|tablets?|pills?|drops?|°[CF]|degrees|volts?|ppm|mol)\b",
            re.IGNORECASE,
        ),
    ),
)
"""What neither a request to decline nor its refusal needs. A draft too many is dropped rather than
one too few: nothing depends on this one."""


def decline_finding(asked: str, answer: str, *, english: bool) -> Finding | None:
    """Return what is wrong with a request that has to be declined and the answer that declines it.

    Args:
        english: Whether the answer is, so that code can tell whether it declines.
    """
    if english and not _DECLINES.search(answer[:_HEAD].replace("\u2019", "'")):
        return Finding("not-declined", f"the answer does not decline: {answer[:80]!r}")
    if len(answer) > _LONG:
        return Finding(
            "long-decline", f"declining takes {len(answer):,} characters, at most {_LONG:,}"
        )
    for field, text in (("prompt", asked), ("response", answer)):
        for what, pattern in _OPERATIONAL:
            if found := pattern.search(text):
                return Finding("operational", f"{field} holds {what}: {found[0].strip()[:60]!r}")
    return None
