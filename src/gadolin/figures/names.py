"""Names that a reader knows for codes and ids of the tables: countries and regions, ores.

Limits: English, as the tables have them; a page in another language looks each up in its catalogue.
"""

from __future__ import annotations

from gadolin.case import Case

__all__ = ["country_name", "ore_name"]

_REGIONS = {"RST": "the rest of the world", "all": "all"}


def country_name(case: Case, code: str | None) -> str:
    """Name of a country, a bloc or a region of the market; the code where no table names it.

    Args:
        case: The case.
        code: ISO3 code, or a region of the market.
    """
    if not code:
        return "not named"
    return _REGIONS.get(code) or str(case.table("countries")["name"].get(code, code))


def ore_name(case: Case, deposit_id: str, vector_id: str) -> str:
    """Name of an ore: its deposit, and what was assayed; the ids where no table names them.

    Args:
        case: The case.
        deposit_id: Deposit.
        vector_id: Composition vector.
    """
    deposits, vectors = case.table("deposits"), case.table("deposit_composition")
    names = deposits.loc[deposits["deposit_id"] == deposit_id, "name"].dropna()
    here = (vectors["deposit_id"] == deposit_id) & (vectors["vector_id"] == vector_id)
    materials = vectors.loc[here, "material"].dropna()
    deposit = str(names.iloc[0]).split(" (")[0] if len(names) else deposit_id
    return f"{deposit}, {materials.iloc[0] if len(materials) else vector_id}"
