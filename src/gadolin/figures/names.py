"""Names that a reader knows for codes and ids: countries, regions and states, ores, plants, strategies, shocks.

Limits: English, as the tables have them; a page in another language looks each up in its catalogue.
"""

from __future__ import annotations

import re

from gadolin.case import Case
from gadolin.case.inputs.economics_fiscal import STATES
from gadolin.case.inputs.market_structure import CLAYS
from gadolin.case.strategies import futures_of, strategies_of
from gadolin.market.shorthand import SHIPPED

__all__ = ["country_name", "in_words", "ore_name", "plant_name", "state_name", "strategy_name"]

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


def state_name(code: str) -> str:
    """Name of a state inside a country by its ISO 3166-2 code; the code where none is on record.

    >>> state_name("MY-08")
    'Perak'
    """
    return next((name for name, known in STATES.items() if known == code), code)


def plant_name(case: Case, plant: str) -> str:
    """Name of a candidate plant; its id where the case names none."""
    return next((p.name for p in case.settings.plants if p.id == plant), plant)


def strategy_name(case: Case, strategy: str) -> str:
    """Title of a strategy of the case; its id where there is none."""
    found = strategies_of(case).get(strategy)
    return strategy if found is None else found.strategy.title


def in_words(case: Case, text: str) -> str:
    """A model's remark with names for the ids in it: strategies, plants, shocks, ores, clays and countries.

    Args:
        case: The case.
        text: A remark; words that are no id stay as they are.
    """
    pattern, known = case.once("names in words", lambda: _known(case))
    return pattern.sub(lambda m: known[m[0]], text)


def _known(case: Case) -> tuple[re.Pattern[str], dict[str, str]]:
    """The names of a case by id, and a pattern that finds the longest id first."""
    known = {s: f"“{strategy_name(case, s)}”" for s in strategies_of(case)}
    known |= {p.id: f"“{p.name}”" for p in case.settings.plants}
    vectors = case.table("deposit_composition")[["deposit_id", "vector_id"]].drop_duplicates()
    known |= {f"{d}.{v}": ore_name(case, str(d), str(v)) for d, v in vectors.itertuples(index=False)}
    shocks = (*SHIPPED, *(shock.id for shock in futures_of(case).shocks))
    known |= {shock: f"“{shock.replace('-', ' ')}”" for shock in shocks}
    known |= {clay: clay.capitalize() for clay in CLAYS} | {"RST": _REGIONS["RST"]}
    known |= {str(code): str(name) for code, name in case.table("countries")["name"].items()}
    longest = sorted(known, key=len, reverse=True)
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, longest))})(?![\w-])"), known
