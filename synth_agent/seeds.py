"""Given examples: a file of any shape, or an earlier run, becomes payloads of the task."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.exports import read_rows
from synth_agent.exports.exchanges import exchange, reading_of
from synth_agent.exports.readback import payload_of, read_back
from synth_agent.pipeline import Run, Seed
from synth_agent.schemas import DEFAULT_FIELDS, DatasetSpec
from synth_agent.schemas.fields import field_source
from synth_agent.text import Comparable

__all__ = ["read_inputs", "read_seeds"]

Payload = dict[str, JsonValue]


def read_seeds(spec: DatasetSpec) -> list[Seed]:
    """Return the examples of the spec's seeds: of a file, or of an earlier run's records.

    They are named by file and row, or by run and slot.

    Raises:
        ConfigError: They cannot be read, or a row has none of the task's fields.
    """
    assert spec.seeds is not None, "asked only where there are some"
    return _read(spec, Path(spec.seeds), Comparable.of(spec))


def read_inputs(spec: DatasetSpec) -> list[Seed]:
    """Return the inputs that a teacher is to answer: of a file, or of an earlier run's records.

    Raises:
        ConfigError: They cannot be read, or a row has none of the task's fields.
    """
    assert spec.inputs is not None, "asked only where there are some"
    # Their text is what is answered, so nothing may be left out of it or masked.
    return _read(spec, Path(spec.inputs), Comparable(spec.task))


def _read(spec: DatasetSpec, path: Path, compared: Comparable) -> list[Seed]:
    if not path.exists():
        raise ConfigError(
            f"{path} does not exist; expected a file of examples, or the folder of an earlier run"
        )
    payloads = _of_run if path.is_dir() else _of_file
    name, whole = path.resolve().name, Comparable(spec.task)
    seeds = []
    for number, keys, payload in payloads(spec, path):
        if not whole(payload).strip():
            raise ConfigError(
                f"{path}, row {number}: none of its keys ({keys}) is a field of task "
                f"{spec.task!r} ({', '.join(spec.field_names)}), and it is in no known layout"
            )
        seeds.append(Seed(f"{name}:{number}", compared(payload), payload))
    return seeds


def _of_file(spec: DatasetSpec, path: Path) -> Iterator[tuple[int, str, Payload]]:
    """Yield number from 1, keys and payload of each row."""
    for number, row in enumerate(read_rows(path), start=1):
        payload = read_back(spec.task, row)
        if payload is None:
            payload = _by_names(spec.task, row)
        yield number, ", ".join(row), payload


def _of_run(spec: DatasetSpec, path: Path) -> Iterator[tuple[int, str, Payload]]:
    """Yield slot, keys and payload of each record; another task's is taken for what it asks."""
    with Run.open(path) as run:
        same = run.spec.task == spec.task or not DEFAULT_FIELDS[spec.task]
        reading = None if same else reading_of(run.spec)
        for record in run.journal.records():
            row = record.payload
            if reading is not None:
                payload = payload_of(spec.task, exchange(reading, row))
            else:
                payload = row if same else _by_names(spec.task, row)
            yield record.slot, ", ".join(row), payload


def _by_names(task: str, row: Payload) -> Payload:
    """Return the row under the task's own names; of two keys for one, the first."""
    payload: Payload = {}
    for name, value in row.items():
        if own := field_source(task, name):
            payload.setdefault(own, value)
    return payload
