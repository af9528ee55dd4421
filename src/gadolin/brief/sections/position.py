"""Sections that say where the country stands: deposits, ladder, dependence, trade, rules and talks, products."""

from __future__ import annotations

import pandas as pd

from gadolin.brief.report import Report
from gadolin.brief.section import Fact, Paragraph, Part, Section, Table, number_table
from gadolin.case import Case
from gadolin.figures import Figure
from gadolin.figures import position as figures
from gadolin.figures.language import Told
from gadolin.figures.names import country_name, ore_name
from gadolin.position import Position
from gadolin.position.ladder import WORDS, Rung
from gadolin.position.trade import CANNOT_TELL, NOT_COVERED

ORDER = 10


def sections(report: Report) -> list[Section]:
    """Position sections of a case."""
    found = report.position
    made = [
        _deposits(report.case, found),
        _ladder(report.case, found),
        _dependence(report.case, found),
        _trade(report.case, found),
        _rules(report.case, found),
        _partners(found),
        _products(report.case, found),
        _changes(found),
    ]
    return [section for section in made if section is not None]


def tables(report: Report) -> dict[str, tuple[pd.DataFrame, dict[str, str]]]:
    """Numbers of the position as tables of the run."""
    found = report.position
    rows = {e.row_id: (e.name, e.tonnes) for e in found.deposits.estimates if e.tonnes.known}
    shares = {
        f"{c.deposit_id}.{c.vector_id}.{e}": (c.material, q)
        for c in found.deposits.compositions
        for e, q in c.shares_pct.items()
        if q.known
    }
    worth = {f"{b.deposit_id}.{b.vector_id}": (b.deck_date, b.value) for b in found.baskets if b.value.known}
    plants = {
        f"{r.key}.{status}.{number}": (unit, q)
        for r in found.ladder.rungs
        for status, by in r.capacity.items()
        for number, (unit, q) in enumerate(by.items())
        if q.known
    }
    return {
        "deposits": (number_table(rows), {"value": "as the source gives it; what the tonnes are of stands in unit"}),
        "compositions": (number_table(shares), {"value": "share of TREO by oxide mass, made to add to 100"}),
        "baskets": (
            number_table(worth),
            {"value": "sum over elements of share times oxide price without VAT at the deck date"},
        ),
        "ladder": (
            number_table(plants),
            {"value": "sum over facilities that may be added, within one status and unit"},
        ),
    }


def _deposits(case: Case, found: Position) -> Section | None:
    estimates = [e for e in found.deposits.estimates if e.tonnes.known]
    if not found.deposits.estimates:
        return Section("deposits", "Deposits", "No deposit of this country is on record", [])
    parts: list[Part] = [
        Paragraph(
            "National figures come from different questions and are never added: a survey estimates what may be in the "
            "ground, a resource is measured in part, a reserve is minable. Of what the tonnes are stands beside each."
        ),
        Table(
            "Estimates side by side",
            ("Estimate", "Tonnes", "Kind", "Category"),
            [
                (
                    Fact(e.name, (e.tonnes.refs[0].rsplit(":", 1)[0] + ":name",), e.tonnes.basis),
                    e.tonnes,
                    e.kind.replace("_", " "),
                    Fact(e.category.text, e.category.refs, e.category.basis),
                )
                for e in estimates
            ],
        ),
    ]
    if found.baskets:
        parts.append(
            Table(
                "Value of the rare earths as separated oxides",
                ("Ore", "Basket", "Heavy share", "Magnet elements"),
                [
                    (
                        Fact(
                            ore_name(case, b.deposit_id, b.vector_id), b.value.refs[:1] or c.heavy_pct.refs[:1], c.basis
                        ),
                        b.value,
                        c.heavy_pct,
                        c.magnet_pct,
                    )
                    for b, c in zip(found.baskets, found.deposits.compositions, strict=True)
                    if b.value.known and c.heavy_pct.known and c.magnet_pct.known
                ],
                note="Without VAT, at the deck date of the case; a basket is no price of an ore.",
            )
        )
    drawn = figures.basket(case, found)
    parts += [drawn] if drawn else []
    return Section("deposits", "Deposits", "National figures differ because they answer different questions", parts)


def _ladder(case: Case, found: Position) -> Section:
    rows = []
    for rung in found.ladder.rungs:
        sums = [q for by in rung.capacity.values() for q in by.values() if q.known]
        words = _gap(case, rung)
        gap = Fact(words, rung.gap.refs, rung.gap.basis) if rung.gap.refs else words
        rows.append((rung.title, WORDS[rung.state], sums[0] if sums else None, gap))
    missing = [r.title.lower() for r in found.ladder.rungs if r.state == "missing"]
    finding = Told("Missing: {stages}", stages=missing) if missing else "No rung is without a plant or a plan"
    return Section(
        "ladder",
        "From ore to magnet",
        finding,
        [
            *_drawn(figures.ladder(case, found)),
            Table("The capability ladder", ("Rung", "State", "Capacity", "What is missing"), rows),
            *_drawn(figures.plants_map(case, found)),
        ],
    )


def _gap(case: Case, rung: Rung) -> str:
    """What is missing on a rung, by its state; the position says it in the same words."""
    if rung.state == "foreign":
        running = [p.owner_country for p in rung.plants if p.status == "operating" and p.owner_country]
        owners = sorted({country_name(case, code) for code in running}) or ["countries not known"]
        return Told("{rung} runs, but its owners are in {countries}", rung=rung.title, countries=owners)
    if rung.state == "own" and rung.plants:
        return Told("{rung} runs under owners at home", rung=rung.title)
    if rung.state == "missing":
        return Told("no facility of this kind is on record in {country}", country=case.settings.case.name)
    if rung.state in ("construction", "planned"):
        return Told("no plant runs yet; {count} {state}", count=f"{len(rung.plants)}", state=WORDS[rung.state])
    return rung.gap.text


def _dependence(case: Case, found: Position) -> Section:
    rows = []
    for stage in ("mine", "separation", "separation_heavy", "metal", "magnet"):
        for group in found.dependence.leading_by_definition(stage):
            ref = group.leading.refs[0].rsplit(":", 1)[0]
            rows.append(
                (
                    figures.stage_words(stage),
                    Fact(group.scope, (f"{ref}:product_scope",)),
                    Fact(str(group.year), (f"{ref}:year",)),
                    group.leading,
                    group.hhi,
                )
            )
    parts: list[Part] = [
        *_drawn(figures.leading_shares(case, found)),
        Table(
            "Share of the leading country under each definition on record",
            ("Stage", "Definition", "Year", "Share", "HHI, lower end"),
            rows,
            note="The HHI is an interval where the source does not name all suppliers.",
        ),
    ]
    return Section("dependence", "Dependence", "The share of the leading country differs by definition", parts)


def _trade(case: Case, found: Position) -> Section | None:
    if not found.trade.partners:
        return None
    rows = [
        (
            line.flow,
            Fact(f"HS {line.hs6}", line.value.refs[:1]),
            Fact(country_name(case, line.partner), line.value.refs[:1]),
            line.quantity,
            line.unit_value,
        )
        for line in found.trade.partners[:16]
        if line.quantity.known and line.unit_value.known
    ]
    return Section(
        "trade",
        "Trade",
        "Six digits mix raw and finished goods",
        [
            *_drawn(figures.exports(case, found), figures.prices(case)),
            Paragraph("What the codes hide: " + "; ".join(CANNOT_TELL.values()) + "."),
            Table("Largest flows of the last year", ("Flow", "Code", "Partner", "Quantity", "Unit value"), rows),
            Paragraph("{limits}", {"limits": Fact(NOT_COVERED, ("trade:2024-284690-MYS-CHN:quantity_t_gross",))}),
        ],
    )


def _rules(case: Case, found: Position) -> Section:
    home = [
        (p.instrument.replace("_", " "), Fact(p.text.text, p.text.refs, p.text.basis), p.status.replace("_", " "))
        for p in found.rules.at_home
    ]
    talks = [
        (
            Fact(e.date, (f"agreements:{e.row_id}:date",)),
            Told("{list}", list=[country_name(case, c) for c in e.counterparts]),
            e.form.replace("_", " "),
            Fact(e.subject.text, e.subject.refs, e.subject.basis),
        )
        for e in found.rules.engagements[:20]
    ]
    parts: list[Part] = [*_drawn(figures.timeline(case, found))]
    if home:
        parts.append(Table("Rules at home", ("Instrument", "What it says", "Status"), home))
    if talks:
        parts.append(Table("Latest engagements", ("Date", "With", "Form", "Subject"), talks))
    return Section("rules", "Rules and engagements", _bound(case, found), parts)


def _bound(case: Case, found: Position) -> str:
    """Whether raw exports are bound at home and by the country that leads."""
    leading = found.dependence.leading_country
    home = any("export" in p.instrument for p in found.rules.at_home)
    abroad = any("export" in p.instrument for p in found.rules.abroad if p.country == leading)
    names = {"home": found.country_name, "leading": country_name(case, leading)}
    if home and abroad:
        return Told("Exports are bound by rules in {home} and in {leading} alike", **names)
    if home or abroad:
        return Told("Exports are bound by rules in {country}", country=names["home" if home else "leading"])
    return "No rule on exports is in force"


def _partners(found: Position) -> Section | None:
    rows = []
    for partner in found.partners:
        facts = [f for group in ("technology", "transfer", "finance") for f in partner.facts[group]][:3]
        if facts:
            text = "; ".join(_plain(f.text) for f in facts)
            refs = tuple(r for f in facts for r in f.refs)
            gaps = [g.replace("_", " ") for g in partner.gaps]
            rows.append((partner.name, Fact(text, refs), Told("{list}", list=gaps) if gaps else None))
    if not rows:
        return None
    head = ("Country", "Technology, transfer, finance", "Nothing on record about")
    full = [name for name, _, gaps in rows if gaps is None]
    finding = (
        Told(
            "Of {countries} every kind of fact is on record; of all other partners something is missing", countries=full
        )
        if full
        else "Of no partner is every kind of fact on record"
    )
    return Section("partners", "Partners", finding, [Table("Facts side by side, without scores", head, rows)])


def _plain(fact: str) -> str:
    """A fact about a partner without the name of its field: `tech_metal_alloy: x` as `metal, alloy: x`."""
    field, colon, words = fact.partition(": ")
    named = field.removeprefix("tech_").replace("_", ", " if field.startswith("tech_") else " ")
    return f"{named}{colon}{words.replace('_', ' ')}"


def _products(case: Case, found: Position) -> Section | None:
    rows = [
        (
            Fact(ore_name(case, p.deposit_id, p.vector_id), p.magnets.refs[:1]),
            Fact(p.grade, p.magnets.refs[-1:]),
            p.magnets,
            p.binding,
            Told("{list}", list=[w.lower() for w in p.bought_abroad]) if p.bought_abroad else None,
        )
        for p in found.products
        if p.magnets.known
    ]
    if not rows:
        return None
    head = ("Ore", "Magnet", "From a tonne of oxide", "Binds", "Bought abroad today")
    table = Table("Magnets from a tonne of rare earths", head, rows, note="No claim that the ore yields this much.")
    return Section("products", "Products from own ore", "The scarcest element of a magnet decides", [table])


def _changes(found: Position) -> Section | None:
    if not found.overridden:
        return None
    rows = [
        (Fact(str(o.ref), (o.ref,)), Fact(str(o.atlas_value), (o.ref,)), Fact(str(o.case_value), (o.ref,)))
        for o in found.overridden
    ]
    table = Table("Cells in which the case differs", ("Cell", "Atlas", "Case"), rows)
    return Section("changes", "Changed by this case", "These numbers are the case's own", [table])


def _drawn(*found: Figure | None) -> list[Part]:
    """The figures there are."""
    return [figure for figure in found if figure is not None]
