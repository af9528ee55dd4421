"""Plants world-wide and what plants cost, as reported."""

from __future__ import annotations

from gadolin.atlas.rowchecks import needs, never_together
from gadolin.stages import PRODUCT_GROUPS, STAGES
from gadolin.tables import SOURCED, Choice, Flag, Key, Many, Number, RowId, Table, Text, Year

CAPACITY_UNITS = (
    "t_reo_out_per_year",
    "t_reo_feed_per_year",
    "t_ndpr_oxide_per_year",
    "t_dytb_oxide_per_year",
    "t_concentrate_per_year",
    "t_metal_per_year",
    "t_alloy_per_year",
    "t_magnet_per_year",
    "t_magnet_scrap_per_year",
)
_REMEMBERED = (
    "owner",
    "city",
    "lat_deg",
    "lon_deg",
    "feed_source",
    "product",
    "capacity_value",
    "start_year",
    "status",
    "technology",
)

FACILITIES = Table(
    "facilities",
    about="Plants and mines by stage, world-wide, and national aggregates where plants are not listed.",
    columns=(
        RowId(),
        Text("name"),
        Text("owner", missing="not known"),
        Key("owner_country_iso3", table="countries", help="Seat of the owner; not always the country of the plant."),
        Key("country_iso3", table="countries"),
        Text("city", missing="not known, or a national aggregate"),
        Number("lat_deg", at_least=-90, at_most=90, missing="not known, or a national aggregate"),
        Number("lon_deg", at_least=-180, at_most=180, missing="not known, or a national aggregate"),
        Choice("coord_basis", choices=("city_level_from_memory",), missing="no coordinates"),
        Choice("stage", choices=STAGES),
        Choice("product_group", choices=PRODUCT_GROUPS, missing="only separation is told apart by group"),
        Text("feed_source", missing="not reported"),
        Text("product"),
        Number("capacity_value", above=0, row_unit="capacity_unit", missing="capacity not reported; not zero"),
        Choice("capacity_unit", choices=CAPACITY_UNITS, help="Capacities are never added across units."),
        Year("start_year", missing="not known", help="Planned year where the plant does not run yet."),
        Choice("status", choices=("operating", "construction", "planned", "suspended")),
        Text("technology", missing="not reported"),
        Flag("is_aggregate", help="A total of a region or country, not a plant."),
        Key("part_of", table="facilities", missing="not inside another row", help="Row that contains this one."),
        Flag("sum_ok", help="May enter a sum within one stage, status and unit."),
        Many("fields_from_memory", choices=_REMEMBERED, help="Columns of this row that have basis memory."),
        *SOURCED,
    ),
    dated=("start_year",),
    checks=(
        never_together("sum_ok", "part_of", "must be no where part_of names the row that holds this one"),
        needs("lat_deg", "lon_deg", "coord_basis"),
    ),
    aggregate="Add only sum_ok = yes within one stage, status and unit; a blank capacity makes it a lower bound.",
)

COST_CAPACITY_UNITS = (
    "t_ore_per_year",
    "t_concentrate_feed_per_year",
    "t_carbonate_per_year",
    "t_reo_out_per_year",
    "t_reo_feed_per_year",
    "t_ndpr_oxide_per_year",
    "t_ndpr_oxide_supported_per_year",
    "t_magnet_oxide_per_year",
    "t_metal_per_year",
    "t_metal_and_alloy_per_year",
    "t_magnet_per_year",
    "t_scrap_per_year",
)
OPEX_UNITS = (
    "usd_per_kg_reo",
    "usd_per_kg_reo_in_feed",
    "usd_per_kg_ndpr",
    "usd_per_kg_ndpr_equivalent",
    "usd_per_t_clay",
    "pct_of_basket",
    "pct_of_revenue",
    "pct_of_price_forecast",
)
CURRENCIES = ("AUD", "CAD", "CNY", "EUR", "GBP", "KRW", "MYR", "USD")

STAGE_COSTS = Table(
    "stage_costs",
    about="Capital and operating cost as reported: one row per project and estimate, tolls and discounts apart.",
    columns=(
        RowId(),
        Text("project"),
        Choice(
            "record_kind",
            choices=("project", "toll", "discount", "price_haircut", "company_value"),
            help="toll: charge for separating; discount: price of a mixture below its oxides; "
            "price_haircut: a cut of a price deck, never a payable share; company_value: what a firm is priced at.",
        ),
        Many("stages", choices=STAGES, missing="about prices, not about a stage", help="All stages the money covers."),
        Key("part_of", table="stage_costs", missing="not inside another row", help="Fit on parts or whole, not both."),
        Key("country_iso3", table="countries"),
        Text("product"),
        Number("capacity_value", above=0, row_unit="capacity_unit", missing="not reported"),
        Choice("capacity_unit", choices=COST_CAPACITY_UNITS, missing="no capacity reported"),
        Text("capacity_text", missing="no capacity reported", help="What the capacity counts, in full."),
        Number("capex_musd", above=0, missing="not reported in USD", help="As converted by the source, of price_year."),
        Number("capex_local_m", above=0, missing="reported in USD only, or not at all", help="Million of `currency`."),
        Choice("currency", choices=CURRENCIES, missing="no money reported"),
        Year("price_year", missing="not given"),
        Number("opex_value", above=0, row_unit="opex_unit", missing="not reported"),
        Choice("opex_unit", choices=OPEX_UNITS, missing="not reported"),
        Text("opex_text", missing="not reported", help="What the operating cost counts, in full."),
        Number("staff_persons", above=0, missing="not reported"),
        Text("status", missing="not given"),
        *SOURCED,
    ),
    key=("project",),
    dated=("price_year",),
    checks=(
        needs("capacity_value", "capacity_unit", "capacity_text"),
        needs("capex_local_m", "currency"),
        needs("opex_value", "opex_unit"),
    ),
    aggregate="Never added; estimates of one project of different years stand side by side.",
)

EQUIPMENT_COSTS = Table(
    "equipment_costs",
    about="Bare erected cost of one item of equipment at a size, with the exponent by which it scales.",
    columns=(
        RowId(),
        Text("equipment_kind", help="As in a plant's equipment: mixer_settler, tank, tank_mixer, pump ..."),
        Text("account", help="As the source calls it."),
        Number("size_value", above=0, row_unit="size_unit"),
        Choice("size_unit", choices=("m3", "m2", "m3_per_h", "kw")),
        Number("reference_cost_usd", above=0, help="One item of that size, bare erected, of price_year."),
        Number("size_exponent_ratio", above=0, at_most=1, help="Cost grows with size to this power."),
        Year("price_year"),
        Text("size_text", help="Size and unit in the source."),
        *SOURCED,
    ),
    key=("account",),
    dated=("price_year",),
    aggregate="Never added; an item of another size follows by its exponent.",
)

TABLES = (FACILITIES, STAGE_COSTS, EQUIPMENT_COSTS)
