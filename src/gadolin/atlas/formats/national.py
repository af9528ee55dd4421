"""National statistics: US Census API, Japan's e-Stat table, Korea's customs API.

Partner lists beyond those in `codes` are not certain: an unknown code stays visible. A total row and its parts never
enter the same sum.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from decimal import Decimal

from gadolin.atlas.formats.codes import JAPAN
from gadolin.atlas.formats.flows import FlowFile, FlowRow, Notes
from gadolin.atlas.formats.text import Numbers, code_digits, decode, read_cells

__all__ = ["is_census", "is_estat", "is_korea", "read_census", "read_estat", "read_korea"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_KG_PER_UNIT = {"KG": Decimal(1), "KGM": Decimal(1), "T": Decimal(1000), "MT": Decimal(1000), "TNE": Decimal(1000),
                "G": Decimal("0.001"), "GM": Decimal("0.001")}  # fmt: skip
_CENSUS_COUNTRIES = {"5700": "CHN", "5570": "MYS", "5880": "JPN", "5800": "KOR", "5830": "TWN", "5520": "VNM"}
# Schedule C of the US Census Bureau, from memory; a code outside stays visible with a question mark.


def is_census(data: bytes) -> bool:
    """Whether a file is a list of lists as the Census API answers."""
    head = data[:600].decode("utf-8", "replace")
    return head.lstrip().startswith("[[") and ("I_COMMODITY" in head or "E_COMMODITY" in head)


def read_census(data: bytes, name: str = "") -> FlowFile:
    """Read an answer of the US Census trade API.

    Detail rows only (`SUMMARY_LVL=DET`), the deepest commodity level, months and not the sums so far.

    Args:
        data: Bytes of the file.
        name: File name, unused here.
    """
    notes = Notes()
    rows = json.loads(decode(data)[0])
    header = rows[0]
    records = [(i, dict(zip(header, row, strict=False))) for i, row in enumerate(rows[1:], start=2)]
    imports = "I_COMMODITY" in header
    code_name, value_name = ("I_COMMODITY", "GEN_VAL_MO") if imports else ("E_COMMODITY", "ALL_VAL_MO")
    weight_name = "GEN_QY1_MO" if imports else "QTY_1_MO"
    deepest = max((len(str(r.get(code_name, ""))) for _, r in records), default=0)
    groups: dict[tuple[str, ...], list[tuple[int, Decimal | None, Decimal | None]]] = defaultdict(list)
    numbers = Numbers(".", True)
    for line, r in records:
        country = str(r.get("CTY_CODE", ""))
        if not re.fullmatch(r"\d{4}", country) or country.startswith("00") or r.get("SUMMARY_LVL", "DET") != "DET":
            notes.add("AGGREGATE_ROWS_SKIPPED", line, "country groupings double the countries")
            continue
        if r.get("DF") in ("1", "2") and any(x.get("DF") == "-" for _, x in records):
            notes.add("AGGREGATE_ROWS_SKIPPED", line, "domestic and foreign inside both")
            continue
        code, _ = code_digits(str(r.get(code_name, "")))
        if len(code) < deepest:
            notes.add("NESTED_CODES", line)
            continue
        factor = _KG_PER_UNIT.get(str(r.get("UNIT_QY1", "")).upper())
        weight = numbers.read(str(r.get(weight_name) or ""))
        value = numbers.read(str(r.get(value_name) or ""))
        if factor is None or not weight:
            notes.add("WEIGHT_MISSING", line, "no quantity kept in a unit of mass")
            weight = None
        partner = _CENSUS_COUNTRIES.get(country, f"{country}?")
        period = str(r.get("time") or f"{r.get('YEAR')}-{r.get('MONTH')}")
        kg = None if weight is None or factor is None else weight * factor
        groups[period, partner, code].append((line, kg, value))
    flows = [_summed(key, "USA", "M" if imports else "X", parts, "value_usd") for key, parts in groups.items()]
    return FlowFile("US Census API", {"encoding": "utf-8"}, len(records), tuple(flows), notes.warnings())


def _summed(
    key: tuple[str, ...],
    reporter: str,
    flow: str,
    parts: list[tuple[int, Decimal | None, Decimal | None]],
    value_key: str,
) -> FlowRow:
    period, partner, code = key
    weights = [kg for _, kg, _ in parts]
    values = [v for _, _, v in parts if v is not None]
    lines = tuple(line for line, _, _ in parts)
    value = sum(values, Decimal(0)) if values else None
    if any(w is None for w in weights):
        return FlowRow(period, reporter, flow, partner, code, None, "missing", value, value_key, lines)
    total = sum((w for w in weights if w is not None), Decimal(0)) / 1000
    return FlowRow(period, reporter, flow, partner, code, total, "reported", value, value_key, lines)


def is_estat(data: bytes) -> bool:
    """Whether the header is that of Japan's trade table."""
    text, _ = decode(data[:3000])
    return "Exp or Imp" in text.split("\n")[0] and "Quantity2-Jan" in text.split("\n")[0]


def read_estat(data: bytes, name: str = "") -> FlowFile:
    """Read Japan's e-Stat table: months only (the year column is the sum so far), thousand yen, Quantity2 in Unit2.

    Args:
        data: Bytes of the file.
        name: File name, unused here.
    """
    notes = Notes()
    cells = read_cells(data)
    numbers = cells.numbers(skip=("HS", "Country", "Year"))
    rows = cells.records()
    if "Country" not in cells.header:
        notes.add("WORLD_ROW_USED_AS_CHECK", [line for line, _ in rows], "a table without Country is the world")
        return FlowFile("Japan e-Stat", {"encoding": cells.encoding}, len(rows), (), notes.warnings())
    groups: dict[tuple[str, ...], list[tuple[int, Decimal | None, Decimal | None]]] = defaultdict(list)
    for line, r in rows:
        flow = {"1": "X", "2": "M"}.get(r["Exp or Imp"].strip(), "?")
        code, _ = code_digits(r["HS"])
        country = r["Country"].strip().strip("'")
        partner = JAPAN.get(country, f"{country}?")
        factor = _KG_PER_UNIT.get(r.get("Unit2", "").strip().upper())
        later = [m for m in _MONTHS if numbers.read(r.get(f"Value-{m}"))]
        for i, month in enumerate(_MONTHS, start=1):
            value, quantity = numbers.read(r.get(f"Value-{month}")), numbers.read(r.get(f"Quantity2-{month}"))
            if not later or i > _MONTHS.index(later[-1]) + 1:
                notes.add("MONTHS_TO_COME", line, "zeros after the last month with trade may be months to come")
                break
            kg = None if factor is None or quantity is None or (not quantity and value) else quantity * factor
            if kg is None:
                notes.add("WEIGHT_MISSING", line)
            groups[f"{r['Year'].strip()}-{i:02}", partner, code, flow].append((line, kg, value))
    flows = [_summed(key[:3], "JPN", key[3], parts, "value_kjpy") for key, parts in groups.items()]
    read_as = {"encoding": cells.encoding, "delimiter": cells.delimiter, "decimal": numbers.decimal}
    return FlowFile("Japan e-Stat", read_as, len(rows), tuple(flows), notes.warnings())


def is_korea(data: bytes) -> bool:
    """Whether a file is an answer of the Korean customs API."""
    return b"<expWgt>" in data[:20000] and b"<hsCd>" in data[:20000]


def read_korea(data: bytes, name: str = "") -> FlowFile:
    """Read an answer of the Korean customs API: XML, kg and US$; the first item is the total.

    Args:
        data: Bytes of the file.
        name: File name, unused here.
    """
    notes = Notes()
    flows = []
    items = list(ET.fromstring(data).iter("item"))
    numbers = Numbers(".", True)
    for line, item in enumerate(items, start=1):
        field = {child.tag: (child.text or "").strip() for child in item}
        if field.get("statCd", "-") in ("-", "") or not re.match(r"\d{4}", field.get("year", "")):
            notes.add("WORLD_ROW_USED_AS_CHECK", line, "the first item is the total")
            continue
        period = field["year"].replace(".", "-")
        code, _ = code_digits(field["hsCd"])
        for flow, weight, value in (("X", "expWgt", "expDlr"), ("M", "impWgt", "impDlr")):
            kg, dollars = numbers.read(field.get(weight)), numbers.read(field.get(value))
            if not kg and not dollars:
                continue
            known = None if not kg else kg / 1000
            basis = "missing" if known is None else "reported"
            if known is None:
                notes.add("WEIGHT_MISSING", line)
            partner = field["statCd"]
            flows.append(FlowRow(period, "KOR", flow, partner, code, known, basis, dollars, "value_usd", (line,)))
    notes.add("PARTNER_CODES_AS_GIVEN", (), "partner codes are those of the Korean customs (ISO2 where they are)")
    return FlowFile("Korea customs API", {"encoding": "utf-8"}, len(items), tuple(flows), notes.warnings())
