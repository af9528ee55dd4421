"""Each kind of figure: sound SVG, held to its golden file, faithful to its data, and strict about what it is given."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gadolin import figures
from gadolin.errors import InputError
from gadolin.figures import samples
from gadolin.figures.vega import Vega, log_ticks, spread
from gadolin.figures.world_map import _atlas

GOLDEN = Path(__file__).parent / "golden"
KINDS = samples.all_kinds()
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", KINDS)
def test_svg_is_sound(name):
    root = ET.fromstring(KINDS[name].svg())
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert all(i.startswith(f"fig-{name}") for i in ids)
    used = set(re.findall(r"url\(#([^)]+)\)", KINDS[name].svg()))
    assert used <= set(ids)
    assert root.get("role") == "img"
    assert "Boundaries are not an expression of opinion" in KINDS[name].svg() or not name.startswith("map")


@pytest.mark.parametrize("name", [n for n, f in KINDS.items() if not isinstance(f.marks, Vega | figures.WorldMap)])
def test_own_svg_equals_its_golden_file(name):
    """A map's would be the outlines of the world; its outlines, places and areas are tested below."""
    golden = (GOLDEN / f"{name}.svg").read_text("utf-8")
    assert KINDS[name].svg() == golden.rstrip("\n")


@pytest.mark.parametrize("name", [n for n, f in KINDS.items() if isinstance(f.marks, Vega)])
def test_spec_equals_its_golden_file(name):
    figure = KINDS[name]
    assert isinstance(figure.marks, Vega)
    spec = figure.marks.full_spec(figure.data, f"fig-{name}", 728)
    assert json.loads(json.dumps(spec)) == json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", KINDS)
def test_missing_column_is_named(name):
    figure = KINDS[name]
    first = {"price-history": "value", "map": "lat_deg", "map-shaded": "lat_deg"}.get(name, figure.data.columns[0])
    broken = figures.Figure(name, "f", "u", figure.data.drop(columns=first), figure.marks, ("a:b:c",))
    with pytest.raises(InputError, match=f"missing: {first}"):
        broken.svg()


@pytest.mark.parametrize(
    "name", ["ladder", "share-bars", "waterfall", "sankey", "flowsheet", "timeline", "partner-matrix"]
)
def test_estimates_are_marked(name):
    svg = KINDS[name].svg()
    assert "est." in svg
    assert "stroke-dasharray" in svg


def bars_of(svg, colour):
    return [float(w) for w in re.findall(rf'd="M[\d.]+,[\d.]+h([\d.]+)v[\d.]+h[-\d.]+Z" fill="{colour}"', svg)]


def test_bars_are_as_long_as_their_values():
    """Widths of the mass bars over their shares are one number: the scale starts at zero and is linear."""
    figure = KINDS["basket"]
    widths = np.array(bars_of(figure.svg(), figures.grammar.palette.SERIES[1]))
    solid = figure.data[figure.data["mass_basis"] == "reported"]  # an estimate is hatched
    assert len(widths) == len(solid)
    scale = widths / solid["mass_share"].to_numpy()
    assert scale == pytest.approx(np.full(len(scale), scale[0]), rel=2e-3)


def test_sankey_ribbons_are_as_wide_as_their_flows():
    figure = KINDS["sankey"]
    root = ET.fromstring(figure.svg())
    wide = {}
    for path in root.iter(f"{SVG}path"):
        if path.get("class") == "flow":
            width = float(re.search(r" v([\d.]+) ", path.get("d"))[1])
            wide.setdefault((path.get("data-source"), path.get("data-target")), []).append(width)
    assert sum(map(len, wide.values())) == len(figure.data)
    flows = figure.data.groupby(["source", "target"])["value"].sum()
    scale = sum(wide["Imported concentrate", "Carbonate"]) / flows["Imported concentrate", "Carbonate"]
    for pair, value in flows.items():
        assert sum(wide[pair]) == pytest.approx(max(value * scale, len(wide[pair]) * 1.0), rel=2e-3)
    assert "Carbonate: 0.7 not accounted for" in figure.svg()


def test_sankey_refuses_loops_and_nothing():
    loop = pd.DataFrame([("a", "b", 1.0), ("b", "c", 1.0), ("c", "a", 1.0)], columns=["source", "target", "value"])
    with pytest.raises(InputError, match="loop through"):
        figures.Sankey().draw(loop, "fig-x", 700)
    with pytest.raises(InputError, match="greater than 0"):
        figures.Sankey().draw(loop.assign(value=0.0), "fig-x", 700)


def test_flowsheet_draws_each_stream_once_and_finds_recycles():
    root = ET.fromstring(KINDS["flowsheet"].svg())
    streams = [e for e in root.iter(f"{SVG}path") if e.get("class") == "stream"]
    assert len(streams) == len(KINDS["flowsheet"].data)
    blocks = [e for e in root.iter(f"{SVG}rect") if e.get("class") == "block"]
    floor = max(float(b.get("y")) + float(b.get("height")) for b in blocks)
    below = [s for s in streams if max(float(y) for y in re.findall(r",([\d.]+)", s.get("d"))) > floor]
    assert len(below) == 2


def test_shares_over_one_and_wrong_totals_are_refused():
    shares = pd.DataFrame([("a", "x", 0.7), ("a", "y", 0.4)], columns=["item", "part", "share"])
    with pytest.raises(InputError, match=r"a has 1\.1"):
        figures.ShareBars().draw(shares, "fig-x", 700)
    steps = pd.DataFrame(
        [("a", 1.0, "total"), ("b", 1.0, "change"), ("c", 3.0, "total")], columns=["item", "value", "kind"]
    )
    with pytest.raises(InputError, match="total 3 is not the sum 2"):
        figures.Waterfall().draw(steps, "fig-x", 700)


def test_bands_in_order_and_prices_above_zero():
    bands = KINDS["bands"].data.assign(p25=99.0)
    with pytest.raises(InputError, match="p05 <= p25"):
        figures.Bands().draw(bands, "fig-x", 700)
    with pytest.raises(InputError, match="greater than 0"):
        figures.PriceHistory().draw(KINDS["price-history"].data.assign(value=0.0), "fig-x", 700)


def test_five_series_are_refused():
    rows = [(2020 + y, f"s{i}", 1.0) for i in range(5) for y in range(2)]
    with pytest.raises(InputError, match="at most 4 series, got 5"):
        figures.TradeLines().draw(pd.DataFrame(rows, columns=["year", "series", "value"]), "fig-x", 700)


def test_spread_keeps_order_distance_and_room():
    wanted = list(np.random.default_rng(2).uniform(0, 200, 12))
    got = spread(wanted, 14, 0, 200)
    ordered = np.sort(got)
    assert np.diff(ordered).min() >= 14 - 1e-9
    assert list(np.argsort(got)) == list(np.argsort(wanted))
    assert ordered[0] >= 0
    assert ordered[-1] <= 200
    assert spread([10, 100], 14, 0, 200) == [10, 100]


@pytest.mark.parametrize(("low", "high"), [(0.7, 3.2), (1.0, 1.0), (3, 90_000), (45, 55)])
def test_log_ticks_bracket(low, high):
    ticks = log_ticks(low, high)
    assert ticks[0] <= low
    assert ticks[-1] >= high


def test_outlines_hold_the_countries_the_product_names():
    known = set(_atlas()["countries"])
    assert {"MYS", "CHN", "AUS", "VNM", "USA", "KOR", "JPN", "MMR", "SGP", "GRL"} <= known
    assert len(known) > 230


def test_equal_earth_keeps_areas():
    """The area of a degree cell on paper is that on the sphere (Green's theorem on its outline)."""
    from gadolin.figures.world_map import equal_earth

    for south in (0, 30, 60):
        edge = np.linspace(0, 1, 200)
        lon = np.concatenate([edge, np.ones(200), edge[::-1], np.zeros(200)]) + 90
        lat = np.concatenate([np.zeros(200), edge, np.ones(200), edge[::-1]]) + south
        x, y = equal_earth(lon, lat)
        drawn = 0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)
        true = np.radians(1) * (np.sin(np.radians(south + 1)) - np.sin(np.radians(south)))
        assert drawn == pytest.approx(true, rel=1e-4)


@pytest.mark.parametrize(("iso3", "lon", "lat"), [("MYS", 101.7, 4.5), ("RUS", -174.5, 65.5), ("CHN", 104.0, 30.6)])
def test_a_place_lies_in_the_outline_of_its_country(iso3, lon, lat):
    """Even-odd rule on the drawn path, in the pixels of the map; Chukotka lies beyond 180 degrees."""
    from gadolin.figures.world_map import _View

    marks = figures.WorldMap(box_deg=(-180.0, -60.0, 180.0, 80.0))
    columns = ["iso3", "value", "lat_deg", "lon_deg", "label"]
    svg = marks.draw(pd.DataFrame([(iso3, 1.0, None, None, "")], columns=columns), "fig-x", 728).svg
    x, y = _View.of(marks.box_deg, 728).px(lon, lat)
    path = re.search(rf'd="([^"]+)"[^>]*data-iso3="{iso3}"', svg)[1]
    crossings = 0
    for ring in path.strip("MZ").split("ZM"):
        points = np.array([[float(n) for n in p.split(",")] for p in ring.split("L")])
        (x1, y1), (x2, y2) = points.T, np.roll(points, -1, axis=0).T
        cut = (y1 > y) != (y2 > y)
        crossings += int(np.sum(x < (x1 + (x2 - x1) * (y - y1) / np.where(y2 == y1, 1, y2 - y1))[cut]))
    assert crossings % 2 == 1
