"""Priors of the market: what no source measures, declared once with range, basis and reason, and open to the user.

The shipped ones stand in `market_priors.toml` beside this file; a case lays its own over them in its `market.toml`:

    [priors.stock_months]
    JPN = 4                                                  # a number: basis "choice"
    KOR = { value = 3, low = 2, high = 6, basis = "reported", note = "statistical yearbook" }

An entry may name a cell of the atlas instead (`ref = "TABLE:ROW:COLUMN"`), with the range that its row states. A value
beside the ref then holds for cases cut to a date on which the cell was not known yet.
"""

from __future__ import annotations

import functools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import pandas as pd

from gadolin.atlas import read
from gadolin.case.toml_lines import line_of, lines_of, read_toml
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.market.observations import Behaviour
from gadolin.quantity import BASES, Quantity

if TYPE_CHECKING:
    from gadolin.case.load import Case

__all__ = ["Priors", "chokes_of", "priors_of"]

FILE = "market.toml"
_ENTRY = ("value", "low", "high", "basis", "refs", "note", "ref")
UNITS_OF = {
    "elasticity": "-",
    "gross_factor": "t/t",
    "choke_ratio": "ratio",
    "stock_months": "months",
    "stock": "ratio",
}


@dataclass(frozen=True)
class Priors:
    """Priors by section and key.

    Args:
        entries: Quantity of each `section.key`.
        whose: Where each was read: `shipped`, or the case's file and line.
    """

    entries: Mapping[str, Quantity]
    whose: Mapping[str, str]

    def quantity(self, section: str, key: str) -> Quantity:
        """The prior of a key, or that of `other` in its section."""
        found = self.entries.get(f"{section}.{key}") or self.entries.get(f"{section}.other")
        if found is None:
            raise InputError(f"no prior {section}.{key} is declared")
        return found

    def value(self, section: str, key: str) -> float:
        """Value of a prior."""
        value = self.quantity(section, key).value
        assert value is not None
        return value

    def section(self, section: str) -> dict[str, float]:
        """All values of a section by key."""
        names = [n for n in self.entries if n.startswith(f"{section}.")]
        return {n.partition(".")[2]: self.value(section, n.partition(".")[2]) for n in names}

    def sigma(self, section: str, key: str) -> float:
        """Half the distance from low to high, for priors whose range is one sigma to each side."""
        found = self.quantity(section, key)
        if found.low is None or found.high is None:
            raise InputError(f"the prior {section}.{key} needs low and high, one standard deviation away")
        return (found.high - found.low) / 2

    def behaviour(self) -> Behaviour:
        """How the market answers around the base year."""
        return Behaviour(
            self.section("supply_elasticity"),
            self.section("utilisation_share"),
            self.value("trade", "route_elasticity"),
            self.value("trade", "new_route_premium_share"),
            self.value("trade", "new_route_scale_share"),
            self.value("stock", "keep_ratio"),
            self.value("stock", "release_ratio"),
        )

    def table(self) -> pd.DataFrame:
        """One row per prior: value, range, unit, basis, refs, note, and who said it."""
        rows = [
            {
                "prior": name,
                "value": q.value,
                "low": q.low,
                "high": q.high,
                "unit": q.unit,
                "basis": q.basis,
                "refs": list(q.refs),
                "note": q.reason or "",
                "whose": self.whose[name],
            }
            for name, q in self.entries.items()
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """One sentence: how many priors there are and how many of them are the case's own."""
        own = sum(w != "shipped" for w in self.whose.values())
        return (
            f"{len(self.entries)} priors (elasticities, recoveries, stocks, margins, widths), {own} of them the case's "
            "own; all with range and basis in the list of priors"
        )

    def lines(self) -> list[str]:
        """One line per prior, for the page of what had to be assumed."""
        found = []
        for name, q in self.entries.items():
            source = ", ".join(q.refs) or q.reason or "no source"
            whose = "" if self.whose[name] == "shipped" else f" [{self.whose[name]}]"
            shown = str(q).replace(" - (", " (") if q.unit == "-" else str(q)
            found.append(f"{name.replace('.', ' ')}: {shown} ({q.basis}; {source}){whose}")
        return found


def chokes_of(case: Case) -> tuple[dict[str, float], dict[str, float]]:
    """Choke prices over base prices by kind of good at the low and at the high end of their priors. [ratio]

    Args:
        case: Case whose priors are read.
    """
    priors = priors_of(case)
    ends: tuple[dict[str, float], dict[str, float]] = ({}, {})
    for kind in priors.section("choke_ratio"):
        q = priors.quantity("choke_ratio", kind)
        for end, value in zip(ends, (q.low, q.high), strict=True):
            if value is not None and value != q.value:
                end[kind] = value
    return ends


@functools.cache
def _shipped() -> dict[str, dict[str, Any]]:
    return tomllib.loads((resources.files("gadolin.case.inputs") / "market_priors.toml").read_text("utf-8"))


def priors_of(case: Case) -> Priors:
    """Priors of the market: the shipped ones with the case's own laid over them.

    Args:
        case: Case; its folder may hold `market.toml` with tables `[priors.SECTION]`.

    Raises:
        InputError: Faults of the file, with their lines; a named cell that does not exist.
    """
    if "priors" in case._cache:
        return case._cache["priors"]
    shipped = _shipped()
    path = None if case.folder is None else case.folder / FILE
    own: Any = {}
    lines: dict[str, int] = {}
    if path is not None and path.exists():
        own, lines = read_toml(path).get("priors", {}), lines_of(path.read_text("utf-8"))
    if not isinstance(own, dict):
        raise InputError(Fault("must be tables [priors.SECTION]", FILE, line_of(lines, "priors"), "priors", str(own)))
    faults: list[Fault] = []
    entries: dict[str, Quantity] = {}
    whose: dict[str, str] = {}
    for section, keys in shipped.items():
        for key, entry in keys.items():
            try:
                entries[f"{section}.{key}"] = _quantity(case, section, entry)
            except ValueError as error:
                # Only a date before a cell's source comes here; a number of the case's own answers it.
                answers = own.get(section)
                if not isinstance(answers, dict) or key not in answers:
                    faults.append(Fault(str(error), FILE, None, f"priors.{section}.{key}"))
                continue
            whose[f"{section}.{key}"] = "shipped"
    for section, keys in own.items():
        where = f"priors.{section}"
        if section in shipped and not isinstance(keys, dict):
            faults.append(
                Fault(f"must be a table, [{where}], with a number per key", FILE, line_of(lines, where), where)
            )
            continue
        if section not in shipped:
            text = f"is no section of priors{did_you_mean(section, shipped)} (sections: {', '.join(shipped)})"
            faults.append(Fault(text, FILE, line_of(lines, where), where))
            continue
        for key, entry in keys.items():
            here = f"{where}.{key}"
            try:
                if key not in shipped[section] and "other" not in shipped[section]:
                    known = shipped[section]
                    raise ValueError(f"is no prior here{did_you_mean(key, known)} (one of {', '.join(known)})")
                entries[f"{section}.{key}"] = _quantity(case, section, entry)
                whose[f"{section}.{key}"] = f"{FILE}:{line_of(lines, here)}"
            except (ValueError, InputError) as error:
                faults.append(Fault(str(error), FILE, line_of(lines, here), here))
    if faults:
        raise InputError(faults)
    case._cache["priors"] = Priors(entries, whose)
    return case._cache["priors"]


def _quantity(case: Case, section: str, entry: Any) -> Quantity:
    """One entry as a quantity.

    Raises:
        ValueError: Not a number, an unknown key, a range that does not hold the value, an unknown basis.
    """
    unit = UNITS_OF.get(section, "share" if section.endswith("share") else "")
    unit = unit or ("kt" if section.endswith("_kt") else "USD/kg" if section.endswith("usd_per_kg") else "-")
    if isinstance(entry, int | float) and not isinstance(entry, bool):
        return Quantity(float(entry), unit, basis="choice", reason="the case's own")
    if not isinstance(entry, dict):
        raise ValueError("must be a number or a table with value, low, high, basis, note, or ref")
    strange = [k for k in entry if k not in _ENTRY]
    if strange:
        raise ValueError(f"{strange[0]} is no key of a prior{did_you_mean(strange[0], _ENTRY)}")
    if "ref" in entry and not ("value" in entry and _not_known_yet(case, str(entry["ref"]))):
        return _cell(case, str(entry["ref"]), unit)
    value, low, high = (entry.get(k) for k in ("value", "low", "high"))
    numbers = [v for v in (value, low, high) if v is not None]
    if value is None or not all(isinstance(v, int | float) and math.isfinite(v) for v in numbers):
        raise ValueError("needs a finite value; low and high are numbers too")
    if (low is not None and low > value) or (high is not None and high < value):
        raise ValueError(f"low {low} and high {high} must hold the value {value}")
    basis = entry.get("basis", "choice")
    if basis not in (*BASES, "choice"):
        raise ValueError(f'basis "{basis}" is none of {", ".join((*BASES, "choice"))}')
    return Quantity(float(value), unit, low, high, basis, tuple(entry.get("refs", ())), entry.get("note", ""))


def _not_known_yet(case: Case, ref: str) -> bool:
    """Whether a cell is missing only because the case is cut to a date before its source."""
    if case.as_of is None:
        return False
    table, _, rest = ref.partition(":")
    row_id = rest.partition(":")[0]
    return row_id not in case.table(table).index and row_id in read.table(table).index


def _cell(case: Case, ref: str, unit: str) -> Quantity:
    """A cell of the atlas with the range and basis its row states."""
    parts = ref.split(":")
    if len(parts) != 3:
        raise ValueError(f'ref "{ref}" must be TABLE:ROW:COLUMN')
    table, row_id, column = parts
    rows = case.table(table)
    if row_id not in rows.index or column not in rows.columns:
        when = "" if case.as_of is None else f" on {case.as_of}; give a number instead"
        raise ValueError(f'no cell "{ref}" is known{when}')
    row = rows.loc[row_id]

    def number(name: str) -> float | None:
        value = row.get(name)
        return None if value is None or pd.isna(value) else float(value)

    value = number(column)
    if value is None:
        raise ValueError(f'the cell "{ref}" is empty')
    return Quantity(value, unit, number(f"{column}_low"), number(f"{column}_high"), str(row["basis"]), (ref,))
