"""One example of each kind of figure, for the gallery, the golden files and whoever writes a new one.

The numbers are invented and every example says so in its source line.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gadolin.figures.basket import BasketBars
from gadolin.figures.flowsheet import Flowsheet
from gadolin.figures.grammar import Figure, Marks
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

__all__ = ["all_kinds"]


def _example(name: str, finding: str, unit: str, data: pd.DataFrame, marks: Marks, note: str = "") -> Figure:
    source = "illustration with invented numbers"
    return Figure(name, finding, unit, data, marks, ("illustration:row:column",), source, "2026-11-09", note)


def all_kinds() -> dict[str, Figure]:
    """An example of each kind by name."""
    made = [
        _ladder(),
        _prices(),
        _trade(),
        _bands(),
        _basket(),
        _dots(),
        _shares(),
        _waterfall(),
        _tornado(),
        _timeline(),
        _matrix(),
        _regret(),
        _sankey(),
        _flowsheet(),
        _map(),
        _shaded(),
    ]
    return {figure.id: figure for figure in made}


def _ladder() -> Figure:
    rows = [
        ("mine", "operating", "One mine, 3 kt REO a year as mixed carbonate, under a special permit", "reported"),
        ("cracking and leaching", "operating", "One plant, imported concentrate", "reported"),
        ("separation", "building", "Heavy rare earths, first line", "memory"),
        ("metal", "none", None, "reported"),
        ("alloy", "not known", None, "reported"),
        ("magnet", "planned", "One memorandum of understanding", "reported"),
    ]
    data = pd.DataFrame(rows, columns=["stage", "status", "label", "basis"])
    return _example(
        "ladder", "Nothing is made between oxide and magnet", "status of the best plant per stage", data, Ladder()
    )


def _prices() -> Figure:
    dates = pd.date_range("2010-01-31", "2026-09-30", freq="QE")
    t = np.arange(len(dates))
    shapes = {"Nd oxide": (60, 0.6), "Dy oxide": (300, 1.0), "Tb oxide": (900, 1.1), "Ce oxide": (1.8, 0.9)}
    rows = [
        (d.date().isoformat(), name, base * np.exp(size * (np.exp(-(((i - 6) / 3) ** 2)) + 0.4 * np.sin(i / 8))))
        for name, (base, size) in shapes.items()
        for i, d in zip(t, dates, strict=True)
    ]
    data = pd.DataFrame(rows, columns=["date", "series", "value"])
    events = (
        ("2010-07-08", "Export quota cut by a third"),
        ("2015-01-01", "Quotas end"),
        ("2025-04-04", "Licences for seven elements"),
        ("2025-10-09", "Licences for five more"),
    )
    marks = PriceHistory(events=events, unit_short="USD/kg")
    return _example(
        "price-history",
        "A kilogram of terbium costs some hundred kilograms of cerium",
        "oxide, USD/kg, log axis",
        data,
        marks,
    )


def _trade() -> Figure:
    years = range(2015, 2025)
    rows = [
        (year, name, None if (year, name) == (2019, "Viet Nam") else start * (1 + rate) ** (year - 2015), basis)
        for name, start, rate in (("China", 12.0, 0.05), ("Japan", 9.0, 0.02), ("Viet Nam", 1.0, 0.22))
        for year in years
        for basis in ["estimate" if year == 2024 else "reported"]
    ]
    data = pd.DataFrame(rows, columns=["year", "series", "value", "basis"])
    data["value"] = data["value"].astype(float)
    note = "Open points are estimates; a gap is a year without report."
    return _example(
        "trade-lines",
        "China takes most, Viet Nam grows fastest",
        "exports, kt gross per year",
        data,
        TradeLines("kt"),
        note,
    )


def _bands() -> Figure:
    rows = []
    for name, slope in (("Separation at home", 1.4), ("Export of carbonate", 0.6)):
        for year in range(2026, 2041):
            middle, wide = 2 + slope * (year - 2026), 0.3 + 0.35 * (year - 2026)
            rows.append((year, name, *(max(middle + z * wide, 0.0) for z in (-1.64, -0.67, 0, 0.67, 1.64))))
    data = pd.DataFrame(rows, columns=["year", "series", "p05", "p25", "p50", "p75", "p95"])
    unit = "value kept, billion RM (2025 prices); median, 50 % and 90 % bands"
    return _example("bands", "Separation keeps more value, with a wider range", unit, data, Bands("bn RM"))


def _basket() -> Figure:
    rows = [
        ("La", 0.28, 0.2, 0.15, 0.4, "reported", "reported"),
        ("Ce", 0.12, 0.1, 0.05, 0.2, "reported", "reported"),
        ("Nd", 0.20, 12.5, 9.0, 21.0, "reported", "reported"),
        ("Dy", 0.03, 7.4, 5.0, 14.0, "reported", "reported"),
        ("Tb", 0.005, 4.6, 3.0, 9.5, "reported", "reported"),
        ("Y", 0.25, 1.5, None, None, "estimate", "reported"),
        ("Ho", 0.01, None, None, None, "reported", "estimate"),
    ]
    data = pd.DataFrame(rows, columns=["element", "mass_share", "value", "low", "high", "basis", "mass_basis"])
    unit = "per kg REO of the basket; lines are the lowest and highest price of the last five years"
    return _example("basket", "A quarter of the mass makes nine tenths of the value", unit, data, BasketBars())


def _dots() -> Figure:
    rows = [
        ("Separation, light rare earths", 38.0, 24.0, 61.0, "reported"),
        ("Separation, heavy rare earths", 120.0, 70.0, 210.0, "estimate"),
        ("Metal", 45.0, None, None, "memory"),
        ("Magnet", 88.0, 60.0, 110.0, "reported"),
        ("Alloy", None, None, None, "reported"),
    ]
    data = pd.DataFrame(rows, columns=["item", "value", "low", "high", "basis"])
    marks = RangeDots(reference=100.0, reference_label="limit set", unit_short="USD per kg a year")
    return _example(
        "range-dots", "Heavy separation costs most, and is known least", "capital cost; 90 % range", data, marks
    )


def _shares() -> Figure:
    rows = [
        ("Mine", "China", 0.69, "reported"),
        ("Mine", "United States", 0.12, "reported"),
        ("Mine", "Myanmar", 0.08, "estimate"),
        ("Mine", "others", 0.11, "reported"),
        ("Separation", "China", 0.90, "reported"),
        ("Separation", "Malaysia", 0.05, "reported"),
        ("Separation", "others", 0.05, "reported"),
        ("Magnet", "China", 0.92, "estimate"),
        ("Magnet", "others", 0.03, "reported"),
    ]
    data = pd.DataFrame(rows, columns=["item", "part", "share", "basis"])
    return _example(
        "share-bars",
        "The nearer the magnet, the larger the share of one country",
        "share of world output, %",
        data,
        ShareBars(),
    )


def _waterfall() -> Figure:
    rows = [
        ("Export of carbonate", 2.0, "total", "reported"),
        ("Margin of separation", 1.6, "change", "reported"),
        ("Tax on the plant", 0.4, "change", "estimate"),
        ("Grant", -0.7, "change", "reported"),
        ("Disposal of residue", -0.3, "change", "estimate"),
        ("Separation at home", 3.0, "total", "reported"),
    ]
    data = pd.DataFrame(rows, columns=["item", "value", "kind", "basis"])
    unit = "net present value for the country, billion RM (2025 prices)"
    return _example("waterfall", "The margin of separation outweighs grant and residue", unit, data, Waterfall())


def _tornado() -> Figure:
    rows = [
        ("Price of NdPr oxide", -0.6, 4.1, "55 USD/kg", "120 USD/kg"),
        ("Recovery of the leach", 0.9, 2.8, "60 %", "85 %"),
        ("Capital cost", 2.5, 1.1, "-20 %", "+40 %"),
        ("Price of acid", 2.1, 1.7, "90 USD/t", "160 USD/t"),
    ]
    data = pd.DataFrame(rows, columns=["item", "low_result", "high_result", "low_input", "high_input"])
    unit = "net present value, billion RM (2025 prices), one input moved at a time over its 90 % range"
    return _example(
        "tornado", "The price of NdPr decides whether the plant pays", unit, data, Tornado(1.9, "bn RM (2025 prices)")
    )


def _timeline() -> Figure:
    rows = [
        ("Rules", "Ban on the export of raw ore", "2024-01-01", None, "yes", "reported"),
        ("Rules", "Pilot permit", "2024-03-15", "2026-12-31", "no", "reported"),
        ("Engagements", "Visit of ministers", "2025-10-26", None, "no", "reported"),
        ("Engagements", "Talks on a separation plant", "2025-06", "2026-04", "no", "memory"),
        ("Shocks", "Licences for seven elements abroad", "2025-04-04", None, "yes", "reported"),
    ]
    data = pd.DataFrame(rows, columns=["lane", "label", "start", "end", "open", "basis"])
    return _example(
        "timeline",
        "Talks began after the licences abroad",
        "rules, engagements and shocks by date",
        data,
        Timeline(today="2026-11-09"),
    )


def _matrix() -> Figure:
    rows = [
        ("Japan", "Technology", 0.9, "separation, magnet", "reported"),
        ("Japan", "Finance", 0.7, "loans", "reported"),
        ("Japan", "Offtake", 0.8, "6 kt a year", "estimate"),
        ("Australia", "Technology", 0.6, "separation", "reported"),
        ("Australia", "Finance", 0.5, "export credit", "reported"),
        ("Australia", "Offtake", None, None, None),
        ("Korea, Republic of", "Technology", 0.75, "magnet", "reported"),
        ("Korea, Republic of", "Finance", 0.3, "equity", "memory"),
        ("Korea, Republic of", "Offtake", 0.1, "none yet", "reported"),
    ]
    data = pd.DataFrame(rows, columns=["partner", "criterion", "score", "shown", "basis"])
    return _example(
        "partner-matrix",
        "No single partner offers all three",
        "facts by criterion, worse to better",
        data,
        PartnerMatrix(),
    )


def _regret() -> Figure:
    draw = np.random.default_rng(1)
    rows = [
        (name, float(value))
        for name, mean in (("Separate at home", 0.35), ("Export carbonate", 1.1), ("Toll in a partner's plant", 0.7))
        for value in draw.exponential(mean, 100)
    ]
    data = pd.DataFrame(rows, columns=["strategy", "regret"])
    unit = "loss against the best strategy of each of 100 futures, billion RM (2025 prices)"
    return _example("regret", "Separation at home is regretted least", unit, data, Regret("bn RM (2025 prices)"))


def _sankey() -> Figure:
    rows = [
        ("Clay of two states", "Carbonate", 3.0, "light", "reported"),
        ("Clay of two states", "Leach residue", 0.6, "light", "estimate"),
        ("Clay of two states", "Carbonate", 1.1, "heavy", "reported"),
        ("Imported concentrate", "Carbonate", 14.0, "light", "reported"),
        ("Imported concentrate", "Leach residue", 1.5, "light", "reported"),
        ("Carbonate", "Oxide", 15.2, "light", "reported"),
        ("Carbonate", "Exported carbonate", 1.0, "heavy", "reported"),
        ("Carbonate", "Separation loss", 1.2, "light", "estimate"),
        ("Oxide", "Exported oxide", 15.0, "light", "reported"),
        ("Oxide", "Metal", 0.2, "light", "estimate"),
        ("Metal", "Magnet", 0.18, "light", "estimate"),
    ]
    data = pd.DataFrame(rows, columns=["source", "target", "value", "group", "basis"])
    marks = Sankey(losses=("Leach residue", "Separation loss"))
    return _example("sankey", "Almost all oxide leaves before it becomes metal", "kt REO per year", data, marks)


def _flowsheet() -> Figure:
    rows = [
        (None, "Cracking and leaching", "Concentrate", 20.0, "reported"),
        (None, "Cracking and leaching", "Acid", 31.0, "estimate"),
        ("Cracking and leaching", "Purification", "Leach liquor", 310.0, "reported"),
        ("Cracking and leaching", None, "Leach residue", 14.0, "reported"),
        ("Purification", "Solvent extraction", "Chloride", 250.0, "reported"),
        ("Purification", None, "Iron and thorium cake", 3.2, "estimate"),
        ("Solvent extraction", "Precipitation", "Nd Pr strip liquor", 60.0, "reported"),
        ("Solvent extraction", "Heavy circuit", "Raffinate", 120.0, "reported"),
        ("Heavy circuit", "Precipitation", "Dy Tb strip liquor", 4.0, "estimate"),
        ("Precipitation", None, "Oxides", 9.0, "reported"),
        ("Precipitation", "Solvent extraction", "Recycled liquor", 48.0, "reported"),
        ("Heavy circuit", "Cracking and leaching", "Recovered acid", None, "reported"),
    ]
    data = pd.DataFrame(rows, columns=["source", "target", "stream", "value", "basis"])
    return _example(
        "flowsheet",
        "Two recycles carry the liquor and the acid back",
        "kt gross per year",
        data,
        Flowsheet("kt per year"),
    )


def _map() -> Figure:
    rows = [
        ("Kenering", 5.6, 101.1, None, None, None, "mine", "reported"),
        ("Gebeng", 3.98, 103.4, None, None, None, "separation", "reported"),
        ("Shah Alam", 3.07, 101.5, None, None, None, "planned", "estimate"),
        ("Mount Weld", -28.9, 122.5, 3.98, 103.4, 14.0, "mine", "reported"),
        ("Ganzhou", 25.8, 114.9, None, None, None, "separation", "reported"),
        ("Tokyo", 35.7, 139.7, None, None, None, "magnet", "reported"),
        ("Pulau Indah", 2.95, 101.3, 35.7, 139.7, 5.0, "planned", "memory"),
    ]
    columns = ["label", "lat_deg", "lon_deg", "to_lat_deg", "to_lon_deg", "value", "series", "basis"]
    marks = WorldMap(box_deg=(88.0, -38.0, 158.0, 46.0), value_title="kt gross per year")
    return _example(
        "map",
        "Concentrate crosses the equator to be separated",
        "places and flows",
        pd.DataFrame(rows, columns=columns),
        marks,
    )


def _shaded() -> Figure:
    rows = [
        ("AUS", 4.2),
        ("CHN", 44.0),
        ("BRA", 21.0),
        ("VNM", 3.5),
        ("RUS", 10.0),
        ("IND", 6.9),
        ("USA", 1.9),
        ("MYS", None),
        ("GRL", 1.5),
    ]
    data = pd.DataFrame(
        [(iso3, value, None, None, "") for iso3, value in rows],
        columns=["iso3", "value", "lat_deg", "lon_deg", "label"],
    )
    return _example(
        "map-shaded", "One country holds more than all others on the map", "reserves, Mt REO", data, WorldMap()
    )
