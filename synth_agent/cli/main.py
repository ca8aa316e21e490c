"""The command `synth-agent`: its subcommands, exit codes, and how failures are said.

Exit codes: 0 all delivered · 2 the user's mistake · 3 partial, what was made is saved · 4 the
provider failed for good · 130 interrupted, resumable · 1 a fault of this program. No module of the
package that needs NumPy is imported before a command runs, so that `--help` stays fast.
"""

import gc
import sys
from types import TracebackType
from typing import Annotated, Final, NoReturn

import typer

from synth_agent.cli import calibrate, dedup, doctor, export, generate, packs, show
from synth_agent.errors import ConfigError, ProviderError, SynthAgentError

__all__ = ["app", "main"]

_MISTAKE: Final = 2
_PARTIAL: Final = 3
_PROVIDER: Final = 4

app = typer.Typer(
    name="synth-agent",
    help="From one sentence to a fine-tuning dataset that can be trusted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("generate")(generate.generate)
app.command("plan")(generate.plan)
app.command("resume")(generate.resume)
app.command("show")(show.show)
app.command("calibrate")(calibrate.calibrate)
app.command("export")(export.export)
app.command("dedup")(dedup.dedup)
app.add_typer(packs.app, name="packs")
app.command("doctor")(doctor.doctor)


def _version(asked: bool) -> None:
    if asked:
        from synth_agent import __version__

        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Nothing happens before a subcommand."""


def main() -> None:
    """Run the command line; never returns."""
    # Imports make a hundred thousand objects that live on: looking for garbage among them time and
    # again costs a tenth of the start.
    gc.set_threshold(50_000, 20, 20)
    # Not `app()`: that would put typer's own hook for tracebacks in the place of ours.
    command = typer.main.get_command(app)
    if "--debug" in sys.argv[1:]:
        sys.argv.remove("--debug")
        command()
    sys.excepthook = _said_plainly
    try:
        command()
    except ProviderError as error:
        _end(error, _PROVIDER)
    except SynthAgentError as error:
        _end(error, _MISTAKE if isinstance(error, ConfigError) else _PARTIAL)
    except _model_errors() as error:
        _end(error, _PROVIDER)


def _model_errors() -> tuple[type[Exception], ...]:
    """Return LangChain's errors, where it was loaded: importing it takes half a second."""
    if "langchain_core.exceptions" not in sys.modules:
        return ()
    from langchain_core.exceptions import ModelError

    return (ModelError,)


def _end(error: Exception, code: int) -> NoReturn:
    """Say a failure and what to do; how a run is gone on with, its notes know."""
    _say(str(error))
    for line in getattr(error, "__notes__", ()):
        typer.echo(line, err=True)
    raise SystemExit(code) from None


def _say(message: str) -> None:
    typer.echo(f"error: {message}", err=True)


def _said_plainly(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
    """Say an unforeseen failure in one line; the traceback is for `--debug`."""
    _say(f"{kind.__name__}: {error} (a fault of synth-agent; add --debug to see where)")
