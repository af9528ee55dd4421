"""What a plant costs, whether it pays, for whom, and what an incentive changes."""

from gadolin.economics.appraisal import Appraisal, appraise
from gadolin.economics.build_up import build_up
from gadolin.economics.cash_flow import cash_flow, inputs_of
from gadolin.economics.clauses import Clause
from gadolin.economics.draws import break_even, gaps, monte_carlo, sample, tornado
from gadolin.economics.formulas import Deck, FloorUpside, PriceFormula
from gadolin.economics.incentives import compare_incentives
from gadolin.economics.ledger import FINANCING, Ledger
from gadolin.economics.project import CostLine, Debt, Finance, Project, Schedule, Trade, WorkingCapital
from gadolin.economics.regimes import Allowance, Incentive, MinimumTax, Regime, Royalty
from gadolin.economics.returns import irr, mirr, npv
from gadolin.economics.review import review

__all__ = [
    "FINANCING",
    "Allowance",
    "Appraisal",
    "Clause",
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
    "appraise",
    "break_even",
    "build_up",
    "cash_flow",
    "compare_incentives",
    "gaps",
    "inputs_of",
    "irr",
    "mirr",
    "monte_carlo",
    "npv",
    "review",
    "sample",
    "tornado",
]
