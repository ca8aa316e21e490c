"""Markdown as it is written, without front matter and comments; headings, fences, tables marked.

Emphasis and links stay in the text as they stand in the file; only trails are freed of them.
"""

import re
from collections.abc import Iterator
from typing import Final

from synth_agent.documents.decoding import decode
from synth_agent.documents.document import Parsed, Part, clean
from synth_agent.documents.plain import paragraphs

__all__ = ["read_markdown"]

_FRONT: Final = re.compile(r"(---|\+\+\+)[ \t]*\n(.*?\n)?\1[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE: Final = re.compile(r"^title\s*[:=]\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE)
_APART: Final = re.compile(r"^[ \t]*(`{3,}(?=[^`\n]*$)|~{3,})[^\n]*$|(?<!`)<!--", re.MULTILINE)
"""Where prose is broken off: a fence opens, or a comment begins."""
_ATX: Final = re.compile(r" {0,3}(#{1,6})(?:[ \t]+|$)(.*)")
_SETEXT: Final = re.compile(r" {0,3}(?:=+|-{2,})[ \t]*")
_RULE: Final = re.compile(r"\s*(?:[-*_][ \t]*){3,}")
_DELIMITER: Final = frozenset("-:| \t")
_LINK: Final = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_MARKUP: Final = re.compile(r"[*`]|\s#+\s*$|<[^<>]*>|\{#[^{}]*\}\s*$")


def read_markdown(raw: bytes) -> Parsed:
    """Return paragraphs, headings, tables and code fences in order."""
    decoded = decode(raw)
    text = clean(decoded.text).lstrip("\n")
    title = ""
    if front := _FRONT.match(text):
        named = _TITLE.search(front[2] or "")
        title = named[1] if named else ""
        text = text[front.end() :]
    return Parsed(list(_parts(text)), title=title, notes=decoded.notes)


def _parts(text: str) -> Iterator[Part]:
    prose: list[str] = []
    at = 0
    while found := _APART.search(text, at):
        prose.append(text[at : found.start()])
        if found[1]:
            yield from _prose("".join(prose))
            prose.clear()
            at = _fence_end(text, found)
            yield Part(text[found.start() : at], "code")
        elif (close := text.find("-->", found.end())) >= 0:
            at = close + 3
        else:  # no comment ever ends from here on, and one that never ends is text
            prose.append(text[found.start() :])
            at = len(text)
            break
    prose.append(text[at:])
    yield from _prose("".join(prose))


def _fence_end(text: str, opened: re.Match[str]) -> int:
    mark = opened[1]
    closing = re.compile(rf"^[ \t]*{mark[0]}{{{len(mark)},}}[ \t]*$", re.MULTILINE)
    closed = closing.search(text, min(opened.end() + 1, len(text)))
    return closed.end() if closed else len(text)


def _prose(text: str) -> Iterator[Part]:
    for paragraph in paragraphs(text):
        lines: list[str] = []
        for line in paragraph.strip("\n").split("\n"):
            if heading := _ATX.fullmatch(line):
                yield from _body(lines)
                lines = []
                yield Part(line, "heading", _spoken(heading[2]), len(heading[1]))
            elif lines and _SETEXT.fullmatch(line):
                level = 1 if "=" in line else 2
                yield Part("\n".join([*lines, line]), "heading", _spoken(" ".join(lines)), level)
                lines = []
            else:
                lines.append(line)
        yield from _body(lines)


def _body(lines: list[str]) -> Iterator[Part]:
    if not lines or (len(lines) == 1 and _RULE.fullmatch(lines[0])):
        return
    yield Part("\n".join(lines), "table" if _is_table(lines) else "text")


def _is_table(lines: list[str]) -> bool:
    if len(lines) < 2 or "|" not in lines[0]:
        return False
    return "-" in lines[1] and _DELIMITER.issuperset(lines[1])


def _spoken(heading: str) -> str:
    return _MARKUP.sub("", _LINK.sub(r"\1", heading)).strip()
