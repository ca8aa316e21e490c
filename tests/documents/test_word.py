"""Word files: the order of the text, headings, tables, changes, and archives made to hurt."""

import io
import zipfile
from pathlib import Path

import docx
import pytest
from docx.oxml import parse_xml

from synth_agent.documents import read_documents
from synth_agent.errors import ConfigError
from tests.documents.samples import only

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def test_paragraphs_lists_and_tables_come_in_the_order_of_the_text(tmp_path: Path) -> None:
    file = docx.Document()
    file.core_properties.title = "The Manual"
    file.add_heading("Pump", level=1)
    file.add_paragraph("It runs.")
    table = file.add_table(rows=2, cols=2)
    for cell, text in zip(table._cells, ["part", "bar", "seal", "3.5"], strict=True):  # noqa: SLF001
        cell.text = text
    file.add_heading("Upkeep", level=2)
    file.add_paragraph("oil it", style="List Bullet")
    file.add_paragraph("clean it", style="List Bullet")
    file.save(str(tmp_path / "a.docx"))

    document = only(tmp_path / "a.docx")

    assert document.title == "The Manual"
    assert document.text == (
        "Pump\n\nIt runs.\n\npart | bar\nseal | 3.5\n\nUpkeep\n\n- oil it\n- clean it"
    )
    assert document.blocks[-1].trail == ("Pump", "Upkeep")


def test_insertions_and_content_controls_are_read_and_deletions_are_not(tmp_path: Path) -> None:
    file = docx.Document()
    body = file.element.body
    body.insert(
        0,
        parse_xml(
            f"<w:p {W}><w:r><w:t>The seal </w:t></w:r>"
            "<w:ins><w:r><w:t>was replaced</w:t></w:r></w:ins>"
            "<w:del><w:r><w:delText>leaks</w:delText></w:r></w:del><w:r><w:tab/><w:t>twice</w:t>"
            "</w:r></w:p>"
        ),
    )
    body.insert(
        1,
        parse_xml(
            f"<w:sdt {W}><w:sdtContent>"
            "<w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent>"
            "</w:sdt>"
        ),
    )
    file.save(str(tmp_path / "a.docx"))

    assert only(tmp_path / "a.docx").text == "The seal was replaced twice\n\nIn a control."


def refused(path: Path) -> str:
    with pytest.raises(ConfigError) as error:
        read_documents([path])
    return str(error.value)


def test_an_archive_that_unpacks_to_too_much_is_refused_unopened(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w", zipfile.ZIP_DEFLATED) as archive:
        for at in range(7):
            archive.writestr(f"word/{at}", b"\0" * 50_000_000)

    assert "unpacks to 350 MB, at most 300 MB" in refused(tmp_path / "a.docx")


def test_another_archive_is_no_document(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "Hello")

    assert "unpack it" in refused(tmp_path / "a.zip")


def replaced(path: Path, xml: str) -> Path:
    """Write a Word file whose text is the given XML."""
    empty = io.BytesIO()
    docx.Document().save(empty)
    with zipfile.ZipFile(empty) as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(name, xml if name == "word/document.xml" else source.read(name))
    return path


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("A secret.")
    xml = (
        f'<!DOCTYPE d [<!ENTITY x SYSTEM "{secret.as_uri()}"><!ENTITY y "yyyy">]>'
        f"<w:document {W}><w:body><w:p><w:r><w:t>Seen. &x;&y;</w:t></w:r></w:p></w:body>"
        "</w:document>"
    )

    assert only(replaced(tmp_path / "a.docx", xml)).text == "Seen."


@pytest.mark.parametrize("depth", [100, 5_000], ids=["deep", "too deep"])
def test_nested_xml_is_read_or_refused(tmp_path: Path, depth: int) -> None:
    inner = "<w:sdt><w:sdtContent>" * depth + "<w:p/>" + "</w:sdtContent></w:sdt>" * depth
    xml = f"<w:document {W}><w:body>{inner}</w:body></w:document>"

    said = refused(replaced(tmp_path / "a.docx", xml))

    assert "no text in it" in said or "broken .docx" in said
