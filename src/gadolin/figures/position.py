"""Figures of a country's position: ladder, baskets, shares, trade, prices, timeline and the map of plants.

Each function gives a `Figure`, or None where the position holds nothing to draw.
"""

from __future__ import annotations

import pandas as pd

from gadolin.case import Case
from gadolin.figures.basket import BasketBars
from gadolin.figures.grammar import Figure
from gadolin.figures.ladder import Ladder
from gadolin.figures.language import Told
from gadolin.figures.lines import PriceHistory, TradeLines
from gadolin.figures.names import country_name, ore_name
from gadolin.figures.range_dots import RangeDots
from gadolin.figures.rows_behind import worded
from gadolin.figures.timeline import Timeline
from gadolin.figures.world_map import WorldMap
from gadolin.position import Position
from gadolin.position.dependence import EU_CEILING_SHARE

__all__ = ["basket", "exports", "ladder", "leading_shares", "plants_map", "prices", "stage_words", "timeline"]

_STATUS = {
    "own": "operating",
    "foreign": "operating",
    "construction": "building",
    "planned": "planned",
    "missing": "none",
}
_STAGES = ("mine", "separation", "separation_heavy", "metal", "magnet")
_PRICED = ("Nd", "Dy", "Tb", "Ce")
_EVENTS_SHOWN, _MEETINGS_SHOWN = 6, 8
_RUNS = "a plant or mine runs"
_MARKETS = {"china_domestic": "China, domestic"}


def stage_words(key: str) -> Told:
    """A stage, with its group of products where it has one, e.g. `separation, heavy`."""
    stage, _, group = key.partition("_")
    return Told("{stage}, {group}", stage=stage, group=group) if group else Told(stage)


def ladder(case: Case, found: Position) -> Figure:
    """The capability ladder from ore to magnet."""
    rows, refs = [], []
    for rung in found.ladder.rungs:
        running = [p for p in rung.plants if p.status == "operating"] or list(rung.plants)
        names = ", ".join(dict.fromkeys(p.name.text for p in running[:3]))
        more = len(running) - 3
        label = Told("{refs} and {count} more", refs=names, count=f"{more}") if more > 0 else names
        label = Told("{plants} (owners abroad)", plants=label) if rung.state == "foreign" else label
        rows.append((Told(rung.title), _STATUS.get(rung.state, "not known"), label, rung.gap.basis))
        refs += [r for p in rung.plants for r in p.name.refs]
    missing = [r.title.lower() for r in found.ladder.rungs if r.state == "missing"]
    finding = Told("No plant at home for {stages}", stages=missing) if missing else "Every rung has a plant or a plan"
    names = ("stage", "status", "label", "basis")
    data = worded({name: [row[place] for row in rows] for place, name in enumerate(names)})
    refs = refs or [case.line_ref("case.country")]
    unit = Told("best status of the plants on record in {country}", country=found.country_name)
    return Figure("ladder-rungs", finding, unit, data, Ladder(), tuple(dict.fromkeys(refs)), data_date=case.data_date)


def basket(case: Case, found: Position) -> Figure | None:
    """Mass and value per element of the first basket that has a value."""
    priced = [(b, c) for b in found.baskets if b.value.known for c in found.deposits.compositions if _same_ore(b, c)]
    if not priced:
        return None
    worth, vector = priced[0]
    rows = []
    for element, share in vector.shares_pct.items():
        price = worth.by_element.get(element)
        ends = (None, None, None) if price is None else (price.value, price.low, price.high)
        if share.value is not None:
            rows.append((element, share.value / 100, *ends, share.basis, share.basis))
    data = pd.DataFrame(rows, columns=["element", "mass_share", "value", "low", "high", "basis", "mass_basis"])
    data[["value", "low", "high"]] = data[["value", "low", "high"]].astype(float)
    ore = ore_name(case, worth.deposit_id, worth.vector_id)
    most = data.dropna(subset=["value"]).sort_values("value", ascending=False)["element"].head(2)
    return Figure(
        "basket-elements",
        Told("{elements} make most of the value of this basket", elements=list(most)),
        Told("{ore}; {unit} without VAT; lines are the span of prices", ore=ore, unit=worth.value.unit),
        data,
        BasketBars(value_title=f"part of the basket price, {worth.value.unit}"),
        worth.value.refs,
        data_date=worth.deck_date,
        note="A basket is no price of an ore.",
    )


def _same_ore(basket: object, composition: object) -> bool:
    return all(getattr(basket, k) == getattr(composition, k) for k in ("deposit_id", "vector_id"))


def leading_shares(case: Case, found: Position) -> Figure | None:
    """Share of the leading country by stage, one dot per source of its last two years."""
    rows, refs = [], []
    for stage in _STAGES:
        groups = found.dependence.leading_by_definition(stage)
        for group in [g for g in groups if g.year >= groups[0].year - 1]:
            q = group.leading
            ends = [None if end is None else 100 * end for end in (q.value, q.low, q.high)]
            label = Told("{stage}, {year}: {scope}", stage=stage_words(stage), year=f"{group.year}", scope=group.scope)
            rows.append((label, *ends, q.basis))
            refs += q.refs
    if not rows:
        return None
    names = ("item", "value", "low", "high", "basis")
    data = worded({name: [row[place] for row in rows] for place, name in enumerate(names)})
    data[["value", "low", "high"]] = data[["value", "low", "high"]].astype(float)
    leading = country_name(case, found.dependence.leading_country)
    return Figure(
        "leading-shares",
        Told("How far {country} leads depends on the stage and on the definition", country=leading),
        Told("share of {country} in world output, %; lines are ranges of a source", country=leading),
        data,
        RangeDots(reference=100 * EU_CEILING_SHARE, reference_label="EU ceiling for one country", unit_short="%"),
        tuple(dict.fromkeys(refs)),
        data_date=case.data_date,
    )


def exports(case: Case, found: Position) -> Figure | None:
    """Exports by six-digit code over the years."""
    lines = [t for t in found.trade.totals if t.flow == "export" and t.quantity.known]
    if not lines:
        return None
    largest: dict[str, float] = {}
    for line in lines:
        largest[line.hs6] = max(largest.get(line.hs6, 0.0), line.quantity.value or 0.0)
    codes = sorted(largest, key=lambda code: -largest[code])[:4]
    rows = [
        (t.year, f"HS {t.hs6}", (t.quantity.value or 0.0) / 1000, t.quantity.basis) for t in lines if t.hs6 in codes
    ]
    data = pd.DataFrame(rows, columns=["year", "series", "value", "basis"]).sort_values(["series", "year"])
    years = range(int(data["year"].min()), int(data["year"].max()) + 1)
    grid = pd.MultiIndex.from_product([years, [f"HS {c}" for c in codes]], names=["year", "series"])
    data = data.set_index(["year", "series"]).reindex(grid).reset_index()
    return Figure(
        "exports",
        Told(
            "Of its rare-earth exports {country} ships most under HS {code}", country=found.country_name, code=codes[0]
        ),
        "exports, kt gross per year, by six-digit code",
        data,
        TradeLines(unit_short="kt gross"),
        tuple(dict.fromkeys(r for t in lines for r in t.quantity.refs)),
        source="CEPII, BACI",
        data_date=str(found.trade.last_year or ""),
        note="Six digits mix raw and finished goods; a gap is a year without a report.",
    )


def prices(case: Case) -> Figure | None:
    """Prices of four oxides in the market with most reports, with the largest events."""
    table = case.table("prices")
    oxides = table[(table["good"] == "oxide") & table["product"].isin(_PRICED) & (table["price_usd_per_kg"] > 0)]
    oxides = oxides[oxides["date"].str.len() == 10]
    if oxides.empty:
        return None
    market = oxides.groupby("market").size().sort_values(kind="stable").index[-1]
    shown = oxides[oxides["market"] == market]
    data = shown.groupby(["product", "date"], as_index=False)["price_usd_per_kg"].median()
    data = data.rename(columns={"product": "series", "price_usd_per_kg": "value"})
    data = data.sort_values(["series", "date"])
    oxide = {element: Told("{element} oxide", element=element) for element in data["series"].unique()}
    data = worded({"date": data["date"], "series": [oxide[e] for e in data["series"]], "value": data["value"]})
    events = case.table("events")
    inside = events[events["date"].str.len() == 10]
    inside = inside[(inside["date"] >= data["date"].min()) & (inside["date"] <= data["date"].max())]
    near = {case.country, case.settings.position.leading_country}
    acted = inside["actors"].map(lambda actors: bool(near & set(actors))).astype(bool)
    inside = inside[inside["kind"].str.startswith("export") & acted].sort_values("date").tail(_EVENTS_SHOWN)
    marks = tuple((str(d), str(t)) for d, t in zip(inside["date"], inside["description"], strict=True))
    refs = [case.ref("prices", str(i), "price_usd_per_kg") for i in shown.index]
    return Figure(
        "prices",
        "Heavy oxides cost many times what cerium does, and move more",
        Told(
            "oxide, USD/kg, log axis; market {market}, median where a day has several grades",
            market=_MARKETS.get(str(market), str(market).replace("_", " ")),
        ),
        data,
        PriceHistory(events=marks, unit_short="USD/kg"),
        (*refs, *(case.ref("events", str(i), "date") for i in inside.index)),
        data_date=str(data["date"].max()),
    )


def timeline(case: Case, found: Position) -> Figure | None:
    """Export rules at home and of the leading country, and the latest meetings of leaders and ministers."""
    rows, refs, counts = [], [], []
    leading = found.dependence.leading_country
    for lane, policies in (
        (Told("Export rules at home"), found.rules.at_home),
        (
            Told("Export rules of {country}", country=country_name(case, leading)),
            [p for p in found.rules.abroad if p.country == leading],
        ),
    ):
        for policy in policies:
            if policy.start and "export" in policy.instrument:
                kind = policy.instrument.replace("_", " ")
                label = Told("{instrument} ({record})", instrument=kind, record=policy.row_id)
                rows.append((lane, label, policy.start, policy.end, "no" if policy.end else "yes", policy.text.basis))
                refs += policy.text.refs
        counts.append(len(rows) - sum(counts))
    meetings = [m for m in found.rules.engagements if m.level in ("head_of_government", "minister")]
    for meeting in sorted(meetings, key=lambda m: m.date)[-_MEETINGS_SHOWN:]:
        with_whom = [country_name(case, c) for c in meeting.counterparts]
        label = Told("{form}, {countries}", form=meeting.form.replace("_", " "), countries=with_whom)
        lane = Told("Latest meetings of leaders and ministers")
        rows.append((lane, label, meeting.date, None, "no", meeting.subject.basis))
        refs += meeting.subject.refs
    if not rows:
        return None
    names = ("lane", "label", "start", "end", "open", "basis")
    data = worded({name: [row[place] for row in rows] for place, name in enumerate(names)})
    return Figure(
        "timeline-rules",
        Told(
            "Export rules in force number {home} at home and {abroad} in {leading}",
            home=f"{counts[0]}",
            abroad=f"{counts[1]}",
            leading=country_name(case, leading),
        ),
        Told("rules in force on the day of the data, and the last {count} meetings", count=f"{_MEETINGS_SHOWN}"),
        data,
        Timeline(today=found.rules.on),
        tuple(dict.fromkeys(refs)),
        data_date=case.data_date,
    )


def plants_map(case: Case, found: Position) -> Figure | None:
    """Where the plants of the country stand; open marks where the place is from memory."""
    table = case.table("facilities")
    own = table[(table["country_iso3"] == case.country) & table["lat_deg"].notna() & ~table["is_aggregate"]]
    if own.empty:
        return None
    rows = []
    for (lat, lon), here in own.groupby(["lat_deg", "lon_deg"], sort=True):
        runs = (here["status"] == "operating").any()
        place = next((str(c) for c in here["city"] if not pd.isna(c)), str(here["name"].iloc[0]))
        remembered = any("lat_deg" in fields for fields in here["fields_from_memory"])
        label = f"{place}: {len(here)}" if len(here) > 1 else place
        series = _RUNS if runs else "none runs yet"
        rows.append((label, float(lat), float(lon), Told(series), "memory" if remembered else "reported", len(here)))
    names = ("label", "lat_deg", "lon_deg", "series", "basis", "plants_count")
    data = worded({name: [row[place] for row in rows] for place, name in enumerate(names)})
    low, high = data[["lat_deg", "lon_deg"]].min(), data[["lat_deg", "lon_deg"]].max()
    box = (
        max(low["lon_deg"] - 6, -180.0),
        max(low["lat_deg"] - 3, -90.0),
        min(high["lon_deg"] + 6, 180.0),
        min(high["lat_deg"] + 3, 90.0),
    )
    return Figure(
        "plants-map",
        Told(
            "{country} runs a plant or a mine at {running} of {sites} sites on record",
            country=found.country_name,
            running=f"{(data['series'] == _RUNS).sum()}",
            sites=f"{len(data)}",
        ),
        "sites on record, with the number of plants where there are several",
        data,
        WorldMap(box_deg=(float(box[0]), float(box[1]), float(box[2]), float(box[3]))),
        tuple(case.ref("facilities", str(i), "lat_deg") for i in own.index),
        data_date=case.data_date,
        note="Open marks: the place is known to the city only, from memory.",
    )
