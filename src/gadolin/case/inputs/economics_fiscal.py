"""The fiscal regime of a country from the atlas: rates, royalties by state, incentives with clause and window.

What no row holds is named in the regime's limits. A case's own incentives table adds to the rows or overrides them, so
another country needs rows only: base_tax_rate, and as known initial_allowance and annual_allowance by class of assets,
loss_carry_forward, minimum_tax and its incentives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from gadolin.case.inputs.economics_money import fx_of
from gadolin.economics.depreciation import initial_and_annual
from gadolin.economics.regimes import Allowance, Incentive, MinimumTax, Regime, Royalty
from gadolin.errors import Fault, InputError
from gadolin.quantity import Quantity
from gadolin.stages import STAGES

if TYPE_CHECKING:
    from gadolin.case.load import Case

_ASSETS = {"plant and machinery": 0.8, "industrial building": 0.2}
"""Part of the capital in each class of assets: a choice. Classes of other names share the capital equally."""

CARVE_OUT_PCT = {
    2023: (10.0, 8.0), 2024: (9.8, 7.8), 2025: (9.6, 7.6), 2026: (9.4, 7.4), 2027: (9.2, 7.2), 2028: (9.0, 7.0),
    2029: (8.2, 6.6), 2030: (7.4, 6.2), 2031: (6.6, 5.8), 2032: (5.8, 5.4), 2033: (5.0, 5.0),
}  # fmt: skip
"""Payroll and tangible assets in the transition of the Model Rules, as the United Kingdom enacted it (Finance (No. 2)
Act 2023, schedule 16, paragraph 1, and 5 % in section 195). That Malaysia's law has the same table is an assumption."""

_BENEFITS = {
    "income_tax_exemption": "income_exemption",
    "investment_tax_allowance": "investment_allowance",
    "special_tax_rate": "special_rate",
    "deduction": "extra_deduction",
    "grant": "grant",
    "duty_exemption": "duty_relief",
}
_NIF = ("IN-08", "IN-09", "IN-10")
_GREEN = ("IN-16", "IN-17")


def regime_of(case: Case) -> Regime:
    """The fiscal regime of the case's country, with every incentive that the atlas knows.

    Raises:
        InputError: Neither the atlas nor the case holds a rate of income tax.
    """
    rows = case.table("incentives")
    rows = rows[rows["country_iso3"] == case.country]
    rate = _income_tax(case, rows)
    minimum = rows[rows["benefit_type"] == "minimum_tax"]
    floor = None
    if len(minimum):
        at = minimum.index[0]
        start = minimum.at[at, "window_start"]
        floor = MinimumTax(
            float(minimum.at[at, "rate_value"]) / 100,
            "" if pd.isna(start) else str(start),
            (case.ref("incentives", str(at), "rate_value"),),
            {year: payroll / 100 for year, (payroll, _) in CARVE_OUT_PCT.items()},
            {year: assets / 100 for year, (_, assets) in CARVE_OUT_PCT.items()},
        )
    allowances, said = _allowances(case, rows)
    lost = rows[rows["benefit_type"] == "loss_carry_forward"]
    term = None if lost.empty or pd.isna(lost["duration_years"].iloc[0]) else int(lost["duration_years"].iloc[0])
    said += [] if term else ["no term for losses known: carried for ever"]
    if floor is not None:
        said.append(
            "the minimum tax takes the carve-outs of the Model Rules (payroll 9.4 %, assets 7.4 % in 2026, 5 % from "
            "2033), assumed to hold here, and counts no timing differences: an upper bound"
        )
    said.append("sales tax, stamp duty and import duty rates are not in the atlas and not counted")
    return Regime(
        case.country,
        rate,
        allowances,
        term,
        _royalties(case),
        floor,
        incentives={i.id: i for i in _incentives(case, rows)},
        name=f"{case.country} as known to the atlas",
        limits=tuple(said),
        refs=rate.refs,
    )


def _allowances(case: Case, rows: pd.DataFrame) -> tuple[tuple[Allowance, ...], list[str]]:
    """Tax depreciation by class of assets, and what must be said about it.

    Raises:
        InputError: A class with an initial allowance and no annual one.
    """
    by_class: dict[str, dict[str, str]] = {}
    for row_id, row in rows[rows["benefit_type"].isin(["initial_allowance", "annual_allowance"])].iterrows():
        by_class.setdefault(str(row["name"]), {})[str(row["benefit_type"])] = str(row_id)
    if not by_class:
        return (), ["no tax depreciation known: none counted"]
    found = []
    for name, ids in by_class.items():
        if "annual_allowance" not in ids:
            raise InputError(f"incentives: {name} has an initial allowance and no annual one; add its row")
        share = _ASSETS[name] if set(by_class) <= set(_ASSETS) else 1 / len(by_class)
        initial = float(rows.at[ids["initial_allowance"], "rate_value"]) if "initial_allowance" in ids else 0.0
        schedule = initial_and_annual(initial / 100, float(rows.at[ids["annual_allowance"], "rate_value"]) / 100)
        refs = tuple(case.ref("incentives", row_id, "rate_value") for row_id in ids.values())
        found.append(Allowance(name, share, schedule, refs))
    split = ", ".join(f"{100 * a.capex_share:.0f} % {a.asset}" for a in found)
    return tuple(found), [f"for tax allowances the capital counts as {split}: a choice"]


def _income_tax(case: Case, rows: pd.DataFrame) -> Quantity:
    """Rate of income tax: the case's own, else the atlas's. [share]"""
    chosen = case.settings.finance.income_tax_share
    if chosen is not None:
        key = "finance.income_tax_share"
        rate = case.given(chosen, key)
        if rate.value is None or not 0 <= rate.value < 1:
            raise InputError(Fault("must lie in 0 to 1", "case.toml", case.line_of("case.toml", key), key, rate.value))
        return rate
    base = rows[rows["benefit_type"] == "base_tax_rate"]
    if base.empty:
        raise InputError(
            f"the atlas holds no rate of income tax of {case.country}; write it into case.toml, under [finance]: "
            'income_tax_share = {value = 0.2, unit = "share", basis = "memory", note = "which law"}'
        )
    rate = case.quantity("incentives", str(base.index[0]), "rate_value")
    assert rate.value is not None
    return Quantity(rate.value / 100, "share", basis=rate.basis, refs=rate.refs)


def _incentives(case: Case, rows: pd.DataFrame) -> list[Incentive]:
    found = []
    for row_id, row in rows.iterrows():
        benefit = _BENEFITS.get(str(row["benefit_type"]))
        if benefit is None:
            continue
        value = _benefit_value(case, benefit, row)
        stages: tuple[str, ...] = tuple(rows.at[row_id, "stages"] or ())
        no_plant = bool(stages) and not any(s in STAGES for s in stages)
        if value is None or (no_plant and benefit not in ("extra_deduction", "grant")):
            continue  # a tax rule for research companies is none for a plant
        found.append(_incentive(case, str(row_id), row, benefit, value))
        high = row.get("rate_value_high")
        if benefit in ("special_rate", "investment_allowance") and pd.notna(high) and high != row["rate_value"]:
            top = _incentive(case, str(row_id), row, benefit, float(high) / 100, "-high")
            found.append(top)
    return found


def _benefit_value(case: Case, benefit: str, row: pd.Series) -> float | None:
    rate = row["rate_value"]
    if benefit == "duty_relief":
        return 1.0
    if pd.isna(rate):
        return None
    if benefit == "grant":
        # project money is USD; a ceiling in ringgit is brought to it
        return float(rate) / 1e6 / fx_of(case).get("MYR", 1.0) if case.country == "MYS" else float(rate) / 1e6
    if benefit == "extra_deduction":
        return float(rate) / 100 - 1  # 200 % of the expense is one further deduction of it
    return float(rate) / 100


def _incentive(case: Case, row_id: str, row: pd.Series, benefit: str, value: float, tail: str = "") -> Incentive:
    cap = row["statutory_income_offset_pct"]
    years = row["duration_years"]
    nif = row_id in _NIF
    group = {"grant": "grant", "extra_deduction": "research", "duty_relief": "duty"}.get(benefit, "main")
    if row_id in _GREEN:
        group = "green"
    return Incentive(
        row_id + tail,
        str(row["name"]) + (" (upper end)" if tail else ""),
        benefit,
        value,
        1.0 if pd.isna(cap) else float(cap) / 100,
        None if pd.isna(years) else max(1, round(float(years))),
        "" if pd.isna(row["legal_basis"]) else str(row["legal_basis"]),
        _day(row["window_start"]),
        _day(row["window_end"]),
        tuple(s for s in (row["stages"] or ()) if s in STAGES),
        (str(row["state"]),) if pd.notna(row["state"]) else (),
        f"{row_id}" if group == "grant" else group,
        nif,
        ("research", "duty", *(("IN-33",) if nif else ())),
        str(row["status"]),
        benefit == "grant",
        str(row["basis"]),
        (case.ref("incentives", row_id, "rate_value"),),
        "" if pd.isna(row["conditions"]) else str(row["conditions"]),
    )


def _day(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)


def _royalties(case: Case) -> tuple[Royalty, ...]:
    """Royalties in force, by state; a row names its state in `state` or in its text."""
    rows = case.table("policies")
    here = rows[(rows["instrument"] == "royalty") & (rows["status"] == "in_force")]
    column = "country_iso3" if "country_iso3" in here else "country"
    found = []
    for row_id, row in here[here[column].astype(str) == case.country].iterrows():
        state = _state_of(row)
        if state is None or pd.isna(row["rate_value"]):
            continue
        q = case.quantity("policies", str(row_id), "rate_value")
        assert q.value is not None
        rate = Quantity(q.value / 100, "share", basis=q.basis, refs=q.refs)
        found.append(Royalty(f"state:{state}", rate, refs=q.refs))
    return tuple(found)


STATES = {
    "Johor": "MY-01", "Kedah": "MY-02", "Kelantan": "MY-03", "Melaka": "MY-04", "Negeri Sembilan": "MY-05",
    "Pahang": "MY-06", "Pulau Pinang": "MY-07", "Perak": "MY-08", "Perlis": "MY-09", "Selangor": "MY-10",
    "Terengganu": "MY-11", "Sabah": "MY-12", "Sarawak": "MY-13",
}  # fmt: skip
"""Malaysian states by ISO 3166-2 code."""


def _state_of(row: pd.Series) -> str | None:
    for column in ("state", "states"):
        value = row.get(column)
        if isinstance(value, tuple) and value:
            return str(value[0])
        if isinstance(value, str) and value:
            return value
    text = " ".join(str(row.get(c, "")) for c in ("authority", "rate_or_size", "rate_text", "legal_basis"))
    return next((code for name, code in STATES.items() if name in text), None)
