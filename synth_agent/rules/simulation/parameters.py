"""What a pack may set for a run of the line."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

__all__ = ["Parameters", "WhatIf", "read_parameters"]

WhatIf = Literal[
    "larger buffer",
    "faster bottleneck",
    "preventive maintenance",
    "extra operator",
    "shorter setup",
    "faster repairs",
]


class Parameters(BaseModel):
    """Parameters of `production_line`; rates are shares in [0, 1]."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    line: str = ""
    """A line of the catalogue; empty: any."""
    shifts: int = Field(default=6, ge=1, le=60)
    chain_rate: float = Field(default=0.04, ge=0, le=1)
    """Share of the shifts that meet a chain of failures."""
    preventive_rate: float = Field(default=0.3, ge=0, le=1)
    """Share of the lines that maintain their worst station at the start of each shift."""
    absence_rate: float = Field(default=0.12, ge=0, le=1)
    """Share of the shifts in which someone is missing."""
    changeover_rate: float = Field(default=0.55, ge=0, le=1)
    failure_scale: float = Field(default=1.0, gt=0)
    """Multiplies the times to failure: 0.5 fails twice as often."""
    shape: float = Field(default=1.7, gt=0.3, le=10)
    """Weibull shape of the times to failure; above 1 the stations wear out."""
    load: float = Field(default=0.78, gt=0, le=1.5)
    """Demand as a share of what the bottleneck could make without any loss."""
    what_if: WhatIf | None = None
    """What the second run changes; none: any that fits."""


def read_parameters(params: Mapping[str, Any]) -> Parameters:
    """Check the parameters of a pack.

    Raises:
        ValueError: A parameter is unknown or out of range; the message names it.
    """
    try:
        return Parameters.model_validate(dict(params))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        known = ", ".join(Parameters.model_fields)
        raise ValueError(
            f"production_line: parameter {name!r}: {first['msg']} (got {first['input']!r}); "
            f"parameters are {known}"
        ) from error
