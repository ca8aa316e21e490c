"""What the tests of the models share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pydantic import SecretStr

from tests.models.server import KEY, Make, WireServer, lean


@pytest.fixture
def serve(
    socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., WireServer]]:
    """Start a server that lasts as long as the test: `serve(respond)`."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with ExitStack() as stack:
        yield lambda *args, **kwargs: stack.enter_context(WireServer(*args, **kwargs))


@pytest.fixture(params=["lean", "langchain"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    """Make our own model, and ChatOpenAI, which must behave alike, in its place."""
    if request.param == "lean":
        yield lean
        return
    from langchain_openai import ChatOpenAI
    from openai import DefaultHttpxClient

    # A client that is left open is a ResourceWarning in some later test.
    with DefaultHttpxClient() as client:

        def general(server: WireServer, **fields: Any) -> ChatOpenAI:
            given = {"model": "gpt-4o-mini", "base_url": server.url, "api_key": SecretStr(KEY)}
            return ChatOpenAI(**given | fields, max_retries=0, http_client=client)

        yield general
