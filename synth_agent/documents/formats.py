"""Which reader a file gets: its first bytes decide where they are clear, then its ending."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from stat import S_ISREG
from typing import Final

from synth_agent.documents.document import Parsed
from synth_agent.documents.markdown import read_markdown
from synth_agent.documents.pdf import read_pdf
from synth_agent.documents.plain import read_plain
from synth_agent.documents.records import read_csv, read_json, read_jsonl
from synth_agent.documents.webpage import read_html
from synth_agent.documents.word import read_docx
from synth_agent.errors import ConfigError

__all__ = ["read_file"]

_LARGEST: Final = 50_000_000
"""Bytes."""
_Reader = Callable[[bytes], Parsed]
_READERS: Final[Mapping[str, _Reader]] = {
    ".csv": read_csv,
    ".docx": read_docx,
    ".htm": read_html,
    ".html": read_html,
    ".json": read_json,
    ".jsonl": read_jsonl,
    ".markdown": read_markdown,
    ".md": read_markdown,
    ".ndjson": read_jsonl,
    ".pdf": read_pdf,
    ".rst": read_plain,
    ".tsv": read_csv,
    ".txt": read_plain,
    ".xhtml": read_html,
}
_INSTEAD: Final[Mapping[str, str]] = {
    ".doc": "save it as .docx",
    ".epub": "convert it to .html",
    ".odp": "save it as .pdf",
    ".ods": "save it as .csv",
    ".odt": "save it as .docx",
    ".ppt": "save it as .pdf",
    ".pptx": "save it as .pdf",
    ".rtf": "save it as .docx",
    ".xls": "save it as .csv",
    ".xlsx": "save it as .csv",
}
_PICTURES: Final = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
_OLD_WORD: Final = b"\xd0\xcf\x11\xe0"
_PAGE: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html)\b", re.IGNORECASE)


def read_file(path: Path) -> Parsed:
    """Return what a file holds.

    Raises:
        ConfigError: It cannot be read; the message says why and what to do, and no file name.
    """
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise ConfigError("not a regular file")
        if status.st_size > _LARGEST:
            raise ConfigError(
                f"{status.st_size / 1e6:,.0f} MB; at most {_LARGEST / 1e6:.0f} MB: split it"
            )
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(error.strerror or str(error)) from error
    parsed = _reader(path.suffix.lower(), raw)(raw)
    if not any(part.text.strip() for part in parsed.parts):
        raise ConfigError("there is no text in it")
    return parsed


def _reader(ending: str, raw: bytes) -> _Reader:
    if ending in _INSTEAD:
        raise ConfigError(f"{ending} is not read; {_INSTEAD[ending]}")
    if ending in _PICTURES:
        raise ConfigError("a picture; run OCR on it and give the text")
    if b"%PDF-" in raw[:1024]:
        return read_pdf
    if raw.startswith(b"PK\x03\x04"):
        return read_docx
    if ending == ".docx" and raw.startswith(_OLD_WORD):
        raise ConfigError("an old or encrypted Word file; save it as .docx without a password")
    if ending in {".docx", ".pdf"}:
        raise ConfigError(f"named {ending}, but not one inside; name it after what it is")
    if reader := _READERS.get(ending):
        return reader
    return read_html if _PAGE.match(raw) else read_plain
