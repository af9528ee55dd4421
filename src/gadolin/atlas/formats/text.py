"""Bytes to cells: encoding, delimiter and decimal sign decided once per file, never per cell.

Order of encodings: byte-order mark, strict UTF-8, GB18030 if the header then shows known Chinese names, else Latin-1,
which never fails and therefore says so. A number like `31.050` alone does not tell the decimal sign; the other cells of
the file do, and if none does, the reader asks.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

__all__ = ["Cells", "Numbers", "Warn", "code_digits", "decode", "read_cells"]

_CHINESE = ("商品编码", "贸易伙伴", "第一数量", "数据年月")
_MISSING = frozenset(("", "-", "--", ":", "..", "...", "na", "n/a", "n.a.", "nan", "null", "none", "s"))


@dataclass(frozen=True, slots=True)
class Warn:
    """Something the reader noticed, with the lines it stands on (counted from 1 with the header)."""

    code: str
    lines: tuple[int, ...]
    why: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"code": self.code, "lines": list(self.lines), "why": self.why}


def decode(data: bytes) -> tuple[str, str]:
    """Text and the encoding it was read with.

    >>> decode("商品编码".encode("gbk"))
    ('商品编码', 'gb18030')
    >>> decode("Türkiye".encode("latin-1"))[1]
    'latin-1'
    """
    if data.startswith(b"\xef\xbb\xbf"):
        return data[3:].decode("utf-8", "replace"), "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), "utf-16"
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    try:
        text = data.decode("gb18030")
        if any(name in text[:2000] for name in _CHINESE):
            return text, "gb18030"
    except UnicodeDecodeError:
        pass
    text = data.decode("latin-1")
    return (text[3:] if text.startswith("ï»¿") else text), "latin-1"


def delimiter_of(text: str) -> str:
    """The delimiter that gives the most even and widest rows over the first lines."""
    lines = [line for line in text.splitlines()[:40] if line.strip()]
    best, score = ",", 0.0
    for mark in (",", ";", "\t", "|"):
        widths = [len(row) for row in csv.reader(lines, delimiter=mark)]
        wide = [w for w in widths if w > 1]
        if wide:
            common = max(set(wide), key=wide.count)
            value = wide.count(common) * min(common, 50)
            if value > score:
                best, score = mark, value
    return best


@dataclass(frozen=True)
class Numbers:
    """How numbers are written in a file.

    Args:
        decimal: Decimal sign, `.` or `,`.
        settled: Whether a cell of the file proves it; else `1.250` and `1,250` are ambiguous.
        by: The cell that proves it.
    """

    decimal: str
    settled: bool
    by: str = ""

    @classmethod
    def decide(cls, cells: Iterable[str]) -> Numbers:
        """Decide from all numeric cells; point if nothing speaks.

        >>> Numbers.decide(["31.050", "12.345,678"]).decimal
        ','
        >>> Numbers.decide(["31.050"]).settled
        False
        """
        for cell in cells:
            sign = decimal_sign_of(cell)
            if sign:
                return cls(sign, True, cell)
        return cls(".", False)

    def read(self, cell: str | None) -> Decimal | None:
        """The number in a cell; None for a missing mark.

        Raises:
            ValueError: Not a number, or one that only another decimal sign could explain.
        """
        text = (cell or "").strip().strip("'\"").replace("\u00a0", "").replace(" ", "")
        if text.lower() in _MISSING:
            return None
        thousands = "," if self.decimal == "." else "."
        if not re.fullmatch(
            rf"[-+]?(\d+|\d{{1,3}}(\{thousands}\d{{3}})+)(\{self.decimal}\d*)?([eE][-+]?\d+)?|[-+]?\{self.decimal}\d+",
            text,
        ):
            raise ValueError(text)
        return Decimal(text.replace(thousands, "").replace(self.decimal, "."))

    def ambiguous(self, cell: str | None) -> bool:
        """Whether a cell could mean two numbers because the file does not settle its decimal sign."""
        return not self.settled and bool(re.fullmatch(r"[-+]?\d{1,3}[.,]\d{3}", (cell or "").strip()))

    @property
    def thousands(self) -> str:
        """The other sign."""
        return "," if self.decimal == "." else "."


def decimal_sign_of(cell: str) -> str | None:
    """The decimal sign that one cell proves, or None.

    >>> decimal_sign_of("1,250.5"), decimal_sign_of("0,512"), decimal_sign_of("9.810,2"), decimal_sign_of("31.050")
    ('.', ',', ',', None)
    """
    text = cell.strip().strip("'\"")
    if not text or not re.fullmatch(r"[-+]?\d[\d.,]*", text):
        return None
    points, commas = text.count("."), text.count(",")
    if points and commas:
        last = "." if text.rfind(".") > text.rfind(",") else ","
        return last if text.count(last) == 1 else None
    for mark, count, other in ((".", points, ","), (",", commas, ".")):
        if count > 1:
            return other if re.fullmatch(rf"[-+]?\d{{1,3}}(\{mark}\d{{3}})+", text) else None
        if count == 1:
            head, tail = text.lstrip("+-").split(mark)
            if len(tail) != 3 or len(head) > 3 or head in ("0", ""):
                return mark
    return None


_NUMBER_COLUMN = re.compile(r"[-+]?\d[\d.,]*")


@dataclass(frozen=True)
class Cells:
    """A delimited file as cells.

    Args:
        rows: Header and data rows with their line numbers.
        encoding: Encoding read with.
        delimiter: Delimiter.
        ragged: Lines with more cells than the header.
    """

    rows: tuple[tuple[int, list[str]], ...]
    encoding: str
    delimiter: str
    ragged: tuple[int, ...]

    @property
    def header(self) -> list[str]:
        """Names of the first row, stripped."""
        return [name.strip() for name in self.rows[0][1]] if self.rows else []

    def records(self, start: int = 1) -> list[tuple[int, dict[str, str]]]:
        """Data rows by name, with line numbers; cells beyond the header are dropped only when empty."""
        names = self.header
        return [(line, dict(zip(names, row, strict=False))) for line, row in self.rows[start:] if any(row)]

    def numbers(self, skip: Iterable[str] = ()) -> Numbers:
        """The decimal sign, decided from all cells that look like numbers, without code columns."""
        left_out = {i for i, name in enumerate(self.header) if name in set(skip)}
        return Numbers.decide(
            cell
            for _, row in self.rows[1:]
            for i, cell in enumerate(row)
            if i not in left_out and _NUMBER_COLUMN.fullmatch(cell.strip())
        )


def read_cells(data: bytes, delimiter: str | None = None) -> Cells:
    """Decode and split a delimited file.

    Args:
        data: Bytes of the file.
        delimiter: Given, or found out.
    """
    text, encoding = decode(data)
    mark = delimiter or delimiter_of(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark)
    rows: list[tuple[int, list[str]]] = []
    try:
        for row in reader:
            rows.append((reader.line_num, row))
    except csv.Error:  # a NUL byte or a field beyond the limit: what was read stands, the rest is reported as ragged
        rows.append((reader.line_num, []))
    width = len(rows[0][1]) if rows else 0
    ragged = tuple(line for line, row in rows[1:] if len(row) > width)
    return Cells(tuple(rows), encoding, mark, ragged)


@lru_cache(maxsize=20_000)
def code_digits(cell: str | None) -> tuple[str, bool]:
    """Digits of a tariff code and whether it had become a number on its way.

    >>> code_digits("2846.90.00.00"), code_digits("284690.0"), code_digits("2.8469E+09"), code_digits("2846.0")
    (('2846900000', False), ('284690', True), ('2846900000', True), ('2846', True))
    """
    text = (cell or "").strip().strip("'\"`").strip()
    if re.fullmatch(r"\d+(\.\d+)?[eE]\+?\d+", text):
        return str(int(Decimal(text))), True
    if re.fullmatch(r"\d+\.0", text):
        return text[:-2], True
    return re.sub(r"\D", "", text), False
