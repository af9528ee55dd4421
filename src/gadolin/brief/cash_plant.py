"""Plant and trade in the cash-flow workbook: timing, capital, prices, sales, floors, running cost, working capital.

The same arithmetic as `economics.cash_flow`, once more and apart from it, so that the two check each other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gadolin.brief.cash_rows import Array, Book
from gadolin.economics.formulas import FloorUpside
from gadolin.economics.project import Trade
from gadolin.economics.regimes import Incentive

__all__ = ["capital", "running", "timing", "trading", "working_capital"]

OFFSETS = {"start": 0.0, "mid": 0.5, "end": 1.0}


def timing(book: Book) -> None:
    """Years, shares built, ramp-up, price index, discount factors (which take nominal money back to real)."""
    flow, plan, per = book.flow, book.found.project.schedule, book.per
    count = np.arange(flow.columns)
    offset = OFFSETS[book.found.finance.timing]
    times = (count + offset) / per
    flow.given("year", plan.start_year + count / per)
    build, ramp = np.zeros(plan.years), np.zeros(plan.years)
    build[: plan.construction_years] = plan.construction_share
    for year in range(plan.life_years):
        ramp[plan.construction_years + year] = plan.ramp_share[min(year, len(plan.ramp_share) - 1)]
    inside = (count >= book.first) & (count < book.last)
    flow.given("capital spent", np.repeat(build, per) / per, "share of the whole")
    flow.given("operating", inside / per, "share of a year")
    flow.given("ramp-up", np.repeat(ramp, per) / per, "share of a full year's output")
    flow.given("time", times, "years from the start to the flow")

    def power(key: str, sign: str) -> Callable[[int], str]:
        return lambda p: f"(1+{book.cells[key]})^({sign}{flow.cell('time', p)})"

    index = (1 + book.inputs["inflation (share)"]) ** times
    grown = power("inflation (share)", "")
    flow.add("price index", lambda p: f"={grown(p)}", index, "1 at the start")
    for name, key in (("discount factor", "discount rate (share)"), ("discount factor of the public", _PUBLIC)):
        factor = power(key, "-")
        values = (1 + book.inputs[key]) ** -times / index
        flow.add(name, lambda p, f=factor: f"={f(p)}/{flow.cell('price index', p)}", values, "of money of the day")


_PUBLIC = "discount rate of the public (share)"


def capital(book: Book) -> None:
    """Capital, renewal, import duty, grants."""
    flow, project, regime, cells = book.flow, book.found.project, book.found.regime, book.cells
    v, company = flow.values, book.company
    parts = [f"capex:{item}" for item in project.capex]
    factors = ("capex_growth", "location_factor")
    whole = sum(book.inputs[p] for p in parts) * book.inputs[factors[0]] * book.inputs[factors[1]]
    text = f"({'+'.join(cells[p] for p in parts) or '0'})*{cells[factors[0]]}*{cells[factors[1]]}"

    def grown(p: int, share: str) -> str:
        return f"{text}*{flow.cell(share, p)}*{flow.cell('price index', p)}"

    spent = f"(1-{cells['sunk share of the capital']})"
    unsunk = (1 - project.sunk_share) * whole * v["capital spent"] * v["price index"]
    book.pay("capital", company, "suppliers", lambda p: f"={spent}*{grown(p, 'capital spent')}", unsunk)
    renewal = book.inputs["sustaining"] * whole * v["operating"] * v["price index"]
    book.pay("renewal", company, "suppliers", lambda p: f"={cells['sustaining']}*{grown(p, 'operating')}", renewal)
    relief = min(1.0, sum(i.value for i in regime.in_use if i.benefit == "duty_relief"))
    both = v["capital"] + v["renewal"]
    book.pay(
        "import duty",
        company,
        regime.federal,
        lambda p: (
            f"={cells['import duty (share of capital)']}*{1 - relief!r}"
            f"*({flow.cell('capital', p)}+{flow.cell('renewal', p)})"
        ),
        book.inputs["import duty (share of capital)"] * (1 - relief) * both,
    )
    flow.sum("capital with renewal and duty", {"capital": 1, "renewal": 1, "import duty": 1})
    grants = [i for i in regime.in_use if i.benefit == "grant"]
    if grants:
        _grants(book, grants)


def _grants(book: Book, grants: list[Incentive]) -> None:
    """Grants as a share of what is spent while building, or as an amount spread like the capital."""
    flow, v = book.flow, book.flow.values
    share = sum(i.value for i in grants if not i.grant_is_money)
    money = sum(i.value for i in grants if i.grant_is_money)
    building = v["capital spent"] > 0

    def formula(p: int) -> str:
        spread = f"{money!r}*{flow.cell('capital spent', p)}*{flow.cell('price index', p)}"
        own = f"+{share!r}*{flow.cell('capital with renewal and duty', p)}" if building[p] else ""
        return f"={spread}{own}"

    values = money * v["capital spent"] * v["price index"]
    values = values + share * np.where(building, v["capital with renewal and duty"], 0.0)
    book.pay("grants", book.found.regime.federal, book.company, formula, values)


def _deck_price(book: Book, name: str) -> tuple[Callable[[int], str], Array]:
    """Address and value of a deck price in each period; a row of its own where the deck has a path."""
    flow, deck, key = book.flow, book.found.deck, f"price:{name}"
    if not deck.path:
        return lambda p: book.cells[key], np.full(flow.columns, book.inputs[key])
    row = f"deck price of {name}"
    if row not in flow.rows:
        factors = np.repeat(deck.factors(name, book.found.project.schedule.years), book.per)
        flow.add(row, lambda p: f"={book.cells[key]}*{float(factors[p])!r}", book.inputs[key] * factors, "per kg")
    return lambda p: flow.cell(row, p), flow.values[row]


def _price(book: Book, trade: Trade, side: str) -> str:
    """The row with the price of a trade."""
    flow, deck, terms = book.flow, book.found.deck, trade.formula
    name = f"price of {trade.good}" + (" bought" if side == "feed" else "")
    if terms.fixed is not None:
        flow.given(name, np.full(flow.columns, terms.fixed), f"{deck.currency}/kg")
        return name
    composition = trade.composition or {trade.good: 1.0}
    paid = {
        n: _deck_price(book, n)
        for n, share in composition.items()
        if share and n not in deck.uncredited and (not terms.paid or n in terms.paid)
    }
    key = f"payable:{side}:{trade.good}"
    payable, share = book.cells.get(key, repr(terms.payable_share)), book.inputs.get(key, terms.payable_share)
    # the charges of the formula: its price at a basket of zero, with the sign turned
    charge = -float(terms.price(dict.fromkeys(composition, 0.0), composition, deck.uncredited))

    def formula(p: int) -> str:
        basket = "+".join(f"{composition[n]!r}*{address(p)}" for n, (address, _) in paid.items()) or "0"
        return f"={payable}*{1 - terms.discount_share!r}*({basket})-{charge!r}"

    basket = sum((composition[n] * value for n, (_, value) in paid.items()), np.zeros(flow.columns))
    flow.add(name, formula, share * (1 - terms.discount_share) * basket - charge, f"{deck.currency}/kg")
    return name


def _tonnes(book: Book, trade: Trade, side: str) -> str:
    """The row with the tonnes of a trade times the price index, so that a price gives money of the day."""
    flow, v, key = book.flow, book.flow.values, f"{side}:{trade.good}"
    name = f"kt of {trade.good}" + (" bought" if side == "feed" else "")
    rate = book.inputs["exchange rate of the deck"] / 1000
    flow.add(
        name,
        lambda p: (
            f"={book.cells[key]}*{book.cells['output']}*{flow.cell('ramp-up', p)}*{flow.cell('price index', p)}"
            f"*{book.cells['exchange rate of the deck']}/1000"
        ),
        book.inputs[key] * book.inputs["output"] * v["ramp-up"] * v["price index"] * rate,
        "thousand t, times price index and exchange rate",
    )
    return name


def _traded(book: Book, trade: Trade, side: str, payer: str, payee: str) -> tuple[str, tuple[str, str]]:
    """What is paid for a trade, tonnes times price; gives its row, and the rows of tonnes and price."""
    flow = book.flow
    price, tonnes = _price(book, trade, side), _tonnes(book, trade, side)
    name = f"{'sales' if side == 'sale' else 'purchases'} of {trade.good}"
    book.pay(
        name, payer, payee, lambda p: f"={flow.cell(tonnes, p)}*{flow.cell(price, p)}",
        flow.values[tonnes] * flow.values[price],
    )  # fmt: skip
    return name, (tonnes, price)


def trading(book: Book) -> None:
    """Sales, floors with upside share, export duty, and what is bought."""
    flow, v, project, regime = book.flow, book.flow.values, book.found.project, book.found.regime
    parts: dict[str, int] = {}
    rows: dict[str, tuple[str, str]] = {}
    for trade in project.sales:
        name, rows[trade.good] = _traded(book, trade, "sale", trade.party, book.company)
        parts[name] = 1
    for number, floor in enumerate(project.floors, 1):
        sold = [rows[good] for good in floor.products if good in rows]
        if sold:
            parts |= _floor(book, floor, sold, f" {number}" if len(project.floors) > 1 else "")
    flow.sum("revenue before export duty", parts)
    duty = book.cells["export duty (share of sales)"]
    book.pay(
        "export duty", book.company, regime.federal,
        lambda p: f"={duty}*{flow.cell('revenue before export duty', p)}",
        book.inputs["export duty (share of sales)"] * v["revenue before export duty"],
    )  # fmt: skip
    flow.sum("revenue", {"revenue before export duty": 1, "export duty": -1})
    bought: dict[str, int] = {}
    for trade in project.purchases:
        name, _ = _traded(book, trade, "feed", book.company, trade.party)
        bought[name] = 1
    flow.sum("feed", bought)
    royalty = regime.royalty_of(project.state, project.stage)
    if royalty is not None:
        rate = book.cells["royalty (share of sales)"]
        book.pay(
            "royalty", book.company, royalty.state, lambda p: f"={rate}*{flow.cell('revenue', p)}",
            book.inputs["royalty (share of sales)"] * v["revenue"],
        )  # fmt: skip


def _floor(book: Book, floor: FloorUpside, sold: list[tuple[str, str]], tail: str) -> dict[str, int]:
    """Top-up and upside share of one floor; gives the rows that add to revenue."""
    flow, v, per = book.flow, book.flow.values, book.per
    end = flow.columns if floor.end_year is None else floor.end_year * per
    at = np.arange(flow.columns)
    active = (at >= floor.start_year * per) & (at < end)
    mark = book.cells[f"floor{tail}"]
    level = book.inputs[f"floor{tail}"]

    def topup(p: int) -> str:
        terms = (f"{flow.cell(t, p)}*MAX({mark}-{flow.cell(c, p)},0)" for t, c in sold)
        return "=" + "+".join(terms) if active[p] else "=0"

    paid = sum((v[t] * np.maximum(level - v[c], 0.0) for t, c in sold), np.zeros(flow.columns))
    name = f"floor top-up{tail}"
    book.pay(name, floor.payer, book.company, topup, paid * active)
    if floor.upside_from is None:
        return {name: 1}
    above, cap = f"{floor.upside_from!r}", floor.upside_cap_local_m_per_year
    share = book.cells[f"upside share{tail}"]

    def upside(p: int) -> str:
        if not active[p]:
            return "=0"
        terms = "+".join(f"{flow.cell(t, p)}*MAX({flow.cell(c, p)}-{above},0)" for t, c in sold)
        text = f"{share}*({terms})"
        return f"={text}" if cap is None else f"=MIN({text},{cap / per!r}*{flow.cell('price index', p)})"

    excess = sum((v[t] * np.maximum(v[c] - floor.upside_from, 0.0) for t, c in sold), np.zeros(flow.columns))
    given = book.inputs[f"upside share{tail}"] * excess * active
    if cap is not None:
        given = np.minimum(given, cap / per * v["price index"])
    book.pay(f"upside share{tail}", book.company, floor.payer, upside, given)
    return {name: 1, f"upside share{tail}": -1}


def running(book: Book) -> None:
    """Running costs, closure and approved research."""
    flow, v, cells = book.flow, book.flow.values, book.cells
    parts: dict[str, int] = {}
    for item in book.found.project.opex:
        fixed, key, name = item.fixed_share, f"opex:{item.kind}", f"cost of {item.kind}"
        book.pay(
            name, book.company, item.payee,
            lambda p, k=key, f=fixed: (
                f"={cells[k]}*({f!r}*{flow.cell('operating', p)}+{1 - f!r}*{flow.cell('ramp-up', p)}*{cells['output']})"
                f"*{flow.cell('price index', p)}"
            ),
            book.inputs[key] * (fixed * v["operating"] + (1 - fixed) * v["ramp-up"] * book.inputs["output"])
            * v["price index"],
        )  # fmt: skip
        parts[name] = 1
    flow.sum("running cost", parts)
    when = np.zeros(flow.columns)
    if book.last < flow.columns:
        when[book.last :] = 1 / (flow.columns - book.last)
    else:
        when[-1] = 1.0
    book.pay(
        "closure", book.company, "suppliers",
        lambda p: f"={cells['closure']}*{float(when[p])!r}*{flow.cell('price index', p)}",
        book.inputs["closure"] * when * v["price index"],
    )  # fmt: skip
    research = book.found.project.rnd_local_m_per_year
    if research:
        flow.add(
            "approved research",
            lambda p: f"={research!r}*{flow.cell('operating', p)}*{flow.cell('price index', p)}",
            research * v["operating"] * v["price index"],
            "million, within running cost",
        )


def working_capital(book: Book) -> None:
    """Changes of credit and stock, released in the last operating period, and the first fill."""
    flow, v, terms = book.flow, book.flow.values, book.found.project.working_capital
    receivable, stock, payable = (book.cells[k] for k in ("receivable days", "stock days", "payable days"))
    days = book.per / 365
    costs = v["feed"] + v["running cost"]
    level = days * (terms.receivable_days * v["revenue"] + (terms.stock_days - terms.payable_days) * costs)
    open_yet = np.arange(flow.columns) < book.last - 1

    def held(p: int) -> str:
        cost = f"({flow.cell('feed', p)}+{flow.cell('running cost', p)})"
        text = f"={book.per}/365*({receivable}*{flow.cell('revenue', p)}+({stock}-{payable})*{cost})"
        return text if open_yet[p] else "=0"

    flow.add("working capital held", held, np.where(open_yet, level, 0.0))
    name = "working capital held"
    book.pay(
        "change of working capital", book.company, "rest",
        lambda p: f"={flow.cell(name, p)}" + (f"-{flow.cell(name, p - 1)}" if p else ""),
        np.diff(v[name], prepend=0.0),
    )  # fmt: skip
    moves = np.zeros(flow.columns)
    moves[max(book.first - 1, 0)] = 1.0
    moves[book.last - 1] -= terms.recovered_share
    book.pay(
        "first fill", book.company, "rest",
        lambda p: f"={book.cells['first_fill']}*{float(moves[p])!r}*{flow.cell('price index', p)}",
        book.inputs["first_fill"] * moves * v["price index"],
    )  # fmt: skip
