"""Prices and flows by element and stage of a trade war: spatial price equilibrium, instruments, years, leaders."""

from gadolin.market.calibrate import calibrate
from gadolin.market.equilibrium import Equilibrium, solve
from gadolin.market.instruments import Instrument
from gadolin.market.world import World

__all__ = ["Equilibrium", "Instrument", "World", "calibrate", "solve"]
