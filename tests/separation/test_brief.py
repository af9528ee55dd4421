from gadolin import case
from gadolin.brief.report import Report
from gadolin.brief.section import figures_of, values_of
from gadolin.brief.sections import separation as section
from gadolin.case import why


def test_the_brief_compares_two_sequences_with_ranges_and_refs_that_resolve():
    malaysia = case.load("malaysia")
    report = Report(malaysia, 8, 1)
    found = section.sections(report)
    assert [s.title for s in found] == ["From this ore to oxides"]
    refs = {ref for value in values_of(found) for ref in value.refs}
    assert len(refs) >= 15
    for ref in refs:
        assert why(ref, malaysia) is not None
    assert len(list(figures_of(found))) == 1
    frame, _ = section.tables(report)["flowsheet"]
    loads = frame.loc[["least_load.organic_load_of_all_cuts", "practice.organic_load_of_all_cuts"]]
    assert loads["value"].iloc[0] <= loads["value"].iloc[1]
    assert (frame["low"] <= frame["value"]).all()
    assert (frame["value"] <= frame["high"]).all()


def test_a_country_without_an_ore_on_record_has_no_such_section():
    report = Report(case.load("JPN"), 8, 1)
    assert section.sections(report) == []
    assert section.tables(report) == {}
