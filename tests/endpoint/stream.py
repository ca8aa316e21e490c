"""An answer as server-sent events, for requests with `stream`. All are sent at once."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

__all__ = ["events"]

_PIECE = 24
"""Characters of an event."""


def events(completion: Mapping[str, Any], body: Mapping[str, Any]) -> bytes:
    """Return the body of the stream.

    Args:
        completion: The same answer as one body.
        body: Of the request.
    """
    head = {
        **{name: completion[name] for name in ("id", "created", "model")},
        "object": "chat.completion.chunk",
    }
    choice = completion["choices"][0]
    sent = [
        {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        for delta in _deltas(choice["message"])
    ]
    last = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
    sent.append({**head, "choices": [last]})
    if (body.get("stream_options") or {}).get("include_usage"):
        sent.append({**head, "choices": [], "usage": completion["usage"]})
    return b"".join(b"data: " + orjson.dumps(one) + b"\n\n" for one in sent) + b"data: [DONE]\n\n"


def _deltas(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"role": "assistant", "content": ""}
    for name in ("content", "refusal"):
        for piece in _pieces(message[name] or ""):
            yield {name: piece}
    for call in message.get("tool_calls", ()):
        named = {"name": call["function"]["name"], "arguments": ""}
        yield {"tool_calls": [{**call, "index": 0, "function": named}]}
        for piece in _pieces(call["function"]["arguments"]):
            yield {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def _pieces(text: str) -> Iterator[str]:
    for at in range(0, len(text), _PIECE):
        yield text[at : at + _PIECE]
