"""What a project is: what it sells and buys, what it costs, when it is built and how it starts.

Every uncertain number is a `Quantity` and has a key (`capex:plant`, `price:Nd`, `opex:labour` ...), by which draws,
tornado, break-even and `--set` reach it. Money is in million units of `currency` of `price_year`, real.
A project of 0 t, a ramp-up above 100 %, or working capital that suppliers would finance is refused by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from gadolin.economics.formulas import FloorUpside, PriceFormula
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import Quantity
from gadolin.stages import check_party, stage

__all__ = ["CostLine", "Debt", "Finance", "Project", "Schedule", "Trade", "WorkingCapital"]


MOST_YEARS = 300
"""Longest project that is computed; discounted money beyond it is nothing."""


def known(value: float, unit: str = "share", basis: str = "choice") -> Quantity:
    """A number without range: a user's choice, or a definition."""
    return Quantity(value, unit, value, value, basis)


@dataclass(frozen=True)
class Trade:
    """A good the plant sells or buys.

    Args:
        good: Name in the deck (`Nd` means Nd oxide), or the name of a mixture with a composition.
        t_per_year: Tonnes at full rate: of product, or of REO contained where a composition is given.
        formula: How its price is made.
        composition: Share of REO mass by element for a mixture; empty for a good of the deck.
        party: Buyer or seller.
        payable: Payable share with its range; takes the place of the formula's number. [share]
    """

    good: str
    t_per_year: Quantity
    formula: PriceFormula = field(default_factory=PriceFormula)
    composition: Mapping[str, float] = field(default_factory=dict)
    party: str = "customers"
    payable: Quantity | None = None

    def __post_init__(self) -> None:
        check_party(self.party)
        total = sum(self.composition.values())
        if self.composition and not 0.98 <= total <= 1.02:
            raise InputError(f"{self.good}: the composition must sum to 1 (0.98-1.02), got {total:.3f}")
        object.__setattr__(self, "composition", MappingProxyType(dict(self.composition)))

    def __reduce__(self):  # mapping proxies do not pickle
        plain = (self.good, self.t_per_year, self.formula, dict(self.composition), self.party, self.payable)
        return type(self), plain


@dataclass(frozen=True)
class CostLine:
    """A yearly cost at full rate.

    Args:
        kind: Name (`reagents`, `energy`, `labour`, `maintenance`, `residue`, `toll`, `licence` ...).
        local_m_per_year: Cost at full rate. [million per year]
        fixed_share: Part that does not follow output. [share]
        payee: Who receives it.
    """

    kind: str
    local_m_per_year: Quantity
    fixed_share: float = 0.0
    payee: str = "suppliers"

    def __post_init__(self) -> None:
        check_party(self.payee)
        if not 0 <= self.fixed_share <= 1:
            raise InputError(f"opex:{self.kind} fixed_share must lie in 0 to 1, got {self.fixed_share}")


@dataclass(frozen=True)
class Schedule:
    """When it is built, how it starts, how long it runs.

    Args:
        construction_share: Part of the capital spent in each year of construction; sums to 1. Empty for a plant that
            runs already.
        ramp_share: Output in each operating year over full rate; the last is held. [share]
        life_years: Operating years.
        closure_years: Years after operation in which closure is paid.
        start_year: Calendar year in which construction begins.
        refs: Where ramp-up and construction time come from.
    """

    construction_share: tuple[float, ...] = (0.5, 0.5)
    ramp_share: tuple[float, ...] = (1.0,)
    life_years: int = 20
    closure_years: int = 0
    start_year: int = 2027
    refs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        faults = []
        built = self.construction_share
        if built and (any(s < 0 for s in built) or abs(sum(built) - 1) > 1e-9):
            faults.append(Fault("shares must sum to 1", field="construction_share", value=self.construction_share))
        if not self.ramp_share or any(not 0 <= s <= 1 for s in self.ramp_share):
            faults.append(
                Fault("ramp-up must lie in 0 to 100 % of full rate", field="ramp_share", value=self.ramp_share)
            )
        if self.life_years < 1:
            faults.append(Fault("must be at least 1", field="life_years", value=self.life_years))
        if self.closure_years < 0:
            faults.append(Fault("must not be negative", field="closure_years", value=self.closure_years))
        if self.years > MOST_YEARS:
            faults.append(Fault(f"building, life and closure take at most {MOST_YEARS} years", value=self.years))
        if faults:
            raise InputError(faults)

    @property
    def construction_years(self) -> int:
        """Years before the first operating year."""
        return len(self.construction_share)

    @property
    def years(self) -> int:
        """All years of the project."""
        return self.construction_years + self.life_years + self.closure_years


@dataclass(frozen=True)
class WorkingCapital:
    """Money bound in the business, released in the last operating period.

    Args:
        receivable_days: Days of revenue that customers owe.
        stock_days: Days of feed and running cost held as stock.
        payable_days: Days of feed and running cost owed to suppliers.
        first_fill_local_m: First fill of organic, reagents and rare earths in process, in the last construction
            period. [million]
        recovered_share: Part of the first fill that is worth money at the end.
    """

    receivable_days: float = 0.0
    stock_days: float = 0.0
    payable_days: float = 0.0
    first_fill_local_m: Quantity = field(default_factory=lambda: known(0.0, "million"))
    recovered_share: float = 1.0

    def __post_init__(self) -> None:
        faults = [
            Fault("must not be negative", field=name, value=getattr(self, name))
            for name in ("receivable_days", "stock_days", "payable_days")
            if getattr(self, name) < 0
        ]
        if not 0 <= self.recovered_share <= 1:
            faults.append(Fault("must lie in 0 to 1", field="recovered_share", value=self.recovered_share))
        if faults:
            raise InputError(faults)


@dataclass(frozen=True)
class Debt:
    """A loan on the capital cost.

    Args:
        capex_share: Part of the capital that is borrowed, drawn as it is spent. [share]
        rate_share: Effective interest: nominal in a nominal run, real in a real one. [share per year]
        tenor_years: Years from first operation to the last payment.
        grace_years: Operating years without repayment; interest is paid.
        fee_share: Fee on each drawdown. [share]
        lender: Who lends (`lender`, `partner:JPN`, `federal:MYS`).
        profile: `annuity` (equal service) or `equal_principal`.
        building_interest: Interest before operation is `paid` by equity, or `added` to the loan.
    """

    capex_share: float
    rate_share: float
    tenor_years: int
    grace_years: int = 0
    fee_share: float = 0.0
    lender: str = "lender"
    profile: str = "annuity"
    building_interest: str = "paid"

    def __post_init__(self) -> None:
        faults = []
        if not 0 <= self.capex_share <= 1:
            faults.append(Fault("must lie in 0 to 1", field="debt.capex_share", value=self.capex_share))
        if self.rate_share <= -1:
            faults.append(Fault("must be greater than -1", field="debt.rate_share", value=self.rate_share))
        if not 0 <= self.grace_years < self.tenor_years:
            faults.append(Fault("must lie in 0 to tenor_years - 1", field="debt.grace_years", value=self.grace_years))
        if self.profile not in ("annuity", "equal_principal"):
            faults.append(Fault("annuity or equal_principal", field="debt.profile", value=self.profile))
        if self.building_interest not in ("paid", "added"):
            faults.append(Fault("paid or added", field="debt.building_interest", value=self.building_interest))
        if faults:
            raise InputError(faults)
        check_party(self.lender)


@dataclass(frozen=True)
class Finance:
    """Discount rates, debt, equity, inflation, and the grid of periods.

    Args:
        discount_share: Company's discount rate, real. [share per year]
        public_discount_share: Rate for federal and state, real; the company's when None.
        debts: Loans.
        equity_share: Part of the company's cash, in and out, that belongs to each partner. [share]
        inflation_share: Above 0 the ledger is nominal. [share per year]
        fx: Units of each currency per USD, for decks in another currency than the project's.
        periods_per_year: 1 or 4.
        timing: When in a period money flows: start, mid or end.
    """

    discount_share: float = 0.10
    public_discount_share: float | None = None
    debts: tuple[Debt, ...] = ()
    equity_share: Mapping[str, float] = field(default_factory=dict)
    inflation_share: float = 0.0
    fx: Mapping[str, float] = field(default_factory=dict)
    periods_per_year: int = 1
    timing: str = "end"

    def __post_init__(self) -> None:
        faults = []
        if sum(d.capex_share for d in self.debts) > 1 + 1e-12:
            faults.append(Fault("loans exceed the capital", field="debts"))
        if any(not 0 <= s <= 1 for s in self.equity_share.values()) or sum(self.equity_share.values()) > 1:
            faults.append(Fault("shares of partners must lie in 0 to 1 and sum to at most 1", field="equity_share"))
        if self.inflation_share <= -1:
            faults.append(Fault("must be greater than -1", field="inflation_share", value=self.inflation_share))
        if faults:
            raise InputError(faults)
        object.__setattr__(self, "equity_share", MappingProxyType(dict(self.equity_share)))
        object.__setattr__(self, "fx", MappingProxyType(dict(self.fx)))

    def __reduce__(self):  # mapping proxies do not pickle
        return type(self), (
            self.discount_share, self.public_discount_share, self.debts, dict(self.equity_share),
            self.inflation_share, dict(self.fx), self.periods_per_year, self.timing,
        )  # fmt: skip

    def rate_of(self, currency: str, other: str) -> float:
        """Units of `currency` per unit of `other`.

        Raises:
            InputError: A currency without a rate.
        """
        if currency == other:
            return 1.0
        rates = {"USD": 1.0, **self.fx}
        missing = [c for c in (currency, other) if c not in rates]
        if missing:
            raise InputError(f"no exchange rate for {', '.join(missing)}; give units per USD in Finance.fx")
        return rates[currency] / rates[other]


@dataclass(frozen=True)
class Project:
    """A plant as a business.

    Args:
        id: Id; the company is `company:ID`.
        stage: One of `STAGES`; `mine` and `beneficiation` pay royalty.
        sales: What it sells.
        capex: Capital by item, without growth, at the place of reference. [million of currency]
        opex: Running costs.
        purchases: Feed and other goods bought at prices of the deck.
        schedule: Timing.
        working_capital: Money bound.
        capex_growth: Final over estimated capital, from the record of like projects. [-]
        location_factor: Cost here over cost at the place for which `capex` stands. [-]
        sunk_share: Part of the capital that was spent before; neither a cost nor an allowance any more, while renewal
            and closure follow the whole. [share]
        output: Factor on all tonnes sold and bought: availability and shortfall, 0 to 1. [share]
        sustaining: Yearly renewal over initial capital. [share per year]
        closure: Cost of closing, paid after operation. [million]
        qualifying_share: Part of the capital that earns tax allowances. [share]
        staff: Permanent jobs. [persons]
        residue_t_gross_per_year: Solid residue at full rate. [t gross per year]
        residue_bq_per_g: Its activity. [Bq/g]
        rnd_local_m_per_year: Part of opex that is approved research, for extra deductions. [million per year]
        state: Mining state (`state:MY-08`), or None.
        floors: Price floors and upside shares in force.
        multinational: Whether the owner falls under the minimum tax.
        currency: Currency of all money here.
        price_year: Year of that money.
        limits: What the figures do not hold, printed with the result.
    """

    id: str
    stage: str
    sales: tuple[Trade, ...]
    capex: Mapping[str, Quantity]
    opex: tuple[CostLine, ...] = ()
    purchases: tuple[Trade, ...] = ()
    schedule: Schedule = field(default_factory=Schedule)
    working_capital: WorkingCapital = field(default_factory=WorkingCapital)
    capex_growth: Quantity = field(default_factory=lambda: known(1.0, "ratio"))
    location_factor: Quantity = field(default_factory=lambda: known(1.0, "ratio"))
    sunk_share: float = 0.0
    output: Quantity = field(default_factory=lambda: known(1.0))
    sustaining: Quantity = field(default_factory=lambda: known(0.0, "share per year"))
    closure: Quantity = field(default_factory=lambda: known(0.0, "million"))
    qualifying_share: float = 1.0
    staff: Quantity = field(default_factory=lambda: Quantity.missing("persons", "staff not given"))
    residue_t_gross_per_year: Quantity = field(
        default_factory=lambda: Quantity.missing("t gross per year", "residue not given")
    )
    residue_bq_per_g: Quantity = field(default_factory=lambda: Quantity.missing("Bq/g", "activity not given"))
    rnd_local_m_per_year: float = 0.0
    state: str | None = None
    floors: tuple[FloorUpside, ...] = ()
    multinational: bool = False
    currency: str = "USD"
    price_year: int = 2025
    limits: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        stage(self.stage)
        if self.state is not None:
            check_party(self.state)
        faults = [Fault(q.reason or "not known", field=key) for key, q in self.inputs().items() if q.value is None]
        for key, q in self.inputs().items():
            if q.value is not None and q.value < 0:
                faults.append(Fault("must not be negative", field=key, value=q.value))
            if q.value is not None and q.value > 1 and q.unit.startswith("share"):
                faults.append(Fault("is a share and must lie in 0 to 1", field=key, value=q.value))
        if (not faults and not any(t.t_per_year.value for t in self.sales)) or self.output.value == 0:
            faults.append(Fault("a plant of 0 t makes nothing to sell; give its output", field=f"{self.id}.sales"))
        if not 0 <= self.sunk_share <= 1:
            faults.append(Fault("must lie in 0 to 1", field="sunk_share", value=self.sunk_share))
        if not self.schedule.construction_share and self.sunk_share < 1:
            faults.append(Fault("a plant that is not built yet needs construction years", field="construction_share"))
        twice = {line.kind for line in self.opex if sum(o.kind == line.kind for o in self.opex) > 1}
        faults += [Fault("is given twice; a cost counts once", field=f"opex:{kind}") for kind in sorted(twice)]
        wc = self.working_capital
        if wc.payable_days > wc.stock_days + wc.receivable_days:
            faults.append(
                Fault(
                    "working capital would be negative and suppliers would finance the plant; "
                    "lower it to stock_days + receivable_days",
                    field="working_capital.payable_days",
                    value=wc.payable_days,
                )
            )
        if faults:
            raise InputError(faults)
        object.__setattr__(self, "capex", MappingProxyType(dict(self.capex)))

    def __reduce__(self):  # mapping proxies do not pickle
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["capex"] = dict(self.capex)
        return _project, (values,)

    @property
    def company(self) -> str:
        """The party of the project."""
        return f"company:{self.id}"

    def inputs(self) -> dict[str, Quantity]:
        """Every uncertain input by key, without the deck's prices (see `cash_flow.inputs_of`)."""
        found: dict[str, Quantity] = {f"capex:{item}": q for item, q in self.capex.items()}
        found |= {"capex_growth": self.capex_growth, "location_factor": self.location_factor, "output": self.output}
        found |= {f"opex:{line.kind}": line.local_m_per_year for line in self.opex}
        for prefix, trades in (("sale", self.sales), ("feed", self.purchases)):
            for trade in trades:
                found[f"{prefix}:{trade.good}"] = trade.t_per_year
                if trade.payable is not None:
                    found[f"payable:{prefix}:{trade.good}"] = trade.payable
        found |= {"sustaining": self.sustaining, "closure": self.closure}
        found["first_fill"] = self.working_capital.first_fill_local_m
        return found

    def with_input(self, key: str, value: float) -> Project:
        """The project with one input set to a choice, without range.

        Raises:
            InputError: No such key; names the nearest.
        """
        current = self.inputs()
        if key not in current:
            raise InputError(f'"{key}" is no input of {self.id}{did_you_mean(key, current)}')
        new = Quantity(value, current[key].unit, value, value, "choice")
        head, _, rest = key.partition(":")
        if head == "capex":
            return replace(self, capex={**self.capex, rest: new})
        if head == "opex":
            lines = tuple(replace(o, local_m_per_year=new) if o.kind == rest else o for o in self.opex)
            return replace(self, opex=lines)
        if head in ("sale", "feed", "payable"):
            name, attribute = (rest, "t_per_year") if head != "payable" else (rest.partition(":")[2], "payable")
            side = "sales" if (head == "sale" or rest.startswith("sale:")) else "purchases"
            trades = tuple(replace(t, **{attribute: new}) if t.good == name else t for t in getattr(self, side))
            return replace(self, **{side: trades})
        if key == "first_fill":
            return replace(self, working_capital=replace(self.working_capital, first_fill_local_m=new))
        return replace(self, **{key: new})


def _project(values: dict) -> Project:
    return Project(**values)
