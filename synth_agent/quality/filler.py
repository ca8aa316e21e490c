"""Is something missing or left over? Reason `empty`; and bounds on length. Reason `length`.

Placeholders, unrendered templates and values that leaked out of the machinery count as empty.
Words that are also ordinary language (a section on TODO lists, "None of the stations", "my nan",
"division by zero is undefined") do not.
"""

import re
from collections.abc import Mapping
from typing import Final

from synth_agent.quality.context import CheckContext, Finding
from synth_agent.schemas import Draft

__all__ = ["empty", "length"]

_NOTHING: Final = frozenset(
    {
        *("", "n/a", "na", "none", "nan", "null", "undefined", "tbd", "tba", "todo", "xxx"),
        *("?", "??", "???", "-", "--", "string", "text", "placeholder", "lorem ipsum"),
    }
)
"""What a whole field may not be, case folded, dots and brackets at either end removed."""
_NO_CELL: Final = frozenset({"nan", "undefined", "todo", "tbd", "lorem ipsum", "placeholder"})
"""The same for a cell of a table, where "none" and "-" can be meant."""


def _no_value(word: str) -> str:
    """Return a pattern for a missing value where a quantity belongs, led by a literal for speed."""
    return rf"{word}(?<!\w{word}) ?(?:%|°c\b|kg\b|km\b|kwh\b|min\b|units\b|pieces\b|parts\b)"


_LEFTOVERS: Final = tuple(
    (sign, re.compile(pattern, re.MULTILINE))
    for sign, pattern in (
        ("{{", r"\{\{[^{}\n]{0,200}\}\}"),
        ("{%", r"\{%[^%\n]{0,200}%\}"),
        ("[", r"\[\s*(?:insert|enter|add|fill in|placeholder|your)\b[^\[\]\n]{0,80}\](?!\()"),
        ("[", r"\[\s*(?:company|customer|product|recipient)(?:'s)? name\s*\]"),
        ("[", r"\[\s*(?:todo|tbd|\.\.\.|…)\s*\]"),
        # not an XML element, which has its end tag
        ("<", r"<\s*(?:insert|enter|your)[ _-][^<>\n]{0,80}>(?![^<\n]*</)"),
        ("<", r"<\s*(?:placeholder|(?:\w+[ _-])?name)\s*>(?![^<\n]*</)"),
        ("<", r"<built-in |<function |<\w[\w. ]+ object at 0x[0-9a-f]{6}"),
        ("lorem", r"lorem ipsum\b"),
        *((word, _no_value(word)) for word in ("nan", "none", "null", "undefined")),
        ("nan", r"nan\b(?:(?<=[=≈]nan)|(?<=[=≈] nan))"),
    )
)
"""(sign, pattern), both for lower-cased text: the pattern is only tried where the sign is."""
_SHOUTED: Final = re.compile(r"\bTODO\b(?=\s*[:(]|\s*$)|\bNaN\b", re.MULTILINE)
"""Words that are others in lower case: a to-do list, a nan."""
_SYMBOL: Final = re.compile(r"\{[a-z][a-z0-9_]*(?:\.[a-z]+)?\}")
"""A symbol of a text grammar that was not expanded."""

_TRIM: Final = " \t\r\n.…[]<>()*_"
_OPTIONAL: Final = frozenset(
    {("qa", "context"), ("reasoning", "context"), ("instruction", "input")}
)
_VERBATIM: Final = frozenset({("code", "code"), ("code", "tests")})
"""Program text, where braces and TODO are nobody's leftovers."""

_BOUNDS: Final[Mapping[tuple[str, str], tuple[int, int]]] = {
    ("qa", "input"): (6, 8_000),
    ("qa", "context"): (0, 60_000),
    ("qa", "output"): (1, 20_000),
    ("reasoning", "input"): (6, 8_000),
    ("reasoning", "context"): (0, 60_000),
    ("reasoning", "reasoning"): (10, 40_000),
    ("reasoning", "output"): (1, 20_000),
    ("instruction", "instruction"): (6, 8_000),
    ("instruction", "input"): (0, 60_000),
    ("instruction", "output"): (1, 40_000),
    ("classification", "text"): (3, 20_000),
    ("conversation", "messages"): (1, 60_000),
    ("preference", "input"): (6, 60_000),
    ("preference", "chosen"): (1, 40_000),
    ("preference", "rejected"): (1, 40_000),
    ("safety", "prompt"): (6, 20_000),
    ("safety", "response"): (2, 40_000),
    ("code", "instruction"): (6, 8_000),
    ("code", "code"): (6, 100_000),
    ("code", "tests"): (6, 100_000),
}
"""(task, field) -> fewest and most characters, white space at the ends not counted."""
_ANY_BOUNDS: Final = (0, 100_000)


def empty(draft: Draft, context: CheckContext) -> Finding | None:
    """Drop a payload with a field that says nothing, or with something left over in it."""
    task, parts = context.spec.task, context.parts
    free = not (parts.asked or parts.answered)
    if free and all(value in (None, "") for value in draft.payload.values()):
        return Finding("empty", "every field is empty")
    for field, text in parts.all:
        bare = text.strip(_TRIM).casefold()
        optional = free or (task, field) in _OPTIONAL
        if bare in (_NO_CELL if free else _NOTHING) and (bare or not optional):
            return Finding("empty", f"{field} is {text[:40]!r}")
        if left := _left_over(task, field, text):
            return Finding("empty", f"{field} holds {left[:60]!r}")
    return None


def _left_over(task: str, field: str, text: str) -> str | None:
    if (task, field) in _VERBATIM:
        return None
    low = text.lower()
    for sign, pattern in _LEFTOVERS:
        if sign in low and (found := pattern.search(low)):
            return found[0]
    found = _SHOUTED.search(text) if "TODO" in text or "NaN" in text else None
    if not found and task == "classification":
        found = _SYMBOL.search(text)
    return found[0] if found else None


def length(draft: Draft, context: CheckContext) -> Finding | None:
    """Drop a payload with a field that is shorter or longer than a record can be."""
    del draft
    for field, text in context.parts.all:
        low, high = _BOUNDS.get((context.spec.task, field), _ANY_BOUNDS)
        size = len(text.strip())
        if not low <= size <= high:
            return Finding(
                "length", f"{field} has {size:,} characters, expected {low:,} to {high:,}"
            )
    return None
