"""Specs from checked values, with one clear line per problem."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from synth_agent.errors import ConfigError
from synth_agent.schemas import DatasetSpec
from synth_agent.text import nearest_name

__all__ = ["build_spec", "refuse_unknown"]

_EXPECTED: Final = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "tuple_type": "a list",
    "dict_type": "names with values",
    "bool_type": "true or false",
}


def build_spec(values: Mapping[str, Any]) -> DatasetSpec:
    """Return the spec of these values.

    Raises:
        ConfigError: One line for each that does not fit.
    """
    try:
        return DatasetSpec.model_validate(dict(values))
    except ValidationError as error:
        lines = [_line(dict(problem)) for problem in error.errors(include_url=False)]
        raise ConfigError("\n".join(dict.fromkeys(lines))) from error


def refuse_unknown(keys: Mapping[str, Any]) -> None:
    """Refuse a key that a spec does not have.

    Raises:
        ConfigError: With the nearest known key.
    """
    known = tuple(DatasetSpec.model_fields)
    lines = []
    for key in keys:
        if key in known:
            continue
        close = nearest_name(str(key), known)
        hint = f"did you mean {close!r}?" if close else f"known: {', '.join(known)}"
        lines.append(f"unknown key {str(key)!r}; {hint}")
    if lines:
        raise ConfigError("\n".join(lines))


def _line(problem: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in problem["loc"] if part != "[key]")
    kind, came = problem["type"], problem.get("input")
    if kind == "value_error":
        return f"{place}: {problem['ctx']['error']}".removeprefix(": ")
    if kind == "missing":
        return f"{place}: missing; every spec needs it"
    if kind in _EXPECTED:
        return f"{place}: expected {_EXPECTED[kind]}, got {came!r:.80}"
    if kind == "literal_error":
        return f"{place}: expected {_choices(problem, came)}, got {came!r:.80}"
    message = str(problem["msg"])
    return f"{place}: {message[:1].lower()}{message[1:]}, got {came!r:.80}"


def _choices(problem: dict[str, Any], came: object) -> str:
    expected = str(problem["ctx"]["expected"])
    close = nearest_name(str(came), expected.replace("'", "").replace(" or ", ", ").split(", "))
    return f"{expected} (did you mean {close!r}?)" if close else expected
