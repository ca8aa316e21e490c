"""The endpoint as a server on 127.0.0.1, in a thread with a loop of its own."""

import asyncio
import struct
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from socket import SO_LINGER, SOL_SOCKET, create_server
from threading import Event, Thread, current_thread
from time import monotonic
from typing import Any, BinaryIO, Self

import orjson
from aiohttp import web

from tests.endpoint.chat import Script
from tests.endpoint.faults import Faults
from tests.endpoint.log import CHAT, Logged, tally
from tests.endpoint.service import Reply, Service

__all__ = ["Endpoint"]

_FAULTLESS = Faults()
_WAITING = 1024
"""Connections that may wait to be accepted."""
_AT_ONCE = struct.pack("ii", 1, 0)
"""Lingering on, for no time: closing a connection resets it."""


class Endpoint:
    """Serves chat completions, embeddings and models while its context lasts.

    Args:
        script: What chat requests are answered with. It is called in the server's thread.
        faults: What goes wrong.
        latency: Seconds before any answer to a POST; with a second figure, the share by which
            they vary, evenly, from request to request.
        seed: Of the faults.
        key: What clients have to send; None: anything goes.
        models: Names that are served; empty: any.
    """

    def __init__(
        self,
        script: Script,
        *,
        faults: Faults = _FAULTLESS,
        latency: float | tuple[float, float] = 0.0,
        seed: int = 0,
        key: str | None = "sk-test",
        models: tuple[str, ...] = (),
    ) -> None:
        self.url = ""
        self._service = Service(script, faults, seed=seed, key=key, models=models)
        self._latency, self._jitter = latency if isinstance(latency, tuple) else (latency, 0.0)
        self._chance = Random(seed)
        self._file: BinaryIO | None = None
        self._ready = Event()
        self._thread = Thread(target=self._run, name="endpoint", daemon=True)

    def write_log(self, path: Path) -> Self:
        """Write the log as JSON lines too, each at once: one on arrival, one after the answer."""
        self._file = path.open("ab", buffering=0)
        return self

    @property
    def log(self) -> list[Logged]:
        """All requests in order of arrival."""
        self._settle()
        return list(self._service.log)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """The bodies of the chat requests in order of arrival."""
        return [one.body for one in self.log if one.path == CHAT]

    def answered(self) -> Counter[str]:
        """Return the digest of each chat request -> how many whole 200 answers it got.

        Whole means that the operating system took it: the client may have died before it read it.
        """
        return tally(self.log)

    def reset(self) -> None:
        """Forget all requests; the script keeps its place."""
        self._settle()
        self._service.reset()

    def __enter__(self) -> Self:
        # Bound here, so that whoever may open no socket hears of it, and not a thread alone.
        self._socket = create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        if self._file:
            self._file.close()

    def _settle(self) -> None:
        """Let the server note what it has just sent: a client is often the faster one."""
        if self._thread.is_alive() and current_thread() is not self._thread:
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), self._loop).result()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._ready.set()  # a start that failed must not leave anybody waiting

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        runner = web.ServerRunner(server, shutdown_timeout=0.05)
        await runner.setup()
        try:
            await web.SockSite(runner, self._socket, backlog=_WAITING).start()
            self._ready.set()
            await self._stop.wait()
        finally:
            await runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        # Not `request.read`, which takes a megabyte at most.
        one, reply = self._service.answer(
            request.path, request.headers, await request.content.read()
        )
        arrived = {name: getattr(one, name) for name in ("number", "path", "digest", "at", "body")}
        self._write({"event": "arrived", **arrived, "fault": one.fault})
        varied = 1 + self._jitter * self._chance.uniform(-1, 1)
        delay = reply.delay + (self._latency * varied if request.method == "POST" else 0)
        if delay:
            await asyncio.sleep(delay)
        headers = {"Content-Type": "application/json", **reply.headers}
        response = web.Response(status=reply.status, body=reply.body, headers=headers)
        with suppress(ConnectionError):
            await self._send(request, response, one, reply)
        return response

    async def _send(
        self, request: web.BaseRequest, response: web.Response, one: Logged, reply: Reply
    ) -> None:
        transport = request.transport
        if transport is None:
            return
        if reply.sent == "reset":
            transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, _AT_ONCE)
            transport.abort()
            return
        one.status = reply.status
        await response.prepare(request)
        if reply.sent == "cut":
            await response.write(reply.body[: len(reply.body) // 2])
            transport.close()
            return
        await response.write_eof()
        one.answered = True
        said = {"event": "answered", "number": one.number, "digest": one.digest, "at": monotonic()}
        self._write({**said, "status": one.status, "fault": one.fault})

    def _write(self, line: dict[str, Any]) -> None:
        if self._file:
            self._file.write(orjson.dumps(line) + b"\n")
