"""Others' indices, as they publish them; our own corrections stand beside them, never inside.

GeoPolRisk (Gemechu, Sonnemann and Young 2017, doi:10.1007/s11367-015-0917-4; program geopolrisk-py 2.0.1):

    score_c = HHI of mine output * sum_i(q_ic g_i) / (sum_i q_ic + own mine output)

q_ic imports of country c from i (gross tonnes), g_i political instability (0 to 1). It sees where ore is dug, and is
blind for where it is separated; `stage_hhi` puts the HHI of another stage in its place. EU 2024/1252 asks that no
third country supplies more than 65 % of yearly use at any stage, and that 10, 40 and 25 % are mined, processed and
recycled at home.

Supply risk and economic importance of the EU (SR, EI; method of 2017): SR weighs the concentration of the world's and
of one's own suppliers, each with its governance, by import reliance; EI weighs uses by the value added of their
sectors. The form of SR is from memory; its factor t for export restrictions is 1 unless the caller gives one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gadolin.errors import Fault, InputError

__all__ = [
    "COPPER_USD_PER_KG",
    "EUSourcing",
    "GeoPolRiskRules",
    "ceiling_test",
    "eu_economic_importance",
    "eu_supply_risk",
    "geopolrisk",
]

UNITS = {"EUSourcing.substitution_index": "index, 0 to 1"}

COPPER_USD_PER_KG = 0.409412948
"""Copper reference of the characterisation factor, as the peer computes it: risk times price of copper."""


@dataclass(frozen=True)
class GeoPolRiskRules:
    """Choices of the peer, each switchable.

    Args:
        missing_risk_share: Risk of a supplier without a governance value. [0-1]
        treated_as_missing: Suppliers whose value is not used although there is one.
        members_are_safe: A group's imports from its own members carry no risk (for the group, never for a member).
    """

    missing_risk_share: float = 0.5
    treated_as_missing: tuple[str, ...] = ("TWN",)
    members_are_safe: bool = True


def geopolrisk(
    trade: pd.DataFrame,
    production: pd.DataFrame,
    governance: pd.DataFrame,
    entities: Mapping[str, Sequence[str]],
    rules: GeoPolRiskRules | None = None,
    stage_hhi: Mapping[int, float] | None = None,
) -> pd.DataFrame:
    """GeoPolRisk of countries and groups by year.

    Args:
        trade: Columns year, exporter_iso3, importer_iso3, quantity_t_gross, value_kusd. A row
            without a quantity adds its value to the unit value and no tonnes, as the peer computes it.
        production: Columns year, country_iso3, production_t_reo.
        governance: Columns year, country_iso3, risk_share.
        entities: Members of each entity; a country is `{"MYS": ["MYS"]}`.
        rules: Choices of the method.
        stage_hhi: HHI by year of the stage that made the traded good, in place of the mine's.

    Returns:
        Index (entity, year), columns hhi, import_risk_share, score, unit_value_usd_per_kg, cf (kg Cu-eq/kg).

    Raises:
        InputError: A year of trade has no production.

    >>> year = {"year": 2020}
    >>> trade = pd.DataFrame([year | dict(exporter_iso3="A", importer_iso3="B", quantity_t_gross=1.0, value_kusd=2.0)])
    >>> mined = pd.DataFrame([year | dict(country_iso3="A", production_t_reo=1.0)])
    >>> risk = pd.DataFrame([year | dict(country_iso3="A", risk_share=0.25)])
    >>> float(geopolrisk(trade, mined, risk, {"B": ["B"]}).loc[("B", 2020), "score"])
    0.25
    """
    rules = rules or GeoPolRiskRules()
    years = sorted(set(production["year"]) & set(trade["year"]))
    if not years:
        raise InputError("no year has both trade and mine production")
    totals = production.groupby("year")["production_t_reo"].sum()
    index = (production.assign(sq=production["production_t_reo"] ** 2).groupby("year")["sq"].sum()) / totals**2
    hhi = {int(y): float(index[y]) for y in years} if stage_hhi is None else dict(stage_hhi)
    used = _with_risk(trade[trade["year"].isin(years)], governance, rules)
    rows = [_entity(name, list(members), used, production, hhi, years, rules) for name, members in entities.items()]
    return pd.concat(rows)


def _with_risk(trade: pd.DataFrame, governance: pd.DataFrame, rules: GeoPolRiskRules) -> pd.DataFrame:
    """Trade with the risk of each supplier; joined by (year, country), exactly."""
    known = governance[~governance["country_iso3"].isin(rules.treated_as_missing)]
    risk = known.set_index(["year", "country_iso3"])["risk_share"]
    used = trade.copy()
    keys = pd.MultiIndex.from_arrays([used["year"], used["exporter_iso3"]])
    found = risk.reindex(keys).to_numpy(dtype=float, copy=True)
    found[np.isnan(found)] = rules.missing_risk_share
    used["q"] = used["quantity_t_gross"].fillna(0.0)  # a row without a quantity adds its value and no tonnes
    used["w"] = used["q"].to_numpy() * found
    return used


def _entity(
    name: str,
    members: list[str],
    used: pd.DataFrame,
    production: pd.DataFrame,
    hhi: Mapping[int, float],
    years: list[int],
    rules: GeoPolRiskRules,
) -> pd.DataFrame:
    imports = used[used["importer_iso3"].isin(members)][["year", "exporter_iso3", "q", "w", "value_kusd"]]
    if rules.members_are_safe and len(members) > 1:
        imports.loc[imports["exporter_iso3"].isin(members), "w"] = 0.0
    sums = imports.drop(columns="exporter_iso3").groupby("year").sum().reindex(years, fill_value=0.0)
    mined = production[production["country_iso3"].isin(members)]
    own = mined.groupby("year")["production_t_reo"].sum().reindex(years, fill_value=0.0).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        risk = sums["w"].to_numpy() / (sums["q"].to_numpy() + own)
        unit_value = sums["value_kusd"].to_numpy() / sums["q"].to_numpy()
    index = np.array([hhi.get(y, np.nan) for y in years])
    frame = pd.DataFrame(
        {
            "hhi": index,
            "import_risk_share": risk,
            "score": index * risk,
            "unit_value_usd_per_kg": unit_value,
            "cf": index * risk * unit_value / COPPER_USD_PER_KG,
        },
        index=pd.MultiIndex.from_product([[name], years], names=["entity", "year"]),
    )
    return frame


@dataclass(frozen=True)
class EUSourcing:
    """What SR asks beside the two sets of shares.

    Args:
        import_reliance_share: Net imports over use, 0 to 1; net exporters are 0. [share]
        recycling_share: End-of-life recycling input rate. [share]
        substitution_index: 1 where nothing replaces the material, lower where something does. [index]
        trade_factor: Factor t by supplier: above 1 where it restricts exports, below 1 where an agreement holds.
    """

    import_reliance_share: float
    recycling_share: float = 0.0
    substitution_index: float = 1.0
    trade_factor: Mapping[str, float] | None = None

    def __post_init__(self) -> None:
        for name in ("import_reliance_share", "recycling_share", "substitution_index"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(Fault("must lie in 0 to 1", field=name, value=getattr(self, name)))


def eu_supply_risk(
    world_shares: Mapping[str, float],
    own_sourcing: Mapping[str, float],
    governance_index: Mapping[str, float],
    sourcing: EUSourcing,
) -> float:
    """Supply risk SR of the EU's list of critical raw materials; above 1 counts as a risk there.

    SR = (IR/2 GS + (1 - IR/2) S) (1 - EoLRIR) SI, with GS and S the sums of share^2 x WGI x t.

    Args:
        world_shares: Share of each producer in the world, at one stage. [share]
        own_sourcing: Share of each supplier, at home or abroad, in one's own sourcing. [share]
        governance_index: Governance of each, 0 (best) to 10. [index]
        sourcing: Import reliance, recycling, substitution and trade factors.

    Returns:
        SR, 0 to 10.

    Raises:
        InputError: Shares that add to more than 1; a supplier without governance.

    References:
        Blengini et al. 2017, EUR 28654 (form from memory).

    >>> eu_supply_risk({"CHN": 1.0}, {"CHN": 1.0}, {"CHN": 6.0}, EUSourcing(1.0))
    6.0
    """
    faults = [
        Fault("has no governance index", field="governance_index", value=s)
        for s in sorted({*world_shares, *own_sourcing} - set(governance_index))
    ]
    for name, shares in (("world_shares", world_shares), ("own_sourcing", own_sourcing)):
        if min(shares.values(), default=0.0) < 0 or sum(shares.values()) > 1.015:
            faults.append(Fault("shares must not be negative, nor add to more than 1", field=name))
    if faults:
        raise InputError(faults)
    factor = sourcing.trade_factor or {}

    def concentration(shares: Mapping[str, float]) -> float:
        return sum(v**2 * governance_index[s] * factor.get(s, 1.0) for s, v in shares.items())

    half = sourcing.import_reliance_share / 2
    mixed = half * concentration(world_shares) + (1 - half) * concentration(own_sourcing)
    return mixed * (1 - sourcing.recycling_share) * sourcing.substitution_index


def eu_economic_importance(
    use_shares: Mapping[str, float], value_added_index: Mapping[str, float], substitution_index: float = 1.0
) -> float:
    """Economic importance EI of the EU's list: uses weighed by the value added of their sectors.

    Args:
        use_shares: Share of each sector in use. [share]
        value_added_index: Value added of each sector, scaled 0 to 10. [index]
        substitution_index: 1 where nothing replaces the material. [index]

    Returns:
        EI, 0 to 10; above 2.8 counts as important there.

    Raises:
        InputError: A sector without value added; shares that add to more than 1.

    References:
        https://rmis.jrc.ec.europa.eu/?page=jrc-revised-methodology-economic-importance-924e6b

    >>> eu_economic_importance({"C27": 0.5, "C29": 0.5}, {"C27": 4.0, "C29": 8.0})
    6.0
    """
    bare = sorted(set(use_shares) - set(value_added_index))
    if bare:
        raise InputError([Fault("has no value added", field="value_added_index", value=s) for s in bare])
    if min(use_shares.values(), default=0.0) < 0 or sum(use_shares.values()) > 1.015:
        raise InputError(Fault("shares must not be negative, nor add to more than 1", field="use_shares"))
    return sum(v * value_added_index[s] for s, v in use_shares.items()) * substitution_index


def ceiling_test(share: float, ceiling: float = 0.65) -> bool:
    """Whether a supplier's share keeps below a ceiling (EU 2024/1252: 65 % of yearly use from one third country).

    Args:
        share: Share of the largest single third country. [0-1]
        ceiling: Ceiling. [0-1]

    >>> ceiling_test(0.61), ceiling_test(0.91)
    (True, False)
    """
    return share <= ceiling
