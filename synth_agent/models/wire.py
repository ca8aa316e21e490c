"""Chat completions as bytes: LangChain's messages to a request, an answer to LangChain's result."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from langchain_core.exceptions import ModelInvalidRequestError
from langchain_core.messages import (
    AIMessage,
    BaseMessage,
    HumanMessage,
    InvalidToolCall,
    SystemMessage,
    ToolCall,
    convert_to_openai_messages,
)
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata
from langchain_core.messages.tool import invalid_tool_call, tool_call
from langchain_core.outputs import ChatGeneration, ChatResult

__all__ = ["chat_result", "request_body"]

_ROLES: Final[Mapping[type[BaseMessage], str]] = {
    SystemMessage: "system",
    HumanMessage: "user",
    AIMessage: "assistant",
}


def request_body(messages: Sequence[BaseMessage], parameters: Mapping[str, Any]) -> bytes:
    """Return the JSON of a request; parameters that are None are left out.

    Raises:
        ModelInvalidRequestError: A text or parameter that JSON cannot hold.
    """
    body: dict[str, Any] = {"messages": _wire_messages(messages)}
    body.update((name, value) for name, value in parameters.items() if value is not None)
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError as error:
        raise ModelInvalidRequestError(f"the request cannot be written as JSON: {error}") from error


def chat_result(answer: Any) -> ChatResult:
    """Return the first choice of an answer.

    A refusal, a cut (`length`) and a filtered answer are results too: see `response_metadata`.

    Raises:
        LookupError, TypeError, ValueError: The answer has not the form of a chat completion.
    """
    choice = answer["choices"][0]
    said = choice["message"]
    refusal = said.get("refusal")
    calls, invalid = _tool_calls(said.get("tool_calls") or ())
    message = AIMessage(
        content=said.get("content") or "",
        additional_kwargs={"refusal": refusal} if refusal else {},
        tool_calls=calls,
        invalid_tool_calls=invalid,
        usage_metadata=_usage(answer.get("usage")),
        response_metadata={
            "finish_reason": choice.get("finish_reason"),
            "model_name": answer.get("model"),
            "refusal": refusal,
            "system_fingerprint": answer.get("system_fingerprint"),
            "id": answer.get("id"),
        },
    )
    return ChatResult(generations=[ChatGeneration(message=message)])


def _wire_messages(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    plain = [
        {"role": _ROLES[type(message)], "content": message.content}
        for message in messages
        if _is_plain(message)
    ]
    if len(plain) == len(messages):
        return plain
    wired: list[dict[str, Any]] = convert_to_openai_messages(messages)
    return wired


def _is_plain(message: BaseMessage) -> bool:
    return (
        type(message) in _ROLES
        and isinstance(message.content, str)
        and not (message.name or message.additional_kwargs)
        and not (isinstance(message, AIMessage) and message.tool_calls)
    )


def _tool_calls(raw: Sequence[Any]) -> tuple[list[ToolCall], list[InvalidToolCall]]:
    """Return the calls, and apart from them those whose arguments are no JSON object."""
    calls: list[ToolCall] = []
    invalid: list[InvalidToolCall] = []
    for call in raw:
        name, arguments = call["function"]["name"], call["function"].get("arguments")
        try:
            args = _arguments(arguments)
        except ValueError as error:
            invalid.append(
                invalid_tool_call(
                    name=name, args=str(arguments), id=call.get("id"), error=str(error)
                )
            )
        else:
            calls.append(tool_call(name=name, args=args, id=call.get("id")))
    return calls, invalid


def _arguments(raw: Any) -> dict[str, Any]:
    """Return a call's arguments: OpenAI sends text, some servers the object, or nothing at all."""
    args = orjson.loads(raw) if isinstance(raw, str) and raw else raw or {}
    if isinstance(args, dict):
        return args
    raise ValueError(f"expected a JSON object as arguments, got {type(args).__name__}")


def _usage(usage: Any) -> UsageMetadata | None:
    if not usage:
        return None
    tokens_in, tokens_out = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    found = UsageMetadata(
        input_tokens=tokens_in,
        output_tokens=tokens_out,
        total_tokens=usage.get("total_tokens") or tokens_in + tokens_out,
    )
    if cached := (usage.get("prompt_tokens_details") or {}).get("cached_tokens"):
        found["input_token_details"] = InputTokenDetails(cache_read=cached)
    if reasoning := (usage.get("completion_tokens_details") or {}).get("reasoning_tokens"):
        found["output_token_details"] = OutputTokenDetails(reasoning=reasoning)
    return found
