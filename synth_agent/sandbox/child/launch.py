"""Shut this process in, layer by layer, then become the interpreter that runs the tests.

Called as `python -I -S -B launch.py FOLDER RUNNER CPU MEMORY FILE_SIZE FILES PROCESSES`; the
standard input is the runner's, the standard output the pipe for its verdict. With `probe` in place
of the runner it prints the layers that hold here instead.

Three processes: this one waits outside; the first process of the new process namespace waits
inside, and with it all others there die; the third becomes the runner. Every layer is an attempt,
and where the kernel says no, the others stand. What cannot be done without privileges or a newer
kernel is left out, never asked for.

Exit status: the runner's, or 128 + the number of the signal that ended it.
"""

# `pathlib` costs the child 5 ms of its start.
# ruff: noqa: PTH100, PTH112, PTH118, PTH120, PTH208

from __future__ import annotations

import importlib
import os
import resource
import sys

# `typing` costs the child 5 ms of its start, so only type checkers read it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["main"]

_HERE = os.path.dirname(os.path.abspath(__file__))
_OWN_USERS = 2_000_000_000
"""Root becomes this user plus its process id: no other process counts against its limits."""
_FLAGS = ("-I", "-S", "-B", "-X", "utf8")
_VERDICT = 9
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache")
_PLACES = ("/usr/share/zoneinfo", "/etc/mime.types", "/dev/null", "/dev/zero", "/dev/urandom")


def main() -> None:
    """Become what the command line names; the processes in between exit as it does."""
    work, runner, *numbers = sys.argv[1:]
    limits = dict(
        zip(("cpu", "memory", "file_size", "files", "processes"), map(int, numbers), strict=True)
    )
    kernel = _kernel()
    verdict = os.dup(1)
    _silence()
    layers = _apart(kernel, work, limits)
    _limit(limits)
    os.chdir(work)
    if kernel:
        layers += _confined(kernel, work)
    if runner == "probe":
        os.write(verdict, "; ".join(layers).encode())
        return
    # A descriptor that is made inheritable by dup2 keeps its number past the exec.
    os.dup2(verdict, _VERDICT)
    command = [sys.executable, *_FLAGS, runner, str(_VERDICT), work]
    os.execve(sys.executable, command, {"HOME": work, "TMPDIR": work})  # noqa: S606


def _apart(kernel: Any, work: str, limits: dict[str, int]) -> list[str]:
    """Leave user, namespaces and parent as far as possible, and name the layers that hold."""
    layers = ["limits of memory, CPU time, files"]
    own_user = os.geteuid() == 0 and _become_nobody(work)
    # The kernel does not count what belongs to root, not even inside namespaces.
    bound = os.geteuid() != 0
    if kernel:
        kernel.die_with_parent()
    apart = bool(kernel and kernel.leave_namespaces())
    _stand_by(kernel)
    if own_user:
        layers.append("a user of its own")
    if apart:
        layers.append("namespaces (no network, own processes)")
        _stand_by(kernel)
    if bound and (own_user or apart):
        layers.append("limit of processes")
    else:
        limits["processes"] = 0
    return layers


def _kernel() -> Any:
    """Return the module of kernel calls, or None where this is no Linux or has no ctypes."""
    if not sys.platform.startswith("linux"):
        return None
    # Isolated mode keeps the script's own folder off the path.
    sys.path.append(_HERE)
    try:
        return importlib.import_module("kernel")
    except (ImportError, OSError):
        return None


def _silence() -> None:
    """Send what is printed into memory, where the file limit holds for it, and nobody reads it."""
    if hasattr(os, "memfd_create"):
        output = os.memfd_create("output")
    else:
        output = os.open(os.devnull, os.O_WRONLY)
    os.dup2(output, 1)
    os.dup2(output, 2)


def _become_nobody(work: str) -> bool:
    """Leave root for a user who owns the folder and nothing else, if that user can read Python."""
    user = _OWN_USERS + os.getpid()
    needed = (os.__file__, sys.executable, __file__, os.path.dirname(work))
    try:
        os.setgroups([])
        os.setegid(user)
        os.seteuid(user)
        reads = all(os.access(path, os.R_OK, effective_ids=True) for path in needed[:3])
        reads = reads and os.access(needed[3], os.X_OK, effective_ids=True)
        os.seteuid(0)
        os.setegid(0)
        if reads:
            os.chown(work, user, user)
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
    except OSError:
        return False
    return reads


def _stand_by(kernel: Any) -> None:
    """Fork; the child returns, the parent waits and exits as the child did."""
    child = os.fork()
    if child == 0:
        if kernel:
            kernel.die_with_parent()
        return
    while True:
        pid, status = os.wait()
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _limit(limits: dict[str, int]) -> None:
    """Set soft and hard limits; one more second of CPU time lies between the signal and the end."""
    wanted = {
        resource.RLIMIT_CPU: (limits["cpu"], limits["cpu"] + 1),
        resource.RLIMIT_AS: (limits["memory"],) * 2,
        resource.RLIMIT_FSIZE: (limits["file_size"],) * 2,
        resource.RLIMIT_NOFILE: (limits["files"],) * 2,
        resource.RLIMIT_CORE: (0, 0),
    }
    if limits["processes"]:
        wanted[resource.RLIMIT_NPROC] = (limits["processes"],) * 2
    for what, (soft, hard) in wanted.items():
        try:  # noqa: SIM105 - contextlib costs 4 ms
            resource.setrlimit(what, (soft, hard))
        except (OSError, ValueError):
            pass


def _confined(kernel: Any, work: str) -> list[str]:
    layers = ["no privileges"] if kernel.drop_capabilities() else []
    program = os.path.realpath(sys.executable)
    readable = {
        *sys.path,
        *_LIBRARIES,
        *_PLACES,
        _HERE,
        os.path.dirname(program),
        os.path.dirname(sys.executable),
        os.path.join(sys.base_prefix, "lib"),
        os.path.join(sys.prefix, "pyvenv.cfg"),
        os.path.join(os.path.dirname(sys.executable), "..", "pyvenv.cfg"),
    }
    # The dynamic loader is executed too, under whatever name the program asks for it.
    loaders = (
        os.path.join(folder, name)
        for folder in ("/lib", "/lib64")
        if os.path.isdir(folder)
        for name in os.listdir(folder)
        if name.startswith("ld-")
    )
    if kernel.confine_files(readable=readable, executable={program, *loaders}, work=work):
        layers.append("Landlock (files, TCP)")
    return layers


if __name__ == "__main__":
    main()
