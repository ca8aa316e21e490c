"""Connections: loops, keeping alive, proxies, certificates."""

import asyncio
import gc
import ssl
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from langchain_core.exceptions import ModelConnectionError

from synth_agent.models.openai_client import OpenAICompatible
from tests.models.server import HANG, KEY, Received, Serve, completion, http, lean

PEM = Path(__file__).with_name("localhost.pem")


@pytest.fixture
def warned() -> Iterator[list[warnings.WarningMessage]]:
    """What was warned of by the end of the test, `__del__` methods included."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield caught
        gc.collect()
    assert [str(one.message) for one in caught] == []


def test_one_model_serves_two_loops_of_one_process(
    serve: Serve, warned: list[warnings.WarningMessage]
) -> None:
    model = lean(serve())

    said = [asyncio.run(model.ainvoke("Hi.")).content for _ in range(2)]

    assert said == ["Hello.", "Hello."]


def test_a_connection_is_used_again(serve: Serve) -> None:
    server = serve()
    model = lean(server)

    async def ask() -> None:
        for _ in range(5):
            await model.ainvoke("Hi.")

    asyncio.run(ask())

    assert (len(server.received), server.connections) == (5, 1)


def test_no_more_connections_are_opened_than_allowed(serve: Serve) -> None:
    server = serve()
    model = lean(server, max_connections=3)

    async def ask() -> None:
        await asyncio.gather(*(model.ainvoke("Hi.") for _ in range(20)))

    asyncio.run(ask())

    assert (len(server.received), server.connections) == (20, 3)


def test_closing_ends_the_connections_and_a_later_call_opens_new_ones(
    serve: Serve, warned: list[warnings.WarningMessage]
) -> None:
    server = serve()
    model = lean(server)

    async def ask() -> None:
        await model.aclose()
        for _ in range(2):
            await model.ainvoke("Hi.")
            await model.aclose()

    asyncio.run(ask())

    assert server.connections == 2


def test_a_model_that_is_dropped_closes_its_connections(
    serve: Serve, warned: list[warnings.WarningMessage]
) -> None:
    server = serve()

    async def ask() -> None:
        for _ in range(3):
            await lean(server).ainvoke("Hi.")
        gc.collect()
        await asyncio.sleep(0.02)

    asyncio.run(ask())

    assert server.connections == 3


def test_a_loop_that_fails_leaves_nothing_open(
    serve: Serve, warned: list[warnings.WarningMessage]
) -> None:
    model = lean(serve())

    async def ask() -> None:
        await model.ainvoke("Hi.")
        raise KeyError("something else")

    with pytest.raises(KeyError):
        asyncio.run(ask())


def test_a_cancelled_request_leaves_the_model_usable(serve: Serve) -> None:
    said = iter((HANG, http(body=completion())))
    model = lean(serve(lambda _: next(said)))

    async def ask() -> str:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(model.ainvoke("Hi."), 0.05)
        return (await model.ainvoke("Hi.")).text

    assert asyncio.run(ask()) == "Hello."


def test_it_answers_without_await_inside_a_running_loop(
    serve: Serve, warned: list[warnings.WarningMessage]
) -> None:
    model = lean(serve())

    async def notebook() -> list[str]:
        return [
            model.invoke("Hi.").text,
            (await model.ainvoke("Hi.")).text,
            model.invoke("Hi.").text,
        ]

    assert asyncio.run(notebook()) == ["Hello."] * 3


def test_threads_share_a_model(serve: Serve, warned: list[warnings.WarningMessage]) -> None:
    together = threading.Barrier(4, timeout=10)
    model = lean(serve())

    def ask(_: int) -> str:
        together.wait()
        return model.invoke("Hi.").text

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == ["Hello."] * 4


@pytest.mark.parametrize("scheme", ["http://", ""], ids=["url", "host and port"])
def test_requests_go_through_the_proxy_of_the_environment(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    proxy = serve()
    monkeypatch.setenv("HTTP_PROXY", f"{scheme}127.0.0.1:{proxy.port}")

    message = lean(proxy, base_url="http://models.example:8000/v1").invoke("Hi.")

    assert message.content == "Hello."
    assert proxy.received[0].target == "http://models.example:8000/v1/chat/completions"
    assert proxy.received[0].headers["host"] == "models.example:8000"


def test_a_proxy_gets_the_password_of_its_url(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve()
    monkeypatch.setenv("HTTP_PROXY", f"http://me:pass@127.0.0.1:{proxy.port}")

    lean(proxy, base_url="http://models.example/v1").invoke("Hi.")

    assert proxy.received[0].headers["proxy-authorization"] == "Basic bWU6cGFzcw=="


@pytest.mark.parametrize("hosts", ["127.0.0.1", "localhost,127.0.0.1", "*"])
def test_hosts_in_no_proxy_are_asked_directly(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, hosts: str
) -> None:
    server, proxy = serve(), serve()
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("NO_PROXY", hosts)

    lean(server).invoke("Hi.")

    assert (len(server.received), len(proxy.received)) == (1, 0)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://models.example/v1", "through the proxy"),
        ("https://models.example/v1", "proxy: HTTP 407"),
    ],
    ids=["unreachable", "refusing a tunnel"],
)
def test_a_proxy_that_does_not_help_is_named(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, url: str, said: str
) -> None:
    proxy = serve(lambda _: http(407, b""))
    port = proxy.port if url.startswith("https") else 9
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://me:pass@127.0.0.1:{port}")

    with pytest.raises(ModelConnectionError, match=said) as caught:
        lean(proxy, base_url=url).invoke("Hi.")

    assert "NO_PROXY" in str(caught.value)
    assert "pass" not in str(caught.value)


def secure() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(PEM)
    return context


def test_a_certificate_of_nobody_is_refused(serve: Serve) -> None:
    server = serve(tls=secure())

    with pytest.raises(ModelConnectionError, match="SSL_CERT_FILE") as caught:
        lean(server).invoke("Hi.")

    assert "certificate verify failed" in str(caught.value)
    assert server.received == []


def test_https_to_a_server_without_it_is_explained(serve: Serve) -> None:
    server = serve()

    with pytest.raises(ModelConnectionError, match="http or https"):
        lean(server, base_url=server.url.replace("http:", "https:")).invoke("Hi.")


def test_an_authority_can_be_named_in_the_environment(serve: Serve) -> None:
    server = serve(tls=secure())
    code = (
        "from synth_agent.models.openai_client import OpenAICompatible as Model;"
        f"print(Model(model='m', base_url={server.url!r}).invoke('Hi.').content)"
    )

    said = subprocess.run(
        [sys.executable, "-c", code],
        env={"SSL_CERT_FILE": str(PEM)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.stdout.strip() == "Hello.", said.stderr


def test_a_query_of_the_base_url_is_kept(serve: Serve) -> None:
    server = serve()

    lean(server, base_url=f"{server.url}/?api-version=1").invoke("Hi.")

    assert server.received[0].target == "/v1/chat/completions?api-version=1"


def test_a_change_of_the_key_counts_from_the_next_call(serve: Serve) -> None:
    server = serve()
    model = lean(server)
    model.invoke("Hi.")

    model.api_key = None
    model.invoke("Hi.")

    sent = [one.headers.get("authorization") for one in server.received]
    assert sent == [f"Bearer {KEY}", None]


def test_compressed_answers_are_read(serve: Serve) -> None:
    import gzip

    import orjson

    raw = gzip.compress(orjson.dumps(completion()))

    def respond(_: Received) -> bytes:
        return http(body=raw, headers={"Content-Encoding": "gzip"})

    assert lean(serve(respond)).invoke("Hi.").content == "Hello."


def test_making_a_model_opens_nothing() -> None:
    assert OpenAICompatible(model="gpt-4o", base_url="http://127.0.0.1:9/v1").model == "gpt-4o"
