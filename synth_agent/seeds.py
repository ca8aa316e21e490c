"""Given examples: a file in the user's own shape becomes payloads of the task."""

from pathlib import Path

from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.exports import read_rows
from synth_agent.pipeline import Run, Seed
from synth_agent.schemas import DatasetSpec
from synth_agent.schemas.fields import field_source
from synth_agent.text import comparable

__all__ = ["read_inputs", "read_seeds"]


def read_seeds(spec: DatasetSpec) -> list[Seed]:
    """Return the examples of the spec's seeds file, named by file and row.

    Raises:
        ConfigError: The file or a line cannot be read, or a row has none of the task's fields.
    """
    assert spec.seeds is not None, "asked only where there is a file"
    path = Path(spec.seeds)
    return [_seed(spec, path, n, row) for n, row in enumerate(read_rows(path), start=1)]


def read_inputs(spec: DatasetSpec) -> list[Seed]:
    """Return the inputs that a teacher is to answer: of a file, or of an earlier run's records.

    Raises:
        ConfigError: They cannot be read, or a row has none of the task's fields.
    """
    assert spec.inputs is not None, "asked only where there are some"
    path = Path(spec.inputs)
    if path.is_dir():
        with Run.open(path) as run:
            return [
                Seed(f"{path.name}:{r.slot}", comparable(spec.task, r.payload), r.payload)
                for r in run.journal.records()
            ]
    return [_seed(spec, path, n, row) for n, row in enumerate(read_rows(path), start=1)]


def _seed(spec: DatasetSpec, path: Path, number: int, row: dict[str, JsonValue]) -> Seed:
    payload: dict[str, JsonValue] = {}
    for name, value in row.items():
        own = field_source(spec.task, name) or (
            name if spec.task in {"tabular", "custom"} else None
        )
        if own is not None:
            payload.setdefault(own, value)
    text = comparable(spec.task, payload)
    if not text.strip():
        raise ConfigError(
            f"{path}, row {number}: none of its keys ({', '.join(row)}) is a field of task "
            f"{spec.task!r} ({', '.join(spec.field_names)})"
        )
    return Seed(f"{path.name}:{number}", text, payload)
