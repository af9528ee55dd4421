"""The strategy kernel held against what the one licensed clay mine paid and sold, and against a full re-solve."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gadolin.validation.board import Check, compare

FILES: tuple[str, ...] = ()

Read = Callable[[str], Any]

MONTHS_OF_ROYALTY = 21
"""February 2023 to October 2024, the period of event EV-033."""

FEED_PER_REO = 2.86
"""Tonnes of dry clay carbonate per tonne of REO, as the plants of a case count it."""

WIDE = 0.25
"""Payable share (0.67-0.87 around 0.77), price between the deck's day and the period, and an ore without assay."""


def accepts(name: str, document: Any) -> bool:
    """No user files here."""
    return False


def checks(read: Read) -> Iterator[Check]:
    """The mine's royalty, sales and price, and how far the answer to own supply carries."""
    from gadolin import case, strategy

    malaysia = case.load("malaysia")
    ringgit = malaysia.inputs.fx_of()["MYR"]
    ledger = strategy.evaluate(
        malaysia, "status-quo", strategy.HomeFuture("deck"), strategy.PricePath.flat(2025)
    ).ledger
    sales, royalty = (float(ledger.total(kind)[0, 0]) * ringgit for kind in ("revenue", "royalty"))
    events = {row: malaysia.quantity("events", row, "effect_value") for row in ("EV-025", "EV-033", "EV-075")}
    paid, sold, price = (events[r].value for r in ("EV-033", "EV-075", "EV-025"))
    assert paid is not None
    assert sold is not None
    assert price is not None
    yield compare(
        "kenering royalty to Perak, million ringgit a year: rate, payable share, basket and tonnes together",
        "events EV-033: 29.73 million from February 2023 to October 2024",
        paid * 12 / MONTHS_OF_ROYALTY, royalty, relative=WIDE,
    )  # fmt: skip
    yield compare(
        "kenering sales, million ringgit a year",
        "events EV-075: 63.1 million in six months to January 2026 (the period consolidated may be shorter)",
        2 * sold, sales, relative=WIDE,
    )  # fmt: skip
    made = malaysia.inputs.project_of("kenering-mine")
    tonnes = (made.sales[0].t_per_year.value or 0.0) * (made.output.value or 0.0)
    yield compare(
        "price of clay carbonate, ringgit per tonne of carbonate",
        "events EV-025: price used by Perak in September 2023 (Pahang quoted 26,549 in November 2025)",
        price, sales * 1e6 / (tonnes * FEED_PER_REO), relative=WIDE,
    )  # fmt: skip
    yield from _answers(malaysia)


def _answers(malaysia: Any) -> Iterator[Check]:
    """Own supply answered by the path against a market rolled with it, and how far a central answer carries."""
    from gadolin import strategy
    from gadolin.market import roll
    from gadolin.market.years import Choices
    from gadolin.strategy.answers import base_path, base_prices, prices_of, supply_of
    from gadolin.strategy.compare import central_answers
    from gadolin.strategy.evaluate import tonnes

    plan = strategy.resolve(malaysia, "two-partner-hedge")
    other = next(f for f in strategy.draw(malaysia, 8, 1) if f.factors["clay"] == "xinfeng")
    path = base_path(malaysia, other)
    flows = tonnes(malaysia, plan, strategy.feasible(malaysia, plan, other), other).flows
    small = {(m.actor, m.good): 0.01 for m in supply_of(malaysia, plan, other, flows) if m.good == "oxide:Gd"}
    first = path.respond(small)
    own = [strategy.OwnSupply(actor=a, good=g, change_kt=tuple((e.year, v) for e in path.years))
           for (a, g), v in small.items()]  # fmt: skip
    again = roll(path.world, other, Choices(tuple(own)), years=[e.year for e in path.years])
    yield compare(
        f"price of oxide:Gd in Japan in 2034 with 10 t a year more from Malaysia, {other.id}: answer to the path",
        "the market of that future rolled with the supply (market room)",
        float(again.price("JPN", "oxide:Gd").iloc[-1]), float(first.path.price("JPN", "oxide:Gd").iloc[-1]),
        relative=1e-3,
    )  # fmt: skip
    laid = base_prices(malaysia, other).times(central_answers(malaysia, [plan])[plan.id])
    full = prices_of(malaysia, plan, other, flows)
    for good in ("oxide:Dy", "oxide:Nd"):
        yield compare(
            f"price of {good} in 2034 under own supply, {other.id}: the central future's answer laid on (for flips)",
            "the market of that future solved with the supply (market room)",
            float(full.factor("home", good, [2034])[0]),
            float(laid.factor("home", good, [2034])[0]),
            relative=0.05,
        )  # fmt: skip
