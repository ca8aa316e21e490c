"""The user's own record: a JSON Schema file, or a Pydantic model by `module:Model`."""

import importlib
import sys
from pathlib import Path
from typing import Any

import orjson
from pydantic import BaseModel

from synth_agent.errors import ConfigError

__all__ = ["load_schema"]


def load_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema.

    A module is imported, and so its code runs; the working folder is searched first.

    Raises:
        ConfigError: There is no such file or model, or it describes no object.
    """
    schema = _model(name) if _names_a_model(name) else _file(Path(name))
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
        raise ConfigError(f"--schema {name}: expected a schema of type 'object' with properties")
    return schema


def _names_a_model(name: str) -> bool:
    return ":" in name and not Path(name).exists()


def _file(path: Path) -> dict[str, Any]:
    try:
        schema = orjson.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"--schema: cannot read {path}: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise ConfigError(f"--schema: {path} is not JSON: {error}") from error
    if not isinstance(schema, dict):
        raise ConfigError(f"--schema: {path} holds no JSON object")
    return schema


def _model(name: str) -> dict[str, Any]:
    module, _, attribute = name.rpartition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        model = getattr(importlib.import_module(module), attribute, None)
    except ImportError as error:
        raise ConfigError(f"--schema: cannot import {module!r}: {error}") from error
    finally:
        sys.path.pop(0)
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise ConfigError(f"--schema: {attribute!r} in {module!r} is no Pydantic model")
    return model.model_json_schema()
