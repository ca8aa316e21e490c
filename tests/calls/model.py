"""A real chat model in memory whose behaviour a test writes, call by call."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import Field

__all__ = ["Act", "Recorded", "answer", "fail", "hang", "price"]

Act = Callable[[], Awaitable[ChatResult]]


def answer(
    text: str = "yes", *, tokens_in: int = 100, tokens_out: int = 10, cached: int = 0
) -> Act:
    """Return an act that answers; `tokens_in=0` leaves the usage out."""

    async def act() -> ChatResult:
        await asyncio.sleep(0)
        message = AIMessage(text, additional_kwargs={"refusal": None})
        if tokens_in:
            message.usage_metadata = {
                "input_tokens": tokens_in,
                "output_tokens": tokens_out,
                "total_tokens": tokens_in + tokens_out,
                "input_token_details": {"cache_read": cached},
            }
        generation = ChatGeneration(message=message, generation_info={"finish_reason": "stop"})
        return ChatResult(generations=[generation], llm_output={"model_name": "m"})

    return act


def fail(error: BaseException) -> Act:
    """Return an act that fails."""

    async def act() -> ChatResult:
        await asyncio.sleep(0)
        raise error

    return act


def hang() -> Act:
    """Return an act that never ends by itself."""

    async def act() -> ChatResult:
        await asyncio.Event().wait()
        raise AssertionError

    return act


def price(tokens_in: int, tokens_out: int, cached: int, /) -> float:
    """A dollar for a million tokens in, half of it where cached, two for a million out."""
    return ((tokens_in - cached) + cached / 2 + 2 * tokens_out) * 1e-6


class Recorded(BaseChatModel):
    """Does what its script says, act by act, the last one for ever; keeps what it was sent."""

    acts: list[Any] = Field(default_factory=lambda: [answer()])
    sent: list[tuple[list[BaseMessage], dict[str, Any]]] = Field(default_factory=list)
    running: int = 0
    most_running: int = 0
    temperature: float | None = None

    @property
    def _llm_type(self) -> str:
        return "recorded"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"temperature": self.temperature}

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        act: Act = self.acts[min(len(self.sent), len(self.acts) - 1)]
        self.sent.append((messages, kwargs if stop is None else {**kwargs, "stop": stop}))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            return await act()
        finally:
            self.running -= 1

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[LanguageModelInput, AIMessage]:
        formatted = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=formatted, tool_choice=tool_choice, **kwargs)
