"""Units live in names: `capacity_t_reo_per_year`, `margin_usd_per_kg`, `purity_share`.

`unit_of(name)` finds the longest known suffix; a name that holds a number and has none is refused by a test.
A bare `_t` is no unit: tonnes say of what. Where rows of one column differ in unit, the pair `X_value`, `X_unit`
replaces the suffix, and `X_unit` is one of `ROW_UNITS`; sums stay within one unit.
"""

from __future__ import annotations

from gadolin.errors import InputError

__all__ = ["DIMENSIONLESS", "ROW_UNITS", "SUFFIXES", "check_name", "unit_of"]

_MASSES = {
    "t_reo": "t REO",
    "t_treo": "t TREO",
    "t_element": "t element",
    "t_gross": "t gross",
    "t_product": "t product",
    "t_ore": "t ore",
    "mt_ore": "Mt ore",
    "kt_reo": "kt REO",
    "kt_element": "kt element",
    "kt_product": "kt product",
    "kg_element": "kg element",
    "kg_gross": "kg gross",
}
_RATES = {f"{suffix}_per_year": f"{printed} per year" for suffix, printed in _MASSES.items()}

SUFFIXES: dict[str, str] = {
    **_MASSES,
    **_RATES,
    # shares
    "share": "share",
    "pct": "%",
    "ratio": "ratio",
    "factor": "factor",
    "index": "index",
    # money
    "usd": "USD",
    "musd": "million USD",
    "kusd_2025": "thousand USD (2025 prices)",
    "musd_2025": "million USD (2025 prices)",
    "musd_2025_per_year": "million USD (2025 prices) per year",
    "usd_2025": "USD (2025 prices)",
    "usd_2025_per_kg": "USD (2025 prices) per kg",
    "usd_2025_per_kg_reo": "USD (2025 prices) per kg REO",
    "usd_2025_per_kg_element": "USD (2025 prices) per kg element",
    "usd_2025_per_t": "USD (2025 prices) per t",
    "usd_2025_per_year": "USD (2025 prices) per year",
    "usd_per_kg": "USD/kg",
    "usd_per_kg_reo": "USD/kg REO",
    "usd_per_kg_element": "USD/kg element",
    "usd_per_t": "USD/t",
    "usd_per_t_reo": "USD/t REO",
    "kusd": "thousand USD",
    "cny_per_kg": "CNY/kg",
    "cny_per_usd": "CNY per USD",
    "per_usd": "units of currency per USD",
    "local_m": "million of the row's currency",
    # time
    "years": "years",
    "months": "months",
    "days": "days",
    "hours_per_year": "hours per year",
    "hours": "h",
    "s": "s",
    "min": "min",
    "year": "year",
    # place
    "deg": "°",
    "km2": "km²",
    "m2": "m²",
    "m3": "m³",
    "m3_per_h": "m³/h",
    "m3_per_year": "m³ per year",
    "l_per_min": "L/min",
    # chemistry
    "mol": "mol",
    "mol_per_l": "mol/L",
    "mol_per_mol": "mol/mol",
    "g_per_l": "g/L",
    "g_per_mol": "g/mol",
    "kg_per_l": "kg/L",
    "kg_per_t_feed": "kg/t feed",
    "kg_per_kg_reo": "kg/kg REO",
    "mol_per_min": "mol/min",
    "kmol_per_h": "kmol/h",
    "bq_per_g": "Bq/g",
    "ppm": "ppm",
    "ph": "pH",
    "c": "°C",
    "log10": "log10",
    # energy, people
    "kwh_per_kg": "kWh/kg",
    "kwh_per_kg_reo": "kWh/kg REO",
    "kwh_per_year": "kWh per year",
    "mwh_per_year": "MWh per year",
    "gj_per_year": "GJ per year",
    "kw": "kW",
    "mw": "MW",
    "persons": "persons",
    "persons_per_kt": "persons per kt",
    "t_per_t_reo": "t per t REO",
    "bytes": "bytes",
    "mb": "MB",
    "px": "px",
}

DIMENSIONLESS: frozenset[str] = frozenset(
    {
        "beta",
        "beta_low",
        "beta_high",
        "trl",
        "trl_from",
        "trl_to",
        "hhi",
        "elasticity",
        "line",
        "count",
        "seed",
        "weight",
        "score",
        "stages",
        "n",
        "atomic_number",
        "log_kex",
        "sigma",
        "order",
        "log_d_at_ph0",
        "ph_slope",
        "concentration_exponent",
        "sqrt_activity_a",
        "fit_m0",
        "fit_m1",
        "fit_b0",
        "fit_b1",
    }
)
"""Names that are numbers without a unit by the field's own convention."""

ROW_UNITS: dict[str, str] = {
    # places, counts, shares
    "count": "count",
    "years": "years",
    "km2": "km²",
    "pct": "%",
    "ppm_element": "ppm, element basis",
    "ppm_oxide": "ppm, oxide basis",
    # masses and rates
    "t_treo": "t TREO",
    "t_not_stated": "t (of what is not stated)",
    "t_carbonate_by_value": "t (carbonate, by its value)",
    "t_gross": "t gross",
    "t_oxide": "t oxide",
    "t_element": "t element",
    "t_magnet": "t magnets",
    "t_magnet_blanks": "t magnet blanks",
    "t_reo_per_year": "t REO per year",
    "t_ore_per_year": "t ore per year",
    "t_gross_per_year": "t gross per year",
    "t_reo_out_per_year": "t REO out per year",
    "t_reo_feed_per_year": "t REO fed per year",
    "t_ndpr_oxide_per_year": "t NdPr oxide per year",
    "t_dytb_oxide_per_year": "t Dy and Tb oxide per year",
    "t_magnet_oxide_per_year": "t Nd, Pr, Dy and Tb oxide per year",
    "t_ndpr_oxide_supported_per_year": "t NdPr oxide per year supported downstream",
    "t_concentrate_per_year": "t concentrate per year",
    "t_concentrate_feed_per_year": "t concentrate treated per year",
    "t_carbonate_per_year": "t mixed carbonate per year",
    "t_metal_per_year": "t metal per year",
    "t_metal_and_alloy_per_year": "t metal and alloy per year",
    "t_alloy_per_year": "t alloy per year",
    "t_magnet_per_year": "t magnets per year",
    "t_magnet_scrap_per_year": "t magnet scrap per year",
    "t_scrap_per_year": "t scrap per year",
    "kg": "kg",
    "t_ore": "t ore",
    "t_gross_per_day": "t gross per day",
    "t_oxide_per_year": "t oxide per year",
    "t_re_product_per_year": "t rare-earth products per year",
    "t_product_per_year": "t product per year",
    "t_waste_water_per_year": "t waste water per year",
    "t_reo_per_quarter": "t REO per quarter",
    "t_ndpr_oxide_per_quarter": "t NdPr oxide per quarter",
    "t_ndpr_oxide_per_10_months": "t NdPr oxide in 10 months",
    "t_dytb_oxide_per_quarter": "t Dy and Tb oxide per quarter",
    "t_alloy_per_quarter": "t alloy per quarter",
    "t_metal_per_quarter": "t metal per quarter",
    "t_metal_per_month": "t metal per month",
    "t_metal_per_cell_and_month": "t metal per cell and month",
    "t_metal_per_cell_and_year": "t metal per cell and year",
    "share_of_nameplate": "share of nameplate capacity",
    "pct_per_doubling": "% cost reduction per doubling",
    # what a process takes
    "t_per_t_reo": "t per t REO",
    "t_feed_per_t_reo": "t feed per t REO",
    "t_per_t_nd2o3": "t per t Nd2O3",
    "t_per_t_nd2o3_equivalent": "t per t Nd2O3 equivalent",
    "t_per_t_nd2o3_per_unit_s": "t per t Nd2O3 and unit of organic load S",
    "kg_per_kg_monazite": "kg/kg monazite",
    "kg_per_kg_magnet": "kg/kg magnet",
    "t_na_per_t_re": "t Na per t RE",
    "t_reo_per_t_magnet": "t REO per t of magnet capacity",
    "mol_per_mol": "mol/mol",
    "g_per_l": "g/L",
    "kah_per_kg": "kAh/kg",
    # prices, duties, stocks
    "cny_per_kg": "CNY/kg",
    "usd_per_kg": "USD/kg",
    "pct_ad_valorem": "% ad valorem",
    "pct_of_price": "% of the price",
    "pct_of_fob": "% of FOB",
    "pct_of_sale_price": "% of the sale price",
    "days_of_use": "days of use",
    "weeks_of_use": "weeks of use",
    "months_of_use": "months of use",
    "t_as_stated": "t, of what is not stated",
    "million_usd": "million USD",
    "usd": "USD",
    "t_ndfeb": "t NdFeB",
    "t_reo": "t REO",
    "t_y2o3": "t Y2O3",
    "t_smco": "t SmCo",
    "ratio": "ratio",
    "share": "share",
    "sign": "sign only",
    # prices of inputs
    "million_usd_per_project": "million USD per project",
    "usd_per_project": "USD per project",
    "aud_per_week": "AUD per week",
    "usd_per_week": "USD per week",
    "cny_per_t": "CNY/t",
    "cny_per_t_naoh": "CNY/t NaOH",
    "myr_per_t": "MYR/t",
    "myr_per_m3": "MYR/m³",
    "myr_per_mmbtu": "MYR/MMBtu",
    "myr_per_kw_month": "MYR per kW and month",
    "myr_per_month": "MYR per month",
    "myr_per_sq_ft": "MYR per square foot",
    "sen_per_kwh": "sen/kWh",
    "usd_per_t": "USD/t",
    "usd_per_t_naoh": "USD/t NaOH",
    "usd_per_dry_t": "USD per dry t",
    "usd_per_short_ton": "USD per short ton",
    "usd_per_l": "USD/L",
    "usd_per_us_gal": "USD per US gallon",
    "usd_per_m3": "USD/m³",
    "usd_per_kft3": "USD per 1000 ft³",
    "usd_per_kwh": "USD/kWh",
    "usd_per_mmbtu": "USD/MMBtu",
    "usd_per_kw_month": "USD per kW and month",
    "usd_per_h": "USD/h",
    "usd_per_month": "USD per month",
    "usd_per_year": "USD per year",
    "usd_per_m2": "USD/m²",
    "usd_per_sq_ft": "USD per square foot",
    "usd_per_container_40ft": "USD per 40 ft container",
    # people
    "persons": "persons",
    "persons_per_year": "persons per year",
    "jobs": "jobs",
    "courses": "courses",
    "categories": "categories",
    "items": "items",
    "times": "times",
    "months": "months",
    "hours_per_day": "hours per day",
    # money
    "aud": "AUD",
    "myr_per_year": "MYR per year",
    "million_myr": "million MYR",
    "myr_per_t_gross": "MYR/t gross",
    "usd_per_t_gross": "USD/t gross",
    "usd_per_kg_reo": "USD/kg REO",
    "usd_per_kg_reo_in_feed": "USD/kg REO in the feed",
    "usd_per_kg_ndpr": "USD/kg NdPr oxide",
    "usd_per_kg_ndpr_equivalent": "USD/kg NdPr equivalent",
    "usd_per_t_clay": "USD/t clay",
    "pct_of_basket": "% of the oxide basket",
    "pct_of_revenue": "% of gross revenue",
    "pct_of_price_forecast": "% of the price forecast",
    # contents
    "kg_per_kg": "kg/kg",
    "kg_per_mw": "kg/MW",
}
"""Units that a row may state in its own `X_unit` cell, with their printed form; see the tables' declarations."""


def unit_of(name: str) -> str | None:
    """Printed unit of a column or field name, from its longest suffix; None when it has none.

    `_low`, `_high`, `_value`-less ranges and `_p05`, `_p50`, `_p95` belong to the name before them.

    >>> unit_of("capacity_t_reo_per_year"), unit_of("purity_share"), unit_of("margin_usd_per_kg_low")
    ('t REO per year', 'share', 'USD/kg')
    >>> unit_of("capacity_t") is None
    True
    """
    for tail in ("_low", "_high", "_p05", "_p50", "_p95", "_sigma", "_min", "_max"):
        if name.endswith(tail) and len(name) > len(tail):
            found = unit_of(name.removesuffix(tail))
            if found is not None:
                return found
    parts = name.split("_")
    for start in range(len(parts)):
        suffix = "_".join(parts[start:])
        if suffix in SUFFIXES:
            return SUFFIXES[suffix]
    return None


def check_name(name: str) -> str:
    """The name, if a number may bear it: it ends in a unit or is dimensionless by convention.

    Raises:
        InputError: No known unit in the name.

    >>> check_name("load_mol_per_mol")
    'load_mol_per_mol'
    """
    if name in DIMENSIONLESS or unit_of(name) is not None:
        return name
    raise InputError(f"{name} is a number without a unit in its name; end it in a suffix of gadolin.units.SUFFIXES")
