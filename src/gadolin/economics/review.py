"""What does not add up in a study: units, magnitudes, balances, and figures that contradict each other.

Three severities: `impossible` (no plant can do this, the study is rejected), `doubtful` (possible but out of the usual;
ask), `missing` (needed to judge, not given). Every flag says what was compared with what. A study without an impossible
figure passes, whatever else is asked of it: optimism is no error of arithmetic.

Limits: only what the record holds is read; a study that is consistent may still be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from gadolin.economics.returns import annuity_factor
from gadolin.economics.studies import read_study, recompute
from gadolin.errors import InputError

__all__ = ["Flag", "Ranges", "Review", "Reviews", "review"]

_KG_PER_T, _MILLION = 1000.0, 1e6
IMPOSSIBLE, DOUBTFUL, MISSING = "impossible", "doubtful", "missing"


@dataclass(frozen=True)
class Ranges:
    """What is usual, from the atlas; None leaves a check out.

    Args:
        capex_usd_per_t_low: Lowest reported capital per tonne of yearly output. [USD per t]
        capex_usd_per_t_high: Highest.
        price_usd_per_kg_high: Dearest rare-earth product that was ever quoted. [USD/kg]
        per_usd: Units of the study's currency per USD.
    """

    capex_usd_per_t_low: float | None = None
    capex_usd_per_t_high: float | None = None
    price_usd_per_kg_high: float | None = None
    per_usd: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Flag:
    """One thing that does not add up.

    Args:
        severity: impossible, doubtful or missing.
        what: The figures and why they do not fit, one sentence.
        fields: The fields compared.
    """

    severity: str
    what: str
    fields: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.severity:10} {self.what}"


@dataclass(frozen=True)
class Review:
    """All flags of a study.

    Args:
        id: The study.
        flags: What was found, worst first.
        npv_pre_tax_local_m: NPV before tax by the rough conventions of `studies`; None when it cannot be computed.
    """

    id: str
    flags: tuple[Flag, ...]
    npv_pre_tax_local_m: float | None = None

    @property
    def ok(self) -> bool:
        """Whether nothing is impossible."""
        return all(flag.severity != IMPOSSIBLE for flag in self.flags)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {
            "id": self.id,
            "verdict": "passes" if self.ok else "rejected",
            "npv_pre_tax_local_m": self.npv_pre_tax_local_m,
            "flags": [asdict(flag) for flag in self.flags],
        }

    def __str__(self) -> str:
        counts = ", ".join(f"{sum(f.severity == s for f in self.flags)} {s}" for s in (IMPOSSIBLE, DOUBTFUL, MISSING))
        head = f"{self.id}: {'passes' if self.ok else 'rejected'} ({counts})"
        return "\n".join([head, *(f"  {flag}" for flag in self.flags)])


@dataclass(frozen=True)
class Reviews:
    """The reviews of a file.

    Args:
        reviews: One per study.
    """

    reviews: tuple[Review, ...]

    @property
    def ok(self) -> bool:
        """Whether no study holds an impossible figure."""
        return all(found.ok for found in self.reviews)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON."""
        return {"verdict": "passes" if self.ok else "rejected", "reviews": [found.as_dict() for found in self.reviews]}

    def __str__(self) -> str:
        return "\n".join(str(found) for found in self.reviews)


class _Sheet:
    """The figures of a record as plain numbers."""

    def __init__(self, record: Mapping[str, Any], ranges: Ranges) -> None:
        self.inputs: Mapping[str, Any] = record.get("inputs") or {}
        self.reported: Mapping[str, Any] = record.get("reported") or {}
        self.currency = str(record.get("currency") or "")
        self.ranges = ranges

    def get(self, name: str) -> float | None:
        """A single number; None when absent or given by period."""
        value = self.inputs.get(name, self.reported.get(name))
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def most(self, name: str) -> float | None:
        """The largest number of a figure that may be given by period."""
        value = self.inputs.get(name)
        if isinstance(value, Mapping):
            numbers = [float(v) for v in value.values() if isinstance(v, int | float)]
            return max(numbers) if numbers else None
        return self.get(name)

    def usd(self, amount: float) -> float | None:
        """An amount in USD, when the rate is known."""
        if self.currency == "USD":
            return amount
        rate = (self.ranges.per_usd or {}).get(self.currency)
        return None if rate is None else amount / rate


def review(record: Mapping[str, Any], ranges: Ranges | None = None) -> Review:
    """Read a study's figures and say what does not add up.

    Args:
        record: `inputs` and `reported` as in the shipped reference file.
        ranges: What is usual; without it only the study's own figures are compared.

    >>> record = {"case_id": "x", "currency": "USD", "inputs": {"recovery_treo_pct": 104}, "reported": {}}
    >>> review(record).ok
    False
    """
    sheet = _Sheet(record, ranges or Ranges())
    flags = [flag for check in _CHECKS for flag in check(sheet)]
    npv = None
    try:
        found = recompute(read_study(record))
        npv = found.npv_pre_tax_local_m
    except InputError as error:
        flags += [Flag(MISSING, f"{fault.field}: {fault.allowed}", (str(fault.field),)) for fault in error.faults]
    order = {IMPOSSIBLE: 0, DOUBTFUL: 1, MISSING: 2}
    flags.sort(key=lambda flag: order[flag.severity])
    return Review(str(record.get("case_id") or record.get("project") or "study"), tuple(flags), npv)


def _signs(s: _Sheet) -> Iterator[Flag]:
    for name, value in s.inputs.items():
        values = value.values() if isinstance(value, Mapping) else [value]
        if any(isinstance(v, int | float) and v < 0 for v in values):
            yield Flag(IMPOSSIBLE, f"{name} = {value} is negative", (name,))
    for name in ("capex_initial_m", "mine_life_years"):
        if s.get(name) == 0:
            yield Flag(IMPOSSIBLE, f"{name} is 0", (name,))
    if not s.currency:
        yield Flag(MISSING, "no currency is stated", ("currency",))


def _percentages(s: _Sheet) -> Iterator[Flag]:
    for name in ("recovery_treo_pct", "product_grade_treo_pct", "ore_grade_treo_pct", "tax_rate_pct", "royalty_pct"):
        value = s.most(name)
        if value is not None and value > 100:
            yield Flag(IMPOSSIBLE, f"{name} = {value:g} is above 100 %", (name,))
    grade = s.most("ore_grade_treo_pct")
    if grade is not None and 30 < grade <= 100:
        yield Flag(DOUBTFUL, f"an ore grade of {grade:g} % TREO; is it a concentrate, or ppm?", ("ore_grade_treo_pct",))
    rate = s.get("discount_rate_pct")
    if rate is not None and 0 < rate < 1:
        yield Flag(DOUBTFUL, f"a discount rate of {rate:g} % looks like a share", ("discount_rate_pct",))
    if rate is not None and rate > 30:
        yield Flag(DOUBTFUL, f"a discount rate of {rate:g} %", ("discount_rate_pct",))
    life = s.get("mine_life_years")
    if life is not None and life > 100:
        yield Flag(DOUBTFUL, f"a life of {life:g} years", ("mine_life_years",))


def _balance(s: _Sheet) -> Iterator[Flag]:
    """Output against what the feed holds."""
    ore, grade = s.most("throughput_t_ore_per_year"), s.most("ore_grade_treo_pct")
    output = s.most("production_treo_t_per_year")
    if ore is not None and grade is not None and output is not None:
        held = ore * grade / 100
        recovery = s.most("recovery_treo_pct")
        if output > 1.02 * held:
            yield Flag(
                IMPOSSIBLE,
                f"{output:,.0f} t REO a year from feed that holds {held:,.0f} t",
                ("production_treo_t_per_year", "throughput_t_ore_per_year", "ore_grade_treo_pct"),
            )
        elif recovery is not None and output > 1.1 * held * recovery / 100:
            yield Flag(
                DOUBTFUL,
                f"{output:,.0f} t REO a year where feed and recovery give {held * recovery / 100:,.0f} t",
                ("production_treo_t_per_year", "recovery_treo_pct"),
            )
    parts = s.inputs.get("production_by_product_t_per_year")
    if isinstance(parts, Mapping) and output is not None:
        words = ("total", "concentrate", "acid", "carbonate", "Zr", "zircon")
        rare = {k: float(v) for k, v in parts.items() if isinstance(v, int | float)}
        rare = {k: v for k, v in rare.items() if not any(w in k for w in words)}
        if sum(rare.values()) > 1.02 * output:
            yield Flag(
                IMPOSSIBLE,
                f"products of {sum(rare.values()):,.0f} t exceed the {output:,.0f} t REO of all",
                ("production_by_product_t_per_year", "production_treo_t_per_year"),
            )


def _revenue(s: _Sheet) -> Iterator[Flag]:
    """Revenue against tonnes x price, earnings against revenue and against any possible price."""
    revenue, ebitda, opex = (s.get(n) for n in ("revenue_m_per_year", "ebitda_m_per_year", "opex_m_per_year"))
    output, price = s.most("production_treo_t_per_year"), s.most("basket_price_per_kg")
    byproduct = s.get("byproduct_revenue_m_per_year") or 0.0
    if revenue is not None and output and price:
        full = output * price * _KG_PER_T / _MILLION
        ratio = (revenue - byproduct) / full
        if ratio > 1.5:
            yield Flag(
                IMPOSSIBLE,
                f"revenue of {revenue:,.4g} m a year is {ratio:.1f} times tonnes x basket price ({full:,.4g} m)",
                ("revenue_m_per_year", "production_treo_t_per_year", "basket_price_per_kg"),
            )
        elif ratio > 1.1 or ratio < 0.4:
            yield Flag(
                DOUBTFUL,
                f"revenue is {ratio:.2f} times tonnes x basket price; what is paid for?",
                ("revenue_m_per_year", "basket_price_per_kg"),
            )
    if revenue is not None and ebitda is not None:
        if ebitda > 1.001 * revenue:
            yield Flag(IMPOSSIBLE, f"EBITDA {ebitda:,.4g} m exceeds revenue {revenue:,.4g} m", ("ebitda_m_per_year",))
        elif opex is not None and ebitda > 1.1 * (revenue - opex):
            yield Flag(
                DOUBTFUL,
                f"EBITDA {ebitda:,.4g} m exceeds revenue less opex {revenue - opex:,.4g} m",
                ("ebitda_m_per_year",),
            )
    whole, whole_revenue = s.get("ebitda_life_total_m"), s.get("revenue_life_total_m")
    if whole is not None and whole_revenue is not None and whole > 1.001 * whole_revenue:
        yield Flag(
            IMPOSSIBLE,
            f"life EBITDA {whole:,.4g} m exceeds life revenue {whole_revenue:,.4g} m",
            ("ebitda_life_total_m",),
        )
    yield from _per_kg(s)


def _per_kg(s: _Sheet) -> Iterator[Flag]:
    """Earnings and unit figures per kg against prices."""
    output, price = s.most("production_treo_t_per_year"), s.most("basket_price_per_kg")
    ceiling = s.ranges.price_usd_per_kg_high
    for name in ("revenue_m_per_year", "ebitda_m_per_year"):
        amount = s.get(name)
        if not output or amount is None:
            continue
        per_kg = (amount - (s.get("byproduct_revenue_m_per_year") or 0.0)) * _MILLION / (output * _KG_PER_T)
        in_usd = s.usd(per_kg)
        if price and per_kg > 1.5 * price and name == "ebitda_m_per_year":
            yield Flag(
                IMPOSSIBLE, f"EBITDA of {per_kg:,.0f} per kg REO at a price of {price:g}", (name, "basket_price_per_kg")
            )
        elif ceiling and in_usd is not None and in_usd > ceiling:
            yield Flag(
                IMPOSSIBLE,
                f"{name} is {in_usd:,.0f} USD per kg REO; the dearest product ever quoted is {ceiling:,.0f}",
                (name, "production_treo_t_per_year"),
            )
    cost = s.most("opex_per_kg")
    if cost is not None and not s.inputs.get("opex_per_kg_unit"):
        yield Flag(MISSING, f"opex_per_kg = {cost:g} has no unit (per kg of what?)", ("opex_per_kg_unit",))
    in_usd = None if price is None else s.usd(price)
    if ceiling and in_usd is not None and in_usd > ceiling:
        yield Flag(
            IMPOSSIBLE,
            f"a basket of {in_usd:,.0f} USD/kg is dearer than any product quoted ({ceiling:,.0f})",
            ("basket_price_per_kg",),
        )


def _capital(s: _Sheet) -> Iterator[Flag]:
    capex, contingency = s.get("capex_initial_m"), s.get("capex_contingency_m")
    whole = s.get("capex_life_total_m")
    if capex is not None and contingency is not None and contingency >= capex:
        yield Flag(
            IMPOSSIBLE, f"contingency {contingency:g} m is not below capital {capex:g} m", ("capex_contingency_m",)
        )
    if capex is not None and whole is not None and whole < 0.999 * capex:
        yield Flag(
            IMPOSSIBLE, f"life capital {whole:g} m is below initial capital {capex:g} m", ("capex_life_total_m",)
        )
    if capex is not None and contingency is None and s.inputs.get("capex_contingency_included") is None:
        yield Flag(MISSING, "contingency is not stated", ("capex_contingency_m",))
    output = s.most("production_treo_t_per_year")
    low, high = s.ranges.capex_usd_per_t_low, s.ranges.capex_usd_per_t_high
    in_usd = None if capex is None else s.usd(capex)
    if in_usd is not None and output and low is not None and high is not None:
        per_t = in_usd * _MILLION / output
        if not low <= per_t <= high:
            severity = IMPOSSIBLE if per_t < low / 10 or per_t > high * 10 else DOUBTFUL
            yield Flag(
                severity,
                f"capital of {per_t:,.0f} USD per t a year; reported plants have {low:,.0f}-{high:,.0f}",
                ("capex_initial_m", "production_treo_t_per_year"),
            )


def _worth(s: _Sheet) -> Iterator[Flag]:
    """NPV and IRR against what the cash could at most give, and against each other."""
    margin, capex, life = _best_margin(s), s.get("capex_initial_m"), s.get("mine_life_years")
    rate = (s.get("discount_rate_pct") or 0.0) / 100
    npvs = {n: s.get(n) for n in ("npv_pre_tax_m", "npv_post_tax_m", "npv_tax_basis_unstated_m")}
    irrs = {n: s.get(n) for n in ("irr_pre_tax_pct", "irr_post_tax_pct", "irr_tax_basis_unstated_pct")}
    if margin is not None and capex and life:
        # the year-0 convention with all capital late and full output at once is the most a schedule can give
        most = margin * annuity_factor(rate, life) * (1 + rate) - capex / (1 + rate) if rate else margin * life - capex
        for name, npv in npvs.items():
            if npv is not None and npv > max(1.25 * most, most + 0.1 * capex):
                severity = IMPOSSIBLE if npv > max(2.0 * most, most + capex) else DOUBTFUL
                yield Flag(
                    severity,
                    f"{name} = {npv:,.4g} m; a margin of {margin:,.4g} m over {life:g} years at {100 * rate:g} % "
                    f"less the capital is worth at most {most:,.4g} m",
                    (name, "capex_initial_m", "mine_life_years"),
                )
        if margin * life < capex and any(n is not None and n > 0 for n in npvs.values()):
            yield Flag(
                IMPOSSIBLE, f"{margin:,.4g} m a year never pays back {capex:,.4g} m of capital", ("capex_initial_m",)
            )
        for name, irr in irrs.items():
            most_irr = 100 * margin / capex
            if irr is not None and irr > 2.5 * most_irr:
                yield Flag(IMPOSSIBLE, f"{name} = {irr:g} % where margin over capital is {most_irr:.0f} %", (name,))
            elif irr is not None and irr > 1.3 * most_irr:
                yield Flag(DOUBTFUL, f"{name} = {irr:g} % where margin over capital is {most_irr:.0f} %", (name,))
            elif irr is not None and irr < 0.3 * most_irr:
                yield Flag(
                    DOUBTFUL,
                    f"{name} = {irr:g} % is far below margin over capital of {most_irr:.0f} %; is capital complete?",
                    (name, "capex_initial_m"),
                )
        payback = s.get("payback_years")
        if payback is not None and payback < 0.4 * capex / margin:
            yield Flag(
                DOUBTFUL,
                f"payback in {payback:g} years where capital over margin is {capex / margin:.1f}",
                ("payback_years",),
            )
    yield from _agree(npvs, irrs, 100 * rate)


def _best_margin(s: _Sheet) -> float | None:
    """The highest margin that any of the stated figures allows. [million per year]"""
    found: list[float] = []
    for name in ("ebitda_m_per_year", "revenue_m_per_year"):
        amount = s.get(name)
        if amount is not None:
            found.append(amount - ((s.get("opex_m_per_year") or 0.0) if name.startswith("rev") else 0.0))
            break
    life = s.get("mine_life_years")
    whole = s.get("ebitda_life_total_m")
    if whole is not None and life:
        found.append(whole / life)
    output, price = s.most("production_treo_t_per_year"), s.most("basket_price_per_kg")
    if not found and output and price and not s.inputs.get("production_by_product_t_per_year"):
        costs = s.inputs.get("opex_per_kg")
        numbers = [v for v in (costs.values() if isinstance(costs, Mapping) else [costs]) if isinstance(v, int | float)]
        found.append(output * (price - (min(numbers) if numbers else 0.0)) * _KG_PER_T / _MILLION)
    return max(found) if found and max(found) > 0 else None


def _agree(npvs: Mapping[str, float | None], irrs: Mapping[str, float | None], rate_pct: float) -> Iterator[Flag]:
    pre, post = npvs["npv_pre_tax_m"], npvs["npv_post_tax_m"]
    if pre is not None and post is not None and post > pre + 1e-9:
        yield Flag(IMPOSSIBLE, f"NPV after tax {post:g} m exceeds NPV before tax {pre:g} m", ("npv_post_tax_m",))
    before, after = irrs["irr_pre_tax_pct"], irrs["irr_post_tax_pct"]
    if before is not None and after is not None and after > before + 1e-9:
        yield Flag(IMPOSSIBLE, f"IRR after tax {after:g} % exceeds IRR before tax {before:g} %", ("irr_post_tax_pct",))
    for basis in ("pre_tax", "post_tax", "tax_basis_unstated"):
        npv, irr = npvs[f"npv_{basis}_m"], irrs[f"irr_{basis}_pct"]
        if rate_pct and npv is not None and irr is not None and (npv > 0) != (irr > rate_pct):
            yield Flag(
                IMPOSSIBLE,
                f"NPV {npv:g} m at {rate_pct:g} % and IRR {irr:g} % contradict each other",
                (f"npv_{basis}_m", f"irr_{basis}_pct"),
            )
    if npvs["npv_tax_basis_unstated_m"] is not None:
        yield Flag(MISSING, "it is not said whether the NPV is before or after tax", ("npv_tax_basis_unstated_m",))
    if post is None and npvs["npv_tax_basis_unstated_m"] is None:
        yield Flag(MISSING, "no NPV after tax: tax is missing", ("npv_post_tax_m",))


_CHECKS: tuple[Callable[[_Sheet], Iterator[Flag]], ...] = (
    _signs,
    _percentages,
    _balance,
    _revenue,
    _capital,
    _worth,
)
