"""What a country should do over many futures: strategies, what cannot be, what comes out, and which is best."""

from gadolin.case.schema import Strategy
from gadolin.strategy.answers import OwnSupply
from gadolin.strategy.choices import Resolved, resolve
from gadolin.strategy.compare import compare
from gadolin.strategy.comparison import Comparison
from gadolin.strategy.evaluate import evaluate, world_path
from gadolin.strategy.feasible import Feasibility, Finding, feasible
from gadolin.strategy.flips import Switch
from gadolin.strategy.futures import HomeFuture, central, draw
from gadolin.strategy.outcomes import MEASURES, Measure, Outcome
from gadolin.strategy.prices import PricePath

__all__ = [
    "MEASURES",
    "Comparison",
    "Feasibility",
    "Finding",
    "HomeFuture",
    "Measure",
    "Outcome",
    "OwnSupply",
    "PricePath",
    "Resolved",
    "Strategy",
    "Switch",
    "central",
    "compare",
    "draw",
    "evaluate",
    "feasible",
    "resolve",
    "world_path",
]
