"""A spec as the short YAML file that makes the same dataset again."""

import yaml

from synth_agent.schemas import DatasetSpec

__all__ = ["recipe"]


def recipe(spec: DatasetSpec) -> str:
    """Return what in a spec is not as it would be anyway, as YAML."""
    plain = spec.model_dump(mode="json", exclude_defaults=True, exclude={"unread"})
    return yaml.safe_dump(
        {"schema_version": spec.schema_version, **plain},
        sort_keys=False,
        allow_unicode=True,
        width=88,
    )
