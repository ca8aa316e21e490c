"""PDF by pypdf: the text layer, page by page; bookmarks become headings. Images are not read.

pypdf bounds what a stream may unpack to (75 MB each); what else is broken in a file comes out of it
as almost any built-in error.
"""

import io
import re
import struct
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from synth_agent.documents.document import Parsed, clean
from synth_agent.documents.pdf_lines import Outline, page_parts
from synth_agent.errors import ConfigError

if TYPE_CHECKING:
    from pypdf import PdfReader

__all__ = ["read_pdf"]

_BROKEN: Final = (
    ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, RuntimeError,
    TypeError, ValueError, struct.error, zlib.error,
)  # fmt: skip
_NO_TITLE: Final = re.compile(
    r"untitled|microsoft \w+ - .*|.*\.(?:docx?|pdf|tex|indd|qxd)", re.IGNORECASE
)
"""What programs write into the title of a file that has none."""
_NAMED: Final = 10


def read_pdf(raw: bytes) -> Parsed:
    """Return the paragraphs of all pages.

    Raises:
        ConfigError: It is encrypted, scanned or broken, or pypdf is not installed.
    """
    try:
        from pypdf import PdfReader
        from pypdf.errors import DependencyError, PyPdfError
    except ImportError as error:
        raise ConfigError("PDF needs an extra: pip install 'synth-agent[docs]'") from error
    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            raise ConfigError(
                "encrypted; save it without a password (qpdf --decrypt) and try again"
            )
        texts = [clean(page.extract_text()) for page in reader.pages]
        title = (reader.metadata and reader.metadata.title) or ""
    except DependencyError as error:
        raise ConfigError(
            "encrypted with AES; save it without encryption (qpdf --decrypt)"
        ) from error
    except (PyPdfError, *_BROKEN) as error:
        raise ConfigError(f"broken PDF ({error}); print it to a new PDF and try again") from error
    if not any(map(str.strip, texts)):
        raise ConfigError("no text layer; run OCR first (ocrmypdf in.pdf out.pdf)")
    try:
        outline = _outline(reader)
    except (PyPdfError, *_BROKEN):
        outline = {}  # bookmarks only name what the pages hold
    return Parsed(
        page_parts(texts, outline),
        title="" if _NO_TITLE.fullmatch(title.strip()) else title,
        notes=_empty_pages(texts),
    )


def _empty_pages(texts: list[str]) -> tuple[str, ...]:
    empty = [str(at) for at, text in enumerate(texts, start=1) if not text.strip()]
    if not empty:
        return ()
    more = f" and {len(empty) - _NAMED} more" if len(empty) > _NAMED else ""
    return (f"no text on page {', '.join(empty[:_NAMED])}{more}: blank, or in need of OCR",)


def _outline(reader: "PdfReader") -> Outline:
    found: dict[int, dict[str, int]] = {}
    _collect(reader, reader.outline, 1, found)
    return found


def _collect(
    reader: "PdfReader", entries: Iterable[Any], level: int, found: dict[int, dict[str, int]]
) -> None:
    for entry in entries:
        if isinstance(entry, list):
            _collect(reader, entry, level + 1, found)
        elif (page := reader.get_destination_page_number(entry)) is not None:
            title = " ".join(clean(str(entry.title)).split()).casefold()
            found.setdefault(page + 1, {})[title] = level
