"""The key goes to the provider and nowhere else."""

import asyncio
import logging
import pickle
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackHandler
from langchain_core.exceptions import ModelError
from langchain_core.load import dumps

from synth_agent.models.embeddings import OpenAICompatibleEmbeddings
from synth_agent.models.openai_client import OpenAICompatible
from tests.models.server import HANG, KEY, Serve, http, lean


def shown(error: BaseException | None) -> Iterator[str]:
    """Everything that an error and what hangs on it says of itself."""
    while error is not None:
        yield str(error)
        yield repr(error)
        yield repr(vars(error))
        yield repr(error.args)
        yield "".join(traceback.format_exception(error))
        yield repr([type(error), *error.args]) + str(getattr(error, "__notes__", ""))
        error = error.__cause__ or error.__context__


@pytest.mark.parametrize(
    "sent",
    [
        http(401, {"error": {"message": f"Incorrect API key provided: {KEY}.", "code": KEY}}),
        http(429, {"error": f"{'x' * 480} {KEY}"}),
        http(500, f"<pre>Authorization: Bearer {KEY}</pre>".encode()),
        http(200, f"{'y' * 190} {KEY} is no JSON".encode()),
        http(200, {"error": {"message": f"bad key {KEY}"}}),
        http(200, {"choices": [], "echo": KEY}),
        b"",
        b"NONSENSE\r\n\r\n",
        f"HTTP/1.1 200 {KEY}\r\nBad Header {KEY}\r\n\r\n".encode(),
        HANG,
    ],
    ids=[
        "401",
        "cut inside the key",
        "html",
        "no json",
        "gateway",
        "no choices",
        "cut",
        "no http",
        "bad header",
        "timeout",
    ],
)
def test_no_failure_shows_the_key(
    serve: Serve, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    caplog.set_level(logging.DEBUG)
    model = lean(serve(lambda _: sent), timeout=0.1 if sent == HANG else 5)

    with pytest.raises(ModelError) as caught:
        model.invoke("Hi.")

    for text in [*shown(caught.value), caplog.text]:
        assert KEY not in text
        assert KEY[:15] not in text


def test_a_refusing_proxy_does_not_bring_the_request_along(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(lambda _: http(407, b""))
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:proxy-pass@127.0.0.1:{proxy.port}")

    with pytest.raises(ModelError) as caught:
        lean(proxy, base_url="https://models.example/v1").invoke("Hi.")

    said = " ".join(shown(caught.value))
    assert KEY not in said
    assert "proxy-pass" not in said
    assert caught.value.__context__ is None


def test_the_model_does_not_show_its_key(serve: Serve) -> None:
    model = lean(serve())
    model.invoke("Hi.")

    texts = [
        repr(model),
        str(model),
        f"{model}",
        dumps(model),
        repr(model.asdict()),
        repr(model.model_dump()),
        model.model_dump_json(),
        repr(model.bind(temperature=1)),
        repr(vars(model)),
    ]

    assert [text for text in texts if KEY in text] == []
    assert "OPENAI_API_KEY" in dumps(model)


def test_a_pickle_holds_no_key_and_works_otherwise(serve: Serve) -> None:
    server = serve()
    model = lean(server, temperature=0.5)
    model.invoke("Hi.")

    pickled = pickle.dumps(model)
    again: OpenAICompatible = pickle.loads(pickled)  # noqa: S301 - our own

    assert KEY.encode() not in pickled
    assert (again.api_key, again.temperature) == (None, 0.5)
    assert again.invoke("Hi.").content == "Hello."


def test_embeddings_show_no_key_and_are_not_pickled(serve: Serve) -> None:
    embeddings = OpenAICompatibleEmbeddings("m", api_key=lean(serve()).api_key)

    assert KEY not in repr(embeddings) + repr(vars(embeddings))
    with pytest.raises(TypeError, match="connections and a key"):
        pickle.dumps(embeddings)


def test_what_tracers_are_told_holds_no_key(serve: Serve) -> None:
    class Tracer(AsyncCallbackHandler):
        told: list[str] = []

        async def on_chat_model_start(self, *args: Any, **kwargs: Any) -> None:
            self.told.append(repr(args) + repr(kwargs))

        async def on_llm_end(self, *args: Any, **kwargs: Any) -> None:
            self.told.append(repr(args) + repr(kwargs))

    tracer = Tracer()

    asyncio.run(lean(serve(), temperature=0.5).ainvoke("Hi.", config={"callbacks": [tracer]}))

    assert len(tracer.told) == 2
    assert KEY not in "".join(tracer.told)
    assert "'temperature': 0.5" in tracer.told[0]
    assert "'ls_provider': 'openai'" in tracer.told[0]
