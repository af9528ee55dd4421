"""The figures and the brief section show what the report says, with a table and refs behind each."""

import pytest

from gadolin import atlas, case
from gadolin.brief.report import Report
from gadolin.brief.section import values_of
from gadolin.brief.sections import moratorium as section
from gadolin.figures import moratorium as figures
from gadolin.moratorium.watch import watch


@pytest.fixture(scope="module")
def report(malaysia):
    return watch(malaysia, "CHN", years=[2021, 2022, 2023, 2024])


def test_not_explained_names_the_alarmed_year_and_subtracts_permits(malaysia, report):
    figure = figures.not_explained(malaysia, report)
    assert figure is not None
    rows = figure.data.set_index("item")
    for year in report.years:
        row, p = rows.loc[str(year.year)], year.posterior
        assert row["low"] <= row["value"] <= row["high"]
        assert row["high"] == pytest.approx(max(0.0, p.high_t_gross - p.permitted_t_gross))
        assert (str(year.year) in figure.finding) == p.alarm
    assert figure.svg().startswith("<svg")


def test_flow_over_years_has_refs_of_the_atlas(malaysia, report):
    figure = figures.flow_over_years(malaysia, report)
    assert figure.svg().startswith("<svg")
    for ref, value in zip(figure.refs, figure.data["value"], strict=True):
        assert atlas.cell(ref).value == pytest.approx(value)


def test_the_balance_is_drawn_as_it_is_worked_out(malaysia, report):
    figure = figures.balance_by_year(malaysia, report)
    assert figure is not None
    rows = figure.data.set_index(["year", "series"])["value"]
    for b in report.balance:
        assert rows[b.year, "exports"] == b.exports.value
    assert "2023" in figure.finding
    assert "2020" not in figure.finding
    assert "2021" in figure.note
    assert figure.svg().startswith("<svg")


def test_every_indicator_and_year_has_a_cell_and_unknown_is_not_innocent(malaysia, report):
    figure = figures.indicators_by_year(malaysia, report)
    assert len(figure.data) == 4 * 6
    mirror = figure.data[figure.data["criterion"] == "mirror gap"]
    assert mirror["score"].isna().all()
    assert "no sign of innocence" in figure.note


def test_the_brief_has_rules_balance_and_figures_with_refs(malaysia):
    brief = Report(malaysia, futures=1, seed=1)
    (found,) = section.sections(brief)
    kinds = [type(part).__name__ for part in found.parts]
    assert kinds.count("Figure") == 3
    assert kinds.count("Table") == 2
    assert all(q.refs for q in values_of([found]))
    for ref in {ref for q in values_of([found]) for ref in q.refs if ref.startswith("licensed_flows")}:
        atlas.cell(ref)
    frame, methods = section.tables(brief)["moratorium"]
    assert set(methods) == {"value"}
    assert frame.loc["2023.excess", "low"] > 0


@pytest.mark.parametrize(("name", "leaks"), [("IDN", False), ("AUS", False)])
def test_a_country_without_a_ban_gets_no_leak_figures(name, leaks):
    brief = Report(case.load(name), futures=1, seed=1)
    assert bool(section.tables(brief)) == leaks
