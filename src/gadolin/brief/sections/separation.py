"""From this ore to oxides: the sequence of least load beside one of real practice, and the flowsheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from gadolin.brief.report import Report
from gadolin.brief.section import Cell, Fact, Paragraph, Part, Section, Table, number_table
from gadolin.errors import InputError, NotConverged
from gadolin.figures.language import Told
from gadolin.figures.names import ore_name
from gadolin.figures.separation import flowsheet_figure
from gadolin.quantity import Quantity

if TYPE_CHECKING:
    from gadolin.case import Case
    from gadolin.case.inputs.separation import Wish
    from gadolin.separation import Flowsheet

ORDER = 35
_METHOD = "separation.flowsheet: each cut designed for what the cuts before it leave; 5 and 95 % over draws"


def sections(report: Report) -> list[Section]:
    """The section on the plant of the case's ore; none where no composition of an ore of the country is known."""
    try:
        wish, best, practice = _results(report)
    except (InputError, NotConverged):
        return []
    refs, ore = _refs(best), _ore(best, report.case)
    names = _products(best, wanted=True)
    parts: list[Part] = [
        Paragraph(
            "The feed is {rate} of {feed}; wanted are {products}, each {purity} pure by oxide mass. Two orders of the "
            "cuts are compared: the one that needs the least organic load, and one of real practice.",
            {
                "rate": wish.rate,
                "feed": Fact(ore, best.plan.feed.refs[:1], best.plan.basis),
                "products": Fact(names, best.plan.feed.refs[:1], "choice"),
                "purity": Fact(f"{100 * (wish.purity.value or 0):g} %", wish.purity.refs, "choice"),
            },
        ),
        _comparison(best, practice, refs),
        flowsheet_figure(best, "flowsheet", ore),
        _cuts(best, refs),
        Paragraph(
            "No linked plant, in which cascades hand each other loaded organic, can do with a load below {bound}. "
            "Activity of the residue: {residue}.",
            {
                "bound": Quantity(
                    best.plan.linked_bound_mol_per_mol,
                    "mol per mol fed",
                    best.plan.linked_low_mol_per_mol,
                    best.plan.linked_high_mol_per_mol,
                    "estimate",
                    refs,
                    "a bound",
                ),
                "residue": Fact(_residue(best), refs, "estimate"),
            },
        ),
    ]
    parts += [Paragraph("Limit: {text}.", {"text": Fact(text, refs, "estimate")}) for text in _limits(best)]
    finding = Paragraph(
        "{stages} part this ore into {products}",
        {"stages": _with(best.stages, refs), "products": Fact(names, best.plan.feed.refs[:1], "choice")},
    )
    return [Section("ore-to-oxides", "From this ore to oxides", finding, parts)]


def _ore(made: Flowsheet, case: Case) -> str:
    """Name of the ore that is fed."""
    row = case.table("deposit_composition").loc[made.plan.feed.refs[0].split(":")[-2]]
    return ore_name(case, str(row["deposit_id"]), str(row["vector_id"]))


def tables(report: Report) -> dict[str, tuple[pd.DataFrame, dict[str, str]]]:
    """What both sequences need, as a table of the run."""
    try:
        _, best, practice = _results(report)
    except (InputError, NotConverged):
        return {}
    rows = {
        f"{key}.{name.replace(' ', '_')}": (name, q)
        for key, made in (("least_load", best), ("practice", practice))
        for name, q in _numbers(made, _refs(made)).items()
    }
    frame = number_table(rows)
    return {"flowsheet": (frame, {"value": _METHOD})}


def _results(report: Report) -> tuple[Wish, Flowsheet, Flowsheet]:
    """What is wished, and the plant by both sequences; failures are kept, too, so that they are met once."""

    def compute() -> tuple[Wish, Flowsheet, Flowsheet] | InputError | NotConverged:
        from gadolin import separation

        try:
            wish = report.case.inputs.wish_of()
            made = [
                separation.flowsheet(wish.plan(practice), purity_share=wish.purity.value or 0.995)
                for practice in (None, wish.practice)
            ]
        except (InputError, NotConverged) as error:
            return error
        return wish, made[0], made[1]

    found = report.once("flowsheet", compute)
    if isinstance(found, Exception):
        raise found
    return found


def _refs(made: Flowsheet) -> tuple[str, ...]:
    """Composition of the feed, and the factors of the pairs that are cut."""
    cut = [
        ref
        for step in made.plan.steps
        for factor in step.system.factors
        if {factor.light, factor.heavy} == {step.light[-1], step.heavy[0]}
        for ref in factor.beta.refs
    ]
    return tuple(dict.fromkeys((*made.plan.feed.refs, *cut)))


def _with(q: Quantity, refs: tuple[str, ...]) -> Quantity:
    return Quantity(q.value, q.unit, q.low, q.high, q.basis, refs, q.reason)


def _numbers(made: Flowsheet, refs: tuple[str, ...]) -> dict[str, Quantity]:
    plan, plant = made.plan, made.plant
    load = Quantity(plan.load_mol_per_mol, "mol per mol fed", plan.load_low_mol_per_mol, plan.load_high_mol_per_mol,
                    plan.basis)  # fmt: skip
    found = {
        "organic load of all cuts": load,
        "mixer-settlers": made.stages,
        **plant.reagents,
        **plant.effluent,
        "residue": plant.residue_t_gross_per_year,
        "organic held": plant.inventory["organic"],
        "rare earths in process": plant.inventory_t_reo,
    }
    return {name: _with(q, refs) for name, q in found.items()}


def _comparison(best: Flowsheet, practice: Flowsheet, refs: tuple[str, ...]) -> Table:
    left, right = _numbers(best, refs), _numbers(practice, _refs(practice))
    rows: list[tuple[Cell, ...]] = [
        (
            "cuts in order",
            Fact(best.plan.cuts_text(), refs, "estimate"),
            Fact(practice.plan.cuts_text(), refs, "estimate"),
        )
    ]
    rows += [(Fact(name, refs), left.get(name), right.get(name)) for name in dict.fromkeys((*left, *right))]
    return Table(
        "Two sequences for the same feed and products",
        ("What", "Least load", Told("Practice: {name}", name=practice.plan.name)),
        rows,
        "As designed with the low end of the factors; ranges are over draws of factors and practice. Acid as pure HCl.",
    )


def _cuts(best: Flowsheet, refs: tuple[str, ...]) -> Table:
    rows = []
    sizes = {e.kind: e.size for e in best.plant.equipment}
    for row in best.table().to_dict("records"):
        low, high = row["real_stages_low"], row["real_stages_high"]
        stages = Quantity(row["real_stages"], "stages", low, high, "estimate", refs)
        volume = _with(sizes[f"mixer_settler {row['cut']} {row['extractant']}"], refs)
        rows.append(
            (Fact(Told("{cut} by {extractant}", cut=row["cut"], extractant=row["extractant"]), refs), stages, volume)
        )
    return Table("Cascades of the sequence of least load", ("Cut", "Real stages", "Volume of a stage"), rows)


def _products(made: Flowsheet, wanted: bool) -> str:
    return ", ".join(str(r["product"]) for r in made.train.table().to_dict("records") if r["wanted"] == wanted)


def _residue(made: Flowsheet) -> str:
    from gadolin.separation.impurities import judged

    return judged(made.plant.residue_bq_per_g).partition(";")[0]  # what to type stands in the command, not on paper


def _limits(made: Flowsheet) -> tuple[str, ...]:
    from gadolin.separation.flowsheet import LIMITS

    return (LIMITS, *made.notes)
