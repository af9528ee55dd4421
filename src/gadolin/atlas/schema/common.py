"""Sources and countries: the two tables that all others point to."""

from __future__ import annotations

from gadolin.tables import SOURCED, Choice, Date, Many, Number, RowId, Table, Text

SOURCES = Table(
    "sources",
    about="One row per publication that a row of the atlas rests on.",
    columns=(
        RowId(),
        Text("title", help="Title as published, or what it is."),
        Text("url", missing="no address known"),
        Date("date", missing="date not known", help="Date of publication, or of the release read."),
        Text("licence", missing="single facts cited; terms not recorded", help="Terms of the upstream collection."),
    ),
    dated=("date",),
)

COUNTRIES = Table(
    "countries",
    about="Countries (ISO 3166), former codes, groups and aggregates: the foreign key of all country columns.",
    columns=(
        RowId(help="ISO 3166-1 alpha-3; EUU for the European Union (EU is accepted on input)."),
        Text("iso2", missing="no two-letter code", pattern="[A-Z]{2}", form="two capital letters"),
        Text("name"),
        Choice("kind", choices=("country", "former", "group", "aggregate")),
        Many("member_of", choices=("EUU", "G7", "ASEAN"), missing="member of none of these"),
        Many("members", table="countries", missing="not a group, or members not listed"),
        Number("lat_min_deg", at_least=-90, at_most=90, missing="no outline", help="Box around the outline."),
        Number("lat_max_deg", at_least=-90, at_most=90, missing="no outline"),
        Number("lon_min_deg", at_least=-180, at_most=180, missing="no outline"),
        Number("lon_max_deg", at_least=-180, at_most=180, missing="no outline"),
        *SOURCED,
    ),
)

TABLES = (SOURCES, COUNTRIES)
