"""Embedders by name."""

import asyncio
import random
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from pydantic import SecretStr

from synth_agent.calls import Budget, Retry
from synth_agent.errors import ConfigError, ProviderError, RunError
from synth_agent.models.resolve import Access, embeddings_model
from synth_agent.store.embedders import LexicalEmbedder, StaticEmbedder
from synth_agent.store.embedders.foreign import ForeignEmbedder
from synth_agent.store.embedders.resolve import (
    PROVIDERS,
    embedder,
    is_remote,
    known_name,
    name_of,
    threshold_of,
)
from synth_agent.store.embedders.sender import Terms
from synth_agent.store.embedders.shelf import MemoryShelf
from tests.endpoint import Endpoint, Faults, from_schema
from tests.store.embedders.model import Asked

KEY = "sk-test-0123456789abcdefghijklmnop"
SMALL = "openai:text-embedding-3-small"


class MyEmbeddings(Asked):
    model = "m-1"


@pytest.mark.parametrize(
    ("name", "kind"), [("static", StaticEmbedder), (" Lexical ", LexicalEmbedder)]
)
def test_ours_need_nothing(name: str, kind: type) -> None:
    found = embedder(name)

    assert type(found) is kind
    assert found.threshold == threshold_of(name)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("STATIC", "static"),
        ("minilm", "minilm"),
        ("OpenAI:text-embedding-3-small", SMALL),
        ("azure-openai:my-deployment", "azure_openai:my-deployment"),
        ("ollama:all-minilm:l6-v2", "ollama:all-minilm:l6-v2"),
        ("huggingface:sentence-transformers/all-MiniLM-L6-v2",) * 2,
        ("MyEmbeddings:m-1", "MyEmbeddings:m-1"),
        ("MyEmbeddings", "MyEmbeddings"),
    ],
)
def test_a_name_has_a_normal_form(name: str, known: str) -> None:
    assert known_name(name) == known
    assert known_name(known) == known


@pytest.mark.parametrize("check", [known_name, embedder, is_remote, threshold_of])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("statik", "did you mean 'static'"),
        ("opnai:text-embedding-3-small", "did you mean 'openai:'"),
        ("nobody:knows", "'provider:model'"),
        ("openai", "'provider:model'"),
        ("openai:", "'provider:model'"),
        ("openai: m", "'provider:model'"),
        (":m", "'provider:model'"),
        ("", "'static'"),
        ("gpt 4", "'static'"),
    ],
)
def test_what_is_no_embedder_is_refused_with_what_there_is(
    check: Any, name: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=f"unknown embedder {name!r}.*{said}"):
        check(name)


def test_the_providers_are_those_of_langchain() -> None:
    from langchain.embeddings.base import _BUILTIN_PROVIDERS

    assert set(PROVIDERS) == set(_BUILTIN_PROVIDERS)


@pytest.mark.parametrize(
    ("name", "remote"),
    [("static", False), ("lexical", False), ("minilm", False), (SMALL, True), ("Mine:m", True)],
)
def test_texts_leave_for_others_models_alone(name: str, remote: bool) -> None:
    assert is_remote(name) is remote


@pytest.mark.parametrize(
    ("name", "threshold"),
    [
        (SMALL, 0.9),
        ("azure_openai:text-embedding-ada-002", 0.97),
        ("ollama:all-minilm:l6-v2", 0.88),
        ("huggingface:sentence-transformers/all-MiniLM-L6-v2", 0.88),
        ("OpenAIEmbeddings:text-embedding-3-small", 0.9),
        ("ollama:nomic-embed-text", 0.95),
        ("minilm", 0.88),
    ],
)
def test_a_model_has_a_cautious_threshold(name: str, threshold: float) -> None:
    assert threshold_of(name) == threshold


def test_what_was_handed_in_is_known_by_class_and_model() -> None:
    class _quiet(Asked):  # noqa: N801
        pass

    assert name_of(MyEmbeddings()) == "MyEmbeddings:m-1"
    assert name_of(DeterministicFakeEmbedding(size=3)) == "DeterministicFakeEmbedding"
    assert name_of(_quiet()) == known_name(name_of(_quiet())) == "Quiet"


def test_what_was_handed_in_is_asked() -> None:
    model = MyEmbeddings()

    found = embedder("MyEmbeddings:m-1", handed=model)

    assert found.name == "MyEmbeddings:m-1"
    assert found.embed(["a"]).shape == (1, 3)
    assert len(model.asked) == 1


@pytest.mark.parametrize("name", ["static", SMALL, "MyEmbeddings:m-2"])
def test_another_one_than_the_name_says_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"by the embedder {name}, and MyEmbeddings:m-1 was"):
        embedder(name, handed=MyEmbeddings())


def test_what_was_handed_in_is_missed() -> None:
    with pytest.raises(ConfigError, match=r"MyEmbeddings:m-1.*hand them in again"):
        embedder("MyEmbeddings:m-1")


def test_openai_without_a_key_is_refused_with_what_can_be_done() -> None:
    with pytest.raises(ConfigError, match=r"OPENAI_API_KEY is not set.*OPENAI_BASE_URL"):
        embedder(SMALL)


def test_openais_price_bounds_the_money() -> None:
    access = Access(openai_api_key=SecretStr(KEY))

    assert embedder(SMALL, access=access, budget=Budget(1.0)).name == SMALL


@pytest.mark.parametrize("name", ["openai:text-embedding-3-small", "ollama:all-minilm"])
def test_a_local_server_has_no_price(name: str) -> None:
    access = Access(openai_base_url="http://127.0.0.1:1/v1")

    with pytest.raises(ConfigError, match="price of the embedder"):
        embedder(name, access=access, budget=Budget(1.0))


def test_a_missing_package_is_named() -> None:
    with pytest.raises(ConfigError, match="pip install langchain-cohere"):
        embedder("cohere:embed-english-v3.0")


def test_a_missing_key_of_azure_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(ConfigError, match=r"'azure_openai:m' cannot be used.*AZURE_OPENAI_API_KEY"):
        embedder("azure_openai:m")


def test_another_providers_model_is_made_by_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    class MistralAIEmbeddings(Embeddings):
        def __init__(self, model: str, **options: Any) -> None:
            self.made = {"model": model, **options}

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[1.0, 2.0] for _ in texts]

        def embed_query(self, text: str) -> list[float]:
            return [1.0, 2.0]

    package = ModuleType("langchain_mistralai")
    vars(package)["MistralAIEmbeddings"] = MistralAIEmbeddings
    monkeypatch.setitem(sys.modules, "langchain_mistralai", package)

    model = embeddings_model("mistralai", "mistral-embed", access=Access(), timeout=9)

    assert isinstance(model, MistralAIEmbeddings)
    assert model.made == {"model": "mistral-embed", "timeout": 9, "max_retries": 0}
    assert embedder("mistralai:mistral-embed", budget=Budget(1.0)).dimensions == 2


# ------------------------------------------------------------------------------ over HTTP


def over_http(url: str, *, shelf: MemoryShelf | None = None, **terms: Any) -> ForeignEmbedder:
    access = Access(openai_api_key=SecretStr("sk-test"), openai_base_url=url)
    quick = Terms(retry=Retry(base=0.001, rng=random.Random(1)), **terms)
    model = embeddings_model("openai", "text-embedding-3-small", access=access)
    return ForeignEmbedder(model, name=SMALL, threshold=0.9, shelf=shelf, terms=quick)


def start(*first: str, **faults: Any) -> Endpoint:
    return Endpoint(from_schema(), faults=Faults(first=first, **faults))


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("kind", ["openai", "ollama"])
def test_an_openai_compatible_endpoint_is_asked(kind: str) -> None:
    with Endpoint(from_schema(), key=None) as endpoint:
        access = Access(openai_base_url=endpoint.url, ollama_host=endpoint.url)
        found = embedder(f"{kind}:all-minilm", access=access)
        asyncio.run(found.prepare(["red and green", "blue"]))  # type: ignore[attr-defined]
        rows = found.embed(["blue", "red and green", "green and red"])

        assert rows.shape == (3, 256)
        assert float(rows[1] @ rows[2]) == pytest.approx(1)
        inputs = [one.body["input"] for one in endpoint.log]
        assert inputs == [["red and green", "blue"], ["green and red"]]


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize("fault", ["429", "500", "cut", "malformed", "short", "nan"])
def test_what_a_second_request_mends_is_asked_again(fault: str) -> None:
    with start(fault) as endpoint:
        rows = over_http(endpoint.url).embed(["one text", "another"])

        assert len(endpoint.log) == 2
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1, abs=1e-6)


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("zero", "expected a direction, got only zeros in vector 0 of 2"),
        ("ragged", "expected vectors of one length, got 255 and 256 numbers"),
        ("wide", "expected vectors of 256 numbers, as all before, got 512"),
    ],
)
def test_a_wrong_answer_in_the_middle_ends_the_run_resumably(fault: str, said: str) -> None:
    shelf = MemoryShelf()
    with start("", fault) as endpoint:
        one = over_http(endpoint.url, shelf=shelf)
        one.embed(["before"])
        with pytest.raises(RunError, match=f"{SMALL} answered wrongly: {said}"):
            asyncio.run(one.prepare(["a", "b"]))
        later = over_http(endpoint.url, shelf=shelf)

        assert later.embed(["before", "a", "b"]).shape == (3, 256)
        assert [one.body["input"] for one in endpoint.log] == [["before"], ["a", "b"], ["a", "b"]]


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(("fault", "said"), [("short", "expected 2 vectors"), ("nan", "NaN")])
def test_a_server_that_always_answers_wrongly_is_given_up(fault: str, said: str) -> None:
    with (
        start(*[fault] * 9) as endpoint,
        pytest.raises(ProviderError, match=rf"asked 6 times.*{said}"),
    ):
        over_http(endpoint.url).embed(["a", "b"])


@pytest.mark.usefixtures("socket_enabled")
@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ({"bad_key": True}, r"failed \(authentication\).*invalid_api_key.*check the API key"),
        ({"quota_after": 0}, r"insufficient_quota"),
    ],
    ids=["key", "quota"],
)
def test_a_bad_key_or_no_quota_ends_the_run_at_once(faults: dict[str, Any], said: str) -> None:
    with start(**faults) as endpoint:
        with pytest.raises(ProviderError, match=said) as caught:
            over_http(endpoint.url).embed(["a"])

        assert len(endpoint.log) == 1
    assert "sk-test" not in str(caught.value)


@pytest.mark.usefixtures("socket_enabled")
def test_texts_that_an_endpoint_finds_too_long_are_halved() -> None:
    with start(context_limit=50) as endpoint:
        rows = over_http(endpoint.url).embed(["red " * 40, "blue"])

        assert [len(one.body["input"]) for one in endpoint.log] == [2, 1, 1, 1, 1]
    assert rows.shape == (2, 256)


@pytest.mark.usefixtures("socket_enabled")
def test_a_server_that_is_not_there_is_said() -> None:
    with start() as endpoint:
        url = endpoint.url

    with pytest.raises(ProviderError, match=r"connection.*is the server running"):
        over_http(url).embed(["a"])
