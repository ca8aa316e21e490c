"""Small facts about text that several parts need: normal form, words, numbers, slugs, digests."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Final

from pydantic import JsonValue

__all__ = [
    "comparable",
    "digest",
    "flatten",
    "fold",
    "nearest_name",
    "numbers",
    "slug",
    "words",
]

_WORD: Final = re.compile(r"\w+(?:[.,:/'-]\w+)*")
_NUMBER: Final = re.compile(r"(?<![\w.])[-+−]?\d+(?:,\d{3})*(?:\.\d+)?")
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")
_TYPOGRAPHY: Final = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "−": "-"}
)


def fold(text: str) -> str:
    """Return the normal form in which two texts count as the same.

    NFKC, case and typographic quotes and dashes folded, runs of white space made one blank,
    and punctuation at either end removed.

    >>> fold("  It’s  FINE. ")
    "it's fine"
    """
    plain = unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHY).casefold()
    return " ".join(plain.split()).strip(" .!?,;:\"'")


def words(text: str) -> list[str]:
    """Return the words, numbers with their inner punctuation kept whole.

    >>> words("OEE was 71.4 % at 06:30.")
    ['OEE', 'was', '71.4', 'at', '06:30']
    """
    return _WORD.findall(text)


def numbers(text: str) -> list[float]:
    """Return the numbers that a text states, signs and thousands separators understood.

    >>> numbers("1,250 parts, -3.5 °C, station M2, 06:30")
    [1250.0, -3.5, 6.0, 30.0]
    """
    return [float(n.replace(",", "").replace("−", "-")) for n in _NUMBER.findall(text)]


def flatten(value: JsonValue) -> str:
    """Return every text and number inside a JSON value, a line each, keys left out."""
    if isinstance(value, dict):
        return "\n".join(flatten(v) for v in value.values())
    if isinstance(value, list):
        return "\n".join(flatten(v) for v in value)
    return "" if value is None else str(value)


def comparable(
    task: str, payload: Mapping[str, JsonValue], *, without: Collection[str] = ()
) -> str:
    """Return the part of a payload by which two records count as repeats of each other.

    What the user would call the question: input and context, the text to classify, the prompt;
    the whole record where there is no such part (conversation, tabular, custom).

    Args:
        without: Fields that are left out: a passage that many questions share.
    """
    asked = {
        "qa": ("input", "context"),
        "reasoning": ("input", "context"),
        "instruction": ("instruction", "input"),
        "classification": ("text",),
        "preference": ("input",),
        "safety": ("prompt",),
        "code": ("instruction",),
    }.get(task)
    if asked is None:
        return flatten(dict(payload))
    return "\n".join(flatten(payload.get(name)) for name in asked if name not in without)


def digest(*parts: str | bytes, size: int = 8) -> bytes:
    """Return a BLAKE2b digest of the parts, each length-prefixed so that no two splits collide."""
    state = hashlib.blake2b(digest_size=size)
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        state.update(len(raw).to_bytes(8, "big"))
        state.update(raw)
    return state.digest()


def slug(text: str, *, limit: int = 40) -> str:
    """Return a file-name-safe short form.

    >>> slug("Produce 10 exemplars, for sentiment!")
    'produce-10-exemplars-for-sentiment'
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return _NOT_SLUG.sub("-", plain).strip("-")[:limit].strip("-") or "dataset"


def nearest_name(
    name: str, known: Mapping[str, object] | tuple[str, ...] | list[str]
) -> str | None:
    """Return the known name that a misspelt one most likely meant, or None.

    >>> nearest_name("labls", ("labels", "layout"))
    'labels'
    """
    import difflib  # noqa: PLC0415  only when something is already wrong

    close = difflib.get_close_matches(name.lower(), list(known), n=1, cutoff=0.5)
    return close[0] if close else None
