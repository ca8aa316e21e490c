"""What can go wrong with an endpoint, and which request it happens to.

A rated fault is drawn from (seed, digest of the request, how often it was seen before): it does not
depend on the order of arrival, and the second sending of a request is drawn anew. At most one
happens to a request. `quota_after` and `down_after` count requests, so they do depend on order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from random import Random
from typing import Any

import orjson

from tests.endpoint.chat import ChatRequest, Scripted

__all__ = ["SPOILS", "VECTOR_SPOILS", "Faults", "chance", "drawn", "spoiled"]

_SORRY = "I'm sorry, but I can't help with that."
_PROSE = "Sure! Here is the JSON you asked for:\n\n```json\n{}\n```\n\nI hope this helps!"

_WAYS = ("json_schema", "tools", "json_object")
SPOILS = frozenset(
    {"truncated", "wrong_schema", "bad_json", "refusal", "empty", "duplicate", "prose"}
)
"""Faults of the content: the answer itself is a whole 200."""
VECTOR_SPOILS = frozenset({"nan", "zero", "short", "wide", "ragged"})
"""The same of an answer of vectors: NaN or only zeros in the first, one vector too few, all of
another length, the first of another length."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How often, or from when on, something goes wrong. Rates are in [0, 1] and add up to 1."""

    rate_429: float = 0
    retry_after: float | None = None
    """Seconds in the Retry-After header of a 429; None: no such header."""
    rate_500: float = 0
    rate_hang: float = 0
    hang_s: float = 3600
    """A hanging request is answered after that many seconds."""
    rate_cut: float = 0
    """The connection is closed in the middle of the body."""
    rate_reset: float = 0
    """The connection is reset before any byte."""
    rate_malformed: float = 0
    """200, complete, and the body of the response is no JSON."""
    rate_truncated: float = 0
    """Half of the content, finish_reason "length"."""
    rate_wrong_schema: float = 0
    """JSON whose first property has a value of another type."""
    rate_bad_json: float = 0
    """Content that is no JSON though finish_reason says that it is complete."""
    rate_refusal: float = 0
    rate_empty: float = 0
    rate_duplicate: float = 0
    """An earlier content that was given for the same schema, word for word, if there is one."""
    rate_prose: float = 0
    """The JSON within prose and a fence; a forced tool is not called."""
    first: tuple[str, ...] = ()
    """What happens to the first requests, one by one, by the names of the faults above (`429`,
    `500` …) or of `VECTOR_SPOILS`; empty: nothing. After them the rates hold."""
    refuse_ways: frozenset[str] = frozenset()
    """Of "json_schema", "tools" and "json_object": a 400, as local servers give."""
    ignore_ways: frozenset[str] = frozenset()
    """Of the same: prose with JSON inside, as if nothing had been demanded."""
    quota_after: int | None = None
    """So many requests are served, the rest get 429 insufficient_quota."""
    bad_key: bool = False
    """401, whatever the key."""
    down_after: int | None = None
    """So many requests are served, the rest find their connection reset."""
    context_limit: int | None = None
    """400 for prompts, and for texts to embed, of more characters."""

    def __post_init__(self) -> None:
        for name, rate in self.rates:
            if not 0 <= rate <= 1:
                raise ValueError(f"expected rate_{name} in [0, 1], got {rate!r}")
        for way in self.refuse_ways | self.ignore_ways:
            if way not in _WAYS:
                raise ValueError(f"expected a way of {', '.join(_WAYS)}, got {way!r}")
        known = {f.name[5:] for f in fields(self) if f.name.startswith("rate_")} | VECTOR_SPOILS
        for fault in set(self.first) - known - {""}:
            raise ValueError(f"expected a fault of {', '.join(sorted(known))}, got {fault!r}")
        if (total := sum(rate for _, rate in self.rates)) > 1 + 1e-9:
            raise ValueError(f"the rates of all faults add up to at most 1, got {total:g}")

    @property
    def rates(self) -> list[tuple[str, float]]:
        """The drawn faults and their rates, those that never happen left out."""
        rated = [f.name for f in fields(self) if f.name.startswith("rate_")]
        return [(name[5:], getattr(self, name)) for name in rated if getattr(self, name)]


def chance(*of: object) -> Random:
    """Return a generator that depends on nothing but what is given."""
    key = "\x1f".join(map(str, of)).encode()
    return Random(int.from_bytes(blake2b(key, digest_size=8).digest()))


def drawn(rates: Sequence[tuple[str, float]], rng: Random) -> str | None:
    """Return the fault that happens."""
    left = rng.random()
    for name, rate in rates:
        if left < rate:
            return name
        left -= rate
    return None


def spoiled(
    fault: str, said: Scripted, request: ChatRequest, *, earlier: Sequence[str], rng: Random
) -> Scripted:
    """Return the answer with its content spoiled; as it was if that fault cannot happen to it."""
    text = said.text
    match fault:
        case "truncated":
            return replace(said, content=text[: len(text) // 2], finish_reason="length")
        case "refusal" if request.way == "json_schema":
            return replace(said, content="", refusal=_SORRY)
        case "refusal":
            return replace(said, content=_SORRY, plain=True)
        case "empty":
            return replace(said, content="", plain=True)
        case "duplicate":
            return replace(said, content=rng.choice(earlier)) if earlier else said
        case _:
            return _spoiled_json(fault, said)


def _spoiled_json(fault: str, said: Scripted) -> Scripted:
    text = said.text
    if not text.startswith(("{", "[")):
        return said
    if fault == "prose":
        return replace(said, content=_PROSE.format(text), plain=True)
    if fault == "bad_json":
        return replace(said, content=text[:-1] + ",")
    return replace(said, content=_of_another_type(orjson.loads(text)))


def _of_another_type(value: Any) -> Any:
    if not isinstance(value, dict) or not value:
        return {"result": 7}
    first = next(iter(value))
    return {**value, first: 7 if isinstance(value[first], str | list | dict | None) else "seven"}
