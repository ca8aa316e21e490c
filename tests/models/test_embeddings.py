"""Embeddings over real HTTP."""

import asyncio
from typing import Any

import pytest
from langchain_core.exceptions import ModelRateLimitError
from pydantic import SecretStr

from synth_agent.models.answers import UnreadableAnswerError
from synth_agent.models.embeddings import OpenAICompatibleEmbeddings
from tests.models.server import KEY, Received, Serve, WireServer, http


def rows(*vectors: Any) -> dict[str, Any]:
    return {"data": [{"index": at, "embedding": one} for at, one in enumerate(vectors)]}


def lengths(one: Received) -> bytes:
    """Answer each text with its length, the last text first."""
    body = rows(*([len(text), 1.0] for text in one.body["input"]))
    return http(body={"data": body["data"][::-1]})


def embedder(server: WireServer, **fields: Any) -> OpenAICompatibleEmbeddings:
    return OpenAICompatibleEmbeddings(
        "text-embedding-3-small", base_url=server.url, api_key=SecretStr(KEY), **fields
    )


def test_vectors_come_in_the_order_of_the_texts(serve: Serve) -> None:
    server = serve(lengths)

    vectors = asyncio.run(embedder(server).aembed_documents(["a", "bbb", "cc"]))

    assert vectors == [[1.0, 1.0], [3.0, 1.0], [2.0, 1.0]]
    assert server.bodies == [
        {
            "model": "text-embedding-3-small",
            "input": ["a", "bbb", "cc"],
            "encoding_format": "float",
        }
    ]
    assert server.received[0].headers["authorization"] == f"Bearer {KEY}"


def test_many_texts_go_out_in_batches(serve: Serve) -> None:
    server = serve(lengths)

    vectors = embedder(server, batch_size=2, dimensions=2).embed_documents(
        ["a", "bb", "ccc", "dddd", "eeeee"]
    )

    assert [first for first, _ in vectors] == [1, 2, 3, 4, 5]
    assert [len(body["input"]) for body in server.bodies] == [2, 2, 1]
    assert server.bodies[0]["dimensions"] == 2


def test_no_text_asks_for_nothing(serve: Serve) -> None:
    server = serve(lengths)

    assert embedder(server).embed_documents([]) == []
    assert server.received == []


def test_one_text_has_one_vector(serve: Serve) -> None:
    one = embedder(serve(lengths))

    async def notebook() -> list[list[float]]:
        return [one.embed_query("abc"), await one.aembed_query("abc")]

    assert asyncio.run(notebook()) == [[3.0, 1.0], [3.0, 1.0]]


@pytest.mark.parametrize(
    "body",
    [
        rows([1.0]),
        rows([1.0], [1.0], [1.0]),
        {"data": [{"index": 0, "embedding": [1.0]}, {"index": 0, "embedding": [2.0]}]},
        {"data": [{"index": 1, "embedding": [1.0]}, {"index": 2, "embedding": [2.0]}]},
        rows([1.0], [None]),
        rows([1.0], []),
        rows([1.0], "text"),
        b'{"data": [{"index": 0, "embedding": [1e999]}, {"index": 1, "embedding": [1]}]}',
        {"data": [{"index": 0}, {"index": 1}]},
        {"vectors": []},
        [],
    ],
    ids=[
        "too few",
        "too many",
        "twice",
        "off by one",
        "null",
        "empty",
        "text",
        "infinite",
        "no vector",
        "no data",
        "list",
    ],
)
def test_vectors_that_cannot_be_right_are_refused(serve: Serve, body: Any) -> None:
    server = serve(lambda _: http(body=body))

    with pytest.raises(UnreadableAnswerError, match="expected"):
        embedder(server).embed_documents(["a", "b"])


def test_failures_are_those_of_the_chat_model(serve: Serve) -> None:
    server = serve(lambda _: http(429, {"error": {"message": "Slow down."}}))

    with pytest.raises(ModelRateLimitError, match="Slow down"):
        embedder(server).embed_query("a")


def test_a_batch_holds_at_least_one_text() -> None:
    with pytest.raises(ValueError, match="batch_size"):
        OpenAICompatibleEmbeddings("m", batch_size=0)


def test_connections_are_closed_when_asked(serve: Serve) -> None:
    server = serve(lengths)
    one = embedder(server)

    async def ask() -> None:
        await one.aembed_query("a")
        await one.aclose()
        await one.aembed_query("a")

    asyncio.run(ask())

    assert server.connections == 2
