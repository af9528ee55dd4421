"""Prices and flows by element and stage of a trade war: spatial price equilibrium, instruments, years, leaders."""

from gadolin.market.calibrate import calibrate
from gadolin.market.equilibrium import Equilibrium, solve
from gadolin.market.futures import Future
from gadolin.market.instruments import Instrument
from gadolin.market.leader import payoffs
from gadolin.market.world import World
from gadolin.market.years import Path, roll

__all__ = ["Equilibrium", "Future", "Instrument", "Path", "World", "calibrate", "payoffs", "roll", "solve"]
