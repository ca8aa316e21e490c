"""What `show` prints of what a run holds: records, rejects, near pairs, the use of seeds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

import orjson
import typer
from pydantic import JsonValue
from rich.console import Console
from rich.table import Table
from rich.text import Text

from synth_agent.cli.foreign import beside, harmless, one_line, printable
from synth_agent.evaluation.seed_use import SeedUse, SeedUses
from synth_agent.schemas import Record, Reject
from synth_agent.schemas.report import NearDraft

__all__ = ["pairs", "records", "rejects", "seeds"]

_LINES: Final = 4
"""Lines of a terminal that one text of a pair may take."""
_OF_A_REJECT: Final = 600
"""Characters of each field."""
_OF_A_SEED: Final = 120
"""Characters where there is no terminal to measure."""

_SEEDS: Final = 20
"""Seeds that are listed of those shown most, and of those shown least."""
_GAP: Final = 2
"""Blanks between columns."""

_out = Console(highlight=False, soft_wrap=True)


def records(some: Iterable[Record]) -> None:
    """Print records as a reader wants them."""
    for record in some:
        _out.print()
        _out.print(harmless(f"#{record.slot}  {record.cell}  {record.provenance.form}", "bold"))
        _fields(record.payload)


def rejects(some: Iterable[Reject]) -> None:
    """Print rejects with their reasons."""
    for reject in some:
        _out.print()
        _out.print(harmless(f"#{reject.slot}.{reject.attempt}  {reject.reason}", "bold"), end="")
        _out.print(Text(f"  {printable(reject.detail)}", "dim"))
        _fields(reject.payload, limit=_OF_A_REJECT)


def _fields(payload: Mapping[str, JsonValue], *, limit: int | None = None) -> None:
    for name, value in payload.items():
        _out.print(harmless(name, "dim"), Text(": ", "dim"), Text(_said(value)[:limit]), sep="")


def _said(value: JsonValue) -> str:
    return printable(value if isinstance(value, str) else orjson.dumps(value).decode())


# --------------------------------------------------------------------------------------- near pairs


def pairs(kept: Sequence[NearDraft], dropped: Sequence[NearDraft]) -> None:
    """Print pairs with both texts, words that differ emphasised on a terminal."""
    if kept:
        _heading("kept, the most alike first: cosine to the nearest record before")
        _pairs(kept)
    else:
        _out.print("kept: no record has a nearest one (there is one record, or the check was off)")
    if not dropped:
        _out.print("\ndropped: no draft came too near to another text")
    for (kind, measure), group in groupby(dropped, lambda d: (d.near.kind, d.near.measure)):
        other = f"a {kind}" if kind != "protected" else "a protected text"
        _heading(f"dropped, the least alike first: {measure} to {other}", above="\n")
        _pairs(group)


def _heading(text: str, above: str = "") -> None:
    _out.print(Text(f"{above}{text}", "bold"))


def _pairs(some: Iterable[NearDraft]) -> None:
    for pair in some:
        near, (ours, theirs) = pair.near, _names(pair)
        texts = beside(pair.text, near.text, near.measure, limit=_LINES * _out.width)
        score = f"{near.score:.0f} words" if near.measure == "13-gram" else f"{near.score:.3f}"
        why = (Text("  "), harmless(pair.reason, "dim")) if pair.reason else ()
        _out.print()
        _out.print(Text(score, "bold"), *why, sep="")
        if _out.is_terminal:
            _aligned(zip((ours, theirs), texts, strict=True))
            continue
        for name, text in zip((ours, theirs), texts, strict=True):
            _out.print(Text(f"  {name}: {text.plain}"))


def _aligned(rows: Iterable[tuple[str, Text]]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in rows:
        grid.add_row(Text(f"  {name}"), text)
    _out.print(grid, soft_wrap=False)


def _names(pair: NearDraft) -> tuple[str, str]:
    """Return what to call both texts."""
    ours = f"record {pair.slot}" if pair.reason is None else f"draft {pair.slot}.{pair.attempt}"
    near, name = pair.near, one_line(pair.near.name, 40)
    return ours, name if near.kind == "protected" else f"{near.kind} {name}"


# -------------------------------------------------------------------------------------------- seeds


def seeds(uses: SeedUses, method: str) -> None:
    """Print how often given examples were shown; of many, the most and the least shown ones."""
    if not uses.given:
        _out.print("no given examples; generate --seeds FILE|RUN takes some")
    elif not uses.shown_given:
        _out.print(
            f"{uses.given:,} given examples, none was shown to a model (method {method!r}); "
            "what comes near to one is dropped all the same"
        )
    else:
        for line in _totals(uses):
            _out.print(line)
        between = max(0, uses.given - 2 * _SEEDS)
        _seeds(uses.seeds[: _SEEDS if between else None])
        if between:
            _out.print(f"… {between:,} more in between; --json has all")
            _seeds(uses.seeds[-_SEEDS:])


def _seeds(uses: Sequence[SeedUse]) -> None:
    (_table if _out.is_terminal else _lines)(uses)


def _totals(uses: SeedUses) -> Iterator[str]:
    yield f"{uses.given:,} given examples, shown {_times(uses.shown_given)}"
    yield f"accepted records, shown {_times(uses.shown_made)}"
    often = f", {uses.ratio:.2f} times as often" if uses.ratio else ""
    yield f"the most shown {_times(uses.most)}, the least {uses.least:,}{often}"


def _times(number: int) -> str:
    return f"{number:,} time{'s' if number != 1 else ''}"


def _table(uses: Sequence[SeedUse]) -> None:
    rows = [(*_figures(use), one_line(use.name, _out.width // 4)) for use in uses]
    headings = ("shown", "records", "share", "seed")
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    left = max(20, _out.width - sum(widths) - _GAP * len(widths))
    table = Table(box=None, header_style="dim", padding=(0, _GAP, 0, 0), pad_edge=False)
    for name, width in zip(headings[:-1], widths, strict=False):
        table.add_column(name, justify="right", min_width=width, no_wrap=True)
    table.add_column("seed", min_width=widths[-1], no_wrap=True)
    table.add_column("text", no_wrap=True)
    for row, use in zip(rows, uses, strict=True):
        table.add_row(*map(Text, row), Text(one_line(use.text, left)))
    _out.print(table, soft_wrap=False)


def _lines(uses: Sequence[SeedUse]) -> None:
    """Print a line for each, with tabs between: a console would make blanks of them."""
    for use in uses:
        name, text = one_line(use.name, 200), one_line(use.text, _OF_A_SEED)
        typer.echo("\t".join([*_figures(use), name, text]))


def _figures(use: SeedUse) -> tuple[str, str, str]:
    return f"{use.shown:,}", f"{use.records:,}", f"{use.share:.1%}"
