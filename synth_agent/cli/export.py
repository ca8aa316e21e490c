"""`export`: a run or a dataset file, written again in another layout or format."""

from pathlib import Path
from typing import Annotated

import typer

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
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
) -> None:
    """Write a dataset in another layout or format."""
    from synth_agent.convert import convert

    for path in convert(source, output, layout=layout, task=task, split=split, force=force):
        typer.echo(path)
