"""`show`: what a run holds."""

from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["show"]


def show(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    records: Annotated[int, typer.Option("--records", "-k", help="Print so many records.")] = 0,
    rejects: Annotated[int, typer.Option("--rejects", help="Print so many rejects.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Say how far a run got, by cell and reason."""
    from synth_agent.cli import render
    from synth_agent.delivery import report_of
    from synth_agent.pipeline import Run

    with Run.open(run) as opened:
        figures = report_of(opened)
        if json:
            typer.echo(figures.model_dump_json(indent=2))
            return
        render.report(opened.status, run, figures)
        render.records(list(islice(opened.journal.records(), records)))
        render.rejects(list(islice(opened.journal.rejects(), rejects)))
