"""`datapackage.json` beside the tables, so that any Frictionless tool can read and validate them.

Built from the declarations and never edited by hand: `python -m gadolin.atlas.datapackage` writes it anew. Tables that
ship as Parquet stand in it as plain files, since the public tool checks text tables only; `gadolin atlas check` holds
them against the same declarations.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gadolin.atlas.read import data_folder
from gadolin.atlas.schema import TABLES
from gadolin.tables import Table

__all__ = ["FILE", "build", "write"]

FILE = "datapackage.json"


def build(folder: Path | None = None, tables: Mapping[str, Table] = TABLES) -> dict[str, Any]:
    """The data package of the tables in a folder.

    Args:
        folder: Where the tables stand; the shipped folder if None.
        tables: Declarations by name.
    """
    folder = data_folder() if folder is None else folder
    resources = [
        _text(table) if (folder / f"{name}.csv").exists() else _packed(table)
        for name, table in sorted(tables.items())
        if (folder / f"{name}.csv").exists() or (folder / f"{name}.parquet").exists()
    ]
    return {
        "profile": "data-package",
        "name": "gadolin-atlas",
        "title": "Atlas of rare earths: facts with their sources",
        "description": "Contradicting estimates stand side by side; each row names its basis and its source.",
        "licenses": [{"name": "other", "title": "Terms differ by source: see column licence of table sources"}],
        "resources": resources,
    }


def _head(table: Table, ending: str) -> dict[str, Any]:
    said = f"{table.about} {table.aggregate}".strip()
    return {"name": table.name, "path": f"{table.name}.{ending}", "description": said, "format": ending}


def _text(table: Table) -> dict[str, Any]:
    schema = table.frictionless()
    for key in schema.get("foreignKeys", ()):
        if key["reference"]["resource"] == table.name:
            key["reference"]["resource"] = ""  # the standard's way to name the table itself
    return {
        **_head(table, "csv"),
        "profile": "tabular-data-resource",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }


def _packed(table: Table) -> dict[str, Any]:
    return {
        **_head(table, "parquet"),
        "profile": "data-resource",
        "mediatype": "application/vnd.apache.parquet",
        "columns": table.dictionary()[["column", "kind", "unit", "help"]].to_dict("records"),
    }


def write(folder: Path | None = None) -> Path:
    """Write the package beside the tables.

    Args:
        folder: Where the tables stand; the shipped folder if None.
    """
    folder = data_folder() if folder is None else folder
    path = folder / FILE
    path.write_text(json.dumps(build(folder), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    write()
