"""Thailand, Ministry of Commerce API: JSON records by year, month and 11-digit code; baht and US$.

The unit of a quantity stands only in a separate code table, so the weight is asked unless the user names the unit.
"""

from __future__ import annotations

import json
from decimal import Decimal

from gadolin.atlas.formats.codes import from_iso2
from gadolin.atlas.formats.flows import FlowFile, FlowRow, Notes
from gadolin.atlas.formats.text import code_digits, decode

__all__ = ["is_thailand", "read_thailand"]


def is_thailand(data: bytes) -> bool:
    """Whether a file is an answer of that API."""
    return b"value_baht" in data[:5000] and b"country_code" in data[:5000]


def read_thailand(data: bytes, name: str = "", kg_per_unit: Decimal | None = None) -> FlowFile:
    """Read an answer of the Thai trade report API.

    Args:
        data: Bytes of the file.
        name: File name; gives the flow (`export...`, `import...`).
        kg_per_unit: Kilograms per unit of quantity, from the code table; None leaves the weight open. [kg]
    """
    notes = Notes()
    document = json.loads(decode(data)[0], parse_float=Decimal)
    records = document if isinstance(document, list) else document.get("data", [])
    flow = "X" if "export" in name.lower() else "M" if "import" in name.lower() else None
    if flow is None:
        notes.add("FLOW_UNKNOWN", (), "the file name does not say import or export: which?")
    flows = []
    for line, r in enumerate(records, start=1):
        code, _ = code_digits(str(r.get("hs_code", "")))
        quantity, value = r.get("quantity"), r.get("value_usd")
        weight, basis = None, "missing"
        if quantity and kg_per_unit is not None:
            weight, basis = Decimal(str(quantity)) * kg_per_unit / 1000, "reported"
        elif quantity:
            notes.add("UNIT_MISSING", line, "the unit stands in a separate code table: which?")
            basis = "ask"
        else:
            notes.add("WEIGHT_MISSING", line)
        month = str(r.get("month", "")).zfill(2)
        period = f"{r.get('year')}-{month}" if month != "00" else str(r.get("year"))
        candidates = () if basis != "ask" else (Decimal(str(quantity)) / 1000, Decimal(str(quantity)))
        money = None if value is None else Decimal(str(value))
        partner = from_iso2(str(r.get("country_code", "")))
        flows.append(
            FlowRow(period, "THA", flow, partner, code, weight, basis, money, "value_usd", (line,), candidates)
        )
    return FlowFile("Thailand trade report API", {"encoding": "utf-8"}, len(records), tuple(flows), notes.warnings())
