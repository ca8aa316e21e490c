"""What the kernel refuses when there is no hook in the interpreter."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from synth_agent import sandbox
from synth_agent.sandbox import protection

LAUNCHER = Path(sandbox.__file__).parent / "child" / "launch.py"
LIMITS = ("8", str(512 * 1024 * 1024), "1000000", "64", "32")


def launched(program: str, tmp_path: Path, layer: str) -> str:
    """Run a program that nothing but the kernel watches; it says what it has to say to `tell`."""
    if layer not in protection():
        pytest.skip(f"this machine does not grant: {layer}")
    work = tmp_path / "work"
    work.mkdir()
    script = work / "program.py"
    head = "import os, sys\ntell = lambda *a: os.write(9, ' '.join(map(str, a)).encode())\n"
    script.write_text(head + textwrap.dedent(program))
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(LAUNCHER), str(work), str(script), *LIMITS],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={},
        timeout=30,
        check=False,
    )
    return done.stdout.decode()


@pytest.mark.parametrize(
    "act",
    [
        "open('/etc/passwd')",
        "os.listdir('/')",
        "open('/dev/shm/evil', 'w')",
        "open('/proc/1/stat')",
    ],
    ids=["reading", "listing", "writing", "processes"],
)
def test_files_outside_are_out_of_reach(act: str, tmp_path: Path) -> None:
    program = f"""
        try:
            {act}
        except PermissionError:
            tell("refused")
    """

    assert launched(program, tmp_path, "Landlock") == "refused"


def test_there_is_no_network(tmp_path: Path) -> None:
    program = """
        import socket
        tell([name for _, name in socket.if_nameindex() if name != "lo"])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            try:
                sock.sendto(b"x", ("127.0.0.1", 9))
            except OSError:
                tell("unreachable")
    """

    assert launched(program, tmp_path, "namespaces") == "[]unreachable"


def test_what_a_program_starts_dies_with_it(tmp_path: Path) -> None:
    program = """
        import time
        if os.fork() == 0:
            os.setsid()
            time.sleep(60)
        tell("started")
        os._exit(0)
    """

    said = launched(program, tmp_path, "namespaces")

    assert said == "started"
    lines = [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path) in text(path)]
    assert not lines


def text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def test_a_program_starts_no_other(tmp_path: Path) -> None:
    program = """
        try:
            os.execv("/bin/sh", ["sh", "-c", "true"])
        except PermissionError:
            tell("refused")
    """

    assert launched(program, tmp_path, "Landlock") == "refused"


def test_processes_are_limited(tmp_path: Path) -> None:
    program = """
        import time
        for n in range(100):
            try:
                child = os.fork()
            except BlockingIOError:
                tell("limited")
                break
            if child == 0:
                time.sleep(60)
    """

    assert launched(program, tmp_path, "limit of processes") == "limited"


def test_an_end_by_a_signal_is_passed_on(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    script = work / "program.py"
    script.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", str(LAUNCHER), str(work), str(script), *LIMITS],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 128 + 11
