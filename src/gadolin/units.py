"""Units live in names: `capacity_t_reo_per_year`, `margin_usd_per_kg`, `purity_share`.

`unit_of(name)` finds the longest known suffix; a name that holds a number and has none is refused by a test.
A bare `_t` is no unit: tonnes say of what. Where rows of one column differ in unit, the pair `X_value`, `X_unit`
replaces the suffix, and `X_unit` is one of `row_units.ROW_UNITS`; sums stay within one unit.
"""

from __future__ import annotations

from gadolin.errors import InputError

__all__ = ["DIMENSIONLESS", "SUFFIXES", "check_name", "unit_of"]

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
