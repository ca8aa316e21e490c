"""The audit hook: what the code under test may not ask the interpreter for.

It refuses other processes, sockets, native code, writing outside the folder of the run, reading
outside the folder and the standard library, and looking into other threads. It is a fence, not a
wall: `os.stat` and `os.mkfifo` raise no event, a crash of the interpreter ends it, and code that
is out to break it will. Where the kernel gives namespaces and Landlock, they stand behind it.

Source: the table of audit events in the Python documentation; PEP 578.
"""

# `pathlib` costs the child 5 ms of its start.
# ruff: noqa: PTH100, PTH120

from __future__ import annotations

import builtins
import os

# `typing` costs the child 5 ms of its start, so only type checkers read it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    Hook = Callable[[str, tuple[Any, ...]], None]

__all__ = ["guard"]

# The functions below keep these builtins whatever the code under test makes of its own.
globals()["__builtins__"] = dict(vars(builtins))

_HERE: Final = os.path.dirname(os.path.abspath(__file__))
_REFUSED: Final = frozenset(
    {
        *("cpython.remote_debugger_script", "sys.remote_exec", "sys.monitoring.register_callback"),
        *("gc.get_objects", "gc.get_referents", "gc.get_referrers"),
        *("os.exec", "os.fork", "os.forkpty", "os.kill", "os.killpg", "os.posix_spawn"),
        *("os.spawn", "os.startfile", "os.system", "pty.spawn", "subprocess.Popen"),
        *("resource.prlimit", "resource.setrlimit", "signal.pthread_kill"),
        *("sqlite3.enable_load_extension", "sqlite3.load_extension"),
        *("sys._current_exceptions", "sys._current_frames", "syslog.openlog", "syslog.syslog"),
    }
)
_NATIVE: Final = frozenset({"_ctypes", "_posixshmem", "_posixsubprocess"})
_HARMLESS_OF_SOCKET: Final = frozenset({"socket.__new__", "socket.gethostname"})
_UNIX: Final = 1
"""The family of a socket pair, which every event loop makes for itself."""
_WRITES: Final = {
    "os.chflags": (0,),
    "os.chmod": (0,),
    "os.chown": (0,),
    "os.link": (0, 1),
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.removexattr": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.setxattr": (0,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "os.utime": (0,),
    "sqlite3.connect": (0,),
}
"""Events that change files, and which of their arguments are paths."""
_READS: Final = {"os.chdir", "os.getxattr", "os.listdir", "os.listxattr", "os.scandir"}
"""Events that read, their path first."""
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_DEVICES: Final = ("/dev/null", "/dev/urandom", "/dev/zero")
_IN_MEMORY: Final = ("", ":memory:")


def guard(*, readable: tuple[str, ...], work: str, note: Callable[[str], object]) -> Hook:
    """Return a hook for `sys.addaudithook`.

    Args:
        readable: Real paths of folders that may be read and imported from.
        work: Real path of the folder that may be read and written.
        note: Is told what was refused before `PermissionError` is raised, for that can be caught.
    """

    def hook(event: str, args: tuple[Any, ...]) -> None:
        reason = _reason(event, args, readable, work)
        if reason:
            note(reason)
            raise PermissionError(f"not allowed here: {reason}")

    return hook


def _reason(event: str, args: tuple[Any, ...], readable: tuple[str, ...], work: str) -> str | None:
    written, read = _paths(event, args)
    for path in written:
        if reason := _unwritable(path, work):
            return reason
    for path in read:
        if reason := _unreadable(path, (*readable, work)):
            return reason
    if event in _REFUSED or event.startswith("ctypes."):
        return event
    if event.startswith("socket."):
        mine = event in _HARMLESS_OF_SOCKET and (event != "socket.__new__" or args[1] == _UNIX)
        return None if mine else event
    return _odd(event, args, readable)


def _paths(event: str, args: tuple[Any, ...]) -> tuple[list[Any], list[Any]]:
    """Return the paths to be written and those to be read."""
    if event == "open":
        path, _, flags = args
        return ([path], []) if (flags or 0) & _WRITING else ([], [path])
    return [args[at] for at in _WRITES.get(event, ())], [args[0]] if event in _READS else []


def _odd(event: str, args: tuple[Any, ...], readable: tuple[str, ...]) -> str | None:
    if event == "object.__setattr__" and args[1] == "__code__":
        mine = args[0].__code__.co_filename.startswith(_HERE)
        return "assignment to __code__" if mine else None
    # A file is named only where a compiled extension is about to be loaded.
    if event == "import" and args[1]:
        name, path = args[0], os.path.realpath(args[1])
        if name in _NATIVE or not _within(path, readable):
            return f"import of {name}"
    return None


def _unwritable(path: Any, work: str) -> str | None:
    if isinstance(path, int) or path in _IN_MEMORY:
        return None
    real = _real(path)
    if real in _DEVICES or _within(real, (work,)):
        return None
    # Without its folder it fails by itself, with the error that a test may be waiting for.
    missing = not os.path.lexists(os.path.dirname(real))
    return None if missing else f"writing {path!r}"


def _unreadable(path: Any, readable: tuple[str, ...]) -> str | None:
    if isinstance(path, int) or path is None:
        return None
    real = _real(path)
    if real in _DEVICES or _within(real, readable) or not os.path.lexists(real):
        return None
    return f"reading {path!r}"


def _real(path: Any) -> str:
    return os.path.realpath(os.fsdecode(path))


def _within(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in folders)
