"""A fiscal regime as data: rates, allowances, royalties, incentives - each with clause, dates, stages and stacking.

This file knows no country. The facts come in as arguments; `case.inputs.economics.regime_of` fills them from the atlas.
An incentive is used only when it was chosen (`Regime.choose`), and choosing checks window, stage, status and stacking:
two incentives of one exclusive group, or one that stands alone with any other, are refused by name.

Limits: tax follows project years, not basis periods; allowances start with the first operating year; the minimum tax
knows no timing differences, so it is an upper bound of the top-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from gadolin.economics.depreciation import straight_line
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import Quantity
from gadolin.stages import STAGES, check_party

__all__ = [
    "Allowance",
    "Incentive",
    "MinimumTax",
    "Regime",
    "Royalty",
    "template",
]

Array = NDArray[np.float64]

UNITS = {
    "Incentive.value": "share, or million of currency with grant_is_money",
}

BENEFITS: tuple[str, ...] = (
    "income_exemption",
    "investment_allowance",
    "special_rate",
    "extra_deduction",
    "grant",
    "duty_relief",
)


@dataclass(frozen=True)
class Allowance:
    """Tax depreciation of a class of assets.

    Args:
        asset: Name of the class.
        capex_share: Part of the qualifying capital in this class.
        schedule: Share deducted in each year of use.
        refs: The clause.
    """

    asset: str
    capex_share: float
    schedule: tuple[float, ...]
    refs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if any(s < 0 for s in self.schedule) or sum(self.schedule) > 1 + 1e-9:
            raise InputError(f"allowance {self.asset}: shares must not be negative nor sum to more than 1")


@dataclass(frozen=True)
class Royalty:
    """A share of the sale price of mine products, paid to a state.

    Args:
        state: Party that receives it (`state:MY-08`).
        rate: Share of the price. [share]
        stages: Stages that pay it.
        refs: The clause.
    """

    state: str
    rate: Quantity
    stages: tuple[str, ...] = ("mine", "beneficiation")
    refs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_party(self.state)


@dataclass(frozen=True)
class MinimumTax:
    """A floor under the effective rate of large multinational groups.

    Profit that stands for people and plant is carved out: a share of payroll and of the book value of the plant.

    Args:
        rate_share: The floor. [share]
        start: First day.
        refs: The clause.
        payroll_share: Carve-out on payroll by calendar year, the last held; none when empty. [share]
        assets_share: Carve-out on tangible assets by calendar year, the last held; none when empty. [share]
    """

    rate_share: float
    start: str = ""
    refs: tuple[str, ...] = ()
    payroll_share: Mapping[int, float] = field(default_factory=dict)
    assets_share: Mapping[int, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("payroll_share", "assets_share"):
            if any(not 0 <= share <= 1 for share in getattr(self, name).values()):
                raise InputError(f"minimum_tax.{name} must lie in 0 to 1")

    @property
    def carves_out(self) -> bool:
        """Whether any profit is carved out."""
        return bool(self.payroll_share or self.assets_share)

    def carve_out_shares(self, first_year: int, count: int) -> tuple[Array, Array]:
        """Shares of payroll and of tangible assets in `count` calendar years; a year before the table has none.

        >>> payroll, assets = MinimumTax(0.15, payroll_share={2025: 0.096, 2026: 0.094}).carve_out_shares(2024, 4)
        >>> payroll.tolist(), assets.tolist()
        ([0.0, 0.096, 0.094, 0.094], [0.0, 0.0, 0.0, 0.0])
        """
        years = np.arange(first_year, first_year + count)
        return _held(self.payroll_share, years), _held(self.assets_share, years)


def _held(shares: Mapping[int, float], years: NDArray[np.int64]) -> Array:
    """Value of each year, or of the last year before it; 0 before the first."""
    known = sorted(shares)
    values = np.array([0.0, *(shares[year] for year in known)])
    return values[np.searchsorted(known, years, side="right")]


@dataclass(frozen=True)
class Incentive:
    """One incentive of a regime.

    Args:
        id: Id of its row.
        name: How a reader calls it.
        benefit: One of `BENEFITS`.
        value: Exempt share of income; allowance as share of capital; special tax rate; further deduction as share of
            the expense; grant as share of capital, or in million with `grant_is_money`; duty relief as share.
        cap_share: Most of statutory income that an allowance may cover. [share]
        years: How long; counted from the first operating year, for an investment allowance from the first spending.
        clause: Legal basis.
        start: First day on which it can be applied for.
        end: Last day.
        stages: Stages that may have it; empty for all.
        states: States in which it exists, as `MY-01`; empty for all.
        group: Only one of a group.
        alone: Excludes every other incentive but those in `with_groups`.
        with_groups: Groups that may stand beside one that is `alone`.
        status: `in_force`, `closed_to_new_manufacturing`, `historic` ...
        grant_is_money: The value is an amount, not a share.
        basis: How well it is known.
        refs: The row.
        note: What a reader must know: a second reading, an unread text.
    """

    id: str
    name: str
    benefit: str
    value: float
    cap_share: float = 1.0
    years: int | None = None
    clause: str = ""
    start: str = ""
    end: str = ""
    stages: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    group: str = ""
    alone: bool = False
    with_groups: tuple[str, ...] = ()
    status: str = "in_force"
    grant_is_money: bool = False
    basis: str = "reported"
    refs: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        if self.benefit not in BENEFITS:
            raise InputError(f'{self.id}: benefit "{self.benefit}" is not one of {", ".join(BENEFITS)}')
        if self.value < 0 or (self.value > 1 and not self.grant_is_money and self.benefit != "extra_deduction"):
            raise InputError(f"{self.id}: value must lie in 0 to 1, got {self.value}")
        if not 0 <= self.cap_share <= 1:
            raise InputError(f"{self.id}: cap_share must lie in 0 to 1, got {self.cap_share}")
        unknown = set(self.stages) - set(STAGES)
        if unknown:
            raise InputError(f"{self.id}: not a stage: {', '.join(sorted(unknown))}")

    def open_on(self, day: str) -> bool:
        """Whether it could be applied for on an ISO day."""
        return (not self.start or self.start <= day) and (not self.end or day <= self.end)


@dataclass(frozen=True)
class Regime:
    """The fiscal rules that meet one project.

    Args:
        country: ISO3 code; the federal party is `federal:COUNTRY`.
        tax_rate: Income tax. [share]
        allowances: Tax depreciation; their shares of the capital sum to at most 1.
        loss_years: Years a loss may be carried forward; None for ever.
        royalties: By state.
        minimum_tax: Floor under the effective rate, or None.
        import_duty_share: Duty on imported equipment over all capital. [share of capital]
        export_duty_share: Duty on what is sold. [share of revenue]
        incentives: All that exist, by id.
        chosen: Those in use.
        name: How a reader calls it.
        limits: What is not known, printed with results.
        refs: Rows that the basic rates stand on.

    >>> regime = Regime("XXX", Quantity(0.24, "share", basis="memory"))
    >>> regime.federal
    'federal:XXX'
    """

    country: str
    tax_rate: Quantity
    allowances: tuple[Allowance, ...] = ()
    loss_years: int | None = None
    royalties: tuple[Royalty, ...] = ()
    minimum_tax: MinimumTax | None = None
    import_duty_share: float = 0.0
    export_duty_share: float = 0.0
    incentives: Mapping[str, Incentive] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()
    name: str = ""
    limits: tuple[str, ...] = ()
    refs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        if self.tax_rate.value is None or not 0 <= self.tax_rate.value < 1:
            faults.append(Fault("must lie in 0 to 1", field="tax_rate", value=self.tax_rate.value))
        if sum(a.capex_share for a in self.allowances) > 1 + 1e-9:
            faults.append(Fault("classes of assets exceed the capital", field="allowances"))
        if self.loss_years is not None and self.loss_years < 1:
            faults.append(Fault("must be at least 1, or None for ever", field="loss_years", value=self.loss_years))
        for name in ("import_duty_share", "export_duty_share"):
            if not 0 <= getattr(self, name) < 1:
                faults.append(Fault("must lie in 0 to 1", field=name, value=getattr(self, name)))
        if faults:
            raise InputError(faults)
        object.__setattr__(self, "incentives", MappingProxyType(dict(self.incentives)))

    def __reduce__(self):  # mapping proxies do not pickle
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["incentives"] = dict(self.incentives)
        return _regime, (values,)

    @property
    def federal(self) -> str:
        """The federal party."""
        return f"federal:{self.country}"

    @property
    def in_use(self) -> tuple[Incentive, ...]:
        """The chosen incentives."""
        return tuple(self.incentives[i] for i in self.chosen)

    def royalty_of(self, state: str | None, stage: str) -> Royalty | None:
        """The royalty a plant of a stage pays to a state, or None."""
        return next((r for r in self.royalties if r.state == state and stage in r.stages), None)

    def choose(self, ids: Iterable[str], on: str, stage: str, state: str | None = None) -> Regime:
        """The regime with these incentives in use.

        Args:
            ids: Ids of incentives; none for the bare regime.
            on: Day of the application, ISO.
            stage: Stage of the project.
            state: State it stands in, as `MY-08` or `state:MY-08`; None when not known.

        Raises:
            InputError: No such day; an incentive that is unknown, closed on that day, not for that stage, or two that
                do not stack; all are named.
        """
        ids = tuple(ids)
        faults: list[Fault] = []
        try:
            date.fromisoformat(on)
        except ValueError:
            raise InputError(Fault("must be a day, as 2026-03-01", field="on", value=on)) from None
        found: list[Incentive] = []
        for name in ids:
            if name not in self.incentives:
                faults.append(Fault(f"is no incentive here{did_you_mean(name, self.incentives)}", field=name))
                continue
            incentive = self.incentives[name]
            found.append(incentive)
            if not incentive.open_on(on):
                window = f"{incentive.start or '...'} to {incentive.end or '...'}"
                faults.append(Fault(f"{incentive.name} is open {window}, not on {on}", field=name))
            elif incentive.status == "historic":
                faults.append(Fault(f"{incentive.name} is historic", field=name))
            if incentive.stages and stage not in incentive.stages:
                allowed = ", ".join(incentive.stages)
                faults.append(Fault(f"{incentive.name} is for {allowed}, not for {stage}", field=name))
            here = (state or "").removeprefix("state:")
            if incentive.states and here not in incentive.states:
                allowed = ", ".join(incentive.states)
                faults.append(Fault(f"{incentive.name} exists in {allowed}, not in {here or 'no state'}", field=name))
        faults += _stacking(found)
        if faults:
            raise InputError(faults)
        return replace(self, chosen=ids)


def template(country: str, tax_share: float, depreciation_years: int = 10) -> Regime:
    """A plain regime to start from where no rows are known: one rate, straight-line depreciation, losses for ever.

    Args:
        country: ISO3 code.
        tax_share: Income tax, a choice of the caller. [share]
        depreciation_years: Years of equal allowances.

    >>> template("VNM", 0.20).federal
    'federal:VNM'
    """
    return Regime(
        country,
        Quantity(tax_share, "share", basis="choice", reason="template, no rows of this country"),
        (Allowance("all", 1.0, straight_line(depreciation_years)),),
        name=f"{country}, template",
        limits=("the regime is a template: no royalty, no incentive, no minimum tax",),
    )


def _regime(values: dict) -> Regime:
    return Regime(**values)


def _stacking(found: list[Incentive]) -> list[Fault]:
    faults = []
    for i, first in enumerate(found):
        for second in found[i + 1 :]:
            same_group = first.group and first.group == second.group
            shut_out = (first.alone and second.group not in first.with_groups) or (
                second.alone and first.group not in second.with_groups
            )
            if first.id == second.id or same_group or shut_out:
                faults.append(
                    Fault(f"{first.name} and {second.name} do not stack; choose one", field=f"{first.id} + {second.id}")
                )
    return faults
