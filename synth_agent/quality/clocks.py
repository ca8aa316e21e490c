"""Spans between two clock times, computed again: 13:10 − 06:40 = 6 h 30 min.

A span may go over midnight, and its two times may stand in either order. Hours with decimals count
as rounded as they are written.

Limits: 24 hours; times with seconds, am and pm are passed over.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

__all__ = ["FalseSpan", "false_spans"]

_TIME: Final = r"(?<![\d:.])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])"
_SPAN: Final = re.compile(
    rf"{_TIME}(?: h)?\s?[-−–]\s?{_TIME}(?: h)?\s*=\s*"
    r"(?:(\d+(?:\.\d+)?)\s?h(?:rs?|ours?)?\b)?(?:,?\s?(?:and )?(\d+)\s?min(?:s|utes?)?\b)?"
)
_DAY: Final = 24 * 60


class FalseSpan(NamedTuple):
    """A span that does not come out; both lengths in minutes."""

    said: str
    expected: float
    found: float


def false_spans(text: str) -> Iterator[FalseSpan]:
    """Yield the spans of a text that do not come out, in order.

    >>> list(false_spans("13:10 - 06:40 = 7 h 30 min"))
    [FalseSpan(said='13:10 - 06:40 = 7 h 30 min', expected=390, found=450.0)]
    """
    for match in _SPAN.finditer(text):
        *times, hours, minutes = match.groups()
        if hours is None and minutes is None:
            continue
        end, start = (60 * int(times[at]) + int(times[at + 1]) for at in (0, 2))
        found = 60 * float(hours or 0) + int(minutes or 0)
        places = len((hours or "").partition(".")[2])
        slack = 60 * 0.5 * 10.0**-places + 1e-9 if places else 0.0
        spans = [(end - start) % _DAY, (start - end) % _DAY]
        if all(abs(span - found) > slack for span in (*spans, *(span + _DAY for span in spans))):
            yield FalseSpan(match[0].strip(), spans[0], found)
