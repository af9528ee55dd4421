"""Extraction constants, separation factors and product contents: known values and each trap on both sides."""

import math

import pandas as pd
import pytest

from gadolin import atlas
from gadolin.atlas import checks_extraction
from tests.atlas.broken import faults_after, said_by, with_cells


@pytest.mark.parametrize(
    ("table", "rows"), [("separation_factors", 177), ("sx_constants", 96), ("product_composition", 71)]
)
def test_counts(table, rows):
    """Every row is there."""
    assert len(atlas.table(table)) == rows


def test_known_factors():
    """A default with its range, and a range without a middle."""
    beta = atlas.cell("separation_factors:pc88a.Nd-Pr.default_mid:beta")
    assert (beta.value, beta.low, beta.high, beta.basis) == (1.55, 1.5, 2.0, "derived")
    quoted = atlas.table("separation_factors").query("extractant == 'PC88A' and beta.isna()")
    assert (quoted["beta_low"].notna() | quoted["beta_high"].notna()).all()


def test_extractants_bear_one_name():
    """P507 is PC88A; the source's own word is kept where it differs."""
    frame = atlas.table("separation_factors")
    assert not frame["extractant"].str.contains("P507|P204").any()
    assert "P507 (not named in the abstract)" in set(frame["extractant_as_named"].dropna())


def test_the_ladder_gives_the_factor():
    """log D of two neighbours on one trace ladder differ by log beta: Tb over Gd with D2EHPA."""
    constants, factors = atlas.table("sx_constants"), atlas.table("separation_factors")
    gap = (
        constants.at["d2ehpa.chloride.power_law.Tb", "log_d_at_ph0"]
        - constants.at["d2ehpa.chloride.power_law.Gd", "log_d_at_ph0"]
    )
    ladder = factors.query("extractant == 'D2EHPA' and heavy_element == 'Tb' and light_element == 'Gd'")
    found = ladder[ladder["source_id"].str.startswith("mason")]["beta"].iloc[0]
    assert 10**gap == pytest.approx(found, rel=2e-3)


def test_log_kex_and_log_d_agree_where_both_stand():
    """log D at the reference is log Kex + n log C for the plain power law."""
    frame = atlas.table("sx_constants").query("model == 'power_law'")
    rows = frame[frame["log_kex"].notna()]
    assert len(rows) == 40
    stated = rows["log_kex"] + rows["concentration_exponent"] * rows["reference_extractant_mol_per_l"].map(math.log10)
    assert (stated - rows["log_d_at_ph0"]).abs().max() < 2e-3


def test_parameters_of_the_pilot_fit_are_cells():
    """Nd in the pilot fit: m0 + 5 m1 is the slope at 5 vol%."""
    frame = atlas.table("sx_constants")
    row = frame.loc["d2ehpa-tbp.sulfate.pilot_fit.Nd"]
    assert row["extractant_vol_pct"] == 5
    assert row["fit_m0"] + 5 * row["fit_m1"] == pytest.approx(row["ph_slope"], abs=5e-3)
    assert row["fit_b0"] + row["fit_b1"] * math.log10(5) == pytest.approx(row["log_d_at_ph0"], abs=5e-3)


def test_contents_say_what_they_are():
    """Contents, stoichiometry, yields and losses are told apart."""
    frame = atlas.table("product_composition")
    assert frame["record_kind"].value_counts().to_dict() == {"content": 51, "oxide_to_metal": 15, "yield": 3, "loss": 2}
    assert frame.at["wind-turbine-direct-drive-pmsg.nd", "content_unit"] == "kg_per_mw"


def test_a_default_without_value_is_a_fault(tmp_path):
    """A default needs a number."""
    assert faults_after(tmp_path, "separation_factors", "pc88a.Nd-Pr.default_low") == []
    said = faults_after(tmp_path, "separation_factors", "pc88a.Nd-Pr.default_low", beta=float("nan"))
    assert any("must be compare_only" in s for s in said)


def test_a_pair_of_one_element_is_a_fault(tmp_path):
    """Nd over Nd is no pair."""
    said = faults_after(tmp_path, "separation_factors", "pc88a.Nd-Pr.default_mid", light_element="Nd")
    assert len(said) == 1
    assert "must be another element" in said[0]


def test_value_outside_its_range_is_a_fault(tmp_path):
    """Low, value and high stand in order."""
    said = faults_after(tmp_path, "separation_factors", "pc88a.Nd-Pr.default_mid", beta_high=1.0)
    assert any("must not be below beta" in s for s in said)


@pytest.mark.parametrize("check", checks_extraction.CHECKS)
def test_shipped_tables_pass(check):
    """The rules over several rows find nothing in the shipped tables."""
    assert said_by(check) == []


def test_a_second_default_is_found():
    """Two middles of one pair make two chains."""
    frame = atlas.table("separation_factors")
    extra = frame.loc[["pc88a.Nd-Pr.default_mid"]].rename(index={"pc88a.Nd-Pr.default_mid": "again"})
    twice = pd.concat([frame, extra])
    said = said_by(checks_extraction.one_default_per_pair, separation_factors=twice)
    assert any("must stand once" in s for s in said)


def test_a_low_above_its_middle_is_found():
    """The pessimistic end cannot be the better one."""
    frame = with_cells("separation_factors", "pc88a.Nd-Pr.default_low", beta=1.9)
    said = said_by(checks_extraction.one_default_per_pair, separation_factors=frame)
    assert len(said) == 1
    assert "must not exceed the default_mid" in said[0]


def test_wrong_stoichiometry_is_found():
    """Nd2O3 holds 0.857 Nd, not 0.9."""
    frame = atlas.table("product_composition")
    row = str(frame.index[frame["product"] == "Nd2O3 to metal"][0])
    wrong = with_cells("product_composition", row, content_value=0.9)
    said = said_by(checks_extraction.oxide_factors_are_stoichiometric, product_composition=wrong)
    assert len(said) == 1
    assert "0.8574" in said[0]


def test_an_impossible_oxide_need_must_be_flagged():
    """0.333 kg of oxide cannot make 0.30 kg of metal; 0.40 can."""
    row = "ndfeb-magnet.ndpr-oxide-needed"
    check = checks_extraction.oxide_need_covers_content
    unflagged = with_cells("product_composition", row, below_stoichiometry=False)
    assert any("must be yes" in s for s in said_by(check, product_composition=unflagged))
    possible = with_cells("product_composition", row, content_value=0.40)
    assert any("must be no" in s for s in said_by(check, product_composition=possible))
