"""The key of a request: the same request has the same key in any process and on any machine."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from pydantic import BaseModel

__all__ = ["Keyed", "Keys"]

_SORTED: Final = orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
_CACHE: Final = 64
_SIZE: Final = 16


class Keyed(NamedTuple):
    """A request's key, and how much stands in its options (schemas, tools …)."""

    key: bytes
    option_bytes: int


class Keys:
    """Makes the keys of one model's requests.

    Lists and mappings among the options are digested once for each object, for a schema is longer
    than most prompts: they must not be changed between calls.
    """

    def __init__(self, name: str, parameters: Mapping[str, Any]) -> None:
        self._base = hashlib.blake2b(digest_size=_SIZE)
        _feed(self._base, name.encode())
        _feed(self._base, canonical(parameters))
        # The object is kept beside its digest, so that its id stays its own.
        self._known: dict[int, tuple[object, bytes, int]] = {}

    def of(
        self,
        messages: Sequence[BaseMessage],
        stop: Sequence[str] | None,
        options: Mapping[str, Any],
    ) -> Keyed:
        """Return the key of a request and the size of its options in bytes."""
        digest = self._base.copy()
        for message in messages:
            _feed(digest, message.type.encode())
            content = message.content
            _feed(digest, content.encode() if isinstance(content, str) else canonical(content))
            if more := _besides(message):
                _feed(digest, canonical(more))
        if stop:
            _feed(digest, canonical(stop))
        size = 0
        for name in sorted(options):
            part, bytes_ = self._part(options[name])
            digest.update(f"\0{name}\0".encode())
            _feed(digest, part)
            size += bytes_
        return Keyed(digest.digest(), size)

    def _part(self, option: object) -> tuple[bytes, int]:
        if not isinstance(option, dict | list | type):
            return canonical(option), 0
        known = self._known.get(id(option))
        if known is None:
            dumped = canonical(option)
            known = (option, hashlib.blake2b(dumped, digest_size=_SIZE).digest(), len(dumped))
            if len(self._known) >= _CACHE:
                self._known.clear()
            self._known[id(option)] = known
        return known[1:]


def canonical(value: object) -> bytes:
    """Return JSON with sorted keys; what JSON has no form for is named by its type."""
    return orjson.dumps(value, default=_plain, option=_SORTED)


def _plain(value: object) -> object:
    if isinstance(value, type) and issubclass(value, BaseModel):
        return value.model_json_schema()
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence | set | frozenset):
        return list(value) if isinstance(value, Sequence) else sorted(value, key=str)
    # A repr may hold an address, and a key that changes from process to process pays twice.
    kind = value if isinstance(value, type) else type(value)
    return f"{kind.__module__}.{kind.__qualname__}"


def _besides(message: BaseMessage) -> dict[str, object]:
    """Return what a provider is sent of a message besides its role and content."""
    more: dict[str, object] = {}
    if message.name:
        more["name"] = message.name
    if message.additional_kwargs:
        more["kwargs"] = message.additional_kwargs
    if isinstance(message, AIMessage) and message.tool_calls:
        more["calls"] = message.tool_calls
    elif isinstance(message, ToolMessage):
        more["answers"] = message.tool_call_id
    return more


def _feed(digest: "hashlib.blake2b", part: bytes) -> None:
    """Add a part behind its length, so that no two lists of parts run together."""
    digest.update(b"%d:" % len(part))
    digest.update(part)
