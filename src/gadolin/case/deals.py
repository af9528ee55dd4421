"""The deals of a case as read from its folder, with every fault by file and line.

What a file may hold stands in `deal_file`; here every name, number and ref in it is looked up before anything runs,
also in a file whose form is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from gadolin.case.deal_file import Deal
from gadolin.case.lookups import Lookups, places
from gadolin.case.records import read_record, toml_files
from gadolin.case.strategies import strategies_of
from gadolin.case.toml_lines import read_toml
from gadolin.errors import Fault, InputError

if TYPE_CHECKING:
    from gadolin.case.load import Case
    from gadolin.case.strategy_file import Strategy

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
        told: set[str | None] = set()
        try:
            deal = read_record(path, Deal, name)
            found[deal.deal.id] = deal
        except InputError as error:
            faults += error.faults
            told = {f.field for f in error.faults}
        try:
            values = read_toml(path)
        except InputError:
            continue  # no TOML: that is said already
        faults += [f for f in _linked(Lookups(case, values, name), path.stem, known) if f.field not in told]
    if faults:
        raise InputError(faults)
    return found


def _linked(file: Lookups, stem: str, known: Mapping[str, Strategy]) -> Iterator[Fault]:
    """Names, refs and numbers of a deal that nothing answers to, whatever the form of its file."""
    for key, name in places(file.values, "deal.id"):
        if name != stem:
            yield file.fault(key, f'must be the name of its file, "{stem}"', name)
    for key in ("strategy", "without"):
        yield from file.names(f"deal.{key}", f"is no strategy of {file.case.name}", known)
    for _, strategy in places(file.values, "deal.strategy"):
        if isinstance(strategy, str) and strategy in known:
            plants = [p.plant for p in known[strategy].plants]
            yield from file.keys("patch", f"is no plant of {strategy}", plants)
    priced = file.case.inputs.deck_of().prices
    yield from file.names("clauses[].products[]", "has no price in the deck", priced)
    yield from file.keys("volumes", "has no price in the deck", priced)
    yield from file.refs()
    for pattern in ("volumes.*", "rates.*", "clauses[].terms.*"):
        yield from file.unknown_numbers(pattern)
    for key, rate_share in file.numbers("rates.*"):
        if not 0 < rate_share < 1:
            yield file.fault(key, "must lie between 0 and 1: a share per year", rate_share)
