"""Word's .docx by python-docx: headings, paragraphs, lists and tables in the order of the text.

Inserted changes and content controls are read, deleted text is not; nor are footnotes, comments,
headers, footers and pictures. The XML is walked directly, for python-docx's own paragraphs
leave out insertions and content controls. Its parser resolves no entities.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from synth_agent.documents.document import Parsed, Part
from synth_agent.errors import ConfigError

if TYPE_CHECKING:
    from docx.document import Document as WordFile

__all__ = ["read_docx"]

_UNPACKED: Final = 300_000_000
"""Bytes that the members of the archive may have in all; zipfile reads no more than declared."""
_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HEADING: Final = re.compile(r"heading (\d)", re.IGNORECASE)
_CODE: Final = re.compile(r"code|preformatted|source|listing", re.IGNORECASE)
_SAID: Final = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}


def read_docx(raw: bytes) -> Parsed:
    """Return the parts of the body.

    Raises:
        ConfigError: It is no .docx, unpacks to too much, or python-docx is not installed.
    """
    try:
        import docx
        from docx.opc.exceptions import OpcError
    except ImportError as error:
        raise ConfigError(".docx needs an extra: pip install 'synth-agent[docs]'") from error
    try:
        _admit(raw)
        document = docx.Document(io.BytesIO(raw))
        title = document.core_properties.title or ""
        return Parsed(list(_parts(document)), title=title)
    except (
        zipfile.BadZipFile, OpcError, SyntaxError, ValueError, KeyError, AttributeError,
        NotImplementedError, EOFError, zlib.error,
    ) as error:  # fmt: skip
        raise ConfigError(f"broken .docx ({error}); save it anew and try again") from error


def _admit(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        members = archive.infolist()
    size = sum(member.file_size for member in members)
    if size > _UNPACKED:
        raise ConfigError(
            f"unpacks to {size / 1e6:,.0f} MB, at most {_UNPACKED / 1e6:,.0f} MB are read; save it "
            "without its pictures, or in parts"
        )
    if not any(member.filename == "word/document.xml" for member in members):
        raise ConfigError("an archive and no .docx; unpack it and give what is in it")


def _parts(document: "WordFile") -> Iterator[Part]:
    styles = {style.style_id: style.name or "" for style in document.styles}
    for element in _blocks(document.element.body):
        if element.tag == f"{_W}tbl":
            yield Part("\n".join(_rows(element)), "table")
        else:
            yield _paragraph(element, styles)


def _blocks(container: Any) -> Iterator[Any]:
    """Yield paragraphs and tables, those in content controls included."""
    waiting = list(reversed(container))
    while waiting:
        element = waiting.pop()
        if element.tag in {f"{_W}p", f"{_W}tbl"}:
            yield element
        elif element.tag in {f"{_W}sdt", f"{_W}sdtContent", f"{_W}ins", f"{_W}customXml"}:
            waiting.extend(reversed(element))


def _paragraph(element: Any, styles: Mapping[str, str]) -> Part:
    text = _text(element)
    style = styles.get(_property(element, "pStyle"), "")
    if (heading := _HEADING.match(style)) or style == "Title":
        return Part(" ".join(text.split()), "heading", level=int(heading[1]) + 1 if heading else 1)
    if _CODE.search(style):
        return Part(text, "code")
    if element.find(f"{_W}pPr/{_W}numPr") is not None or style.startswith("List"):
        return Part(f"- {text}" if text.strip() else "", "item")
    return Part(text)


def _property(element: Any, name: str) -> str:
    found = element.find(f"{_W}pPr/{_W}{name}")
    return "" if found is None else str(found.get(f"{_W}val", ""))


def _rows(table: Any) -> Iterator[str]:
    for row in table.iter(f"{_W}tr"):
        cells = [" ".join(_text(cell).split()) for cell in row.iterchildren(f"{_W}tc", f"{_W}sdt")]
        if any(cells):
            yield " | ".join(cells)


def _text(element: Any) -> str:
    """Return what is written in an element, paragraphs inside it parted by line ends."""
    said: list[str] = []
    waiting = [element]
    while waiting:
        inner = waiting.pop()
        if inner.tag == f"{_W}t":
            said.append(inner.text or "")
        elif inner.tag in _SAID and inner.getparent().tag == f"{_W}r":
            said.append(_SAID[inner.tag])
        elif inner.tag not in {_FALLBACK, f"{_W}del", f"{_W}pPr", f"{_W}moveFrom"}:
            if inner.tag == f"{_W}p" and said:
                said.append("\n")
            waiting.extend(reversed(inner))
    return "".join(said)
