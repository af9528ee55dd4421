"""Activity of a consignment: results in any unit and spelling, as one number per nuclide in Bq/g against the limit."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from gadolin.moratorium.consignment import Activity

__all__ = ["activity_facts", "bq_per_g", "nuclide_of"]

_LIMIT_BQ_PER_G = Decimal(1)
_LIMIT_K40_BQ_PER_G = Decimal(10)
# 1 Bq/g for nuclides of the uranium and thorium chains, 10 for K-40: IAEA safety guide RS-G-1.7 (2004), table 1
_BQ_PER_PPM = {"Th": Decimal("0.004057"), "U": Decimal("0.01235")}
_PER_OXIDE = {"ThO2": ("Th", Decimal("0.87881")), "U3O8": ("U", Decimal("0.848"))}
_TO_BQ_PER_G = {
    "bq/g": Decimal(1),
    "kbq/kg": Decimal(1),
    "bq/kg": Decimal("0.001"),
    "mbq/g": Decimal("0.001"),
    "kbq/g": Decimal(1000),
    "pci/g": Decimal("0.037"),
}
_TO_PPM = {
    "ppm": Decimal(1),
    "mg/kg": Decimal(1),
    "g/t": Decimal(1),
    "ug/g": Decimal(1),
    "µg/g": Decimal(1),
    "ppb": Decimal("0.001"),
    "%": Decimal(10000),
    "wt%": Decimal(10000),
}
_PARENTS = {"Th232": "Th", "U238": "U", "Th": "Th", "U": "U"}
_DAUGHTERS = frozenset(
    (
        *("Ra228", "Ac228", "Th228", "Ra224", "Pb212", "Bi212", "Tl208"),  # of Th-232
        *("Th234", "Pa234", "U234", "Th230", "Ra226", "Pb214", "Bi214", "Pb210", "Po210"),  # of U-238
        *("U235", "Pa231", "Ac227", "Th227", "Ra223"),  # of U-235
    )
)
_AS_WRITTEN = {name.lower(): name for name in (*_PER_OXIDE, *_BQ_PER_PPM)}


def nuclide_of(text: str) -> str:
    """A nuclide, an element or an oxide of thorium and uranium, whichever way it is written; other words stay.

    >>> [nuclide_of(text) for text in ("th-232", "232Th", "ra_226", "THO2", "u", "gross alpha")]
    ['Th232', 'Th232', 'Ra226', 'ThO2', 'U', 'gross alpha']
    """
    plain = re.sub(r"[\s_-]+", "", text)
    if plain.lower() in _AS_WRITTEN:
        return _AS_WRITTEN[plain.lower()]
    match = re.fullmatch(r"([A-Za-z]{1,2})(\d{1,3})|(\d{1,3})([A-Za-z]{1,2})", plain)
    return text if match is None else f"{(match[1] or match[4]).capitalize()}{match[2] or match[3]}"


def bq_per_g(a: Activity) -> tuple[str, Decimal, Decimal | None] | None:
    """Nuclide, activity and uncertainty of a result that stands for one nuclide. [Bq/g]

    Returns:
        None when the unit or what was measured is not understood.

    >>> bq_per_g(Activity("ThO2", Decimal(100), "ppm"))
    ('Th', Decimal('0.35653321700'), None)
    """
    of = nuclide_of(a.of)
    unit = a.unit.strip().lower().replace(" ", "").removesuffix("_dry")
    factor: Decimal | None = None
    if unit in _TO_PPM:
        parent, share = _PER_OXIDE.get(of, (_PARENTS.get(of, ""), Decimal(1)))
        if parent:
            of, factor = parent, _TO_PPM[unit] * share * _BQ_PER_PPM[parent]
    elif unit in _TO_BQ_PER_G:
        of, factor = _PARENTS.get(of, of), _TO_BQ_PER_G[unit]
    if factor is None:
        return None
    return of, a.value * factor, None if a.u_k2 is None else a.u_k2 * factor


def activity_facts(results: Iterable[Activity]) -> tuple[dict[str, Any], list[str]]:
    """What the rules ask about activity.

    Args:
        results: Results as reported.

    Returns:
        Facts by name [Bq/g where the name says so], and codes of remarks.
    """
    values: dict[str, Any] = {}
    notes: list[str] = []
    found: dict[str, Decimal] = {}
    count = 0
    for a in results:
        count += 1
        if a.basis in ("whole_chain", "unknown"):
            values["activity_basis"] = a.basis
            continue
        read = bq_per_g(a)
        if read is None or not (read[0] in _BQ_PER_PPM or read[0] in _DAUGHTERS):
            if read is None or read[0] != "K40" or read[1] > _LIMIT_K40_BQ_PER_G:
                values["activity_basis"] = "unknown"  # another nuclide is asked for, not passed over
            continue
        nuclide, activity, uncertainty = read
        if a.below:
            spans = activity > _LIMIT_BQ_PER_G
        elif uncertainty is None:
            spans = False
            notes.append("NO_UNCERTAINTY")
        else:
            spans = activity - uncertainty <= _LIMIT_BQ_PER_G < activity + uncertainty
        if spans:
            values["activity_spans_limit"] = "yes"
        if a.below and activity > _LIMIT_BQ_PER_G:
            continue  # a detection limit above the line says nothing about the line
        found[nuclide] = max(activity, found.get(nuclide, activity))
    if count:
        values |= {"activity_values": count, "activity_report_due": "yes"}
    thorium, uranium = found.get("Th"), found.get("U")
    values |= {"th232_bq_per_g": thorium, "u238_bq_per_g": uranium}
    daughters = [x for nuclide, x in found.items() if nuclide in _DAUGHTERS]
    if daughters:
        values |= {"other_nuclide_bq_per_g": max(daughters), "gamma": "measured"}
    if thorium is not None and uranium is not None and max(thorium, uranium) <= _LIMIT_BQ_PER_G:
        values["activity_sum"] = thorium + uranium
    return values, notes
