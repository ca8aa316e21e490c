"""`dedup`: a dataset file without its repeats, and without what comes near to other files."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from synth_agent.errors import ConfigError

if TYPE_CHECKING:
    from synth_agent.schemas.repeats import DedupReport, Group
    from synth_agent.store import Embedder

__all__ = ["dedup"]

_EXAMPLES: Final = 3
_LEXICAL: Final = 0.8
_WIDTH: Final = 72


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

    if score is not None and keep is Keep.first:
        raise ConfigError("--score says which row is best; add --keep best")
    if report is not None:
        _check_report(report, (source, output, *(against or ())))
        check_output(report, (report,), force=force)
    compared = tuple(name.strip() for name in (fields or "").split(",") if name.strip())
    seeing = _embedder(embedder or usual_embedder(source, compared), figures_count=not mask_numbers)
    wanted = Dedup(
        against=tuple(against or ()),
        fields=compared,
        threshold=_share("--threshold", threshold, seeing.threshold),
        lexical=_share("--lexical", lexical, _LEXICAL),
        keep=keep.value,
        score=score,
        mask_numbers=mask_numbers,
    )
    found = without_repeats(source, output, wanted, embedder=seeing, force=force)
    if report is not None:
        write_text(report, found.model_dump_json(indent=2) + "\n")
    _show(found)
    typer.echo(found.model_dump_json(exclude={"groups"}) if json else output)


# ------------------------------------------------------------------------------------ what is asked


def _embedder(name: str, *, figures_count: bool) -> "Embedder":
    from synth_agent.models.resolve import Access
    from synth_agent.settings import Settings
    from synth_agent.store.embedders.figures import WithFigures
    from synth_agent.store.embedders.resolve import embedder

    found = embedder(name, access=Access.of(Settings()))
    return WithFigures(found) if figures_count and name != "lexical" else found


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
    lines = [
        ("rows", f"{found.rows:,} of {found.file}, compared by {', '.join(found.fields)}"),
        ("kept", f"{found.kept:,}{f', the best by {found.scored_by}' if found.scored_by else ''}"),
        ("duplicate", f"{found.dropped['duplicate']:,}"),
        ("near-duplicate", _dropped(found, "near-duplicate", "cosine", found.threshold)),
        ("same-words", _dropped(found, "same-words", "word triples", found.lexical)),
        *(("near", f"{number:,} to rows of {name}") for name, number in found.near.items()),
    ]
    if found.without_text:
        lines.append(("without text", f"{found.without_text:,}, kept"))
    for name, said in lines:
        typer.echo(f"{name:<16}{said}", err=True)
    for group in found.groups[:_EXAMPLES]:
        _show_group(found.file, group)
    if len(found.groups) > _EXAMPLES:
        typer.echo(
            f"\nand {len(found.groups) - _EXAMPLES:,} more; --report FILE.json has every group",
            err=True,
        )


def _dropped(found: "DedupReport", reason: str, measure: str, limit: float | None) -> str:
    if limit is None:
        return f"not looked for by {measure}"
    return f"{found.dropped[reason]:,}  ({measure} from {limit:g})"


def _show_group(file: str, group: "Group") -> None:
    from synth_agent.cli.foreign import one_line

    kept = group.kept
    typer.echo(f"\n{kept.file} row {kept.row}: {one_line(kept.text, _WIDTH)}", err=True)
    for one in group.dropped[:_EXAMPLES]:
        said = (
            f"{file} row {one.row}, {one.reason} {one.similarity:.2f}: {one_line(one.text, _WIDTH)}"
        )
        typer.echo(f"  {said}", err=True)
    if len(group.dropped) > _EXAMPLES:
        typer.echo(f"  and {len(group.dropped) - _EXAMPLES:,} more", err=True)
