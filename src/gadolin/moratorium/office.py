"""What an office puts before the judge: rules of a case, permits, records of exporters, prices of the day."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from gadolin.atlas.formats.codes import country_of
from gadolin.atlas.formats.text import decode
from gadolin.case import load as load_case
from gadolin.errors import Fault, InputError, did_you_mean
from gadolin.moratorium import words
from gadolin.moratorium.assay import Compare, references_of
from gadolin.moratorium.batch import Checked, check_all
from gadolin.moratorium.columns import FIELDS
from gadolin.moratorium.dates import read_dates
from gadolin.moratorium.declarations import DeclarationFile
from gadolin.moratorium.facts import Prices
from gadolin.moratorium.permits import PermitLedger
from gadolin.moratorium.returns import Site
from gadolin.moratorium.rules import Rules
from gadolin.moratorium.terms import Permit, Permits
from gadolin.moratorium.verdict import Verdict

__all__ = ["Desk", "Report", "open_desk", "permitted_by_site", "read_permits", "snapshot"]

FULL_ROWS = 5000
"""Up to so many rows every verdict is given in full; beyond, one line each."""


@dataclass(frozen=True)
class Desk:
    """Everything a check needs beside the declarations.

    Args:
        rules: Dated clauses.
        permits: Book that is drawn while checking; the ledger on disk is not touched.
        file: The declarations.
        on: Day to judge on; None for each one's own.
        prices: Prices of the day for the value test.
    """

    rules: Rules
    permits: Permits
    file: DeclarationFile
    on: date | None
    prices: Prices | None

    def check(self) -> Report:
        """Judge the whole file with full verdicts."""
        checked = check_all(self.file, self.rules, self.permits, self.on, self.prices)
        return Report(checked, self.file.path.name, passed_over=self.file.passed_over)


@dataclass(frozen=True)
class Report:
    """The verdicts on a file, as they are shown.

    Args:
        checked: Verdicts and the book after them.
        name: File.
        language: en or ms.
        ranked: Order of inspection, when asked for.
        passed_over: Sheets of a workbook that hold no heading and were not read.
    """

    checked: Checked
    name: str
    language: str = "en"
    ranked: tuple[Any, ...] = field(default=())
    passed_over: tuple[str, ...] = ()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """One each, in the order of the file."""
        return self.checked.verdicts

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values: counts and every verdict."""
        record: dict[str, Any] = {
            "file": self.name,
            "counts": self.checked.counts,
            "verdicts": [v.as_dict(self.language) for v in self.verdicts],
        }
        if self.passed_over:
            record["sheets_not_read"] = list(self.passed_over)
        if self.ranked:
            record["inspect"] = [r.as_dict() for r in self.ranked]
        return record

    def __str__(self) -> str:
        spoken = self.language
        counts = ", ".join(
            f"{n} {words.verdict_word(name, spoken)}" for name, n in self.checked.counts.items() if n
        ) or words.frame("nothing", spoken)
        parts = [words.frame("file", spoken, self.name, counts)]
        if self.passed_over:
            parts.append(words.frame("passed_over", spoken, ", ".join(self.passed_over)))
        if self.ranked:
            parts.append("\n".join([words.frame("inspect", spoken), *(r.text(spoken) for r in self.ranked)]))
        else:
            parts += [v.text(self.language) for v in self.verdicts]
        return "\n\n".join(parts)


def open_desk(
    file: str | Path,
    case_name: str = "malaysia",
    on: str | None = None,
    permits: str | Path | None = None,
    records: str | Path | None = None,
    switches: Mapping[str, str] | None = None,
    jurisdiction: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Desk:
    """Put together what a check of a file needs.

    Args:
        file: Declarations (CSV, XLSX, JSON, JSONL).
        case_name: Case whose rules and prices are used.
        on: ISO date to judge on; None for each declaration's own.
        permits: A ledger (SQLite) or a JSON of permits; None uses the `ledger` of a JSON file, if it has one.
        records: JSON of what the office has on file, by exporter: feed_origin, state_of_origin, documents.
        switches: Settings of contested points.
        jurisdiction: ISO3 of the exporting state, where a row does not name it; None for the country of the case.
        columns: Headings of the file's own, and the field that each fills.

    Raises:
        InputError: A file that cannot be read, a date, a switch, a column, a state without rules.
    """
    path = Path(file)
    if not path.is_file():
        raise InputError(Fault("is a folder" if path.is_dir() else "there is no such file", file=path.name))
    for heading, name in (columns or {}).items():
        if name not in FIELDS:
            allowed = f"must be one of {', '.join(FIELDS)}{did_you_mean(name, FIELDS)}"
            raise InputError(Fault(allowed, field=f"--column {heading}", value=name))
    day = None
    if on is not None:
        readings = read_dates(on)[0]
        if len(readings) != 1:
            raise InputError(Fault("must be one date like 2024-01-31", field="--on", value=on))
        day = readings[0]
    case = load_case(case_name)
    rules = Rules.from_frame(case.inputs.rule_rows(), switches)
    state = case.country if jurisdiction is None else country_of(jurisdiction)
    if state not in rules.jurisdictions:
        known = ", ".join(sorted(rules.jurisdictions))
        raise InputError(
            Fault(
                f"no rule of this state is on record; {known} have some",
                field="--jurisdiction",
                value=state or jurisdiction,
            )
        )
    table, days = case.inputs.oxide_prices_on((day or date.today()).isoformat())
    prices = Prices(table, days, case.inputs.heaviest_flow(), case.inputs.currency_rates()) if table else None
    book = read_permits(permits) if permits is not None else _ledger_in(path)
    defaults = _json(records) if records is not None else {}
    compare = Compare(references_of(case.inputs.composition_vectors()))
    declared = DeclarationFile(path, state, dict(columns or {}), defaults, compare)
    return Desk(rules, book, declared, day, prices)


def read_permits(path: str | Path) -> Permits:
    """A book from a ledger on disk, which stays as it is, or from a JSON of permits.

    Raises:
        InputError: No such file; not a ledger and not JSON of permits.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(Fault("there is no such file", file=file.name))
    if file.suffix.lower() == ".json":
        return Permits.from_dict(_json(file))
    with PermitLedger(file, existing=True) as ledger:
        return snapshot(ledger)


def snapshot(ledger: PermitLedger) -> Permits:
    """The state of a ledger as a book in memory; reserved tonnes count as out."""
    permits = []
    for row in ledger.balances():
        terms = ledger.terms(row["permit"])
        assert terms is not None, "a balance has terms"
        left = Decimal(row["left_t"])
        permits.append(Permit.from_dict(row["permit"], terms.as_dict() | {"already_out": str(terms.limit_t - left)}))
    return Permits(permits, ledger.pilot_operator)


def permitted_by_site(path: str | Path, sites: Sequence[Site]) -> dict[str, float]:
    """Tonnes of REO a year that permits on an REO basis let go, by site of their holder. [t REO]

    A permit over several years counts its yearly share. An operator of several sites counts at the first of them.

    Raises:
        InputError: As `read_permits`.
    """
    by_operator: dict[str, str] = {}
    for site in sites:
        by_operator.setdefault(site.operator, site.site)
    found: dict[str, float] = {}
    for permit in read_permits(path).all_terms().values():
        site_id = by_operator.get(permit.holder)
        if permit.basis == "reo" and site_id is not None:
            days = (permit.valid_to - permit.valid_from).days + 1 if permit.valid_to and permit.valid_from else 365
            found[site_id] = found.get(site_id, 0.0) + float(permit.limit_t) * min(1.0, 365 / days)
    return found


def _ledger_in(path: Path) -> Permits:
    if path.suffix.lower() == ".json":
        document = _json(path, list | dict)
        if isinstance(document, dict) and document.get("ledger"):
            return Permits.from_dict(document["ledger"])
    return Permits()


def _json(path: str | Path, wanted: Any = dict) -> Any:
    file = Path(path)
    try:
        document = json.loads(decode(file.read_bytes())[0])
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(Fault(f"cannot be read as JSON: {error}", file=file.name)) from None
    if not isinstance(document, wanted):
        raise InputError(Fault("must be a JSON object", file=file.name))
    return document
