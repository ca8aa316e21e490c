"""A lean LangChain chat model for OpenAI-compatible endpoints: one attempt, no streaming.

A call costs 0.3 ms of CPU, about a tenth of ChatOpenAI's, for it only does chat completions (text,
JSON, JSON Schema, tools). Retries, pacing and budgets are for whoever calls it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from pydantic import ConfigDict, Field, PrivateAttr, SecretStr, model_validator

from synth_agent.models.address import OPENAI_URL, Address
from synth_agent.models.answers import unreadable
from synth_agent.models.structured import Method, structured_output, wire_tool_choice, wire_tools
from synth_agent.models.transport import Endpoint, run_apart
from synth_agent.models.wire import chat_result, request_body

__all__ = ["OpenAICompatible"]

_REASONING: Final = re.compile(r"(?:o\d|gpt-5)(?!.*chat)")


class OpenAICompatible(BaseChatModel):
    """Chat completions of one model at one address.

    Without a key no `Authorization` is sent, as local servers like it. Reasoning models of OpenAI
    refuse a temperature and `top_p`; there both are left out. `max_tokens` goes out under both of
    its names, but for OpenAI itself, which takes only the newer one.
    """

    model_config = ConfigDict(hide_input_in_errors=True, extra="forbid")

    model: str
    api_key: SecretStr | None = None
    base_url: str = OPENAI_URL
    provider: str = "openai"
    """How traces and reports call whoever serves the model."""
    organization: str | None = None
    project: str | None = None
    timeout: float = Field(default=120.0, gt=0)
    """Seconds for one request in all, waiting for a free connection included."""
    max_connections: int = Field(default=256, ge=1)
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    seed: int | None = None
    extra_body: dict[str, Any] = Field(default_factory=dict)
    """What the endpoint wants besides; it overrules the rest."""

    _endpoint: Endpoint | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _check_address(self) -> Self:
        self._connected()
        return self

    def __getstate__(self) -> dict[Any, Any]:
        """Return what a pickle may hold: all but the key and the connections."""
        state = super().__getstate__()
        fields = state["__dict__"] | {"api_key": None}
        return state | {"__dict__": fields, "__pydantic_private__": {"_endpoint": None}}

    async def aclose(self) -> None:
        """Close the connections of the running loop; a later call opens new ones."""
        if self._endpoint is not None:
            await self._endpoint.aclose()

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: dict[str, Any] | str | bool | None = None,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Return the model with tools.

        Args:
            tools: Whatever LangChain makes a tool of.
            tool_choice: A tool's name, `auto`, `none`, `any` or True (at least one), or OpenAI's.
            strict: Whether the endpoint shall hold the arguments to the schema.
            **kwargs: Bound as they are.
        """
        wired = wire_tools(tools, strict=strict)
        choice = wire_tool_choice(wired, choice=tool_choice)
        return super().bind(tools=wired, **({"tool_choice": choice} if choice else {}), **kwargs)

    def with_structured_output(
        self,
        schema: dict[str, Any] | type | None = None,
        *,
        method: Method = "json_schema",
        include_raw: bool = False,
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """Return a runnable that answers with the schema's object; see `structured_output`."""
        return structured_output(
            self, schema, method=method, include_raw=include_raw, strict=strict, **kwargs
        )

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """`langchain_core.load.dumps` writes the constructor, the key as a reference."""
        return True

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Arguments that are never written out, and where they come from."""
        return {"api_key": "OPENAI_API_KEY"}

    @property
    def _llm_type(self) -> str:
        return "openai-compatible"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {
            "model": self.model,
            "base_url": self.base_url,
            **self._settings(),
            **self.extra_body,
        }

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        params["ls_provider"] = self.provider
        return params

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002 - LangChain's
        **kwargs: Any,
    ) -> ChatResult:
        return run_apart(lambda: self._agenerate(messages, stop, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - LangChain's
        **kwargs: Any,
    ) -> ChatResult:
        endpoint = self._connected()
        parameters = self._parameters(stop, kwargs, official=endpoint.official)
        answer = await endpoint.post("chat/completions", request_body(messages, parameters))
        try:
            return chat_result(answer)
        except (LookupError, TypeError, AttributeError, ValueError):
            failure = unreadable(answer, endpoint.address)
        raise failure

    def _parameters(
        self, stop: list[str] | None, given: Mapping[str, Any], *, official: bool
    ) -> dict[str, Any]:
        if refused := {"n", "stream"} & given.keys():
            raise ValueError(f"{refused} is refused: one request gives one whole answer here")
        parameters = {"model": self.model, **self._settings(), "stop": stop, **given}
        limit = parameters.get("max_tokens")
        parameters.setdefault("max_completion_tokens", limit)
        if official:
            parameters.pop("max_tokens")
        if official and _REASONING.match(parameters["model"]):
            parameters.update(temperature=None, top_p=None)
        extra = parameters.pop("extra_body", None) or {}
        return parameters | self.extra_body | extra

    def _settings(self) -> dict[str, Any]:
        return {
            "temperature": self.temperature,
            "top_p": self.top_p,
            "max_tokens": self.max_tokens,
            "seed": self.seed,
        }

    def _address(self) -> Address:
        return Address(
            base_url=self.base_url,
            api_key=self.api_key,
            organization=self.organization,
            project=self.project,
            timeout=self.timeout,
            max_connections=self.max_connections,
        )

    def _connected(self) -> Endpoint:
        address = self._address()
        if self._endpoint is None or self._endpoint.address != address:
            self._endpoint = Endpoint(address)
        return self._endpoint
