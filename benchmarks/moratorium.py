"""Rows of moratorium: a million declarations, a workbook, one verdict, the ledger, the leak detector."""

from __future__ import annotations

import csv
import functools
import io
import json
import tempfile
from importlib import resources
from pathlib import Path

from benchmarks.rows import Row

_LEDGER = {
    "pilot_operator": "EXP-A",
    "permits": {
        "PP-01": {"kind": "pilot_approval", "holder": "EXP-A", "limit": "60000", "basis": "net_as_received"},
    },
}


def _lines(count: int) -> list[str]:
    """The sample declarations under new numbers, until there are so many.

    No copies, and no two rows of the same content: every row has a value of its own, as real declarations have.
    """
    sample = Path(str(resources.files("gadolin.validation") / "cases" / "trade_samples")) / "my_export_declarations.csv"
    head, *rows = dict.fromkeys(sample.read_text("utf-8").splitlines())
    value = head.split(",").index("fob_value")
    cells = [next(csv.reader([row])) for row in rows]
    made = io.StringIO()
    writer = csv.writer(made, lineterminator="\n")
    for i in range(count):
        row = list(cells[i % len(cells)])
        row[0] = row[0].replace("B18-", f"B{i // len(cells)}-", 1)
        row[value] = f"{float(row[value].replace(',', '')) + i % 1_000_003 / 100:.2f}"
        writer.writerow(row)
    return [head, *made.getvalue().splitlines()]


@functools.cache
def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="gadolin-bench-"))


def _csv(count: int) -> Path:
    file = _folder() / f"declarations_{count}.csv"
    file.write_text("\n".join(_lines(count)) + "\n", "utf-8")
    return file


def _xlsx(count: int) -> Path:
    import xlsxwriter

    file = _folder() / f"declarations_{count}.xlsx"
    with xlsxwriter.Workbook(str(file), {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        for i, row in enumerate(csv.reader(_lines(count))):
            sheet.write_row(i, 0, row)
    return file


def _check(file: Path) -> None:
    from gadolin.moratorium.office import open_desk
    from gadolin.moratorium.stream import check_file
    from gadolin.moratorium.terms import Permits

    desk = open_desk(file)
    with (_folder() / "outcome.jsonl").open("w", encoding="utf-8") as out:
        outcome = check_file(
            desk.file, desk.rules, Permits.from_dict(_LEDGER), None, desk.prices, lambda t: out.write(t + "\n"), 2
        )
    assert outcome.copies == 0


def _one():
    from gadolin import case
    from gadolin.moratorium import Consignment, Permits, Rules

    text = (resources.files("gadolin.validation") / "cases" / "consignment_cases.json").read_text("utf-8")
    made = next(c for c in json.loads(text)["cases"] if c["id"] == "C24")
    rules = Rules.from_frame(case.load("malaysia").inputs.rule_rows())
    return Consignment.from_dict(made["declaration"]), rules, Permits.from_dict(made["ledger"])


def _verdict(given) -> None:
    from gadolin.moratorium import judge

    consignment, rules, permits = given
    judge(consignment, rules, permits).as_dict()


def _ledger() -> None:
    from decimal import Decimal

    from gadolin.moratorium import Permit, PermitLedger

    with tempfile.TemporaryDirectory() as folder, PermitLedger(Path(folder) / "l.sqlite") as book:
        book.grant(Permit("P", "pilot_approval", "A", Decimal(10_000), "reo"), "g")
        for i in range(10_000):
            book.draw("P", "0.1", f"m{i}")
        assert book.verify().ok


def _leaks() -> None:
    from gadolin import case
    from gadolin.moratorium.watch import watch

    watch(case.load("malaysia"), "CHN")


ROWS = (
    Row("declarations_1m_csv", goal_s=60, prepare=lambda: _csv(1_000_000), run=_check, repeats=1),
    Row("declarations_100k_xlsx", goal_s=30, prepare=lambda: _xlsx(100_000), run=_check, repeats=1),
    Row("one_verdict", goal_s=0.005, prepare=_one, run=_verdict),
    Row("ledger_10k_entries", goal_s=10, run=_ledger, repeats=1),
    Row("leaks_mys", goal_s=5, run=_leaks, repeats=3),
)
