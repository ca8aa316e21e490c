"""From the journal to what the user holds: dataset, card, report, provenance, manifest."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
from pydantic import JsonValue

from synth_agent.errors import ConfigError
from synth_agent.evaluation import Texts, near_misses, summarise
from synth_agent.evaluation.origins import planned_coverage
from synth_agent.exports import (
    versions,
    write_card,
    write_dataset,
    write_manifest,
    write_provenance,
    write_report,
)
from synth_agent.pipeline import Run, cell_counts
from synth_agent.schemas import Record, Report
from synth_agent.schemas.report import ProtectedFile

__all__ = ["Delivery", "check_output", "deliver", "report_of", "texts_of"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What was written, and where."""

    run: Path
    dataset: tuple[Path, ...]
    """One file, or one for each part of a split; the user's own place where one was named."""
    card: Path
    report: Path
    figures: Report
    """What card and report page draw from."""


class JournalRecords:
    """The records of a run, read anew each time they are gone through."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def __iter__(self) -> Iterator[Record]:
        return self._run.journal.records()


def report_of(run: Run) -> Report:
    """Return the figures of a run as it stands."""
    journal = run.journal
    report = summarise(
        run.spec,
        JournalRecords(run),
        rejected=journal.rejected(),
        cells=cell_counts(run),
        usage=run.usage,
        lookup=journal.record,
    )
    more = {
        "notes": _notes(run, report),
        "coverage": planned_coverage(report.coverage, orjson.loads(journal.meta("axes") or "{}")),
        "protected": _protected(run),
        "embedder": journal.meta("embedder"),
    }
    near = near_misses(journal.rejects(), texts_of(run))
    return report.model_copy(update=more | near)


def texts_of(run: Run) -> Texts:
    """Return where the texts of a run are found, as a reader is to see them."""

    def seeds(wanted: Collection[str]) -> Mapping[str, Mapping[str, JsonValue]]:
        return {seed.id: seed.row for seed in run.journal.seeds() if seed.id in wanted}

    return Texts.of(run.spec, record=run.journal.record, seeds=seeds)


def _protected(run: Run) -> tuple[ProtectedFile, ...]:
    """Return the protected files as they were read; none before that."""
    files = orjson.loads(run.journal.meta("protected") or "{}")
    return tuple(ProtectedFile(path=path, **facts) for path, facts in files.items())


def _notes(run: Run, report: Report) -> tuple[str, ...]:
    """Return what the user should know: what was noted in the run, and what its spec means."""
    spec, notes = run.spec, list(run.notes)
    told = any("the critic is the writer itself" in note for note in notes)
    if report.self_judged and not told:
        notes.append(
            f"the critic is the writer itself ({spec.model}), and models prefer their own answers"
        )
    if spec.method == "distill":
        notes.append(
            f"the answers are those of {spec.model}: check that its provider's terms allow "
            "training on them"
        )
    ended = run.journal.meta("ended")
    if ended and not report.complete:
        notes.append(ended)
    return tuple(notes)


def check_output(output: Path, spec_parts: Sequence[Path], *, force: bool) -> None:
    """Refuse an output that could not be written in the end, before anything is made.

    Raises:
        ConfigError: It exists (without `force`), is a folder, or its folder cannot be written.
    """
    for path in spec_parts:
        if path.is_dir():
            raise ConfigError(f"{path} is a folder; -o names a file, e.g. {path / 'dataset.json'}")
        if path.exists() and not force:
            raise ConfigError(f"{path} exists already; --force overwrites it, or name another file")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        probe = output.parent / f".{output.name}.probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigError(f"cannot write to {output.parent}: {error.strerror}") from error


def deliver(run: Run, *, now: datetime, output: Path | None = None) -> Delivery:
    """Write everything that a run delivers; each file whole or not at all, old ones replaced.

    Args:
        run: Finished or not: what it has is delivered.
        now: When this is, with its time zone; the manifest says it, the dataset does not.
        output: Where the user wants the dataset besides the run's folder.
    """
    folder, spec, records = run.path, run.spec, JournalRecords(run)
    own = folder / f"dataset.{spec.output_format}"
    files = write_dataset(spec, records, own)
    write_provenance(folder / "provenance.jsonl", spec, records)
    report = report_of(run)
    write_card(folder / "README.md", report, versions=versions(), files=files)
    write_report(folder / "report.html", report, versions=versions())
    made = [
        *files.values(),
        folder / "provenance.jsonl",
        folder / "README.md",
        folder / "report.html",
    ]
    write_manifest(folder / "manifest.json", report, made, now=now)
    if output is not None:
        files = write_dataset(spec, records, output)
    placed = tuple(files.values())
    return Delivery(folder, placed, folder / "README.md", folder / "report.html", report)
