"""What a user sets by `KEY=VALUE`: any input of a plant, prices, floors, price formulas, finance, timing, tax rates.

Inputs of the plant have the keys that the report prints (`capex:plant`, `opex:labour`, `price:NdPr`). The others stand
in `SETTINGS`; those that end in a colon take a good or a partner (`floor:NdPr`, `partner:JPN`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gadolin.economics.cash_flow import inputs_of
from gadolin.economics.formulas import Deck, FloorUpside
from gadolin.economics.project import Debt, Finance, Project, Trade
from gadolin.economics.regimes import MinimumTax, Regime
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.quantity import Quantity

SETTINGS: dict[str, str] = {
    "discount_share": "company's discount rate, real, share per year",
    "public_discount_share": "rate of federal and state, share per year",
    "inflation_share": "above 0 the ledger is nominal, share per year",
    "periods_per_year": "1 or 4",
    "loan.capex_share": "part of the capital that is borrowed",
    "loan.rate_share": "interest, share per year",
    "loan.tenor_years": "years from first operation to the last payment",
    "loan.grace_years": "operating years without repayment",
    "loan.fee_share": "fee on each drawdown",
    "partner:": "part of the company's cash that belongs to a partner, e.g. partner:JPN=0.3",
    "floor:": "price floor of a good, USD per kg; its customers pay when the case names no payer",
    "upside_from:": "price above which the payer of the floor shares, USD per kg",
    "upside_share:": "part of the excess that the payer of the floor takes",
    "discount:": "offtake discount on a good, share",
    "light_charge:": "charge per kg of light oxide in a good, USD",
    "heavy_charge:": "charge per kg of heavy oxide in a good, USD",
    "flat_charge:": "charge per kg of a good, USD",
    "fixed_price:": "flat price of a good, USD per kg, whatever the deck says",
    "life_years": "operating years",
    "construction_years": "years of construction",
    "receivable_days": "days that customers owe",
    "stock_days": "days of stock",
    "payable_days": "days owed to suppliers",
    "qualifying_share": "part of the capital that earns tax allowances",
    "sunk_share": "part of the capital that was spent before",
    "tax_share": "income tax",
    "loss_years": "years for which a loss can be carried",
    "minimum_tax_share": "minimum tax on large groups; 0 takes it away",
    "import_duty_share": "duty on capital goods",
    "export_duty_share": "duty on what is sold",
}
"""Keys beside the inputs of the plant, in words."""

_FORMULA = {
    "discount": "discount_share",
    "light_charge": "light_charge",
    "heavy_charge": "heavy_charge",
    "flat_charge": "flat_charge",
    "fixed_price": "fixed",
}
_FLOOR = {"floor": "floor", "upside_from": "upside_from", "upside_share": "upside_share"}
_WHOLE = ("periods_per_year", "loan.tenor_years", "loan.grace_years", "life_years", "construction_years", "loss_years")


@dataclass(frozen=True)
class Setting:
    """All that a run stands on.

    Args:
        project: The plant.
        deck: Prices.
        regime: Fiscal rules.
        finance: Finance.
    """

    project: Project
    deck: Deck
    regime: Regime
    finance: Finance


def changed(setting: Setting, changes: Mapping[str, float]) -> Setting:
    """A setting with the user's values; loans and floors that belong together are set together.

    Args:
        setting: As the case has it.
        changes: Values by key.

    Raises:
        InputError: A key that nothing reads, or a value that is not allowed.
    """
    for key, value in changes.items():
        if key in _WHOLE and value != int(value):
            raise InputError(Fault("must be a whole number", field=key, value=value))
    loan = {k.removeprefix("loan."): v for k, v in changes.items() if k.startswith("loan.")}
    if loan:
        setting = replace(setting, finance=_with_loan(setting.finance, loan))
    floors: dict[str, dict[str, float]] = {}
    for key, value in changes.items():
        head, _, good = key.partition(":")
        if head in _FLOOR and good:
            _traded(setting.project.sales, key, good)
            floors.setdefault(good, {})[_FLOOR[head]] = value
        elif not key.startswith("loan."):
            setting = _one(setting, key, value)
    for good, terms in floors.items():
        setting = replace(setting, project=_with_floor(setting.project, good, terms))
    return setting


def _one(s: Setting, key: str, value: float) -> Setting:
    """One key that stands alone."""
    head, _, rest = key.partition(":")
    if head == "price" and rest:
        return replace(s, deck=_with_price(s.deck, rest, value))
    if head in _FORMULA and rest:
        return replace(s, project=_with_term(s.project, key, rest, _FORMULA[head], value))
    if head == "partner" and rest:
        return replace(s, finance=replace(s.finance, equity_share={**s.finance.equity_share, key: value}))
    if key in ("discount_share", "public_discount_share", "inflation_share"):
        return replace(s, finance=replace(s.finance, **{key: value}))
    if key == "periods_per_year":
        return replace(s, finance=replace(s.finance, periods_per_year=int(value)))
    if key in ("life_years", "construction_years"):
        return replace(s, project=_with_years(s.project, key, int(value)))
    if key in ("receivable_days", "stock_days", "payable_days"):
        return replace(
            s, project=replace(s.project, working_capital=replace(s.project.working_capital, **{key: value}))
        )
    if key in ("qualifying_share", "sunk_share"):
        return replace(s, project=replace(s.project, **{key: value}))
    if key in ("tax_share", "loss_years", "minimum_tax_share", "import_duty_share", "export_duty_share"):
        return replace(s, regime=_with_tax(s.regime, key, value))
    known = [*inputs_of(s.project, s.deck), *SETTINGS]
    if key not in s.project.inputs():
        words = f"is no input of {s.project.id} and no setting{did_you_mean(key, known)}"
        raise InputError(Fault(words, field="--set", value=key))
    return replace(s, project=s.project.with_input(key, value))


def _with_loan(finance: Finance, terms: Mapping[str, float]) -> Finance:
    """The first loan with terms changed; a new one needs share, rate and tenor."""
    allowed = [k.removeprefix("loan.") for k in SETTINGS if k.startswith("loan.")]
    unknown = [k for k in terms if k not in allowed]
    if unknown:
        raise InputError([Fault(f"is no term of a loan{did_you_mean(k, allowed)}", field=f"loan.{k}") for k in unknown])
    whole = {k: int(v) if k.endswith("_years") else v for k, v in terms.items()}
    if finance.debts:
        return replace(finance, debts=(replace(finance.debts[0], **whole), *finance.debts[1:]))
    missing = [k for k in ("capex_share", "rate_share", "tenor_years") if k not in terms]
    if missing:
        raise InputError([Fault("is missing; a loan needs share, rate and tenor", field=f"loan.{k}") for k in missing])
    new = Debt(terms["capex_share"], terms["rate_share"], int(terms["tenor_years"]))
    return replace(finance, debts=(replace(new, **whole),))


def _with_floor(project: Project, good: str, terms: Mapping[str, float]) -> Project:
    """The floor of a good with terms changed, or a new one that its customers pay."""
    there = next((f for f in project.floors if good in f.products), None)
    others = tuple(f for f in project.floors if f is not there)
    if there is not None:
        kept = tuple(p for p in there.products if p != good)
        others += (replace(there, products=kept),) if kept else ()
        return replace(project, floors=(*others, replace(there, products=(good,), **terms)))
    if "floor" not in terms:
        raise InputError(Fault("is missing: an upside share goes with a floor", field=f"floor:{good}"))
    payer = next(t.party for t in project.sales if t.good == good)
    new = replace(FloorUpside((good,), terms["floor"], payer), **terms)
    return replace(project, floors=(*others, new))


def _traded(trades: tuple[Trade, ...], key: str, good: str) -> None:
    goods = [t.good for t in trades]
    if good not in goods:
        raise InputError(Fault(f"is not traded here{did_you_mean(good, goods)}", field=key, value=good))


def _with_term(project: Project, key: str, good: str, term: str, value: float) -> Project:
    _traded((*project.sales, *project.purchases), key, good)

    def one(trade: Trade) -> Trade:
        return replace(trade, formula=replace(trade.formula, **{term: value})) if trade.good == good else trade

    return replace(
        project,
        sales=tuple(one(t) for t in project.sales),
        purchases=tuple(one(t) for t in project.purchases),
    )


def _with_years(project: Project, key: str, years: int) -> Project:
    plan = project.schedule
    if key == "life_years":
        return replace(project, schedule=replace(plan, life_years=years))
    if years < 1:
        raise InputError(Fault("must be at least 1", field=key, value=years))
    return replace(project, schedule=replace(plan, construction_share=(1 / years,) * years))


def _with_tax(regime: Regime, key: str, value: float) -> Regime:
    if key != "loss_years" and not 0 <= value <= 1:
        raise InputError(Fault("must lie in 0 to 1", field=key, value=value))
    if key == "tax_share":
        return replace(regime, tax_rate=Quantity(value, "share", value, value, "choice"))
    if key == "loss_years":
        return replace(regime, loss_years=int(value))
    if key == "minimum_tax_share":
        there = regime.minimum_tax
        new = MinimumTax(value) if there is None else replace(there, rate_share=value)
        return replace(regime, minimum_tax=new if value else None)
    return replace(regime, **{key: value})


def _with_price(deck: Deck, name: str, value: float) -> Deck:
    if name not in deck.prices:
        words = f"is no product of the deck{did_you_mean(name, deck.prices)} (products: {', '.join(deck.prices)})"
        raise InputError(Fault(words, field=f"price:{name}"))
    return replace(deck, prices={**deck.prices, name: Quantity(value, "USD/kg", value, value, "choice")})
