"""The brief in other forms says the same: headings, numbers, refs and pictures are all there."""

import io
import re
import zipfile

import pytest
import python_calamine
from brief_sample import REF, sections

from gadolin.brief import office, papers, pdf
from gadolin.brief.section import Section, Table
from gadolin.errors import InputError
from gadolin.quantity import Quantity


def test_pdf_is_tagged_and_a4():
    pytest.importorskip("typst")
    made = pdf.render("Malaysia", sections())
    assert made.startswith(b"%PDF-")
    assert b"/MarkInfo" in made or b"/StructTreeRoot" in made
    assert b"pdfuaid" in made


def test_typst_source_keeps_every_number_and_no_markup_leaks(tmp_path):
    text = pdf.source("Malaysia", sections(), tmp_path)
    assert "41 t REO (35-49)" in text
    assert f"reported: {REF}" in text
    assert "Plants & <more>" in text
    assert (tmp_path / "ladder.svg").exists()
    assert re.search(r'image\("ladder.svg", width: 100%, alt: "Metal is missing', text)


def test_docx_has_styles_numbers_and_alternative_text():
    pytest.importorskip("docx")
    made = office.render_docx("Malaysia", sections())
    assert made == office.render_docx("Malaysia", sections())
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        assert {i.date_time for i in file.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        xml = file.read("word/document.xml").decode()
    assert 'w:val="Heading2"' in xml
    assert "41 t REO (35-49)" in xml
    assert REF in xml
    assert 'descr="Metal is missing' in xml


def test_docx_underlines_estimates_and_nothing_else():
    pytest.importorskip("docx")
    rows = [("metal", Quantity(41.4, "t", 35.0, 49.0, basis, (REF,))) for basis in ("estimate", "reported")]
    table = Table("Metal", ("Stage", "Output"), rows)
    made = office.render_docx("Malaysia", [Section("metal", "Metal", "Metal is missing", [table])])
    with zipfile.ZipFile(io.BytesIO(made)) as file:
        xml = file.read("word/document.xml").decode()
    assert xml.count('<w:u w:val="dash"/>') == 1


def test_xlsx_holds_numbers_as_numbers_with_their_refs(tmp_path):
    file = tmp_path / "brief.xlsx"
    file.write_bytes(office.render_xlsx("Malaysia", sections()))
    book = python_calamine.CalamineWorkbook.from_path(str(file))
    rows = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    head, first = rows["ladder 2"][2], rows["ladder 2"][3]
    row = dict(zip(head, first, strict=True))
    assert (row["output"], row["output: low"], row["output: refs"]) == (41.4, 35.0, REF)
    assert rows["ladder 1"][2][:2] == ["stage", "status"]


def test_unknown_form_and_folder(tmp_path):
    with pytest.raises(InputError, match='no form "odt"'):
        papers.write(tmp_path, "odt")
    with pytest.raises(InputError, match="is no run"):
        papers.write(tmp_path, "pdf")
