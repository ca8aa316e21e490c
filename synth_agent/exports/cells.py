"""One cell of a CSV file: text that no spreadsheet takes for a formula, and back.

A spreadsheet runs what begins with `=`, `+`, `-`, `@`, a tab or a line end, so such a text gets a
leading apostrophe; a plain number does not, for it is only a number. A text that already looks
guarded gets one more, so that reading gives back exactly what was written.

Source: OWASP, CSV Injection.
"""

import re
from typing import Final

from pydantic import JsonValue

from synth_agent.exports.jsontext import json_bytes

__all__ = ["cell_text", "unguarded"]

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n]")
_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def cell_text(value: JsonValue) -> str:
    """Return a value as one cell: guarded text, a number, or JSON for what is nested.

    >>> cell_text("=1+1"), cell_text("-3.5"), cell_text(["a", 1]), cell_text(None)
    ("'=1+1", '-3.5', '["a",1]', '')
    """
    if isinstance(value, str):
        risky = _FORMULA.match(value) and not _NUMBER.fullmatch(value)
        return f"'{value}" if risky else value
    return "" if value is None else json_bytes(value).decode()


def unguarded(cell: str) -> str:
    """Return the text that `cell_text` made a cell of.

    >>> unguarded("'=1+1"), unguarded("'twas")
    ('=1+1', "'twas")
    """
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
