"""The catalogue that lines are built from: kinds of station, their failures, products, sites."""

from functools import cache
from importlib import resources
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Characteristic", "Link", "Mode", "Plants", "Product", "StationKind", "plants"]

_Range = tuple[float, float]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Mode(_Entry):
    """One way in which a station stops."""

    cause: str
    category: str
    minutes: int = Field(gt=0)
    """Median time to repair."""
    weight: float = Field(default=1, gt=0)
    action: str


class Link(Mode):
    """One failure of a chain, in which each follows from the one before."""

    kind: str
    """Kind of station at which it happens."""


class Micro(_Entry):
    """Stops too short for a ticket: they cost speed, not availability."""

    per_hour: _Range
    seconds: _Range
    reasons: tuple[str, ...]


class StationKind(_Entry):
    """What all stations of a kind have in common; ranges are [low, high]."""

    names: tuple[str, ...]
    kw: _Range
    idle_kw: _Range
    mtbf: _Range
    """Minutes of operation."""
    setup: _Range
    """Minutes per changeover."""
    scrap: _Range
    rework: _Range
    manual: bool = False
    micro: Micro
    modes: Annotated[tuple[Mode, ...], Field(min_length=2)]
    defects: tuple[str, ...]


class Characteristic(_Entry):
    """What end-of-line inspection measures."""

    name: str
    unit: str
    nominal: _Range
    decimals: int
    tolerance: float


class Product(_Entry):
    """A family of products and the line that makes it."""

    line_names: tuple[str, ...]
    products: tuple[str, ...]
    unit: str
    stations: tuple[str, ...]
    """Kinds of station in the order of the flow."""
    cycle: _Range
    """Seconds per piece at the slowest station."""
    material: _Range
    value_step: _Range
    """Value that each station adds, by which scrap grows dearer along the line."""
    margin: _Range
    characteristic: Characteristic
    chains: tuple[tuple[Link, ...], ...]


class Plants(_Entry):
    """The whole catalogue."""

    kinds: dict[str, StationKind]
    lines: dict[str, Product]
    sites: dict[str, str]
    """Site -> currency symbol."""
    people: tuple[str, ...]


@cache
def plants() -> Plants:
    """Read the catalogue, once a process."""
    text = resources.files(__package__).joinpath("plants.yaml").read_text(encoding="utf-8")
    return Plants.model_validate(yaml.safe_load(text))
