"""One grammar for every chart: a finding as title, the unit, the marks, the table behind, and the source inside.

Models draw nothing; a room's figures stand in `figures/ROOM.py` and return `Figure`. The kinds of marks are classes
here; `samples.all_kinds()` shows one example of each.
"""

from gadolin.figures.basket import BasketBars
from gadolin.figures.flowsheet import Flowsheet
from gadolin.figures.grammar import Body, Figure, Marks
from gadolin.figures.ladder import Ladder
from gadolin.figures.lines import Bands, PriceHistory, TradeLines
from gadolin.figures.matrices import PartnerMatrix, Regret
from gadolin.figures.range_dots import RangeDots
from gadolin.figures.sankey import Sankey
from gadolin.figures.share_bars import ShareBars
from gadolin.figures.timeline import Timeline
from gadolin.figures.tornado import Tornado
from gadolin.figures.waterfall import Waterfall
from gadolin.figures.world_map import WorldMap

__all__ = [
    "Bands",
    "BasketBars",
    "Body",
    "Figure",
    "Flowsheet",
    "Ladder",
    "Marks",
    "PartnerMatrix",
    "PriceHistory",
    "RangeDots",
    "Regret",
    "Sankey",
    "ShareBars",
    "Timeline",
    "Tornado",
    "TradeLines",
    "Waterfall",
    "WorldMap",
]
