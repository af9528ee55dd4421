"""The figures show what the report says, with a table and refs behind each."""

import pytest

from gadolin import atlas
from gadolin.figures import moratorium as figures
from gadolin.moratorium.watch import watch


@pytest.fixture(scope="module")
def report(malaysia):
    return watch(malaysia, "CHN", years=[2021, 2022, 2023])


def test_not_explained_names_the_year_and_shows_the_interval(malaysia, report):
    figure = figures.not_explained(malaysia, report)
    assert figure is not None
    assert "2023" in figure.finding
    assert "2022" not in figure.finding
    row = figure.data.set_index("item").loc["2023"]
    assert row["low"] < row["value"] < row["high"]
    assert figure.svg().startswith("<svg")


def test_flow_over_years_has_refs_of_the_atlas(malaysia, report):
    figure = figures.flow_over_years(malaysia, report)
    assert figure.svg().startswith("<svg")
    for ref, value in zip(figure.refs, figure.data["value"], strict=True):
        assert atlas.cell(ref).value == pytest.approx(value)
