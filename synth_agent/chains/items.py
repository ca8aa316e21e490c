"""The records that a model is asked for: the task's own fields, numbered, with their meaning."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar, Final

from pydantic import Field, JsonValue, create_model

from synth_agent.chains.reading import Blank, Item, Text
from synth_agent.chains.references import Hoisted, hoisted
from synth_agent.schemas import PAYLOADS, DatasetSpec

__all__ = ["item_of", "payload_item", "payload_of"]

_SETTLED: Final[Mapping[str, tuple[str, ...]]] = {
    "classification": ("label",),
    "safety": ("category", "kind"),
}
"""Fields that slots settle: they are set by code and no model is asked for them."""


@lru_cache(maxsize=32)
def item_of(task: str, *, without: tuple[str, ...] = ()) -> type[Item]:
    """Return the item of a task, its fields described as `schemas.payloads` describes them.

    Args:
        without: Fields that are not the model's to fill in: the label of a wish.
    """
    payload = PAYLOADS[task]
    fields: dict[str, Any] = {}
    for name, known in payload.model_fields.items():
        if name not in without:
            kind = known.annotation
            if kind is str:
                kind = Text if _required(known.metadata) else Blank
            fields[name] = (kind, Field(description=known.description))
    return create_model(f"{task.title()}Record", __base__=Item, __doc__=payload.__doc__, **fields)


def payload_item(spec: DatasetSpec) -> type[Item]:
    """Return the item of a spec: the task's fields without settled ones, or the user's own record.

    A record of the user's stands under `record`, for it may have a field `n` of its own.
    """
    if spec.task in PAYLOADS:
        return item_of(spec.task, without=_SETTLED.get(spec.task, ()))
    return _own_item(spec.json_schema or _columns(spec.fields))


def payload_of(item: Item) -> dict[str, Any]:
    """Return the payload that an item of `payload_item` holds."""
    fields = item.fields()
    return fields["record"] if isinstance(item, OwnRecord) else fields


class OwnRecord(Item):
    """A record of the form that the user has defined."""

    own: ClassVar[Hoisted] = Hoisted({}, {})
    """How it is told; the checks hold it to that."""

    record: dict[str, JsonValue]

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return the schema with the user's own in it: Pydantic would look up its references."""
        known = super().model_json_schema(*args, **kwargs)
        properties = {**known["properties"], "record": cls.own.schema}
        told = {"properties": properties, "required": list(properties)}
        return {**known, **told, "$defs": cls.own.definitions}


def _own_item(schema: Mapping[str, Any]) -> type[Item]:
    return type("UserRecord", (OwnRecord,), {"own": hoisted(schema), "__doc__": OwnRecord.__doc__})


def _columns(names: tuple[str, ...]) -> dict[str, Any]:
    plain = {"type": ["string", "number", "integer", "boolean", "null"]}
    return {
        "type": "object",
        "properties": dict.fromkeys(names, plain),
        "required": list(names),
        "additionalProperties": False,
    }


def _required(metadata: list[Any]) -> bool:
    return any(getattr(part, "min_length", 0) for part in metadata)
