"""Deposits: estimates side by side, compositions, and what of them is heavy.

National estimates are never reduced to one number, and states are parts of one of them: neither enters a sum here.
Of what the tonnes are (oxide, carbonate, not stated) stands beside each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.case import Case
from gadolin.elements import ELEMENTS, GROUPS
from gadolin.quantity import Fact, Quantity, span, weakest

__all__ = ["Composition", "Deposits", "Estimate", "compositions", "deposits"]


@dataclass(frozen=True)
class Estimate:
    """One estimate of one body by one source."""

    row_id: str
    deposit_id: str
    name: str
    level: str
    states: tuple[str, ...]
    tonnes: Quantity
    kind: str
    category: Fact
    status: Fact
    part_of: str | None

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "row_id": self.row_id,
            "deposit_id": self.deposit_id,
            "name": self.name,
            "level": self.level,
            "states": list(self.states),
            "tonnes": self.tonnes.as_dict(),
            "kind": self.kind,
            "category": self.category.as_dict(),
            "status": self.status.as_dict(),
            "part_of": self.part_of,
        }


@dataclass(frozen=True)
class Composition:
    """Share of each element in the rare earths of one vector. [% of TREO, oxide mass, made to add to 100]."""

    deposit_id: str
    vector_id: str
    material: str
    shares_pct: Mapping[str, Quantity]
    heavy_pct: Quantity
    magnet_pct: Quantity
    basis: str
    sum_pct: float
    flagged: bool

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "deposit_id": self.deposit_id,
            "vector_id": self.vector_id,
            "material": self.material,
            "shares_pct": {k: v.as_dict() for k, v in self.shares_pct.items()},
            "heavy_pct": self.heavy_pct.as_dict(),
            "magnet_pct": self.magnet_pct.as_dict(),
            "basis": self.basis,
            "off_100_pct": self.sum_pct - 100 if self.flagged else 0.0,
        }


@dataclass(frozen=True)
class Deposits:
    """What is known of a country's ore."""

    estimates: tuple[Estimate, ...]
    facts: tuple[tuple[str, str, Quantity], ...]
    """(row of the estimate, what it says, how much)."""
    recovery_share: Quantity
    compositions: tuple[Composition, ...]

    @property
    def national(self) -> tuple[Estimate, ...]:
        """National estimates with tonnes, side by side."""
        return tuple(e for e in self.estimates if e.level == "national" and e.tonnes.known)

    def recoverable(self, estimate: Estimate) -> Quantity:
        """In-ground tonnes times the reported yields of in-situ leaching; their span is the range."""
        return estimate.tonnes.times(self.recovery_share, estimate.tonnes.unit)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "national": [e.as_dict() | {"recoverable": self.recoverable(e).as_dict()} for e in self.national],
            "by_state": [e.as_dict() for e in self.estimates if e.level == "state"],
            "bodies": [e.as_dict() for e in self.estimates if e.level in ("project", "occurrence")],
            "facts": [{"about": a, "what": w, "quantity": q.as_dict()} for a, w, q in self.facts],
            "recovery_share": self.recovery_share.as_dict(),
            "compositions": [c.as_dict() for c in self.compositions],
        }


def deposits(case: Case) -> Deposits:
    """The deposits of the case's country.

    Args:
        case: A loaded case.
    """
    frame = case.table("deposits")
    rows = frame[frame["country_iso3"] == case.country]
    facts = case.table("deposit_facts")
    own = facts[facts["deposit_row"].isin(rows.index)]
    listed = tuple(
        (str(own.at[i, "deposit_row"]), _words(own, i), case.quantity("deposit_facts", i, "quantity_value"))
        for i in own.index
    )
    return Deposits(
        tuple(_estimate(case, i, rows.loc[i]) for i in rows.index),
        listed,
        _recovery(case),
        tuple(compositions(case, rows["deposit_id"].unique())),
    )


def _words(facts: pd.DataFrame, row_id: str) -> str:
    what = str(facts.at[row_id, "fact"]).replace("_", " ")
    about = facts.at[row_id, "about"]
    return what if pd.isna(about) else f"{what} ({about})"


def _estimate(case: Case, row_id: str, row: Any) -> Estimate:
    def fact(column: str) -> Fact:
        text = "not stated" if pd.isna(row[column]) else str(row[column])
        return Fact(text, (case.ref("deposits", row_id, column),), str(row["basis"]))

    return Estimate(
        row_id,
        str(row["deposit_id"]),
        str(row["name"]),
        str(row["level"]),
        tuple(row["state_iso3166_2"]),
        case.quantity("deposits", row_id, "resource_value"),
        str(row["estimate_kind"]),
        fact("resource_category"),
        fact("status"),
        None if pd.isna(row["part_of"]) else str(row["part_of"]),
    )


def _recovery(case: Case) -> Quantity:
    """Span of reported recoveries of leaching clay, of field and of trial."""
    frame = case.table("unit_operations")
    rows = frame[(frame["step"] == "mining") & (frame["yield_kind"] == "recovery") & frame["yield_pct"].notna()]
    found = [case.quantity("unit_operations", str(i), "yield_pct") for i in rows.index]
    spanned = span(found, "%", "no yield of leaching is reported")
    if spanned.value is None:
        return Quantity.missing("share", spanned.reason or "not reported")
    low, high = (None if end is None else end / 100 for end in (spanned.low, spanned.high))
    what = "span of reported recoveries of leaching clays, in the field and in trials; not of this ore"
    return Quantity(spanned.value / 100, "share", low, high, "derived", spanned.refs, what)


def compositions(case: Case, ids: Any) -> list[Composition]:
    """Composition vectors of deposits; a printed blank stays missing, it is not zero.

    Args:
        case: A loaded case.
        ids: Deposit ids.
    """
    frame = case.table("deposit_composition")
    chosen = frame[frame["deposit_id"].isin(list(ids))]
    found = []
    for (deposit_id, vector_id), rows in chosen.groupby(["deposit_id", "vector_id"], sort=True):
        by_element = {str(rows.at[i, "element"]): str(i) for i in rows.index}
        shares = {
            e: case.quantity("deposit_composition", by_element[e], "share_norm_pct")
            if e in by_element
            else Quantity.missing("%", "not in the vector")
            for e in ELEMENTS
        }
        first: Any = rows.iloc[0]
        found.append(
            Composition(
                str(deposit_id),
                str(vector_id),
                str(first["material"]),
                shares,
                _sum(shares, GROUPS["heavy"]),
                _sum(shares, ("Pr", "Nd", "Tb", "Dy")),
                weakest(set(rows["basis"])),
                float(first["vector_sum_pct"]),
                bool(first["off_100"]),
            )
        )
    return found


def _sum(shares: Mapping[str, Quantity], elements: tuple[str, ...]) -> Quantity:
    known = [shares[e] for e in elements if shares[e].value is not None]
    refs = tuple(ref for q in known for ref in q.refs)
    missing = [e for e in elements if shares[e].value is None]
    if not known:
        return Quantity.missing("%", "no share of these elements is reported")
    note = f"without {', '.join(missing)}, which the source does not give" if missing else None
    ranged = any(q.low is not None or q.high is not None for q in known)
    low = sum(q.value if q.low is None else q.low for q in known if q.value is not None) if ranged else None
    high = sum(q.value if q.high is None else q.high for q in known if q.value is not None) if ranged else None
    value = sum(q.value for q in known if q.value is not None)
    return Quantity(value, "%", low, high, weakest([*(q.basis for q in known if q.basis)]), refs, note)
