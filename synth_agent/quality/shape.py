"""Is the payload what its task promises? Reason `schema`.

A task of ours is checked by its Pydantic model; `custom` by the user's JSON Schema, compiled once
and without ever fetching a reference; `tabular` by its columns: exactly the named ones, each a
plain value.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import jsonschema
import jsonschema.validators
import referencing
import referencing.exceptions
import referencing.jsonschema
from pydantic import JsonValue, ValidationError

from synth_agent.errors import ConfigError
from synth_agent.quality.context import CheckContext, Finding
from synth_agent.schemas import PAYLOADS, DatasetSpec, Draft, Payload

__all__ = ["misfit_of", "shape"]

_Misfit = Callable[[Mapping[str, JsonValue]], str | None]
_DIALECT: Final = jsonschema.Draft202012Validator


def shape(draft: Draft, context: CheckContext) -> Finding | None:
    """Drop a payload that its task's schema refuses."""
    problem = context.misfit(draft.payload)
    return Finding("schema", problem) if problem else None


def misfit_of(spec: DatasetSpec) -> _Misfit:
    """Return the function that says what is wrong with a payload's shape.

    Raises:
        ConfigError: The user's JSON Schema is none, or refers to something outside itself.
    """
    if spec.json_schema is not None:
        return _by_json_schema(spec.json_schema)
    if model := PAYLOADS.get(spec.task):
        return _by_model(model)
    return _by_columns(frozenset(spec.fields))


def _by_model(model: type[Payload]) -> _Misfit:
    def misfit(payload: Mapping[str, JsonValue]) -> str | None:
        try:
            model.model_validate(payload)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(step) for step in first["loc"]) or "payload"
            return f"{where}: {first['msg']}"
        return None

    return misfit


def _by_json_schema(schema: dict[str, JsonValue]) -> _Misfit:
    dialect = jsonschema.validators.validator_for(schema, default=_DIALECT)
    try:
        dialect.check_schema(schema)
    except jsonschema.SchemaError as error:
        raise ConfigError(
            f"the JSON Schema is not valid at {error.json_path}: {error.message}; "
            "mend it there or leave the part out"
        ) from error
    _refuse_unresolvable(schema)
    # An empty registry: the default one would fetch a remote reference over the network.
    validator = dialect(
        schema, format_checker=dialect.FORMAT_CHECKER, registry=referencing.Registry()
    )

    def misfit(payload: Mapping[str, JsonValue]) -> str | None:
        error = next(validator.iter_errors(payload), None)
        return f"{error.json_path}: {error.message[:300]}" if error else None

    return misfit


def _references(schema: JsonValue) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)


def _refuse_unresolvable(schema: dict[str, JsonValue]) -> None:
    resource = referencing.jsonschema.DRAFT202012.create_resource(schema)
    base = str(schema.get("$id", ""))
    resolver = referencing.Registry().with_resource(base, resource).crawl().resolver(base)
    for reference in _references(schema):
        try:
            resolver.lookup(reference)
        except (referencing.exceptions.Unresolvable, referencing.exceptions.Unretrievable) as error:
            raise ConfigError(
                f"the JSON Schema refers to {reference!r}, which is not in it; "
                "put the definition into the file under $defs (nothing is fetched)"
            ) from error


def _by_columns(columns: frozenset[str]) -> _Misfit:
    def misfit(payload: Mapping[str, JsonValue]) -> str | None:
        if not payload:
            return "the row has no columns"
        for name, value in payload.items():
            if isinstance(value, dict | list):
                return f"{name}: expected a plain value, got {type(value).__name__}"
        if columns and payload.keys() != columns:
            missing, extra = sorted(columns - payload.keys()), sorted(payload.keys() - columns)
            return f"expected the columns {sorted(columns)}; missing {missing}, extra {extra}"
        return None

    return misfit
