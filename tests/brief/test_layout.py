"""The front is short, the annex whole: nothing gets lost between them, and one footnote serves one row."""

import re

from brief_sample import REF, RUNGS

from gadolin.brief import Fact, Paragraph, Section, Table, html
from gadolin.brief.layout import annex, columns, front, left
from gadolin.brief.notes import Notes
from gadolin.brief.words import translator
from gadolin.figures import Figure, Ladder
from gadolin.quantity import Quantity

SAY = translator("en")


def share(value, unit="%", low=None, high=None):
    return Quantity(value, unit, low, high, "reported", (f"shares:r{value:g}:share_pct",))


def long_table(rows=40):
    return Table("Shares", ("who", "share"), [(Fact(f"maker-{i}-", (REF,)), share(float(i))) for i in range(rows)])


def test_long_table_is_cut_in_front_and_whole_in_the_annex():
    page = html.render("M", [Section("a", "A", "Found", [long_table()])], {})
    body, behind = page.split('<section id="annex"')
    assert re.findall(r"maker-(\d+)-", body) == [str(i) for i in range(8)]
    assert set(re.findall(r"maker-(\d+)-", behind)) == {str(i) for i in range(40)}
    assert '<a href="#annex-a">32 more rows in the annex</a>' in body


def test_short_table_stands_once():
    page = html.render("M", [Section("a", "A", "Found", [long_table(12)])], {})
    assert page.count("maker-11-") == 1


def test_figures_and_remarks_beyond_the_first_go_to_the_annex():
    drawn = [Figure(f"f{'abcde'[i]}", f"Finding {'abcde'[i]}", "u", RUNGS, Ladder(), (REF,)) for i in range(5)]
    remarks = [Paragraph(f"Remark {letter}.") for letter in "abcdefghi"]
    section = Section("a", "A", "Found", [*drawn, *remarks])
    shown = [s.part for s in front(section)]
    assert [p for p in section.parts if not any(p is s for s in shown)] == annex(section)
    assert left(section, SAY) == ["5 more remarks in the annex", "2 more figures in the annex"]
    whole = Section("a", "A", "Found", [*drawn, *remarks], whole=True)
    assert annex(whole) == []
    assert len(front(whole)) == 14


def test_a_unit_that_all_share_stands_in_the_heading_and_mixed_ones_with_each_number():
    same = columns(long_table(), SAY)[1]
    assert (same.heading, same.unit, same.numeric) == ("share, %", False, True)
    mixed = columns(Table("T", ("a", "b"), [("x", share(1.0)), ("y", share(2.0, "t"))]), SAY)[1]
    assert (mixed.heading, mixed.unit) == ("b", True)
    page = html.render("M", [Section("a", "A", "Found", [long_table(3)])], {})
    assert page.count("Where a number stands alone, no range is known.") == 1
    assert "range not known" not in page


def test_numbers_of_one_row_share_a_footnote_that_lists_every_ref_by_basis():
    notes = Notes(SAY)
    made = Quantity(1.0, "t", None, None, "memory", ("t:r:mass",))
    seen = [notes.number(v) for v in (Fact("x", ("t:r:name",)), made, Fact("y", ("t:s:name",)), made)]
    assert seen == [1, 1, 2, 1]
    assert notes.lines() == ["1. t:r:name; memory: :mass", "2. t:s:name"]
    lines = [Fact("z", (f"malaysia/case.toml:{n}",)) for n in (3, 4)]
    assert [notes.number(v) for v in lines] == [3, 4]


def test_dates_are_written_out_in_the_language_of_the_page():
    table = Table("T", ("a", "b"), [("x", Fact("2026-08-31", (REF,)))])
    assert "31 Aug 2026" in html.render("M", [Section("a", "A", "F", [table])], {})
    assert "31 Ogos 2026" in html.render("M", [Section("a", "A", "F", [table])], {}, "ms")


def test_words_without_translation_are_marked_as_english():
    page = html.render("M", [Section("a", "A title of another room", "Found", [])], {}, "ms")
    assert '<h2 id="a-h"><span lang="en">A title of another room</span></h2>' in page
    native = html.render("M", [Section("a", "Tajuk", "Jumpa", [], language="ms")], {}, "ms")
    assert '<h2 id="a-h">Tajuk</h2>' in native
