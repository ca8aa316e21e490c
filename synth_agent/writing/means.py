"""What a machine and its user give a run to work with: keys, bounds, limits.

Nothing of it is the dataset: the same spec with other means is the same order.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from synth_agent.errors import ConfigError

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models.chat_models import BaseChatModel
    from pydantic import SecretStr

    from synth_agent.models.resolve import Access

__all__ = ["CONCURRENCY", "Means"]

_CLIENTS: Final = ("lean", "langchain")

CONCURRENCY: Final = 32
"""Requests in flight at most, where nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """Keys, models that were handed in, and bounds.

    Attributes:
        access: Keys and addresses of providers; None where no model is named.
        client: `lean` is our own for OpenAI-compatible endpoints, `langchain` takes ChatOpenAI.
        model: A chat model that was handed in; it takes the place of the spec's.
        critic: The same for the critic.
        embedder: Embeddings that were handed in; they take the place of the spec's.
        chroma: Address of a Chroma server; None: files in the run's folder.
        chroma_token: What it wants to be shown.
        concurrency: Requests in flight at most; the throttle adapts below it.
        rpm: Requests a minute at most.
        tpm: Tokens a minute at most.
        budget_usd: Money that the run may cost in all, earlier sittings included.
        budget_tokens: Tokens in and out that it may cost in all.
        timeout: Seconds until a request counts as lost.
        prompts: A folder whose files replace single prompts.
    """

    access: "Access | None" = None
    client: Literal["lean", "langchain"] = "lean"
    model: "BaseChatModel | None" = None
    critic: "BaseChatModel | None" = None
    embedder: "Embeddings | None" = None
    chroma: str | None = None
    chroma_token: "SecretStr | None" = None
    concurrency: int = CONCURRENCY
    rpm: int | None = None
    tpm: int | None = None
    budget_usd: float | None = None
    budget_tokens: int | None = None
    timeout: float = 120.0
    prompts: Path | None = None

    def __post_init__(self) -> None:
        """Refuse what bounds nothing.

        Raises:
            ConfigError: A bound that is not above 0, or an unknown client.
        """
        for name in ("concurrency", "rpm", "tpm", "budget_usd", "budget_tokens", "timeout"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                flag = f"--{name.replace('_', '-')}"
                raise ConfigError(f"{flag}: expected a number above 0, got {value!r}")
        if self.client not in _CLIENTS:
            raise ConfigError(f"--client: expected {' or '.join(_CLIENTS)}, got {self.client!r}")
