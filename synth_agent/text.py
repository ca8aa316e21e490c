"""Small facts about text that several parts need: normal form, words, numbers, slugs, digests."""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final, Self

from pydantic import JsonValue

from synth_agent.schemas import DatasetSpec
from synth_agent.schemas.fields import field_source

__all__ = [
    "Comparable",
    "comparable",
    "digest",
    "flatten",
    "fold",
    "mask_figures",
    "nearest_name",
    "numbers",
    "slug",
    "words",
]

_WORD: Final = re.compile(r"\w+(?:[.,:/'-]\w+)*")
_NUMBER: Final = re.compile(r"(?<![\w.])[-+−]?\d+(?:,\d{3})*(?:\.\d+)?")
_FIGURE: Final = re.compile(r"\d+(?:[.,:/]\d+)*")
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


def mask_figures(text: str) -> str:
    """Return a text in which every figure is the same.

    >>> mask_figures("OEE was 71.4 % at 06:30.")
    'OEE was 0 % at 0.'
    """
    return _FIGURE.sub("0", text)


@dataclass(frozen=True, slots=True)
class Comparable:
    """What records of a dataset are compared by: the text in which two of them may be alike.

    Attributes:
        task: Says which fields ask, see `comparable`.
        fields: Own fields that are compared instead; empty: those that ask.
        without: Fields that are left out: a passage that many questions share.
        mask_numbers: Records that differ in figures alone are alike.
    """

    task: str
    fields: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    mask_numbers: bool = False

    @classmethod
    def of(cls, spec: DatasetSpec) -> Self:
        """Return what the records of a spec are compared by."""
        named = (field_source(spec.task, name) for name in spec.dedup_fields)
        fields = tuple(dict.fromkeys(name for name in named if name is not None))
        return cls(spec.task, fields, spec.shared_fields, bool(spec.dedup_mask_numbers))

    def __call__(self, payload: Mapping[str, JsonValue]) -> str:
        """Return the text of a payload."""
        if self.fields:
            text = "\n".join(flatten(payload.get(name)) for name in self.fields)
        else:
            text = comparable(self.task, payload, without=self.without)
        return mask_figures(text) if self.mask_numbers else text

    def whole(self, payload: Mapping[str, JsonValue]) -> str:
        """Return every text of a payload, but not of fields that many records share."""
        return flatten({key: value for key, value in payload.items() if key not in self.without})


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
