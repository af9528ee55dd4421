"""Policy rows read into measures of the market: what a rule does to flows, as far as the row says so in numbers.

A row becomes a measure when its instrument is one the market knows and its numbers are there. A licence states no
refusal share or delay: it is read with none, and said. Suspended and ended rows are read too; their dates decide.
What cannot be read is listed with the reason, never guessed. A row that pauses other rules is no control: it is listed
with what ends when it ends, and what then binds again is the shock `pause-ends`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pandas as pd

from gadolin.case.inputs.market_structure import MEMBERS, REGIONS, Structure
from gadolin.elements import ELEMENTS
from gadolin.errors import InputError
from gadolin.market.instruments import Instrument
from gadolin.market.measures import AdValoremDuty, ExportBan, ImportAdValoremDuty, Licence, Quota
from gadolin.market.plant_measures import Offtake, PriceFloor, TechnologyBan
from gadolin.stages import GOODS

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["measures_of"]


def measures_of(case: Case) -> tuple[dict[str, Instrument], dict[str, str]]:
    """Measures by policy row, and why the other rows are none.

    Args:
        case: Case whose policies are read.

    Returns:
        Measures by row id; reasons by row id.
    """
    found: dict[str, Instrument] = {}
    refused: dict[str, str] = {}
    table = case.table("policies")
    pauses = {str(row_id): row for row_id, row in table.iterrows() if _pauses(row)}
    for row_id, row in table.iterrows():
        name = str(row_id)
        if name in pauses:
            end = "while nobody ends it" if _blank(row["end_date"]) else f"until {str(row['end_date'])[:10]}"
            refused[name] = f"is the pause of other rules ({row['rate_or_size']}) {end}, no control itself"
            continue
        make = _KINDS.get(str(row["instrument"]))
        if make is None:
            refused[name] = f"{row['instrument']} is no measure on flows"
            continue
        try:
            found[name] = make(row, _common(name, row))
        except (InputError, ValueError) as error:
            refused[name] = f"{error}{_paused_by(row, pauses)}"
    return found, refused


def _pauses(row: Any) -> bool:
    """Whether a row suspends other rules instead of setting one."""
    return str(row["rate_or_size"]).strip().lower().startswith("suspension of")


def _paused_by(row: Any, pauses: dict[str, Any]) -> str:
    """Which pause holds a suspended row, and until when; empty for other rows."""
    if str(row["status"]) != "suspended":
        return ""
    for name, pause in pauses.items():
        if (
            pause["country_iso3"] == row["country_iso3"]
            and str(pause["effective_date"])[:10] == str(row["end_date"])[:10]
        ):
            return f"; paused by {name} until {str(pause['end_date'])[:10]}, then see the shock pause-ends"
    return ""


def _listed(value: Any) -> tuple[str, ...]:
    """Entries of a many-valued cell."""
    if isinstance(value, list | tuple):
        return tuple(str(v) for v in value)
    return tuple(part.strip() for part in str(value).split(";") if part.strip()) if not _blank(value) else ()


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, float) and pd.isna(value)) or str(value) in ("", "nan", "<NA>")


def _common(name: str, row: Any) -> dict[str, Any]:
    """Who, against whom, over what, when."""
    if _blank(row["country_iso3"]):
        raise ValueError("the row names no single country")
    actor = Structure.region_of(str(row["country_iso3"]))
    if actor == "RST" or (actor in MEMBERS and str(row["country_iso3"]) not in (actor, "EUU")):
        raise ValueError(f"{row['country_iso3']} stands in no region of its own")
    elements = tuple(e for e in _listed(row["elements"]) if e in ELEMENTS)
    start, end = row["effective_date"], row["end_date"]
    if _blank(start):
        raise ValueError("no effective date")
    if str(row["may_be_instrument"]) == "no":
        raise ValueError("the row is marked as no measure for the market: it may only warn")
    if _listed(row["firms"]):
        raise ValueError("hits named firms whose share of the region is not known")
    if not _blank(end) and str(end) < str(start):
        raise ValueError("suspended before it took effect")
    return {
        "actor": actor,
        "targets": tuple(dict.fromkeys(r for r in map(Structure.region_of, _listed(row["targets"])) if r in REGIONS)),
        "goods": tuple(g for g in _listed(row["goods"]) if g in GOODS),
        "elements": () if len(elements) == len(ELEMENTS) else elements,
        "firms": _listed(row["firms"]),
        "start": str(start)[:10],
        "end": None if _blank(end) else str(end)[:10],
        "refs": (f"policies:{name}:instrument",),
    }


def _rate(row: Any, *units: str) -> float:
    """The rate of a row, when it is there and in one of the units."""
    if _blank(row["rate_value"]) or str(row["rate_unit"]) not in units:
        raise ValueError(f"no rate in {' or '.join(units)}")
    return float(row["rate_value"])


def _ban(row: Any, common: dict[str, Any]) -> Instrument:
    if not common["goods"]:
        raise ValueError("names no good")
    return ExportBan(**common)


def _quota(row: Any, common: dict[str, Any]) -> Instrument:
    return Quota(**common, quota_t_gross=_rate(row, "t_gross_per_year", "t_reo_per_year"))


def _tariff(row: Any, common: dict[str, Any]) -> Instrument:
    if str(row["rate_unit"]) == "pct_ad_valorem_export_duty":
        return AdValoremDuty(**common, rate_share=_rate(row, "pct_ad_valorem_export_duty") / 100)
    return ImportAdValoremDuty(**common, rate_share=_rate(row, "pct_ad_valorem", "pct_ad_valorem_import_duty") / 100)


def _licence(row: Any, common: dict[str, Any]) -> Instrument:
    if not common["elements"]:
        raise ValueError("a licence on everything states neither refusal nor delay")
    return Licence(**common)


def _floor(row: Any, common: dict[str, Any]) -> Instrument:
    return PriceFloor(**common, floor_usd_per_kg=_rate(row, "usd_per_kg", "usd_per_kg_ndpr"))


def _offtake(row: Any, common: dict[str, Any]) -> Instrument:
    return Offtake(**common, share=_rate(row, "pct", "pct_of_output") / 100)


def _technology(row: Any, common: dict[str, Any]) -> Instrument:
    return TechnologyBan(**common)


_KINDS: dict[str, Callable[[Any, dict[str, Any]], Instrument]] = {
    "export_ban": _ban,
    "export_quota": _quota,
    "tariff": _tariff,
    "export_licence": _licence,
    "price_floor": _floor,
    "offtake": _offtake,
    "technology_export_ban": _technology,
}
