"""The form of a pack: a domain for `rules`, in YAML that a domain expert can write.

A pack holds *scenes*. A scene draws its facts (entities, quantities, rows of a log, the result of a
simulation), says them in several *contexts*, and asks *questions* whose answers are computed from
the facts. Beside scenes a pack may hold *classifiers* (labelled texts), *conversations* and
*tables*. Everything that is written in the pack is data: expressions and templates are Jinja and run
in its sandbox.

Guide with examples: docs/packs.md. This module is the form alone; drawing is in `rules.draw`.
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

from synth_agent.schemas import SCHEMA_VERSION, Difficulty

__all__ = [
    "Classifier",
    "Context",
    "Conversation",
    "DateDraw",
    "Distribution",
    "Draw",
    "EntityDraw",
    "EventDraw",
    "FakerEntity",
    "ListEntity",
    "Pack",
    "PatternEntity",
    "Question",
    "RowsDraw",
    "Scene",
    "Simulation",
    "Table",
    "Turn",
    "Variant",
    "WeightedEntity",
    "Wrong",
]

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Expression = Annotated[str | int | float | bool, Field(union_mode="left_to_right")]
Template = Annotated[str, StringConstraints(min_length=1)]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Templates = Annotated[tuple[Template, ...], BeforeValidator(_listed), Field(min_length=1)]
MaybeTemplates = Annotated[tuple[Template, ...], BeforeValidator(_listed)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


# ---------------------------------------------------------------------------------------- entities


class ListEntity(_Part):
    """One of the listed values, all equally likely."""

    values: tuple[JsonValue, ...] = Field(min_length=1)


class WeightedEntity(_Part):
    """One of the values, in proportion to their weights."""

    weights: dict[str, Annotated[float, Field(gt=0)]] = Field(min_length=1)


class FakerEntity(_Part):
    """A Faker provider, e.g. `last_name`, with its arguments."""

    faker: str
    args: dict[str, JsonValue] = {}
    locale: str = "en_US"


class PatternEntity(_Part):
    """Text in which every # becomes a digit and every ? a capital letter: `MRN-######`."""

    pattern: str


def _entity_tag(value: object) -> str:
    if isinstance(value, dict):
        for key in ("faker", "pattern", "weights"):
            if key in value:
                return key
        return "values"
    return {FakerEntity: "faker", PatternEntity: "pattern", WeightedEntity: "weights"}.get(
        type(value), "values"
    )


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


class Correlation(_Part):
    """Pearson correlation of the underlying normal scores with an earlier draw of this scene."""

    to: Name
    """An earlier normal or lognormal draw."""
    rho: float = Field(ge=-1, le=1)


class Distribution(_Part):
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
    """Decimals; 0 makes it an int, negative rounds to tens, hundreds. What is said is what is computed with."""
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


class EntityDraw(_Part):
    """A value of an entity of the pack."""

    entity: Name
    count: Expression | None = None
    """Draws a list of this many, all different, instead of one."""


class EventDraw(_Part):
    """True at a stated rate: a rare event. Records in which it is true are tagged `rare:<name>`."""

    rare: float = Field(gt=0, lt=1)


class DateDraw(_Part):
    """A day between two days, both included, as a `date` (format it with the filter `date`)."""

    date_from: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    date_to: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")


class RowsDraw(_Part):
    """A list of rows, each drawn in order; a row sees the scene's facts, `i` (from 0), `previous`
    (the row before, none for the first) and its own earlier columns.
    """

    rows: "Expression | Distribution"
    """How many."""
    draw: "dict[Name, Draw]"


class ExpressionDraw(_Part):
    """A value computed from earlier ones. Short form: the expression itself, as text."""

    value: Expression


def _draw_tag(value: object) -> str:
    if isinstance(value, dict):
        for key in ("dist", "entity", "rare", "date_from", "rows"):
            if key in value:
                return key
        return "value"
    return {
        Distribution: "dist",
        EntityDraw: "entity",
        EventDraw: "rare",
        DateDraw: "date_from",
        RowsDraw: "rows",
    }.get(type(value), "value")


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

# ------------------------------------------------------------------------------------------ scenes


class Context(_Part):
    """One way of saying the facts of a scene: a shift report, a log table, a ticket, an e-mail."""

    form: str
    """What a reader would call it; counted in the report."""
    text: Templates
    """Templates, each a complete text of its own wording."""
    when: Expression | None = None
    """Only where this holds."""


class Wrong(_Part):
    """A plausible wrong answer, for preference data."""

    flaw: Name
    """What is wrong: wrong_unit, wrong_station, arithmetic_slip, wrong_formula, inverted …"""
    let: "dict[Name, Draw]" = {}
    """Facts that are replaced; the question's own `answer` is then said with them."""
    answer: MaybeTemplates = ()
    """Its own wording, where replacing facts is not enough."""
    when: Expression | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.let and not self.answer:
            raise ValueError("a wrong answer needs let or answer")
        return self


class Question(_Part):
    """One question form: how it is asked, and how its answer is computed."""

    id: Name
    difficulty: Difficulty
    topic: str = ""
    contexts: tuple[Name, ...] = ()
    """Contexts that state what the answer needs; empty: all of the scene."""
    when: Expression | None = None
    """Only for facts for which this holds."""
    let: dict[Name, Draw] = {}
    """Further facts, in order; drawn or computed for this question alone."""
    ask: Templates
    """The question, in several phrasings."""
    instruct: MaybeTemplates = ()
    """The same as an order ("Calculate …"), for instruction data; empty: `ask` serves."""
    answer: Templates
    """The answer, in several phrasings, each true."""
    steps: MaybeTemplates = ()
    """The way to the answer, a line each, with the figures put in. All are said, in order."""
    wrong: tuple[Wrong, ...] = ()


class Scene(_Part):
    """Facts that belong together, and what can be said and asked of them."""

    topic: str
    """What it is about, in the domain's words; spreads and filters records."""
    keywords: tuple[str, ...] = ()
    """Words in a brief that mean this scene."""
    weight: float = Field(default=1, gt=0)
    simulation: Name | None = None
    """A simulation of the pack; its facts are there under this name before `draw`."""
    draw: dict[Name, Draw] = {}
    """The facts, drawn in this order; a later one may use the earlier ones."""
    constraints: tuple[str, ...] = ()
    """Expressions that must hold; the facts are drawn again (200 times) until they do."""
    contexts: dict[Name, Context] = {}
    questions: tuple[Question, ...] = ()


class Simulation(_Part):
    """A simulation whose state is a scene's source of facts."""

    model: str
    """Name of a simulation that ships with the package: `production_line`."""
    share: int = Field(default=40, ge=1)
    """How many consecutive slots look at one simulated run."""
    draw: dict[Name, Draw] = {}
    """Its parameters, drawn anew for each run."""


# -------------------------------------------------------------------- classification, talk, tables


class Variant(_Part):
    """One source of texts for a label: a symbol of the grammar, or a scene with facts set."""

    id: Name
    register_: str = Field(default="", alias="register")
    """Tone and place: review, tweet, e-mail, ticket, log."""
    difficulty: Difficulty | None = None
    weight: float = Field(default=1, gt=0)
    text: MaybeTemplates = ()
    """Grammar texts: `{symbol}` is expanded, `{symbol.cap}` with a capital letter."""
    scene: Name | None = None
    given: dict[Name, JsonValue] = {}
    """Facts of the scene that are fixed for this label; draws of that name are skipped."""
    contexts: tuple[Name, ...] = ()
    """Contexts of the scene that may serve; empty: all."""

    @model_validator(mode="after")
    def _has_one_source(self) -> Self:
        if bool(self.text) == bool(self.scene):
            raise ValueError("a variant needs text or scene, and not both")
        return self


class Label(_Part):
    """A label and the texts that deserve it."""

    aliases: tuple[str, ...] = ()
    """Other names that a brief may use for it ("pos", "good")."""
    variants: tuple[Variant, ...] = Field(min_length=1)


class Classifier(_Part):
    """A set of labels, and texts for each of them."""

    title: str
    """What is decided: "sentiment", "support intent"."""
    keywords: tuple[str, ...] = ()
    grammar: dict[Name, tuple[str, ...]] = {}
    """Symbol -> alternatives; an alternative may hold symbols and entities of the pack in braces."""
    labels: dict[str, Label] = Field(min_length=2)


class Turn(_Part):
    """One step of a conversation: what the user says, what the assistant says, or a question of the
    scene asked and answered.
    """

    user: MaybeTemplates = ()
    assistant: MaybeTemplates = ()
    ask: tuple[Name, ...] = ()
    """Question ids; one that applies is asked by the user and answered by the assistant."""

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum(bool(part) for part in (self.user, self.assistant, self.ask)) != 1:
            raise ValueError("a turn is one of user, assistant, ask")
        return self


class Conversation(_Part):
    """A flow of turns about one scene. Turns alternate; `ask` is a user's and an assistant's turn."""

    id: Name
    scene: Name
    difficulty: Difficulty | None = None
    system: MaybeTemplates = ()
    contexts: tuple[Name, ...] = ()
    """Contexts of the scene that `{{ context }}` may stand for; empty: all."""
    turns: tuple[Turn, ...] = Field(min_length=1)


class Table(_Part):
    """Rows for tabular data: every draw is a column, unless its name begins with `hidden_`."""

    title: str
    keywords: tuple[str, ...] = ()
    aliases: dict[Name, tuple[str, ...]] = {}
    """Column -> other names that a user may give it."""
    draw: dict[Name, Draw] = Field(min_length=1)
    constraints: tuple[str, ...] = ()


# -------------------------------------------------------------------------------------------- pack


class Pack(_Part):
    """A domain for `rules`."""

    schema_version: Literal[1] = SCHEMA_VERSION
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
    title: str
    description: str = ""
    language: str = "en"
    keywords: tuple[str, ...] = ()
    """Words in a brief that mean this domain."""
    roles: tuple[str, ...] = ()
    """Roles in a brief that mean this domain ("industrial engineer")."""
    entities: dict[Name, Entity] = {}
    partials: dict[Name, Template] = {}
    """Templates that others include as `{{ say('name') }}`."""
    simulations: dict[Name, Simulation] = {}
    scenes: dict[Name, Scene] = {}
    classifiers: dict[Name, Classifier] = {}
    conversations: tuple[Conversation, ...] = ()
    tables: dict[Name, Table] = {}
