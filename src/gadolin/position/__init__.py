"""Where a country stands: deposits, capability, dependence, trade, rules, partners, products.

    position(case.load("malaysia"))

Each number has range, basis and refs; what is not known says why. Nothing here is a forecast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gadolin.case import Case, Override
from gadolin.position.baskets import Basket, baskets
from gadolin.position.dependence import Dependence, dependence
from gadolin.position.deposits import Deposits, deposits
from gadolin.position.ladder import Ladder, ladder
from gadolin.position.partners import Partner, partners
from gadolin.position.products import Product, products
from gadolin.position.rules import Rules, rules
from gadolin.position.trade import Trade, trade

__all__ = ["Position", "position"]


@dataclass(frozen=True)
class Position:
    """The position of a country.

    Args:
        case: Name of the case.
        country: ISO3 code.
        country_name: Printed name.
        deposits: Estimates, compositions, recoverable part.
        baskets: Value of each composition at the deck's date.
        ladder: Capability from ore to magnet.
        dependence: Concentration and others' indices.
        trade: Trade by code, partner and year.
        rules: Policies, agreements, engagements at a date.
        partners: Partners side by side.
        products: What the ore could become.
        overridden: Cells in which the case differs from the atlas.
        undated: With `as_of`, rows kept although they have no date, by table.
    """

    case: str
    country: str
    country_name: str
    deposits: Deposits
    baskets: tuple[Basket, ...]
    ladder: Ladder
    dependence: Dependence
    trade: Trade
    rules: Rules
    partners: tuple[Partner, ...]
    products: tuple[Product, ...]
    overridden: tuple[Override, ...]
    undated: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, as `gadolin position --json` prints it."""
        deposited = self.deposits.as_dict()
        return {
            "case": self.case,
            "country": self.country,
            "deposits": deposited | {"baskets": [b.as_dict() for b in self.baskets]},
            "ladder": self.ladder.as_dict(),
            "dependence": self.dependence.as_dict(),
            "trade": self.trade.as_dict(),
            "policies": self.rules.as_dict(),
            "partners": [p.as_dict() for p in self.partners],
            "products": [p.as_dict() for p in self.products],
            "overridden": [o.as_dict() for o in self.overridden],
            "undated_rows_kept": self.undated,
        }

    def __str__(self) -> str:
        lines = [f"{self.country_name}: position"]
        national = self.deposits.national
        if national:
            for estimate in national:
                lines.append(f"  deposits    {estimate.tonnes}  {estimate.name}  [{estimate.tonnes.basis}]")
        else:
            lines.append("  deposits    no national estimate on record")
        for basket in self.baskets:
            what = f"{basket.deposit_id}, {basket.vector_id}, {basket.deck_date}, without VAT"
            note = f"; {basket.value.reason}" if basket.value.reason else ""
            basis = f"  [{basket.value.basis}{note}]" if basket.value.known else ""
            lines.append(f"  basket      {basket.value}  {what}{basis}")
        if not self.baskets:
            lines.append("  basket      no composition of an ore on record")
        for rung in self.ladder.rungs:
            sums = "; ".join(f"{s} {q}" for s, by in rung.capacity.items() for q in by.values())
            lines.append(f"  {rung.title:22} {rung.state:12} {sums}")
        for key in ("mine", "separation", "separation_heavy", "metal", "magnet"):
            for group in self.dependence.leading_by_definition(key)[:3]:
                lines.append(
                    f"  {self.dependence.leading_country} share   {group.leading}  {key}, {group.scope}, {group.year}"
                )
        meetings = self.rules.engagements
        lines.append(
            f"  rules       {len(self.rules.at_home)} at home, {len(self.rules.abroad)} abroad in force on "
            f"{self.rules.on}; {len(self.rules.agreements)} agreements; {len(meetings)} engagements on record"
        )
        if not self.products:
            lines.append("  1 t REO     not known what it could become: no composition of an ore on record")
        for product in self.products[:2]:
            lines.append(f"  1 t REO     {product.magnets} of {product.grade}; {product.binding} binds")
        for change in self.overridden[:10]:
            lines.append(f"  overridden  {change.ref}: {change.atlas_value} -> {change.case_value}")
        if len(self.overridden) > 10:
            lines.append(f"  overridden  and {len(self.overridden) - 10} more")
        if self.undated:
            kept = ", ".join(f"{table} {count}" for table, count in self.undated.items())
            lines.append(f"  undated     rows without any date are kept: {kept}")
        return "\n".join(lines)


def position(case: Case, on: str | None = None) -> Position:
    """The position of a case's country.

    Args:
        case: A loaded case.
        on: Date at which rules are read (ISO); default: the case's `as_of`, else the date of the data.

    Raises:
        InputError: A fault in the case.
    """
    date = on or case.data_date
    ore = deposits(case)
    rungs = ladder(case)
    on_record = rules(case, date)
    needed = tuple(r.key for r in rungs.rungs if r.state != "own")
    return Position(
        case.name,
        case.country,
        case.settings.case.name,
        ore,
        baskets(case, ore.compositions),
        rungs,
        dependence(case),
        trade(case),
        on_record,
        partners(case, needed, on_record),
        products(case, ore.compositions, rungs),
        tuple(case.overridden),
        case.undated,
    )
