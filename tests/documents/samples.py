"""Files made at test time: PDFs written by hand, archives, libraries of one text."""

import zlib
from collections.abc import Sequence
from pathlib import Path

from synth_agent.documents import Document, Library, read_documents

__all__ = ["library", "only", "pdf"]


def library(folder: Path, text: str, *, name: str = "notes.txt") -> Library:
    (folder / name).write_bytes(text.encode())
    return read_documents([folder / name])


def only(path: Path) -> Document:
    """Return the document that a file becomes."""
    (document,) = read_documents([path]).documents
    return document


def pdf(pages: Sequence[str], *, bookmarks: Sequence[tuple[str, int]] = ()) -> bytes:
    """Return a minimal PDF, a line of text a line; a bookmark is a title and a page from 0."""
    count = len(pages)
    kids = " ".join(f"{3 + 2 * at} 0 R" for at in range(count))
    font, first_mark = 3 + 2 * count, 5 + 2 * count
    outline = f"/Outlines {font + 1} 0 R" if bookmarks else ""
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {outline} >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
    ]
    for at, page in enumerate(pages):
        stream = zlib.compress(_shown(page))
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {4 + 2 * at} 0 R "
            f"/Resources << /Font << /F1 {font} 0 R >> >> >>".encode()
        )
        head = f"<< /Length {len(stream)} /Filter /FlateDecode >>\nstream\n".encode()
        objects.append(head + stream + b"\nendstream")
    objects.append(
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    )
    if bookmarks:
        last = first_mark + len(bookmarks) - 1
        objects.append(f"<< /First {first_mark} 0 R /Last {last} 0 R >>".encode())
    for at, (title, page_at) in enumerate(bookmarks):
        following = f"/Next {first_mark + at + 1} 0 R" if at + 1 < len(bookmarks) else ""
        objects.append(
            f"<< /Title ({title}) /Parent {font + 1} 0 R {following} "
            f"/Dest [{3 + 2 * page_at} 0 R /Fit] >>".encode()
        )
    return _file(objects)


def _shown(page: str) -> bytes:
    escaped = page.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    shown = " T* ".join(f"({line}) Tj" for line in escaped.split("\n"))
    return f"BT /F1 11 Tf 14 TL 50 800 Td {shown} ET".encode("cp1252") if page else b""


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n")
    places: list[int] = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF".encode()
    return bytes(out)
