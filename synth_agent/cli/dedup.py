"""`dedup`: a dataset file without its repeats, and without what comes near to other files."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from synth_agent.errors import ConfigError

if TYPE_CHECKING:
    from rich.text import Text

    from synth_agent.schemas import Measure
    from synth_agent.schemas.repeats import DedupReport, Dropped, Group
    from synth_agent.store import Embedder
    from synth_agent.store.embedders.file_shelf import FileShelf
    from synth_agent.writing.means import Means

__all__ = ["dedup"]

_EXAMPLES: Final = 3
_LEXICAL: Final = 0.8
_LINES: Final = 2
"""That a text may take up."""
_MEASURES: "Final[dict[str, Measure]]" = {
    "duplicate": "word triples",
    "near-duplicate": "cosine",
    "same-words": "word triples",
}


class Keep(StrEnum):
    """Which row of a group stays."""

    first = "first"
    best = "best"


def dedup(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A dataset file.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file; its ending decides.")],
    against: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="Rows near to one of these are dropped: a test set."),
    ] = None,
    fields: Annotated[
        str | None, typer.Option(metavar="A,B", help="Columns to compare, not what the task says.")
    ] = None,
    threshold: Annotated[
        str | None, typer.Option(help="Cosine from which two texts are repeats; 'off' for none.")
    ] = None,
    lexical: Annotated[
        str | None,
        typer.Option(help="Share of word triples from which they are (0.8); 'off' for none."),
    ] = None,
    embedder: Annotated[
        str | None, typer.Option(help="static, lexical, minilm, or provider:name.")
    ] = None,
    keep: Annotated[Keep, typer.Option(help="Which row of a group stays.")] = Keep.first,
    score: Annotated[
        str | None, typer.Option(metavar="FIELD", help="The column that says which row is best.")
    ] = None,
    mask_numbers: Annotated[
        bool, typer.Option("--mask-numbers", help="What differs in figures alone is a repeat.")
    ] = False,
    budget_usd: Annotated[
        float | None, typer.Option(help="Money that embedding may cost in all, never more.")
    ] = None,
    budget_tokens: Annotated[
        int | None, typer.Option(help="Tokens that it may cost in all.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Every group, with both texts.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="End with one JSON object.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite existing files.")] = False,
) -> None:
    """Write a dataset file without its repeats; rows keep their columns and their order."""
    from synth_agent.dedup import Dedup, usual_embedder
    from synth_agent.dedup import dedup as without_repeats
    from synth_agent.delivery import check_output
    from synth_agent.exports.atomic import write_text
    from synth_agent.store.embedders.resolve import known_name
    from synth_agent.writing.means import Means

    if score is not None and keep is Keep.first:
        raise ConfigError("--score says which row is best; add --keep best")
    if report is not None:
        _check_report(report, (source, output, *(against or ())))
        check_output(report, (report,), force=force)
    compared = tuple(name.strip() for name in (fields or "").split(",") if name.strip())
    name = known_name(embedder or usual_embedder(source, compared))
    with _embedding(name, output, Means(budget_usd=budget_usd, budget_tokens=budget_tokens)) as (
        plain,
        shelf,
    ):
        wanted = Dedup(
            against=tuple(against or ()),
            fields=compared,
            threshold=_share("--threshold", threshold, plain.threshold),
            lexical=_share("--lexical", lexical, _LEXICAL),
            keep=keep.value,
            score=score,
            mask_numbers=mask_numbers,
        )
        found = without_repeats(source, output, wanted, embedder=plain, force=force)
        if shelf is not None:
            found = found.model_copy(update={"usage": shelf.usage})
        if report is not None:
            write_text(report, found.model_dump_json(indent=2) + "\n")
    _show(found)
    if embedder is None and name == "lexical" and found.threshold is not None:
        _say_that_meaning_is_not_seen()
    typer.echo(found.model_dump_json(exclude={"groups"}) if json else output)


# ------------------------------------------------------------------------------------ what is asked


@contextmanager
def _embedding(
    name: str, output: Path, means: "Means"
) -> "Iterator[tuple[Embedder, FileShelf | None]]":
    """Give the embedder, and where its vectors lie until the output is written, if it is paid."""
    from synth_agent.store.embedders.resolve import embedder, is_remote

    if not is_remote(name):
        yield embedder(name), None
        return
    from synth_agent.calls.budget import Budget
    from synth_agent.models.resolve import Access
    from synth_agent.settings import Settings
    from synth_agent.store.embedders.file_shelf import FileShelf

    beside = output.with_name(f".{output.name[:200]}.vectors.sqlite")
    with FileShelf(beside, embedder=name) as shelf:
        budget = Budget(
            means.budget_usd, means.budget_tokens, spent=shelf.spent, resume="the same command with"
        )
        try:
            yield embedder(name, access=Access.of(Settings()), shelf=shelf, budget=budget), shelf
        finally:
            shelf.settle(budget.spent)


def _share(flag: str, text: str | None, default: float) -> float | None:
    if text is None:
        return default
    if text.lower() == "off":
        return None
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value <= 1:
        raise ConfigError(f"{flag}: expected a number in (0, 1] or 'off', got {text!r}")
    return value


def _check_report(report: Path, others: tuple[Path, ...]) -> None:
    if report.suffix.lower() != ".json":
        raise ConfigError(f"--report writes JSON; expected a name like groups.json, got {report}")
    if report.resolve() in {path.resolve() for path in others}:
        raise ConfigError(f"--report names {report}, which is read or written; name another file")


# --------------------------------------------------------------------------------- what is answered


def _show(found: "DedupReport") -> None:
    """Say on stderr what was dropped, and show the largest groups."""
    for name, said in _figures(found):
        typer.echo(f"{name:<16}{said}", err=True)
    for group in found.groups[:_EXAMPLES]:
        _show_group(found.file, group)
    if len(found.groups) > _EXAMPLES:
        typer.echo(
            f"\nand {len(found.groups) - _EXAMPLES:,} more; --report FILE.json has every group",
            err=True,
        )


def _figures(found: "DedupReport") -> "Iterator[tuple[str, str]]":
    from synth_agent.cli.phrases import spent

    masked = ", all figures alike" if found.mask_numbers else ""
    yield "rows", f"{found.rows:,} of {found.file}"
    yield "compared by", f"{', '.join(found.fields)}{masked}"
    if found.threshold is not None:
        yield "embedder", found.embedder
    if found.unread:
        yield "", f"{found.unread:,} texts in a script that it does not know: by their wording"
    yield "kept", f"{found.kept:,}{f', the best by {found.scored_by}' if found.scored_by else ''}"
    yield "duplicate", f"{found.dropped['duplicate']:,}"
    yield "near-duplicate", _dropped(found, "near-duplicate", "cosine", found.threshold)
    yield "same-words", _dropped(found, "same-words", "word triples", found.lexical)
    for name, number in found.near.items():
        yield "near", f"{number:,} to rows of {name}"
    if found.without_text:
        yield "without text", f"{found.without_text:,}, kept"
    if found.usage.requests:
        yield "paid", spent(found.usage)


def _dropped(found: "DedupReport", reason: str, measure: str, limit: float | None) -> str:
    if limit is None:
        return f"not looked for by {measure}"
    return f"{found.dropped[reason]:,}  ({measure} from {limit:g})"


def _say_that_meaning_is_not_seen() -> None:
    typer.echo(
        "\nnote: the texts do not look English, and are compared by their wording, not by\n"
        "what they mean; --embedder static compares English, provider:name any language",
        err=True,
    )


def _show_group(file: str, group: "Group") -> None:
    """Show a row and some of those that repeat it; of long texts what differs."""
    from rich.console import Console
    from rich.text import Text

    from synth_agent.cli.foreign import one_line

    out = Console(stderr=True, highlight=False, soft_wrap=True)
    kept, shown = group.kept, group.dropped[:_EXAMPLES]
    own = f"row {kept.row}: "
    if kept.file != file:
        own = f"{one_line(kept.file, out.width - len(own))} {own.strip()}\n  "
    names = [own, *(f"  row {one.row} ({_alike(one)}): " for one in shown)]
    limit = _LINES * out.width - max(map(len, names[1:]))
    pairs = [_beside(kept.text, one, limit) for one in shown]
    out.print()
    for name, text in zip(names, (pairs[0][0], *(pair[1] for pair in pairs)), strict=True):
        out.print(Text(name, "dim"), text, sep="")
    if len(group.dropped) > _EXAMPLES:
        typer.echo(f"  and {len(group.dropped) - _EXAMPLES:,} more", err=True)


def _beside(kept: str, one: "Dropped", limit: int) -> "tuple[Text, Text]":
    """Return both texts: whole where they fit, else with long parts that they share shrunk."""
    from synth_agent.cli.foreign import beside, harmless

    if max(len(kept), len(one.text)) <= limit:
        return harmless(kept), harmless(one.text)
    return beside(kept, one.text, _MEASURES[one.reason], limit=limit)


def _alike(one: "Dropped") -> str:
    if one.reason == "duplicate":
        return one.reason
    return f"{one.similarity:.2f}{'' if one.reason == 'near-duplicate' else ' of words'}"
