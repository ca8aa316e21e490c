"""The flags that several commands share, written once, and a decorator that gives them to each."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer

__all__ = ["MEANS", "SPEC", "taking"]

_MODEL: Final = "With a model"
_BOUNDS: Final = "Bounds"
_REPEATS: Final = "Repeats"


class Flag(NamedTuple):
    """A flag's type and what help says of it."""

    type: Any
    help: str
    names: tuple[str, ...] = ()
    """Where they are not made from the parameter's own."""
    panel: str | None = None
    default: Any = None


SPEC: Final[Mapping[str, Flag]] = {
    "count": Flag(int, "How many records.", ("-n", "--count")),
    "layout": Flag(str, "How records are written: records, alpaca …"),
    "task": Flag(str, "qa, instruction, reasoning, classification …"),
    "method": Flag(str, "How drafts are made: rules, self_instruct, grounded …"),
    "pack": Flag(str, "A pack by name, or the path of a pack file."),
    "language": Flag(str, "BCP 47 tag of the text, e.g. en."),
    "seeds": Flag(Path, "Examples, none of which is repeated: a file or a run."),
    "schema": Flag(str, "Your own record: FILE.json (JSON Schema) or module:Model."),
    "seed": Flag(int, "Chance starts here: same seed, same slots."),
    "split": Flag(str, "train=0.8,validation=0.1,test=0.1"),
    "protect": Flag(list[Path], "Datasets that nothing may come near to.", panel=_REPEATS),
    "dedup_threshold": Flag(
        str, "Cosine from which two records are repeats; 'off' for none.", panel=_REPEATS
    ),
    "dedup_lexical": Flag(
        str, "Share of words in order from which they are; 'off' for none.", panel=_REPEATS
    ),
    "dedup_mask_numbers": Flag(
        bool,
        "Whether what differs in figures alone is a repeat.",
        ("--dedup-mask-numbers/--dedup-keep-numbers",),
        _REPEATS,
    ),
    "dedup_fields": Flag(str, "Fields that are compared, not those that ask: A,B", panel=_REPEATS),
    "embedder": Flag(str, "static, lexical, minilm, or provider:name.", panel=_REPEATS),
    "model": Flag(str, "Who writes, as provider:name; none: rules.", panel=_MODEL),
    "critic_model": Flag(str, "Who judges each draft, as provider:name.", panel=_MODEL),
    "weak_model": Flag(str, "Who writes the worse answers of pairs.", panel=_MODEL),
    "temperature": Flag(float, "Of the model that writes.", panel=_MODEL),
    "records_per_call": Flag(int, "How many records share a request.", panel=_MODEL),
    "min_score": Flag(float, "The critic's mean score, 1 to 5, that is enough.", panel=_MODEL),
    "judges": Flag(int, "How often the critic judges; the median counts.", panel=_MODEL),
    "self_consistency": Flag(int, "Reasonings sampled for a majority.", panel=_MODEL),
    "rounds": Flag(int, "How often a draft is evolved or improved.", panel=_MODEL),
    "docs": Flag(list[Path], "Documents to ask about, files or folders.", panel=_MODEL),
    "unanswerable": Flag(float, "Share of questions that no text answers.", panel=_MODEL),
    "multi_hop": Flag(float, "Share of questions that need two passages.", panel=_MODEL),
    "inputs": Flag(Path, "Inputs to answer: a file or an earlier run.", panel=_MODEL),
    "run_code": Flag(bool, "Run code that a model wrote, to check it.", ("--run-code",), _MODEL),
}
"""What says which dataset it is; each is a field of the spec."""

MEANS: Final[Mapping[str, Flag]] = {
    "budget_usd": Flag(float, "Money the run may cost in all, never more.", panel=_BOUNDS),
    "budget_tokens": Flag(int, "Tokens the run may cost in all.", panel=_BOUNDS),
    "concurrency": Flag(int, "Requests in flight at most.", panel=_BOUNDS),
    "rpm": Flag(int, "Requests to models that write, a minute.", panel=_BOUNDS),
    "tpm": Flag(int, "Tokens to and from them, a minute.", panel=_BOUNDS),
    "timeout": Flag(float, "Seconds until a request counts as lost.", panel=_BOUNDS),
    "client": Flag(str, "lean (our own) or langchain, for openai: models.", panel=_MODEL),
    "chroma": Flag(str, "A Chroma server, http://host:port, not files.", panel=_REPEATS),
    "prompts": Flag(Path, "A folder of prompts that replace shipped ones.", panel=_MODEL),
}
"""What this machine and this user give to it."""


def taking(**groups: Mapping[str, Flag]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator: the command gets the flags of each group as one dict, of those given.

    `@taking(spec=SPEC)` makes a function with a parameter `spec` a command with all of its flags.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = inspect.signature(command, eval_str=True)
        kept = [p for name, p in own.parameters.items() if name not in groups]
        added = [_parameter(n, flag) for group in groups.values() for n, flag in group.items()]
        signature = own.replace(parameters=[*kept, *added])

        @wraps(command)
        def given(**values: Any) -> None:
            for group, flags in groups.items():
                named = {name: values.pop(name) for name in flags}
                values[group] = {n: v for n, v in named.items() if v not in (None, [])}
            command(**values)

        given.__signature__ = signature  # type: ignore[attr-defined]  # typer reads it there
        given.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
        return given

    return decorate


def _parameter(name: str, flag: Flag) -> inspect.Parameter:
    metavar = "PATH" if flag.type == list[Path] else None
    option = typer.Option(*flag.names, help=flag.help, rich_help_panel=flag.panel, metavar=metavar)
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=flag.default,
        annotation=Annotated[flag.type | None, option],
    )
