"""Solvent extraction of rare earths: design and solve cascades.

Pure functions of explicit inputs: compositions, factors and constants come in as arguments.

    L0   `shortcuts`: closed forms for two groups
    L1   `design`, `solve`: any number of elements at constant load, flows found for two specifications
    L2   `solve(design, "L2")`: acid, base and extractant on every stage, the strip, and the bill of reagents
    plant   `sequence`: order of the cuts by dynamic programming; `flowsheet`: streams, equipment, reagents, ranges
"""

from gadolin.separation.chemistry import Factor, Level, System
from gadolin.separation.design import Design, design
from gadolin.separation.entrainment import Entrainment
from gadolin.separation.flowsheet import Flowsheet, flowsheet
from gadolin.separation.practice import Practice
from gadolin.separation.profile import Profile
from gadolin.separation.reagents import Operation
from gadolin.separation.sequence import sequence
from gadolin.separation.shapes import Cut, Feed, Spec
from gadolin.separation.sizing import plant_of
from gadolin.separation.solving import solve

__all__ = [
    "Cut",
    "Design",
    "Entrainment",
    "Factor",
    "Feed",
    "Flowsheet",
    "Level",
    "Operation",
    "Practice",
    "Profile",
    "Spec",
    "System",
    "design",
    "flowsheet",
    "plant_of",
    "sequence",
    "solve",
]
