"""The strategies and the futures of a case as read from its folder, with every fault by file and line.

What a file may hold stands in `strategy_file`; here every name, number and ref in it is looked up before anything runs.
"""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gadolin.case.case_file import PlantEntry
from gadolin.case.lookups import Lookups
from gadolin.case.records import Number, read_record, toml_files
from gadolin.case.strategy_file import FuturesFile, Strategy
from gadolin.case.toml_lines import read_toml
from gadolin.case.why import why
from gadolin.elements import ELEMENTS
from gadolin.errors import Fault, GadolinError, InputError, did_you_mean

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["futures_of", "strategies_of"]


_NUMBERS = (
    "plants[].build_years",
    "stockpile[].amount_t_reo",
    "research[].cost_musd_per_year",
    "research[].years_per_level",
    "export.duty_share",
    "export.quota_t_reo_per_year",
    "training.persons_per_year",
    "training.cost_usd_per_person",
)


def strategies_of(case: Case) -> dict[str, Strategy]:
    """Every strategy of a case by its id, in the order of the file names.

    Args:
        case: The case.

    Raises:
        InputError: All faults of all strategy files, with file and line; names of plants that the case lacks.
    """
    return case.once("strategies_of", lambda: _strategies(case))


def _strategies(case: Case) -> dict[str, Strategy]:
    folder = None if case.folder is None else case.folder / "strategies"
    if folder is None or not folder.is_dir():
        return {}
    files, faults = toml_files(folder)
    found: list[Strategy] = []
    kept = []
    for file in files:
        try:
            found.append(read_record(file, Strategy, f"strategies/{file.name}"))
            kept.append(file)
        except InputError as error:
            told = {f.field for f in error.faults}
            faults += [*error.faults, *(f for f in _named(case, file) if f.field not in told)]
    for value, file in zip(found, kept, strict=True):
        if value.strategy.id != file.stem:
            key = "strategy.id"
            reason = f'must be the name of its file, "{file.stem}"'
            name = f"strategies/{file.name}"
            faults.append(Fault(reason, name, case.line_of(name, key), key, value.strategy.id))
        faults += _unknown(case, value, f"strategies/{file.name}")
    if faults:
        raise InputError(faults)
    return {value.strategy.id: value for value in found}


def _named(case: Case, path: Path) -> list[Fault]:
    """Unknown names and refs in a file whose form is wrong too, so that all is said at once."""
    try:
        file = Lookups(case, read_toml(path), f"strategies/{path.name}")
    except InputError:
        return []  # no TOML: that is said already
    technologies = set(file.case.table("technologies").index)
    return [
        *file.names("plants[].plant", f"is no plant of {case.name}", {p.id for p in case.settings.plants}),
        *file.names("plants[].technology", "is no row of technologies", technologies),
        *file.names("research[].technology", "is no row of technologies", technologies),
        *file.names("stockpile[].element", "is no rare earth with prices", ELEMENTS),
        *file.refs(),
        *(f for pattern in _NUMBERS for f in file.unknown_numbers(pattern)),
    ]


def _unknown(case: Case, value: Strategy, file: str) -> list[Fault]:
    """Names in a strategy that nothing in the case answers to."""
    faults = []

    def fault(key: str, name: str, what: str, known: Any) -> None:
        hint = did_you_mean(name, list(known))
        faults.append(Fault(f"is no {what}{hint}", file, case.line_of(file, key), key, name))

    # a row that was not known at the date of the case is no fault of the file; who evaluates says what is not known
    whole = case if case.as_of is None else replace(case, as_of=None, _cache={})
    plants = {p.id for p in case.settings.plants}
    technologies = set(whole.table("technologies").index)
    incentives = set(whole.table("incentives").index)
    for n, choice in enumerate(value.plants):
        if choice.plant not in plants:
            fault(f"plants[{n}].plant", choice.plant, f"plant of {case.name}", plants)
        entry = next((p for p in case.settings.plants if p.id == choice.plant), None)
        if choice.design is not None and entry is not None:
            faults += _design(whole, choice.design, entry, f"plants[{n}].design", file)
        if choice.technology is not None and choice.technology not in technologies:
            fault(f"plants[{n}].technology", choice.technology, "row of technologies", technologies)
    for n, programme in enumerate(value.research):
        if programme.technology not in technologies:
            fault(f"research[{n}].technology", programme.technology, "row of technologies", technologies)
    for row in value.strategy.incentives:
        if row.removesuffix("-high") not in incentives:
            fault("strategy.incentives", row, "row of incentives", incentives)
    for n, stock in enumerate(value.stockpile):
        if stock.element not in ELEMENTS:
            fault(f"stockpile[{n}].element", stock.element, "rare earth with prices", ELEMENTS)
    named = {c.plant for c in value.plants}
    for n, exemption in enumerate(value.moratorium.exemptions if value.moratorium else ()):
        if exemption.plant not in named:
            fault(f"moratorium.exemptions[{n}].plant", exemption.plant, "plant of this strategy", named)
        if exemption.until_runs is not None and exemption.until_runs not in named:
            fault(f"moratorium.exemptions[{n}].until_runs", exemption.until_runs, "plant of this strategy", named)
    return faults + _numbers(whole, value, file) + _refs(whole, value, file)


def _design(case: Case, design: str, entry: PlantEntry, key: str, file: str) -> list[Fault]:
    """Whether a plant can stand on a separation design of an extractant."""
    line = case.line_of(file, key)
    if entry.stage != "separation" or entry.host_plant:
        words = f"only a separation plant of its own has a design; {entry.id} is {entry.stage}"
        return [Fault(f"{words} at a host" if entry.host_plant else words, file, line, key, design)]
    try:
        case.inputs.system_of(design)
    except InputError as error:
        return [Fault(str(error), file, line, key, design)]
    return []


def _numbers(case: Case, value: Strategy, file: str) -> list[Fault]:
    """Terms that do not resolve, are not known, or lie outside what they can be."""
    given: list[tuple[str, Number | None, float, float]] = []  # key, number, at least, at most
    for n, plant in enumerate(value.plants):
        given.append((f"plants[{n}].build_years", plant.build_years, 0.25, 30))
    for n, stock in enumerate(value.stockpile):
        given.append((f"stockpile[{n}].amount_t_reo", stock.amount_t_reo, 0, math.inf))
    for n, programme in enumerate(value.research):
        given.append((f"research[{n}].cost_musd_per_year", programme.cost_musd_per_year, 0, math.inf))
        given.append((f"research[{n}].years_per_level", programme.years_per_level, 0.01, 30))
    if value.export is not None:
        given.append(("export.duty_share", value.export.duty_share, 0, 1))
        given.append(("export.quota_t_reo_per_year", value.export.quota_t_reo_per_year, 0, math.inf))
    if value.training is not None:
        given.append(("training.persons_per_year", value.training.persons_per_year, 0, math.inf))
        given.append(("training.cost_usd_per_person", value.training.cost_usd_per_person, 0, math.inf))
    faults = []
    for key, number, low, high in given:
        if number is None:
            continue
        try:
            found = case.given(number, key, file).value
        except InputError as error:
            faults += error.faults
            continue
        line = case.line_of(file, key)
        if found is None:
            faults.append(Fault("is not known; give a value with basis and range", file, line, key))
        elif not low <= found <= high:
            words = f"must be at least {low:g}" if high == math.inf else f"must lie in {low:g} to {high:g}"
            faults.append(Fault(words, file, line, key, found))
    return faults


def _refs(case: Case, value: Strategy, file: str) -> list[Fault]:
    """Refs that nothing answers to."""
    places: list[tuple[str, list[str]]] = [("strategy.refs", value.strategy.refs)]
    for name in ("plants", "stockpile", "research"):
        places += [(f"{name}[{n}].refs", part.refs) for n, part in enumerate(getattr(value, name))]
    for name in ("moratorium", "export", "training"):
        part = getattr(value, name)
        places += [(f"{name}.refs", part.refs)] if part is not None else []
    if value.moratorium is not None:
        places += [(f"moratorium.exemptions[{n}].refs", e.refs) for n, e in enumerate(value.moratorium.exemptions)]
    faults = []
    for key, refs in places:
        for ref in refs:
            try:
                why(ref, case)
            except GadolinError as error:
                words = f"does not resolve: {str(error).splitlines()[0]}"
                faults.append(Fault(words, file, case.line_of(file, key), key, ref))
    return faults


def futures_of(case: Case) -> FuturesFile:
    """The futures file of a case; one without shocks and with the market's own ranges when it has none.

    Raises:
        InputError: Every fault of the file, with line.
    """
    return case.once("futures_of", lambda: _futures(case))


def _futures(case: Case) -> FuturesFile:
    path = None if case.folder is None else case.folder / "futures.toml"
    if path is None or not path.exists():
        return FuturesFile()
    return read_record(path, FuturesFile)
