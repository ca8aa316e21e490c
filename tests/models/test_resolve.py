"""Models by name and names of models."""

import sys
from types import ModuleType
from typing import Any, ClassVar

import pytest
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel, FakeListChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import ConfigDict, SecretStr

from synth_agent.errors import ConfigError
from synth_agent.models.openai_client import OpenAICompatible
from synth_agent.models.resolve import Access, chat_model, model_name
from tests.models.server import KEY, Serve

WITH_KEY = Access(openai_api_key=SecretStr(KEY))


class Elsewhere(BaseChatModel):
    """A provider's model, as its package would bring it."""

    model: str
    timeout: float | None = None

    @property
    def _llm_type(self) -> str:
        return "elsewhere"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError


class Retrying(Elsewhere):
    max_retries: int = 6


class Strict(Elsewhere):
    """Refuses what it does not know, as ChatBedrockConverse does."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


class Keyed(Elsewhere):
    api_key: int


def install(monkeypatch: pytest.MonkeyPatch, package: str, name: str, made: type) -> None:
    module = ModuleType(package)
    setattr(module, name, made)
    monkeypatch.setitem(sys.modules, package, module)


@pytest.mark.parametrize("name", ["openai:gpt-4o", "gpt-4o", "OpenAI:gpt-4o", " openai:gpt-4o "])
def test_openais_models_are_spoken_to_by_our_own_client(name: str) -> None:
    model = chat_model(name, access=WITH_KEY, timeout=9, max_connections=7)

    assert isinstance(model, OpenAICompatible)
    assert (model.model, model.base_url) == ("gpt-4o", "https://api.openai.com/v1")
    assert (model.timeout, model.max_connections) == (9, 7)
    assert model.api_key == SecretStr(KEY)


def test_a_models_name_may_have_colons() -> None:
    model = chat_model("openai:ft:gpt-4o:org::id", access=WITH_KEY)

    assert isinstance(model, OpenAICompatible)
    assert model.model == "ft:gpt-4o:org::id"


def test_a_base_url_needs_no_key(serve: Serve) -> None:
    server = serve()

    model = chat_model("openai:llama3", access=Access(openai_base_url=server.url))

    assert model.invoke("Hi.").content == "Hello."
    assert "authorization" not in server.received[0].headers


@pytest.mark.parametrize("client", ["lean", "langchain"])
@pytest.mark.parametrize(
    "key", [None, SecretStr(""), SecretStr(" ")], ids=["none", "empty", "blank"]
)
def test_openai_without_a_key_is_refused_with_what_can_be_done(
    client: Any, key: SecretStr | None
) -> None:
    with pytest.raises(ConfigError, match=r"OPENAI_API_KEY is not set.*OPENAI_BASE_URL"):
        chat_model("openai:gpt-4o", access=Access(openai_api_key=key), client=client)


@pytest.mark.parametrize("client", ["lean", "langchain"])
@pytest.mark.parametrize("url", ["localhost:8000/v1", "/v1", "http://"])
def test_a_base_url_that_is_none_is_refused(client: Any, url: str) -> None:
    access = Access(openai_api_key=SecretStr(KEY), openai_base_url=url)

    with pytest.raises(ConfigError, match="http://localhost:8000/v1"):
        chat_model("openai:gpt-4o", access=access, client=client)


def test_langchains_client_has_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    from langchain_openai import ChatOpenAI

    monkeypatch.setenv("OPENAI_API_BASE", "http://elsewhere/v1")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere/v1")

    model = chat_model("openai:gpt-4o", access=WITH_KEY, client="langchain", timeout=9)

    assert isinstance(model, ChatOpenAI)
    assert (model.model_name, model.max_retries, model.request_timeout) == ("gpt-4o", 0, 9)
    assert model.openai_api_base == "https://api.openai.com/v1"
    assert isinstance(model.openai_api_key, SecretStr)
    assert model.openai_api_key.get_secret_value() == KEY


def test_langchains_client_needs_no_key_for_a_local_server() -> None:
    access = Access(openai_base_url="http://127.0.0.1:8000/v1")

    model = chat_model("openai:llama3", access=access, client="langchain")

    assert model_name(model) == "openai:llama3"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        (None, "http://127.0.0.1:11434/v1"),
        ("http://big:11434", "http://big:11434/v1"),
        ("http://big:11434/", "http://big:11434/v1"),
        ("big:11434", "http://big:11434/v1"),
        ("https://big/v1", "https://big/v1"),
    ],
)
def test_ollama_is_reached_by_its_openai_address(host: str | None, url: str) -> None:
    access = Access(openai_api_key=SecretStr(KEY), ollama_host=host)

    model = chat_model("ollama:qwen3:8b", access=access)

    assert isinstance(model, OpenAICompatible)
    assert (model.base_url, model.model, model.api_key) == (url, "qwen3:8b", None)
    assert model_name(model) == "ollama:qwen3:8b"


@pytest.mark.parametrize("name", ["", " ", "openai:", ":", "openai: gpt-4o", "gpt 4o", ":gpt"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="provider:name"):
        chat_model(name, access=WITH_KEY)


@pytest.mark.parametrize("name", ["opnai:gpt-4o", "my-model", "nobody:knows:it"])
def test_an_unknown_provider_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="provider:name") as caught:
        chat_model(name, access=WITH_KEY)

    assert name.partition(":")[0] in str(caught.value)
    assert "model_provider" not in str(caught.value)


@pytest.mark.parametrize("name", ["anthropic:claude-sonnet-4-5", "claude-sonnet-4-5"])
def test_a_missing_package_is_named(name: str) -> None:
    with pytest.raises(ConfigError, match="pip install langchain-anthropic"):
        chat_model(name, access=WITH_KEY)


def test_another_providers_model_never_asks_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "langchain_upstage", "ChatUpstage", Retrying)

    model = chat_model("upstage:solar-pro", access=Access(), timeout=9)

    assert isinstance(model, Retrying)
    assert (model.model, model.max_retries, model.timeout) == ("solar-pro", 0, 9)


def test_a_model_that_knows_no_retries_is_made_without(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "langchain_baseten", "ChatBaseten", Strict)

    model = chat_model("baseten:some-model", access=Access(), timeout=9)

    assert (type(model), getattr(model, "timeout", None)) == (Strict, 9)


def test_a_model_that_cannot_be_made_is_the_users_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, "langchain_together", "ChatTogether", Keyed)

    with pytest.raises(ConfigError, match="Field required"):
        chat_model("together:some-model", access=Access())


def test_every_model_has_a_name() -> None:
    assert model_name(OpenAICompatible(model="gpt-4o")) == "openai:gpt-4o"
    assert model_name(Elsewhere(model="m")) == "elsewhere:m"
    assert model_name(FakeListChatModel(responses=["a"])) == "FakeListChatModel"


def test_access_does_not_show_its_key() -> None:
    assert KEY not in repr(WITH_KEY)
