"""The folder of a run: `spec.yaml` to read, `journal.sqlite` to go on from, and a lock.

The journal is the truth, the spec included; `spec.yaml` is its readable copy.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from itertools import count as numbers_from
from pathlib import Path
from typing import Any, Final, Self

import orjson
from filelock import FileLock, Timeout

from synth_agent.errors import ConfigError
from synth_agent.pipeline.journal import Journal
from synth_agent.pipeline.rows import Seed
from synth_agent.pipeline.slots import Segment, SlotPlan, extend
from synth_agent.schemas import SCHEMA_VERSION, DatasetSpec, Usage
from synth_agent.text import digest, slug

__all__ = ["BATCH", "Run", "new_folder"]

BATCH: Final = 256
"""Drafts that are judged and written at once. A run keeps the number it was made with."""

_JOURNAL: Final = "journal.sqlite"
_SPEC: Final = "spec.yaml"


def new_folder(root: Path, spec: DatasetSpec, *, now: datetime) -> Path:
    """Make and return a folder for a run, `<YYYYmmdd-HHMMSS>-<slug>`, numbered if that is taken."""
    name = f"{now:%Y%m%d-%H%M%S}-{slug(spec.domain or spec.brief or spec.task)}"
    for number in numbers_from(2):
        try:
            (root / name).mkdir(parents=True)
        except FileExistsError:
            name = f"{name.removesuffix(f'.{number - 1}')}.{number}"
        except OSError as error:
            raise ConfigError(
                f"cannot make a run's folder in {root}: {error.strerror}; choose another --run-dir"
            ) from error
        else:
            break
    return root / name


class Run:
    """An open run; a context manager that closes its journal.

    Attributes:
        path: The folder.
        spec: What is wanted, extensions included.
    """

    def __init__(self, path: Path, journal: Journal) -> None:
        self.path = path
        self.journal = journal
        self._segments = journal.segments()
        self.spec = _extended(_read_spec(journal), self._segments)
        # Not per thread: the loop that acquires it may be closed from another.
        self._lock = FileLock(path / "run.lock", timeout=0, thread_local=False)

    @classmethod
    def create(
        cls,
        path: Path,
        spec: DatasetSpec,
        *,
        text: str,
        now: datetime,
        seeds: Iterable[Seed] = (),
    ) -> Self:
        """Make a folder that does not exist or is empty into a run.

        Args:
            path: The folder itself, see `new_folder`.
            text: The spec as YAML, for `spec.yaml`.
            seeds: Examples that must not be repeated; kept in the journal.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise ConfigError(
                    f"{path} is not empty; name a new folder, or go on with the run in it: "
                    f"synth-agent resume {path}"
                )
            (path / _SPEC).write_text(text, encoding="utf-8")
        except OSError as error:
            raise ConfigError(
                f"cannot write the run's folder {path}: {error.strerror}; choose another --run-dir"
            ) from error
        meta = {
            "spec": spec.model_dump_json(),
            "spec_yaml": digest(text).hex(),
            "created": now.isoformat(),
            "batch": str(BATCH),
            "status": "new",
            "seconds": "0",
        }
        segment = Segment.of(spec)
        return cls(path, Journal.create(path / _JOURNAL, meta=meta, segment=segment, seeds=seeds))

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a run that exists, also while another process is working on it.

        Raises:
            ConfigError: Not a run, of a newer version, or its `spec.yaml` was edited.
            RunError: The journal is damaged.
        """
        if not path.is_dir():
            raise ConfigError(f"{path} is not a folder; expected that of a run: runs/<time>-<slug>")
        journal = Journal.open(path / _JOURNAL)
        try:
            _refuse_edits(path / _SPEC, journal.meta("spec_yaml"))
            return cls(path, journal)
        except BaseException:
            journal.close()
            raise

    def close(self) -> None:
        """Close the journal."""
        self.journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def status(self) -> str:
        """`new`, `running` (also after a kill), `interrupted`, `partial` or `complete`."""
        return self.journal.meta("status") or "new"

    @cached_property
    def plan(self) -> SlotPlan:
        """The slots of the run."""
        return SlotPlan(self.spec, self._segments)

    @property
    def batch(self) -> int:
        """How many drafts are judged and written at once: fixed for ever when the run is made."""
        return int(self.journal.meta("batch") or BATCH)

    @property
    def seconds(self) -> float:
        """Time spent on the run, over all sittings."""
        return float(self.journal.meta("seconds") or 0)

    @property
    def untouched(self) -> bool:
        """Whether nothing has been asked, made or dropped in it yet."""
        journal = self.journal
        tried = next(journal.touched(), None) is not None
        return not (tried or journal.last_hand() or journal.paid().answers)

    def note(self, text: str) -> None:
        """Write down what the user should know of the run; once, however often it is said."""
        notes = self.notes
        if text not in notes:
            self.journal.set_meta(notes=orjson.dumps([*notes, text]).decode())

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know: documents that were not read, a critic that is the writer."""
        return tuple(orjson.loads(self.journal.meta("notes") or "[]"))

    @property
    def usage(self) -> Usage:
        """What the run has cost so far, over all sittings; None where a price is unknown."""
        requests, tokens_in, tokens_out, cost, unknown = self.journal.paid()
        return Usage(
            requests=requests,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost_usd=None if unknown else round(cost, 6),
            seconds=round(self.seconds, 3),
        )

    def keep_to(self, key: str, value: str, *, of: str) -> None:
        """Go on only with what the run was begun with; the first call writes it down.

        With something else the dataset would be neither the old nor the new one.

        Args:
            key: Where it stands in the journal.
            of: What it is, for the message.

        Raises:
            ConfigError: It is not what it was.
        """
        begun_with = self.journal.meta(key)
        if begun_with is None:
            self.journal.set_meta(**{key: value})
        elif begun_with != value:
            raise ConfigError(
                f"the run was begun with {of} {begun_with} and this is {value}; restore the {of} "
                "(or the version of synth-agent), or start a new run"
            )

    def extend(self, count: int) -> None:
        """Ask for `count` records in all, in the same proportions; what there is stays as it is.

        Raises:
            ConfigError: The run has more slots than that, or another process holds it.
        """
        segments = extend(self._segments, count)
        if len(segments) == len(self._segments):
            return
        with self.locked():
            self.journal.add_segment(segments[-1])
        self._segments = segments
        self.spec = _extended(self.spec, segments)
        self.__dict__.pop("plan", None)

    @contextmanager
    def extended(self, count: int | None) -> Iterator[None]:
        """Extend the run for what is done inside; where that is refused, it is as it was before.

        Raises:
            ConfigError: See `extend`.
        """
        before, made = self._segments, self._made
        if count is not None:
            self.extend(count)
        try:
            yield
        except ConfigError:
            if len(self._segments) > len(before) and self._made == made:
                self.journal.drop_segment(len(before))
                self._segments = before
                self.spec = _extended(_read_spec(self.journal), before)
                self.__dict__.pop("plan", None)
            raise

    @property
    def _made(self) -> tuple[int, ...]:
        """What tells whether anything has been made, dropped or dealt since."""
        journal = self.journal
        return journal.accepted(), sum(journal.rejected().values()), journal.last_hand()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run against other processes; the lock of a process that died does not count.

        Holding it again through the same `Run` is allowed, so that whoever opens more than the
        journal (the semantic memory) can hold it around that and `run_slots` together.

        Raises:
            ConfigError: Another process holds it.
        """
        try:
            self._lock.acquire()
        except Timeout as error:
            holder = self.journal.meta("holder") or "unknown"
            raise ConfigError(
                f"process {holder} is working on {self.path}; wait until it is done, or stop it"
            ) from error
        except OSError as error:
            raise ConfigError(f"cannot lock {self.path}: {error.strerror}") from error
        try:
            self.journal.set_meta(holder=str(os.getpid()))
            yield
        finally:
            self._lock.release()


def _read_spec(journal: Journal) -> DatasetSpec:
    raw = orjson.loads(journal.meta("spec") or "{}")
    version = raw.get("schema_version", 0)
    if version > SCHEMA_VERSION:
        raise ConfigError(
            f"the spec in {journal.path} is of version {version}, this synth-agent reads "
            f"{SCHEMA_VERSION}; upgrade synth-agent to go on with it"
        )
    return DatasetSpec.model_validate(raw)


def _refuse_edits(path: Path, expected: str | None) -> None:
    if path.is_file() and digest(path.read_bytes()).hex() != expected:
        raise ConfigError(
            f"{path} was changed after the run began, but a run keeps the spec it was made with; "
            f"start a new one with `synth-agent generate {path}`, or restore the file"
        )


def _extended(spec: DatasetSpec, segments: Iterable[Segment]) -> DatasetSpec:
    """Return the spec with its quotas summed over the segments."""
    segments = tuple(segments)
    if len(segments) == 1:
        return spec
    totals: dict[str, object] = {
        "count": sum(segment.count for segment in segments),
        "labels": _summed(spec.labels, [segment.labels for segment in segments]),
        "difficulty": _summed(spec.difficulty, [segment.difficulty for segment in segments]),
    }
    return DatasetSpec.model_validate(spec.model_dump() | totals)


def _summed(
    names: Iterable[str], quotas: Iterable[Mapping[str, int] | Mapping[Any, int]]
) -> dict[str, int]:
    quotas = tuple(quotas)
    return {name: sum(quota.get(name, 0) for quota in quotas) for name in names}
