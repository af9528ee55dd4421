"""Rare earths in products, and what is lost on the way from oxide to product."""

from __future__ import annotations

from gadolin.atlas.rowchecks import ordered
from gadolin.elements import ELEMENTS
from gadolin.tables import SOURCED, Choice, Flag, Many, Number, RowId, Table, Text

PRODUCT_COMPOSITION = Table(
    "product_composition",
    about="How much of a component a product holds, or a step yields or loses, per functional unit.",
    columns=(
        RowId(help="product.component"),
        Text("product"),
        Choice(
            "functional_unit",
            choices=(
                "1 kg",
                "1 kg oxide",
                "1 kg RE in oxide",
                "1 kg magnet REE",
                "1 kg blank",
                "1 kg feed",
                "1 MW",
                "1 MW (as read)",
                "1 vehicle",
                "1 motor",
                "1 unit",
            ),
        ),
        Choice(
            "record_kind",
            choices=("content", "oxide_to_metal", "yield", "loss"),
            help="oxide_to_metal is stoichiometry before losses; yields and losses are shares of what enters.",
        ),
        Text("component"),
        Many("elements", choices=tuple(ELEMENTS), missing="component is no element, or all of them"),
        Number("content_value", at_least=0, row_unit="content_unit"),
        Number("content_value_low", at_least=0, row_unit="content_unit", missing="no range stated"),
        Number("content_value_high", at_least=0, row_unit="content_unit", missing="no range stated"),
        Choice("content_unit", choices=("kg_per_kg", "kg_per_mw", "kg")),
        Flag("below_stoichiometry", help="The printed need is less than the product itself holds: never used."),
        *SOURCED,
    ),
    checks=(ordered("content_value"),),
    aggregate="Components add within one product and source only; NdPr is Nd plus Pr.",
)

TABLES = (PRODUCT_COMPOSITION,)
