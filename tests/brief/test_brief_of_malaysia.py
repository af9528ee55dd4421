"""The brief of the shipped case: small enough, self-contained, and every ref in it resolves."""

import re
from pathlib import Path

import pytest

import gadolin
from gadolin import case as cases
from gadolin.atlas import TABLES
from gadolin.brief import html
from gadolin.brief.report import Report, all_sections
from gadolin.brief.section import Fact, Paragraph, Table, figures_of, values_of
from gadolin.brief.words import translator
from gadolin.figures.language import Told


@pytest.fixture(scope="module")
def case():
    return cases.load("malaysia")


@pytest.fixture(scope="module")
def made(case):
    return all_sections(Report(case, 4, 1))


def test_page_is_small_and_silent(made):
    page = html.render("Malaysia", made, {})
    assert len(page.encode()) < 1_500_000
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=\"(?!#)", page)


def test_reply_comes_first_and_sources_last(made):
    keys = [s.key for s in made]
    assert keys[0] == "reply"
    assert keys[-1] == "method"
    assert {"deposits", "ladder", "dependence", "trade", "rules", "partners", "products", "weakest"} <= set(keys)


def test_every_ref_resolves(case, made):
    refs = {r for v in values_of(made) for r in v.refs} | {r for f in figures_of(made) for r in f.refs}
    assert len(refs) > 300
    tables = {}
    for ref in refs:
        if "/" in ref and ref.split(":")[0].endswith(".toml"):
            continue  # a line of the case
        table, row, column = ref.rsplit("/", 1)[-1].split(":")
        frame = tables.setdefault(table, case.table(table))
        assert row in frame.index, ref
        assert column in frame.columns or column == "row_id", ref


REMARKS = {
    "{plant}: {limit}.",
    "Limit: {text}.",
    "Assumed: {text}.",
    "Reason",
    "Technology, transfer, finance",
    "{stages} part this ore into {products}",
}
"""Where the words of a model or of several sources stand; they stay English in a Malay paper."""
NAMED = re.compile(r"^[^a-z]*$|\b(AG|MYS|CHN)-|^(LaCe|NdPr|SEG)|https?://")


def words_of(section):
    """All that a section says, and where: what is told, what a fact quotes, what stands as plain words."""
    yield "title", section.title
    if isinstance(section.finding, str):
        yield "finding", section.finding
    else:
        yield "template", section.finding.template
    for part in section.parts:
        if isinstance(part, Paragraph):
            yield "template", part.template
            yield from ((part.template, v.text) for v in part.values.values() if isinstance(v, Fact))
        elif isinstance(part, Table):
            yield from (("heading", w) for w in (part.caption, *part.columns, part.note) if w)
            for row in part.rows:
                for column, cell in zip(part.columns, row, strict=True):
                    if isinstance(cell, str | Fact):
                        yield column, cell.text if isinstance(cell, Fact) else cell
        else:
            yield from (("figure", w) for w in (part.finding, part.unit, part.marks.kind))
            yield from (("figure", w) for w in (part.note,) if isinstance(w, Told))
            for _, cells in part.data.items():
                yield from (("figure", c) for c in cells if isinstance(c, Told))


def test_english_left_in_the_malay_brief_is_quoted(case, made):
    """It is a name or words of a source, which stand in the tables, or a remark of a model."""
    say = translator("ms")
    left = {
        (where, str(w))
        for s in made
        if s.key != "reply"
        for where, w in words_of(s)
        if (isinstance(w, Told) or re.search("[a-z]{3}", w)) and say.known(w) is None and not NAMED.search(w)
    }
    tables = (case.table(name) for name in TABLES)
    cells = [str(v) for t in tables for c in t for v in t[c].dropna() if isinstance(v, str | list | tuple)]
    folder = Path(gadolin.__file__).parent / "cases" / "malaysia"
    quoted = "\n".join([*cells, *(file.read_text("utf-8") for file in folder.rglob("*.toml"))]).replace("_", " ")
    own = {(where, w) for where, w in left if where in ("title", "finding", "template", "heading", "figure")}
    assert own == set()
    unknown = {(where, w) for where, w in left if where not in REMARKS}
    unknown = {
        (where, w)
        for where, w in unknown
        if not all(p in quoted for p in re.split(r", (?=[A-Z]|[a-z]+ )", w.replace("_", " ")))
    }
    assert unknown == set()


def test_marks_of_english_in_the_malay_brief(made):
    """Nothing that the program says by itself is marked as English: headings, captions, titles of figures."""
    page = html.render("Malaysia", made, {}, "ms")
    assert not re.findall(r"<(?:h[1-4]|caption)[^>]*><span lang", page)
    assert not re.findall(r"<th[^>]* lang=", page)
    assert not re.findall(r"<text[^>]* lang=", page)
    assert re.findall(r'<span[^>]* lang="en"', page)
