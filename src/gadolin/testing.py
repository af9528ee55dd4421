"""What tests share: conservation, and good and bad rows of any declared table.

Needs pytest's companion hypothesis; no other room imports this file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from hypothesis import strategies as st

from gadolin.columns import RowId
from gadolin.tables import Table

__all__ = ["as_csv", "assert_conserved", "bad_rows", "good_row", "good_rows"]


def assert_conserved(
    entering: Mapping[str, float], leaving: Mapping[str, float], relative: float = 1e-10, over: str = "element"
) -> None:
    """What enters leaves, label by label.

    Args:
        entering: Amounts in by label.
        leaving: Amounts out by label.
        relative: Allowed difference relative to the largest amount entering. [-]
        over: What the labels are, for the message.

    Raises:
        AssertionError: Names the worst label.

    >>> assert_conserved({"Nd": 1.0}, {"Nd": 1.0})
    """
    assert set(entering) == set(leaving), f"labels differ: {set(entering) ^ set(leaving)}"
    scale = max((abs(v) for v in entering.values()), default=0.0) or 1.0
    gaps = {k: abs(entering[k] - leaving[k]) / scale for k in entering}
    worst = max(gaps, key=lambda k: gaps[k], default=None)
    assert worst is None or gaps[worst] <= relative, (
        f"{over} {worst}: {entering[worst]} enters, {leaving[worst]} leaves (relative {gaps[worst]:.2e})"
    )


def good_row(table: Table, number: int = 0) -> dict[str, str]:
    """A row of allowed cells; different numbers give different row ids."""
    row = {column.name: next(iter(column.good_cells())) for column in table.columns}
    return row | {"row_id": f"row-{number}"}


@st.composite
def good_rows(draw: st.DrawFn, table: Table, max_rows: int = 5) -> list[dict[str, str]]:
    """Lists of rows that read without a fault (before rules over whole rows), as text cells."""
    rows = []
    for number in range(draw(st.integers(1, max_rows))):
        row = {c.name: draw(st.sampled_from([*c.good_cells(), *([""] if c.missing else [])])) for c in table.columns}
        for name in table.key:
            row[name] = next(iter(table.column(name).good_cells())) if number == 0 else row[name]
        rows.append(row | {"row_id": f"row-{number}"})
    if table.key:
        seen: set[tuple[str, ...]] = set()
        rows = [r for r in rows if (k := tuple(r[n] for n in table.key)) not in seen and not seen.add(k)]
    return rows


def bad_rows(table: Table) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows with exactly one cell that is not allowed, and the name of its column."""
    for column in table.columns:
        for cell in column.bad_cells():
            if isinstance(column, RowId) or cell not in column.good_cells():
                yield column.name, good_row(table) | {column.name: cell}


def as_csv(table: Table, rows: list[dict[str, str]]) -> str:
    """Rows as the text of a CSV file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, table.names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
