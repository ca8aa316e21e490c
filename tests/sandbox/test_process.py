import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from synth_agent import sandbox
from synth_agent.sandbox import Limits, Outcome, arun, protection, run

ADD = "def add(a, b):\n    return a + b\n"
TRUE = "assert True"
RUNNER = Path(sandbox.__file__).parent / "child" / "runner.py"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the folders of the runs are made, so that what is left of them is found."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def alive(folders: Path) -> list[str]:
    """Command lines of processes that work for runs in these folders."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folders) in line and int(path.parent.name) != os.getpid():
            found.append(line)
    return found


def behind_the_hook_alone(code: str, folder: Path, *, tests: str = TRUE) -> str:
    """Run without the launcher, as on a machine whose kernel grants nothing."""
    task = b"n" * 32 + b"%010d" % len(code.encode()) + (code + tests).encode()
    flags = ("-I", "-S", "-B", "-X", "utf8")
    done = subprocess.run(
        [sys.executable, *flags, str(RUNNER), "1", str(folder)],
        input=task,
        capture_output=True,
        cwd=folder,
        env={},
        timeout=30,
        check=False,
    )
    lines = done.stdout.decode().partition("n" * 32 + " ")[2].splitlines()
    return lines[0] if lines else f"status {done.returncode}"


def test_a_solution_that_is_right_passes() -> None:
    outcome = run(ADD, "assert add(1, 2) == 3\nassert add(0, 0) == 0")

    assert (outcome.kind, outcome.tests, outcome.detail) == ("passed", 2, "")
    assert outcome.passed
    assert outcome.seconds > 0


@pytest.mark.parametrize(
    ("code", "tests", "kind", "detail"),
    [
        pytest.param(
            ADD, "assert add(1, 1) == 3, 'sum'", "failed", "AssertionError: sum", id="wrong"
        ),
        pytest.param(ADD, "add(1)", "error", "TypeError: add() missing 1", id="exception"),
        pytest.param("def f(:", TRUE, "syntax", "syntax (<solution>", id="syntax"),
        pytest.param(ADD, "assert (", "syntax", "(<tests>, line 1)", id="syntax-of-tests"),
        pytest.param("a = '\0'", TRUE, "syntax", "null bytes", id="null"),
        pytest.param("a = '\ud800'", TRUE, "syntax", "surrogate", id="surrogate"),
        pytest.param(ADD, "", "no-tests", "", id="nothing"),
        pytest.param(ADD, "for n in []:\n    assert add(n, n)", "no-tests", "", id="never-reached"),
        pytest.param("import sys\nsys.exit(0)", TRUE, "error", "SystemExit: 0", id="exit"),
        pytest.param(
            ADD, "def test_it():\n    raise SystemExit", "error", "SystemExit", id="exit-in-test"
        ),
        pytest.param(
            "import os\nos._exit(0)", TRUE, "error", "before the tests were done", id="hard-exit"
        ),
        pytest.param("import os\nos.abort()", TRUE, "killed", "SIGABRT", id="abort"),
        pytest.param("x = bytearray(10**10)", TRUE, "memory", "MemoryError", id="memory"),
        pytest.param("while True: print('x' * 999)", TRUE, "error", "File too large", id="output"),
        pytest.param("open('f', 'wb').write(bytes(10**8))", TRUE, "error", "too large", id="file"),
        pytest.param("import numpy", TRUE, "error", "No module named 'numpy'", id="packages"),
        pytest.param("def f(): f()", "f()", "error", "RecursionError", id="recursion"),
    ],
)
def test_says_how_a_run_ended(code: str, tests: str, kind: str, detail: str) -> None:
    outcome = run(code, tests)

    assert outcome.kind == kind
    assert detail in outcome.detail


@pytest.mark.parametrize("limits", [Limits(wall=0.8), Limits(cpu=1)], ids=["wall-time", "cpu-time"])
def test_an_endless_loop_is_ended(limits: Limits, folders: Path) -> None:
    outcome = run("while True: pass", TRUE, limits=limits)

    assert outcome.kind == "timeout"
    assert not alive(folders)


FORBIDDEN = [
    pytest.param("open('/etc/passwd').read()", id="reading"),
    pytest.param("import os\nos.listdir('/')", id="listing"),
    pytest.param("open('/tmp/evil.txt', 'w')", id="writing"),
    pytest.param("open('../evil.txt', 'w')", id="climbing"),
    pytest.param("import os\nos.symlink('/etc', 'e')\nopen('e/passwd')", id="link"),
    pytest.param("import os\nos.fork()", id="fork"),
    pytest.param("import os\nwhile True: os.fork()", id="fork-bomb"),
    pytest.param("import subprocess\nsubprocess.run(['true'])", id="subprocess"),
    pytest.param("import _posixsubprocess as p\np.fork_exec()", id="fork-without-event"),
    pytest.param("import os\nos.system('true')", id="shell"),
    pytest.param("import os\nos.execv('/bin/true', ['true'])", id="exec"),
    pytest.param("import os\nos.kill(os.getppid(), 9)", id="kill"),
    pytest.param("import socket\nsocket.socket()", id="socket"),
    pytest.param("import urllib.request as u\nu.urlopen('http://localhost/')", id="http"),
    pytest.param("import gc\ngc.get_objects()", id="objects"),
    pytest.param("import sys\nsys._current_frames()", id="frames"),
    pytest.param(
        "import sys\ndel sys.modules['_ctypes']\nimport ctypes\nctypes.CDLL(None)", id="native"
    ),
    pytest.param("import sqlite3\nsqlite3.connect('/tmp/evil.db')", id="database"),
]


@pytest.mark.parametrize("code", FORBIDDEN)
def test_what_leads_outside_is_refused(code: str) -> None:
    assert run(code, TRUE).kind == "forbidden"


@pytest.mark.parametrize("code", FORBIDDEN)
def test_the_hook_refuses_alone_what_the_kernel_would(code: str, tmp_path: Path) -> None:
    assert behind_the_hook_alone(code + "\n", tmp_path).startswith("forbidden ")


def test_a_refusal_that_is_caught_counts() -> None:
    outcome = run("try:\n    open('/etc/passwd')\nexcept OSError:\n    pass", TRUE)

    assert outcome.kind == "forbidden"
    assert outcome.detail == "reading '/etc/passwd'"


@pytest.mark.parametrize(
    "code",
    [
        "from pathlib import Path as P\nP('b').write_text('é')\nP('b').unlink()",
        "import tempfile\nwith tempfile.TemporaryFile() as f: f.write(b'x')",
        "import sqlite3\nsqlite3.connect(':memory:').execute('select 1')",
        "import threading\nt = threading.Thread(target=print)\nt.start()\nt.join()",
        "import concurrent.futures as c\nwith c.ThreadPoolExecutor(4) as p: list(p.map(abs, [1]))",
        "import asyncio\nasync def f(): await asyncio.sleep(0)\nasyncio.run(f())",
        "import hashlib, ssl, decimal, json, csv, zlib, datetime, zoneinfo, dataclasses, logging",
        "try:\n    open('/no/such/file')\nexcept FileNotFoundError:\n    pass",
        "import sys\nassert sys.stdin.read() == ''",
        "import mimetypes\nassert mimetypes.guess_type('a.txt')[0] == 'text/plain'",
        "import unittest.mock as m\nwith m.patch('builtins.input', return_value=1): assert input()",
        "print('naïve', '\\U0001f600')",
        "import shutil, os\nshutil.rmtree(os.getcwd(), ignore_errors=True)",
    ],
    ids=[
        *(
            "files",
            "temporary-file",
            "database",
            "thread",
            "pool",
            "loop",
            "library",
            "missing-file",
        ),
        *("no-input", "types", "patch", "unicode", "own-folder"),
    ],
)
def test_what_a_program_usually_does_is_allowed(code: str) -> None:
    outcome = run(code, TRUE)

    assert outcome == Outcome("passed", "", outcome.seconds, 1)


def test_the_environment_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    outcome = run("import os", "assert not set(os.environ) - {'HOME', 'TMPDIR', 'LC_CTYPE'}")

    assert outcome.passed, outcome


def test_a_server_on_this_machine_is_not_reached(socket_enabled: None, tmp_path: Path) -> None:
    reached = threading.Event()

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        port = server.getsockname()[1]
        code = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)\n"
        outcomes = run(code, TRUE).kind, behind_the_hook_alone(code, tmp_path).split()[0]
        try:
            server.accept()[0].close()
            reached.set()
        except TimeoutError:
            pass

    assert outcomes == ("forbidden", "forbidden")
    assert not reached.is_set()


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("print('passed 1 ')", id="printing"),
        pytest.param(
            "import os\nfor fd in range(3, 64):\n    try:\n"
            "        os.write(fd, b'0' * 32 + b' passed 1 \\n')\n"
            "    except OSError: pass\nos._exit(0)",
            id="every-descriptor",
        ),
        pytest.param("import os\nwhile True: os.write(9, bytes(60_000))", id="flood"),
        pytest.param("import sys, os\nos.write(9, str(sys.argv).encode())\nos._exit(0)", id="argv"),
        pytest.param("import builtins\nbuiltins.AssertionError = KeyError", id="builtins"),
        pytest.param("import json, os\nos.write = os._exit = print", id="os"),
        pytest.param("import sys\nsys.modules['__main__'].verdict = 'passed'", id="main"),
        pytest.param("import atexit, os\natexit.register(os._exit, 0)", id="at-exit"),
        pytest.param("import unittest\nunittest.TestCase.fail = print", id="unittest"),
        pytest.param("import pytest\npytest.raises = print", id="pytest"),
    ],
)
def test_a_verdict_is_not_forged(code: str) -> None:
    outcome = run(code, "import unittest, pytest\nassert False")

    assert not outcome.passed


def test_a_patched_unittest_fools_nobody() -> None:
    code = "import unittest\nunittest.TestCase.assertEqual = lambda *_: None"
    tests = "import unittest\nclass T(unittest.TestCase):\n def test(self): self.assertEqual(1, 2)"

    assert run(code, tests).kind == "failed"


@pytest.mark.parametrize(
    "body",
    ["return 'x' * 10**8", "raise KeyError", "return 1", "import sys; sys.exit(0)"],
    ids=["giant", "raising", "no-text", "leaving"],
)
def test_the_words_of_an_error_are_bounded(body: str) -> None:
    code = f"class Odd(Exception):\n    def __str__(self):\n        {body}\nraise Odd"

    outcome = run(code, TRUE)

    assert outcome.kind == "error"
    assert outcome.detail.startswith("Odd")
    assert len(outcome.detail) <= 310


def test_the_detail_names_no_folder_of_this_machine(folders: Path) -> None:
    outcome = run("import os, json", "assert 0, f'{os.getcwd()}/x {os.__file__} {json.__file__}'")

    assert outcome.detail.startswith("AssertionError: ./x <python>")
    assert str(folders) not in outcome.detail
    assert sys.base_prefix not in outcome.detail


def test_text_that_is_too_long_is_not_run() -> None:
    assert "more than 100 characters" in run("a" * 101, "", limits=Limits(text=100)).detail


def test_a_limit_that_is_not_positive_is_refused() -> None:
    with pytest.raises(ValueError, match="wall must be positive, got 0"):
        Limits(wall=0)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "import os\nos._exit(3)",
        "import os\nos.mkdir('a')\nopen('a/b', 'w')\nos.chmod('a', 0)",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()",
        "import os\nos.setsid() if os.getsid(0) != os.getpid() else 0\nos.setpgid(0, 0)",
    ],
    ids=["passed", "left", "locked-folder", "thread", "own-group"],
)
def test_a_run_leaves_nothing_behind(code: str, folders: Path) -> None:
    run(code, TRUE, limits=Limits(wall=5))

    assert not list(folders.iterdir())
    assert not alive(folders)


def test_a_run_that_is_cancelled_leaves_nothing_behind(folders: Path) -> None:
    async def main() -> None:
        task = asyncio.create_task(arun("while True: pass", TRUE))
        async with asyncio.timeout(10):
            while not alive(folders):  # noqa: ASYNC110 - what is waited for is another process
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())

    assert not list(folders.iterdir())
    assert not alive(folders)


def test_the_loop_goes_on_while_code_runs() -> None:
    async def main() -> tuple[Outcome, int]:
        task = asyncio.create_task(arun("import time\ntime.sleep(0.2)", TRUE))
        turns = 0
        while not task.done():
            await asyncio.sleep(0.01)
            turns += 1
        return await task, turns

    outcome, turns = asyncio.run(main())

    assert outcome.passed
    assert turns > 2


def test_no_more_run_at_once_than_the_caller_allows(folders: Path) -> None:
    async def main() -> tuple[int, list[Outcome]]:
        slots = asyncio.Semaphore(2)
        runs = asyncio.gather(
            *(arun("import time\ntime.sleep(0.05)", TRUE, slots=slots) for _ in "abcde")
        )
        most = 0
        while not runs.done():
            most = max(most, len(os.listdir(folders)))  # noqa: PTH208 - a loop runs
            await asyncio.sleep(0.005)
        return most, await runs

    most, outcomes = asyncio.run(main())

    assert most == 2
    assert all(outcome.passed for outcome in outcomes)


def test_works_inside_a_running_loop() -> None:
    async def main() -> Outcome:
        return run(ADD, "assert add(1, 1) == 2")

    assert asyncio.run(main()).passed


def test_says_what_protects_here() -> None:
    layers = protection()

    assert layers.startswith("limits of memory, CPU time, files")
    assert layers.endswith("audit hook in the interpreter")


def test_a_bare_assert_that_fails_says_where_it_stands() -> None:
    outcome = run(ADD, "def test_sum():\n    assert add(1, 1) == 2\n    assert add(1, 2) == 4")

    assert outcome.detail == "AssertionError in test_sum, line 3 of the tests"
