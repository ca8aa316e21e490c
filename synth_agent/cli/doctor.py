"""`doctor`: what is installed, who would write, what can be reached, what protects this machine.

It never prints a key: only whether one is set.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

if TYPE_CHECKING:
    from pydantic import SecretStr

    from synth_agent.settings import Settings

__all__ = ["doctor"]

_PATIENCE: Final = 3.0
"""Seconds to wait for a model's endpoint."""
_DOCS: Final = {"pypdf": "pypdf", "docx": "python-docx", "bs4": "beautifulsoup4", "lxml": "lxml"}
"""Modules of the extra `docs` -> the packages they come in."""
_LITTLE: Final = 1 << 30
"""Free bytes under which the disk is worth a warning."""


class _Finding(NamedTuple):
    well: bool | None
    """None: neither good nor bad, just so."""
    what: str
    said: str


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Say what is installed, which models can be reached, and whether the disk can be written."""
    import orjson

    from synth_agent.settings import Settings

    settings = Settings()
    findings = [
        *_installed(),
        *_extras(),
        *_disk(settings.runs),
        *_packs(),
        *_memory(settings),
        *_writer(settings),
        *_models(settings),
        *_tokens(settings.model),
        *_sandbox(),
    ]
    if json:
        typer.echo(orjson.dumps([f._asdict() for f in findings]).decode())
    else:
        for finding in findings:
            mark = {True: "ok  ", False: "bad ", None: "-   "}[finding.well]
            typer.echo(f"{mark}{finding.what:<12} {finding.said}")
    if any(finding.well is False for finding in findings):
        raise typer.Exit(2)


def _installed() -> Iterator[_Finding]:
    from synth_agent.exports import versions

    found = versions()
    yield _Finding(sys.version_info >= (3, 11), "python", found.pop("python"))
    for name, version in found.items():
        yield _Finding(version != "not installed", name, version)


def _extras() -> Iterator[_Finding]:
    from importlib.util import find_spec

    missing = [package for module, package in _DOCS.items() if find_spec(module) is None]
    said = ", ".join(_DOCS.values())
    if missing:
        said = f"{', '.join(missing)} not installed: pip install 'synth-agent[docs]'"
    yield _Finding(None if missing else True, "--docs", said)


def _disk(runs: Path) -> Iterator[_Finding]:
    place = runs
    while not place.exists():
        place = place.parent
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        yield _Finding(False, "disk", f"cannot write in {runs}: {error.strerror}")
        return
    free = shutil.disk_usage(place).free
    yield _Finding(free > _LITTLE, "disk", f"{runs} can be written, {free / 1e9:,.1f} GB free")


def _packs() -> Iterator[_Finding]:
    from synth_agent.errors import ConfigError
    from synth_agent.rules import load_pack, pack_names

    broken = []
    for name in pack_names():
        try:
            load_pack(name)
        except ConfigError as error:
            broken.append(str(error))
    yield _Finding(not broken, "packs", "; ".join(broken) or ", ".join(pack_names()))


def _memory(settings: "Settings") -> Iterator[_Finding]:
    from synth_agent.errors import ConfigError
    from synth_agent.store import probe
    from synth_agent.store.server import Server

    where = f" at {settings.chroma}" if settings.chroma else ""
    try:
        token = settings.chroma_token
        fault = probe(Server.at(settings.chroma, token=token) if settings.chroma else None)
    except ConfigError as error:
        fault = str(error)
    yield _Finding(not fault, "memory", fault or f"Chroma{where} opens, writes and finds")


def _writer(settings: "Settings") -> Iterator[_Finding]:
    if settings.model is None:
        said = "none: rules write, unless --model names one (or SYNTH_AGENT_MODEL)"
        yield _Finding(None, "model", said)
        return
    from synth_agent.errors import ConfigError
    from synth_agent.models.resolve import Access, chat_model

    try:
        chat_model(settings.model, access=Access.of(settings))
    except ConfigError as error:
        yield _Finding(False, "model", str(error))
    else:
        yield _Finding(True, "model", f"{settings.model} writes (SYNTH_AGENT_MODEL)")


def _tokens(model: str | None) -> Iterator[_Finding]:
    from synth_agent.models.tokens import counter_for

    counter = counter_for(model or "openai:gpt-4o")
    counter.text("one")  # reads the vocabulary
    exact = "exact" if counter.exact else f"estimates for {model}"
    said = "o200k_base is shipped, nothing is fetched"
    yield _Finding(True, "tokens", f"{said}; counts are {exact}" if model else said)


def _sandbox() -> Iterator[_Finding]:
    from synth_agent.sandbox import protection

    try:
        yield _Finding(None, "--run-code", protection())
    except OSError as error:
        yield _Finding(False, "--run-code", f"the sandbox cannot be started: {error}")


def _models(settings: "Settings") -> Iterator[_Finding]:
    base = settings.openai_base_url or "https://api.openai.com/v1"
    if settings.openai_api_key or settings.openai_base_url:
        yield _endpoint("openai", base, settings.openai_api_key)
    else:
        yield _Finding(None, "openai", "OPENAI_API_KEY is not set")
    keyed = "is set" if settings.anthropic_api_key else "is not set"
    yield _Finding(None, "anthropic", f"ANTHROPIC_API_KEY {keyed}")
    if settings.ollama_host:
        host = settings.ollama_host
        yield _endpoint("ollama", host if "://" in host else f"http://{host}", None)


def _endpoint(name: str, base: str, key: "SecretStr | None") -> _Finding:
    import urllib.error
    import urllib.request
    from urllib.parse import urlsplit

    parts = urlsplit(base)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return _Finding(False, name, "the base URL is not of the form http(s)://host")
    # A base URL can hold a user and password: only where it leads is said.
    place = parts.hostname + (f":{parts.port}" if parts.port else "") + parts.path
    path = "/api/tags" if name == "ollama" else "/models"
    request = urllib.request.Request(base.rstrip("/") + path)  # noqa: S310  http(s) alone, see above
    if key is not None:
        request.add_header("Authorization", f"Bearer {key.get_secret_value()}")
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
            return _Finding(True, name, f"{place} answers ({answer.status})")
    except urllib.error.HTTPError as error:
        return _Finding(False, name, f"{place} answers {error.code} {error.reason}")
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        return _Finding(False, name, f"{place} cannot be reached: {reason}")
