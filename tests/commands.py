"""The command line in this process, against an endpoint, and what it answered."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from synth_agent.cli import main
from tests.endpoint import Endpoint, Logged

__all__ = ["KEY", "Commands", "Said", "embedded", "embedding_requests"]

KEY = "sk-test-0123456789abcdef"


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The object on the last line."""
        found: dict[str, Any] = orjson.loads(self.out.splitlines()[-1])
        return found


class Commands:
    """Runs `synth-agent` in this process."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._patch, self._capsys = monkeypatch, capsys
        for name in ("OPENAI_API_BASE", "SYNTH_AGENT_MODEL", "SYNTH_AGENT_RUNS"):
            monkeypatch.delenv(name, raising=False)

    def __call__(
        self, endpoint: Endpoint | None, *arguments: object, key: str | None = KEY
    ) -> Said:
        url = None if endpoint is None else endpoint.url
        for name, value in (("OPENAI_BASE_URL", url), ("OPENAI_API_KEY", key)):
            if value is None:
                self._patch.delenv(name, raising=False)
            else:
                self._patch.setenv(name, value)
        self._patch.setattr(sys, "argv", ["synth-agent", *map(str, arguments)])
        self._capsys.readouterr()
        with _hook_kept(), pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        code = ended.value.code
        return Said(code if isinstance(code, int) else 0, printed.out, printed.err)


@contextmanager
def _hook_kept() -> Iterator[None]:
    hook = sys.excepthook
    try:
        yield
    finally:
        sys.excepthook = hook


def embedding_requests(endpoint: Endpoint) -> list[Logged]:
    """Return the requests for embeddings, in order of arrival."""
    return [one for one in endpoint.log if one.path.endswith("/embeddings")]


def embedded(endpoint: Endpoint) -> list[str]:
    """Return every text that was sent to be embedded, as often as it was."""
    return [text for one in embedding_requests(endpoint) for text in one.body["input"]]
