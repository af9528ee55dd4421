"""What left against what could have left: exports, licensed output and permits by year.

A separator ships more gross tonnes than the REO it makes, since carbonates and moisture weigh too: in clean years 1.20
to 1.67 t gross leave per t REO made. What exceeds that and the raw goods that permits let go is not explained.

Limits: gross tonnes of HS 284610 and 284690 together, to all partners, in calendar years; stock built in one year and
shipped in the next shows as a deficit and then as an excess; the year 2022 sets the upper end of the clean range.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gadolin.case.load import Case
from gadolin.moratorium.leaks import CLEAN_GROSS_PER_REO, Licensed
from gadolin.quantity import Quantity, weakest

__all__ = ["YearBalance", "licensed_of", "mass_balance"]

CODES = ("284610", "284690")
_ROUNDING_SHARE = 0.01  # of the exports: the clean range is printed to two places


@dataclass(frozen=True)
class YearBalance:
    """One year of a country.

    Args:
        year: Year.
        exports: What left under 2846, to all partners. [t gross]
        output: REO made by the licensed separators. [t REO]
        permitted: Raw goods that permits let go. [t gross]
        explained: What output and permits explain, over the clean range. [t gross]
        excess: Exports less what is explained, never below its own range. [t gross]
    """

    year: int
    exports: Quantity
    output: Quantity
    permitted: Quantity
    explained: Quantity
    excess: Quantity

    @property
    def stands_out(self) -> bool:
        """Whether exports exceed the most that output and permits explain."""
        return self.excess.low is not None and self.excess.low > _ROUNDING_SHARE * (self.exports.value or 0.0)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        names = ("exports", "output", "permitted", "explained", "excess")
        return {"year": self.year, **{name: getattr(self, name).as_dict() for name in names}}

    def __str__(self) -> str:
        if not self.excess.known:
            return f"{self.year} exports {self.exports}; {self.excess.reason}"
        word = "not explained" if self.stands_out else "explained"
        return f"{self.year} exports {self.exports}, explained {self.explained}: {word}, excess {self.excess}"


def mass_balance(case: Case, exporter: str, first: int = 2017) -> tuple[YearBalance, ...]:
    """The balance of every year with exports.

    Args:
        case: Case with trade and licensed flows.
        exporter: ISO3.
        first: First year.
    """
    trade = case.inputs.trade_rows()
    rows = trade[(trade["exporter_iso3"] == exporter) & trade["hs6"].isin(CODES) & (trade["year"] >= first)]
    licensed = case.inputs.licensed_flows(exporter)
    found = []
    for year, part in rows.groupby("year"):
        known = part[part["quantity_t_gross"].notna()]
        refs = tuple(case.ref("trade", str(i), "quantity_t_gross") for i in known.index)
        left = Quantity(float(round(known["quantity_t_gross"].sum())), "t gross", basis="reported", refs=refs)
        found.append(_year(int(str(year)), left, licensed))
    return tuple(found)


def _year(year: int, exports: Quantity, licensed: dict[tuple[int, str], Quantity]) -> YearBalance:
    none = f"no permit for raw goods on record in {year}"
    permitted = licensed.get((year, "permitted_raw")) or Quantity.missing("t gross", none)
    output = licensed.get((year, "separator_output"))
    if output is None or output.value is None or exports.value is None:
        why = f"the output of the licensed separators in {year} is not on record"
        gap = Quantity.missing("t gross", why)
        return YearBalance(year, exports, Quantity.missing("t REO", why), permitted, gap, gap)
    low_k, high_k = CLEAN_GROSS_PER_REO
    least = low_k * _low(output) + _low(permitted)
    most = high_k * _high(output) + _high(permitted)
    middle = (low_k + high_k) / 2 * output.value + (permitted.value or 0.0)
    basis = weakest(["derived", *(q.basis for q in (output, permitted) if q.known and q.basis)])
    refs = (*output.refs, *permitted.refs)
    explained = Quantity(middle, "t gross", least, most, basis, refs)
    ends = [exports.value - x for x in (most, middle, least)]
    excess = Quantity(ends[1], "t gross", ends[0], ends[2], basis, (*refs, *exports.refs))
    return YearBalance(year, exports, output, permitted, explained, excess)


def _low(q: Quantity) -> float:
    return (q.low if q.low is not None else q.value) or 0.0


def _high(q: Quantity) -> float:
    return (q.high if q.high is not None else q.value) or 0.0


def licensed_of(case: Case, exporter: str) -> dict[int, Licensed]:
    """Licensed output and permits by year, as the indicators and the mixture take them.

    Args:
        case: Case with licensed flows.
        exporter: ISO3.
    """
    flows = case.inputs.licensed_flows(exporter)

    def value(year: int, flow: str) -> float | None:
        found = flows.get((year, flow))
        return None if found is None else found.value

    return {
        year: Licensed(
            value(year, "separator_output"),
            value(year, "permitted_raw") or 0.0,
            value(year, "mine_output"),
            value(year, "domestic_feed"),
        )
        for year in {year for year, _ in flows}
    }
