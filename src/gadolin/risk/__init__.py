"""Supply risk: concentration, others' indices as published, and what a shock takes away."""

from gadolin.risk.comparators import GeoPolRiskRules, ceiling_test, geopolrisk
from gadolin.risk.shares import Concentration, hhi, top_share

__all__ = ["Concentration", "GeoPolRiskRules", "ceiling_test", "geopolrisk", "hhi", "top_share"]
