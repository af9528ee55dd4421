"""How the European Union grades rare earths in its lists of critical raw materials."""

from __future__ import annotations

from gadolin.tables import SOURCED, Choice, Number, RowId, Table, Year

CRITICALITY_EU = Table(
    "criticality_eu",
    about="Supply risk and economic importance of rare earths in the EU's assessments of critical raw materials.",
    columns=(
        RowId(help="group.year"),
        Year("year", help="Of the assessment."),
        Choice("product_group", choices=("light", "heavy")),
        Number("supply_risk_index", at_least=0, help="SR; critical from 1.0."),
        Number("economic_importance_index", at_least=0, at_most=10, help="EI, of the EU's economy; critical from 2.8."),
        *SOURCED,
    ),
    key=("product_group", "year"),
    dated=("year",),
    lag_months=0,
    aggregate="Never added; the method changed between 2014 and 2017, so older years are not compared with newer ones.",
)

TABLES = (CRITICALITY_EU,)
