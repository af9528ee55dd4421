"""The workbook's formulas against the engine: evaluated here by a small calculator, and by LibreOffice where it is."""

import functools
import json
import math
import os
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from python_calamine import CalamineWorkbook

from gadolin.brief.cash_workbook import write
from gadolin.economics import (
    Allowance,
    Debt,
    FloorUpside,
    MinimumTax,
    PriceFormula,
    Royalty,
    Trade,
    WorkingCapital,
    cash_flow,
)
from gadolin.economics.appraisal import appraise
from gadolin.economics.depreciation import initial_and_annual
from gadolin.economics.returns import irr
from tests.economics.samples import DECK, finance, project, q
from tests.economics.test_cash_flow import ME, REGIME

NAME = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def rich(chosen=("ita",)):
    """A plant that meets every formula: losses that expire, allowances, incentive, minimum tax, royalty, feed."""
    plant = project(
        stage="mine",
        state="state:MY-08",
        sales=(
            Trade("Nd", q(900.0), PriceFormula(discount_share=0.05)),
            Trade("clay", q(300.0), composition={"Nd": 0.3, "La": 0.6, "Dy": 0.1}, payable=q(0.77)),
        ),
        purchases=(Trade("La", q(500.0), party="suppliers"),),
        working_capital=WorkingCapital(45, 60, 30, q(4.0)),
        closure=q(12.0),
        sustaining=q(0.02),
        multinational=True,
        capex={"plant": q(150.0), "water": q(20.0)},
    )
    regime = replace(
        REGIME,
        allowances=(
            Allowance("plant", 0.8, initial_and_annual(0.2, 0.14)),
            Allowance("building", 0.2, initial_and_annual(0.1, 0.03)),
        ),
        loss_years=3,
        royalties=(Royalty("state:MY-08", q(0.12)),),
        minimum_tax=MinimumTax(0.2, "2025-01-01", (), {2027: 0.09, 2030: 0.05}, {2027: 0.02, 2031: 0.01}),
    )
    return plant, regime.choose(chosen, "2026-06-01", "mine")


class Sheet:
    """A calculator for the few functions that the workbook uses, written apart from the engine."""

    def __init__(self, path):
        self.cells = {}
        with zipfile.ZipFile(path) as archive:
            names = [
                s.attrib["name"]
                for s in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{{{NAME['m']}}}sheet")
            ]
            for number, name in enumerate(names, 1):
                root = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
                for cell in root.iter(f"{{{NAME['m']}}}c"):
                    formula, value = cell.find("m:f", NAME), cell.find("m:v", NAME)
                    if cell.attrib.get("t") != "s" and value is not None:
                        text = None if formula is None else formula.text
                        self.cells[name, cell.attrib["r"]] = (text, float(value.text))
        self.memory = {}

    def value(self, sheet, address):
        key = (sheet, address.replace("$", ""))
        if key not in self.memory:
            formula, number = self.cells.get(key, (None, 0.0))
            self.memory[key] = number if formula is None else self.evaluate(sheet, formula)
        return self.memory[key]

    def area(self, sheet, first, last):
        a, b = (re.fullmatch(r"([A-Z]+)(\d+)", x).groups() for x in (first, last))
        assert a[1] == b[1]
        column = lambda letters: sum((ord(c) - 64) * 26**i for i, c in enumerate(reversed(letters)))  # noqa: E731
        return [self.value(sheet, f"{letters(n)}{a[1]}") for n in range(column(a[0]), column(b[0]) + 1)]

    def evaluate(self, sheet, formula):
        def plain(match):
            there = (match["quoted"] or match["plain"] or sheet).replace("$", "")
            ends = match["ends"].replace("$", "").split(":")
            return f"area({there!r},{ends[0]!r},{ends[1]!r})" if len(ends) == 2 else f"cell({there!r},{ends[0]!r})"

        address = (
            r"(?:'(?P<quoted>[^']+)'!|(?P<plain>Inputs)!)?(?P<ends>\$?[A-Z]{1,3}\$?\d+(?::[A-Z]{1,3}\d+)?)(?![\d(])"
        )
        text = re.sub(rf"(?<![A-Za-z0-9.]){address}", plain, formula).replace("^", "**")
        known = {
            "cell": self.value,
            "area": self.area,
            "MAX": max,
            "MIN": min,
            "SUM": sum,
            "SUMPRODUCT": lambda a, b: math.fsum(x * y for x, y in zip(a, b, strict=True)),
            "IRR": lambda row, guess: irr(row).value,
            "PPMT": principal,
        }
        return float(eval(text, {"__builtins__": {}}, known))


def principal(rate, number, count, owed):
    """Principal in the payment of that number of an annuity, by paying one payment after the other."""
    payment = owed / count if rate == 0 else owed * rate / (1 - (1 + rate) ** -count)
    for _ in range(int(number)):
        paid = payment - rate * owed
        owed -= paid
    return -paid


def letters(number):
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def labelled(path):
    """Address of the value beside each result label."""
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Cash flow").to_python(skip_empty_area=False)
    return {row[0]: f"C{i + 1}" for i, row in enumerate(rows) if row and str(row[0]).startswith(("NPV", "IRR"))}


LOAN = Debt(0.6, 0.05, 12, 2, 0.01)
TERMS = {
    "loan": {"debts": (LOAN,)},
    "two loans, interest added": {
        "debts": (
            replace(LOAN, building_interest="added"),
            Debt(0.2, 0.03, 8, lender="federal:MYS", profile="equal_principal"),
        )
    },
    "partners": {"equity_share": {"partner:JPN": 0.3, "partner:KOR": 0.1}},
    "quarters": {"periods_per_year": 4},
    "inflation": {"inflation_share": 0.025},
    "mid-year": {"timing": "mid"},
    "at no rate": {"public_discount_share": 0.0, "debts": (replace(LOAN, rate_share=0.0),)},
    "all": {
        "debts": (replace(LOAN, building_interest="added"), Debt(0.2, 0.03, 8, lender="partner:JPN")),
        "equity_share": {"partner:JPN": 0.3},
        "periods_per_year": 4,
        "inflation_share": 0.025,
        "timing": "mid",
        "public_discount_share": 0.04,
    },
}
"""Terms of finance that the workbook holds."""


@functools.cache
def full(name):
    """The rich plant with floors, duties, research and moving prices besides."""
    plant, regime = rich(("ita", "rnd", "relief"))
    floors = (
        FloorUpside(("Nd",), 60.0, "partner:JPN", 70.0, 0.3, 2.0, 3, 12),
        FloorUpside(("clay",), 20.0, "federal:MYS", 25.0, 0.5),
    )
    plant = replace(plant, floors=floors, rnd_local_m_per_year=2.0, sunk_share=0.1, qualifying_share=0.9)
    deck = replace(DECK, path={"Nd": (1.0, 1.2, 0.8), "*": (1.0, 1.0, 1.1)})
    regime = replace(regime, import_duty_share=0.05, export_duty_share=0.02)
    return appraise(plant, deck, regime, finance(**TERMS[name]), count=3)


@pytest.mark.parametrize("name", TERMS)
def test_loans_partners_floors_quarters_and_inflation_are_held(tmp_path, name):
    found = full(name)
    path = tmp_path / "book.xlsx"
    write(found, path)
    sheet, at = Sheet(path), labelled(path)
    for key, (formula, cached) in sheet.cells.items():
        if formula:
            assert sheet.value(*key) == pytest.approx(cached, rel=1e-9, abs=1e-9), (key, formula)
    ledger, rate = found.ledger.real(), found.finance.public_discount_share
    public = 0.1 if rate is None else rate
    assert sheet.value("Cash flow", at["NPV of the company"]) == pytest.approx(ledger.npv(ME, 0.1), rel=1e-9)
    assert sheet.value("Cash flow", at["NPV of the federal state"]) == pytest.approx(ledger.npv("federal", public))
    assert sheet.value("Cash flow", at["NPV of partner:JPN"]) == pytest.approx(ledger.npv("partner:JPN", 0.1))
    if "lender" in ledger.parties:
        assert sheet.value("Cash flow", at["NPV of lender"]) == pytest.approx(ledger.npv("lender", 0.1))


CHANGED_TERMS = {
    "loan 1: share of the capital": lambda s: replace(s, debts=(replace(s.debts[0], capex_share=0.3), *s.debts[1:])),
    "loan 1: interest": lambda s: replace(s, debts=(replace(s.debts[0], rate_share=0.09), *s.debts[1:])),
    "share of partner:JPN": lambda s: replace(s, equity_share={"partner:JPN": 0.45}),
    "inflation (share)": lambda s: replace(s, inflation_share=0.04),
    "discount rate (share)": lambda s: replace(s, discount_share=0.07),
}
NEW = {"loan 1: share of the capital": 0.3, "loan 1: interest": 0.09, "share of partner:JPN": 0.45}
NEW |= {"inflation (share)": 0.04, "discount rate (share)": 0.07}


@pytest.mark.parametrize("key", CHANGED_TERMS)
def test_after_a_term_of_finance_is_changed_the_workbook_equals_the_engine(tmp_path, key):
    found = full("all")
    path = tmp_path / "book.xlsx"
    write(found, path)
    sheet, at = Sheet(path), labelled(path)
    sheet.cells["Inputs", f"B{line_of(path, key)}"] = (None, NEW[key])
    money = CHANGED_TERMS[key](found.finance)
    ledger = cash_flow(found.project, found.deck, found.regime, money).real()
    rate = money.discount_share
    assert sheet.value("Cash flow", at["NPV of the company"]) == pytest.approx(ledger.npv(ME, rate), rel=1e-6)
    assert sheet.value("Cash flow", at["NPV of partner:JPN"]) == pytest.approx(ledger.npv("partner:JPN", rate))


def line_of(path, key):
    """Row number of an input."""
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Inputs").to_python()
    return 1 + next(i for i, row in enumerate(rows) if row[0] == key)


CASES = {"allowance": ("ita",), "rate": ("rate",), "grant": ("grant",), "none": ()}


@pytest.mark.parametrize("chosen", CASES.values(), ids=CASES)
def test_formulas_give_what_the_engine_gives(tmp_path, chosen):
    plant, regime = rich(chosen)
    found = appraise(plant, DECK, regime, finance(), count=20)
    path = tmp_path / "a book.xlsx"
    write(found, path)
    sheet, at = Sheet(path), labelled(path)
    assert len([1 for f, _ in sheet.cells.values() if f]) > 500
    for key, (formula, cached) in sheet.cells.items():
        if formula:
            assert sheet.value(*key) == pytest.approx(cached, rel=1e-9, abs=1e-9), (key, formula)
    assert sheet.value("Cash flow", at["NPV of the company"]) == pytest.approx(found.ledger.npv(ME, 0.1), rel=1e-9)
    assert sheet.value("Cash flow", at["NPV of the mining state"]) == pytest.approx(found.ledger.npv("state", 0.1))
    assert sheet.value("Cash flow", at["NPV of the federal state"]) == pytest.approx(found.ledger.npv("federal", 0.1))


CHANGES = {"price:Nd": 65.0, "capex:plant": 240.0, "opex:reagents": 30.0, "output": 0.6, "payable:sale:clay": 0.5}


@pytest.mark.parametrize("key", CHANGES)
def test_after_an_input_is_changed_the_workbook_equals_the_engine(tmp_path, key):
    plant, regime = rich()
    path = tmp_path / "book.xlsx"
    write(appraise(plant, DECK, regime, finance(), count=20), path)
    sheet, at = Sheet(path), labelled(path)
    sheet.cells["Inputs", f"B{line_of(path, key)}"] = (None, CHANGES[key])
    deck = DECK
    if key.startswith("price:"):
        deck = type(DECK)({**DECK.prices, "Nd": q(CHANGES[key])})
    else:
        plant = plant.with_input(key, CHANGES[key])
    engine = appraise(plant, deck, regime, finance(), count=20)
    assert sheet.value("Cash flow", at["NPV of the company"]) == pytest.approx(engine.ledger.npv(ME, 0.1), rel=1e-6)
    assert sheet.value("Cash flow", at["NPV of the federal state"]) == pytest.approx(
        engine.ledger.npv("federal", 0.1), rel=1e-6
    )


def test_a_workbook_that_would_differ_from_the_engine_is_not_written(tmp_path):
    found = appraise(project(), DECK, REGIME, finance(), count=5)
    other = cash_flow(project(output=q(0.9)), DECK, REGIME, finance())
    with pytest.raises(ArithmeticError, match="differs from the engine"):
        write(replace(found, ledger=other), tmp_path / "x.xlsx")
    assert not (tmp_path / "x.xlsx").exists()


CHANGED = {"price:Nd": 65.0, "capex:plant": 240.0, "loan 1: interest": 0.07, "inflation (share)": 0.01}


def with_inputs(path, out, changes):
    """The workbook with other inputs and without cached results, so that a reader must calculate."""
    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("Inputs").to_python()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                for key, value in changes.items():
                    line = next(i for i, row in enumerate(rows) if row[0] == key) + 1
                    pattern = rb'(<c r="B%d"[^>]*><v>)[^<]*(</v>)' % line
                    text, count = re.subn(pattern, rb"\g<1>%r\g<2>" % value, text)
                    assert count == 1, key
            elif name in ("xl/worksheets/sheet2.xml", "xl/worksheets/sheet3.xml"):
                text, count = re.subn(rb"(</f>)<v>[^<]*</v>", rb"\1", text)
                assert count > 500
            new.writestr(name, text)


def engine_and_workbook(tmp_path):
    """NPVs of the engine at the changed inputs, the changed workbook, and where its results stand."""
    found = full("all")
    write(found, tmp_path / "old.xlsx")
    with_inputs(tmp_path / "old.xlsx", tmp_path / "book.xlsx", CHANGED)
    deck = replace(found.deck, prices={**DECK.prices, "Nd": q(CHANGED["price:Nd"])})
    loan = replace(found.finance.debts[0], rate_share=CHANGED["loan 1: interest"])
    money = replace(found.finance, debts=(loan, *found.finance.debts[1:]), inflation_share=CHANGED["inflation (share)"])
    plant = found.project.with_input("capex:plant", CHANGED["capex:plant"])
    ledger = cash_flow(plant, deck, found.regime, money).real()
    at = labelled(tmp_path / "old.xlsx")
    parties = {"NPV of the company": ME, "NPV of partner:JPN": "partner:JPN", "NPV of lender": "lender"}
    public = {"NPV of the federal state": "federal", "NPV of the mining state": "state"}
    expected = {at[label]: ledger.npv(party, 0.1) for label, party in parties.items()}
    expected |= {at[label]: ledger.npv(party, 0.04) for label, party in public.items()}
    expected[at["IRR of the company"]] = ledger.irr(ME).value
    return expected, tmp_path / "book.xlsx"


@pytest.mark.office
def test_libreoffice_gives_the_engines_results_after_inputs_are_changed(tmp_path):
    if shutil.which("soffice") is None:
        if os.environ.get("GADOLIN_REQUIRE_ALL"):
            pytest.fail("LibreOffice is missing")
        pytest.skip("LibreOffice is not installed")
    expected, path = engine_and_workbook(tmp_path)
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "ods",
         "--outdir", str(tmp_path), str(path)],
        check=True,
        capture_output=True,
        timeout=120,
    )  # fmt: skip
    rows = CalamineWorkbook.from_path(str(tmp_path / "book.ods")).get_sheet_by_name("Cash flow").to_python()
    for cell, value in expected.items():
        assert rows[int(cell[1:]) - 1][2] == pytest.approx(value, rel=1e-6), cell


@pytest.mark.long
def test_formulas_library_gives_the_engines_results_after_inputs_are_changed(tmp_path):
    """Set GADOLIN_FORMULAS_PYTHON to an interpreter that has the library; seen equal with formulas 1.3.4."""
    python = os.environ.get("GADOLIN_FORMULAS_PYTHON")
    if python is None:
        pytest.skip(
            "set GADOLIN_FORMULAS_PYTHON to an interpreter with the formulas library (pip install 'formulas[excel]')"
        )
    expected, path = engine_and_workbook(tmp_path)
    script = Path(__file__).with_name("recalculate.py")
    done = subprocess.run(
        [python, str(script), str(path), "Cash flow", *expected], capture_output=True, text=True, timeout=300,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1]) == pytest.approx(expected, rel=1e-6)
