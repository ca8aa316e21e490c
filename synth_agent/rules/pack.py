"""The form of a pack: a domain for `rules`, in YAML that a domain expert can write.

A pack holds *scenes*. A scene draws its facts (entities, quantities, rows of a log, the result of a
simulation), says them in several *contexts*, and asks *questions* whose answers are computed from
the facts. Beside scenes a pack may hold *classifiers* (labelled texts), *conversations* and
*tables*. Everything written in it is data: expressions and templates are Jinja, in its sandbox.

Guide with examples: docs/packs.md. This module is the form alone.
"""

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, JsonValue, StringConstraints, model_validator

from synth_agent.rules.draw_forms import Draw, Entity, Expression, Name, Part
from synth_agent.schemas import SCHEMA_VERSION, Difficulty

__all__ = [
    "Classifier",
    "Context",
    "Conversation",
    "Label",
    "Pack",
    "Question",
    "Scene",
    "Simulation",
    "Table",
    "Turn",
    "Variant",
    "Wrong",
]

Template = Annotated[str, StringConstraints(min_length=1)]


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Templates = Annotated[tuple[Template, ...], BeforeValidator(_listed), Field(min_length=1)]
MaybeTemplates = Annotated[tuple[Template, ...], BeforeValidator(_listed)]


class Context(Part):
    """One way of saying the facts of a scene: a shift report, a log table, a ticket, an e-mail."""

    form: str
    """What a reader would call it; counted in the report."""
    text: Templates
    """Templates, each a complete text of its own wording."""
    when: Expression | None = None
    """Only where this holds."""


class Wrong(Part):
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


class Question(Part):
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


class Scene(Part):
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


class Simulation(Part):
    """A simulation whose state is a scene's source of facts."""

    model: str
    """Name of a simulation that ships with the package: `production_line`."""
    share: int = Field(default=40, ge=1)
    """How many consecutive slots look at one simulated run."""
    draw: dict[Name, Draw] = {}
    """Its parameters, drawn anew for each run."""


# -------------------------------------------------------------------- classification, talk, tables


class Variant(Part):
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


class Label(Part):
    """A label and the texts that deserve it."""

    aliases: tuple[str, ...] = ()
    """Other names that a brief may use for it ("pos", "good")."""
    variants: tuple[Variant, ...] = Field(min_length=1)


class Classifier(Part):
    """A set of labels, and texts for each of them."""

    title: str
    """What is decided: "sentiment", "support intent"."""
    keywords: tuple[str, ...] = ()
    grammar: dict[Name, tuple[str, ...]] = {}
    """Symbol -> alternatives, which may hold symbols and entities of the pack in braces."""
    labels: dict[str, Label] = Field(min_length=2)


class Turn(Part):
    """One step of a conversation.

    What the user says, what the assistant says, or a question of the scene asked and answered.
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


class Conversation(Part):
    """A flow of turns about one scene; `ask` is a user's and an assistant's turn in one."""

    id: Name
    scene: Name
    difficulty: Difficulty | None = None
    system: MaybeTemplates = ()
    contexts: tuple[Name, ...] = ()
    """Contexts of the scene that `{{ context }}` may stand for; empty: all."""
    turns: tuple[Turn, ...] = Field(min_length=1)


class Table(Part):
    """Rows for tabular data: every draw is a column, unless its name begins with `hidden_`."""

    title: str
    keywords: tuple[str, ...] = ()
    aliases: dict[Name, tuple[str, ...]] = {}
    """Column -> other names that a user may give it."""
    draw: dict[Name, Draw] = Field(min_length=1)
    constraints: tuple[str, ...] = ()


# -------------------------------------------------------------------------------------------- pack


class Pack(Part):
    """A domain for `rules`."""

    schema_version: Literal[1] = SCHEMA_VERSION
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]
    title: str
    description: str = ""
    language: str = "en"
    include: tuple[str, ...] = ()
    """Further files of the pack, relative to it: entities, scenes and so on, not this header."""
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
