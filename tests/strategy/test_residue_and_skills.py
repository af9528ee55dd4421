"""Residue comes from the plant's own design, jobs by skill from the rows of the skills table; what has none is said."""

import pytest

from gadolin import case
from gadolin.case.schema import Strategy
from gadolin.case.strategies import strategies_of
from gadolin.case.strategy_file import StrategyHead
from gadolin.strategy import evaluate, feasible, resolve
from gadolin.strategy.choices import project
from gadolin.strategy.compare import _row
from gadolin.strategy.comparison import ENDS
from gadolin.strategy.residue import said_of
from gadolin.strategy.skills import shares_of


def test_residue_is_that_of_the_design_at_the_rate_of_the_plant(malaysia, future, flat):
    """Gross tonnes over oxide intake are those of the design; both ends follow."""
    found = evaluate(malaysia, "own-technology-first", future, flat)
    made = project(malaysia, "perak-separation", design="PC88A")
    own = made.residue_t_gross_per_year
    fed = made.purchases[0].t_per_year.value
    assert own.value
    assert fed
    mined = found.years.loc[2026:2045, "mined_t_element"] - found.years.loc[2026:2045, "raw_t_element"]
    per_t = found.years.loc[2026:2045, "mined_t_element"].max() / (1800 * future.home.get("output_factor", 1.0))
    intake = mined.sum() / per_t
    assert found.measures["residue_t_gross"] == pytest.approx(own.value * intake / fed, rel=1e-6)
    low, high = found.ends["residue_t_gross"]
    assert low / (own.low or 0.0) == pytest.approx(high / (own.high or 0.0))
    assert found.measures["residue_t_gross"] == pytest.approx(found.years.loc[2026:2045, "residue_t_gross"].sum())
    assert found.measures["residue_bq_per_g"] == made.residue_bq_per_g.value
    assert found.ends["residue_bq_per_g"] == (made.residue_bq_per_g.low, made.residue_bq_per_g.high)


def test_activity_follows_thorium_and_uranium_of_the_feed(malaysia):
    """Closed form: uranium of the feed over residue, parent nuclide, by the share that purification precipitates."""
    made = project(malaysia, "perak-separation", design="PC88A")
    entry = next(p for p in malaysia.settings.plants if p.id == "perak-separation")
    uranium = entry.numbers["uranium"].value
    assert uranium
    grams = 2000 * uranium * 1000 * 0.6  # 60 % leaves with aluminium
    expected = grams * 12350 / ((made.residue_t_gross_per_year.value or 0.0) * 1e6)
    assert made.residue_bq_per_g.value == pytest.approx(expected, rel=5e-3)
    assert any(ref.startswith("unit_operations:") for ref in made.residue_bq_per_g.refs)


def test_without_thorium_and_uranium_the_activity_is_not_known(malaysia):
    plain = malaysia.settings.model_copy(
        update={"plants": [p.model_copy(update={"numbers": {}}) for p in malaysia.settings.plants]}
    )
    bare = case.Case(malaysia.name, plain, malaysia.folder)
    made = bare.inputs.project_of("perak-separation", "PC88A")
    assert made.residue_bq_per_g.value is None
    assert "numbers.thorium" in str(made.residue_bq_per_g.reason)
    assert made.residue_t_gross_per_year.known


def test_a_plant_without_a_figure_is_named_and_not_counted(malaysia, future, flat):
    toll = evaluate(malaysia, "toll-at-kuantan", future, flat)
    assert toll.measures["residue_t_gross"] is None
    assert any("no figure, not counted: kelantan-leach, kenering-mine, kuantan-toll" in r for r in toll.remarks)
    nothing = evaluate(malaysia, Strategy(strategy=StrategyHead(id="empty", title="Nothing")), future, flat)
    assert nothing.measures["residue_t_gross"] == 0  # what runs not at all leaves nothing


def test_the_finding_says_the_activity_against_the_line(malaysia):
    found = feasible(malaysia, "own-technology-first").findings
    said = next(f for f in found if f.subject == "residue" and f.plant == "perak-separation")
    assert said.kind == "note"
    assert "may pass 1 Bq/g: measure it" in said.reason


def test_jobs_by_skill_follow_the_rows(malaysia, future, flat):
    """Seventy graduates and 200 contractors to 350 of staff as planned; 350 contractors to 200 of staff in 2023."""
    found = evaluate(malaysia, "two-partner-hedge", future, flat)
    jobs = found.measures["jobs_persons"]
    assert jobs
    assert found.measures["graduates_persons"] == pytest.approx(jobs * 70 / 350)
    assert found.measures["skilled_persons"] == pytest.approx(jobs * 280 / 350)
    assert found.ends["contractors_persons"] == pytest.approx((jobs * 200 / 350, jobs * 350 / 200))
    assert found.ends["experts_persons"] == pytest.approx((jobs * 0.01, jobs * 0.03))
    said = next(r for r in found.remarks if r.startswith("jobs by skill"))
    assert said.endswith("an estimate for: kenering-mine, kuantan-magnet, perak-leach")


def test_before_the_rows_were_known_jobs_by_skill_are_missing_and_not_zero(flat):
    early = case.load("malaysia", as_of="2011-01-01")
    assert shares_of(early) == {}


def test_the_comparison_keeps_the_range_within_a_future(malaysia, future):
    """The range printed holds the range of the design, not only the spread of the futures."""
    row = _row(malaysia, resolve(malaysia, "own-technology-first"), future)
    assert {f"residue_bq_per_g_{end}" for end in ENDS} <= set(row)
    assert row["residue_bq_per_g_low"] < row["residue_bq_per_g"] < row["residue_bq_per_g_high"]


def test_every_new_plant_of_a_shipped_strategy_has_a_figure_or_is_named(malaysia):
    for name in strategies_of(malaysia):
        plan = resolve(malaysia, name)
        assert all(b.id in said_of(malaysia, [plan]) for b in plan.builds)
