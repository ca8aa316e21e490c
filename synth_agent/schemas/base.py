"""What every schema shares: frozen, nothing extra, and a version where it goes to disk."""

from typing import Final

from pydantic import BaseModel, ConfigDict

__all__ = ["SCHEMA_VERSION", "Frozen"]

SCHEMA_VERSION: Final = 1
"""Written into every spec, record and report; a file from a newer version is refused by name."""


class Frozen(BaseModel):
    """Immutable, and an unknown key is an error, not a surprise."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
