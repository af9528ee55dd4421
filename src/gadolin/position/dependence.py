"""Dependence on one supplier, each number within one definition and one source.

HHI and leading share come from tables of shares; where the named shares leave a rest, the HHI is an interval.
"90 % of processing" differs by definition, so every definition on record stands beside the others. GeoPolRisk is
given as its authors compute it (`geopolrisk`), and beside it with the concentration of separation in place of the
mine's (`geopolrisk_stage`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.case import Case
from gadolin.quantity import Quantity, weakest
from gadolin.risk import ceiling_test, geopolrisk, hhi, top_share
from gadolin.risk.shares import as_quantity

__all__ = ["Dependence", "ShareGroup", "ceilings", "dependence", "geopolrisk_inputs"]

EU_CEILING_SHARE = 0.65


@dataclass(frozen=True)
class ShareGroup:
    """Shares of one year, stage, scope and source."""

    group_id: str
    year: int
    stage: str
    scope: str
    complete: bool
    projection: bool
    hhi: Quantity
    top_country: str
    top: Quantity
    leading: Quantity

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "group": self.group_id,
            "year": self.year,
            "stage": self.stage,
            "scope": self.scope,
            "complete": self.complete,
            "projection": self.projection,
            "hhi": self.hhi.as_dict(),
            "top_country": self.top_country,
            "top_share": self.top.as_dict(),
            "leading_country_share": self.leading.as_dict(),
        }


@dataclass(frozen=True)
class Ceiling:
    """The largest single third country at a stage, held against a ceiling."""

    what: str
    supplier: str
    share: Quantity
    within: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "what": self.what,
            "supplier": self.supplier,
            "share": self.share.as_dict(),
            "ceiling_share": EU_CEILING_SHARE,
            "within": self.within,
        }


@dataclass(frozen=True)
class Dependence:
    """All measures of dependence, side by side; never one composite."""

    leading_country: str
    groups: tuple[ShareGroup, ...]
    geopolrisk: dict[str, float | None]
    geopolrisk_stage: dict[str, Quantity]
    eu65: tuple[Ceiling, ...]

    def leading_by_definition(self, stage: str) -> tuple[ShareGroup, ...]:
        """Groups of a stage in which the leading country's share is known, latest first."""
        found = [g for g in self.groups if g.stage == stage and g.leading.known and not g.projection]
        return tuple(sorted(found, key=lambda g: (-g.year, g.scope)))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "leading_country": self.leading_country,
            "hhi": [g.as_dict() for g in self.groups],
            "geopolrisk": self.geopolrisk,
            "geopolrisk_stage": {y: q.as_dict() for y, q in self.geopolrisk_stage.items()},
            "eu65": [c.as_dict() for c in self.eu65],
        }


def dependence(case: Case) -> Dependence:
    """Dependence of the case's country and of the world.

    Args:
        case: A loaded case.
    """
    groups = _groups(case)
    trade, production, governance = geopolrisk_inputs(case)
    scores: dict[str, float | None] = {}
    staged: dict[str, Quantity] = {}
    if len(trade) and len(production):
        found = geopolrisk(trade, production, governance, {case.country: [case.country]}).loc[case.country]
        scores = {str(y): None if pd.isna(v) else float(v) for y, v in found["score"].items()}
        staged = _staged(groups, {int(y): float(v) for y, v in found["import_risk_share"].items()})
    return Dependence(
        case.settings.position.leading_country, groups, scores, staged, tuple(ceilings(case, groups, trade))
    )


def geopolrisk_inputs(case: Case) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Trade, mine output and governance with the columns that the risk room asks for."""
    trade = case.table("trade")[["year", "exporter_iso3", "importer_iso3", "quantity_t_gross", "value_kusd"]]
    mined = case.table("mine_production_wmd")[["year", "country_iso3", "output_t_reo"]]
    stability = case.table("governance")
    stability = stability[stability["country_iso3"].notna()]
    risk = stability[["year", "country_iso3", "stability_risk_index"]]
    return (
        trade,
        mined.rename(columns={"output_t_reo": "production_t_reo"}),
        risk.rename(columns={"stability_risk_index": "risk_share"}),
    )


def _groups(case: Case) -> tuple[ShareGroup, ...]:
    frame = case.table("processing_shares")
    world = frame[(frame["share_of"] == "world") & (frame["role"] == "country") & frame["stage"].notna()]
    found = []
    for group_id, rows in world.groupby("group_id", sort=True):
        shares = {str(rows.at[i, "country_iso3"]): _share(case, str(i), rows.loc[i]) for i in rows.index}
        if not any(s.value is not None for s in shares.values()):
            continue
        first: Any = rows.iloc[0]
        group = "" if pd.isna(first["product_group"]) or first["product_group"] == "all" else first["product_group"]
        name, top = top_share(shares)
        leading = shares.get(
            case.settings.position.leading_country, Quantity.missing("share", "not named in this source")
        )
        found.append(
            ShareGroup(
                str(group_id),
                int(first["year"]),
                f"{first['stage']}{'_' + group if group else ''}",
                str(first["product_scope"]),
                bool(first["group_complete"]),
                bool(rows["projection"].any()),
                as_quantity(hhi(shares), shares),
                name,
                top,
                leading,
            )
        )
    return tuple(sorted(found, key=lambda g: (g.stage, -g.year, g.group_id)))


def _share(case: Case, row_id: str, row: Any) -> Quantity:
    """A share as 0 to 1; a printed range without a value has its middle, and says so."""
    printed = case.quantity("processing_shares", row_id, "share_pct")
    if printed.value is not None:
        low, high = (None if e is None else e / 100 for e in (printed.low, printed.high))
        return Quantity(printed.value / 100, "share", low, high, printed.basis, printed.refs)
    low, high = row["share_pct_low"], row["share_pct_high"]
    if pd.isna(low) or pd.isna(high):
        return Quantity.missing("share", printed.reason or "not reported", printed.refs)
    refs = tuple(case.ref("processing_shares", row_id, f"share_pct_{e}") for e in ("low", "high"))
    return Quantity((low + high) / 200, "share", low / 100, high / 100, weakest([row["basis"], "derived"]), refs,
                    "middle of the printed range")  # fmt: skip


def _staged(groups: tuple[ShareGroup, ...], import_risk: dict[int, float]) -> dict[str, Quantity]:
    """GeoPolRisk with the HHI of separation, in the years for which one complete table of shares exists."""
    staged: dict[str, Quantity] = {}
    for group in groups:
        risk = import_risk.get(group.year, float("nan"))
        if group.stage != "separation" or not group.complete or group.hhi.value is None or pd.isna(risk):
            continue
        low, high = (risk * (group.hhi.value if e is None else e) for e in (group.hhi.low, group.hhi.high))
        what = f"HHI of {group.scope}, separation, in place of the mine's"
        staged[str(group.year)] = Quantity(risk * group.hhi.value, "index", low, high, "derived", group.hhi.refs, what)
    return staged


def ceilings(case: Case, groups: tuple[ShareGroup, ...], trade: pd.DataFrame) -> list[Ceiling]:
    """Largest single third country: of world supply by stage, and of the country's own imports by code.

    Args:
        case: A loaded case.
        groups: Share tables.
        trade: Trade rows.
    """
    found = []
    latest: dict[str, ShareGroup] = {}
    for group in groups:
        if (
            group.complete
            and not group.projection
            and (group.stage not in latest or latest[group.stage].year < group.year)
        ):
            latest[group.stage] = group
    for stage, group in sorted(latest.items()):
        if group.top.value is not None:
            what = f"world supply, {stage}, {group.scope}, {group.year}"
            found.append(Ceiling(what, group.top_country, group.top, ceiling_test(group.top.value, EU_CEILING_SHARE)))
    table = case.table("trade")
    if len(trade):
        last = int(table["year"].max())
        own = table[(table["importer_iso3"] == case.country) & (table["year"] == last)]
        for hs6, rows in own.groupby("hs6", observed=True):
            weights = rows.groupby("exporter_iso3", observed=True)["quantity_t_gross"].sum()
            total = float(weights.sum())
            if total <= 0:
                continue
            supplier = str(weights.idxmax())
            refs = tuple(case.ref("trade", str(i), "quantity_t_gross") for i in rows.index)
            share = Quantity(float(weights.max()) / total, "share", None, None, "derived", refs)
            found.append(
                Ceiling(
                    f"own imports, HS {hs6}, {last}, by gross weight",
                    supplier,
                    share,
                    ceiling_test(float(weights.max()) / total, EU_CEILING_SHARE),
                )
            )
    return found
