"""Run code, then its tests, and give the verdict.

Called as `python -I -S -B -X utf8 runner.py FD FOLDER`; the standard input brings a nonce of 32
letters, the length of the code in ten digits, the code and the tests. The verdict goes to FD in one
line: nonce, kind, number of tests, detail.

The nonce is a local variable of the main thread, which waits while another thread does the work: no
frame of the code under test leads to it, and the guard refuses the ways into other threads. What a
thread reports to the main one lies in frames above the code, so code that climbs its own stack in
order to forge a verdict can; printing, exiting and patching cannot.
"""

# `pathlib` costs the child 5 ms of its start.
# ruff: noqa: PTH100, PTH120

from __future__ import annotations

import _thread
import builtins
import importlib
import os
import sys

# `typing` costs the child 5 ms of its start, so only type checkers read it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

__all__ = ["main"]

# Functions defined below keep these, whatever the code under test makes of its own builtins.
globals()["__builtins__"] = dict(vars(builtins))

_HERE = os.path.dirname(os.path.abspath(__file__))
_STACK = 32 * 1024 * 1024
_PLACES = ("/usr/share/zoneinfo", "/etc/mime.types")


def main() -> None:
    """Read the task, run it in a thread, write the verdict and end without any clean-up."""
    write, leave = os.write, os._exit
    verdict, work = int(sys.argv[1]), os.path.realpath(sys.argv[2])
    nonce, code, tests = _task()
    suite = _load("suite")
    refused: list[str] = []
    _fence(work, refused)
    box: list[Any] = []
    done = _thread.allocate_lock()
    done.acquire()
    _thread.stack_size(_STACK)
    _thread.start_new_thread(_work, (suite, code, tests, box, done))
    done.acquire()
    kind, tests_run, detail = box[0] if len(box) == 1 else ("error", 0, "no result")
    if refused:
        kind, detail = "forbidden", refused[0][:300]
    line = f"{kind} {tests_run:d} {detail}".encode(errors="replace").replace(b"\n", b" ")
    write(verdict, nonce + b" " + line[:1500] + b"\n")
    leave(0)


def _task() -> tuple[bytes, str, str]:
    received = bytearray()
    while chunk := os.read(0, 65536):
        received += chunk
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    end = 42 + int(received[32:42])
    code, tests = (
        part.decode(errors="surrogatepass") for part in (received[42:end], received[end:])
    )
    return bytes(received[:32]), code, tests


def _load(name: str) -> ModuleType:
    """Import a module from beside this one and leave no trace that the code could follow."""
    sys.path.append(_HERE)
    module = importlib.import_module(name)
    sys.path.remove(_HERE)
    del sys.modules[name]
    return module


def _fence(work: str, refused: list[str]) -> None:
    folders = {os.path.realpath(path) for path in (*sys.path, _HERE, *_PLACES)}
    hook = _load("guard").guard(readable=tuple(folders), work=work, note=refused.append)
    # Importing ctypes must fail as on a Python without it, for libraries then go on without.
    sys.modules["_ctypes"] = None  # type: ignore[assignment]
    _no_forks()
    # They would bring a function of the code into the main thread.
    for name in ("_setprofileallthreads", "_settraceallthreads"):
        vars(sys).pop(name, None)
    sys.argv[:] = ["solution"]
    sys.addaudithook(hook)


def _no_forks() -> None:
    """Take away the one way to fork that raises no audit event."""

    def refuse(*_: object) -> int:
        os.fork()
        raise PermissionError("not allowed here: os.fork")

    module = importlib.import_module("_posixsubprocess")
    module.fork_exec = refuse  # type: ignore[attr-defined]


def _work(suite: Any, code: str, tests: str, box: list[Any], done: Any) -> None:
    try:
        box.append(suite.verdict(code, tests, load=_load))
    finally:
        done.release()


if __name__ == "__main__":
    main()
