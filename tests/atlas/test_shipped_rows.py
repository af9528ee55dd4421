"""Every shipped CSV obeys the rules of its declaration, which reading the atlas does not repeat."""

import pandas as pd
import pytest

from gadolin.atlas.read import data_folder, quantity, table
from gadolin.atlas.schema import TABLES, declared
from gadolin.errors import InputError
from gadolin.row_units import ROW_UNITS
from gadolin.tables import Number
from tests.atlas.broken import faults_after


@pytest.mark.parametrize("name", [n for n in TABLES if (data_folder() / f"{n}.csv").exists()])
def test_shipped_rows_obey_their_rules(name):
    """No fault in any cell, key or rule."""
    assert declared(name).check(data_folder() / f"{name}.csv") == []


def test_rules_are_left_out_only_on_demand(tmp_path):
    """A file that breaks a rule raises unless the caller knows it was checked."""
    assert faults_after(tmp_path, "facilities", "MYS-SEPA-003", sum_ok=True)
    path = tmp_path / "facilities.csv"
    with pytest.raises(InputError, match="must be no where part_of"):
        declared("facilities").read(path)
    assert len(declared("facilities").read(path, rules=False)) == 117


@pytest.mark.parametrize("name", [n for n in TABLES if (data_folder() / f"{n}.csv").exists()])
def test_every_number_is_a_quantity(name):
    """Value, range, unit and basis of each cell fit together; a blank one gives its reason."""
    frame = table(name)
    if "basis" not in frame:
        return
    for column in [c for c in declared(name).columns if isinstance(c, Number)]:
        for row in frame.index[:: max(len(frame) // 25, 1)]:
            found = quantity(frame, declared(name), row, column.name)
            assert found.known == pd.notna(frame.at[row, column.name])
            assert found.refs == (f"{name}:{row}:{column.name}",)


def test_every_unit_a_row_may_state_has_its_printed_form_and_no_other_has_one():
    """A reader never meets a code such as myr_per_t_rec."""
    stated = set()
    for declaration in TABLES.values():
        for column in declaration.columns:
            if isinstance(column, Number) and column.row_unit:
                stated |= set(declaration.column(column.row_unit).choices)
    assert stated == set(ROW_UNITS)
