"""What commands print: plans, summaries, reports; what a run holds is in `listing`."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from synth_agent.cli import phrases
from synth_agent.cli.foreign import harmless
from synth_agent.schemas import CellCount, DatasetSpec, Estimate, Report

if TYPE_CHECKING:
    from synth_agent.dataset import Dataset

__all__ = ["plan", "plan_json", "report", "summary", "summary_json"]

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


def _pairs(rows: Sequence[tuple[str, str]], console: Console = _out) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in rows:
        grid.add_row(name, harmless(value))
    console.print(grid)


def plan(spec: DatasetSpec, estimate: Estimate) -> None:
    """Print what was understood, and what it will cost."""
    rows = [
        ("records", f"{spec.count:,}"),
        ("task", spec.task),
        ("labels", phrases.counts(spec.labels)),
        ("difficulty", phrases.counts({str(level): n for level, n in spec.difficulty.items()})),
        ("domain", spec.domain),
        ("topics", ", ".join(spec.topics)),
        ("role", spec.role),
        ("language", spec.language),
        ("fields", ", ".join(spec.field_names)),
        ("written as", _written(spec)),
        ("split", ", ".join(f"{name} {share:g}" for name, share in spec.split.items())),
        ("made by", phrases.made_by(spec)),
        ("from", phrases.written_from(spec)),
        ("critic", phrases.critic(Report(spec=spec, asked=spec.count, accepted=0))),
        ("sampled", _sampled(spec)),
        ("worse by", spec.weak_model or ""),
        ("repeats", _repeats(spec)),
        ("kept away from", ", ".join(spec.protect)),
        ("seed", str(spec.seed)),
        ("cost", phrases.estimated(estimate)),
        ("not counted", ", ".join(estimate.besides)),
        ("not understood", "; ".join(spec.unread)),
    ]
    _pairs([(name, value) for name, value in rows if value])


def plan_json(spec: DatasetSpec, estimate: Estimate) -> str:
    """Return the spec as JSON; where a model is asked, with the estimate beside its fields."""
    plain = spec.model_dump(mode="json", exclude={"schema_version"})
    if estimate.calls:
        plain["estimate"] = estimate.model_dump(mode="json")
    return orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode()


def _sampled(spec: DatasetSpec) -> str:
    often = spec.self_consistency
    return f"{often} reasonings a question, the majority's answer is kept" if often > 1 else ""


def _written(spec: DatasetSpec) -> str:
    how = f".{spec.output_format}, layout {spec.layout}"
    return f"{how}, one line each: {spec.line_format}" if spec.line_format else how


def _repeats(spec: DatasetSpec) -> str:
    meaning, words = spec.semantic_threshold, spec.lexical_threshold
    limits = []
    if meaning is not None:
        limits.append(f"a cosine of {meaning:g} ({spec.embedder})")
    if words is not None:
        triples = spec.lexical_measure == "word triples"
        limits.append(
            f"{words:g} of their words in order" if triples else f"a ROUGE-L of {words:g}"
        )
    if not limits:
        return "exact ones rejected"
    masked = "; figures do not count" if spec.dedup_mask_numbers else ""
    return f"rejected from {' or '.join(limits)}{masked}"


def _paid(spec: DatasetSpec) -> str:
    """Say what was paid: the writer, and an embedder that is not on this machine."""
    from synth_agent.store.embedders.resolve import is_remote

    remote = spec.embedder if spec.embedder and is_remote(spec.embedder) else None
    return ", ".join(name for name in (spec.model, remote) if name)


def summary_json(dataset: "Dataset", figures: Report) -> str:
    """Return the one object that `--json` ends with."""
    files = [str(path) for path in dataset.delivery.dataset]
    return orjson.dumps(
        {
            "status": "complete" if figures.complete else "partial",
            "asked": figures.asked,
            "accepted": figures.accepted,
            "rejected": figures.rejected,
            "requests": figures.usage.requests,
            "tokens_in": figures.usage.tokens_in,
            "tokens_out": figures.usage.tokens_out,
            "cost_usd": figures.usage.cost_usd,
            "seconds": figures.usage.seconds,
            "run": str(dataset.path),
            "output": files[0] if len(files) == 1 else files,
        }
    ).decode()


def summary(dataset: "Dataset", figures: Report, *, interrupted: bool) -> None:
    """Say on stderr how it went, and where everything is."""
    speed = figures.usage.seconds
    line = Text(f"{figures.accepted:,} of {figures.asked:,} records", "bold")
    line.append(f" in {speed:,.1f} s", "dim")
    if figures.rejected:
        line += harmless(f" · rejected and replaced: {phrases.ranked(figures.rejected)}", "dim")
    _err.print(line)
    if figures.usage.requests:
        _err.print(harmless(f"{_paid(figures.spec)}: {phrases.spent(figures.usage)}", "dim"))
    if figures.spec.unread:
        _err.print(harmless("not understood: " + "; ".join(figures.spec.unread), "yellow"))
    for note in figures.notes:
        _err.print(harmless(f"note: {note}", "yellow"))
    if not figures.complete:
        _missing(figures.cells)
        _err.print(harmless(f"go on with: synth-agent resume {_short(dataset.path)}", "yellow"))
    if interrupted:
        _err.print(Text("interrupted; what was made is saved", "yellow"))
    files = dataset.delivery
    places = [("dataset", path) for path in files.dataset]
    places += [("card", files.card), ("report", files.report)]
    _pairs([(name, str(_short(path))) for name, path in places], _err)


def _short(path: Path) -> Path:
    """Return the path from here, where that is shorter to read."""
    relative = Path(os.path.relpath(path))
    return path if str(relative).startswith("..") else relative


def _missing(cells: Sequence[CellCount]) -> None:
    for cell in cells:
        if cell.accepted < cell.asked:
            why = phrases.ranked(cell.rejected)
            lacking = f"missing: {cell.asked - cell.accepted:,} of {cell.asked:,} in {cell.cell}"
            _err.print(harmless(f"{lacking} ({why or 'not tried yet'})", "yellow"))


def report(status: str, path: Path, figures: Report) -> None:
    """Print the figures of a run."""
    rows = [
        ("run", str(_short(path))),
        ("status", status),
        ("records", f"{figures.accepted:,} of {figures.asked:,}"),
        ("task", figures.spec.task),
        ("made by", _made_by(figures)),
        ("critic", phrases.critic(figures)),
        ("scores", _scores(figures)),
        ("seconds", f"{figures.usage.seconds:,.1f}"),
        ("cost", phrases.spent(figures.usage) if figures.usage.requests else ""),
        *(("note", note) for note in figures.notes),
    ]
    _pairs([(name, value) for name, value in rows if value])
    _out.print()
    table = Table("cell", "asked", "accepted", "rejected", box=None, header_style="dim")
    for cell in figures.cells:
        lost = harmless(phrases.ranked(cell.rejected))
        table.add_row(harmless(cell.cell), f"{cell.asked:,}", f"{cell.accepted:,}", lost)
    _out.print(table)


def _made_by(figures: Report) -> str:
    if figures.spec.model is None:
        return ", ".join(figures.sources) or "-"
    return phrases.made_by(figures.spec)


def _scores(figures: Report) -> str:
    return ", ".join(f"{name} {found.mean:.1f}" for name, found in figures.scores.items())
