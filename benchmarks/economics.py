"""Rows of economics."""

from __future__ import annotations

from typing import Any

from benchmarks.rows import Row
from gadolin.economics import (
    Allowance,
    CostLine,
    Debt,
    Deck,
    Finance,
    FloorUpside,
    MinimumTax,
    Project,
    Regime,
    Royalty,
    Schedule,
    Trade,
    WorkingCapital,
    cash_flow,
    inputs_of,
)
from gadolin.economics.build_up import PriceBook, Reference, build_up
from gadolin.economics.depreciation import initial_and_annual
from gadolin.economics.draws import monte_carlo, sample, tornado
from gadolin.plant import Equipment, Plant
from gadolin.quantity import Quantity


def _range(value: float, unit: str = "x") -> Quantity:
    return Quantity(value, unit, 0.8 * value, 1.3 * value, "estimate")


def _setting(per: int, lines: int = 6) -> tuple[Project, Deck, Regime, Finance]:
    """30 years, six or more cost lines, all parties."""
    products = ("Nd", "Pr", "Dy", "Tb")
    project = Project(
        id="bench",
        stage="mine",
        sales=tuple(Trade(p, _range(500.0)) for p in products),
        capex={"plant": _range(150.0), "water": _range(30.0)},
        opex=tuple(CostLine(f"line{i}", _range(3.0), 0.3) for i in range(lines)),
        schedule=Schedule((0.4, 0.6), (0.2, 0.45, 0.7, 0.85, 1.0), 27, 1),
        working_capital=WorkingCapital(60, 45, 30, _range(8.0)),
        sustaining=_range(0.02),
        closure=_range(20.0),
        state="state:MY-08",
        floors=(FloorUpside(("Nd",), 60.0, "partner:JPN", 110.0, 0.3),),
        multinational=True,
    )
    deck = Deck({"Nd": _range(50.0), "Pr": _range(50.0), "Dy": _range(195.0), "Tb": _range(680.0)})
    allowance = Allowance("plant", 0.8, initial_and_annual(0.2, 0.14))
    regime = Regime(
        "MYS",
        Quantity(0.24, "share", basis="memory"),
        (allowance,),
        loss_years=10,
        royalties=(Royalty("state:MY-08", Quantity(0.12, "share", basis="reported")),),
        minimum_tax=MinimumTax(0.15),
    )
    finance = Finance(0.1, debts=(Debt(0.5, 0.06, 10, 2),), equity_share={"partner:JPN": 0.3}, periods_per_year=per)
    return project, deck, regime, finance


def _drawn() -> tuple[Any, ...]:
    setting = _setting(4)
    draws = sample(inputs_of(setting[0], setting[1]), 10000, 1, {("price:", "price:"): 0.6})
    return (*setting, draws)


def _plant() -> tuple[Plant, PriceBook]:
    kinds = [f"kind{i}" for i in range(40)]
    size = Quantity(40.0, "m3", basis="derived")
    plant = Plant(
        "separation",
        "oxide",
        {"Nd": _range(100.0)},
        {},
        equipment=tuple(Equipment(kind, 4, size) for kind in kinds for _ in range(5)),
        reagents={f"r{i}": _range(100.0) for i in range(10)},
        energy={"electricity": _range(1000.0)},
        staff=_range(100.0),
    )
    book = PriceBook(
        equipment={kind: Reference(kind, _range(1e5), 10.0, "m3", 0.6) for kind in kinds},
        reagents={f"r{i}": _range(100.0) for i in range(10)},
        energy={"electricity": _range(100.0)},
        wage=_range(15000.0),
        installed_factor=_range(3.0),
        maintenance=_range(0.03),
        overhead=_range(0.01),
    )
    return plant, book


ROWS = (
    Row("npv_irr_10000_draws", goal_s=1.0, prepare=_drawn, run=lambda s: monte_carlo(*s)),
    Row("one_cash_flow", goal_s=0.001, prepare=lambda: _setting(1), run=lambda s: cash_flow(*s), peer="biosteam_tea"),
    Row("plant_build_up", goal_s=0.02, prepare=_plant, run=lambda s: build_up(*s)),
    Row("tornado_30_inputs", goal_s=0.1, prepare=lambda: _setting(4, lines=12), run=lambda s: tornado(*s)),
)
