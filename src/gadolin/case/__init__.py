"""A country's folder laid over the atlas, and the only door from facts to models."""

from gadolin.case.deals import deals_of
from gadolin.case.load import Case, Override, load, shipped
from gadolin.case.schema import Advice, Deal, Decision, Engagement, Proposal, Score, Strategy
from gadolin.case.start import init
from gadolin.case.strategies import futures_of, strategies_of
from gadolin.case.why import Reason, why

__all__ = [
    "Advice",
    "Case",
    "Deal",
    "Decision",
    "Engagement",
    "Override",
    "Proposal",
    "Reason",
    "Score",
    "Strategy",
    "deals_of",
    "futures_of",
    "init",
    "load",
    "shipped",
    "strategies_of",
    "why",
]
