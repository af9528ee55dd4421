"""How far the headlines can be trusted: what rests on memory or estimates, what contradicts, and what to obtain first.

The order of the documents to obtain is a rule, said in the section: by how many numbers of the brief rest on rows of
memory or estimate of one table, most first.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from gadolin.brief.report import Report
from gadolin.brief.section import Fact, Paragraph, Part, Section, Table
from gadolin.case import Case
from gadolin.figures.language import Told
from gadolin.position import Position
from gadolin.quantity import Quantity

ORDER = 80
_WEAK = ("estimate", "memory")
_SHOWN = 10


def sections(report: Report) -> list[Section]:
    """One section: shares, contradictions, documents."""
    groups = _headlines(report.position)
    groups = {name: [q for q in found if q.known and q.refs] for name, found in groups.items()}
    groups = {name: found for name, found in groups.items() if found}
    parts: list[Part] = [_shares(groups)]
    contradicted = _contradictions(report.case, groups)
    parts += [contradicted] if contradicted else []
    wanted = _documents(report.case, groups)
    parts += [_RULE, wanted] if wanted else []
    weakest = max(groups, key=lambda name: _weak_share(groups[name]), default=None)
    finding = Told("Least is known of: {headline}", headline=weakest.lower()) if weakest else "Nothing is on record"
    return [Section("weakest", "Weakest data", finding, parts)]


_RULE = Paragraph(
    "Documents to obtain first: the tables of which most numbers in this brief are estimates or remembered. The rule "
    "counts numbers; it does not weigh how much hangs on each."
)


def _headlines(found: Position) -> dict[str, list[Quantity]]:
    """Numbers of each headline."""
    ore, ladder = found.deposits, found.ladder
    return {
        "Tonnes in the ground": [e.tonnes for e in ore.estimates],
        "Composition of the ore": [q for c in ore.compositions for q in c.shares_pct.values()],
        "Value of the basket": [b.value for b in found.baskets],
        "Capacity of plants": [p.capacity for r in ladder.rungs for p in r.plants],
        "Share of the leading country": [g.leading for g in found.dependence.groups if not g.projection],
        "Trade": [t.quantity for t in found.trade.totals],
        "Magnets from own ore": [p.magnets for p in found.products],
    }


def _weak_share(found: list[Quantity]) -> float:
    return sum(q.basis in _WEAK for q in found) / len(found)


def _refs(found: Iterable[Quantity]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(r for q in found for r in q.refs))


def _shares(groups: dict[str, list[Quantity]]) -> Table:
    rows = []
    for name, found in sorted(groups.items(), key=lambda pair: -_weak_share(pair[1])):
        refs = _refs(found)
        weak = Quantity(float(sum(q.basis in _WEAK for q in found)), "count", basis="derived", refs=refs)
        share = Quantity(100 * _weak_share(found), "%", basis="derived", refs=refs)
        ranged = sum(q.low is not None or q.high is not None for q in found)
        rows.append(
            (
                name,
                Quantity(float(len(found)), "count", basis="derived", refs=refs),
                weak,
                share,
                Quantity(float(len(found) - ranged), "count", basis="derived", refs=refs),
            )
        )
    head = ("Headline", "Numbers", "From memory or estimate", "Share of them", "Without a range")
    return Table("What the headlines rest on", head, rows)


def _contradictions(case: Case, groups: dict[str, list[Quantity]]) -> Table | None:
    """Estimates of one thing that differ."""
    by_thing: dict[tuple[str, str], list[Quantity]] = defaultdict(list)
    for name in ("Tonnes in the ground", "Capacity of plants"):
        for q in groups.get(name, []):
            table, row, _ = q.refs[0].rsplit("/", 1)[-1].split(":")
            by_thing[name, _thing(case, table, row)].append(q)
    rows = []
    for (name, thing), found in by_thing.items():
        values = sorted({q.value for q in found if q.value is not None})
        if len(values) > 1:
            low, high = (next(q for q in found if q.value == v) for v in (values[0], values[-1]))
            rows.append((name, Fact(thing, (found[0].refs[0],)), low, high))
    if not rows:
        return None
    head = ("Headline", "Of what", "Lowest on record", "Highest on record")
    note = "They may answer different questions; none is averaged away."
    return Table("Estimates that stand side by side", head, rows, note)


def _documents(case: Case, groups: dict[str, list[Quantity]]) -> Table | None:
    weak = [q for found in groups.values() for q in found if q.basis in _WEAK]
    counted: Counter[tuple[str, str]] = Counter()
    refs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for q in weak:
        for ref in q.refs:
            table, row, _ = ref.rsplit("/", 1)[-1].split(":")
            name = (table, _thing(case, table, row))
            counted[name] += 1
            refs[name].append(ref)
    if not counted:
        return None
    rows = [
        (
            Fact(thing, tuple(dict.fromkeys(refs[table, thing]))),
            _WANTED.get(table, "a document that states the value"),
            Quantity(float(count), "count", basis="derived", refs=tuple(dict.fromkeys(refs[table, thing]))),
        )
        for (table, thing), count in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:_SHOWN]
    ]
    return Table("Documents to obtain first", ("About", "What would settle it", "Numbers that rest on it today"), rows)


_WANTED = {
    "deposits": "the survey or resource report",
    "deposit_composition": "an assay of all rare earths",
    "facilities": "the licence or annual report of the operator",
    "price_deck": "a price report for that date",
    "processing_shares": "output by country and stage from one source",
    "product_composition": "an analysis or the data sheet of the maker",
    "trade": "customs data at tariff-line level",
}
"""What would replace an estimate, by table."""


def _thing(case: Case, table: str, row: str) -> str:
    """What a row is about, as a reader calls it; its id where no table names it."""
    first = row.split(".")[0]
    if table in ("deposits", "deposit_composition"):
        deposits = case.table("deposits")
        here = deposits[deposits["deposit_id"] == first]
        names = here["name"].dropna()
        if names.nunique() > 1 and (here["level"] == "national").all():
            return "the whole country"
        return str(names.iloc[0]).split(" (")[0] if len(names) else first
    frame = case.table(table)
    if "name" in frame and row in frame.index:
        return str(frame.at[row, "name"])
    what = first if first[:1].isdigit() else first.replace("-", " ")
    return Told("{table}: {row}", table=table.replace("_", " "), row=what)
