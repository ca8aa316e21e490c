"""Phrase rules for what is taken literally: headings of sections, and the format of a line."""

import re
from typing import Final

from synth_agent.brief.cursor import Cursor
from synth_agent.brief.readings import Ignored, Match, Setting
from synth_agent.brief.terms import vocabulary

__all__ = ["line_format", "section"]

_SECTIONS: Final = vocabulary(
    "instruction instructions input inputs output outputs context goal objective task description "
    "prompt requirements details request background notes format response rules constraints your "
    "aufgabe ausgabe eingabe sortie entrée salida entrada system user human"
)
_FORMAT_WORDS: Final = vocabulary(
    "format formats template pattern formatted form formato formatiert"
)
_PLACEHOLDER: Final = re.compile(r"<[^<>\n]{1,80}>")
_CURLY: Final = re.compile(r"\{([^\W\d]\w{0,60})\}")
_AFTER_TEMPLATE: Final = re.compile(r"[.!?](?=\s+[^\W\da-z_])|\n")


def section(cursor: Cursor) -> Match | None:
    """Pass over "## instruction:", "## Output"."""
    begin = cursor.at
    heading = cursor.peek().kind == "heading"
    if heading:
        cursor.take()
    elif cursor.peek(-1).kind not in {"stop", "break"}:
        return None
    words = cursor.skip(_SECTIONS, limit=3)
    if heading and (not words or cursor.word(":") or cursor.peek().kind == "break"):
        return Match(Ignored(), begin, cursor.at)
    if words and cursor.peek().norm == ":" and cursor.peek(1).kind == "break":
        return Match(Ignored(), begin, cursor.at + 1)
    return None


def line_format(cursor: Cursor) -> Match | None:
    """Read "use this format: Q: <sentence>A: <sentiment>" and the same in quotes or lines."""
    begin = cursor.at
    if not cursor.any_of(_FORMAT_WORDS):
        return None
    for _ in range(8):
        token = cursor.peek()
        if token.kind in {"quoted", "angle"} or token.norm in {":", "="}:
            break
        if cursor.at_end_of_clause:
            return None
        cursor.take()
    token = cursor.peek()
    if token.kind == "quoted" and (template := _template(token.inner)):
        return Match(Setting("line_format", template), begin, cursor.at + 1)
    if token.kind != "angle" and token.norm not in {":", "="}:
        return None
    place = token.start if token.kind == "angle" else token.end
    quoted = cursor.peek(1)
    if quoted.kind == "quoted" and (template := _template(quoted.inner)):
        return Match(Setting("line_format", template), begin, cursor.at + 2)
    return _raw_template(cursor, begin, place)


def _template(text: str) -> str | None:
    text = text.strip()
    if not _PLACEHOLDER.search(text):
        text = _CURLY.sub(r"<\1>", text)
    holes = _PLACEHOLDER.findall(text)
    if not holes or any("," in hole for hole in holes):
        return None
    return text


def _raw_template(cursor: Cursor, begin: int, place: int) -> Match | None:
    text = cursor.brief.text
    end = _template_end(text, place)
    template = _template(text[place:end])
    if template is None or _only_list(template):
        return None
    while cursor.at < len(cursor.brief.tokens) and cursor.peek().start < end:
        cursor.take()
    return Match(Setting("line_format", template), begin, cursor.at)


def _only_list(template: str) -> bool:
    """Whether fields are only listed, with nothing to write between them."""
    return not re.sub(r"<[^<>]*>", "", template).strip()


def _template_end(text: str, place: int) -> int:
    """Return where the template ends: its line, and the next lines while they have fields."""
    end = place
    limit = min(len(text), place + 2_000)
    while end < limit:
        line = text.find("\n", end, limit)
        line = limit if line < 0 else line
        holes = [m.end() for m in re.finditer(r"<[^<>\n]{1,80}>|\{\w{1,60}\}", text[end:line])]
        if not holes:
            if text[end:line].strip():
                break
            end = line + 1
            continue
        last = end + holes[-1]
        stop = _AFTER_TEMPLATE.search(text, last, line)
        if stop is not None:
            return stop.start()
        end = line + 1
    return len(text[:end].rstrip().removesuffix("."))
