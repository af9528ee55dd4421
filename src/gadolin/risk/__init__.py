"""Supply risk: concentration, others' indices as published, and what a shock takes away.

What asks the market loads on first use, so that a table of shares needs no solver.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from gadolin.risk.comparators import (
    EUSourcing,
    GeoPolRiskRules,
    ceiling_test,
    eu_economic_importance,
    eu_supply_risk,
    geopolrisk,
)
from gadolin.risk.shares import Concentration, hhi, top_share

if TYPE_CHECKING:
    from gadolin.risk.profiles import profile
    from gadolin.risk.shocks import choke_rank, expected_loss, loss, path_dependence, price_at_risk
    from gadolin.risk.stresses import stress
    from gadolin.risk.times import survival

__all__ = [
    "Concentration",
    "EUSourcing",
    "GeoPolRiskRules",
    "ceiling_test",
    "choke_rank",
    "eu_economic_importance",
    "eu_supply_risk",
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

_FILES = {"profile": "profiles", "stress": "stresses", "survival": "times"}  # all others stand in shocks


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module(f"gadolin.risk.{_FILES.get(name, 'shocks')}"), name)
    raise AttributeError(f"module 'gadolin.risk' has no attribute '{name}'")
