"""A small plant that tests vary."""

from __future__ import annotations

from typing import Any

from gadolin.economics import CostLine, Deck, Finance, Project, Regime, Schedule, Trade
from gadolin.quantity import Quantity


def q(value: float, low: float | None = None, high: float | None = None, unit: str = "x", basis: str = "reported"):
    return Quantity(value, unit, low, high, basis)


DECK = Deck({"Nd": q(50.0, 40, 70, "USD/kg"), "La": q(0.5, 0.4, 0.6, "USD/kg"), "Dy": q(200.0, 150, 300, "USD/kg")})
NO_TAX = Regime("MYS", q(0.0))
TAXED = Regime("MYS", q(0.24))


def project(**changes: Any) -> Project:
    settings: dict[str, Any] = {
        "id": "plant",
        "stage": "separation",
        "sales": (Trade("Nd", q(1000.0, 900, 1100, "t per year")),),
        "capex": {"plant": q(100.0, 80, 150, "million USD")},
        "opex": (CostLine("reagents", q(15.0, 12, 20, "million USD per year")),),
        "schedule": Schedule((0.5, 0.5), (0.5, 1.0), 20),
    }
    return Project(**(settings | changes))


def finance(**changes: Any) -> Finance:
    return Finance(**({"discount_share": 0.10} | changes))
