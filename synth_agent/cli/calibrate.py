"""`calibrate`: a critic measured against people's verdicts."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from synth_agent.cli.options import MEANS, taking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from synth_agent.labelled import Labelled
    from synth_agent.schemas import DatasetSpec
    from synth_agent.schemas.calibration import Calibration, ScoreCut

__all__ = ["calibrate"]

_ROWS: Final = 12
"""Lines of the table that are printed; all of it is in the JSON."""
_DECIDED: Final = {
    "accept": "its own verdict",
    "min-score": "by --min-score",
    "threshold": "by the best threshold, each tenth of the records judged by that of the others",
}
_CONCLUSIONS: Final = {
    "better": "better than a constant verdict",
    "no-better": "NOT shown to be better than a constant verdict",
    "too-few": "too few records to say",
}


@taking(means=MEANS)
def calibrate(
    *,
    labels: Annotated[
        Path,
        typer.Option("--labels", metavar="FILE", help="Records with people's verdicts or scores."),
    ],
    model: Annotated[
        str | None, typer.Option(help="The critic, as provider:name; 'rules' or none: rules.")
    ] = None,
    critic_model: Annotated[str | None, typer.Option(help="The same; it goes first.")] = None,
    task: Annotated[
        str | None, typer.Option(help="qa, instruction …, where the keys do not tell.")
    ] = None,
    column: Annotated[
        str | None, typer.Option(help="Where the verdicts stand: verdict, keep, score …")
    ] = None,
    keep_from: Annotated[
        float | None, typer.Option(min=1, max=5, help="People's score that is enough (4).")
    ] = None,
    min_score: Annotated[
        float | None,
        typer.Option(min=1, max=5, help="The critic keeps from this mean score, as in generate."),
    ] = None,
    subject: Annotated[str, typer.Option(help="What the records are about.")] = "",
    language: Annotated[str, typer.Option(help="BCP 47 tag of the text, e.g. en.")] = "en",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A JSON file for `generate --calibration`")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing output.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    means: dict[str, Any],
) -> None:
    """Say how far a critic agrees with people, and which --min-score serves best."""
    from synth_agent import calibration
    from synth_agent.delivery import check_output
    from synth_agent.labelled import KEEP_FROM, read_labelled
    from synth_agent.models.resolve import Access
    from synth_agent.settings import Settings
    from synth_agent.writing.means import Means

    if output is not None:
        check_output(output, (output,), force=force)
    labelled = read_labelled(labels, task=task, column=column, keep_from=keep_from or KEEP_FROM)
    settings = Settings()
    named = critic_model or model or settings.model or calibration.RULES
    by_rules = named == calibration.RULES
    typer.echo(f"{_taken(labelled)}; judged by {named}", err=True)
    found = asyncio.run(
        calibration.calibrate(
            labelled,
            _spec(labelled, subject, language),
            model=None if by_rules else named,
            means=Means(access=None if by_rules else Access.of(settings), **means),
            min_score=min_score,
        )
    )
    if output is not None:
        _write(output, found)
    if json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        _show(found)
    for note in found.notes:
        typer.echo(f"note: {note}", err=True)


# ------------------------------------------------------------------------------------ what is asked


def _taken(labelled: "Labelled") -> str:
    """Say what the file was taken for."""
    scored = f", scores from {labelled.kept_from:g} on count as keep" if labelled.kept_from else ""
    left_out = f"; {labelled.unlabelled:,} without one are left out" if labelled.unlabelled else ""
    return (
        f"{labelled.source}: {len(labelled.drafts):,} records of task {labelled.task!r}, verdicts "
        f"in {labelled.column!r}{scored}{left_out}"
    )


def _spec(labelled: "Labelled", subject: str, language: str) -> "DatasetSpec":
    from synth_agent.brief import override
    from synth_agent.schemas import DatasetSpec

    known: dict[str, Any] = {"task": labelled.task, "domain": subject, "language": language}
    if labelled.task == "custom":
        known["json_schema"] = {"type": "object"}
    return override(DatasetSpec(count=len(labelled.drafts)), **known)


# --------------------------------------------------------------------------------- what is answered


def _write(output: Path, found: "Calibration") -> None:
    from synth_agent.exports.atomic import write_text

    write_text(output, found.model_dump_json(indent=2) + "\n")


def _show(found: "Calibration") -> None:
    usual = "keep" if 2 * found.people_keep >= found.n else "drop"
    best = found.best
    rows = {
        "critic": f"{found.critic} ({_DECIDED[found.decided_by]})",
        "judged": f"{found.n:,} of {found.labelled:,} records",
        "kept": f"{found.people_keep:,} by people, {found.critic_keeps:,} by the critic",
        "agreement": f"{found.agreement:.1%}; always {usual!r}: {found.baseline:.1%}",
        "kappa": f"{found.kappa:.2f}, 95 % interval {found.low:.2f} to {found.high:.2f}",
        "conclusion": _CONCLUSIONS[found.conclusion],
        "best threshold": f"--min-score {best.threshold:.1f}: precision {best.precision:.2f}, "
        f"recall {best.recall:.2f}, chosen on these records",
    }
    if found.usage.requests:
        cost = found.usage.cost_usd
        paid = "price not known" if cost is None else f"${cost:.4f}"
        rows["spent"] = f"{found.usage.requests:,} requests, {paid}"
    for name, said in rows.items():
        typer.echo(f"{name:<16}{said}")
    typer.echo(f"\n{'threshold':>9}  {'precision':>9}  {'recall':>6}  {'kappa':>6}")
    for cut in _spread(found.table):
        typer.echo(
            f"{cut.threshold:>9.1f}  {cut.precision:>9.2f}  {cut.recall:>6.2f}  {cut.kappa:>6.2f}"
        )


def _spread(table: "Sequence[ScoreCut]") -> "list[ScoreCut]":
    """Return so many lines as are worth a look, evenly over the table, its ends among them."""
    if len(table) <= _ROWS:
        return list(table)
    return [table[at * (len(table) - 1) // (_ROWS - 1)] for at in range(_ROWS)]
