"""YAML that is read back as it was written."""

import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

__all__ = ["as_yaml"]

_LINE_BREAKS: Final = re.compile("[\x85\u2028\u2029\ufeff]")


class _Dumper(yaml.SafeDumper):
    """Quotes what PyYAML would else write as a line break of the file and read back as a blank."""


def _written(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if _LINE_BREAKS.search(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _written)


def as_yaml(values: Mapping[str, Any], *, width: int = 100) -> str:
    """Return values as YAML, keys in their order, letters of any script as they are."""
    return str(
        yaml.dump(dict(values), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width)
    )
