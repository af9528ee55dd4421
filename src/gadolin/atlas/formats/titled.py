"""Sheets with title lines above the header, as offices hand them out: METS, MATRADE, KITA, Viet Nam customs.

Their exact columns are not certain (they are known from memory and differ by query), so columns are guessed from the
words of the header, a column map of the user goes first, and what was taken for what is shown (`read_as: columns`).
Blocks of years or months to the right are read as one period each. Rules: a total and its parts never enter one sum;
the unit of each row or column as given, never assumed; a sheet without weights or without tariff codes says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from gadolin.atlas.formats.flows import FlowFile, FlowRow, Notes
from gadolin.atlas.formats.text import Numbers, code_digits
from gadolin.atlas.read import table

__all__ = ["Grid", "country_of", "is_titled", "read_titled"]

_FIELDS: tuple[tuple[str, str], ...] = (
    ("weight_t", r"(weight|quantity|volume|lượng).*\(?(tonnes?|tons?|tấn|\bmt\b)|^\s*(tonnes?|tons?|tấn)\s*$"),
    ("weight_kg", r"(weight|quantity|중량|trọng lượng).*\(?kgm?\b|중량"),
    ("unit", r"^\s*(unit|uom|unit of (quantity|measure)|đvt|đơn vị|단위)\b"),
    ("quantity", r"quantity|qty|kuantiti|수량|lượng"),
    ("value", r"value|amount|nilai|금액|trị giá|fob|cif|\bRM\b|us\$|\busd\b"),
    ("code", r"\bHS\b|hs ?code|commodity code|tariff|kod|코드|\bcode\b"),
    ("country", r"country|destination|origin|market|partner|negara|국가|nước"),
    ("flow", r"\bflow\b|import/export|수출입"),
    ("period", r"year|month|period|tahun|bulan|기간|년|tháng"),
    ("goods", r"description|commodity|product|goods|item|품목|mặt hàng|perihal|barangan"),
)
_HEADER = re.compile(r"\bHS\b|commodity|product|goods|품목|mặt hàng|barangan", re.I)
_NUMBER = re.compile(r"\s*-?\d[\d.,]*\s*")
_TOTAL = re.compile(r"\s*(grand |sub-?)?total|\s*jumlah|\s*합계|\s*총계|\s*tổng", re.I)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PERIOD = re.compile(
    rf"(?<!\d)(?P<y>(19|20)\d\d)(?:\s*[-/.년]\s*(?P<m>0?[1-9]|1[0-2])(?!\d))?"
    rf"|(?P<name>{'|'.join(_MONTHS)})[a-z]*\.?[\s,-]*(?P<y2>(19|20)\d\d)",
    re.I,
)
_KG = {"KG": Decimal(1), "KGM": Decimal(1), "KGS": Decimal(1), "T": Decimal(1000), "MT": Decimal(1000)}
_KG |= {"TNE": Decimal(1000), "TON": Decimal(1000), "TONNES": Decimal(1000), "TẤN": Decimal(1000)}
_KG |= {"G": Decimal("0.001"), "GM": Decimal("0.001"), "GRM": Decimal("0.001")}
_VENDORS = (
    ("METS", "MYS", r"\bMETS|DOSM|MALAYSIA EXTERNAL TRADE"),
    ("MATRADE", "MYS", r"\bMATRADE"),
    ("KITA", "KOR", r"\bKITA\b|K-stat|무역협회|수출입"),
    ("Viet Nam customs", "VNM", r"VIET ?NAM|HẢI QUAN"),
)


@dataclass(frozen=True)
class Grid:
    """A sheet as rows of cells with their line numbers.

    Args:
        rows: Rows.
        read_as: How it was read.
        name: Name of the sheet, where it has one.
    """

    rows: tuple[tuple[int, list[str]], ...]
    read_as: dict[str, str] = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class _Column:
    at: int
    field: str
    period: str
    scale: Decimal
    currency: str


def is_titled(grid: Grid) -> bool:
    """Whether a sheet has a header of goods above rows with numbers."""
    return _header_at(grid.rows) is not None


def _header_at(rows: Sequence[tuple[int, list[str]]]) -> tuple[int, int] | None:
    """First header row, and first data row (up to three rows below it)."""
    for i, (_, row) in enumerate(rows[:60]):
        if not any(_HEADER.search(cell) for cell in row) or sum(bool(c.strip()) for c in row) < 2:
            continue
        for j in range(i + 1, min(i + 4, len(rows))):
            numbers = [c for c in rows[j][1] if _NUMBER.fullmatch(c)]
            words = [c for c in rows[j][1] if re.search(r"[^\W\d]", c)]
            if len(numbers) >= 2 and (words or len(numbers) >= 3) and not all(map(_period, numbers)):
                return i, j
    return None


def _period(text: str) -> str:
    """A year or month in a heading as `2023` or `2023-01`; empty when there is none.

    >>> _period("Value 2023 (RM)"), _period("Jan-2024"), _period("2024.03"), _period("Quantity")
    ('2023', '2024-01', '2024-03', '')
    """
    match = _PERIOD.search(text)
    if match is None:
        return ""
    if match.group("name"):
        return f"{match.group('y2')}-{_MONTHS.index(match.group('name').lower()[:3]) + 1:02}"
    return match.group("y") + (f"-{int(match.group('m')):02}" if match.group("m") else "")


def read_titled(grid: Grid, name: str = "", columns: Mapping[str, str] | None = None) -> FlowFile:
    """Read a sheet with title lines.

    Args:
        grid: The sheet.
        name: File name; gives the flow if no column and no title does.
        columns: The user's map from column name to one of code, country, unit, quantity, weight_t, weight_kg, value,
            period, flow, goods.
    """
    notes = Notes()
    found = _header_at(grid.rows)
    if found is None:
        notes.add("NO_HEADER", (), "no line with HS, commodity or product above numbers: give a column map")
        return FlowFile("titled sheet", dict(grid.read_as), 0, (), notes.warnings())
    start, data = found
    title = " ".join(cell for _, row in grid.rows[:start] for cell in row if cell.strip())
    vendor, reporter = next(
        ((v, r) for v, r, p in _VENDORS if re.search(p, f"{title} {name}", re.I)), ("titled sheet", "?")
    )
    heads = _heads(grid.rows[start:data])
    plan = _columns(heads, columns or {}, _period(title), notes)
    if reporter == "?":
        notes.add("REPORTER_UNKNOWN", (), "no title names the office: which country reports?")
    flow = _flow(name) or _flow(title)
    if flow is None and not any(c.field == "flow" for c in plan):
        notes.add("FLOW_UNKNOWN", (), "no column, title or file name says import or export: which?")
    codes = {c.at for c in plan if c.field in ("code", "period")}
    numbers = Numbers.decide(c for _, row in grid.rows[data:] for i, c in enumerate(row) if i not in codes)
    sheet = _Sheet(plan, numbers, reporter, flow, notes)
    flows = [f for line, row in grid.rows[data:] for f in sheet.flows(line, row)]
    if not any(c.field in ("quantity", "weight_t", "weight_kg") for c in plan):
        notes.add("NO_WEIGHTS", (), "the sheet holds values only: no use for tonnes, good as a control total")
    if flows and not any(f.hs for f in flows):
        notes.add("GROUPS_NOT_HS", (), "groups of goods and no tariff codes: use the partner's statistics instead")
    read_as = dict(grid.read_as) | {"decimal": numbers.decimal, "columns": sheet.shown(heads)}
    return FlowFile(f"{vendor} sheet", read_as, len(grid.rows) - data, tuple(flows), notes.warnings())


def _flow(text: str) -> str | None:
    said = {
        f for f, p in (("X", r"export|eksport|xuất|수출(?!입)"), ("M", r"import|nhập|수입")) if re.search(p, text, re.I)
    }
    return said.pop() if len(said) == 1 else None


def _heads(rows: Sequence[tuple[int, list[str]]]) -> list[str]:
    """One heading per column from all header rows; a year above a block counts for all columns of the block."""
    width = max(len(row) for _, row in rows)
    heads = [""] * width
    for _, row in rows:
        running = ""
        for i in range(width):
            cell = row[i].strip() if i < len(row) else ""
            if cell:
                running = cell if _period(cell) and len(rows) > 1 else ""
            heads[i] = f"{heads[i]} {cell or running}".strip()
    return heads


def _columns(heads: list[str], given: Mapping[str, str], title_period: str, notes: Notes) -> list[_Column]:
    taken: set[tuple[str, str]] = set()
    plan = []
    for i, head in enumerate(heads):
        period = _period(head)
        words = _PERIOD.sub(" ", head).strip()
        kind = given.get(head) or given.get(words)
        if kind is None:
            kind = next((f for f, p in _FIELDS if re.search(p, words, re.I)), None)
            if kind is None and period:
                kind = "value"  # a bare year or month above numbers; asked below
                notes.add("MEASURE_UNKNOWN", (), f'column "{head}" names a period and no measure: value or quantity?')
        if kind == "period" and period:
            kind = None
        key = (kind or "", period)
        if kind is None or key in taken:
            continue
        taken.add(key)
        currency = "RM" if re.search(r"\bRM\b|MYR|ringgit", head) else "USD" if re.search(r"US\$|USD", head) else ""
        scale = Decimal(1)
        if kind == "value" and re.search(r"million|\bmil\b|juta|triệu|백만", head, re.I):
            scale = Decimal(1_000_000)
        elif kind == "value" and re.search(r"thousand|'000|1,?000|천|nghìn", head, re.I):
            scale = Decimal(1000)
        plan.append(_Column(i, kind, period or title_period, scale, currency))
    notes.add("COLUMNS_GIVEN" if given else "COLUMNS_GUESSED", (), "see read_as: columns")
    return plan


def country_of(name: str) -> str:
    """ISO3 of a country's name in English, Korean or Vietnamese; the name with a question mark when it is unknown.

    >>> country_of("China"), country_of("Hàn Quốc"), country_of("Elsewhere"), country_of("")
    ('CHN', 'KOR', 'Elsewhere?', 'ALL?')
    """
    text = name.strip()
    return _countries().get(text.upper(), text if re.fullmatch(r"[A-Z]{3}", text) else f"{text or 'ALL'}?")


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    names = {str(row.name).upper(): str(row.Index) for row in table("countries").itertuples()}
    more = {"CHINA": "CHN", "P.R. CHINA": "CHN", "REPUBLIC OF KOREA": "KOR", "KOREA": "KOR", "SOUTH KOREA": "KOR"}
    more |= {"USA": "USA", "UNITED STATES": "USA", "VIETNAM": "VNM", "TAIWAN": "TWN", "HONG KONG": "HKG"}
    more |= {"중국": "CHN", "일본": "JPN", "미국": "USA", "말레이시아": "MYS", "베트남": "VNM"}
    return names | more | {"TRUNG QUỐC": "CHN", "NHẬT BẢN": "JPN", "HÀN QUỐC": "KOR", "MALAYSIA": "MYS"}


@dataclass
class _Sheet:
    """What the rows of a sheet are read with."""

    plan: list[_Column]
    numbers: Numbers
    reporter: str
    flow: str | None
    notes: Notes
    _country: str = ""
    _code: str = ""

    def shown(self, heads: list[str]) -> str:
        """Which heading was taken for what."""
        return ", ".join(f"{heads[c.at]} = {c.field}" for c in self.plan)

    def flows(self, line: int, row: list[str]) -> Iterable[FlowRow]:
        """The flows of one row, one for each period."""
        cell = {c.field: row[c.at].strip() for c in self.plan if c.at < len(row) and c.field not in _MEASURES}
        if any(_TOTAL.match(c) for c in row):
            self.notes.add("TOTAL_ROW_SKIPPED", line, "a total and its parts never enter one sum")
            return
        code, repaired = code_digits(cell.get("code"))
        goods = cell.get("goods", "")
        if not code and not goods:
            if any(c.strip() for c in row):
                self.notes.add("ROW_SKIPPED", line, "neither a code nor goods")
            return
        if repaired:
            self.notes.add("HS_CODE_REPAIRED", line)
        partner = country_of(cell.get("country", ""))
        flow = _flow(cell.get("flow", "")) or self.flow
        for period in dict.fromkeys(c.period for c in self.plan if c.field in _MEASURES):
            measures = {c.field: c for c in self.plan if c.field in _MEASURES and c.period == period}
            found = self._one(line, row, measures, cell.get("unit", ""))
            when = period or _period(cell.get("period", "")) or "?"
            base = FlowRow(when, self.reporter, flow, partner, code, None, "missing", None, "value_myr", (line,))
            yield replace(base, note="" if code else goods, **found)

    def _one(self, line: int, row: list[str], at: Mapping[str, _Column], unit: str) -> dict[str, Any]:
        read = {name: self._number(line, row, column) for name, column in at.items()}
        factor = _KG.get(unit.upper())
        weight, basis = None, "missing"
        candidates: tuple[Decimal, ...] = ()
        if read.get("weight_t") is not None:
            weight = read["weight_t"]
        elif read.get("weight_kg") is not None:
            weight = read["weight_kg"] / 1000
        elif read.get("quantity") and factor is not None:
            weight = read["quantity"] * factor / 1000
        elif read.get("quantity") and not unit:
            self.notes.add("UNIT_MISSING", line, "no column names the unit of the quantity: kilograms or tonnes?")
            basis, candidates = "ask", (read["quantity"] / 1000, read["quantity"])
        doubtful = next((c for n, c in at.items() if n != "value" and self.numbers.ambiguous(_at(row, c.at))), None)
        if doubtful is not None:
            basis, candidates = "ask", _both(_at(row, doubtful.at), doubtful.field, factor)
        value = read.get("value")
        if weight is not None and (weight or not value):
            basis = "reported"
        elif basis != "ask":
            weight = None
            self.notes.add("WEIGHT_MISSING", line, "no quantity in a unit of mass")
        currency = at["value"].currency if "value" in at else ""
        key = "value_usd" if currency == "USD" or (not currency and self.reporter in ("KOR", "VNM")) else "value_myr"
        return {
            "weight_t_gross": weight,
            "basis": basis,
            "candidates": candidates,
            "value": None if value is None else value * at["value"].scale,
            "value_key": key,
        }

    def _number(self, line: int, row: list[str], column: _Column) -> Any:
        text = _at(row, column.at)
        if self.numbers.ambiguous(text):
            self.notes.add("NUMBER_UNCLEAR", line, "comma or point: nothing in the file tells the decimal sign")
            return None
        try:
            return self.numbers.read(text)
        except ValueError:
            self.notes.add("NUMBER_UNREAD", line, column.field)
            return None


def _at(row: list[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _both(text: str, kind: str, kg_per_unit: Decimal | None) -> tuple[Decimal, ...]:
    """Both readings of `1,250`, in tonnes."""
    factor = {"weight_t": Decimal(1), "weight_kg": Decimal("0.001")}.get(kind)
    if factor is None:
        factor = Decimal(1) if kg_per_unit is None else kg_per_unit / 1000
    digits = text.strip().replace(",", ".")
    return Decimal(digits) * factor, Decimal(digits.replace(".", "")) * factor


_MEASURES = ("quantity", "weight_t", "weight_kg", "value")
