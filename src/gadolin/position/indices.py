"""Indices of others for any region of the market: HHI by stage, GeoPolRisk, supply risk of the EU.

They stand beside the losses of the risk room and never inside. SR is taken without recycling and substitution
(both would lower it) and with t = 1; imports are gross tonnes of all headings against mine output in REO, as the
trade data allow. EI is as the European Union prints it for its own economy, beside the SR it prints; an EI of another
region needs value added by sector and use by sector, which no table holds.
"""

from __future__ import annotations

import pandas as pd

from gadolin.case import Case
from gadolin.position.dependence import dependence, geopolrisk_inputs
from gadolin.quantity import Quantity
from gadolin.risk import EUSourcing, eu_supply_risk, geopolrisk

__all__ = ["indices"]

MISSING_GOVERNANCE_SHARE = 0.5
"""Risk of a supplier without a governance value, as GeoPolRisk takes it."""


def indices(case: Case, name: str, members: tuple[str, ...]) -> dict[str, Quantity]:
    """HHI of mine and separation, GeoPolRisk and SR of a region for the newest year; SR and EI as the EU prints them.

    Args:
        case: A loaded case.
        name: How the region is called.
        members: Its countries, ISO3.

    Returns:
        By name of the index with its year.
    """
    trade, production, governance = geopolrisk_inputs(case)
    found: dict[str, Quantity] = {}
    if len(trade) and len(production):
        scored = geopolrisk(trade, production, governance, {name: list(members)}).loc[name].dropna(subset=["score"])
        if len(scored):
            year, row = int(scored.index[-1]), scored.iloc[-1]
            tables = ("mine_production_wmd", "trade", "governance")
            found[f"HHI mine {year}"] = _index(float(row["hhi"]), tables[:1])
            found[f"GeoPolRisk {year}"] = _index(float(row["score"]), tables)
            risk = _supply_risk(trade, production, governance, members, year)
            found[f"EU SR mine {year}"] = _index(risk, tables)
    for group in dependence(case).groups:
        key = f"HHI separation {group.year}"
        if group.stage == "separation" and group.complete and not group.projection and key not in found:
            found[key] = group.hhi
    return found | _printed(case)


def _printed(case: Case) -> dict[str, Quantity]:
    """SR and EI of the newest list of the European Union, for its own economy; EI with why it is missing."""
    rows = case.table("criticality_eu")
    if rows.empty:
        reason = "no list of the EU was known on that day; risk.eu_economic_importance takes your own uses and sectors"
        return {"EU EI": Quantity.missing("index", reason)}
    newest = rows[rows.year == rows.year.max()]
    found: dict[str, Quantity] = {}
    for row_id, row in newest.iterrows():
        for short, column in (("SR", "supply_risk_index"), ("EI", "economic_importance_index")):
            ref = f"criticality_eu:{row_id}:{column}"
            found[f"EU list {row['year']} {short} {row['product_group']}"] = Quantity(
                float(row[column]), "index", basis=str(row["basis"]), refs=(ref,), reason="of the EU's own economy"
            )
    return found


def _index(value: float, tables: tuple[str, ...]) -> Quantity:
    what = f"computed from the tables {', '.join(tables)}"
    return Quantity(value, "index", basis="derived", reason=what)


def _supply_risk(
    trade: pd.DataFrame, production: pd.DataFrame, governance: pd.DataFrame, members: tuple[str, ...], year: int
) -> float:
    """SR at the mine in a year, without recycling and substitution."""
    mined = production[production.year == year].groupby("country_iso3").production_t_reo.sum()
    now = trade[trade.year == year].dropna(subset=["quantity_t_gross"])
    inward = now[now.importer_iso3.isin(members) & ~now.exporter_iso3.isin(members)]
    outward = now[now.exporter_iso3.isin(members) & ~now.importer_iso3.isin(members)]
    bought = inward.groupby("exporter_iso3", observed=True).quantity_t_gross.sum()
    own = mined[mined.index.isin(members)]
    supplied = pd.concat([bought, own]).groupby(level=0).sum()
    net = float(bought.sum()) - float(outward.quantity_t_gross.sum())
    used = float(own.sum()) + net
    reliance = min(max(net / used, 0.0), 1.0) if used > 0 else 0.0
    known = governance[governance.year == governance.year[governance.year <= year].max()]
    risk = known.set_index("country_iso3").risk_share
    suppliers = sorted({*map(str, mined.index), *map(str, supplied.index)})
    graded = {s: 10 * float(risk.get(s, MISSING_GOVERNANCE_SHARE)) for s in suppliers}
    return eu_supply_risk(
        {str(c): float(v) for c, v in (mined / mined.sum()).items()},
        {str(c): float(v) for c, v in (supplied / supplied.sum()).items()} if supplied.sum() > 0 else {},
        graded,
        EUSourcing(reliance),
    )
