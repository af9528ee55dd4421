"""Malay is complete where it is promised: furniture of figures and papers, headings, and the terms of the glossary."""

import ast
import re
from pathlib import Path

import pytest

import gadolin
from gadolin import case as cases
from gadolin.brief import html
from gadolin.brief.report import Report
from gadolin.brief.section import Paragraph, Table
from gadolin.brief.sections import method, position, registers, weakest
from gadolin.brief.words import translator
from gadolin.errors import InputError
from gadolin.figures import samples
from gadolin.figures.language import Say, catalogue

ROOT = Path(gadolin.__file__).parent
SAY = translator("ms")
TERMS = {
    "scenario": "senario",
    "strategy": "strategi",
    "proposal": "cadangan",
    "decision": "keputusan",
    "approve": "lulus",
    "defer": "tangguh",
    "reject": "tolak",
    "report": "laporan",
    "audit trail": "jejak audit",
    "rare earths": "unsur nadir bumi",
    "range": "julat",
    "uncertainty": "ketidakpastian",
}


def said_in(file):
    """Strings that a file hands to its translator."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in ("say", "_say", "plural"):
            yield from (a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str))


def test_every_string_the_program_says_is_in_the_catalogue():
    said = {s for room in ("figures", "brief") for file in (ROOT / room).rglob("*.py") for s in said_in(file)}
    assert len(said) > 30
    assert {s for s in said if SAY.known(s) is None} == set()


def test_every_kind_of_figure_has_a_malay_name():
    assert {f.marks.kind for f in samples.all_kinds().values() if SAY.known(f.marks.kind) is None} == set()


@pytest.mark.parametrize("name", samples.all_kinds())
def test_no_english_furniture_is_left_in_a_malay_figure(name):
    """What the English figure says by itself and not by its rows or titles is said in Malay."""
    figure = samples.all_kinds()[name]
    malay = figure.in_language("ms").svg()
    rows = {str(cell) for column in figure.data for cell in figure.data[column]}
    texts = [t for t in re.findall(r"<text[^>]*>([^<]*)</text>", malay) if t not in rows]
    english = {source for source, forms in catalogue("gadolin.figures", "ms").items() if source != forms[0]}
    assert not english & {t.strip() for t in texts}
    assert not [t for t in texts if re.search(r"\best\.|Source:|data of|not known", t)]
    assert "Sumber: " in malay
    assert figure.svg() != malay
    assert f'font-weight="bold" lang="en">{figure.finding.split()[0]}' in malay


def test_headings_of_the_brief_are_malay():
    report = Report(cases.load("malaysia"), 2, 1)
    made = [s for room in (position, registers, weakest, method) for s in room.sections(report)]
    assert len(made) > 9
    tables = [part for s in made for part in s.parts if isinstance(part, Table)]
    words = {s.title for s in made} | {t.caption for t in tables} | {c for t in tables for c in t.columns}
    words |= {t.note for t in tables if t.note}
    words |= {p.template for s in made for p in s.parts if isinstance(p, Paragraph) and not p.values}
    lacking = {w for w in words if SAY.known(w) is None}
    assert {w for w in lacking if not w.startswith("What the codes hide")} == set()
    page = html.render("Unsur nadir bumi Malaysia", made, {}, "ms")
    assert "Deposit</a>" in page
    assert not re.search(r"<h[1-4][^>]*><span lang", page)
    assert "belum disahkan oleh penutur asli" in page


def test_terms_are_those_of_the_glossary():
    glossary = (ROOT.parents[1] / "docs" / "glossary.md").read_text("utf-8")
    for english, malay in TERMS.items():
        assert SAY(english) == malay
        assert f"| {english} | {malay} |" in glossary


def test_plurals_follow_the_count():
    english = Say("en")
    forms = (
        "{count} row; the table beside the figure holds it.",
        "{count} rows; the table beside the figure holds them all.",
    )
    assert english.plural(*forms, 1).startswith("1 row;")
    assert english.plural(*forms, 1200).startswith("1,200 rows;")
    assert Say("ms").plural(*forms, 1).startswith("1 baris;")
    with pytest.raises(InputError, match="catalogue ms lacks"):
        Say("ms").plural("{count} ox", "{count} oxen", 2)
