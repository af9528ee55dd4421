"""The worth of a deal as a result: each side with and without, each clause, and what it collides with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadolin.deals.treaties import Hit
from gadolin.quantity import Quantity, counted, format_range

__all__ = ["ClauseWorth", "Details", "Worth", "range_of"]

Array = NDArray[np.float64]
_LEAST_MUSD = 1e-9
_ROUNDING = 1e-9
_SHOWN = 5


def range_of(values: Array, refs: tuple[str, ...] = ()) -> Quantity:
    """Median and the range of futures, 5 to 95 % of them. [million USD]"""
    values = np.where(np.abs(values) < _LEAST_MUSD, 0.0, values)  # a difference of sums leaves last digits
    low, middle, high = (float(v) for v in np.quantile(values, [0.05, 0.5, 0.95]))
    if high - low <= _ROUNDING * max(abs(low), abs(high)):  # the same in every future but for the last digits
        low = high = middle = float(f"{middle:.9g}")
    return Quantity(middle, "million USD", low, high, "estimate", refs)


def moved(q: Quantity) -> str:
    """A change of present value in words: what is gained or lost, and the range where it has both.

    >>> moved(Quantity(-2200.0, "million USD", -3100.0, -900.0, "estimate"))
    'loses 2,200 million USD (900-3,100)'
    >>> moved(Quantity(-20.0, "million USD", -90.0, 40.0, "estimate"))
    'loses 20 million USD (from a loss of 90 to a gain of 40)'
    >>> moved(Quantity(-5.0, "million USD", -5.0, -5.0, "estimate"))
    'loses 5.00 million USD in every future'
    >>> moved(Quantity(0.0, "million USD", 0.0, 0.0, "estimate"))
    'neither gains nor loses'
    """
    if q.value is None or q.low is None or q.high is None:
        return f"gains {q}"
    if q.low == q.value == q.high == 0:
        return "neither gains nor loses"
    if q.low == q.high:
        size = format_range(abs(q.value), None, None, q.unit).removesuffix(" (range not known)")
        return f"{'loses' if q.value < 0 else 'gains'} {size} in every future"
    if q.low >= 0:
        return f"gains {q}"
    if q.high <= 0:
        return f"loses {replace(q, value=-q.value, low=-q.high, high=-q.low)}"
    middle, _, ends = format_range(abs(q.value), q.low, q.high, q.unit).partition(" (")
    loss, _, gain = ends.removeprefix("-").removesuffix(")").partition(" to ")
    return f"{'loses' if q.value < 0 else 'gains'} {middle} (from a loss of {loss} to a gain of {gain})"


@dataclass(frozen=True)
class ClauseWorth:
    """What a clause moves: the deal with it less the deal without it.

    Args:
        id: Its id.
        type: Its type.
        text: Its words.
        host_musd: Change for the host `[future]`.
        partner_musd: Change for the partner `[future]`.
        refs: Where it comes from.
    """

    id: str
    type: str
    text: str
    host_musd: Array
    partner_musd: Array
    refs: tuple[str, ...] = ()

    @property
    def host_per_partner_loss(self) -> float | None:
        """What the host gains per unit the partner loses, by medians; None unless one gains and the other loses. [-]"""
        host, partner = float(np.median(self.host_musd)), float(np.median(self.partner_musd))
        return host / -partner if host > _LEAST_MUSD and partner < -_LEAST_MUSD else None

    def __str__(self) -> str:
        ratio = self.host_per_partner_loss
        per = "" if ratio is None else f"; {ratio:.2f} to the host per unit lost by the partner"
        host, partner = moved(range_of(self.host_musd)), moved(range_of(self.partner_musd))
        return f"clause {self.id}: host {host}, partner {partner}{per}"

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.id,
            "type": self.type,
            "text": self.text,
            "host": range_of(self.host_musd, self.refs).as_dict(),
            "partner": range_of(self.partner_musd, self.refs).as_dict(),
            "host_per_partner_loss": self.host_per_partner_loss,
        }


@dataclass(frozen=True)
class Worth:
    """A deal valued. All money is present value in million USD of the case's price year, one entry per future.

    Args:
        id: Id of the deal.
        title: Its title.
        futures: How many futures.
        host_musd: The host with the deal, and without.
        partner_musd: The partner with the deal, and without.
        parties_musd: Each party with, and without.
        clauses: What each clause moves.
        hits: Rules and agreements it meets.
        limits: What must be said beside it.
        refs: Refs of the deal.
        names: Name of each party where one is on record.
    """

    id: str
    title: str
    futures: int
    host_musd: tuple[Array, Array]
    partner_musd: tuple[Array, Array]
    parties_musd: Mapping[str, tuple[Array, Array]]
    clauses: tuple[ClauseWorth, ...]
    hits: tuple[Hit, ...]
    limits: tuple[str, ...]
    refs: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)

    def called(self, party: str) -> str:
        """Name of a party with its id in brackets; the id alone where no name is on record."""
        return f"{self.names[party]} [{party}]" if party in self.names else party

    def gain(self, side: str) -> Quantity:
        """What a side gains by the deal, `host` or `partner`, or a party by its name."""
        pair = {"host": self.host_musd, "partner": self.partner_musd}.get(side) or self.parties_musd[side]
        return range_of(pair[0] - pair[1], self.refs)

    def better_share(self, side: str) -> float:
        """Share of futures in which a side is better off with the deal."""
        pair = {"host": self.host_musd, "partner": self.partner_musd}[side]
        return float((pair[0] - pair[1] > _LEAST_MUSD).mean())

    @property
    def lever(self) -> ClauseWorth | None:
        """The clause that moves the host most per unit lost by the partner; among equals the one that moves more."""
        paying = [c for c in self.clauses if c.host_per_partner_loss is not None]
        return max(
            paying, key=lambda c: (round(c.host_per_partner_loss or 0.0, 6), np.median(c.host_musd)), default=None
        )

    def table(self) -> pd.DataFrame:
        """Each side and party: with, without, gain (median, 5 and 95 % of futures). [million USD]"""
        rows = []
        sides = {"host": self.host_musd, "partner": self.partner_musd, **self.parties_musd}
        for name, (with_, without) in sides.items():
            q = range_of(with_ - without)
            rows.append((name, float(np.median(with_)), float(np.median(without)), q.value, q.low, q.high))
        columns = ["side", "with_musd", "without_musd", "gain_musd", "gain_low_musd", "gain_high_musd"]
        return pd.DataFrame(rows, columns=columns).set_index("side")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        sides = {"host": self.host_musd, "partner": self.partner_musd, **self.parties_musd}
        return {
            "deal": self.id,
            "title": self.title,
            "futures": self.futures,
            "payoffs": {
                name: {
                    "with": range_of(pair[0], self.refs).as_dict(),
                    "without": range_of(pair[1], self.refs).as_dict(),
                    "gain": range_of(pair[0] - pair[1], self.refs).as_dict(),
                    "better_share": float((pair[0] - pair[1] > _LEAST_MUSD).mean()),
                }
                for name, pair in sides.items()
            },
            "clauses": [c.as_dict() for c in self.clauses],
            "lever": None if self.lever is None else self.lever.id,
            "hits": [h.as_dict() for h in self.hits],
            "limits": list(self.limits),
            "refs": list(self.refs),
        }

    def __str__(self) -> str:
        lines = self._head()
        lines += [f"  {c}" for c in self.clauses[:_SHOWN]]
        if len(self.clauses) > _SHOWN:
            lines.append(f"  and {counted(len(self.clauses) - _SHOWN, 'clause')} more")
        if self.lever is not None:
            lines.append(f"  ask first: {self.lever.id}, it moves the host most per unit the partner loses")
        lines += [f"  {hit}" for hit in self.hits[:1]]
        more = (
            f"{counted(len(self.hits) - 1, 'rule or agreement', 'rules and agreements')} more, "
            if self.hits[1:]
            else ""
        )
        lines.append(f"  {more}{counted(len(self.limits), 'limit')}, each party: --details")
        return "\n".join(lines)

    def _head(self) -> list[str]:
        lines = [f"{self.title}: present value over {counted(self.futures, 'future')}, median (5-95 % of them)"]
        for side in ("host", "partner"):
            lines.append(f"  {side:8} {moved(self.gain(side))}; better off in {self.better_share(side):.0%} of futures")
        return lines


@dataclass(frozen=True)
class Details:
    """All that stands behind the worth of a deal: each party, each clause, each rule it meets, limits."""

    worth: Worth

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, as the worth's own."""
        return self.worth.as_dict()

    def __str__(self) -> str:
        found = self.worth
        lines = [*found._head(), *(f"  {found.called(p)} {moved(found.gain(p))}" for p in found.parties_musd)]
        lines += [f"  {c}\n    {c.text} [{', '.join(c.refs)}]" for c in found.clauses]
        if found.lever is not None:
            lines.append(f"  ask first: {found.lever.id}, it moves the host most per unit the partner loses")
        lines += [f"  {hit}\n    source: {hit.source}" for hit in found.hits]
        return "\n".join([*lines, *(f"  limit: {limit}" for limit in found.limits)])
