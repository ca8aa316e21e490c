"""`packs`: list them, check one, begin one."""

from pathlib import Path
from typing import Annotated

import typer

from synth_agent.errors import ConfigError

__all__ = ["app"]

app = typer.Typer(help="Packs: domains that need no model.", invoke_without_command=True)


@app.callback()
def packs(
    context: typer.Context,
    json: Annotated[bool, typer.Option("--json", help="Print the list as JSON.")] = False,
) -> None:
    """List the packs that ship with the package."""
    if context.invoked_subcommand is not None:
        return
    from synth_agent.cli.pack_list import print_packs

    print_packs(json=json)


@app.command("check")
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE|NAME ...", help="Packs to check.")],
) -> None:
    """Say exactly what is wrong with a pack, and where."""
    from synth_agent.rules import check_pack, pack_files

    faulty = 0
    for file in files:
        problems = check_pack(pack_files(file))
        faulty += bool(problems)
        for problem in problems:
            typer.echo(str(problem))
        if not problems:
            typer.echo(f"{file}: in order")
    if faulty:
        raise typer.Exit(2)


@app.command("new")
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the new pack goes.")],
) -> None:
    """Write a commented start of a new pack."""
    from synth_agent.rules import start_text

    if file.exists():
        raise ConfigError(f"{file} exists already; name a file that does not")
    try:
        file.write_text(start_text(), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot write {file}: {error.strerror}") from error
    typer.echo(file)
    typer.echo(f"edit it, then: synth-agent packs check {file}", err=True)
