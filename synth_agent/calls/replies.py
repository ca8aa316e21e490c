"""A reply as text and back, so that an answer from the ledger is the one that was received.

Limit: an object that a provider's package puts among a message's `additional_kwargs` (ChatOpenAI
does so with `parsed`, for a Pydantic class as response format) comes back as plain JSON.
"""

from typing import Any

import orjson
from langchain_core.messages import messages_from_dict
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import BaseModel

__all__ = ["pack", "unpack"]


def pack(result: ChatResult) -> str:
    """Return a model's result as JSON."""
    generations = [
        {
            "type": generation.message.type,
            "message": generation.message.model_dump(exclude_defaults=True, warnings=False),
            "info": generation.generation_info,
        }
        for generation in result.generations
    ]
    packed = {"generations": generations, "output": result.llm_output}
    return orjson.dumps(packed, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()


def unpack(reply: str) -> ChatResult:
    """Return the result that was packed."""
    packed: dict[str, Any] = orjson.loads(reply)
    messages = messages_from_dict(
        [{"type": kept["type"], "data": kept["message"]} for kept in packed["generations"]]
    )
    generations = [
        ChatGeneration(message=message, generation_info=kept["info"])
        for message, kept in zip(messages, packed["generations"], strict=True)
    ]
    return ChatResult(generations=generations, llm_output=packed["output"])


def _plain(value: object) -> object:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else str(value)
