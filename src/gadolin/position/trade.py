"""Trade of the case country by code, partner and year, with unit values and with what six digits cannot tell.

Quantities are gross product weight as declared and reconciled by BACI; they are never added to tonnes of oxide.
Rows on the list of odd points are counted and named, not dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.case import Case
from gadolin.quantity import Quantity

__all__ = ["CANNOT_TELL", "Trade", "TradeLine", "trade"]

CANNOT_TELL = {
    "280530": "metals and alloys; the heading also carries concentrate that Australia sends to Malaysia",
    "284610": "cerium compounds of any purity, raw or finished",
    "284690": "raw mixed carbonate and separated oxides alike, of every element",
}
"""What a six-digit code hides."""

FLOWS = (("export", "exporter_iso3", "importer_iso3"), ("import", "importer_iso3", "exporter_iso3"))
NOT_COVERED = (
    "Ore (2530.90, 2612.20) and magnets (8505.11) are not in this table; the weight is gross, not oxide; "
    "re-exports count like exports."
)


@dataclass(frozen=True)
class TradeLine:
    """One flow, code and year, summed over its rows, or with one partner."""

    flow: str
    hs6: str
    year: int
    partner: str | None
    quantity: Quantity
    value: Quantity
    unit_value: Quantity
    flagged: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "flow": self.flow,
            "hs6": self.hs6,
            "year": self.year,
            "partner": self.partner,
            "quantity": self.quantity.as_dict(),
            "value": self.value.as_dict(),
            "unit_value": self.unit_value.as_dict(),
            "flagged": list(self.flagged),
        }


@dataclass(frozen=True)
class Trade:
    """Totals by year, and partners in the last year."""

    totals: tuple[TradeLine, ...]
    partners: tuple[TradeLine, ...]
    last_year: int | None

    def line(self, flow: str, hs6: str, year: int) -> TradeLine | None:
        """The total of a flow, code and year."""
        return next((t for t in self.totals if (t.flow, t.hs6, t.year) == (flow, hs6, year)), None)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "last_year": self.last_year,
            "totals": [t.as_dict() for t in self.totals],
            "partners": [t.as_dict() for t in self.partners],
            "cannot_tell": CANNOT_TELL,
            "not_covered": NOT_COVERED,
        }


def trade(case: Case, years: int = 10) -> Trade:
    """Exports and imports of the case's country.

    Args:
        case: A loaded case.
        years: How many years back from the last one. [years]
    """
    frame = case.table("trade")
    if frame.empty:
        return Trade((), (), None)
    last = int(frame["year"].max())
    frame = frame[frame["year"] > last - years]
    flags = set(case.table("trade_flags")["trade_id"])
    totals, partners = [], []
    for flow, own, other in (
        ("export", "exporter_iso3", "importer_iso3"),
        ("import", "importer_iso3", "exporter_iso3"),
    ):
        rows = frame[frame[own] == case.country]
        for (hs6, year), group in rows.groupby(["hs6", "year"], observed=True):
            totals.append(_line(case, flow, str(hs6), int(year), None, group, flags))
        for (hs6, partner), group in rows[rows["year"] == last].groupby(["hs6", other], observed=True):
            partners.append(_line(case, flow, str(hs6), last, str(partner), group, flags))
    return Trade(tuple(totals), tuple(sorted(partners, key=lambda t: -(t.value.value or 0))), last)


def _line(
    case: Case, flow: str, hs6: str, year: int, partner: str | None, rows: pd.DataFrame, flags: set[str]
) -> TradeLine:
    refs = tuple(case.ref("trade", str(i), "quantity_t_gross") for i in rows.index)
    value_refs = tuple(case.ref("trade", str(i), "value_kusd") for i in rows.index)
    weighed = rows["quantity_t_gross"].dropna()
    note = None
    if len(weighed) < len(rows):
        note = f"lower bound: {len(rows) - len(weighed)} of {len(rows)} rows have no weight"
    if len(weighed):
        quantity = Quantity(float(weighed.sum()), "t gross", None, None, "derived", refs, note)
        priced = float(rows.loc[weighed.index, "value_kusd"].sum())
        per_kg = priced / float(weighed.sum()) if weighed.sum() > 0 else None
    else:
        quantity, per_kg = Quantity.missing("t gross", "no weight is recorded", refs), None
    unit_value = (
        Quantity.missing("USD/kg", "no weight is recorded", refs)
        if per_kg is None
        else Quantity(per_kg, "USD/kg", None, None, "derived", (*refs, *value_refs), "of rows that have a weight")
    )
    value = Quantity(float(rows["value_kusd"].sum()), "thousand USD", None, None, "derived", value_refs)
    return TradeLine(
        flow, hs6, year, partner, quantity, value, unit_value, tuple(str(i) for i in rows.index if i in flags)
    )
