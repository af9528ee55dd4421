"""One grammar for every chart: a finding as title, the unit, the marks, the table behind, and the source inside.

Models draw nothing; a room's figures stand in `figures/ROOM.py` and return `Figure`.
"""

from gadolin.figures.grammar import Body, Figure, Marks
from gadolin.figures.ladder import Ladder

__all__ = ["Body", "Figure", "Ladder", "Marks"]
