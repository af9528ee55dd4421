"""Traps of extraction and product data that need several rows: one chain per extractant, stoichiometry of oxides."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pandas as pd

from gadolin.atlas.rowchecks import fault_at
from gadolin.elements import element, oxide_factor
from gadolin.errors import Fault

Frames = dict[str, pd.DataFrame]

STOICHIOMETRY_RATIO = 1e-3
"""Printed oxide-to-metal factors have four digits."""


def one_default_per_pair(frames: Frames) -> Iterator[Fault]:
    """A default chain has one value per pair, and its low end does not exceed its middle."""
    frame = frames["separation_factors"]
    pair = ["extractant", "acid", "heavy_element", "light_element"]
    defaults = frame[frame["use"] != "compare_only"]
    for row in defaults.index[defaults.duplicated([*pair, "use"])]:
        yield fault_at("separation_factors", row, "use", defaults.at[row, "use"], "must stand once per pair")
    middles = defaults[defaults["use"] == "default_mid"].groupby(pair, dropna=False)["beta"].max().to_dict()
    for row, low in defaults[defaults["use"] == "default_low"].iterrows():
        middle = middles.get(tuple(low[pair]))
        if middle is None or low["beta"] > middle:
            said = "must not exceed the default_mid of its pair, which must exist"
            yield fault_at("separation_factors", row, "beta", low["beta"], said)


def oxide_factors_are_stoichiometric(frames: Frames) -> Iterator[Fault]:
    """Metal per oxide follows from the molar masses."""
    frame = frames["product_composition"]
    for row, record in frame[frame["record_kind"] == "oxide_to_metal"].iterrows():
        symbol = record["elements"][0]
        expected = 1 / oxide_factor(symbol)
        if abs(record["content_value"] - expected) > STOICHIOMETRY_RATIO * expected:
            said = f"must be {expected:.4f} kg {symbol} per kg {element(symbol).oxide}"
            yield fault_at("product_composition", row, "content_value", record["content_value"], said)


def oxide_need_covers_content(frames: Frames) -> Iterator[Fault]:
    """A stated need of NdPr oxide below what the rare earths of the magnet weigh as oxide is flagged."""
    frame = frames["product_composition"]
    content = frame[frame["component"] == "total RE metal"].groupby("product")["content_value"].min()
    for row, record in frame[frame["component"] == "NdPr oxide needed"].iterrows():
        least = content.get(record["product"])
        short = least is not None and record["content_value"] < least * oxide_factor("Nd")
        if bool(record["below_stoichiometry"]) != short:
            said = f"must be {'yes' if short else 'no'}: the product holds {least} kg/kg of rare-earth metal"
            yield fault_at("product_composition", row, "below_stoichiometry", None, said)


CHECKS: tuple[Callable[[Frames], Iterator[Fault]], ...] = (
    one_default_per_pair,
    oxide_factors_are_stoichiometric,
    oxide_need_covers_content,
)
