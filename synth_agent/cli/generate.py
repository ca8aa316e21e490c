"""`generate`, `plan` and `resume`."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from synth_agent.cli.options import MEANS, SPEC, taking
from synth_agent.errors import ConfigError

if TYPE_CHECKING:
    from synth_agent.agent import SynthAgent
    from synth_agent.dataset import Dataset
    from synth_agent.schemas import DatasetSpec

__all__ = ["generate", "plan", "resume"]

Brief = Annotated[
    str,
    typer.Argument(
        metavar="BRIEF|SPEC.yaml", help="What you want, in words; or a spec file; - reads stdin."
    ),
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="Where the dataset goes besides its run.")
]
Json = Annotated[bool, typer.Option("--json", help="End with one JSON object on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no summary.")]


@taking(spec=SPEC, means=MEANS)
def generate(
    *,
    brief: Brief,
    output: Output = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="The run's own folder; by default runs/<time>-<slug>.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing output.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and stop.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
    spec: dict[str, Any],
    means: dict[str, Any],
) -> None:
    """Make a dataset from a sentence or a spec file."""
    agent = _agent(means)
    wanted = _spec(agent, brief, _overrides(**spec), output)
    if dry_run:
        _show_plan(agent, wanted, json=json)
        return
    from synth_agent.cli.progress import watching

    with _interrupts() as stop, watching(quiet=quiet) as on_event:
        dataset = agent.generate(
            wanted, run_dir=run_dir, output=output, force=force, on_event=on_event, stop=stop
        )
    _finish(dataset, interrupted=stop(), json=json, quiet=quiet)


@taking(spec=SPEC, means=MEANS)
def plan(
    *,
    brief: Annotated[
        str | None,
        typer.Argument(metavar="BRIEF|SPEC.yaml", help="What you want; or a spec file."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the spec as JSON.")] = False,
    spec_schema: Annotated[
        bool, typer.Option("--spec-schema", help="Print the JSON Schema of a spec, for editors.")
    ] = False,
    spec: dict[str, Any],
    means: dict[str, Any],
) -> None:
    """Say what is understood, and what it would cost. Spends nothing."""
    if spec_schema:
        _print_schema()
        return
    if brief is None:
        raise ConfigError("say what you want: synth-agent plan 'BRIEF', or a spec file")
    agent = _agent(means)
    _show_plan(agent, _spec(agent, brief, _overrides(**spec), None), json=json)


@taking(means=MEANS)
def resume(
    *,
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.")],
    count: Annotated[
        int | None, typer.Option("-n", "--count", help="Extend to so many records in all.")
    ] = None,
    output: Output = None,
    json: Json = False,
    quiet: Quiet = False,
    means: dict[str, Any],
) -> None:
    """Go on where a run stopped; with -n, extend a finished one."""
    from synth_agent.cli.progress import watching

    agent = _agent(means)
    with _interrupts() as stop, watching(quiet=quiet) as on_event:
        dataset = agent.resume(run, count=count, output=output, on_event=on_event, stop=stop)
    _finish(dataset, interrupted=stop(), json=json, quiet=quiet)


# ------------------------------------------------------------------------------------ what is asked


def _agent(means: dict[str, Any]) -> "SynthAgent":
    from synth_agent.agent import SynthAgent
    from synth_agent.settings import Settings

    settings = Settings()
    means.setdefault("chroma", settings.chroma)
    return SynthAgent(settings.model, runs=settings.runs, **means)


def _overrides(**flags: Any) -> dict[str, Any]:
    """Return fields of the spec for the flags that were given."""
    schema = flags.pop("schema", None)
    given = {
        name: _FIELDS[name](value) if name in _FIELDS else value for name, value in flags.items()
    }
    if schema is not None:
        from synth_agent.cli.schema import load_schema

        given |= {"json_schema": load_schema(schema), "task": given.get("task", "custom")}
    return given


def _paths(given: Sequence[Path]) -> tuple[str, ...]:
    return tuple(map(str, given))


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _split(text: str) -> dict[str, float]:
    from synth_agent.exports import parse_split

    return parse_split(text)


def _threshold(flag: str) -> Callable[[str], float | str]:
    def read(text: str) -> float | str:
        if text.lower() == "off":
            return "off"
        try:
            return float(text)
        except ValueError:
            raise ConfigError(
                f"{flag}: expected a number in (0, 1] or 'off', got {text!r}"
            ) from None

    return read


_FIELDS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "seeds": str,
    "inputs": str,
    "docs": _paths,
    "protect": _paths,
    "split": _split,
    "dedup_threshold": _threshold("--dedup-threshold"),
    "dedup_lexical": _threshold("--dedup-lexical"),
    "dedup_fields": _names,
}
"""How what a flag says becomes what the spec's field of that name holds."""


def _spec(
    agent: "SynthAgent", brief: str, overrides: dict[str, Any], output: Path | None
) -> "DatasetSpec":
    from synth_agent.brief import load_spec
    from synth_agent.exports import format_of

    if output is not None:
        overrides = {**overrides, "output_format": format_of(output)}
    if brief == "-":
        brief = sys.stdin.read()
    if brief.endswith((".yaml", ".yml", ".json")) and len(brief.split()) == 1:
        return agent.plan(load_spec(Path(brief), **overrides))
    return agent.plan(brief, **overrides)


# --------------------------------------------------------------------------------- what is answered


def _show_plan(agent: "SynthAgent", spec: "DatasetSpec", *, json: bool) -> None:
    from synth_agent.cli import render

    if json:
        typer.echo(render.plan_json(spec, agent.estimate(spec)))
    else:
        render.plan(spec, agent.estimate(spec))


def _print_schema() -> None:
    import json

    from synth_agent.brief import spec_schema

    typer.echo(json.dumps(spec_schema(), indent=2))


def _finish(dataset: "Dataset", *, interrupted: bool, json: bool, quiet: bool) -> None:
    from synth_agent.cli import render

    report = dataset.report()
    stopped = interrupted and not dataset.complete
    if json:
        typer.echo(render.summary_json(dataset, report))
    else:
        for path in dataset.delivery.dataset:
            typer.echo(path)
    if not quiet:
        render.summary(dataset, report, interrupted=stopped)
    if stopped:
        raise typer.Exit(130)
    if not dataset.complete:
        raise typer.Exit(3)


@contextmanager
def _interrupts() -> Iterator[Any]:
    """Turn the first Ctrl-C into a wish to stop, the second into a stop at once."""
    import signal

    asked: list[int] = []

    def wish(number: int, _: object) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)
        typer.echo("\nstopping after what is in hand; Ctrl-C again stops at once", err=True)

    before = {n: signal.signal(n, wish) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    except KeyboardInterrupt:
        typer.echo("stopped; go on with: synth-agent resume RUN", err=True)
        raise typer.Exit(130) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
