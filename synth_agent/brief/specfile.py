"""A spec written down: read from YAML or JSON, written as YAML, described for editors."""

import json
from pathlib import Path
from typing import Any

import yaml

from synth_agent.brief.overrides import given, lay_over, quotas_from, shares_from
from synth_agent.brief.problems import build_spec, refuse_unknown
from synth_agent.brief.tasks import check_fields
from synth_agent.errors import ConfigError
from synth_agent.schemas import SCHEMA_VERSION, DatasetSpec
from synth_agent.yamltext import as_yaml

__all__ = ["dump_spec", "load_spec", "spec_schema"]


def load_spec(path: Path, **overrides: Any) -> DatasetSpec:
    """Return the spec in a YAML or JSON file.

    `labels` and `difficulty` may be numbers, shares ("70%", 0.7) or names to split evenly between.

    Args:
        overrides: Values of flags by field of the spec; None means not given.

    Raises:
        ConfigError: One line for each thing that is wrong with the file.
    """
    values = _parse(path)
    values.pop("estimate", None)  # what `plan --json` says besides the spec
    _refuse_version(values)
    refuse_unknown(values)
    flags = given(overrides)
    count = values.get("count", flags.get("count"))
    for name in ("labels", "difficulty"):
        if name in values:
            values[name] = quotas_from(name, values[name], count)
    if "split" in values:
        values["split"] = shares_from(values["split"])
    if "count" in values:
        values = build_spec(values).model_dump()
    spec = build_spec(lay_over(values, flags))
    check_fields(spec.task, spec.fields)
    return spec


def _parse(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot read the spec {str(path)!r}: {error}") from error
    try:
        values = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from error
    except yaml.MarkedYAMLError as error:
        raise ConfigError(_yaml_problem(path, error)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: no YAML: {error}".replace("\n", " ")) from error
    if not isinstance(values, dict):
        raise ConfigError(f"{path}: expected names with values, got {type(values).__name__}")
    return {str(key): value for key, value in values.items()}


def _yaml_problem(path: Path, error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
    return f"{path}{place}: no YAML: {error.problem or error.context}"


def _refuse_version(values: dict[str, Any]) -> None:
    version = values.get("schema_version", SCHEMA_VERSION)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ConfigError(
            f"the spec has schema_version {version}, this synth-agent reads up to "
            f"{SCHEMA_VERSION}; install a newer one"
        )


def dump_spec(spec: DatasetSpec) -> str:
    """Return YAML that `load_spec` reads back as the same spec: what differs from the defaults."""
    chosen = spec.model_dump(mode="json", exclude_defaults=True)
    kept = {"schema_version": spec.schema_version, "task": spec.task, "count": spec.count}
    values = kept | {name: value for name, value in chosen.items() if name not in kept}
    return as_yaml(values)


def spec_schema() -> dict[str, Any]:
    """Return the JSON Schema of a spec file, for editors."""
    schema = DatasetSpec.model_json_schema()
    shares = {"type": "object", "additionalProperties": {"type": ["number", "string"]}}
    names = {"type": "array", "items": {"type": "string"}}
    for name in ("labels", "difficulty"):
        exact = schema["properties"][name]
        described = {key: exact.pop(key) for key in ("title", "description") if key in exact}
        exact.pop("default", None)
        schema["properties"][name] = {**described, "anyOf": [exact, shares, names]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
