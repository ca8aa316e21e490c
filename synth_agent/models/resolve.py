"""A model from its name, `provider:model`, and a name from a chat model."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, Protocol, Self, TypeVar

from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr, ValidationError

from synth_agent.errors import ConfigError
from synth_agent.models.address import OPENAI_URL
from synth_agent.models.embeddings import OpenAICompatibleEmbeddings
from synth_agent.models.openai_client import OpenAICompatible

__all__ = ["Access", "Client", "Known", "chat_model", "embeddings_model", "model_name"]

Client = Literal["lean", "langchain"]

_Made = TypeVar("_Made")

_OLLAMA: Final = "http://127.0.0.1:11434"
_OPENAI_NAMES: Final = ("gpt-", "o1", "o3", "chatgpt", "text-davinci")
"""Bare names that LangChain takes for OpenAI's; asking it would load it, which takes a second."""


class Known(Protocol):
    """Settings; read-only, as those of the environment are."""

    @property
    def openai_api_key(self) -> SecretStr | None:
        """OPENAI_API_KEY."""

    @property
    def openai_base_url(self) -> str | None:
        """OPENAI_BASE_URL."""

    @property
    def ollama_host(self) -> str | None:
        """OLLAMA_HOST."""


@dataclass(frozen=True, slots=True)
class Access:
    """Keys and addresses of this machine. Providers not named here read the environment."""

    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    ollama_host: str | None = None

    @classmethod
    def of(cls, known: "Known") -> Self:
        """Return what the settings of this machine say."""
        return cls(known.openai_api_key, known.openai_base_url, known.ollama_host)


def chat_model(
    name: str,
    *,
    access: Access,
    client: Client = "lean",
    timeout: float = 120,
    max_connections: int = 256,
) -> BaseChatModel:
    """Return the model of that name. It never asks twice: retries are for whoever calls it.

    `openai:` and `ollama:` are spoken to by our own client, Ollama by its OpenAI-compatible
    address and without a package of its own; all others by LangChain's package for them.

    Args:
        name: As `init_chat_model` takes it; a bare `gpt-4o` is OpenAI's, `claude-…` Anthropic's.
        access: What the settings say.
        client: `langchain` takes ChatOpenAI for `openai:` in place of our own.
        timeout: Seconds for one request.
        max_connections: Requests under way at once; only our own client is held to it.

    Raises:
        ConfigError: No such provider, its package is missing, or a key or address is.
    """
    provider, model = _parted(name)
    if provider not in ("openai", "ollama"):
        return _of_langchain(f"{provider}:{model}" if provider else model, timeout)
    base_url, key = _where(provider, access)
    lean = OpenAICompatible(
        model=model,
        provider=provider,
        api_key=key,
        base_url=base_url,
        timeout=timeout,
        max_connections=max_connections,
    )
    return _chat_openai(lean) if provider == "openai" and client == "langchain" else lean


def embeddings_model(
    provider: str, model: str, *, access: Access, timeout: float = 120
) -> Embeddings:
    """Return a model that embeds. It never asks twice, as far as its package lets itself be told.

    `openai` and `ollama` are spoken to by our own client, all others by LangChain's package.

    Args:
        provider: As `init_embeddings` has it.
        model: Its name there.
        access: What the settings say.
        timeout: Seconds for one request.

    Raises:
        ConfigError: No such provider, its package is missing, or a key or address is.
    """
    if provider in ("openai", "ollama"):
        base_url, key = _where(provider, access)
        return OpenAICompatibleEmbeddings(model, api_key=key, base_url=base_url, timeout=timeout)
    options: dict[str, Any] = {"timeout": timeout, "max_retries": 0}
    if provider == "azure_openai":
        options["check_embedding_ctx_length"] = False  # it would download a vocabulary
    name = f"{provider}:{model}"
    return _said_plainly(
        name,
        partial(_initialised, _init_embeddings, name, **options),
        "Name an embedder whose key and package are there, or take 'static', which needs neither",
    )


def model_name(model: BaseChatModel) -> str:
    """Return `provider:model` of any chat model, as far as it tells; else the name of its class."""
    told = model._get_ls_params()  # noqa: SLF001 - the one place where every model tells both
    called = told.get("ls_model_name")
    return f"{told.get('ls_provider')}:{called}" if called else type(model).__name__


def _parted(name: str) -> tuple[str, str]:
    """Return provider and model; no provider where LangChain shall infer it."""
    provider, colon, model = name.strip().partition(":")
    if not colon:
        provider, model = "", provider
    if not model or any(map(str.isspace, name.strip())):
        raise ConfigError(f"expected a model as 'provider:name', got {name!r}: 'openai:gpt-5-mini'")
    if not provider and model.lower().startswith(_OPENAI_NAMES):
        provider = "openai"
    return provider.lower().replace("-", "_"), model


def _where(provider: str, access: Access) -> tuple[str, SecretStr | None]:
    """Return the address of OpenAI or Ollama, and the key for it."""
    if provider == "ollama":
        return _ollama_url(access.ollama_host), None
    _check_openai(access)
    return access.openai_base_url or OPENAI_URL, access.openai_api_key


def _check_openai(access: Access) -> None:
    key = access.openai_api_key
    if not access.openai_base_url and not (key and key.get_secret_value().strip()):
        raise ConfigError(
            "OPENAI_API_KEY is not set: set it to your key; "
            "or set OPENAI_BASE_URL for a local server (vLLM, Ollama, llama.cpp)"
        )


def _ollama_url(host: str | None) -> str:
    """Return the OpenAI-compatible address of an Ollama host, which may come without a scheme."""
    base = (host or _OLLAMA).rstrip("/")
    base = base if "://" in base else f"http://{base}"
    return base if base.endswith("/v1") else f"{base}/v1"


def _chat_openai(lean: OpenAICompatible) -> BaseChatModel:
    from langchain_openai import ChatOpenAI
    from openai import DefaultAsyncHttpxClient

    return ChatOpenAI(
        # Its own one is shared by all models of a process and stays bound to the first event loop.
        http_async_client=DefaultAsyncHttpxClient(timeout=lean.timeout),
        model=lean.model,
        # It refuses to be made without a key; local servers take any.
        api_key=lean.api_key or SecretStr("none"),
        base_url=lean.base_url,
        timeout=lean.timeout,
        max_retries=0,
    )


def _of_langchain(name: str, timeout: float) -> BaseChatModel:
    return _said_plainly(
        name,
        partial(_initialised, _init_chat_model, name, timeout=timeout, max_retries=0),
        "Write a model as 'provider:name', for instance 'openai:gpt-5-mini', "
        "'anthropic:claude-sonnet-4-5' or 'ollama:llama3'",
    )


def _said_plainly(name: str, make: Callable[[], _Made], advice: str) -> _Made:
    """Return what a package of LangChain's makes, or say why it does not."""
    try:
        return make()
    except ImportError as error:
        raise ConfigError(f"{name!r} needs a package that is not installed: {error}") from error
    except ValidationError as error:
        # Without the values: one of them may be a key.
        told = "; ".join(one["msg"] for one in error.errors(include_input=False))
    except ValueError as error:
        told = str(error).partition(" Please specify")[0].partition("\n")[0]
    raise ConfigError(f"{name!r} cannot be used: {told} {advice}")


def _initialised(init: Callable[..., _Made], name: str, **options: Any) -> _Made:
    try:
        return init(name, **options)
    except ValidationError as error:
        unknown = {one["loc"][0] for one in error.errors() if one["type"] == "extra_forbidden"}
        if not unknown & options.keys():
            raise
        known = {key: value for key, value in options.items() if key not in unknown}
        return init(name, **known)


def _init_chat_model(name: str, **options: Any) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    made: BaseChatModel = init_chat_model(name, **options)
    return made


def _init_embeddings(name: str, **options: Any) -> Embeddings:
    from langchain.embeddings import init_embeddings

    if not name.startswith("azure_openai:"):
        return init_embeddings(name, **options)
    from openai import OpenAIError

    try:
        return init_embeddings(name, **options)
    except OpenAIError as error:  # a key is missing, which other packages say with a ValueError
        raise ValueError(str(error)) from error
