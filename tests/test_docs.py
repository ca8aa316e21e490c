"""Every command and every piece of Python in the docs is run, and shows what the docs say.

A `console` block holds commands behind `$ ` and their output; `…` stands for anything. Blocks of
one file share a folder, in order. A `python` block is run as it stands.
"""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.endpoint import Endpoint
from tests.endpoint.expert import expert

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(console|python)\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Step(NamedTuple):
    command: str
    expected: str


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield match[1], match[2]


def steps(block: str) -> Iterator[Step]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        command = lines.pop(0)
        while command.endswith("\\\n"):
            command += lines.pop(0)
        yield Step(command.strip(), "".join(lines))


def matches(expected: str, said: str) -> bool:
    """Compare line by line, blanks at line ends and runs of blanks folded."""

    def plain(text: str) -> str:
        return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())

    pattern = re.escape(plain(expected)).replace("…", r"(?:.|\n)*?")
    return re.fullmatch(pattern, plain(said)) is not None


def test_the_pages_hold_commands() -> None:
    assert sum(kind == "console" for page in PAGES for kind, _ in blocks(page)) >= 5
    assert sum(kind == "python" for page in PAGES for kind, _ in blocks(page)) >= 2


@pytest.fixture
def endpoint(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every command have a model: a stand-in that writes well."""
    with Endpoint(expert()) as running:
        monkeypatch.setenv("OPENAI_BASE_URL", running.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
        yield


@pytest.mark.usefixtures("endpoint")
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_shows_is_what_happens(page: Path, tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    for kind, group in groupby(blocks(page), key=itemgetter(0)):
        if kind == "python":
            _run([sys.executable, "-c", _each_for_itself([block for _, block in group])], tmp_path)
            continue
        for step in chain.from_iterable(steps(block) for _, block in group):
            if step.command.startswith("make "):
                continue  # the suite itself runs under `make test`; CI runs both targets
            said = _run(["bash", "-c", _with_path(step.command)], tmp_path)
            assert not step.expected.strip() or matches(step.expected, said), (
                f"$ {step.command}\n--- the page says\n{step.expected}\n--- it answers\n{said}"
            )


def _each_for_itself(programs: list[str]) -> str:
    """Return a program that runs each in a name space of its own, but imports once for all."""
    return f"for program in {programs!r}: exec(program, {{'__name__': '__main__'}})"


def _with_path(command: str) -> str:
    scripts = shlex.quote(str(Path(sys.executable).parent))
    return f"export PATH={scripts}:$PATH COLUMNS=100; {command}"


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        text=True,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    expected_failure = done.returncode in {2, 3} and command[0] == "bash"
    assert done.returncode == 0 or expected_failure, f"{command[-1]}\n{done.stdout}"
    return done.stdout
