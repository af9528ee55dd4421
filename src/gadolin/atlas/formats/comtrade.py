"""UN Comtrade: current CSV and API answers, bulk files, and the CSV of the site before 2022.

Rule: six-digit codes, one edition, flows M or X, partner not 0; per flow the row without breakdown (second partner 0,
customs procedure C00, transport 0), or, if it is absent, the sum along one breakdown only. Re-exports lie inside
exports. `isAggregate` is not used: it marks how a row was assembled; dropping such rows deletes countries and years.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from gadolin.atlas.formats.codes import from_m49
from gadolin.atlas.formats.flows import FlowFile, FlowRow, Notes, ask_suspects, weigh
from gadolin.atlas.formats.text import Numbers, code_digits, decode, read_cells

__all__ = ["is_comtrade", "read_comtrade"]

_LEGACY = {
    "period": "Period",
    "reporterCode": "Reporter Code",
    "flowCode": "Trade Flow Code",
    "partnerCode": "Partner Code",
    "partner2Code": "2nd Partner Code",
    "customsCode": "Customs Proc. Code",
    "motCode": "Mode of Transport Code",
    "cmdCode": "Commodity Code",
    "classificationCode": "Classification",
    "qtyUnitCode": "Qty Unit Code",
    "qty": "Qty",
    "netWgt": "Netweight (kg)",
    "primaryValue": "Trade Value (US$)",
    "legacyEstimationFlag": "Flag",
}
_MACHINE = {
    "period": "period",
    "reporterCode": "rtCode",
    "flowCode": "rgCode",
    "partnerCode": "ptCode",
    "partner2Code": "ptCode2",
    "customsCode": "cstCode",
    "motCode": "motCode",
    "cmdCode": "cmdCode",
    "classificationCode": "pfCode",
    "qtyUnitCode": "qtCode",
    "qty": "TradeQuantity",
    "netWgt": "NetWeight",
    "primaryValue": "TradeValue",
    "legacyEstimationFlag": "estCode",
}
_FLOWS = {"1": "M", "2": "X", "3": "RX", "4": "RM"}
_KG_PER_UNIT = {"8": Decimal(1), "21": Decimal(1000)}
_CUT_OFF = (500, 100_000, 200_000, 250_000)
_TOTALS = (("partner2", "0"), ("customs", "C00"), ("transport", "0"))


@dataclass(frozen=True)
class _Record:
    line: int
    period: str
    reporter: str
    flow: str
    partner: str
    hs: str
    edition: str
    original: bool
    partner2: str
    customs: str
    transport: str
    net_kg: Decimal | None
    net_estimated: bool
    quantity_kg: Decimal | None
    quantity_estimated: bool
    value: Decimal | None

    @property
    def flow_key(self) -> tuple[str, ...]:
        return (self.period, self.reporter, self.flow, self.partner, self.hs)

    @property
    def breakdown(self) -> tuple[str, ...]:
        return tuple(name for name, total in _TOTALS if getattr(self, name) != total)

    @property
    def full_key(self) -> tuple[str, ...]:
        return (*self.flow_key, self.partner2, self.customs, self.transport)

    @property
    def figures(self) -> tuple[Decimal | None, ...]:
        return (self.net_kg, self.quantity_kg, self.value)


def is_comtrade(data: bytes) -> bool:
    """Whether a file is one of the Comtrade forms."""
    head, _ = decode(data[:4000])
    head = head.lstrip("\ufeff \n")
    first = head.splitlines()[0] if head.strip() else ""
    return (
        ("refYear" in head and "cmdCode" in head)
        or ("Trade Flow Code" in first and "Commodity Code" in first)
        or ("rtCode" in head and "ptCode" in head)
        or ("datasetCode" in first and "reporterCode" in first)
    )


def read_comtrade(data: bytes, name: str = "") -> FlowFile:
    """Read a Comtrade file of any of its forms.

    Args:
        data: Bytes of the file, unpacked.
        name: File name, unused here.

    Returns:
        Flows by period, reporter, flow, partner and code. Lines of a JSON answer are positions in `data`, from 1.
    """
    notes = Notes()
    text, encoding = decode(data)
    if text.lstrip()[:1] in "{[":
        document = json.loads(text, parse_float=Decimal)
        records = document.get("data", []) if isinstance(document, dict) else document
        rows = [(i, record) for i, record in enumerate(records, start=1)]
        read_as = {"encoding": encoding, "records": "data"}
        numbers = Numbers(".", True)
        form = "UN Comtrade, API answer"
    else:
        cells = read_cells(data)
        rows = list(cells.records())
        numbers = cells.numbers(skip=("cmdCode", "Commodity Code"))
        read_as = {"encoding": encoding, "delimiter": cells.delimiter, "decimal": numbers.decimal}
        form = "UN Comtrade, CSV" if "refYear" in cells.header else "UN Comtrade, legacy CSV"
        if cells.ragged:
            notes.add("RAGGED_LINES", cells.ragged, "more cells than names")
    if len(rows) in _CUT_OFF:
        notes.add("CUT_OFF", (), f"{len(rows)} rows is a limit of the service: the answer may be cut off")
    parsed = [_parse(line, record, numbers, notes) for line, record in rows]
    flows, checks = _flows([r for r in parsed if r is not None], notes)
    return FlowFile(form, read_as, len(rows), ask_suspects(flows, notes), notes.warnings(), checks)


def _parse(line: int, record: Mapping[str, Any], numbers: Numbers, notes: Notes) -> _Record | None:
    names = _LEGACY if "Trade Flow Code" in record else _MACHINE if "rtCode" in record else {}

    def get(field: str) -> str:
        value = record.get(names.get(field, field))
        return "" if value is None else str(value).strip()

    def number(field: str) -> Decimal | None:
        try:
            return numbers.read(get(field)) if get(field) not in ("None", "N/A") else None
        except (ValueError, InvalidOperation):
            notes.add("NUMBER_UNREAD", line, field)
            return None

    hs, repaired = code_digits(get("cmdCode"))
    if repaired:
        notes.add("HS_CODE_REPAIRED", line, "the code had become a number")
    try:
        reporter, partner = from_m49(get("reporterCode")), get("partnerCode")
        partner = "0" if float(partner) == 0 else from_m49(partner)
        second = get("partner2Code")
        second = "0" if not second or float(second) == 0 else from_m49(second)
    except ValueError:
        notes.add("ROW_UNREAD", line, "no reporter or partner code")
        return None
    flow = get("flowCode")
    flag = get("legacyEstimationFlag")
    unit = get("qtyUnitCode").removesuffix(".0")
    per_unit, quantity = _KG_PER_UNIT.get(unit), number("qty")
    period = get("period").removesuffix(".0")
    value = number("primaryValue")
    return _Record(
        line,
        f"{period[:4]}-{period[4:]}" if len(period) == 6 else period,
        reporter,
        _FLOWS.get(flow, flow),
        partner,
        hs,
        get("classificationCode"),
        get("isOriginalClassification").lower() not in ("false", "0"),
        second,
        get("customsCode") or "C00",
        get("motCode").removesuffix(".0") or "0",
        number("netWgt"),
        get("isNetWgtEstimated").lower() in ("true", "1") or flag in ("4", "6"),
        quantity * per_unit if per_unit is not None and quantity is not None else None,
        get("isQtyEstimated").lower() in ("true", "1") or flag in ("2", "6"),
        value,
    )


def _flows(records: list[_Record], notes: Notes) -> tuple[list[FlowRow], dict[str, Any]]:
    records = _one_edition(records, notes)
    six = {r.hs for r in records if len(r.hs) == 6}
    kept: list[_Record] = []
    for r in records:
        if r.flow in ("RX", "RM", "DX"):
            notes.add("REEXPORT_INSIDE_EXPORT", r.line, "re-exports are part of exports, re-imports of imports")
        elif r.flow not in ("M", "X"):
            notes.add("OTHER_FLOW", r.line, "processing flows are part of imports or exports")
        elif len(r.hs) != 6:
            nested = any(code.startswith(r.hs) or r.hs.startswith(code) for code in six)
            notes.add("NESTED_CODES" if nested else "CODE_NOT_SIX_DIGITS", r.line, "only six-digit rows are used")
        else:
            kept.append(r)
    kept = _once(kept, notes)
    reporters = list(dict.fromkeys(r.reporter for r in kept))
    for r in kept:
        if r.reporter != reporters[0]:
            notes.add("MIRROR_REPORTERS", r.line, "a second reporter: compare, never add")
    groups: dict[tuple[str, ...], list[_Record]] = defaultdict(list)
    world: dict[tuple[str, ...], list[_Record]] = defaultdict(list)
    for r in kept:
        if r.partner == "0":
            notes.add("WORLD_ROW_USED_AS_CHECK", r.line, "partner 0 is not a partner")
            world[r.period, r.reporter, r.flow, r.hs].append(r)
        else:
            groups[r.flow_key].append(r)
    rows = [_flow(group, notes) for group in groups.values()]
    return rows, _world_checks(rows, world)


def _one_edition(records: list[_Record], notes: Notes) -> list[_Record]:
    editions: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for r in records:
        editions[(r.period, r.reporter)].add(r.edition)
    kept = []
    for r in records:
        found = editions[(r.period, r.reporter)]
        if len(found) > 1:
            same = [x for x in records if (x.period, x.reporter) == (r.period, r.reporter)]
            originals = {x.edition for x in same if x.original}
            wanted = max(originals) if len(originals) == 1 else max(found)
            if r.edition != wanted:
                notes.add("EDITION_SKIPPED", r.line, "the same trade under another edition of the HS")
                continue
        kept.append(r)
    return kept


def _once(records: Iterable[_Record], notes: Notes) -> list[_Record]:
    seen: dict[tuple[str, ...], _Record] = {}
    kept = []
    for r in records:
        known = seen.get(r.full_key)
        if known is None:
            seen[r.full_key] = r
            kept.append(r)
        elif known.figures == r.figures:
            notes.add("DUPLICATE_ROW", r.line, "same key, same values")
        else:
            notes.add("CONFLICT", (known.line, r.line), "same key, other values: which one?")
            kept.append(r)
    return kept


def _flow(group: list[_Record], notes: Notes) -> FlowRow:
    totals = [r for r in group if not r.breakdown]
    used, note = totals, ""
    if not totals:
        patterns: dict[tuple[str, ...], list[_Record]] = defaultdict(list)
        for r in group:
            patterns[r.breakdown].append(r)
        pattern = min(patterns, key=lambda p: (len(p), -len(patterns[p]), p))
        used, note = patterns[pattern], f"no total row; sum over {', '.join(pattern)}"
        notes.add("NO_TOTAL_ROW_SUMMED", [r.line for r in used], "only a breakdown is there")
    skipped = [r.line for r in group if r not in used]
    if skipped:
        notes.add("AGGREGATE_ROWS_SKIPPED", skipped, "breakdowns of a row that is used")
    first, lines = used[0], tuple(r.line for r in used)
    head = (first.period, first.reporter, first.flow, first.partner, first.hs)
    if len(totals) > 1:
        both = tuple(sorted({(r.net_kg or Decimal(0)) / 1000 for r in totals}))
        return FlowRow(*head, None, "ask", None, "value_usd", lines, both, "two rows with one key")
    weights = [weigh(r.net_kg, r.net_estimated, r.quantity_kg, r.quantity_estimated, r.value) for r in used]
    for r, (_, _, code, _) in zip(used, weights, strict=True):
        if code:
            notes.add(code, r.line)
    values = [r.value for r in used if r.value is not None]
    value = sum(values, Decimal(0)) if values else None
    if len(used) == 1:
        weight, basis, _, candidates = weights[0]
        return FlowRow(*head, weight, basis, value, "value_usd", lines, candidates, note)
    bases = [basis for _, basis, _, _ in weights]
    worst = next((b for b in ("ask", "missing", "estimated") if b in bases), "reported")
    known = [w for w, _, _, _ in weights if w is not None]
    total = sum(known, Decimal(0)) if len(known) == len(weights) else None
    return FlowRow(*head, total, worst, value, "value_usd", lines, (), note)


def _world_checks(rows: list[FlowRow], world: Mapping[tuple[str, ...], list[_Record]]) -> dict[str, Any]:
    found = []
    for key, records in world.items():
        total = next((r for r in records if not r.breakdown), None)
        if total is None:
            continue
        mine = [r for r in rows if (r.period, r.reporter, r.flow, r.hs) == key]
        found.append(
            {
                "key": list(key),
                "world_row_tonnes": None if total.net_kg is None else float(total.net_kg / 1000),
                "sum_of_partners_tonnes": float(sum((r.weight_t_gross or Decimal(0) for r in mine), Decimal(0))),
                "world_row_value_usd": None if total.value is None else float(total.value),
                "sum_of_partners_value_usd": float(sum((r.value or Decimal(0) for r in mine), Decimal(0))),
                "partners": len(mine),
                "weights_unknown": sum(r.weight_t_gross is None for r in mine),
            }
        )
    return {"world": found}
