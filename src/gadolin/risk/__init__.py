"""Supply risk: concentration, others' indices as published, and what a shock takes away."""

from gadolin.risk.comparators import GeoPolRiskRules, ceiling_test, geopolrisk
from gadolin.risk.profile import profile
from gadolin.risk.shares import Concentration, hhi, top_share
from gadolin.risk.shocks import choke_rank, expected_loss, loss, path_dependence, price_at_risk, survival
from gadolin.risk.stress import stress

__all__ = [
    "Concentration",
    "GeoPolRiskRules",
    "ceiling_test",
    "choke_rank",
    "expected_loss",
    "geopolrisk",
    "hhi",
    "loss",
    "path_dependence",
    "price_at_risk",
    "profile",
    "stress",
    "survival",
    "top_share",
]
