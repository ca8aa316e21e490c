"""A spec as the short YAML file that makes the same dataset again."""

from synth_agent.schemas import DatasetSpec
from synth_agent.yamltext import as_yaml

__all__ = ["recipe"]


def recipe(spec: DatasetSpec) -> str:
    """Return what in a spec is not as it would be anyway, as YAML."""
    plain = spec.model_dump(mode="json", exclude_defaults=True, exclude={"unread"})
    return as_yaml({"schema_version": spec.schema_version, **plain}, width=88)
