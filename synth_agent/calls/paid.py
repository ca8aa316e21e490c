"""The chat model that every paid call goes through.

It wraps any LangChain chat model and is one itself, so that chains do not know of it. A call first
looks for its answer in the ledger, where a hand that is run again finds all that it was answered
before; only then it is sent, and its answer is in the ledger before anyone looks at it.

Several models may share a ledger, a budget and a usage; those of one endpoint share its throttle
and its breaker as well. All of these live in one event loop at a time.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.exceptions import ModelRateLimitError
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable, RunnableBinding
from langchain_core.tools import BaseTool
from langsmith.utils import tracing_is_enabled
from pydantic import Field, PrivateAttr, SkipValidation

from synth_agent.calls.blocking import LoopThread
from synth_agent.calls.breaker import Breaker
from synth_agent.calls.budget import Budget, Price
from synth_agent.calls.charges import said
from synth_agent.calls.hands import HandCalls, current_hand
from synth_agent.calls.hedge import Hedge
from synth_agent.calls.keys import Keyed, Keys
from synth_agent.calls.ledger import Answered, Ledger, MemoryLedger
from synth_agent.calls.measure import Measure, about_tokens
from synth_agent.calls.replies import pack, unpack
from synth_agent.calls.retry import Retry
from synth_agent.calls.sender import Reply, Request, Sender
from synth_agent.calls.throttle import Throttle
from synth_agent.calls.usage import Usage
from synth_agent.errors import ConfigError

__all__ = ["PaidModel"]

_OUTPUT_BOUNDS: Final = ("max_tokens", "max_completion_tokens", "max_output_tokens")


class PaidModel(BaseChatModel):
    """A chat model whose answers are paid for once.

    Raises:
        ConfigError: A budget in money is set, and the model's price is not known.
    """

    inner: BaseChatModel
    name: str
    """As the user writes it, `provider:model`; part of every key."""
    ledger: SkipValidation[Ledger] = Field(default_factory=MemoryLedger, repr=False, exclude=True)
    budget: Budget = Field(default_factory=Budget, repr=False, exclude=True)
    throttle: Throttle = Field(default_factory=lambda: Throttle(16), repr=False, exclude=True)
    """Shared by all models of one endpoint, as is its breaker."""
    breaker: Breaker = Field(default_factory=Breaker, repr=False, exclude=True)
    retry: Retry = Field(default_factory=Retry, repr=False, exclude=True)
    hedge: Hedge = Field(default_factory=Hedge, repr=False, exclude=True)
    usage: Usage = Field(default_factory=Usage, repr=False, exclude=True)
    price: SkipValidation[Price | None] = Field(default=None, repr=False, exclude=True)
    """None if nobody knows it; then no budget in money can be kept."""
    count: Callable[[Sequence[BaseMessage]], int] = Field(
        default=about_tokens, repr=False, exclude=True
    )
    """Counts tokens: for budgets, for limits per minute, and where the provider does not."""
    max_tokens: int = 4096
    """Bound on an answer where neither call nor model has one; sent only if there is a budget."""
    timeout: float = 120.0
    """Seconds after which a request that was sent is ended."""

    _send: Sender = PrivateAttr()
    _keys: Keys = PrivateAttr()
    _outside: HandCalls = PrivateAttr()
    _measure: Measure = PrivateAttr()
    _blocking: LoopThread = PrivateAttr(default_factory=LoopThread)
    _needs_estimate: bool = PrivateAttr()

    def model_post_init(self, context: object, /) -> None:
        """Put the parts together."""
        super().model_post_init(context)
        if self.budget.usd is not None and self.price is None:
            raise ConfigError(
                f"the price of {self.name} is not known, so a budget of ${self.budget.usd:g} "
                "cannot be kept; bound the tokens instead (--budget-tokens), or name a model whose "
                "price is known"
            )
        self._keys = Keys(self.name, _parameters(self.inner))
        self._outside = HandCalls(0)
        self._measure = Measure(self.count, self.price)
        self._needs_estimate = self.budget.is_bounded or self.throttle.counts_tokens
        self._send = Sender(
            inner=self.inner,
            budget=self.budget,
            throttle=self.throttle,
            breaker=self.breaker,
            hedge=self.hedge,
            usage=self.usage,
            measure=self._measure,
            price=self.price,
            timeout=self.timeout,
        )
        self.breaker.at_the_end(self.throttle.close)

    @property
    def _llm_type(self) -> str:
        return "paid"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.name}

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        hand = current_hand() or self._outside
        keyed = self._keys.of(messages, stop, kwargs)
        nth = hand.take(keyed.key)
        kept = self.ledger.find(hand.number, keyed.key, nth)
        if kept is not None:
            self.usage.replayed += 1
            return unpack(kept.reply)
        try:
            reply = await self._paid(self._request(messages, stop, kwargs, keyed))
            answered = self._answered(hand.number, keyed.key, nth, reply)
            await self.ledger.put(answered)
        except BaseException:
            hand.give_back(keyed.key, nth)
            raise
        self.usage.add(answered)
        return reply.result

    async def answer(self, messages: list[BaseMessage], **options: Any) -> AIMessage:
        """Return one answer; with LangChain's callbacks, 0.15 ms a call, where somebody traces."""
        if self.callbacks or tracing_is_enabled():
            traced = await self.agenerate([messages], **options)
            generation = traced.generations[0][0]
        else:
            generation = (await self._agenerate(messages, **options)).generations[0]
        assert isinstance(generation, ChatGeneration)
        assert isinstance(generation.message, AIMessage)
        return generation.message

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        return self._blocking.run(self._agenerate(messages, stop, **kwargs))

    async def _paid(self, request: Request) -> Reply:
        try:
            return await self.retry(
                lambda: self._send(request),
                rest=self.breaker.rest,
                excused=lambda: self.breaker.is_tripped,
            )
        except ModelRateLimitError as error:
            # Nothing but patience ends these, and then the endpoint serves nobody.
            self.breaker.give_up(f"lets no request through: {said(error)}")
            raise self.breaker.error or error from None

    def _request(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None,
        options: dict[str, Any],
        keyed: Keyed,
    ) -> Request:
        most = next((n for name in _OUTPUT_BOUNDS if (n := options.get(name)) is not None), None)
        if most is None:
            most = getattr(self.inner, "max_tokens", None)
        if most is None:
            most = self.max_tokens
            if self.budget.is_bounded:
                options = {**options, "max_tokens": most}
        tokens_in = (
            self._measure.tokens_in(messages, keyed.option_bytes) if self._needs_estimate else 0
        )
        return Request(messages, stop, options, tokens_in, most * (options.get("n") or 1))

    def _answered(self, hand: int, key: bytes, nth: int, reply: Reply) -> Answered:
        figures = reply.figures
        return Answered(
            hand=hand,
            key=key,
            nth=nth,
            model=self.name,
            reply=pack(reply.result),
            tokens_in=figures.tokens_in,
            tokens_out=figures.tokens_out,
            cached=figures.cached,
            cost_usd=figures.cost_usd,
            seconds=reply.seconds,
        )

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools in the inner model's own form."""
        bound = self.inner.bind_tools(tools, tool_choice=tool_choice, **kwargs)
        if not isinstance(bound, RunnableBinding):
            raise ConfigError(
                f"{type(self.inner).__name__} wraps its tools in a way that cannot be carried over "
                f"({type(bound).__name__}); use a response format instead"
            )
        return self.bind(**bound.kwargs)

    def _combine_llm_outputs(self, llm_outputs: list[dict[str, Any] | None]) -> dict[str, Any]:
        return self.inner._combine_llm_outputs(llm_outputs)  # noqa: SLF001


def _parameters(model: BaseChatModel) -> dict[str, Any]:
    """Return what a model's answers depend on: not where it is served, which may change."""
    known = model._identifying_params  # noqa: SLF001
    return {name: known[name] for name in known if not name.endswith(("base_url", "api_base"))}
