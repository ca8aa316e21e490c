"""Chat requests as scripts see them, and answers as clients get them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal

import orjson

__all__ = ["ChatRequest", "Script", "Scripted", "Way", "completion", "digest", "text_of"]

Way = Literal["json_schema", "tools", "json_object", "text"]

_VOLATILE = frozenset(
    {
        *("user", "metadata", "safety_identifier", "prompt_cache_key", "service_tier", "store"),
        *("stream", "stream_options"),
    }
)
"""Fields that may differ between two sendings of one request."""


def digest(body: Any) -> str:
    """Return 16 hexadecimal digits of the body's canonical JSON without its volatile fields."""
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in _VOLATILE}
    return blake2b(orjson.dumps(body, option=orjson.OPT_SORT_KEYS), digest_size=8).hexdigest()


def text_of(content: Any) -> str:
    """Return the text of a message's content, which may also be a list of parts."""
    if isinstance(content, list):
        return "".join(part.get("text", "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A request for one completion."""

    messages: list[dict[str, Any]]
    system: str
    """The system (or developer) messages, a line apart."""
    human: str
    """The last user message."""
    schema: dict[str, Any] | None
    """What the response format or the forced tool demands."""
    way: Way
    tool: str | None
    """Name of the tool that must be called; None in the other ways, and if the choice is free."""
    body: dict[str, Any]
    digest: str
    number: int
    """How many requests the endpoint had before, of any kind."""
    repeat: int
    """How often this very request was seen before, whatever became of it."""
    seed: int
    """The endpoint's."""

    @classmethod
    def of(
        cls, body: dict[str, Any], *, digest: str, number: int, repeat: int, seed: int
    ) -> "ChatRequest":
        """Read a request's body."""
        messages: list[dict[str, Any]] = body.get("messages") or []
        said = [(m.get("role"), text_of(m.get("content"))) for m in messages]
        way, tool, schema = _demanded(body)
        return cls(
            messages=messages,
            system="\n".join(text for role, text in said if role in {"system", "developer"}),
            human=next((text for role, text in reversed(said) if role == "user"), ""),
            schema=schema,
            way=way,
            tool=tool,
            body=body,
            digest=digest,
            number=number,
            repeat=repeat,
            seed=seed,
        )

    @property
    def size(self) -> int:
        """Characters of all messages."""
        return sum(len(text_of(message.get("content"))) for message in self.messages)


def _demanded(body: dict[str, Any]) -> tuple[Way, str | None, dict[str, Any] | None]:
    wanted = body.get("response_format") or {}
    match wanted.get("type"):
        case "json_schema":
            return "json_schema", None, wanted["json_schema"].get("schema")
        case "json_object":  # llama-cpp-python takes a schema here
            return "json_object", None, wanted.get("schema")
        case _:
            pass
    tools = {t["function"]["name"]: t["function"] for t in body.get("tools") or []}
    match body.get("tool_choice"):
        case {"function": {"name": str(name)}} if name in tools:
            pass
        case "required" if tools:
            name = next(iter(tools))
        case "none":
            return "text", None, None
        case _:
            return ("tools" if tools else "text"), None, None
    return "tools", name, tools[name].get("parameters") or {"type": "object"}


@dataclass(frozen=True, slots=True)
class Scripted:
    """One answer, down to its details."""

    content: Any = ""
    """Text, or what is dumped as JSON; with another status than 200 the error's message, or a
    whole body."""
    finish_reason: str = ""
    """Empty: "stop", or "tool_calls" with a call."""
    refusal: str | None = None
    usage: Mapping[str, int] | None = None
    """None: counted, a token being four characters."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    """Seconds, on top of the endpoint's latency."""
    plain: bool = False
    """Put it into the message's content even where a tool should have been called."""

    @property
    def text(self) -> str:
        """The content as it is sent."""
        return (
            self.content if isinstance(self.content, str) else orjson.dumps(self.content).decode()
        )


Script = Callable[[ChatRequest], Any]
"""Returns the content (text, or what is dumped as JSON), or a `Scripted`."""


def completion(request: ChatRequest, said: Scripted) -> dict[str, Any]:
    """Return the body of a 200 answer."""
    call = request.tool is not None and not said.plain and said.refusal is None
    message: dict[str, Any] = {"role": "assistant", "content": said.text, "refusal": said.refusal}
    if said.refusal is not None:
        message["content"] = None
    if call:
        function = {"name": request.tool, "arguments": said.text}
        identity = f"call_{request.number}"
        message["content"] = None
        message["tool_calls"] = [{"id": identity, "type": "function", "function": function}]
    reason = said.finish_reason or ("tool_calls" if call else "stop")
    return {
        "id": f"chatcmpl-{request.number}",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": request.body.get("model", ""),
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}],
        "usage": said.usage or _usage(request.size, len(said.text)),
    }


def _usage(asked: int, said: int) -> dict[str, int]:
    prompt, answer = -(-asked // 4), -(-said // 4)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": answer,
        "total_tokens": prompt + answer,
    }
