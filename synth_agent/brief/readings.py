"""What phrase rules find in a brief: typed readings, each with the tokens it stands on."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

__all__ = [
    "Amount",
    "Axis",
    "Basis",
    "Entry",
    "Ignored",
    "Listing",
    "Match",
    "Ratio",
    "Reading",
    "Refused",
    "Setting",
    "Shares",
]

Basis = Literal["count", "share", "rest", "each"]
Axis = Literal["record", "label", "difficulty", "split", "topic", "unknown"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of a list, with its amount if one is given."""

    name: str
    value: Fraction | None = None
    basis: Basis = "count"


@dataclass(frozen=True, slots=True)
class Amount:
    """So many of something: "500 questions", "70% ham", "the rest neutral".

    Attributes:
        name: The label, difficulty or split it is an amount of; the modifiers where that is open.
        noun: Whether it names records, and how surely: 3 "the number of records is", 2 plainly,
            1 after a preposition, 0 a word that may mean a length as well, -1 no noun, but where
            one asks for records, -2 neither, -3 a word for labels.
        task: What kind of record the noun means, or "".
        subject: What else stands before the noun.
        difficulty: A level named along with a label.
        sure: Whether a label is one whatever the records are.
    """

    value: Fraction
    basis: Basis
    axis: Axis
    name: str = ""
    noun: int = -1
    task: str = ""
    subject: str = ""
    difficulty: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Ratio:
    """`many` is `times` as frequent as `few`."""

    times: Fraction
    many: str
    few: str


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of labels that are named elsewhere, in their order: "50/30/20"."""

    values: tuple[Fraction, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """Names in a row: labels, topics, fields.

    Attributes:
        even: An even split between them is asked for.
        sure: The list can be nothing else; "yes and no" alone may be.
    """

    axis: Literal["label", "difficulty", "topic", "field", "column", "split"]
    entries: tuple[Entry, ...] = ()
    even: bool = False
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Setting:
    """One fact: `key` is a field of the spec (or "evidence" of a task).

    Attributes:
        rank: Of several readings the highest counts; equal ones must agree.
    """

    key: str
    value: object
    rank: int = 1


@dataclass(frozen=True, slots=True)
class Ignored:
    """Understood to mean nothing for the spec."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nonsense, with the one line to tell the user."""

    message: str


Reading = Amount | Ratio | Shares | Listing | Setting | Ignored | Refused


@dataclass(frozen=True, slots=True)
class Match:
    """A reading and where it stands: tokens `start` to `end`, `end` excluded."""

    reading: Reading
    start: int
    end: int
    extra: tuple[Reading, ...] = field(default=())
