"""From the atlas and a case to what the moratorium's judge and detector need: clauses, prices, compositions, trade."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pandas as pd

from gadolin.atlas.read import highest, table
from gadolin.errors import InputError
from gadolin.quantity import Quantity

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = [
    "composition_of_vector",
    "composition_vectors",
    "currency_rates",
    "heaviest_flow",
    "licensed_flows",
    "oxide_prices_of_year",
    "oxide_prices_on",
    "rule_rows",
    "trade_rows",
]


def rule_rows(case: Case) -> pd.DataFrame:
    """Clauses of the export rules with title, address and date of their sources, as `Rules.from_frame` takes them.

    Args:
        case: Case whose rows lie over the atlas.
    """
    rows = case.table("export_rules")
    known = table("sources").reindex(rows["source_id"].fillna(""))
    return rows.assign(
        source_title=known["title"].to_numpy(),
        source_url=known["url"].to_numpy(),
        source_date=known["date"].to_numpy(),
    )


def oxide_prices_on(case: Case, day: str) -> tuple[dict[str, Decimal], str]:
    """The latest price of each oxide without VAT up to a day, and what days they are of. [USD/kg oxide]

    Elements without a price up to that day are left out; they count nothing in a value test, which makes it milder.

    Args:
        case: Case.
        day: ISO date.
    """
    rows = pd.concat([case.table("prices"), case.table("prices_reference")])
    rows = rows[(rows["good"] == "oxide") & rows["price_ex_vat_usd_per_kg"].notna()]
    rows = rows[rows["date"].astype(str) <= day].sort_values("date", kind="stable").groupby("product").last()
    found = {
        str(product): Decimal(str(round(float(price), 6)))
        for product, price in rows["price_ex_vat_usd_per_kg"].items()
        if len(str(product)) <= 2
    }
    days = [str(rows.loc[product, "date"]) for product in found]
    return found, f"{min(days)} to {max(days)}" if days else "no day"


def currency_rates(case: Case) -> dict[str, dict[int, tuple[Decimal, Decimal]]]:
    """Lowest and highest rate of each currency in each year: over its months, or the yearly mean where none is known.

    Args:
        case: Case.

    Returns:
        Units of the currency per USD by ISO 4217 code and year.
    """
    rows = case.table("fx")
    rows = rows[rows["rate_per_usd"].notna()]
    year = rows["period"].astype(str).str[:4].astype(int)
    span = rows.groupby([rows["currency"].astype(str), year])["rate_per_usd"].agg(["min", "max"])
    found: dict[str, dict[int, tuple[Decimal, Decimal]]] = {}
    for (currency, at), low, high in span.itertuples(name=None):
        found.setdefault(str(currency), {})[int(at)] = (Decimal(str(low)), Decimal(str(high)))
    return found


def composition_vectors(case: Case) -> pd.DataFrame:
    """Compositions of deposits and leach products: one row per vector and element, with its range where one is known.

    Args:
        case: Case.
    """
    return case.table("deposit_composition")


def oxide_prices_of_year(case: Case, year: int) -> tuple[dict[str, float], str]:
    """Median price of each oxide in a year without VAT; an older one, named, where the year has none. [USD/kg oxide]

    Args:
        case: Case.
        year: Year.
    """
    rows = pd.concat([case.table("prices"), case.table("prices_reference")])
    rows = rows[(rows["good"] == "oxide") & rows["price_ex_vat_usd_per_kg"].notna()]
    rows = rows[rows["product"].astype(str).str.len() <= 2]
    years = rows["date"].astype(str).str[:4].astype(int)
    known = rows[years <= year].assign(year=years)
    newest = known.groupby("product")["year"].transform("max")
    medians = known[known["year"] == newest].groupby("product")["price_ex_vat_usd_per_kg"].median()
    older = known.groupby("product")["year"].max()
    late = ", ".join(f"{e} of {y}" for e, y in older.items() if y < year)
    return {str(e): float(p) for e, p in medians.items()}, f"medians of {year}" + (f"; {late}" if late else "")


def composition_of_vector(case: Case, deposit: str, vector: str) -> dict[str, float]:
    """Oxide shares of one composition; elements without a share are left out. [% of TREO]

    Args:
        case: Case.
        deposit: Deposit id.
        vector: Vector id.

    Raises:
        InputError: No such vector.
    """
    rows = case.table("deposit_composition")
    rows = rows[(rows["deposit_id"] == deposit) & (rows["vector_id"] == vector) & rows["share_norm_pct"].notna()]
    if rows.empty:
        raise InputError(f"there is no composition {vector} of {deposit}")
    return dict(zip(rows["element"].astype(str), rows["share_norm_pct"].astype(float), strict=True))


def licensed_flows(case: Case, country: str | None = None) -> dict[tuple[int, str], Quantity]:
    """What is licensed in a country by year and flow. [t REO, or t gross for `permitted_raw`]

    Flows are those of table `licensed_flows`, and `mine_output`: what the country itself (its parliament, the operator)
    says its licensed mines made.

    Args:
        case: Case.
        country: ISO3; None for the country of the case.
    """
    where = case.country if country is None else country
    rows = case.table("licensed_flows")
    found = {
        (int(row["year"]), str(row["flow"])): case.quantity("licensed_flows", str(row_id), "amount_value")
        for row_id, row in rows[rows["country_iso3"] == where].iterrows()
    }
    mines = case.table("mine_production")
    mines = mines[(mines["country_iso3"] == where) & mines["dataset"].isin(["malaysia_parliament", "company"])]
    for row_id, row in mines[~mines["superseded"]].iterrows():
        found[int(row["year"]), "mine_output"] = case.quantity("mine_production", str(row_id), "output_t_reo")
    return found


def trade_rows(case: Case) -> pd.DataFrame:
    """Bilateral trade by year and HS6: value in thousand current US$, gross tonnes. [kUSD, t gross]

    Args:
        case: Case.
    """
    return case.table("trade")


def heaviest_flow(case: Case) -> Decimal:
    """The most that one country sent to another in a year under any heading of the trade table. [t gross]

    Args:
        case: Case.
    """
    name, column = "trade", "quantity_t_gross"
    most = highest(name, column) if case.is_atlas(name) else case.table(name)[column].max()
    return Decimal(str(most))
