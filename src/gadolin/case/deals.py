"""The deals of a case as read from its folder, with every fault by file and line.

What a file may hold stands in `deal_file`; here every name, number and ref in it is looked up before anything runs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gadolin.case.deal_file import Deal
from gadolin.case.records import read_record, toml_files
from gadolin.case.strategies import strategies_of
from gadolin.case.why import why
from gadolin.errors import Fault, GadolinError, InputError, did_you_mean

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["deals_of"]


def deals_of(case: Case) -> dict[str, Deal]:
    """Every deal of a case by its id, in the order of the file names.

    Args:
        case: The case.

    Raises:
        InputError: All faults of all deal files, with file and line.
    """
    return case.once("deals_of", lambda: _deals(case))


def _deals(case: Case) -> dict[str, Deal]:
    folder = None if case.folder is None else case.folder / "deals"
    if folder is None or not folder.is_dir():
        return {}
    found: dict[str, Deal] = {}
    files, faults = toml_files(folder)
    known = strategies_of(case)
    for path in files:
        name = f"deals/{path.name}"
        try:
            deal = read_record(path, Deal, name)
        except InputError as error:
            faults += error.faults
            continue
        found[deal.deal.id] = deal
        faults += _linked(case, deal, path.stem, name, known)
    if faults:
        raise InputError(faults)
    return found


def _linked(case: Case, deal: Deal, stem: str, file: str, known: dict[str, Any]) -> list[Fault]:
    """Names and refs of a deal that nothing answers to."""
    faults: list[Fault] = []
    # a row not known at the date of the case is no fault of the file; who values the deal says what is not known
    case = case if case.as_of is None else replace(case, as_of=None, _cache={})

    def fault(key: str, text: str, value: Any = None) -> None:
        faults.append(Fault(text, file, case.line_of(file, key), key, value))

    if deal.deal.id != stem:
        fault("deal.id", f'must be the name of its file, "{stem}"', deal.deal.id)
    for key in ("strategy", "without"):
        name = getattr(deal.deal, key)
        if name is not None and name not in known:
            fault(f"deal.{key}", f"is no strategy of {case.name}{did_you_mean(name, known)}", name)
    if deal.deal.strategy in known:
        plants = [p.plant for p in known[deal.deal.strategy].plants]
        for plant in deal.patch:
            if plant not in plants:
                fault(f"patch.{plant}", f"is no plant of {deal.deal.strategy}{did_you_mean(plant, plants)}")
    priced = case.inputs.deck_of().prices
    for i, clause in enumerate(deal.clauses):
        for product in clause.products:
            if product not in priced:
                fault(f"clauses[{i}].products", f"has no price in the deck{did_you_mean(product, priced)}", product)
    for product in deal.volumes:
        if product not in priced:
            fault(f"volumes.{product}", f"has no price in the deck{did_you_mean(product, priced)}", product)
    places = [("deal.refs", deal.deal.refs)]
    numbers = [(f"volumes.{k}", n) for k, n in deal.volumes.items()]
    sides = (("rates.host", deal.rates.host), ("rates.partner", deal.rates.partner))
    numbers += [(key, number) for key, number in sides if number is not None]
    for i, clause in enumerate(deal.clauses):
        places.append((f"clauses[{i}].refs", clause.refs))
        numbers += [(f"clauses[{i}].terms.{k}", n) for k, n in clause.terms.items()]
    places += [(key, number.refs) for key, number in numbers]
    for key, refs in places:
        for ref in refs:
            try:
                why(ref, case)
            except GadolinError as error:
                fault(key, f"does not resolve: {str(error).splitlines()[0]}", ref)
    for key, number in numbers:
        try:
            value = case.given(number, key, file).value
            if value is None:
                fault(key, "is not known; give a value with basis and range")
            elif key.startswith("rates.") and not 0 < value < 1:
                fault(key, "must lie between 0 and 1: a share per year", value)
        except InputError as error:
            fault(key, str(error).splitlines()[0])
    return faults
