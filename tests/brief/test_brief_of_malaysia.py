"""The brief of the shipped case: small enough, self-contained, and every ref in it resolves."""

import re

import pytest

from gadolin import case as cases
from gadolin.brief import html
from gadolin.brief.report import Report, all_sections
from gadolin.brief.section import figures_of, values_of


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
