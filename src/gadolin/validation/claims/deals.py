"""Claims of the deals room: the terms of published deals, recomputed by plain arithmetic from the atlas's cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gadolin import atlas
from gadolin.case import load
from gadolin.case.deals import deals_of
from gadolin.deals import with_clauses
from gadolin.deals.clauses import SALES, Ground
from gadolin.economics.clauses import Grid
from gadolin.economics.ledger import Line
from gadolin.validation.board import Check, compare

FILES: tuple[str, ...] = ()
_PRICES_USD_PER_KG = (55.0, 110.0, 150.0)


def accepts(name: str, document: Any) -> bool:
    """No user file belongs to this room."""
    return False


def checks(read: Callable[[str], Any]) -> Iterator[Check]:
    """All checks of the room."""
    yield from _floor_of_2025()
    yield from _lynas_of_2023()


def _cash(deal_id: str, price: float) -> dict[str, float]:
    """Yearly sums of the deal's lines by kind at one flat price. [million USD]"""
    case = load("malaysia")
    deal = deals_of(case)[deal_id]
    file = f"deals/{deal_id}.toml"
    head = deal.deal
    assert head.first_year is not None
    assert head.years is not None
    years = range(head.first_year, head.first_year + head.years)
    flat = np.ones((1, len(years)))
    tonnes = {p: flat * (case.given(n, f"volumes.{p}", file).value or 0.0) for p, n in deal.volumes.items()}
    prices = {**dict.fromkeys(tonnes, price * flat), SALES: flat}
    grid = Grid("USD", 2025, years[0])
    ground = Ground(grid, years, (years[0], years[-1]), prices, {**tonnes, SALES: price * flat}, head.company)
    terms = [
        (c, {k: case.given(n, f"clauses[{i}].terms.{k}", file).value or 0.0 for k, n in c.terms.items()})
        for i, c in enumerate(deal.clauses)
    ]
    ledger = with_clauses(grid.ledger(Line("none", "rest", "rest", 0 * flat)), terms, ground)
    return {kind: float(ledger.total(kind).sum()) for kind in ledger.kinds}


def _floor_of_2025() -> Iterator[Check]:
    """110 minus price times tonnes, ten years; above it 30 % goes back."""
    tonnes = atlas.cell("facilities:USA-SEPA-062:capacity_value").value or 0.0
    for price in _PRICES_USD_PER_KG:
        got = _cash("mp-us-floor-2025", price)
        want = 10 * max(110 - price, 0.0) * tonnes * 1000 / 1e6
        back = 10 * 0.3 * max(price - 110, 0.0) * tonnes * 1000 / 1e6
        source = "MP Materials 8-K, July 2025: floor of 110 USD/kg NdPr, 30 % upside (agreements:AG-062)"
        yield compare(
            f"floor of 2025: top-up at {price:g} USD/kg, million USD", source, want, got["floor_topup"], 1e-12
        )
        yield compare(f"floor of 2025: upside at {price:g}", source, back, got["upside_share"], 1e-12)


def _lynas_of_2023() -> Iterator[Check]:
    """Shares of 200m AUD as 134m USD, interest of 11.5m USD, no cash in priority."""
    got = _cash("lynas-japan-2023", 100.0)
    source = "Lynas gets 134 million funding from Japan, 2023 (agreements:AG-038)"
    rate = load("malaysia").inputs.fx_of(2023).get("AUD")
    if rate:
        shares = 200.0 / rate
        yield compare("Lynas-Japan 2023: 200m AUD of shares in USD", source, shares, got["shares_bought"], 0.03)
    yield compare("Lynas-Japan 2023: waived interest, million USD", source, 11.5, got["interest_waived"], 1e-12)
    yield compare("Lynas-Japan 2023: cash in priority without discount", source, 0.0, got["offtake_discount"])
