"""Models ready to be paid, whoever keeps the books: a run's journal, or nobody for longer."""

from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel

from synth_agent.calls.breaker import Breaker
from synth_agent.calls.budget import Budget
from synth_agent.calls.ledger import Ledger
from synth_agent.calls.paid import PaidModel
from synth_agent.calls.throttle import Throttle
from synth_agent.calls.usage import Usage
from synth_agent.chains.door import Door
from synth_agent.chains.prompt import PromptBook
from synth_agent.chains.ways import Ways
from synth_agent.models.prices import price_of
from synth_agent.models.resolve import Access, chat_model
from synth_agent.models.tokens import counter_for
from synth_agent.writing.means import Means

__all__ = ["OpenModels"]


class OpenModels:
    """One ledger, one budget, one usage; a throttle and a breaker for each endpoint.

    Args:
        ledger: Keeps the answers.
        budget: Bounds them all together.
        ways: What is known of how the models take a schema.

    Raises:
        ConfigError: A prompt that replaces one is wrong.
    """

    def __init__(self, means: Means, *, ledger: Ledger, budget: Budget, ways: Ways) -> None:
        self.budget = budget
        self.usage = Usage()
        self._means, self._ledger, self._ways = means, ledger, ways
        self._prompts = PromptBook(means.prompts)
        self._access = means.access or Access()
        self._endpoints: dict[str, tuple[Throttle, Breaker]] = {}
        self._own: list[BaseChatModel] = []
        self._opened: dict[str, tuple[BaseChatModel, PaidModel]] = {}

    def door(self, name: str, *, handed: BaseChatModel | None = None, **parameters: Any) -> Door:
        """Return the door to a model.

        Args:
            name: `provider:model`.
            handed: The model itself, where the user handed one in.
            parameters: What each call carries; None is left out.

        Raises:
            ConfigError: A key, address or price is missing.
        """
        if name not in self._opened:
            self._opened[name] = self._open(name, handed)
        carried = {key: value for key, value in parameters.items() if value is not None}
        return Door(
            model=self._opened[name][1],
            name=name,
            ways=self._ways,
            prompts=self._prompts,
            parameters=carried,
        )

    async def close(self) -> None:
        """Close the connections of the models that were opened here."""
        for inner in self._own:
            client = getattr(inner, "root_async_client", inner)  # that of ChatOpenAI
            close = getattr(client, "close" if client is not inner else "aclose", None)
            if close is not None:
                await close()

    def _open(self, name: str, handed: BaseChatModel | None) -> tuple[BaseChatModel, PaidModel]:
        means = self._means
        inner = handed or chat_model(
            name,
            access=self._access,
            client=means.client,
            timeout=means.timeout,
            max_connections=means.concurrency,
        )
        if handed is None:
            self._own.append(inner)
        throttle, breaker = self._endpoint(name)
        local = name.startswith("openai:") and self._access.openai_base_url is not None
        price = price_of(name, local=local)
        paid = PaidModel(
            inner=inner,
            name=name,
            ledger=self._ledger,
            budget=self.budget,
            usage=self.usage,
            throttle=throttle,
            breaker=breaker,
            price=price and price.cost,
            count=counter_for(name).messages,
            timeout=means.timeout,
        )
        return inner, paid

    def _endpoint(self, name: str) -> tuple[Throttle, Breaker]:
        provider = name.split(":", maxsplit=1)[0]
        if provider not in self._endpoints:
            throttle = Throttle(self._means.concurrency, rpm=self._means.rpm, tpm=self._means.tpm)
            self._endpoints[provider] = (throttle, Breaker())
        return self._endpoints[provider]
