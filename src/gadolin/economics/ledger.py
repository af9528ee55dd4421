"""Who pays whom, how much, when: the one shape in which money leaves this room.

A line is (period, payer, payee, kind, amount). Each line takes from its payer what it gives to its payee, so the cash
of all parties sums to zero by construction. Amounts are in million units of one currency, as arrays `[draw, period]`;
a negative amount is a payment the other way and is printed with payer and payee exchanged.

Flows fall at the end of their period (`timing="end"`), in its middle or at its start; the valuation date is the start
of period 0. In a nominal ledger `price_index` says what a unit of each period buys; `real()` takes it out again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadolin.economics.returns import Irr, irr, irr_many, mirr, npv
from gadolin.errors import InputError, did_you_mean
from gadolin.stages import check_party

__all__ = ["FINANCING", "Ledger", "Line", "Timing"]

Array = NDArray[np.float64]
Timing = Literal["start", "mid", "end"]
_OFFSET = {"start": 0.0, "mid": 0.5, "end": 1.0}

FINANCING: tuple[str, ...] = ("loan_drawdown", "loan_interest", "loan_repayment", "loan_fee", "equity")
"""Kinds that move money between the company and its financiers; without them a party's cash is that of the project."""


@dataclass(frozen=True)
class Line:
    """One kind of payment between two parties, over all periods.

    Args:
        kind: What is paid for (`revenue`, `capex`, `income_tax` ...).
        payer: Party that pays.
        payee: Party that receives.
        amount_local_m: Amounts `[draw, period]`. [million of the ledger's currency]
        refs: Where the terms come from.
    """

    kind: str
    payer: str
    payee: str
    amount_local_m: Array
    refs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ledger:
    """All lines of a project, a clause or a whole country.

    Args:
        lines: The lines; all with the same shape `[draw, period]`.
        currency: Currency of every amount.
        price_year: Year whose money is meant; for a nominal ledger the year in which the index is 1.
        start_year: Calendar year of period 0.
        periods_per_year: 1 or 4.
        timing: When in a period the money flows.
        price_index: Nominal over real money `[period]`; all ones in a real ledger.
        facts: Figures beside the money: draws, jobs, loan cover, warnings; shown, never discounted.
    """

    lines: tuple[Line, ...]
    currency: str = "USD"
    price_year: int = 2025
    start_year: int = 0
    periods_per_year: int = 1
    timing: Timing = "end"
    price_index: Array | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.periods_per_year not in (1, 4):
            raise InputError(f"periods_per_year must be 1 or 4, got {self.periods_per_year}")
        if self.timing not in _OFFSET:
            raise InputError(f'timing must be start, mid or end, got "{self.timing}"')
        shapes = {line.amount_local_m.shape for line in self.lines}
        if len(shapes) > 1 or any(len(shape) != 2 for shape in shapes):
            raise InputError(f"all lines must have one shape [draw, period], got {sorted(shapes)}")
        for party in {p for line in self.lines for p in (line.payer, line.payee)}:
            check_party(party)
        object.__setattr__(self, "lines", tuple(self.lines))

    @classmethod
    def of(cls, rows: Iterable[tuple[int, str, str, str, float]], **settings: Any) -> Ledger:
        """A ledger from plain rows (period, payer, payee, kind, amount).

        >>> ledger = Ledger.of([(0, "company:a", "suppliers", "capex", 100.0),
        ...                     (1, "customers", "company:a", "revenue", 121.0)])
        >>> round(ledger.npv("company:a", 0.1), 6), round(ledger.npv("suppliers", 0.1), 3)
        (9.090909, 90.909)
        """
        rows = list(rows)
        count = 1 + max((row[0] for row in rows), default=0)
        amounts: dict[tuple[str, str, str], Array] = {}
        for period, payer, payee, kind, amount in rows:
            if period < 0:
                raise InputError(f"period must not be negative, got {period}")
            amounts.setdefault((kind, payer, payee), np.zeros((1, count)))[0, period] += amount
        return cls(tuple(Line(k, a, b, values) for (k, a, b), values in amounts.items()), **settings)

    # --- shape -------------------------------------------------------------------------------------------------

    @property
    def draws(self) -> int:
        """Number of draws; 1 for a central case."""
        return self.lines[0].amount_local_m.shape[0] if self.lines else 1

    @property
    def periods(self) -> int:
        """Number of periods."""
        return self.lines[0].amount_local_m.shape[1] if self.lines else 0

    @property
    def parties(self) -> tuple[str, ...]:
        """All parties, in the order they appear."""
        return tuple(dict.fromkeys(p for line in self.lines for p in (line.payer, line.payee)))

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds, in the order they appear."""
        return tuple(dict.fromkeys(line.kind for line in self.lines))

    @property
    def company(self) -> str:
        """The party whose project this is: the first `company:`."""
        found = [p for p in self.parties if p.startswith("company:")]
        if not found:
            raise InputError("this ledger has no company; name a party")
        return found[0]

    # --- money -------------------------------------------------------------------------------------------------

    def cash(self, party: str, kinds: Iterable[str] | None = None, without: Iterable[str] = ()) -> Array:
        """Net cash of a party `[draw, period]`. [million of the currency]

        Args:
            party: The party; a bare kind (`state`) adds all its parties.
            kinds: Only these kinds.
            without: All but these kinds; `FINANCING` gives the project before finance.

        Raises:
            InputError: The party does not occur.
        """
        members = {p for p in self.parties if p == party or p.split(":")[0] == party}
        if not members:
            raise InputError(f'"{party}" is no party of this ledger{did_you_mean(party, self.parties)}')
        chosen = None if kinds is None else set(kinds)
        left_out = set(without)
        total = np.zeros((self.draws, self.periods))
        for line in self.lines:
            if line.kind in left_out or (chosen is not None and line.kind not in chosen):
                continue
            if line.payee in members:
                total += line.amount_local_m
            if line.payer in members:
                total -= line.amount_local_m
        return total

    def total(self, kind: str) -> Array:
        """Sum of all payments of a kind `[draw, period]`; zeros when there are none."""
        rows = [line.amount_local_m for line in self.lines if line.kind == kind]
        return np.sum(rows, axis=0) if rows else np.zeros((self.draws, self.periods))

    def npvs(self, party: str, rate: float, kinds: Iterable[str] | None = None, without: Iterable[str] = ()) -> Array:
        """NPV of a party in each draw `[draw]`; see `npv`."""
        offset = _OFFSET[self.timing] / self.periods_per_year
        return npv(self.cash(party, kinds, without), rate, self.periods_per_year, offset)

    def npv(self, party: str, rate: float, kinds: Iterable[str] | None = None, without: Iterable[str] = ()) -> float:
        """Net present value of a party at the start of period 0, mean over draws. [million of the currency]

        Args:
            party: The party.
            rate: Effective discount rate, in the money of the ledger (real or nominal). [share per year]
            kinds: Only these kinds.
            without: All but these kinds.
        """
        return float(self.npvs(party, rate, kinds, without).mean())

    def irr(self, party: str, without: Iterable[str] = ()) -> Irr:
        """Internal rate of return of a party in a ledger of one draw; see `returns.irr`."""
        if self.draws != 1:
            raise InputError("this ledger holds many draws; use irrs")
        return irr(self.cash(party, without=without)[0], self.periods_per_year)

    def irrs(self, party: str, without: Iterable[str] = ()) -> Array:
        """IRR of a party in each draw; NaN where none or several exist. [share per year]"""
        return irr_many(self.cash(party, without=without), self.periods_per_year)

    def mirr(self, party: str, finance_rate: float, reinvest_rate: float) -> Irr:
        """Modified internal rate of return of a party; see `returns.mirr`."""
        return mirr(self.cash(party)[0], finance_rate, reinvest_rate, self.periods_per_year)

    # --- other ledgers -----------------------------------------------------------------------------------------

    def real(self) -> Ledger:
        """The same ledger in money of `price_year`."""
        if self.price_index is None:
            return self
        index = self.price_index
        lines = tuple(replace(line, amount_local_m=line.amount_local_m / index) for line in self.lines)
        return replace(self, lines=lines, price_index=None)

    def converted(self, currency: str, units_per_unit: float) -> Ledger:
        """The same ledger in another currency at one rate.

        Args:
            currency: The new currency.
            units_per_unit: Units of the new currency per unit of the old, > 0.
        """
        if not (np.isfinite(units_per_unit) and units_per_unit > 0):
            raise InputError(f"no rate for {currency}: units_per_unit must be greater than 0, got {units_per_unit}")
        lines = tuple(replace(line, amount_local_m=line.amount_local_m * units_per_unit) for line in self.lines)
        return replace(self, lines=lines, currency=currency)

    def plus(self, others: Sequence[Ledger]) -> Ledger:
        """This ledger with the lines of others, which must speak of the same periods and money.

        Raises:
            InputError: Another currency, price year, start, step or number of periods.
        """
        for other in others:
            for name in ("currency", "price_year", "start_year", "periods_per_year", "timing", "periods", "draws"):
                if other.lines and getattr(other, name) != getattr(self, name):
                    ours, theirs = getattr(self, name), getattr(other, name)
                    raise InputError(f"ledgers differ in {name}: {ours} and {theirs}; convert one first")
        return replace(self, lines=(*self.lines, *(line for other in others for line in other.lines)))

    # --- faces -------------------------------------------------------------------------------------------------

    def years(self) -> Array:
        """Calendar time of each period's start. [year]"""
        return self.start_year + np.arange(self.periods) / self.periods_per_year

    def table(self, draw: int = 0) -> pd.DataFrame:
        """The lines of one draw as rows (period, year, payer, payee, kind, amount_local_m); zeros are left out."""
        rows = []
        years = self.years()
        for line in self.lines:
            for period, amount in enumerate(line.amount_local_m[draw]):
                if amount:
                    pair = (line.payer, line.payee) if amount > 0 else (line.payee, line.payer)
                    rows.append((period, years[period], *pair, line.kind, abs(float(amount))))
        return pd.DataFrame(rows, columns=["period", "year", "payer", "payee", "kind", "amount_local_m"])

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON: settings, and per line the mean over draws by period."""
        return {
            "currency": self.currency,
            "price_year": self.price_year,
            "start_year": self.start_year,
            "periods_per_year": self.periods_per_year,
            "timing": self.timing,
            "real": self.price_index is None,
            "draws": self.draws,
            "lines": [
                {
                    "kind": line.kind,
                    "payer": line.payer,
                    "payee": line.payee,
                    "amount_local_m": line.amount_local_m.mean(axis=0).tolist(),
                    "refs": list(line.refs),
                }
                for line in self.lines
            ],
        }

    def __str__(self) -> str:
        money = f"million {self.currency}" + ("" if self.price_index is None else ", nominal")
        head = f"Ledger of {self.periods} periods from {self.start_year}, {money} of {self.price_year}"
        sums = sorted(((p, self.cash(p).sum(axis=1).mean()) for p in self.parties), key=lambda pair: -abs(pair[1]))
        rows = [f"  {party:24} {amount:14,.1f}" for party, amount in sums[:9]]
        more = [f"  and {len(sums) - 9} parties more"] if len(sums) > 9 else []
        return "\n".join([head, *rows, *more, "  undiscounted; sums to zero over the parties"])
