"""What a plant costs, whether it pays, for whom, and what an incentive changes."""

from gadolin.economics.cash_flow import cash_flow, inputs_of
from gadolin.economics.formulas import Deck, FloorUpside, PriceFormula
from gadolin.economics.ledger import FINANCING, Ledger
from gadolin.economics.project import CostLine, Debt, Finance, Project, Schedule, Trade, WorkingCapital
from gadolin.economics.regimes import Allowance, Incentive, MinimumTax, Regime, Royalty
from gadolin.economics.returns import irr, mirr, npv

__all__ = [
    "FINANCING",
    "Allowance",
    "CostLine",
    "Debt",
    "Deck",
    "Finance",
    "FloorUpside",
    "Incentive",
    "Ledger",
    "MinimumTax",
    "PriceFormula",
    "Project",
    "Regime",
    "Royalty",
    "Schedule",
    "Trade",
    "WorkingCapital",
    "cash_flow",
    "inputs_of",
    "irr",
    "mirr",
    "npv",
]
