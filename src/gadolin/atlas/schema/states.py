"""Malaysian states by their ISO 3166-2 codes: the foreign key of state columns."""

from __future__ import annotations

from gadolin.tables import SOURCED, Key, Many, RowId, Table, Text

STATES = Table(
    "states",
    about="States and federal territories of Malaysia (ISO 3166-2:MY), with the names our texts use for them.",
    columns=(
        RowId(help="ISO 3166-2 code."),
        Key("country_iso3", table="countries"),
        Text("name"),
        Many("other_names", missing="no other name in use", help="Spellings and the land offices' names."),
        *SOURCED,
    ),
)

TABLES = (STATES,)
