"""`export`: a run or a dataset file, written again in another layout or format."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from synth_agent.convert import Converted

__all__ = ["export"]


def export(
    source: Annotated[
        Path, typer.Argument(metavar="RUN|DATA", help="A run's folder, or a dataset file.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file; its ending decides.")],
    layout: Annotated[str, typer.Option(help="records, alpaca, sharegpt, messages …")] = "records",
    task: Annotated[
        str | None, typer.Option(help="The task of a dataset file, where its keys do not tell.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="train=0.8,validation=0.1,test=0.1")] = None,
    dedup_threshold: Annotated[
        float | None,
        typer.Option(
            help="Leave out the records of a run with this cosine or more to an earlier one."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a dataset in another layout or format, or a run with a stricter threshold.

    With --dedup-threshold no two records stay that are so near to each other; nothing is embedded
    again. Each record is weighed against the nearest one before it, kept or not, so that of a
    chain of near ones more may go than had to.
    """
    from synth_agent.convert import Conversion, convert

    wanted = Conversion(
        layout=layout, task=task, split=split, threshold=dedup_threshold, force=force
    )
    done = convert(source, output, wanted)
    if dedup_threshold is not None:
        typer.echo(_dropped(done, dedup_threshold), err=True)
    for path in done.files:
        typer.echo(path)


def _dropped(done: "Converted", threshold: float) -> str:
    begun = done.begun_with
    if not done.dropped and begun is not None and threshold >= begun:
        return (
            f"dropped none: the run already kept nothing with a cosine of {begun:g} or "
            "more to an earlier record"
        )
    return (
        f"dropped {done.dropped:,} of {done.records:,}: cosine {threshold:g} or more to an "
        "earlier record"
    )
