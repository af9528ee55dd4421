"""Facts that the rules ask for, worked out from a consignment: masses by basis, activity, assay, value.

Mass bases are never mixed: net as received, net dry, REO and one element are four numbers. REO follows the basis of the
certificate (dry, as received, calcined); without a basis it is not known. Activity is one number per nuclide in Bq/g.
Arithmetic is decimal on the digits as typed and is not rounded before a comparison.

Constants: 1 ppm Th is 0.004057 Bq/g Th-232 and 1 ppm natural U is 0.01235 Bq/g U-238 (half-lives 1.405e10 and 4.468e9
years); ThO2 holds 0.87881 Th, U3O8 holds 0.84800 U (IUPAC abridged weights).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from gadolin.elements import ELEMENTS, GROUPS, oxide_factor
from gadolin.moratorium.activity import activity_facts
from gadolin.moratorium.consignment import Amounts, Certificate, Consignment, Money
from gadolin.moratorium.goods import Goods, elements_of_balance, read_goods

__all__ = ["AMOUNT_FACTS", "RAW_STAGES", "Facts", "Prices", "facts_of", "facts_of_words", "need_t", "weighed"]

_HUNDRED = Decimal(100)
ELEMENT_PER_OXIDE = {e: Decimal(str(round(1 / oxide_factor(e), 5))) for e in ELEMENTS} | {"Sc": Decimal("0.65197")}
_KILOGRAM_T = Decimal("0.001")  # statistics are rounded to it
_MOST_PCT = Decimal(102)  # shares of a whole; 2 % is what clauses allow a sum to be off
_TRACE_PCT = Decimal("0.1")  # line between content and trace, as the rule rows on traces say
_UNIT_FACTOR = Decimal(100)  # a wrong unit is off by a thousand; prices of goods never by so much
WORKED_OUT = frozenset(
    (
        *("product_stage", "product_form", "documents", "elements", "trace_elements", "net_mass_t", "mass_unclear"),
        *("permit_covers", "permit_not_cited", "permit_uncertain", "origin_unproved", "domestic_separated_carbonate"),
        *("th232_bq_per_g", "u238_bq_per_g", "other_nuclide_bq_per_g", "activity_sum", "activity_spans_limit"),
        *("activity_values", "activity_basis", "activity_report_due", "gamma", "duplicate", "code_mismatch"),
        *("treo_gap", "undeclared_share", "declared_oxide_treo_dry", "declared_oxide_loi", "value_ratio"),
        *("heavy_share", "like_raw_vector", "ap_hs_codes", "ap_collected_after", "dual_use_end_user"),
    )
)
"""Facts that are worked out here from what is declared, and never taken from a declaration under their own name."""
AMOUNT_FACTS = ("net_mass_t", "mass_unclear", "value_ratio")
"""Facts that turn on weights and value; all others are the same for rows of the same words."""
_ABOUT_MASS = ("UNIT", "NUMBER", "NET", "QTY")
_PRICED_STAGES = ("mining", "mixed_carbonate", "mixed_oxide", "separation", "metal", "alloy", "magnet", "recycling")
# Goods whose value is mostly that of their rare earths; of a device it is not.
RAW_STAGES = ("mining", "mixed_carbonate", "mixed_oxide")


@dataclass(frozen=True)
class Prices:
    """Prices by which a declared value is held against its oxides.

    Args:
        usd_per_kg_oxide: Price of each oxide, without VAT. [USD/kg oxide]
        on: What day they stand for, as printed.
        heaviest_t: The most that one country sent to another in a year under any rare-earth heading; a single
            consignment of processed goods is not heavier. None skips that test. [t]
        per_usd: Lowest and highest rate of other currencies by year. [currency per USD]
    """

    usd_per_kg_oxide: Mapping[str, Decimal]
    on: str
    heaviest_t: Decimal | None = None
    per_usd: Mapping[str, Mapping[int, tuple[Decimal, Decimal]]] = field(default_factory=dict)
    _spans: dict[tuple[str, ...], tuple[Decimal, Decimal] | None] = field(default_factory=dict, repr=False)

    def span(self, named: tuple[str, ...]) -> tuple[Decimal, Decimal] | None:
        """Lowest and highest price of the oxides named, or of all where none of them has one. [USD/kg oxide]

        Args:
            named: Elements; they are few, so what was found is kept.
        """
        if named not in self._spans:
            table = self.usd_per_kg_oxide
            known = [table[e] for e in named if e in table] or [price for price in table.values() if price > 0]
            self._spans[named] = (min(known), max(known)) if known else None
        return self._spans[named]

    def rate(self, currency: str, day: date | None) -> tuple[Decimal, Decimal, int] | None:
        """Lowest and highest rate of a currency in the year of a day, or in the last year before it that has one.

        Args:
            currency: ISO 4217 code.
            day: Day of the declaration; None for the last year known.

        Returns:
            Both rates in units of the currency per USD, and their year; None where none is known.
        """
        years = self.per_usd.get(currency, {})
        known = max((year for year in years if day is None or year <= day.year), default=None)
        return None if known is None else (*years[known], known)


@dataclass
class Facts:
    """What is known about a consignment, under the names that the rules use.

    Args:
        goods: Stage, form and elements.
        values: Fact by name; a fact that is not known is absent or None.
        computed: Masses and figures that are shown beside the verdict.
        unclear: Codes of what is unclear about the mass.
        notes: Codes of remarks (activity compared without uncertainty, price date).
        not_taken: Declared facts under a name that is worked out here; nobody may declare a permit's cover.
        day: Date of the declaration, for the rate of its currency.
    """

    goods: Goods
    values: dict[str, Any]
    computed: dict[str, Any]
    unclear: list[str]
    notes: list[str] = field(default_factory=list)
    not_taken: list[str] = field(default_factory=list)
    day: date | None = None


def facts_of(c: Consignment, prices: Prices | None = None) -> Facts:
    """Work out the facts of a consignment that do not depend on date or ledger.

    Args:
        c: The consignment.
        prices: Prices for the value test; without them the value is not tested.
    """
    return weighed(facts_of_words(c), c.certificate, Amounts(c.gross, c.net, c.quantities, c.value), prices)


def facts_of_words(c: Consignment) -> Facts:
    """The facts that turn on no weight and no value.

    Args:
        c: The consignment; its amounts are not looked at.
    """
    cert = c.certificate
    goods = read_goods(c.description, c.code, cert.oxides_pct if cert else None, cert.loi_pct if cert else None)
    values: dict[str, Any] = {
        "product_stage": goods.stage,
        "product_form": goods.form,
        "feed_origin": c.feed_origin,
        "destination": c.destination,
        "state_of_origin": c.state_of_origin,
        "purpose": c.purpose,
        "documents": c.documents,
    }
    unclear = [code for code in c.unclear if code.startswith(_ABOUT_MASS)]
    facts = Facts(goods, values, {}, unclear, day=c.dates[0] if c.dates else None)
    for name, value in c.extra.items():
        if name in WORKED_OUT:
            facts.not_taken.append(name)
        else:
            values[name] = _number_if_number(value)
    if cert is not None:
        _assay(cert, facts)
    _elements(cert, goods, facts)
    _activity(c, facts)
    _papers(c, facts)
    if goods.code_mismatch:
        values["code_mismatch"] = "yes"
    if c.like_raw:
        values["like_raw_vector"] = "yes"
    return facts


def weighed(known: Facts, cert: Certificate | None, amounts: Amounts, prices: Prices | None) -> Facts:
    """Facts with those that turn on weights and value (`AMOUNT_FACTS`).

    Args:
        known: Facts of the words; they stay as they are.
        cert: Certificate of the goods.
        amounts: Weights and value.
        prices: Prices for the value test.
    """
    unclear = [*known.unclear, *(code for code in amounts.unclear if code.startswith(_ABOUT_MASS))]
    facts = Facts(known.goods, dict(known.values), {}, unclear, [], known.not_taken, known.day)
    _masses(amounts, cert, facts)
    if prices is not None:
        stage = known.goods.stage
        worth = _in_usd(amounts.value, facts, prices) if stage in _PRICED_STAGES else None
        if worth is not None and cert is not None and stage in ("separation", "mixed_oxide"):
            _value(amounts, worth, cert, facts, prices)  # not of raw goods: their payable share is unknown
        if worth is not None:
            _unit_value(amounts, worth, facts, prices)
        net = amounts.net.t
        if net is not None and prices.heaviest_t is not None and net > prices.heaviest_t and stage not in RAW_STAGES:
            facts.notes.append("MASS_SUSPECT")
    facts.notes += known.notes
    facts.computed |= known.computed
    return facts


def _number_if_number(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(map(str, value))
    if isinstance(value, Mapping):
        return str(dict(value))
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    return Decimal(str(value)) if re.fullmatch(r"-?\d+(\.\d+)?", str(value)) else value


def _masses(c: Amounts, cert: Certificate | None, facts: Facts) -> None:
    net, gross, unclear = c.net.t, c.gross.t, facts.unclear
    if net is None:
        unclear.append("UNIT_MISSING" if c.net.value is not None else "NET_MISSING")
    elif net == 0:
        unclear.append("NET_MISSING")  # nothing weighs nothing: a zero in a form is an empty box
    elif gross is not None and net > gross:
        unclear.append("NET_ABOVE_GROSS")
    elif gross is not None and gross > net * _UNIT_FACTOR:
        unclear.append("GROSS_FAR_ABOVE_NET")
    if net is not None:
        for quantity in c.quantities:
            t = quantity.t
            if t is not None and t != net and abs(t - net) > max(_KILOGRAM_T, net / 1000):
                unclear.append("QTY_DISAGREE")
        facts.values["net_mass_t"] = facts.computed["net_t"] = net
        if cert is not None and cert.moisture_pct is not None:
            facts.computed["dry_t"] = net * (1 - cert.moisture_pct / _HUNDRED)
        if cert is not None and cert.treo_pct is not None:
            base = _base_t(net, cert)
            if base is not None:
                facts.computed["reo_t"] = base * (cert.treo_pct / _HUNDRED)
    facts.unclear = list(dict.fromkeys(unclear))
    if facts.unclear:
        facts.values["mass_unclear"] = "yes"


def _base_t(net: Decimal, cert: Certificate) -> Decimal | None:
    """Mass that the percentages of a certificate are of. [t]"""
    if cert.basis == "as_received":
        return net
    if cert.basis is None or cert.moisture_pct is None:
        return None
    dry = net * (1 - cert.moisture_pct / _HUNDRED)
    if cert.basis == "dry":
        return dry
    return None if cert.loi_pct is None else dry * (1 - cert.loi_pct / _HUNDRED)


def need_t(net: Decimal | None, cert: Certificate | None, basis: str) -> Decimal | None:
    """What a consignment draws from a permit of a mass basis. [t]

    Args:
        net: Its net mass as received. [t]
        cert: Its certificate.
        basis: net_as_received, net_dry, reo or element:SYMBOL.

    Returns:
        Tonnes on that basis, exact; None when it cannot be computed from what is declared.
    """
    if net is None:
        return None
    if basis == "net_as_received":
        return net
    if cert is None:
        return None
    if basis == "net_dry":
        return None if cert.moisture_pct is None else net * (1 - cert.moisture_pct / _HUNDRED)
    base = _base_t(net, cert)
    if base is None:
        return None
    if basis == "reo":
        return None if cert.treo_pct is None else base * (cert.treo_pct / _HUNDRED)
    element = basis.removeprefix("element:")
    if element == basis or element not in cert.oxides_pct:
        return None
    return base * (cert.oxides_pct[element] / _HUNDRED) * ELEMENT_PER_OXIDE[element]


def _assay(cert: Certificate, facts: Facts) -> None:
    values, goods = facts.values, facts.goods
    oxides = cert.oxides_pct
    total = sum(oxides.values(), Decimal(0))
    if oxides:
        facts.computed["treo_sum"] = total
        if cert.treo_pct:
            values["treo_gap"] = facts.computed["treo_gap"] = abs(cert.treo_pct - total) / cert.treo_pct * _HUNDRED
        heavy = sum((x for e, x in oxides.items() if e in GROUPS["heavy"]), Decimal(0))
        if total > _MOST_PCT:
            facts.unclear.append("SUM_ABOVE_100")
        if total:
            values["heavy_share"] = heavy / total * _HUNDRED
    elif cert.content_pct:
        as_oxide = {e: x / ELEMENT_PER_OXIDE[e] for e, x in cert.content_pct.items() if e in ELEMENT_PER_OXIDE}
        if total := sum(as_oxide.values(), Decimal(0)):
            values["heavy_share"] = sum((x for e, x in as_oxide.items() if e in GROUPS["heavy"])) / total * _HUNDRED
            if cert.treo_pct:
                values["treo_gap"] = facts.computed["treo_gap"] = abs(cert.treo_pct - total) / cert.treo_pct * _HUNDRED
    named = elements_of_balance(goods.elements)
    if goods.stage == "separation" and named and oxides and (total := facts.computed["treo_sum"]):
        foreign = sum((x for e, x in oxides.items() if e not in named), Decimal(0))
        values["undeclared_share"] = facts.computed["undeclared_share"] = foreign / total * _HUNDRED
    if goods.form == "oxide" and goods.stage in ("separation", "mixed_oxide"):
        values["declared_oxide_treo_dry"] = _treo_dry(cert)
        values["declared_oxide_loi"] = cert.loi_pct


def _treo_dry(cert: Certificate) -> Decimal | None:
    """TREO on dry matter; as stated where basis, moisture or loss are not given, since likeness can only hold. [%]"""
    if cert.treo_pct is None:
        return None
    if cert.basis == "calcined" and cert.loi_pct is not None:
        return cert.treo_pct * (1 - cert.loi_pct / _HUNDRED)
    if cert.basis != "as_received" or cert.moisture_pct is None or cert.moisture_pct == _HUNDRED:
        return cert.treo_pct
    return cert.treo_pct / (1 - cert.moisture_pct / _HUNDRED)


def _in_usd(value: Money | None, facts: Facts, prices: Prices) -> tuple[Decimal, Decimal] | None:
    """Lowest and highest worth of a declared value, by the rates of its year; None, with a note, where none is known.

    [USD]
    """
    if value is None or value.amount is None:
        return None
    if value.currency == "USD":
        return value.amount, value.amount
    if not value.currency:
        facts.notes.append("VALUE_NO_CURRENCY")
        return None
    rate = prices.rate(value.currency, facts.day)
    if rate is None:
        facts.notes.append(f"VALUE_NOT_TESTED {value.currency}")
        return None
    low, high, year = rate
    facts.notes.append(f"VALUE_NOT_USD {value.currency} {low.normalize():f} {high.normalize():f} {year}")
    return value.amount / high, value.amount / low


def _value(c: Amounts, declared: tuple[Decimal, Decimal], cert: Certificate, facts: Facts, prices: Prices) -> None:
    """The ratio of the declared value to that of its oxides; of a range of ratios the one nearest to 1."""
    net = c.net.t
    base = None if net is None else _base_t(net, cert)
    if base is None or not cert.oxides_pct:
        return
    worth = sum(
        (base * 1000 * x / _HUNDRED * prices.usd_per_kg_oxide.get(e, Decimal(0)) for e, x in cert.oxides_pct.items()),
        Decimal(0),
    )
    facts.computed["element_value_usd"] = worth
    if worth > 0:
        low, high = declared[0] / worth, declared[1] / worth
        facts.values["value_ratio"] = facts.computed["value_ratio"] = min(max(low, Decimal(1)), high)
        facts.notes.append(f"PRICES {prices.on}")


def _unit_value(c: Amounts, declared: tuple[Decimal, Decimal], facts: Facts, prices: Prices) -> None:
    """A value per kilogram off by more than 100 from the oxides named, or from all: the unit is asked.

    Metal, alloy and magnet stand within a few times their oxides' price, so the same limits catch a wrong unit.
    """
    net = c.net.t
    if not net or not declared[1]:
        return
    span = prices.span(elements_of_balance(facts.goods.elements))
    if span is None:
        return
    low, high = declared[0] / (net * 1000), declared[1] / (net * 1000)
    facts.computed["declared_usd_per_kg"] = (low + high) / 2
    if high * _UNIT_FACTOR < span[0] or low > span[1] * _UNIT_FACTOR:
        facts.notes.append("UNIT_SUSPECT")


def _elements(cert: Certificate | None, goods: Goods, facts: Facts) -> None:
    """Elements of 0.1 % of the goods or more, and those below; a named element counts unless assayed as trace."""
    content: dict[str, Decimal] = {}
    if cert is not None and cert.content_pct:
        content = dict(cert.content_pct)
    elif cert is not None and cert.oxides_pct:
        wet = 1 - cert.moisture_pct / _HUNDRED if cert.basis != "as_received" and cert.moisture_pct else Decimal(1)
        content = {e: x * wet * ELEMENT_PER_OXIDE.get(e, Decimal(1)) for e, x in cert.oxides_pct.items()}
    trace = tuple(e for e, x in content.items() if 0 < x < _TRACE_PCT)
    present = [e for e, x in content.items() if x >= _TRACE_PCT]
    present += [e for e in goods.elements if e not in present and e not in trace]
    facts.values["elements"] = tuple(present)
    facts.values["trace_elements"] = trace


def _activity(c: Consignment, facts: Facts) -> None:
    values, notes = activity_facts(c.activity)
    facts.values |= values
    facts.notes += notes
    for name in ("th232_bq_per_g", "u238_bq_per_g", "other_nuclide_bq_per_g", "activity_sum"):
        if values.get(name) is not None:
            facts.computed[name] = values[name]


def _papers(c: Consignment, facts: Facts) -> None:
    values, goods = facts.values, facts.goods
    licence = c.documents.get("AP", {})
    if "hs_codes" in licence:
        values["ap_hs_codes"] = Decimal(len(set(licence["hs_codes"])))
    if licence.get("collected_after_working_days") is not None:
        values["ap_collected_after"] = Decimal(str(licence["collected_after_working_days"]))
    separated_carbonate = goods.stage == "separation" and goods.form == "carbonate"
    if goods.stage in RAW_STAGES or separated_carbonate:
        imported = c.feed_origin is not None and c.feed_origin != c.jurisdiction
        if c.feed_origin is None or (imported and "feed_record" not in c.documents):
            values["origin_unproved"] = "yes"
    if separated_carbonate and c.feed_origin == c.jurisdiction:
        values["domestic_separated_carbonate"] = "yes"
