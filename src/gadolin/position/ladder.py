"""The capability ladder: what stands, is being built or planned at each rung from ore to magnet, and what is missing.

A rung is a stage (and product group). Capacities add only over facilities that may be added (`sum_ok`), within one
status and one unit; a blank capacity makes the sum a lower bound. Two rungs are no plants: people, and the right to
use technology.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from gadolin.case import Case
from gadolin.quantity import Fact, Quantity, weakest
from gadolin.row_units import ROW_UNITS

__all__ = ["RUNGS", "Ladder", "Rung", "ladder"]

RUNGS: tuple[tuple[str, str, str | None, str], ...] = (
    ("mine", "mine", None, "Mining"),
    ("cracking_leaching", "cracking_leaching", None, "Cracking and leaching"),
    ("separation_light", "separation", "light", "Separation, light"),
    ("separation_heavy", "separation", "heavy", "Separation, heavy"),
    ("metal", "metal", None, "Metal"),
    ("alloy", "alloy", None, "Alloy"),
    ("magnet", "magnet", None, "Magnet"),
    ("recycling", "recycling", None, "Recycling"),
)
"""(key, stage, product group, printed name) from ore to magnet and back."""

STATUS = ("operating", "construction", "planned", "suspended")
WORDS = {
    "own": "in place, owned at home",
    "foreign": "in place, owned abroad",
    "output": "output on record, plant and owner not",
    "construction": "being built",
    "planned": "planned",
    "missing": "missing",
}
"""Printed form of each state."""


@dataclass(frozen=True)
class Plant:
    """A facility on a rung."""

    row_id: str
    name: Fact
    owner: Fact
    owner_country: str | None
    status: str
    capacity: Quantity
    counted: bool


@dataclass(frozen=True)
class Rung:
    """One rung of the ladder.

    Args:
        key: Name in the JSON.
        title: Printed name.
        state: A key of `WORDS`.
        capacity: Sum by status and unit, `{status: {unit: Quantity}}`.
        plants: Facilities.
        gap: What is missing, in words.
    """

    key: str
    title: str
    state: str
    capacity: dict[str, dict[str, Quantity]]
    plants: tuple[Plant, ...]
    gap: Fact

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "rung": self.key,
            "title": self.title,
            "state": self.state,
            "capacity": {s: {u: q.as_dict() for u, q in by.items()} for s, by in self.capacity.items()},
            "plants": [
                {
                    "row_id": p.row_id,
                    "name": p.name.as_dict(),
                    "owner": p.owner.as_dict(),
                    "owner_country": p.owner_country,
                    "status": p.status,
                    "capacity": p.capacity.as_dict(),
                    "counted": p.counted,
                }
                for p in self.plants
            ],
            "gap": self.gap.as_dict(),
        }


@dataclass(frozen=True)
class Ladder:
    """All rungs, and the two that are no plants."""

    rungs: tuple[Rung, ...]
    people: tuple[tuple[str, Quantity], ...]
    technology: tuple[Fact, ...]

    def rung(self, key: str) -> Rung:
        """The rung of that key."""
        return next(r for r in self.rungs if r.key == key)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "rungs": [r.as_dict() for r in self.rungs],
            "people": [{"what": what, "quantity": q.as_dict()} for what, q in self.people],
            "technology": [f.as_dict() for f in self.technology],
        }


def ladder(case: Case) -> Ladder:
    """The capability ladder of the case's country.

    Args:
        case: A loaded case.
    """
    frame = case.table("facilities")
    own = frame[frame["country_iso3"] == case.country]
    return Ladder(tuple(_rung(case, own, *rung) for rung in RUNGS), people(case), technology(case))


def _rung(case: Case, own: pd.DataFrame, key: str, stage: str, group: str | None, title: str) -> Rung:
    rows = own[own["stage"] == stage]
    if group is not None:
        rows = rows[rows["product_group"].isin([group, "all"])]
    plants = tuple(_plant(case, str(i), rows.loc[i]) for i in rows.index)
    capacity: dict[str, dict[str, Quantity]] = {}
    for status in STATUS:
        found = rows[(rows["status"] == status) & rows["sum_ok"]]
        for unit, members in found.groupby("capacity_unit"):
            capacity.setdefault(status, {})[str(unit)] = add(case, [str(i) for i in members.index], str(unit))
    state = _state(case.country, plants)
    mined = _mined(case) if key == "mine" and state not in ("own", "foreign") else None
    if mined is not None:
        return Rung(key, title, "output", {"operating": {mined.unit: mined}}, plants, _output_only(case, mined))
    return Rung(key, title, state, capacity, plants, _gap(case, title, state, plants))


def _mined(case: Case) -> Quantity | None:
    """Mine output of the last year on record, where it is above zero."""
    frame = case.table("mine_production_wmd")
    rows = frame[(frame["country_iso3"] == case.country) & (frame["output_t_reo"] > 0)].sort_values("year")
    return None if rows.empty else case.quantity("mine_production_wmd", str(rows.index[-1]), "output_t_reo")


def _output_only(case: Case, mined: Quantity) -> Fact:
    name = case.settings.case.name
    return Fact(f"{name} mines, but no mine of it is on record with its owner", mined.refs, mined.basis or "derived")


def add(case: Case, row_ids: list[str], unit: str) -> Quantity:
    """Sum of facilities' capacities; a blank one makes it a lower bound, and that is said.

    Args:
        case: A loaded case.
        row_ids: Facilities of one stage, status and unit, all of which may be added.
        unit: Their unit.
    """
    found = [case.quantity("facilities", i, "capacity_value") for i in row_ids]
    known = [q for q in found if q.value is not None]
    refs = tuple(r for q in found for r in q.refs)
    unit = ROW_UNITS[unit]
    if not known:
        return Quantity.missing(unit, "capacity not reported", refs)
    value = sum(q.value for q in known if q.value is not None)
    blank = len(found) - len(known)
    note = f"lower bound: {blank} of {len(found)} capacities are not reported" if blank else None
    basis = weakest([*(q.basis for q in known if q.basis)])
    return Quantity(value, unit, None, None, basis, refs, note)


def _plant(case: Case, row_id: str, row: Any) -> Plant:
    def fact(column: str) -> Fact:
        text = "not known" if pd.isna(row[column]) else str(row[column])
        basis = "memory" if column in row["fields_from_memory"] else str(row["basis"])
        return Fact(text, (case.ref("facilities", row_id, column),), basis)

    owner = row["owner_country_iso3"]
    return Plant(
        row_id,
        fact("name"),
        fact("owner"),
        None if pd.isna(owner) else str(owner),
        str(row["status"]),
        case.quantity("facilities", row_id, "capacity_value"),
        bool(row["sum_ok"]),
    )


def _state(country: str, plants: tuple[Plant, ...]) -> str:
    running = [p for p in plants if p.status == "operating"]
    if running:
        return "own" if any(p.owner_country == country for p in running) else "foreign"
    for status in ("construction", "planned"):
        if any(p.status == status for p in plants):
            return status
    return "missing"


def _gap(case: Case, title: str, state: str, plants: tuple[Plant, ...]) -> Fact:
    """What is missing, in one sentence."""
    running = [p for p in plants if p.status == "operating"]
    refs = tuple(p.name.refs[0] for p in plants)
    basis = weakest([p.name.basis for p in plants if p.name.basis]) if plants else "derived"
    names = case.table("countries")["name"]
    if state == "foreign":
        owners = sorted({str(names.get(p.owner_country, p.owner_country)) for p in running if p.owner_country})
        return Fact(f"{title} runs, but its owners are in {', '.join(owners) or 'countries not known'}", refs, basis)
    if state == "own":
        return Fact(f"{title} runs under owners at home", refs, basis)
    if state == "missing":
        return Fact(f"no facility of this kind is on record in {case.settings.case.name}", refs, basis)
    return Fact(f"no plant runs yet; {len(plants)} {WORDS[state]}", refs, basis)


def people(case: Case) -> tuple[tuple[str, Quantity], ...]:
    """Staff, training and talent on record for the country, each with its own unit and date."""
    frame = case.table("skills")
    rows = frame[[case.country in countries for countries in frame["countries"]]]
    return tuple((_who(rows.loc[i]), case.quantity("skills", str(i), "amount_value")) for i in rows.index)


def _who(row: Any) -> str:
    words = [str(row[c]) for c in ("plant_or_programme", "role") if not pd.isna(row[c])]
    return f"{', '.join(words)}{'' if pd.isna(row['date']) else f' ({row.date})'}"


def technology(case: Case) -> tuple[Fact, ...]:
    """Technology on record, who may license it, and what restricts its transfer."""
    frame = case.table("technologies")
    return tuple(_right(case, str(i), frame.loc[i]) for i in frame.index)


def _right(case: Case, row_id: str, row: Any) -> Fact:
    licence = "licence not known" if pd.isna(row["licensable"]) else str(row["licensable"]).replace("_", " ")
    limits = "" if pd.isna(row["restricted_by"]) else f"; restricted by: {row['restricted_by']}"
    text = f"{row['name']} ({row['owner']}): {licence}{limits}"
    return Fact(text, (case.ref("technologies", row_id, "licensable"),), str(row["basis"]))
