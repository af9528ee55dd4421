"""Operators' monthly returns: does each site's output follow from its input, and do neighbours say the same?

The strongest control there is, since it needs no partner's data. Mines, carbonate plants, separation plants and
exporters report each month, element by element or as REO in sum: feed used, product made, product received and shipped,
stocks. Balances are cumulative over the months given, because a plant holds material in process; a site's band of
recovery and its stock in process are declared in the register of sites. A month that is not closed (`partial`) never
alarms. Tonnes are oxides (REO), dry.

Alarms, by code: OUTPUT_ABOVE_INPUT, OUTPUT_BELOW_INPUT, FEED_ABOVE_RECEIPTS, STOCK_BREAK, RETURN_MISSING, RETURN_TWICE,
SHIPMENT_DIFFERS, OUTPUT_ABOVE_CAPACITY, PERMITS_ABOVE_CAPACITY, EXPORTS_DIFFER, SITE_UNKNOWN.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from gadolin.errors import did_you_mean

__all__ = ["Alarm", "Balance", "Return", "Site", "balance", "next_month"]

KINDS = ("mine", "carbonate_plant", "separation_plant", "exporter")
SLACK_SHARE = 0.005  # rounding of weights and assays, of the larger side


@dataclass(frozen=True)
class Site:
    """A site of the register.

    Args:
        site: Id.
        operator: Who runs it.
        kind: mine, carbonate_plant, separation_plant or exporter.
        capacity_t_reo_per_year: Licensed output. [t REO per year]
        recovery_low_share: Least share of the feed that becomes product.
        recovery_high_share: Most.
        in_process_t_reo: Material that the plant holds in process. [t REO]
    """

    site: str
    operator: str
    kind: str
    capacity_t_reo_per_year: float | None = None
    recovery_low_share: float = 0.0
    recovery_high_share: float = 1.0
    in_process_t_reo: float = 0.0


@dataclass(frozen=True)
class Return:
    """One line of a monthly return: a site, a month, an element (or REO).

    Args:
        month: `2026-01`.
        site: Site id.
        element: Symbol, or REO for the sum.
        fed_t_reo: Feed used. [t REO]
        produced_t_reo: Product made; for an exporter what it bought. [t REO]
        opening_t_reo: Product in stock at the start. [t REO]
        closing_t_reo: Product in stock at the end. [t REO]
        shipped_t_reo: Shipped to `to`. [t REO]
        to: Site or, for an export, `EXPORT`.
        received_t_reo: Received from `source`. [t REO]
        source: Site.
        partial: The month is not closed.
        line: Line of the file.
    """

    month: str
    site: str
    element: str = "REO"
    fed_t_reo: float = 0.0
    produced_t_reo: float = 0.0
    opening_t_reo: float = 0.0
    closing_t_reo: float = 0.0
    shipped_t_reo: float = 0.0
    to: str = ""
    received_t_reo: float = 0.0
    source: str = ""
    partial: bool = False
    line: int | None = None


@dataclass(frozen=True)
class Alarm:
    """Something that does not add up.

    Args:
        code: What kind.
        site: Where.
        month: When; the last month of a cumulative balance.
        element: Of what.
        amount_t_reo: By how much. [t REO]
        text: In words.
    """

    code: str
    site: str
    month: str
    element: str
    amount_t_reo: float | None
    text: str

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return dict(vars(self))

    def __str__(self) -> str:
        return f"{self.code}  {self.site} {self.month} {self.element}: {self.text}"


@dataclass(frozen=True)
class Balance:
    """The balance of all sites.

    Args:
        sites: Per site and element: feed, output, the range that the feed allows, shipped, stock.
        alarms: What does not add up.
        months: Months that were balanced.
        partial: Months left out because they are not closed.
    """

    sites: pd.DataFrame
    alarms: tuple[Alarm, ...]
    months: tuple[str, ...]
    partial: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing alarms."""
        return not self.alarms

    def table(self) -> pd.DataFrame:
        """Per site and element."""
        return self.sites

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "months": list(self.months),
            "partial": list(self.partial),
            "sites": self.sites.to_dict("records"),
            "alarms": [a.as_dict() for a in self.alarms],
        }

    def __str__(self) -> str:
        span = f"{self.months[0]} to {self.months[-1]}" if self.months else "no closed month"
        sites, alarms = self.sites["site"].nunique() if len(self.sites) else 0, len(self.alarms)
        lines = [f"{sites} site{'' if sites == 1 else 's'}, {span}: {alarms} alarm{'' if alarms == 1 else 's'}"]
        lines += [f"  {alarm}" for alarm in self.alarms[:10]]
        if len(self.alarms) > 10:
            lines.append(f"  and {len(self.alarms) - 10} more; see --json")
        if self.partial:
            lines.append(f"  not closed yet, so not judged: {', '.join(self.partial)}")
        return "\n".join(lines)


def balance(
    returns: Sequence[Return],
    sites: Iterable[Site],
    exports_t_reo: Mapping[tuple[str, str], float] | None = None,
    permitted_t_reo: Mapping[str, float] | None = None,
) -> Balance:
    """Balance the returns of all sites.

    Args:
        returns: Lines of the returns.
        sites: Register.
        exports_t_reo: What customs let go, by site and month, to hold against the shipped exports. [t REO]
        permitted_t_reo: What the permits of a year add to, by site, to hold against its capacity. [t REO]
    """
    register = {site.site: site for site in sites}
    partial = tuple(sorted({r.month for r in returns if r.partial}))
    closed, alarms = _once([r for r in returns if not r.partial])
    months = tuple(sorted({r.month for r in closed}))
    rows = []
    for site_id in sorted({r.site for r in closed} - set(register)):
        text = f"not in the register of sites{did_you_mean(site_id, register)}"
        alarms.append(Alarm("SITE_UNKNOWN", site_id, months[-1], "REO", None, text))
    groups: dict[tuple[str, str], list[Return]] = defaultdict(list)
    for r in closed:
        groups[r.site, r.element].append(r)
    for (site_id, element), lines in sorted(groups.items()):
        site = register.get(site_id)
        alarms += _stocks(lines)
        if site is not None:
            row, found = _site(site, element, lines)
            rows.append(row)
            alarms += found
    alarms += _missing(closed, register, months, {(r.site, r.month) for r in returns if r.partial})
    alarms += _shipments(closed)
    alarms += _capacity(closed, register, permitted_t_reo or {})
    alarms += _exports(closed, exports_t_reo)
    order = sorted(alarms, key=lambda a: (a.month, a.site, a.code, a.element))
    return Balance(pd.DataFrame(rows), tuple(order), months, partial)


def _once(lines: list[Return]) -> tuple[list[Return], list[Alarm]]:
    """Lines without exact copies, and an alarm for each line under a key that another has (month, site, element, ways).

    A copy counts once; two lines that differ both count, and somebody has to say which is right.
    """
    kept: dict[tuple[str, ...], list[Return]] = defaultdict(list)
    alarms = []
    for r in lines:
        same = kept[r.month, r.site, r.element, r.to, r.source]
        copy = any(replace(r, line=None) == replace(other, line=None) for other in same)
        if same:
            text = (
                "the same line twice; counted once" if copy else "two lines that differ; both are counted: which one?"
            )
            alarms.append(Alarm("RETURN_TWICE", r.site, r.month, r.element, None, text))
        if not copy:
            same.append(r)
    return [r for group in kept.values() for r in group], alarms


def _site(site: Site, element: str, lines: list[Return]) -> tuple[dict[str, Any], list[Alarm]]:
    fed, produced = sum(r.fed_t_reo for r in lines), sum(r.produced_t_reo for r in lines)
    last = max(r.month for r in lines)
    most = (fed + site.in_process_t_reo) * site.recovery_high_share
    least = max(0.0, fed - site.in_process_t_reo) * site.recovery_low_share
    slack = SLACK_SHARE * max(fed, produced)
    alarms = []
    if site.kind != "mine":
        if produced > most + slack:
            text = f"{produced:,.3f} t made from {fed:,.3f} t fed; at most {most:,.3f} t can come of it"
            alarms.append(Alarm("OUTPUT_ABOVE_INPUT", site.site, last, element, produced - most, text))
        elif produced < least - slack:
            text = f"{produced:,.3f} t made from {fed:,.3f} t fed; at least {least:,.3f} t should come of it"
            alarms.append(Alarm("OUTPUT_BELOW_INPUT", site.site, last, element, least - produced, text))
        alarms += _feed(site, element, lines, fed - slack)
    row = {
        "site": site.site,
        "element": element,
        "fed_t_reo": fed,
        "produced_t_reo": produced,
        "allowed_low_t_reo": least,
        "allowed_high_t_reo": most,
        "shipped_t_reo": sum(r.shipped_t_reo for r in lines),
    }
    return row, alarms


def _feed(site: Site, element: str, lines: list[Return], fed_t_reo: float) -> list[Alarm]:
    """Feed used against feed received. Returns hold no stock of feed, so the largest month's use is left open."""
    received, by_month = 0.0, defaultdict[str, float](float)
    for r in lines:
        received += r.received_t_reo
        by_month[r.month] += r.fed_t_reo
    beyond = fed_t_reo - received - site.in_process_t_reo - max(by_month.values())
    if received <= 0 or beyond <= 0:
        return []
    text = f"{sum(by_month.values()):,.3f} t fed, {received:,.3f} t received: where did the rest come from?"
    return [Alarm("FEED_ABOVE_RECEIPTS", site.site, max(by_month), element, beyond, text)]


def _stocks(lines: list[Return]) -> list[Alarm]:
    """Opening is the closing before, and closing is opening plus made and received less shipped."""
    by_month: dict[str, list[Return]] = defaultdict(list)
    for r in lines:
        by_month[r.month].append(r)
    alarms, before = [], None
    for month in sorted(by_month):
        group = by_month[month]
        first = group[0]
        opening, closing = first.opening_t_reo, group[-1].closing_t_reo
        made, shipped = sum(r.produced_t_reo for r in group), sum(r.shipped_t_reo for r in group)
        slack = SLACK_SHARE * max(opening, closing, made, shipped, 1e-9)
        gap = opening + made - shipped - closing
        if abs(gap) > slack:
            text = f"opening {opening:,.3f} + made {made:,.3f} - shipped {shipped:,.3f} is not closing {closing:,.3f} t"
            alarms.append(Alarm("STOCK_BREAK", first.site, month, first.element, abs(gap), text))
        if before is not None and next_month(before[0]) == month and abs(opening - before[1]) > slack:
            text = f"opening {opening:,.3f} t, but {before[0]} closed with {before[1]:,.3f} t"
            alarms.append(Alarm("STOCK_BREAK", first.site, month, first.element, abs(opening - before[1]), text))
        before = (month, closing)
    return alarms


def _missing(
    closed: list[Return], register: Mapping[str, Site], months: tuple[str, ...], partial: set[tuple[str, str]]
) -> list[Alarm]:
    if not months:
        return []
    have = {(r.site, r.month) for r in closed}
    alarms = []
    for site_id in register:
        own = [m for s, m in have if s == site_id]
        month = min(own) if own else months[0]
        while month <= months[-1]:
            if (site_id, month) not in have | partial:
                alarms.append(Alarm("RETURN_MISSING", site_id, month, "REO", None, "no return for this month"))
            month = next_month(month)
    return alarms


def _shipments(closed: list[Return]) -> list[Alarm]:
    """What one site shipped to another, and what the other received, over all months: goods may be under way."""
    sent: dict[tuple[str, str, str], float] = defaultdict(float)
    got: dict[tuple[str, str, str], float] = defaultdict(float)
    last_sent: dict[tuple[str, str, str], float] = defaultdict(float)
    end = max((r.month for r in closed), default="")
    reporting = {r.site for r in closed}
    for r in closed:
        if r.to and r.to != "EXPORT" and r.to in reporting:
            sent[r.site, r.to, r.element] += r.shipped_t_reo
            if r.month == end:
                last_sent[r.site, r.to, r.element] += r.shipped_t_reo
        if r.source and r.source in reporting:
            got[r.source, r.site, r.element] += r.received_t_reo
    alarms = []
    for key in sorted(set(sent) | set(got)):
        out, arrived = sent[key], got[key]
        slack = SLACK_SHARE * max(out, arrived)
        if arrived > out + slack or arrived < out - last_sent[key] - slack:
            text = f"{key[0]} shipped {out:,.3f} t, {key[1]} received {arrived:,.3f} t"
            alarms.append(Alarm("SHIPMENT_DIFFERS", key[0], end, key[2], abs(out - arrived), text))
    return alarms


def _capacity(closed: list[Return], register: Mapping[str, Site], permitted: Mapping[str, float]) -> list[Alarm]:
    made: dict[tuple[str, str], float] = defaultdict(float)
    last: dict[tuple[str, str], str] = {}
    for r in closed:
        key = r.site, r.month[:4]
        made[key] += r.produced_t_reo
        last[key] = max(r.month, last.get(key, r.month))
    alarms = []
    for (site_id, year), tonnes in sorted(made.items()):
        capacity = register[site_id].capacity_t_reo_per_year if site_id in register else None
        if capacity is not None and tonnes > capacity * (1 + SLACK_SHARE):
            text = f"{tonnes:,.1f} t made in {year}, licensed for {capacity:,.1f} t"
            month = last[site_id, year]
            alarms.append(Alarm("OUTPUT_ABOVE_CAPACITY", site_id, month, "REO", tonnes - capacity, text))
    for site_id, tonnes in sorted(permitted.items()):
        site = register.get(site_id)
        capacity = None if site is None else site.capacity_t_reo_per_year
        if capacity is not None and tonnes > capacity:
            text = f"permits for {tonnes:,.1f} t a year, the site can make {capacity:,.1f} t"
            alarms.append(Alarm("PERMITS_ABOVE_CAPACITY", site_id, "", "REO", tonnes - capacity, text))
    return alarms


def _exports(closed: list[Return], exports: Mapping[tuple[str, str], float] | None) -> list[Alarm]:
    if exports is None:
        return []
    said: dict[tuple[str, str], float] = defaultdict(float)
    for r in closed:
        if r.to == "EXPORT":
            said[r.site, r.month] += r.shipped_t_reo
    months = {r.month for r in closed}
    alarms = []
    for site_id, month in sorted(set(said) | {key for key in exports if key[1] in months}):
        returned, customs = said[site_id, month], exports.get((site_id, month), 0.0)
        if abs(returned - customs) > SLACK_SHARE * max(returned, customs):
            text = f"{returned:,.3f} t shipped abroad in the return, {customs:,.3f} t at customs"
            alarms.append(Alarm("EXPORTS_DIFFER", site_id, month, "REO", abs(returned - customs), text))
    return alarms


def next_month(month: str) -> str:
    """The month after.

    >>> next_month("2025-12")
    '2026-01'
    """
    year, number = map(int, month.split("-"))
    return f"{year + 1}-01" if number == 12 else f"{year}-{number + 1:02}"
