"""From a candidate plant of a case to a project of economics: what it makes, uses, buys and costs.

Quantities come from the atlas's process rows or from a separation design, prices from its price rows, capital from
reported plants of the stage or from the design's equipment; `[[plants]]` of the case may set any of them in `numbers`
(`NUMBERS` in `site.py` lists the names). What has no source is a range with basis estimate, and what could not be
priced is listed in the project's limits.

A plant whose capacity points to a facility that operates exists: its capital is spent (`numbers.sunk` says otherwise).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gadolin.case.inputs.plants.parts import composition_of
from gadolin.case.inputs.plants.site import Site
from gadolin.case.inputs.plants.stages import MAKERS
from gadolin.errors import InputError, did_you_mean
from gadolin.quantity import Quantity

if TYPE_CHECKING:
    from gadolin.case.load import Case
    from gadolin.economics.project import Project


def project_of(case: Case, plant: str, design: str | None = None) -> Project:
    """A candidate plant of the case as a project. Money in million USD of the case's price year.

    Args:
        case: The case.
        plant: Id in `[[plants]]`.
        design: Extractant by whose designed equipment a separation plant is priced; what the case says when None.

    Raises:
        InputError: No such plant, a stage without method, a number that nothing reads, a fact that is missing.
    """
    entries = {entry.id: (i, entry) for i, entry in enumerate(case.settings.plants)}
    if plant not in entries:
        known = ", ".join(entries) or "none; add [[plants]] to case.toml"
        raise InputError(f'"{plant}" is no plant of {case.name}{did_you_mean(plant, entries)} (plants: {known})')
    index, entry = entries[plant]
    if entry.stage not in MAKERS:
        raise InputError(f"{plant}: no cost method for stage {entry.stage} (there is: {', '.join(MAKERS)})")
    if design is not None and entry.stage != "separation":
        raise InputError(f"{plant} is a {entry.stage} plant; only a separation plant has a design")
    site = Site(case, entry, index, design)
    site.check_numbers()
    made = MAKERS[entry.stage](site)
    site.check_read()
    return made


def composition_of_feed(case: Case, feed: list[str]) -> dict[str, Quantity]:
    """Shares of REO mass by product of the deck: Nd and Pr together as NdPr, the others alone. [share]

    Args:
        case: The case.
        feed: Deposits, as `DEPOSIT` or `DEPOSIT.VECTOR`; the first is used.

    Raises:
        InputError: No feed, no composition, or several and none named.
    """
    return composition_of(case, feed)
