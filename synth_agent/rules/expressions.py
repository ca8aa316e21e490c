"""Jinja in its sandbox: the language of a pack's expressions and templates.

A pack is a file from anywhere, so it can neither reach Python's internals nor change what it is
handed, nor build numbers or texts of absurd size. It can still loop for long: no time limit is set.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, Final, cast

from jinja2 import (
    Environment,
    StrictUndefined,
    Template,
    TemplateError,
    Undefined,
    meta,
)
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from synth_agent.errors import ConfigError
from synth_agent.rules.filters import FILTERS

__all__ = [
    "FUNCTIONS",
    "Facts",
    "compile_expression",
    "compile_template",
    "deferred",
    "undeclared",
]

Facts = Mapping[str, Any]

_MAX_POWER: Final = 64
_MAX_REPEAT: Final = 10_000


class _Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(["**", "*"])

    def getattr(self, obj: Any, attribute: str) -> Any:
        # Facts are dicts: a key is looked at first, which is also what `row.items` should mean.
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:  # noqa: ARG002
        if operator == "**":
            if abs(right) > _MAX_POWER or abs(left) > 1e12:
                raise SecurityError(f"power out of bounds: {left!r} ** {right!r}")
            return left**right
        if isinstance(left, str | list | tuple) and right > _MAX_REPEAT:
            raise SecurityError(f"cannot repeat a text {right!r} times")
        return left * right


class _LeanContext(Context):
    """A context without what no pack uses: blocks, globals, an evaluation state of its own.

    An expression is evaluated fifty times a record, and Jinja's own takes longer to set up than to
    evaluate.
    """

    def __init__(
        self,
        environment: Environment,
        parent: dict[str, Any],
        name: str | None,
        blocks: dict[str, Callable[[Context], Iterator[str]]],  # noqa: ARG002
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002, ARG002
    ) -> None:
        self.parent = parent
        self.vars: dict[str, Any] = {}
        self.environment = environment
        self.eval_ctx = _plain_evaluation(environment)
        self.exported_vars: set[str] = set()
        self.name = name
        self.globals_keys: set[str] = set()
        self.blocks: dict[str, list[Callable[[Context], Iterator[str]]]] = {}


@lru_cache(maxsize=4)
def _plain_evaluation(environment: Environment) -> EvalContext:
    return EvalContext(environment)


def _sandbox() -> _Sandbox:
    sandbox = _Sandbox(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=False,  # text for trainers, not HTML; pages escape on their own
        cache_size=0,
    )
    sandbox.filters.update(FILTERS)
    sandbox.context_class = _LeanContext
    return sandbox


_SANDBOX: Final = _sandbox()
FUNCTIONS: Final[Mapping[str, Any]] = {
    "abs": abs,
    "ceil": math.ceil,
    "enumerate": lambda rows, start=0: list(enumerate(rows, start)),
    "exp": math.exp,
    "floor": math.floor,
    "ln": math.log,
    "max": max,
    "min": min,
    "namespace": _SANDBOX.globals["namespace"],
    "pi": math.pi,
    "range": _SANDBOX.globals["range"],
    "sqrt": math.sqrt,
    "zip": lambda *lists: list(zip(*lists, strict=False)),
}
"""What expressions may call; every dict of facts starts with them.

They are not Jinja globals because Jinja copies its globals for each evaluation, which was half of
the time that a record took.
"""

_NO_BLOCKS: Final[dict[str, Callable[[Context], Iterator[str]]]] = {}
_CHANCE: Final = frozenset({"pick", "maybe", "shuffled", "sample", "say"})


def _compiled(source: str) -> Template:
    template = _SANDBOX.from_string(source)
    assert isinstance(template, Template)
    return template


_CONSTANTS: Final = frozenset({"true", "false", "none", "True", "False", "None"})


_PATH: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")


def _path(source: str) -> Callable[[Facts], Any] | None:
    """Return an expression that only names a fact or a part of one (`line.unit`), else None.

    A third of all expressions are such, and this is ten times as fast as a template.
    """
    if not _PATH.fullmatch(source) or source in _CONSTANTS:
        return None
    name, *parts = source.split(".")

    def looked_up(facts: Facts) -> Any:
        if name not in facts:
            raise UndefinedError(f"{name!r} is undefined")
        value = facts[name]
        for part in parts:
            value = _SANDBOX.getattr(value, part)
        if isinstance(value, Undefined):
            raise UndefinedError(f"{source!r} is undefined")
        return value

    return looked_up


def deferred(source: str) -> Callable[[Facts], Any]:
    """Return an expression that is compiled when it is first evaluated.

    A large pack has thousands, at half a millisecond each; a plan needs none of them.
    """
    compiled = _path(source)
    if compiled is not None:
        return compiled

    def evaluated(facts: Facts) -> Any:
        nonlocal compiled
        if compiled is None:
            compiled = compile_expression(source)
        return compiled(facts)

    return evaluated


@lru_cache(maxsize=20_000)
def compile_expression(source: str) -> Callable[[Facts], Any]:
    """Return a function from facts (with `FUNCTIONS` among them) to the value of an expression.

    Raises:
        ConfigError: The source is no expression.
    """
    if simple := _path(source):
        return simple
    try:
        template = _compiled("{% set value = (" + source + ") %}")
    except TemplateError as error:
        raise ConfigError(f"not an expression: {source!r}: {error}") from error

    render = template.root_render_func

    def evaluated(facts: Facts) -> Any:
        context = _LeanContext(_SANDBOX, cast("dict[str, Any]", facts), None, _NO_BLOCKS)
        for _ in render(context):
            pass
        return context.vars["value"]

    return evaluated


@lru_cache(maxsize=20_000)
def compile_template(source: str) -> Callable[[Facts], str]:
    """Return a function from facts (with `FUNCTIONS` among them) to text, stripped at its ends.

    Raises:
        ConfigError: The source is no template.
    """
    try:
        template = _compiled(source)
    except TemplateError as error:
        raise ConfigError(f"not a template: {source[:80]!r}: {error}") from error

    render = template.root_render_func

    def rendered(facts: Facts) -> str:
        context = _LeanContext(_SANDBOX, cast("dict[str, Any]", facts), None, _NO_BLOCKS)
        return "".join(render(context)).strip()

    return rendered


def undeclared(source: str, *, template: bool) -> set[str]:
    """Return the names that a template or expression needs from the facts.

    Raises:
        ConfigError: The source cannot be parsed, or names a filter that there is not.
    """
    text = source if template else "{{ " + source + " }}"
    try:
        tree = _SANDBOX.parse(text)
        _SANDBOX.compile(tree)
        return (
            set(meta.find_undeclared_variables(_SANDBOX.parse(text))) - FUNCTIONS.keys() - _CHANCE
        )
    except TemplateError as error:
        kind = "a template" if template else "an expression"
        raise ConfigError(f"not {kind}: {error}") from error
