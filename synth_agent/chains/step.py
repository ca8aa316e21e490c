"""A LangChain Runnable around one async function: what every chain is handed out as."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from langchain_core.runnables import Runnable, RunnableConfig

__all__ = ["Step"]

In = TypeVar("In")
Out = TypeVar("Out")


class Step(Runnable[In, Out]):
    """Calls an async function; composes with other Runnables by `|`.

    `RunnableLambda` does the same with callbacks of its own around each call, at 0.2 ms of CPU; the
    chat model inside reports to LangChain's callbacks anyway.
    """

    def __init__(self, name: str, call: Callable[[In], Awaitable[Out]]) -> None:
        self.name = name
        self._call = call

    async def ainvoke(  # the names are LangChain's
        self,
        input: In,
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Out:
        """Return what the function returns."""
        return await self._call(input)

    def invoke(
        self,
        input: In,
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Out:
        """Return what the function returns, also where a loop is running already."""

        async def work() -> Out:
            return await self._call(input)

        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(work())
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(asyncio.run, work()).result()
