"""Plain text, and reStructuredText as such: paragraphs are parted by blank lines."""

import re
from collections.abc import Iterator
from typing import Final

from synth_agent.documents.decoding import decode
from synth_agent.documents.document import Parsed, Part, clean

__all__ = ["paragraphs", "read_plain"]

_BLANK: Final = re.compile(r"\n[ \t]*\n\s*")


def read_plain(raw: bytes) -> Parsed:
    """Return the paragraphs of a text, their lines as they are."""
    decoded = decode(raw)
    return Parsed([Part(text) for text in paragraphs(clean(decoded.text))], notes=decoded.notes)


def paragraphs(text: str) -> Iterator[str]:
    """Yield what stands between blank lines, the indent of a first line kept."""
    start = 0
    for gap in _BLANK.finditer(text):
        # The gap took the next paragraph's indent with it: give that back.
        end = text.rfind("\n", gap.start(), gap.end()) + 1
        if text[start : gap.start()].strip():
            yield text[start : gap.start()]
        start = end
    if text[start:].strip():
        yield text[start:]
