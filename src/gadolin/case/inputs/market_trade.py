"""Facts from the records of trade: tonnage, value, and what a heading holds.

Both tonnage and value are linear in the flows of elements, so the unit value tells what a heading holds. The prior for
its composition is the world supply, tilted by price until it meets the unit value (least change in relative entropy).
Widths are judgements, not error bars of a source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from gadolin.case.inputs import market_structure as shape
from gadolin.case.inputs.market_structure import Structure
from gadolin.errors import Fault, InputError
from gadolin.market.observations import Fact, NodePrice, route_key

__all__ = ["ADD_ROWS", "LEAST_MISSES", "Trade", "YearReader", "one_sigma"]

ADD_ROWS = "; take a later date or year, or add rows to the case's own {}"
"""What to do where a table knows nothing of a year."""

LEAST_TRADE_T_GROSS = 20.0
ONE_SIGMA_SHARE = 0.683
"""Share of a normal distribution within one standard deviation."""

LEAST_MISSES = 8
"""Flows of a size class that must be known in the years before, or the widest class stands for it."""
UNIT_VALUE_EXPORTERS = ("CHN", "MYS", "USA", "VNM", "IND")
"""Exporters whose compounds are commodities; elsewhere the unit value is that of formulated products."""


@dataclass(eq=False)
class YearReader:
    """Reads tables for one year and one composition of the baskets.

    Args:
        table: Reader of tables.
        year: Base year.
        structure: Composition of the baskets and priors.
        remarks: What had to stand in for what; filled while reading.
    """

    table: Callable[[str], pd.DataFrame]
    year: int
    structure: Structure
    remarks: list[str] = field(default_factory=list)


class Trade(YearReader):
    """Trade of the newest year up to the base year."""

    def facts(self, prices: tuple[NodePrice, ...], supply: Mapping[str, float]) -> tuple[list[Fact], set[str]]:
        """Tonnage and value of each flow of the trade data, with a prior for what it holds; and the routes it opens.

        Args:
            prices: Price at every node.
            supply: World shares of the oxides made. [share]
        """
        price = {(p.region, p.good): p.price_usd_per_kg for p in prices}
        prior = self.structure.priors.value
        found: list[Fact] = []
        opened: set[str] = set()
        of_value, held = (prior("width_share", k) for k in ("trade_value", "trade_holds"))
        year, earlier = self.newest_year(), self._earlier()
        if year != self.year:
            self.remarks.append(f"trade of {self.year} is not known yet: that of {year} stands for it")
        for row in self._flows(year).itertuples():
            hs6, origin, destination = str(row.hs6), str(row.origin), str(row.destination)
            tonnes, musd = float(str(row.t_gross)), float(str(row.musd))
            refs: tuple[str, ...] = tuple(row.refs)  # pyright: ignore[reportArgumentType] - a list, as `_flows` makes it
            if (
                tonnes < LEAST_TRADE_T_GROSS
                or destination == "MMR"
                or (origin == "MMR" and (hs6 != "284690" or destination != "CHN"))
            ):
                continue
            raw = hs6 == "284690" and origin in shape.MINES["clay"] and origin != "CHN" and destination == "CHN"
            if hs6 == "280530" and (origin, destination) == ("AUS", "MYS"):
                key = route_key("concentrate:mt_weld", origin, destination)
                found.append(
                    Fact(
                        f"{hs6} {origin}>{destination} as concentrate",
                        {key: prior("gross_factor", "concentrate")},
                        tonnes / 1000,
                        prior("width_share", "raw_trade") * tonnes / 1000,
                        "reported",
                        refs=refs,
                    )
                )
                continue
            kind, names = ("metal", shape.METALS) if hs6 == "280530" else ("oxide", shape.OXIDES)
            if hs6 == "284610":
                names = ("Ce",)
            elif kind == "oxide":
                names = tuple(e for e in names if e != "Ce")  # cerium compounds have a heading of their own
            if origin == "MMR":
                names = ()
            keys = {e: route_key(f"{kind}:{e}", origin, destination) for e in names}
            cost = {e: price[origin, f"{kind}:{e}"] for e in names}
            opened |= set(keys.values())
            terms = dict.fromkeys(keys.values(), 1.0)
            share = {e: max(supply[e], 1e-4) for e in names}
            mix = _tilted(share, cost, musd * 1000 / tonnes) if len(names) > 1 else dict.fromkeys(names, 1.0)
            if raw:
                key = route_key("mixed_carbonate:clay", origin, destination)
                opened.add(key)
                terms |= {key: prior("gross_factor", "clay_carbonate")}
                mix = {e: prior("raw_trade_share", "separated") * v for e, v in mix.items()}
            kt = tonnes / 1000
            width = prior("width_share", "raw_trade" if raw else "trade")
            name = f"{hs6} {origin}>{destination}"
            found.append(Fact(f"{name} tonnes", terms, kt, width * kt + 0.005, "reported", refs=refs))
            found += _expected(f"{name} tonnes", terms, earlier.get((hs6, origin, destination)))
            if origin in UNIT_VALUE_EXPORTERS and hs6 != "284610" and not raw:
                values = {keys[e]: cost[e] for e in names}
                found.append(Fact(f"{name} value", values, musd, of_value * musd + 0.05, "reported", refs=refs))
            found += [
                Fact(f"{name} holds {e}", {keys[e]: 1.0}, v * kt, held * v * kt + 1e-4, "estimate", False, refs)
                for e, v in mix.items()
            ]
        return _merged(found), opened

    def newest_year(self) -> int:
        """Newest year of trade up to the base year.

        Raises:
            InputError: There is none.
        """
        years = self.table("trade").year
        known = years[years <= self.year]
        if known.empty:
            text = f"no trade up to {self.year} is known"
            raise InputError(Fault(text + ADD_ROWS.format("trade"), field="trade"))
        return int(known.max())

    def _earlier(self) -> dict[tuple[str, str, str], tuple[float, float, tuple[str, ...]]]:
        """Mean of the three years before of each flow, its width and rows: what one would expect without the year.

        The width is how far flows of that size were from the mean of their three years before, one and two years ago.
        """
        year = self.newest_year()
        past = {y: self._flows(y).set_index(["hs6", "origin", "destination"]) for y in range(year - 5, year)}

        def mean(last: int) -> pd.Series:
            parts = [past[y].t_gross for y in range(last - 2, last + 1)]
            return pd.concat(parts, axis=1).mean(axis=1, skipna=False).dropna()

        misses: dict[int, list[float]] = {}
        for y in (year - 2, year - 1):
            before, now = mean(y - 1), past[y].t_gross
            for key in before.index.intersection(now.index):
                misses.setdefault(_size(before[key]), []).append(float(np.log(now[key] / before[key])))
        width = {size: one_sigma(v) for size, v in misses.items() if len(v) >= LEAST_MISSES}
        if not width:
            self.remarks.append(f"too little trade before {year} is known to expect a flow from its past")
            return {}
        found = {}
        for key, tonnes in mean(year - 1).items():
            relative = width.get(_size(tonnes), max(width.values()))
            refs = tuple(r for y in (year - 1, year - 2, year - 3) for r in past[y].refs.get(key, ()))
            found[key] = (float(tonnes), relative * float(tonnes), refs)
        return found

    def _flows(self, year: int) -> pd.DataFrame:
        """Trade between regions in a year: tonnes, million USD and refs by heading, without the rows flagged bad."""
        rows = self.table("trade")
        flagged = set(self.table("trade_flags").trade_id)
        rows = rows[(rows.year == year) & ~rows.index.isin(flagged)].dropna(subset=["quantity_t_gross", "value_kusd"])
        frame = pd.DataFrame(
            {
                "hs6": rows.hs6.to_numpy(),
                "origin": [Structure.region_of(c) for c in rows.exporter_iso3],
                "destination": [Structure.region_of(c) for c in rows.importer_iso3],
                "t_gross": rows.quantity_t_gross.to_numpy(dtype=float),
                "musd": rows.value_kusd.to_numpy(dtype=float) / 1000,
                "refs": [f"trade:{row}:quantity_t_gross" for row in rows.index],
            }
        )
        frame = frame[frame.origin != frame.destination]
        summed = {"t_gross": "sum", "musd": "sum", "refs": tuple}
        return frame.groupby(["hs6", "origin", "destination"], as_index=False).agg(summed)


def _size(tonnes: float) -> int:
    """Class of a flow by powers of ten of its tonnes; all of 1,000 t and more together."""
    return min(int(np.log10(max(float(tonnes), 1.0))), 3)


def one_sigma(log_misses: Sequence[float]) -> float:
    """Relative width within which about two thirds of some misses lay. [share]"""
    return float(np.expm1(np.quantile(np.abs(log_misses), ONE_SIGMA_SHARE)))


def _expected(
    name: str, terms: Mapping[str, float], earlier: tuple[float, float, tuple[str, ...]] | None
) -> list[Fact]:
    """What the years before say about a fact: a prior, wide as such things change; none where it was not recorded."""
    if earlier is None:
        return []
    tonnes, width, refs = earlier
    return [Fact(f"{name}, years before", terms, tonnes / 1000, width / 1000 + 0.005, "derived", False, refs)]


def _tilted(share: Mapping[str, float], price: Mapping[str, float], unit_value: float) -> dict[str, float]:
    """World shares tilted by price until their mean price is the unit value (least change in relative entropy).

    Args:
        share: Shares to start from. [share]
        price: Price of each. [USD/kg]
        unit_value: Mean price to meet; taken to the nearest that shares can meet. [USD/kg]

    >>> found = _tilted({"Ce": 0.8, "Nd": 0.2}, {"Ce": 1.0, "Nd": 50.0}, 25.5)
    >>> round(found["Nd"], 6)
    0.5
    """
    names = list(share)
    s = np.array([share[n] for n in names])
    p = np.array([price[n] for n in names])
    logs = np.log(p)

    def mix(power: float) -> np.ndarray:
        w = s * np.exp(power * (logs - logs.mean()))
        return w / w.sum()

    ends = [float(mix(k) @ p) for k in (-3.0, 3.0)]
    target = min(max(unit_value, ends[0]), ends[1])
    power = (
        -3.0 if target == ends[0] else 3.0 if target == ends[1] else brentq(lambda k: mix(k) @ p - target, -3.0, 3.0)
    )
    # a root alone, for nothing more is asked of brentq
    return dict(zip(names, mix(float(power)).tolist(), strict=True))  # pyright: ignore[reportArgumentType]


def _merged(facts: list[Fact]) -> list[Fact]:
    """The facts with like names joined: two headings may both hold cerium on one route."""
    seen: dict[str, Fact] = {}
    for fact in facts:
        seen.setdefault(fact.name, fact)
    return list(seen.values())
