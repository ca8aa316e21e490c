"""Rows for tabular data: the user's columns, found among the columns that a pack can draw."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from pydantic import JsonValue

from synth_agent.rules.chance import Chance
from synth_agent.rules.draws import Draws
from synth_agent.rules.entities import Entities
from synth_agent.rules.expressions import FUNCTIONS
from synth_agent.rules.pack import Table
from synth_agent.text import fold

__all__ = ["TableEngine", "column_key", "resolve_columns"]

_WORD_BREAK: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")


def column_key(name: str) -> str:
    """Return the form in which two column names count as the same.

    >>> column_key("orderDate"), column_key("Order date"), column_key("order_date")
    ('orderdate', 'orderdate', 'orderdate')
    """
    return "".join(part.lower() for part in _WORD_BREAK.split(fold(name)) if part)


def resolve_columns(table: Table, fields: Sequence[str]) -> dict[str, str]:
    """Return which of the user's fields the table can fill, and from which of its columns."""
    known = {column_key(name): name for name in table.draw if not name.startswith("hidden_")}
    for name, aliases in table.aliases.items():
        for alias in aliases:
            known.setdefault(column_key(alias), name)
    return {field: known[key] for field in fields if (key := column_key(field)) in known}


class TableEngine:
    """Draws rows of a table."""

    def __init__(self, name: str, table: Table, entities: Entities) -> None:
        self.name: Final = name
        self.table: Final = table
        self._draws = Draws(
            table.draw, entities, where=f"tables.{name}", constraints=table.constraints
        )

    def columns(self) -> list[str]:
        """Return the names of the columns, in order."""
        return [name for name in self.table.draw if not name.startswith("hidden_")]

    def row(self, chance: Chance, index: int, columns: Mapping[str, str]) -> dict[str, JsonValue]:
        """Return a row.

        Args:
            chance: Where chance comes from.
            index: Number of the row in the dataset, from 0.
            columns: The user's field -> column of the table.
        """
        facts: dict[str, Any] = {**FUNCTIONS, **chance.functions(), "index": index}
        self._draws.fill(facts, chance)
        return {field: _plain(facts[column]) for field, column in columns.items()}


def _plain(value: Any) -> JsonValue:
    return value.isoformat() if isinstance(value, date) else value
