"""From what a model wrote to data of a schema, as far as that can be done without guessing.

Taken: fences and prose around the JSON, trailing commas, single quotes, comments, a missing or
another wrapper key, a bare object where a list was due, one object a line, JSON inside a JSON
string, a list that was cut off (its whole items). Not taken: an item that lacks a field, or the
rest of a broken one.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Annotated, Any, Final, TypeVar

import orjson
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from synth_agent.chains.salvage import Salvage, salvaged
from synth_agent.errors import AnswerError

__all__ = [
    "Blank",
    "Item",
    "Loose",
    "MisreadError",
    "Text",
    "arranged",
    "items_of",
    "loose",
    "one_of",
]

M = TypeVar("M", bound=BaseModel)

_LIST_KEY: Final = "records"
_DEPTH: Final = 3
_NUMBER: Final = re.compile(r"\D*(\d{1,9})\D*")

Loose = Salvage
"""What an answer holds, before any schema."""


class MisreadError(ValueError):
    """What was written is not what was asked for; the message says so to its writer."""


def _joined(value: object) -> object:
    """Take a list of lines for a text, as models like to write steps."""
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    return value


def _or_empty(value: object) -> object:
    return "" if value is None else _joined(value)


Text = Annotated[str, Field(min_length=1), BeforeValidator(_joined)]
Blank = Annotated[str, BeforeValidator(_or_empty), Field(default="")]
"""A text that may be empty; models leave it out then, or write null."""


class Item(BaseModel):
    """One numbered record of an answer; what it has beside its fields is ignored."""

    model_config = ConfigDict(
        extra="ignore", coerce_numbers_to_str=True, use_attribute_docstrings=True
    )

    n: int = Field(default=0, description="Number of the wish that this record fulfils.")

    @field_validator("n", mode="before")
    @classmethod
    def _number(cls, value: object) -> int:
        """Return a number that is none as 0: for its sake no record is lost."""
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        digits = _NUMBER.fullmatch(value) if isinstance(value, str) else None
        return int(digits[1]) if digits else 0

    def fields(self) -> dict[str, Any]:
        """Return the record without its number."""
        return self.model_dump(mode="json", exclude={"n"})


def loose(text: str | Mapping[str, Any]) -> Loose:
    """Return the values that a text holds.

    Raises:
        MisreadError: There are none.
    """
    if not isinstance(text, str):
        return Loose((dict(text),))
    try:
        return Loose((orjson.loads(text),))
    except orjson.JSONDecodeError:
        pass
    try:
        found = salvaged(text)
    except ValueError as error:
        raise MisreadError(str(error)) from error
    if not found.whole and not found.cut:
        said = text.strip()
        raise MisreadError(f"expected JSON, got {said[:80]!r}" if said else "the answer is empty")
    return found


def one_of(schema: type[M], read: Loose) -> M:
    """Return the one object that was asked for; where a text holds several, the last that fits.

    Raises:
        MisreadError: None fits; the message names the field.
    """
    problem = "the answer was cut off before its end" if read.cut else ""
    for value in reversed(read.whole):
        for inner in _inwards(value):
            try:
                return schema.model_validate(inner)
            except ValidationError as error:
                problem = problem or _said(error)
    raise MisreadError(problem or "expected an object")


def items_of(schema: type[M], read: Loose) -> list[M | AnswerError]:
    """Return the items of a list, each for itself: a broken one does not cost the others.

    Raises:
        MisreadError: There is no list of objects, or none of its items fits.
    """
    lines = [_item(schema, value) for value in read.whole if isinstance(value, dict)]
    if sum(isinstance(line, schema) for line in lines) > 1:
        return lines
    problem = "the answer was cut off within its first record" if read.cut else ""
    whole = (_lists(value) for value in reversed(read.whole))
    for found in chain(_lists(read.part, part=True), *whole):
        items = [_item(schema, value) for value in found]
        if any(isinstance(item, schema) for item in items):
            return items
        wrong = [item.detail for item in items if isinstance(item, AnswerError)]
        problem = wrong[0] if wrong else problem
    raise MisreadError(problem or "expected a list of records, got none")


def arranged(items: Sequence[M | AnswerError], count: int) -> list[M | AnswerError]:
    """Return for each wish from 1 to `count` its item, or why there is none.

    Items say which wish they are for; where those numbers contradict each other, the order counts.
    A broken item says nothing, and takes the first place that is left.
    """
    good = {at: getattr(item, "n", 0) for at, item in enumerate(items) if _fits(item)}
    inside = [n for n in good.values() if 1 <= n <= count]
    told = len(inside) == len(good) or (len(items) > count and 0 not in good.values())
    if not inside or not told or len(set(inside)) < len(inside):
        placed = dict(enumerate(items, start=1))
    else:
        placed = {n: items[at] for at, n in good.items()}
        free = (n for n in range(1, count + 1) if n not in placed)
        placed |= dict(zip(free, (item for item in items if not _fits(item)), strict=False))
    lost = AnswerError("missing", "the answer has no record for this wish")
    return [placed.get(n, lost) for n in range(1, count + 1)]


def _fits(item: M | AnswerError) -> bool:
    return not isinstance(item, AnswerError)


def _item(schema: type[M], value: object) -> M | AnswerError:
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        return AnswerError("schema", _said(error))


def _lists(value: Any, *, part: bool = False, depth: int = _DEPTH) -> Iterator[list[Any]]:
    """Yield the lists that a value may mean: itself, what a wrapper holds, or the one object.

    Args:
        part: The value was cut off: an object of it is not whole, the entries of its lists are.
    """
    if isinstance(value, str) and depth:
        inner = _decoded(value)
        for whole in reversed(inner.whole):
            yield from _lists(whole, depth=depth - 1)
        yield from _lists(inner.part, part=True, depth=depth - 1)
    elif isinstance(value, list):
        yield value
        if len(value) == 1 and depth:
            yield from _lists(value[0], depth=depth - 1)
    elif isinstance(value, dict):
        if not part and _LIST_KEY not in value:
            yield [value]
        for held in _held(value) if depth else ():
            yield from _lists(held, part=part, depth=depth - 1)


def _held(wrapper: Mapping[str, Any]) -> Iterable[Any]:
    return [wrapper[_LIST_KEY]] if _LIST_KEY in wrapper else wrapper.values()


def _inwards(value: Any) -> Iterator[Any]:
    """Yield a value, then what it holds where it is but a wrapper."""
    for _ in range(_DEPTH):
        yield value
        if isinstance(value, str):
            whole = _decoded(value).whole
            value = whole[-1] if whole else value
        elif isinstance(value, list | dict) and len(value) == 1:
            value = value[0] if isinstance(value, list) else next(iter(value.values()))
        else:
            return


def _decoded(text: str) -> Loose:
    """Return what a JSON string holds that is JSON itself; nothing where it is a plain text."""
    if not text.lstrip().startswith(("{", "[")):
        return Loose()
    try:
        return loose(text)
    except MisreadError:
        return Loose()


def _said(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(step) for step in first["loc"][:5]) or "record"
    return f"{where}: {first['msg']}"
