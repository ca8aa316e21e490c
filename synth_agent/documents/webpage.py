"""HTML as it is read on a page: headings, paragraphs, lists, tables as rows "a | b".

Left out: what is not shown (scripts, styles, comments, hidden elements) and what leads elsewhere
(nav, buttons). Visibility is judged by the element alone, not by style sheets. A table that holds
headings or tables is layout and read as blocks. The tree is walked with a list and not by
recursion, for nesting has no limit.
"""

import re
import warnings
from collections.abc import Iterator, Set
from typing import TYPE_CHECKING, Final, NamedTuple

from synth_agent.documents.decoding import decode
from synth_agent.documents.document import Kind, Parsed, Part
from synth_agent.errors import ConfigError

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

__all__ = ["read_html"]

_UNSEEN_TAGS: Final = (
    "audio button canvas datalist embed head iframe input link meta nav noscript object option "
    "script select source style svg template textarea video"
)
_UNSEEN: Final = frozenset(_UNSEEN_TAGS.split())
_BLOCK_TAGS: Final = (
    "address article aside blockquote body caption center dd details dialog div dl dt fieldset "
    "figcaption figure footer form header hr html legend main ol p pre section summary table tbody "
    "td tfoot th thead tr ul li h1 h2 h3 h4 h5 h6"
)
_BLOCKS: Final = frozenset(_BLOCK_TAGS.split())
_HEADINGS: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
_LAYOUT: Final = frozenset({"table", *_HEADINGS})
_CELLS: Final = frozenset({"td", "th", "caption"})
_HIDDEN: Final = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_WHITE: Final = re.compile(r"\s+")


def read_html(raw: bytes) -> Parsed:
    """Return the parts of a page.

    Raises:
        ConfigError: Beautiful Soup or lxml is not installed.
    """
    decoded = decode(raw)
    soup = _soup(decoded.text)
    title = soup.title.get_text(" ") if soup.title else ""
    page = _Page(_layout_tables(soup))
    for event in _events(soup):
        page.take(event)
    page.flush()
    return Parsed(page.parts, title=title, notes=decoded.notes)


def _soup(text: str) -> "BeautifulSoup":
    try:
        import bs4
    except ImportError as error:
        raise ConfigError("HTML needs an extra: pip install 'synth-agent[docs]'") from error
    with warnings.catch_warnings():
        # XHTML, or a page that is one file name: it is text all the same.
        warnings.simplefilter("ignore", bs4.XMLParsedAsHTMLWarning)
        warnings.simplefilter("ignore", bs4.MarkupResemblesLocatorWarning)
        try:
            # Not html.parser: a page of 100,000 unclosed <p> or <!-- takes minutes there.
            return bs4.BeautifulSoup(text, "lxml")
        except bs4.FeatureNotFound as error:
            raise ConfigError("HTML needs lxml: pip install 'synth-agent[docs]'") from error


class _Event(NamedTuple):
    """A tag opens or closes, or text stands between."""

    tag: "Tag | None"
    opens: bool = False
    text: str = ""


def _events(root: "Tag") -> Iterator[_Event]:
    from bs4 import CData, Tag
    from bs4.element import NavigableString

    shown = {NavigableString, CData}
    waiting = [_Event(root, opens=True)]
    while waiting:
        event = waiting.pop()
        yield event
        if event.tag is None or not event.opens:
            continue
        waiting.append(_Event(event.tag))
        for child in reversed(event.tag.contents):
            if isinstance(child, Tag):
                if not _is_hidden(child):
                    waiting.append(_Event(child, opens=True))
            elif type(child) in shown:  # comments and declarations are subclasses
                waiting.append(_Event(None, text=str(child)))


def _layout_tables(root: "Tag") -> set[int]:
    """Return the `id` of each table that holds a table or heading, in one pass over the page."""
    layout: set[int] = set()
    inside: list[int] = []
    for tag, opens, _ in _events(root):
        if tag is None or tag.name not in _LAYOUT:
            continue
        if opens and inside:
            layout.add(inside[-1])
        if tag.name == "table" and opens:
            inside.append(id(tag))
        elif tag.name == "table":
            inside.pop()
    return layout


def _is_hidden(tag: "Tag") -> bool:
    if tag.name in _UNSEEN:
        return True
    if not tag.attrs:
        return False
    style = str(tag.get("style", ""))
    return (
        "hidden" in tag.attrs
        or tag.get("aria-hidden") == "true"
        or tag.get("role") == "navigation"
        or bool(style and _HIDDEN.search(style))
    )


class _Page:
    """Collects parts while events go by."""

    def __init__(self, layout: Set[int]) -> None:
        self._layout = layout
        self.parts: list[Part] = []
        self._text: list[str] = []
        self._linked = 0
        """Letters of the text that stand in links."""
        self._links = 0
        self._pre = 0
        self._item = False
        self._table: Tag | None = None
        self._rows: list[list[str]] = []

    def take(self, event: _Event) -> None:
        tag = event.tag
        if tag is None:
            self._say(event.text)
        elif tag.name == "a":
            self._links += 1 if event.opens else -1
        elif tag.name == "br":
            self._text.append("\n" if event.opens else "")
        elif self._table is not None:
            self._in_table(tag, event)
        elif tag.name == "table" and event.opens and id(tag) not in self._layout:
            self.flush()
            self._table = tag
        elif tag.name in _BLOCKS:
            self._block(tag.name, event)

    def flush(self, kind: Kind = "text", *, level: int = 0) -> None:
        said = "".join(self._text)
        text = said.rstrip() if kind == "code" else _lines(said)
        if text.strip():
            bare = sum(map(len, said.split()))
            if kind == "text" and self._linked >= bare:
                kind = "links"
            elif kind == "text" and self._item:
                kind, text = "item", f"- {text}"
            self.parts.append(Part(text, kind, level=level))
            self._item = False
        self._text.clear()
        self._linked = 0

    def _say(self, text: str) -> None:
        self._text.append(text if self._pre else _WHITE.sub(" ", text))
        if self._links:
            self._linked += sum(map(len, text.split()))

    def _block(self, name: str, event: _Event) -> None:
        if name in _HEADINGS and not event.opens:
            self.flush("heading", level=int(name[1]))
        else:
            self.flush("code" if self._pre else "text")
        if name == "pre":
            self._pre += 1 if event.opens else -1
        elif name == "li":
            self._item = event.opens

    def _in_table(self, tag: "Tag", event: _Event) -> None:
        if tag is self._table:
            self._close_table()
        elif tag.name == "tr" and event.opens:
            self._rows.append([])
        elif tag.name in _CELLS:
            if not event.opens:
                self._cell()
        elif tag.name in _BLOCKS:
            self._text.append(" ")

    def _cell(self) -> None:
        if not self._rows:
            self._rows.append([])
        self._rows[-1].append(" ".join("".join(self._text).split()))
        self._text.clear()
        self._linked = 0

    def _close_table(self) -> None:
        if "".join(self._text).strip():
            self._rows.append([])
            self._cell()
        self._text.clear()
        lines = [" | ".join(row).rstrip() for row in self._rows if any(row)]
        self.parts.append(Part("\n".join(lines), "table"))
        self._rows = []
        self._table = None


def _lines(said: str) -> str:
    return "\n".join(filter(None, (" ".join(line.split()) for line in said.split("\n"))))
