"""HTTP to one OpenAI-compatible address: one attempt a request, connections kept alive.

Every event loop has its own pool, for a connection belongs to the loop that opened it. Whoever
closes a loop's asynchronous generators (`asyncio.run` and `asyncio.Runner` do) closes the pool
with them; a loop closed by hand without that leaves its sockets to the garbage collector.

Proxies are those of the standard library (`HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`, the system's),
read once a pool; certificates are those of OpenSSL (the system's, or `SSL_CERT_FILE`). Nobody is
followed to another address: a redirect could carry the key away.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Self, TypeVar
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from synth_agent.models.address import Address
from synth_agent.models.answers import Answer, answer_json, failure_of_answer, failure_of_exception

__all__ = ["Endpoint", "run_apart"]

T = TypeVar("T")

_OPENAI: Final = "api.openai.com"
"""Regions have their own names in front of it."""
_PATHS: Final = ("chat/completions", "embeddings")
_KEEP_ALIVE: Final = 4.0
"""Seconds. Uvicorn, under most local servers, hangs up after 5 and loses what is on its way."""
_CONNECT: Final = 30.0
_DNS: Final = 300


class _Pool(NamedTuple):
    session: aiohttp.ClientSession
    keeper: AsyncGenerator[aiohttp.ClientSession, None]


class Endpoint:
    """The connections to one address. Copies of a model share it; it cannot be pickled.

    Attributes:
        official: Whether this is OpenAI itself, which refuses some of what other servers want.

    Raises:
        ConfigError: A base URL or key that cannot be one.
    """

    def __init__(self, address: Address) -> None:
        address.check()
        self.address = address
        base = URL(address.base_url)
        self.official = (base.host or "").endswith(_OPENAI)
        self._urls = {path: (base / path).with_query(base.query) for path in _PATHS}
        self._headers = address.headers()
        self._pools: dict[asyncio.AbstractEventLoop, _Pool] = {}

    def __deepcopy__(self, _memo: dict[int, Any]) -> Self:
        return self

    def __getstate__(self) -> None:
        raise TypeError("an Endpoint holds connections and a key: pickle the model instead")

    async def post(self, path: str, body: bytes) -> Any:
        """Send one request and return its answer, parsed.

        Raises:
            ModelError: It failed, with `retry_after` in seconds where the provider asks for it.
        """
        session = await self._session()
        try:
            async with session.post(self._urls[path], data=body, allow_redirects=False) as response:
                answer = Answer(response.status, response.headers, await response.read())
        except (aiohttp.ClientError, OSError) as error:
            failure = failure_of_exception(error, self.address)
        else:
            if answer.status // 100 == 2:
                return answer_json(answer, self.address)
            failure = failure_of_answer(answer, self.address, now=datetime.now(UTC))
        # Raised here and not above: aiohttp's error would come along as its context, and that of
        # a proxy or a broken answer holds the request's headers, the key among them.
        raise failure

    async def aclose(self) -> None:
        """Close the connections of the running loop; a later request opens new ones."""
        pool = self._pools.pop(asyncio.get_running_loop(), None)
        if pool is not None:
            await pool.keeper.aclose()

    async def _session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        pool = self._pools.get(loop)
        if pool is None or pool.session.closed:
            for other in list(self._pools):  # another thread may be here too
                if other.is_closed():
                    self._pools.pop(other, None)
            keeper = _kept(self.address, self._headers, _proxy(self._urls[_PATHS[0]]))
            # The keeper's first step does not wait, so no other task can open a second pool.
            pool = self._pools[loop] = _Pool(await anext(keeper), keeper)
        return pool.session


def run_apart(call: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run to the end from sync code; in a thread of its own where a loop is running here."""
    if not _in_loop():
        return asyncio.run(call())
    context = copy_context()
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(context.run, asyncio.run, call()).result()


def _in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _kept(
    address: Address, headers: Mapping[str, str], proxy: str | None
) -> AsyncGenerator[aiohttp.ClientSession, None]:
    """Yield one session; it is closed with this generator, be it by the loop that ends.

    It must not know the endpoint: in a cycle, both would be collected before the session is closed.
    """
    connector = aiohttp.TCPConnector(
        limit=address.max_connections, keepalive_timeout=_KEEP_ALIVE, ttl_dns_cache=_DNS
    )
    async with aiohttp.ClientSession(
        connector=connector,
        headers=headers,
        timeout=aiohttp.ClientTimeout(total=address.timeout, sock_connect=_CONNECT),
        cookie_jar=aiohttp.DummyCookieJar(),
        # `trust_env=True` would send two questions to other threads before every request.
        proxy=proxy,
    ) as session:
        yield session


def _proxy(url: URL) -> str | None:
    proxy = getproxies().get(url.scheme)
    if not proxy or proxy_bypass(f"{url.host}:{url.port}"):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
