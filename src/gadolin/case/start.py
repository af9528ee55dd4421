"""Start a case: copy a shipped one, or lay out what the atlas has on a country, ready to be edited."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gadolin import runs
from gadolin.atlas.schema import declared
from gadolin.case.load import Case, load
from gadolin.errors import Fault, InputError
from gadolin.tables import Key

__all__ = ["init"]

COUNTRY_TABLES = ("deposits", "deposit_composition", "facilities", "reserves", "mine_production", "price_deck")
"""Tables whose rows a new case gets as files: its country's rows, and the price deck whole."""

_STATUS_QUO = """# What the country decides: plants, partners, what may leave raw. This one decides nothing;
# copy it and add [[plants]] entries. All fields: the how-to "Write a strategy". Then: gadolin compare DIR

[strategy]
id = "status-quo"
title = "Nothing is decided"
"""


def init(name: str, folder: str | Path) -> list[str]:
    """Start a case in an empty folder.

    Args:
        name: A shipped case, a case folder, or an ISO3 code.
        folder: Where; must not exist or be empty.

    Returns:
        Names of the files written.

    Raises:
        InputError: No such case; the folder is not empty.
    """
    target = Path(folder)
    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise InputError(Fault("is not empty; give a new folder", file=target.name))
    case = load(name)
    if case.folder is not None:
        runs.copy_files(case.folder, target)
    else:
        target.mkdir(parents=True, exist_ok=True)
        (target / "case.toml").write_text(_skeleton(case), encoding="utf-8")
        (target / "strategies").mkdir()
        (target / "strategies" / "status-quo.toml").write_text(_STATUS_QUO, encoding="utf-8")
    for table in COUNTRY_TABLES:
        file = target / f"{table}.csv"
        if not file.exists():
            rows = own_rows(case, table)
            if len(rows):
                declared(table).write(rows, file)
    return sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file())


def own_rows(case: Case, name: str) -> pd.DataFrame:
    """Rows of a table that are about the case's country; the whole table where rows have no country."""
    frame = case.table(name)
    declaration = declared(name)
    column = next((c.name for c in declaration.columns if isinstance(c, Key) and c.table == "countries"), None)
    if name == "deposit_composition":
        mine = case.table("deposits")
        ids = set(mine.loc[mine["country_iso3"] == case.country, "deposit_id"])
        return frame[frame["deposit_id"].isin(ids)]
    return frame if column is None else frame[frame[column] == case.country]


def _skeleton(case: Case) -> str:
    general = case.settings.case
    return (
        f"# {general.name}: started from what the atlas has. Rows of the tables beside this file add to the atlas or\n"
        "# override it by row_id; delete a file to take the atlas's rows as they are.\n\n"
        f'[case]\nname = "{general.name}"\ncountry = "{general.country}"\ncurrency = "USD"\nprice_year = 2025\n'
        "first_year = 2026\nlast_year = 2045\ndiscount_rate_share = 0.08\n\n"
        "# Plants are valued after tax. Where the atlas holds no rate of income tax of the country, say it here:\n"
        "# [finance]\n"
        '# income_tax_share = {value = 0.2, unit = "share", basis = "memory", note = "which law"}\n'
    )
