"""Is the label the slot's, and does the text keep it to itself? Reasons `label` and `label-leak`.

A label gives itself away as a phrase: "card lost" by "card lost", "Card-lost" or "cards lost", not
by "I lost my card", for those are the words any customer would use. A label of one word gives
itself away by that word and its inflections ("negative": negatives, negatively, negativity), but
not by a longer word that begins alike ("ham": hammer). A label that is no word of its own ("yes",
"1", "other") is only looked for behind "label:" and the like.
"""

import re
from functools import lru_cache
from typing import Final

from synth_agent.quality.context import CheckContext, Finding
from synth_agent.schemas import Draft

__all__ = ["label", "label_leak", "leak_pattern"]

_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LETTERS: Final = re.compile(r"[^\W_]+")
_NO_WORD: Final = frozenset(
    {
        *("yes", "no", "not", "none", "other", "others", "true", "false", "any", "all", "unknown"),
        *("one", "two", "three", "high", "low", "and", "the"),
    }
)
_VOWELS: Final = "aeiou"
_ENDINGS: Final = "s|es|'s|ed|ing|ings|er|ers|ly|ity|ness|y|ish|ment|ments|ful|ulent|ation|ations"


def label(draft: Draft, context: CheckContext) -> Finding | None:
    """Drop a draft whose label is not the one its slot asks for."""
    wanted = context.slot.cell.label
    if wanted is None or "label" not in draft.payload:
        return None
    found = draft.payload["label"]
    return None if found == wanted else Finding("label", f"expected {wanted!r}, got {found!r}")


def label_leak(draft: Draft, context: CheckContext) -> Finding | None:
    """Drop a text to classify that names its label."""
    wanted = context.slot.cell.label or draft.payload.get("label")
    if context.spec.task != "classification" or not isinstance(wanted, str):
        return None
    pattern = leak_pattern(wanted)
    for field, text in context.parts.asked:
        if found := pattern.search(text):
            return Finding("label-leak", f"{field} names its label {wanted!r}: {found[0]!r}")
    return None


@lru_cache(maxsize=1_000)
def leak_pattern(name: str) -> re.Pattern[str]:
    """Return what gives the label `name` away inside a text.

    >>> leak_pattern("negative").search("It stayed negatively charged.")[0]
    'negatively'
    >>> leak_pattern("card_lost").search("I lost my card.")
    """
    found = _LETTERS.findall(_CAMEL.sub(" ", name))
    tag = (
        rf"\b(?:label|class|category|sentiment|intent|tag)(?:\s+is|\s*[:=])\s*[\"']?{re.escape(name)}"
        r"(?![^\W_])"
    )
    if not found or (len(found) == 1 and (len(name) < 3 or name.casefold() in _NO_WORD)):
        return re.compile(tag, re.IGNORECASE)
    phrase = r"[\W_]{1,3}".join(map(_inflected, found))
    return re.compile(rf"{tag}|(?<![^\W_]){phrase}(?![^\W_])", re.IGNORECASE)


def _inflected(word: str) -> str:
    """Return a pattern of a word and its simple inflections; very short words as they are."""
    plain, low = re.escape(word), word.lower()
    if len(word) < 3 or not word.isalpha():
        return plain
    if not word.isascii():
        return rf"{re.escape(word[:-1])}\w{{1,4}}"
    doubled = rf"|{low[-1]}(?:ed|ing)" if _doubles(low) else ""
    if len(word) == 3:
        return rf"{plain}(?:s|'s{doubled})?"
    if low.endswith("e"):
        return rf"{plain[:-1]}(?:e|es|ed|er|ers|ely|eness|ing|ings|ity|ities|ion|ism)"
    if low.endswith("y"):
        return rf"{plain[:-1]}(?:y|ys|ies|ied|ier|iest|ily|iness|ying)"
    doubled += rf"|{low[-1]}(?:er|ers|y)" if doubled else ""
    return rf"{plain}(?:{_ENDINGS}{doubled})?"


def _doubles(word: str) -> bool:
    """Return whether the last letter is doubled before an ending: spam, spamming."""
    return word[-1] not in "wxy" + _VOWELS and word[-2] in _VOWELS and word[-3] not in _VOWELS
