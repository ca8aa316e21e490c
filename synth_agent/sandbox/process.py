"""Run code and its tests in a process of their own, shut in as far as this machine allows.

What is covered: a fresh folder that is removed afterwards, no environment, no standard input, only
the standard library; limits of time, memory, file size, open files and output; by an audit hook in
the interpreter no sockets, no other processes, no native code, no file outside the folder; and
behind the hook, where the kernel grants them, an empty network, processes of its own that die
together, Landlock for files and a limit of processes. `protection` says what this machine grants.

What is not: **this is no security boundary.** An audit hook binds Python code that plays by the
rules; a bug of the interpreter or of the kernel leads around it, and where the kernel grants
nothing it is alone. The number of files in the folder is not limited, the load of the machine can
be felt, and code that climbs its own stack can forge its verdict. Run models that you do not trust
in a container or a virtual machine of its own. Linux and other POSIX systems; not Windows.
"""

import asyncio
import os
import re
import secrets
import shutil
import signal
import stat
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast

from synth_agent.sandbox.outcome import KINDS, Kind, Limits, Outcome

__all__ = ["Slots", "arun", "protection", "run", "wait"]

Slots = AbstractAsyncContextManager[Any]
"""What a run waits for before it starts, such as an `asyncio.Semaphore`."""
T = TypeVar("T")

_CHILD: Final = Path(__file__).parent / "child"
_MOST_OF_A_VERDICT: Final = 64 * 1024
_HOOK: Final = "audit hook in the interpreter"


def run(code: str, tests: str, *, limits: Limits = Limits()) -> Outcome:  # noqa: B008 - frozen
    """Run the code, then the tests; see the module for what that may do and what it may not."""
    return wait(arun(code, tests, limits=limits))


async def arun(
    code: str,
    tests: str,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    slots: Slots | None = None,
) -> Outcome:
    """Like `run`, for a running loop.

    Args:
        code: The text of a module; it is run under the name `solution`.
        tests: Asserts, functions named `test…`, classes named `Test…`, unittest cases or doctests.
        limits: What it may use.
        slots: Bounds how many run at once; the time spent waiting for it does not count.
    """
    if len(code) + len(tests) > limits.text:
        return Outcome("error", f"more than {limits.text:,} characters of code and tests")
    if "\0" in code or "\0" in tests:
        return Outcome("syntax", "ValueError: source code string cannot contain null bytes")
    async with slots or nullcontext():
        begun = time.perf_counter()
        with _Folder() as folder:
            kind, detail, number = await _outcome(folder, code, tests, limits)
        return Outcome(kind, _anonymous(detail, folder), time.perf_counter() - begun, number)


async def _outcome(folder: str, code: str, tests: str, limits: Limits) -> tuple[Kind, str, int]:
    nonce = secrets.token_hex(16).encode()
    source = code.encode(errors="surrogatepass")
    task = nonce + b"%010d" % len(source) + source + tests.encode(errors="surrogatepass")
    said = b""
    try:
        async with (
            asyncio.timeout(limits.wall),
            _started(folder, str(_CHILD / "runner.py"), limits) as process,
        ):
            said = await _answer(process, task)
            status = await process.wait()
    except TimeoutError:
        return "timeout", f"no end within {limits.wall:g} s", 0
    return _verdict(said, nonce) or _end(status)


@asynccontextmanager
async def _started(
    folder: str, runner: str, limits: Limits
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start the launcher as the leader of a group, and leave nothing of it behind."""
    numbers = (limits.cpu, limits.memory, limits.file_size, limits.files, limits.processes)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-I", "-S", "-B", str(_CHILD / "launch.py"), folder, runner, *map(str, numbers)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
        cwd=folder,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _answer(process: asyncio.subprocess.Process, task: bytes) -> bytes:
    """Hand the task over and return what comes back, up to a length."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(task)
        await process.stdin.drain()
    process.stdin.close()
    said = b""
    while len(said) < _MOST_OF_A_VERDICT:
        more = await process.stdout.read(_MOST_OF_A_VERDICT)
        if not more:
            break
        said += more
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    return said


def _verdict(said: bytes, nonce: bytes) -> tuple[Kind, str, int] | None:
    _, found, line = said.partition(nonce + b" ")
    words = line.partition(b"\n")[0].decode(errors="replace").split(" ", 2)
    if not found or len(words) != 3 or words[0] not in KINDS or not words[1].isdecimal():
        return None
    return cast("Kind", words[0]), words[2].strip(), int(words[1])


def _end(status: int) -> tuple[Kind, str, int]:
    """Say how a process ended that gave no verdict; the launcher's status tells of the runner."""
    number = status - 128 if status > 128 else -status
    if number == signal.SIGXCPU:
        return "timeout", "CPU time used up", 0
    if number > 0:
        known = {int(s): s.name for s in signal.Signals}
        return "killed", f"ended by {known.get(number, f'signal {number}')}", 0
    return "error", f"the process ended with status {status} before the tests were done", 0


def _anonymous(detail: str, folder: str) -> str:
    """Return the detail without this machine's folders."""
    places = {str(_CHILD): "<sandbox>", sys.prefix: "<python>", sys.base_prefix: "<python>"}
    places |= {str(Path.home()): "~", folder: "."}
    for place in sorted(places, key=len, reverse=True):
        if len(place) > 1:
            detail = re.sub(rf"{re.escape(place)}(?!\w)", places[place], detail)
    return detail


class _Folder:
    """A temporary folder that goes, whatever the code made of it."""

    def __enter__(self) -> str:
        self.path = os.path.realpath(tempfile.mkdtemp(prefix="synth-"))
        return self.path

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        # What is left was locked by the code. A link may lead outside and is not followed.
        for folder, names, _files in os.walk(self.path):
            for path in (Path(folder), *(Path(folder, name) for name in names)):
                if not path.is_symlink():
                    path.chmod(stat.S_IRWXU)
        shutil.rmtree(self.path, ignore_errors=True)


@cache
def protection() -> str:
    """Return the layers that hold on this machine; asks once and remembers."""
    layers = wait(_probe())
    return f"{layers}; {_HOOK}" if layers else f"{_HOOK} alone"


async def _probe() -> str:
    with _Folder() as folder:
        async with asyncio.timeout(10), _started(folder, "probe", Limits()) as process:
            return (await _answer(process, b"")).decode()


def wait(task: Coroutine[Any, Any, T]) -> T:
    """Return the task's result, also from inside a running loop, which it then blocks."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(task)
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, task).result()
