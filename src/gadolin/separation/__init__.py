"""Solvent extraction of rare earths: design and solve cascades.

Pure functions of explicit inputs: compositions, factors and constants come in as arguments.

    L0   `shortcuts`: closed forms for two groups
    L1   `design`, `solve`: any number of elements at constant load, flows found for two specifications
"""

from gadolin.separation.chemistry import Factor, Level, System
from gadolin.separation.design import Design, design
from gadolin.separation.profile import Profile
from gadolin.separation.shapes import Cut, Feed, Spec
from gadolin.separation.solving import solve

__all__ = ["Cut", "Design", "Factor", "Feed", "Level", "Profile", "Spec", "System", "design", "solve"]
