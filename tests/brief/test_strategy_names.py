"""Titles of strategies and plants are facts with refs, so that they may hold numbers of their own."""

from types import SimpleNamespace
from typing import Any

from gadolin.brief.sections import strategy as section


def test_a_title_with_a_number_enters_a_table():
    titles = {"s": "Metal with a firm, the state owns 30 percent"}
    found: Any = SimpleNamespace(
        strategies=("s",), refs={"s": ("strategies/s.toml:1",)}, states=lambda: {"s": {"state:MY-08": None}}
    )
    table = section._states(found, titles)
    assert table is not None
    assert table.columns == ("Strategy", "Perak")
    assert str(table.rows[0][0]) == titles["s"]
