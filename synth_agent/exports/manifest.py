"""What was made, by which versions, with which digests: `manifest.json`.

It names files without their folders, so that it says nothing about the machine it was made on.
"""

import hashlib
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, cast

import orjson
from pydantic import JsonValue

from synth_agent.exports.atomic import write_text
from synth_agent.exports.jsontext import json_bytes
from synth_agent.schemas import SCHEMA_VERSION, DatasetSpec, Report

__all__ = ["manifest", "spec_digest", "versions", "write_manifest"]

_PACKAGES: Final = (
    "synth-agent",
    "numpy",
    "mesa",
    "faker",
    "jinja2",
    "chromadb",
    "pyarrow",
    "tokenizers",
)
"""What the content of a dataset can depend on."""


def manifest(report: Report, files: Iterable[Path], *, now: datetime) -> dict[str, JsonValue]:
    """Return the manifest of a run whose files are written.

    Args:
        now: When it was finished, with its time zone.
    """
    if now.tzinfo is None:
        raise ValueError(f"expected a time with its zone, got {now!r}")
    return {
        "schema_version": SCHEMA_VERSION,
        "finished": now.astimezone(UTC).isoformat(timespec="seconds"),
        "status": "complete" if report.complete else "partial",
        "asked": report.asked,
        "accepted": report.accepted,
        "rejected": cast("JsonValue", report.rejected),
        "spec_sha256": spec_digest(report.spec),
        "seed": report.spec.seed,
        "sources": cast("JsonValue", report.sources),
        "embedder": report.embedder,
        "files": [_described(path) for path in files],
        "versions": cast("JsonValue", versions()),
    }


def write_manifest(path: Path, report: Report, files: Iterable[Path], *, now: datetime) -> None:
    """Write the manifest as JSON, whole or not at all."""
    text = json_bytes(manifest(report, files, now=now), indent=True).decode()
    write_text(path, text + "\n")


def versions() -> dict[str, str]:
    """Return the versions of Python, this package and those it makes records with."""
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def spec_digest(spec: DatasetSpec) -> str:
    """Return the SHA-256 of the spec as JSON with sorted keys: equal for equal specs."""
    plain = orjson.dumps(spec.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(plain).hexdigest()


def _described(path: Path) -> dict[str, JsonValue]:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256")
        return {"name": path.name, "bytes": file.tell(), "sha256": found.hexdigest()}
