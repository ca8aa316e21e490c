"""The form of entities and draws in a pack: how a named thing or a fact comes about.

This module is the form alone; `rules.entities` and `rules.draws` do the drawing.
"""

from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    StringConstraints,
    Tag,
    model_validator,
)

__all__ = [
    "Correlation",
    "DateDraw",
    "Distribution",
    "Draw",
    "Entity",
    "EntityDraw",
    "EventDraw",
    "Expression",
    "ExpressionDraw",
    "FakerEntity",
    "ListEntity",
    "Name",
    "Part",
    "PatternEntity",
    "RowsDraw",
    "WeightedEntity",
]

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Expression = Annotated[str | int | float | bool, Field(union_mode="left_to_right")]


class Part(BaseModel):
    """A part of a pack: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


# ---------------------------------------------------------------------------------------- entities


class ListEntity(Part):
    """One of the listed values, all equally likely."""

    values: tuple[JsonValue, ...] = Field(min_length=1)


class WeightedEntity(Part):
    """One of the values, in proportion to their weights."""

    weights: dict[str, Annotated[float, Field(gt=0)]] = Field(min_length=1)


class FakerEntity(Part):
    """A Faker provider, e.g. `last_name`, with its arguments."""

    faker: str
    args: dict[str, JsonValue] = {}
    locale: str = "en_US"


class PatternEntity(Part):
    """Text in which every # becomes a digit and every ? a capital letter: `MRN-######`."""

    pattern: str


def _entity_tag(value: object) -> str:
    known = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    return next((key for key in ("faker", "pattern", "weights") if key in known), "values")


def _plain_entity(value: object) -> object:
    return {"values": value} if isinstance(value, list) else value


Entity = Annotated[
    Annotated[ListEntity, Tag("values")]
    | Annotated[WeightedEntity, Tag("weights")]
    | Annotated[FakerEntity, Tag("faker")]
    | Annotated[PatternEntity, Tag("pattern")],
    Discriminator(_entity_tag),
    BeforeValidator(_plain_entity),
]

# ------------------------------------------------------------------------------------------- draws


class Correlation(Part):
    """Pearson correlation of the underlying normal scores with an earlier draw of this scene."""

    to: Name
    """An earlier normal or lognormal draw."""
    rho: float = Field(ge=-1, le=1)


class Distribution(Part):
    """A number from a named distribution. Parameters are numbers or expressions.

    normal: mean, sd · lognormal: median, sigma (sd of the logarithm) · uniform: low, high (whole
    numbers, both ends included, where `round` is 0) · triangular: low, mode, high · exponential:
    mean · weibull: shape, scale · poisson: mean · binomial: n, p · categorical: values, weights
    (weights may be left out).
    """

    dist: Literal[
        "normal",
        "lognormal",
        "uniform",
        "triangular",
        "exponential",
        "weibull",
        "poisson",
        "binomial",
        "categorical",
    ]
    mean: Expression | None = None
    sd: Expression | None = None
    median: Expression | None = None
    sigma: Expression | None = None
    low: Expression | None = None
    mode: Expression | None = None
    high: Expression | None = None
    shape: Expression | None = None
    scale: Expression | None = None
    n: Expression | None = None
    p: Expression | None = None
    values: tuple[JsonValue, ...] | None = None
    weights: tuple[Annotated[float, Field(ge=0)], ...] | None = None
    min: Expression | None = None
    """Lower bound; a draw below it is drawn again (100 times, then clipped)."""
    max: Expression | None = None
    """Upper bound, likewise."""
    round: int | None = None
    """Decimals; 0 makes it an int, negative rounds to tens or hundreds."""
    step: float | None = Field(default=None, gt=0)
    """Rounds to a multiple instead: 0.5, 5, 250."""
    correlate: Correlation | None = None
    unit: str = ""
    """Unit, for readers of the pack and the report; not appended to the text."""

    @model_validator(mode="after")
    def _has_its_parameters(self) -> Self:
        needed = {
            "normal": ("mean", "sd"),
            "lognormal": ("median", "sigma"),
            "uniform": ("low", "high"),
            "triangular": ("low", "mode", "high"),
            "exponential": ("mean",),
            "weibull": ("shape", "scale"),
            "poisson": ("mean",),
            "binomial": ("n", "p"),
            "categorical": ("values",),
        }[self.dist]
        given = {
            name
            for name in (
                *("mean", "sd", "median", "sigma", "low", "mode", "high"),
                *("shape", "scale", "n", "p", "values"),
            )
            if getattr(self, name) is not None
        }
        missing = [name for name in needed if name not in given]
        foreign = sorted(given - set(needed))
        if missing:
            raise ValueError(f"dist {self.dist} needs {', '.join(missing)}")
        if foreign:
            raise ValueError(f"dist {self.dist} knows no {', '.join(foreign)}")
        if self.weights is not None and len(self.weights) != len(self.values or ()):
            raise ValueError("weights and values differ in length")
        if self.correlate and self.dist not in {"normal", "lognormal"}:
            raise ValueError(f"correlate needs dist normal or lognormal, got {self.dist}")
        return self


class EntityDraw(Part):
    """A value of an entity of the pack."""

    entity: Name
    count: Expression | None = None
    """Draws a list of this many, all different, instead of one."""


class EventDraw(Part):
    """A rare event. Records in which it is true are tagged `rare:<name>`."""

    rare: Annotated[float, Field(gt=0, lt=1)] | str
    """The rate at which it happens; or an expression that is true where it has happened."""


class DateDraw(Part):
    """A day between two days, both included, as a `date` (format it with the filter `date`)."""

    date_from: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    date_to: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")


class RowsDraw(Part):
    """A list of rows, each drawn in order.

    A row sees the scene's facts, `i` (from 0), `previous` (the row before, none for the first) and
    its own earlier columns.
    """

    rows: "Expression | Distribution"
    """How many."""
    draw: "dict[Name, Draw]"


class ExpressionDraw(Part):
    """A value computed from earlier ones. Short form: the expression itself, as text."""

    value: Expression


def _draw_tag(value: object) -> str:
    known = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    kinds = ("dist", "entity", "rare", "date_from", "rows")
    return next((key for key in kinds if key in known), "value")


def _plain_draw(value: object) -> object:
    if isinstance(value, list):
        return {"dist": "categorical", "values": value}
    if isinstance(value, str | int | float | bool):
        return {"value": value}
    return value


Draw = Annotated[
    Annotated[Distribution, Tag("dist")]
    | Annotated[EntityDraw, Tag("entity")]
    | Annotated[EventDraw, Tag("rare")]
    | Annotated[DateDraw, Tag("date_from")]
    | Annotated[RowsDraw, Tag("rows")]
    | Annotated[ExpressionDraw, Tag("value")],
    Discriminator(_draw_tag),
    BeforeValidator(_plain_draw),
]
"""How one fact comes about. Short forms: text is an expression, a list is an even choice."""

RowsDraw.model_rebuild()
