"""A server of the tests that sends exactly the bytes it is told, broken ones too."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Any, Final, Self

import orjson
from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr

from synth_agent.models.openai_client import OpenAICompatible

__all__ = [
    "HANG",
    "KEY",
    "Make",
    "Received",
    "Serve",
    "WireServer",
    "answering",
    "call",
    "completion",
    "http",
    "lean",
]

KEY: Final = "sk-test-0123456789abcdefghijklmnop"

HANG: Final = b"hang"
"""In the place of an answer: none ever comes."""


@dataclass(frozen=True)
class Received:
    """One request as it arrived; `connection` numbers the connections from 1."""

    target: str
    headers: Mapping[str, str]
    raw: bytes
    connection: int

    @property
    def body(self) -> Any:
        return orjson.loads(self.raw)


Respond = Callable[[Received], bytes]


def http(status: int = 200, body: Any = b"", *, headers: Mapping[str, str] | None = None) -> bytes:
    """Return an HTTP answer; anything but bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    kind = "application/octet-stream" if isinstance(body, bytes) else "application/json"
    sent = {"Content-Type": kind, "Content-Length": str(len(raw)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode() + raw


def completion(
    content: str | None = "Hello.", *, finish: str = "stop", **message: Any
) -> dict[str, Any]:
    """Return the body of a chat completion."""
    said = {"role": "assistant", "content": content, **message}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "gpt-4o-mini-2024-07-18",
        "system_fingerprint": "fp_1",
        "choices": [{"index": 0, "message": said, "finish_reason": finish, "logprobs": None}],
        "usage": {
            "prompt_tokens": 20,
            "completion_tokens": 5,
            "total_tokens": 25,
            "prompt_tokens_details": {"cached_tokens": 8},
            "completion_tokens_details": {"reasoning_tokens": 2},
        },
    }


@dataclass
class WireServer:
    """Listens on 127.0.0.1 while its context lasts; `respond` makes each answer."""

    respond: Respond = lambda _: http(body=completion())
    tls: ssl.SSLContext | None = None
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}/v1"

    @property
    def bodies(self) -> list[Any]:
        return [one.body for one in self.received]

    def __enter__(self) -> Self:
        self._ready = Event()
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, ssl=self.tls)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for writer in self._open:
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        number = self.connections
        try:
            while await self._exchange(reader, writer, number):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> bool:
        start = await reader.readexactly(1)
        if start == b"\x16":  # a client that takes us for HTTPS
            writer.write(http(400, b"no TLS here"))
            return False
        head = (start + await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.strip().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        raw = await reader.readexactly(int(headers.get("content-length", 0)))
        one = Received(first.split()[1], headers, raw, number)
        self.received.append(one)
        answer = self.respond(one)
        if answer == HANG:
            await self._stop.wait()
            return False
        writer.write(answer)
        await writer.drain()
        body = answer.partition(b"\r\n\r\n")[2]
        return f"Content-Length: {len(body)}\r\n".encode() in answer  # else it is cut


Serve = Callable[..., WireServer]
Make = Callable[..., BaseChatModel]
"""Makes a model of a server and its fields."""


def answering(**said: Any) -> Respond:
    """Return a script that always says the same."""
    return lambda _: http(body=completion(**said))


def call(arguments: Any, name: str = "weather") -> dict[str, Any]:
    """Return a tool call as it comes over the wire."""
    return {
        "id": "call_1",
        "type": "function",
        "function": {"name": name, "arguments": arguments},
    }


def lean(server: WireServer, **fields: Any) -> OpenAICompatible:
    """Return our own model, set to the server."""
    given = {"model": "gpt-4o-mini", "base_url": server.url, "api_key": SecretStr(KEY)}
    return OpenAICompatible(**given | fields)
