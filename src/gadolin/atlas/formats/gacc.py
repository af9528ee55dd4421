"""China customs (GACC): the site's exports, with Chinese headers, in GB18030 or UTF-8 with mark.

The flow stands only in the query or the file name, the month perhaps too. Each added dimension (trade mode, place of
registration) splits rows: they are summed over it, never dropped as duplicates. Only a row that repeats in all its
cells counts once. Partner codes are those of the customs; 142 is China itself, goods coming back.
"""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from typing import Any

from gadolin.atlas.formats.codes import GACC, GACC_NAMES
from gadolin.atlas.formats.flows import FlowFile, FlowRow, Notes
from gadolin.atlas.formats.text import code_digits, decode, read_cells

__all__ = ["is_gacc", "read_gacc"]

_PERIOD = ("数据年月", "月份", "年月")
_VALUES = {
    "美元": "value_usd",
    "美元值": "value_usd",
    "人民币": "value_cny",
    "人民币元": "value_cny",
    "人民币值": "value_cny",
}
_T_PER_UNIT = {"千克": Decimal("0.001"), "公斤": Decimal("0.001"), "吨": Decimal(1), "克": Decimal("0.000001")}
_DIMENSIONS = ("贸易方式编码", "注册地编码", "贸易方式名称", "注册地名称")


def is_gacc(data: bytes) -> bool:
    """Whether a file is an export of the site."""
    text, _ = decode(data[:4000])
    return "商品编码" in text and "贸易伙伴" in text


def read_gacc(data: bytes, name: str = "") -> FlowFile:
    """Read an export of the Chinese customs site.

    Args:
        data: Bytes of the file.
        name: File name; gives flow and, without a month column, the period.
    """
    notes = Notes()
    cells = read_cells(data)
    numbers = cells.numbers(skip=("商品编码", "贸易伙伴编码", *_PERIOD))
    header = cells.header
    period_column = next((c for c in _PERIOD if c in header), None)
    value_column = next((c for c in reversed(header) if c in _VALUES), None)
    value_key = _VALUES.get(value_column or "", "value_usd")
    flow = _flow_of(name, notes)
    period = None if period_column else _period_of(name, notes)
    if cells.encoding == "gb18030":
        notes.add("ENCODING_GUESSED", (), "no byte-order mark; GB18030 because the header is Chinese")
    if value_key == "value_cny":
        notes.add("VALUE_NOT_USD", (), "value is RMB; convert at the rate of each month")
    groups: dict[tuple[str, str, str], dict[tuple[str, ...], list[tuple[int, dict[str, str]]]]] = {}
    rows = cells.records()
    seen: set[tuple[str, ...]] = set()
    for line, record in rows:
        if record.get("商品编码", "").strip() == "商品编码":
            notes.add("HEADER_REPEATED", line, "pages pasted together")
            continue
        if (exact := tuple(v.strip() for v in record.values())) in seen:
            notes.add("DUPLICATE_ROW", line, "every cell repeats an earlier row")
            continue
        seen.add(exact)
        hs, repaired = code_digits(record.get("商品编码"))
        if repaired:
            notes.add("HS_CODE_REPAIRED", line)
        when = record.get(period_column, "").strip() if period_column else period
        when = f"{when[:4]}-{when[4:6]}" if when and re.fullmatch(r"\d{6}", when) else when or "?"
        partner = _partner(record, line, notes)
        split = tuple(record.get(d, "").strip() for d in _DIMENSIONS)
        groups.setdefault((when, partner, hs), defaultdict(list))[split].append((line, record))
    flows = [_row(key, parts, flow, value_column, value_key, numbers, notes) for key, parts in groups.items()]
    read_as = {"encoding": cells.encoding, "delimiter": cells.delimiter, "decimal": numbers.decimal}
    checks: dict[str, Any] = {"months_without_row": _gaps(flows)} if period_column else {}
    return FlowFile("China customs (GACC)", read_as, len(rows), tuple(flows), notes.warnings(), checks)


def _row(
    key: tuple[str, str, str],
    parts: dict[tuple[str, ...], list[tuple[int, dict[str, str]]]],
    flow: str | None,
    value_column: str | None,
    value_key: str,
    numbers: Any,
    notes: Notes,
) -> FlowRow:
    when, partner, hs = key
    weights: list[Decimal | None] = []
    values: list[Decimal] = []
    lines: list[int] = []
    conflict: list[Decimal] = []
    for members in parts.values():
        read = [
            (_weight(r, line, numbers, notes), _value(r, value_column, line, numbers, notes)) for line, r in members
        ]
        lines += [line for line, _ in members]
        if len(members) > 1:
            notes.add("CONFLICT", [line for line, _ in members], "same key, other values: which one?")
            conflict = sorted({w for w, _ in read if w is not None})
        weights += [w for w, _ in read]
        values += [v for _, v in read if v is not None]
    value = sum(values, Decimal(0)) if values else None
    head = (when, "CHN", flow, partner, hs)
    if conflict:
        return FlowRow(*head, None, "ask", value, value_key, tuple(lines), tuple(conflict), "one key, other values")
    if any(w is None for w in weights):
        notes.add("WEIGHT_MISSING", lines)
        return FlowRow(*head, None, "missing", value, value_key, tuple(lines))
    total = sum((w for w in weights if w is not None), Decimal(0))
    note = f"sum over {len(parts)} modes and places" if len(parts) > 1 else ""
    return FlowRow(*head, total, "reported", value, value_key, tuple(lines), (), note)


def _weight(record: dict[str, str], line: int, numbers: Any, notes: Notes) -> Decimal | None:
    for rank in ("第一", "第二"):
        factor = _T_PER_UNIT.get(record.get(f"{rank}计量单位", "").strip())
        if factor is None:
            continue
        try:
            quantity = numbers.read(record.get(f"{rank}数量"))
        except ValueError:
            notes.add("NUMBER_UNREAD", line)
            return None
        if quantity:
            return quantity * factor
    return None


def _value(record: dict[str, str], column: str | None, line: int, numbers: Any, notes: Notes) -> Decimal | None:
    try:
        return numbers.read(record.get(column)) if column else None
    except ValueError:
        notes.add("NUMBER_UNREAD", line)
        return None


def _partner(record: dict[str, str], line: int, notes: Notes) -> str:
    code = record.get("贸易伙伴编码", "").strip().removesuffix(".0")
    name = record.get("贸易伙伴名称", "").strip()
    partner = GACC.get(code) or GACC_NAMES.get(name)
    if partner is None:
        notes.add("PARTNER_UNKNOWN", line, "customs code without a known country")
        return f"{code or name}?"
    if partner == "CHN":
        notes.add("REIMPORT", line, "partner 142 is China itself: goods coming back, not a foreign origin")
    return partner


def _flow_of(name: str, notes: Notes) -> str | None:
    low = name.lower()
    flow = "M" if "import" in low or "进口" in name else "X" if "export" in low or "出口" in name else None
    if flow is None:
        notes.add("FLOW_UNKNOWN", (), "neither the file nor its name says import or export: which?")
    else:
        notes.add("FLOW_FROM_FILENAME", (), "the export has no import/export column")
    return flow


def _period_of(name: str, notes: Notes) -> str | None:
    months = re.findall(r"(?<!\d)(20\d{2})(0[1-9]|1[0-2])(?!\d)", name)
    if not months:
        notes.add("PERIOD_UNKNOWN", (), "no month column and none in the file name: which period?")
        return None
    notes.add("PERIOD_FROM_FILENAME", (), "no month column: the query was not split by month")
    spoken = [f"{year}-{month}" for year, month in months]
    return spoken[0] if len(spoken) == 1 else f"{spoken[0]}/{spoken[-1]}"


def _gaps(flows: list[FlowRow]) -> dict[str, list[str]]:
    """Months between the first and last of the file without a row: published, so zero trade."""
    months = sorted({f.period for f in flows if re.fullmatch(r"\d{4}-\d{2}", f.period)})
    if not months:
        return {}
    every = []
    year, month = map(int, months[0].split("-"))
    while f"{year}-{month:02}" <= months[-1]:
        every.append(f"{year}-{month:02}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    gaps = {}
    for partner, hs in dict.fromkeys((f.partner, f.hs) for f in flows):
        have = {f.period for f in flows if (f.partner, f.hs) == (partner, hs)}
        missing = [m for m in every if m not in have]
        if missing:
            gaps[f"{partner}_{hs}"] = missing
    return gaps
