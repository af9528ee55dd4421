"""The detector: what it flags, what it does not, how sure it is, and what it says of worlds it was not made for."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gadolin.atlas.formats.flows import FlowFile, FlowRow
from gadolin.errors import InputError
from gadolin.moratorium import leaks, mixture
from gadolin.moratorium.leaks import Licensed
from gadolin.moratorium.watch import watch


@pytest.fixture(scope="module")
def trade(malaysia):
    return malaysia.inputs.trade_rows()


@pytest.fixture(scope="module")
def classes(malaysia):
    prices, _ = malaysia.inputs.oxide_prices_of_year(2023)
    clay = malaysia.inputs.composition_of_vector("my_kenering", "estimate_light")
    return mixture.product_classes(prices, clay, malaysia.inputs.composition_of_vector("mt_weld", "liu_2022"))


FLOW = mixture.Flow(15_102.5, 195_346.0, 5_800.0, 0.3)


def test_2023_is_flagged_and_the_clean_years_are_not(trade):
    series = leaks.judged_series(leaks.pair_series(trade, "MYS", "CHN"))
    assert series.loc[2023, "flagged"]
    assert not series.loc[2017:2022, "flagged"].any()
    assert series.loc[2023, "ratio"] == pytest.approx(0.326, abs=5e-4)
    assert series.loc[2023, "z_volume"] == pytest.approx(3.8, abs=0.1)


def test_a_rolling_baseline_would_hide_the_years_after():
    """Why it is frozen: a leak that goes on is its own baseline after a few years."""
    years = range(2017, 2029)
    tonnes = [5_000.0 + 100 * (y % 3) if y < 2023 else 15_000.0 for y in years]
    ratio = [1.0 if y < 2023 else 0.3 for y in years]
    series = pd.DataFrame({"quantity_t_gross": tonnes, "ratio": ratio}, index=pd.Index(years, name="year"))
    assert leaks.judged_series(series).loc[2023:, "flagged"].all()
    assert not leaks.judged_series(series, frozen=range(2040, 2046)).loc[2028, "flagged"]


def test_few_other_pairs_are_flagged(trade):
    found = leaks.flags(trade)
    others = found[~((found["exporter_iso3"] == "MYS") & (found["importer_iso3"] == "CHN"))]
    assert others["flagged"].mean() < 0.05
    assert len(others) > 200


def test_pair_series_against_a_slow_twin(trade):
    rows = trade[(trade["exporter_iso3"] == "MYS") & (trade["hs6"] == "284690") & (trade["year"] == 2021)]
    mine = rows[rows["importer_iso3"] == "CHN"]
    rest = rows[(rows["importer_iso3"] != "CHN") & (rows["quantity_t_gross"] > 0)]
    got = leaks.pair_series(trade, "MYS", "CHN").loc[2021]
    assert got["unit_value_usd_per_kg"] == pytest.approx(
        float(mine["value_kusd"].sum() / mine["quantity_t_gross"].sum()), rel=1e-12
    )
    assert got["others_usd_per_kg"] == pytest.approx(
        float(rest["value_kusd"].sum() / rest["quantity_t_gross"].sum()), rel=1e-12
    )


@settings(max_examples=10, deadline=None)
@given(scale=st.floats(0.1, 10))
def test_the_unit_of_value_does_not_matter(trade, scale):
    rows = trade[trade["exporter_iso3"] == "MYS"]
    scaled = rows.assign(value_kusd=rows["value_kusd"] * scale)
    one, two = (leaks.judged_series(leaks.pair_series(t, "MYS", "CHN")) for t in (rows, scaled))
    assert np.allclose(one["z_ratio"], two["z_ratio"], equal_nan=True)


def test_indicators_say_what_they_cannot_know(trade):
    found = {i.name: i for i in leaks.indicators(trade, "MYS", "CHN", 2023, Licensed(13_998))}
    assert found["mass balance"].value_index == pytest.approx(2.284, abs=5e-4)
    assert found["mass balance"].speaks
    for name in ("mirror gap", "basket print", "mine side"):
        assert found[name].value_index is None
        assert "not known" in str(found[name])


def test_the_interval_covers_what_it_says(classes):
    assert 0.85 <= mixture.coverage(FLOW, classes, 500) <= 0.95


def test_the_posterior_agrees_with_plain_rejection(classes):
    """A slow twin: keep prior draws whose simulated flow is near the observed one."""
    rng = np.random.default_rng(7)
    kept = []
    for _ in range(20):
        shares = rng.dirichlet([c.prior_index for c in classes], 40_000)
        noise = rng.standard_normal(shares.shape) * [c.sd_factor for c in classes]
        values = np.exp(noise) * [c.unit_value_usd_per_kg for c in classes]
        raw = shares[:, [c.raw for c in classes]].sum(axis=1)
        legal = 5_800.0 * np.exp(0.3 * rng.standard_normal(len(raw)))
        quantity = legal / (1 - np.minimum(raw, 1 - 1e-9))
        value = (shares * values).sum(axis=1) * np.exp(0.1 * rng.standard_normal(len(raw)))
        near = (abs(np.log(quantity / 15_102.5)) < 0.1) & (abs(np.log(value / (195_346.0 / 15_102.5))) < 0.1)
        kept += (raw[near] * 15_102.5).tolist()
    assert mixture.posterior(FLOW, classes).raw_t_gross == pytest.approx(np.median(kept), rel=0.1)


def test_power_grows_with_the_leak_and_false_alarms_are_few(classes):
    found = mixture.power(FLOW, classes, [0, 2_000, 8_000, 16_000])
    shares = list(found.values())
    assert shares == sorted(shares)
    assert shares[0] < 0.05
    assert shares[-1] > 0.95


def test_worlds_it_was_not_made_for(classes):
    """It is fooled by a mix shift and by transit; the report shows that beside every alarm."""
    found = mixture.worlds(FLOW, classes)
    assert found["clean"] < 0.05
    assert found["price collapse"] < 0.25
    assert found["mix shift"] > 0.2
    assert found["transit relabelling"] > 0.2


def test_a_unit_value_no_class_has_is_refused(classes):
    with pytest.raises(Exception, match="no mixture of the classes explains"):
        mixture.posterior(mixture.Flow(5_000, 5_000 * 5_000.0, 5_800.0, 0.3), classes)


def test_missing_prices_are_named():
    with pytest.raises(InputError, match="no price of Pr, Nd"):
        mixture.product_classes({"La": 1.0, "Ce": 1.0}, {"La": 1}, {"La": 1})


def test_the_report_lists_the_legal_explanations(malaysia):
    report = watch(malaysia, "CHN", years=[2022, 2023])
    assert not report.clean
    assert "illegal" not in str(report).lower()
    assert "not explained by permits and licensed output" in str(report)
    assert "pilot approval" in str(report)


def test_a_mirror_gap_from_files(malaysia):
    def line(reporter, flow, partner, period, tonnes):
        return FlowRow(period, reporter, flow, partner, "284690", tonnes, "reported", None, "value_usd")

    months = [f"2023-{m:02}" for m in range(1, 13)]
    rows = [line("CHN", "M", "MYS", m, 1500) for m in months] + [line("MYS", "X", "CHN", m, 1000) for m in months]
    file = FlowFile("made", {}, len(rows), tuple(rows), ())
    report = watch(malaysia, "CHN", years=[2023], files=[file])
    assert report.mirror is not None
    assert report.mirror[0] == pytest.approx(1.5)
    gap = next(i for i in report.indicators if i.name == "mirror gap")
    assert gap.value_index == pytest.approx(6000)
    assert gap.speaks


def test_no_trade_is_said_so(malaysia):
    with pytest.raises(InputError, match="no trade of MYS to XXX"):
        watch(malaysia, "XXX")


def test_an_empty_table_gives_no_flags():
    empty = pd.DataFrame(
        {"year": [], "hs6": [], "exporter_iso3": [], "importer_iso3": [], "value_kusd": [], "quantity_t_gross": []}
    )
    assert leaks.flags(empty).empty
