"""`show`: what a run holds."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from synth_agent.errors import ConfigError

if TYPE_CHECKING:
    from synth_agent.pipeline import Run

__all__ = ["show"]


def show(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    records: Annotated[
        int, typer.Option("--records", "-k", min=0, help="Print so many records.")
    ] = 0,
    rejects: Annotated[int, typer.Option(min=0, help="Print so many rejects.")] = 0,
    nearest: Annotated[
        bool,
        typer.Option(
            "--nearest", help="Print the records most alike, and the rejects that were least so."
        ),
    ] = False,
    pairs: Annotated[int, typer.Option(min=1, help="How many pairs --nearest prints.")] = 10,
    seeds: Annotated[
        bool, typer.Option("--seeds", help="Print how often each given example was used.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print as JSON: the report, the pairs or the seeds.")
    ] = False,
) -> None:
    """Say how far a run got, by cell and reason; or what its thresholds and seeds did."""
    from synth_agent.cli import listing
    from synth_agent.pipeline import Run

    if json and nearest and seeds:
        raise ConfigError("--json prints one thing: expected --nearest or --seeds, got both")
    with Run.open(run) as opened:
        if not nearest and not seeds:
            _report(opened, json=json)
        if nearest:
            _nearest(opened, pairs, json=json)
        if seeds:
            _seeds(opened, json=json)
        if not json:
            listing.records(islice(opened.journal.records(), records))
            listing.rejects(islice(opened.journal.rejects(), rejects))


def _report(run: "Run", *, json: bool) -> None:
    from synth_agent.cli import render
    from synth_agent.delivery import report_of

    figures = report_of(run)
    if json:
        typer.echo(figures.model_dump_json(indent=2))
    else:
        render.report(run.status, run.path, figures)


def _nearest(run: "Run", k: int, *, json: bool) -> None:
    import orjson

    from synth_agent.cli import listing
    from synth_agent.delivery import texts_of
    from synth_agent.evaluation.neighbours import nearest_dropped, nearest_kept

    texts = texts_of(run)
    kept = nearest_kept(run.journal.records(), k, texts)
    dropped = nearest_dropped(run.journal.rejects(), k, texts)
    if json:
        plain = [pair.model_dump(mode="json") for pair in (*kept, *dropped)]
        typer.echo(orjson.dumps(plain, option=orjson.OPT_INDENT_2).decode())
    else:
        listing.pairs(kept, dropped)


def _seeds(run: "Run", *, json: bool) -> None:
    from synth_agent.cli import listing
    from synth_agent.evaluation.neighbours import shown_text
    from synth_agent.evaluation.seed_use import seed_use
    from synth_agent.pipeline.rows import shown

    text = shown_text(run.spec)
    given = {seed.id: text(seed.row) for seed in run.journal.seeds()}
    showings = (name for _, hand in run.journal.dealt() for name in shown(hand))
    uses = seed_use(given, showings, run.journal.records())
    if json:
        typer.echo(uses.model_dump_json(indent=2))
    else:
        listing.seeds(uses, run.spec.method)
