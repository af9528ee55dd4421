"""A plant judged: what it costs, whether it pays, for whom, and how sure that is.

One call runs the central case, the draws and the tornado and keeps them together with their inputs, so that a report
can show each number with its range, its basis and its refs.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gadolin.economics.cash_flow import cash_flow, inputs_of
from gadolin.economics.draws import Bar, Gap, MonteCarlo, break_even, gaps, monte_carlo, npvs_by_party, sample, tornado
from gadolin.economics.formulas import Deck
from gadolin.economics.incentives import EffectiveTax, effective_tax, price_factor_needed
from gadolin.economics.ledger import Ledger
from gadolin.economics.project import Finance, Project
from gadolin.economics.regimes import Regime
from gadolin.economics.returns import Irr, mirr, payback_years
from gadolin.errors import Infeasible
from gadolin.quantity import Quantity, format_range, weakest

__all__ = ["Appraisal", "appraise"]

UNITS = {"Appraisal.price_factor": "factor on all prices of the deck"}

PRICES_MOVE_TOGETHER: Mapping[tuple[str, str], float] = {("price:", "price:"): 0.6}
"""Correlation of prices' normal scores when none is given; an estimate, stated with the result."""


@dataclass(frozen=True)
class Appraisal:
    """A plant judged. Money in million units of the project's currency, real, unless a name says otherwise.

    Args:
        project: The plant.
        deck: Prices it met.
        regime: Fiscal rules with the chosen incentives.
        finance: Finance.
        ledger: Central case.
        outcome: All draws.
        bars: Tornado of the company's NPV.
        irr: IRR of the company in the central case.
        payback_years: From the first flow; None when it never pays back, or no capital is spent any more.
        price_factor: Factor on all prices at which the company's NPV is zero; None when there is none.
        tax: Effective tax rates.
        gaps: Worth of what is not well known.
        limits: What the figures do not hold.
        asked: Inputs whose break-even is wanted; the five that move the NPV most when empty.
    """

    project: Project
    deck: Deck
    regime: Regime
    finance: Finance
    ledger: Ledger
    outcome: MonteCarlo
    bars: tuple[Bar, ...]
    irr: Irr
    payback_years: float | None
    price_factor: float | None
    tax: EffectiveTax
    gaps: tuple[Gap, ...] = ()
    limits: tuple[str, ...] = field(default_factory=tuple)
    asked: tuple[str, ...] = ()

    # --- figures -----------------------------------------------------------------------------------------------

    @property
    def inputs(self) -> dict[str, Quantity]:
        """Every input by key."""
        return inputs_of(self.project, self.deck)

    @property
    def basis(self) -> str:
        """The weakest basis among the inputs."""
        return weakest(q.basis for q in self.inputs.values() if q.basis)

    @property
    def refs(self) -> tuple[str, ...]:
        """Refs of the eight inputs that move the company's NPV most: what a result stands on."""
        inputs = self.inputs
        keys = [bar.key for bar in self.bars[:8]] or list(inputs)[:8]
        return tuple(dict.fromkeys(ref for key in keys for ref in inputs[key].refs))

    def npv(self, party: str) -> Quantity:
        """NPV of a party: central value, 5 and 95 % points of the draws. [million]"""
        central = npvs_by_party(self.ledger, self.finance)
        value = sum(float(v[0]) for p, v in central.items() if p == party or p.split(":")[0] == party)
        low, _, high = self.outcome.range_of(party)
        # the central case is no median where the range is lopsided; the range then keeps it inside
        unit = f"million {self.project.currency}"
        return Quantity(value, unit, min(low, value), max(high, value), self.basis, self.refs)

    def yearly(self, kinds: tuple[str, ...]) -> Quantity:
        """A full operating year's sum of kinds, range from the draws. [million per year]"""
        year = self.project.schedule.construction_years + min(
            len(self.project.schedule.ramp_share) - 1, self.project.schedule.life_years - 1
        )
        at = slice(year * self.ledger.periods_per_year, (year + 1) * self.ledger.periods_per_year)
        ledger = self.ledger.real()
        value = float(sum(ledger.total(kind)[0, at].sum() for kind in kinds))
        rows = self._drawn(kinds, at)
        unit = f"million {self.project.currency} per year"
        if rows is None:
            return Quantity(value, unit, value, value, self.basis, self.refs)
        low, high = (float(v) for v in np.quantile(rows, [0.05, 0.95]))
        return Quantity(value, unit, min(low, value), max(high, value), self.basis, self.refs)

    def _drawn(self, kinds: tuple[str, ...], at: slice) -> NDArray[np.float64] | None:
        draws = self.outcome.draws.part(slice(0, 400))
        if not draws.values:
            return None
        ledger = cash_flow(self.project, self.deck, self.regime, self.finance, draws).real()
        return np.sum([ledger.total(kind)[:, at].sum(axis=1) for kind in kinds], axis=0)

    def capital(self) -> Quantity:
        """Capital before operation, with growth, range from the draws. [million]"""
        value = float(self.ledger.real().total("capex")[0].sum())
        rows = self._drawn(("capex",), slice(None))
        unit = f"million {self.project.currency}"
        if rows is None:
            return Quantity(value, unit, value, value, self.basis, self.refs)
        low, high = (float(v) for v in np.quantile(rows, [0.05, 0.95]))
        return Quantity(value, unit, min(low, value), max(high, value), self.basis, self.refs)

    @property
    def running_kinds(self) -> tuple[str, ...]:
        """Kinds of running cost, feed included."""
        return tuple(line.kind for line in self.project.opex) + (("feed",) if self.project.purchases else ())

    @property
    def public_parties(self) -> tuple[str, ...]:
        """Federal and states that occur."""
        return tuple(p for p in self.ledger.parties if p.split(":")[0] in ("federal", "state"))

    @property
    def no_royalty(self) -> str:
        """Why the mining state receives nothing, in words."""
        if self.project.stage in ("mine", "beneficiation"):
            return f"not known: no royalty rate of {self.project.state or 'the state'} is on record"
        return "0: no royalty at this stage"

    @functools.cached_property
    def break_evens(self) -> dict[str, float | None]:
        """Value of each asked input at which the company's NPV is zero, all others as they are; None when none is.

        Raises:
            InputError: An asked input that does not exist, or is zero.
        """
        found: dict[str, float | None] = {}
        for key in self.asked or tuple(bar.key for bar in self.bars[:5] if bar.input.value):
            try:
                found[key] = break_even(self.project, self.deck, self.regime, self.finance, key)
            except Infeasible:
                found[key] = None
        return found

    @property
    def mirr(self) -> Irr:
        """Modified IRR of the company, money put in and taken out at its discount rate; for flows without one IRR."""
        rate, own = self.finance.discount_share, self.ledger.real()
        return mirr(own.cash(self.project.company)[0], rate, rate, own.periods_per_year)

    # --- faces -------------------------------------------------------------------------------------------------

    def table(self) -> pd.DataFrame:
        """Every input with value, range, unit, basis, refs, and what its range does to the company's NPV."""
        swings = {bar.key: bar.swing_local_m for bar in self.bars}
        rows = [
            (key, q.value, q.low, q.high, q.unit, q.basis, "; ".join(q.refs), q.reason or "", swings.get(key, 0.0))
            for key, q in self.inputs.items()
        ]
        columns = ["input", "value", "low", "high", "unit", "basis", "refs", "note", "npv_swing_local_m"]
        return pd.DataFrame(rows, columns=columns).set_index("input")

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        parties = (self.project.company, *self.public_parties)
        state = self.project.state
        if state and state not in parties:
            parties = (*parties, state)
        return {
            "plant": self.project.id,
            "currency": self.project.currency,
            "price_year": self.project.price_year,
            "incentives": list(self.regime.chosen),
            "capex": self.capital().as_dict(),
            "opex": self.yearly(self.running_kinds).as_dict(),
            "revenue": self.yearly(("revenue",)).as_dict(),
            "npv": {party: self.npv(party).as_dict() for party in parties},
            "npv_positive_share": self.outcome.share_positive(self.project.company),
            "irr_share": self.irr.value,
            "irr_reason": self.irr.reason,
            "irr_roots_share": list(self.irr.roots),
            "mirr_share": self.mirr.value,
            "payback_years": self.payback_years,
            "price_factor_needed": self.price_factor,
            "tax_average_share": self.tax.average_share,
            "tax_marginal_share": self.tax.marginal_share,
            "jobs": self.project.staff.as_dict(),
            "finance": {
                "discount_share": self.finance.discount_share,
                "public_discount_share": self.finance.public_discount_share,
                "inflation_share": self.finance.inflation_share,
                "periods_per_year": self.finance.periods_per_year,
                "loans": [asdict(debt) for debt in self.finance.debts],
                "partners": dict(self.finance.equity_share),
            },
            "capital_spent_before_share": self.project.sunk_share,
            "cover_ratio_min": _first(self.ledger.facts.get("cover_ratio_min")),
            "cover_ratio_mean": _first(self.ledger.facts.get("cover_ratio_mean")),
            "cover_year": _first(self.ledger.facts.get("cover_year")),
            "draws": self.ledger_draws,
            "seed": self.outcome.draws.seed,
            "inputs": {key: q.as_dict() for key, q in self.inputs.items()},
            "fixed_inputs": list(self.outcome.draws.fixed),
            "tornado": [
                {
                    "input": b.key,
                    "npv_at_low_local_m": b.npv_at_low_local_m,
                    "npv_at_high_local_m": b.npv_at_high_local_m,
                }
                for b in self.bars
            ],
            "break_even": self.break_evens,
            "gaps": [gap.as_dict() for gap in self.gaps],
            "limits": list(self.limits),
        }

    def _instead(self) -> str:
        """The modified rate where no single one exists."""
        found = self.mirr.value
        spent = self.ledger.total("capex").any()
        return "" if self.irr.value is not None or found is None or not spent else f" (modified {100 * found:.1f} %)"

    def _terms(self) -> list[str]:
        """Loans, with the year in which they press most, partners and floors, one line each."""
        lines = [
            f"  loan         {100 * d.capex_share:.0f} % of the capital from {d.lender}, "
            f"{100 * d.rate_share:.3g} % over {d.tenor_years} years, {d.grace_years} of them grace"
            for d in self.finance.debts
        ]
        lowest = _first(self.ledger.facts.get("cover_ratio_min"))
        if lines and lowest is not None:
            year = _first(self.ledger.facts.get("cover_year"))
            lines[-1] += f"; lowest cover ratio {lowest:.2f} in {year:.0f}"
        shares = ", ".join(f"{who} {100 * s:g} %" for who, s in self.finance.equity_share.items())
        lines += [f"  partners     {shares} of the company's cash, which the NPV of the company leaves out"] * bool(
            shares
        )
        for floor in self.project.floors:
            above = (
                f", {100 * floor.upside_share:g} % of what lies above {floor.upside_from:g}"
                if floor.upside_from
                else ""
            )
            products = ", ".join(floor.products)
            lines.append(f"  floor        {products} {floor.floor:g} {self.deck.currency}/kg by {floor.payer}{above}")
        return lines

    @property
    def ledger_draws(self) -> int:
        """Number of draws."""
        return len(self.outcome.irr_share)

    def __str__(self) -> str:
        money = f"million {self.project.currency} of {self.project.price_year}"
        lines = [f"Plant {self.project.id} ({self.project.stage}), {money}, real"]
        lines.append(f"  capital      {_plain(self.capital())}")
        lines.append(f"  running      {_plain(self.yearly(self.running_kinds))} a year at full rate")
        lines.append(f"  revenue      {_plain(self.yearly(('revenue',)))} a year at full rate")
        positive = 100 * self.outcome.share_positive(self.project.company)
        rate = 100 * self.finance.discount_share
        pays = f"at {rate:g} %; above 0 in {positive:.0f} % of {self.ledger_draws:,} draws"
        lines.append(f"  NPV company  {_plain(self.npv(self.project.company))} {pays}")
        lines.append(f"  NPV federal  {_plain(self.npv('federal'))}")
        state = self.project.state or "state"
        said = _plain(self.npv(state)) if state in self.ledger.parties else self.no_royalty
        lines.append(f"  NPV state    {said}")
        back = "payback never" if self.payback_years is None else f"payback {self.payback_years:.1f} years"
        if not self.ledger.total("capex").any():
            back = "nothing to pay back"
        factor = self.price_factor
        needed = (
            "no factor on the deck makes it pay" if factor is None else f"prices needed {factor:.2f} times the deck"
        )
        lines.append(f"  IRR          {self.irr}{self._instead()}; {back}; {needed}")
        lines += self._terms()
        share = self.tax.average_share
        tax = "no effective rate: nothing is earned before tax" if share is None else f"average effective {share:.0%}"
        chosen = ", ".join(self.regime.chosen) or "no incentive"
        lines.append(f"  tax          {tax.replace('%', ' %')}; {chosen}")
        weak = sum(q.basis in ("estimate", "memory") for q in self.inputs.values())
        lines.append(f"  basis        weakest {self.basis}; {weak} of {len(self.inputs)} inputs estimate or memory")
        lines.append(f"  jobs         {self.project.staff}")
        if self.limits:
            lines.append(
                f"  limits       {self.limits[0]}" + (f" (+{len(self.limits) - 1})" if len(self.limits) > 1 else "")
            )
        return "\n".join(lines)


def _plain(q: Quantity) -> str:
    return format_range(q.value, q.low, q.high) if q.value is not None else str(q)


def _first(values: Any) -> float | None:
    return None if values is None else float(values[0])


def appraise(
    project: Project,
    deck: Deck,
    regime: Regime,
    finance: Finance,
    count: int = 2000,
    seed: int = 1,
    correlation: Mapping[tuple[str, str], float] | None = None,
    gap_units_per_unit: float = 1.0,
) -> Appraisal:
    """Judge a plant.

    Args:
        project: The plant.
        deck: Prices.
        regime: Fiscal rules with the chosen incentives.
        finance: Finance.
        count: Number of draws.
        seed: Seed of the draws.
        correlation: Correlations of inputs; `PRICES_MOVE_TOGETHER` when None.
        gap_units_per_unit: Rate of exchange for the information gaps (ringgit per unit of the project's currency).
    """
    related = PRICES_MOVE_TOGETHER if correlation is None else correlation
    draws = sample(inputs_of(project, deck), count, seed, related)
    ledger = cash_flow(project, deck, regime, finance)
    outcome = monte_carlo(project, deck, regime, finance, draws)
    try:
        factor = price_factor_needed(project, deck, regime, finance)
    except Infeasible:
        factor = None
    own = ledger.real().cash(project.company)[0]
    spent = bool(ledger.total("capex").any())
    rate = ledger.real().irr(project.company) if spent else Irr(None, (), "the capital is spent already")
    return Appraisal(
        project,
        deck,
        regime,
        finance,
        ledger,
        outcome,
        tornado(project, deck, regime, finance),
        rate,
        payback_years(own, ledger.periods_per_year) if spent else None,
        factor,
        effective_tax(project, deck, regime, finance),
        gaps(project, deck, regime, finance, outcome, units_per_unit=gap_units_per_unit),
        (*project.limits, *regime.limits),
    )
