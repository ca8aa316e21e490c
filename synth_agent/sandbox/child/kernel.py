"""What the Linux kernel can take away from a process, asked for through libc.

Every function says whether the kernel agreed; none raises where it does not. Python 3.12 has
`os.unshare`, but Landlock and capabilities have no place in the standard library.

Source: the manual pages unshare(2), landlock(7), capset(2), prctl(2); the numbers of the Landlock
calls are the same on all architectures but alpha.
"""

# `pathlib` costs the child 5 ms of its start.
# ruff: noqa: PTH112

from __future__ import annotations

import ctypes
import os

# `typing` costs the child 5 ms of its start, so only type checkers read it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Final

__all__ = ["confine_files", "die_with_parent", "drop_capabilities", "leave_namespaces"]

_USER, _PROCESSES, _NETWORK, _IPC, _NAMES = (
    0x10000000,
    0x20000000,
    0x40000000,
    0x08000000,
    0x04000000,
)
_PARENT_DEATH_SIGNAL: Final = 1
_KILL: Final = 9
_NO_NEW_PRIVILEGES: Final = 38
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_READ: Final = 0b1100
_EXECUTE: Final = 0b1
_OF_A_FILE: Final = 0b1100_0000_0000_0111
"""Rights that a rule for a single file may name; the others belong to folders."""
_NEVER: Final = _EXECUTE | 1 << 6 | 1 << 9 | 1 << 11
"""Not even in the folder of the run: executing, and making devices or sockets."""


class _Ruleset(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint64) for name in ("files", "network", "scoped")]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> None:
    """Let the kernel kill this process when its parent ends, however that ends."""
    _libc.prctl(_PARENT_DEATH_SIGNAL, _KILL, 0, 0, 0)


def leave_namespaces() -> bool:
    """Move into a network without interfaces; the next child is the first of its own processes."""
    return bool(_libc.unshare(_USER | _PROCESSES | _NETWORK | _IPC | _NAMES) == 0)


def drop_capabilities() -> bool:
    """Give up every privilege that root or the user namespace gave, past the next exec too."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    kept = _libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    return bool(kept == 0 and _libc.capset(header, nothing) == 0)


def confine_files(*, readable: Iterable[str], executable: Iterable[str], work: str) -> int:
    """Allow these paths and no others; return the version of Landlock, 0 where there is none."""
    version = max(0, _libc.syscall(_CREATE_RULESET, None, 0, 1))
    if not version:
        return 0
    handled = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    rules = _Ruleset(handled, 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0)
    size = {1: 8, 2: 8, 3: 8, 4: 16, 5: 16}.get(version, 24)
    ruleset = _libc.syscall(_CREATE_RULESET, ctypes.byref(rules), size, 0)
    if ruleset < 0:
        return 0
    rights = dict.fromkeys(readable, _READ)
    rights |= dict.fromkeys(executable, _READ | _EXECUTE)
    rights[work] = handled & ~_NEVER
    for path, allowed in rights.items():
        _allow(ruleset, path, allowed & handled)
    confined = _libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0
    os.close(ruleset)
    return version if confined else 0


def _allow(ruleset: int, path: str, allowed: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    rule = _Beneath(allowed if os.path.isdir(path) else allowed & _OF_A_FILE, folder)
    _libc.syscall(_ADD_RULE, ruleset, 1, ctypes.byref(rule), 0)
    os.close(folder)
