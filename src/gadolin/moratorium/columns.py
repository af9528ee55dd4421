"""What a column of declarations means: headings of customs forms in English, Malay and Arabic, and of ASYCUDA's boxes.

A heading is compared without case, marks and blanks; a unit or currency that stands in it (`Net mass (kg)`) counts for
the whole column. A heading over two lines, as merged cells give it, is put together from both. Limits: what is not in
`COLUMNS` has to be named by the user; the country of origin of a form is not the country of the mine and is not taken
for it; the Arabic words are from memory.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["COLUMNS", "FIELDS", "NEEDED", "Heading", "read_heading", "second_line"]

_NAMES: Mapping[str, str] = {
    "declaration_no": "declaration_no declaration_number decl_no customs_declaration_no registration_number "
    "registration_no reg_no reg_number no_pengisytiharan nombor_pengisytiharan no_pendaftaran no_k2 k2_no رقم_البيان",
    "item": "item item_no item_number no_item butiran no_butiran رقم_البند",
    "date": "date declaration_date date_of_declaration registration_date reg_date tarikh tarikh_pengisytiharan "
    "tarikh_daftar tarikh_pendaftaran التاريخ تاريخ_البيان",
    "exporter": "exporter exporter_ref exporter_name consignor consignor_exporter pengeksport nama_pengeksport "
    "pengirim pengirim_pengeksport المصدر اسم_المصدر",
    "destination": "destination dest country_of_destination destination_country country_of_final_destination "
    "destinasi negara_destinasi negara_destinasi_akhir negara_tujuan بلد_المقصد بلد_الوصول",
    "hs_code": "hs_code hs hs_no commodity_code tariff_code customs_tariff_code ahtn ahtn_code kod_hs kod_tarif "
    "kod_ahtn kod_komoditi رمز_النظام_المنسق البند_الجمركي",
    "description": "description desc description_of_goods goods_description commodity_description "
    "packages_and_description packages_and_description_of_goods perihal perihal_barang perihalan perihalan_barang "
    "keterangan_barang وصف_البضاعة وصف_البضائع",
    "gross": "gross gross_weight gross_mass berat_kasar الوزن_القائم",
    "gross_unit": "gross_unit gross_weight_unit gross_mass_unit unit_berat_kasar",
    "net": "net net_weight net_mass berat_bersih الوزن_الصافي",
    "net_unit": "net_unit net_weight_unit net_mass_unit unit_berat_bersih",
    "quantity_1": "statistic_qty statistic_quantity statistical_quantity quantity qty kuantiti kuantiti_statistik",
    "quantity_1_unit": "statistic_unit statistical_unit quantity_unit unit_statistik",
    "quantity_2": "declared_qty declared_quantity kuantiti_diisytihar kuantiti_diisytiharkan",
    "quantity_2_unit": "declared_unit unit_diisytihar unit_diisytiharkan",
    "value": "value fob fob_value item_price nilai nilai_fob القيمة",
    "currency": "currency currency_code mata_wang matawang العملة",
    "permits": "permits permit permit_no permit_number no_permit nombor_permit no_kelulusan",
    "feed_origin": "feed_origin country_of_mine negara_lombong asal_suapan",
    "state_of_origin": "state_of_origin negeri_asal",
    "purpose": "purpose tujuan",
    "documents": "documents dokumen",
    "end_user": "end_user pengguna_akhir",
    "end_user_flag": "end_user_flag",
    "jurisdiction": "jurisdiction",
    "hs_type": "hs_type jenis_hs",
    "treo": "treo_pct",
    "treo_dry": "treo_pct_dry",
    "treo_as_received": "treo_pct_as_received",
    "treo_calcined": "treo_pct_calcined",
    "treo_basis": "treo_basis",
    "moisture_pct": "moisture_pct kelembapan_pct lembapan_pct",
    "loi_pct": "loi_pct",
    "unit": "unit units uom unit_of_measure unit_ukuran الوحدة",
}
COLUMNS: Mapping[str, str] = {name: field for field, names in _NAMES.items() for name in names.split()}
"""Headings that are understood (lower case, marks and blanks as underscores) and the field each fills."""
FIELDS = tuple(_NAMES)
NEEDED = frozenset(("declaration_no", "hs_code", "description"))
"""A heading holds at least one of these."""

_BOXES = {"31": "description", "33": "hs_code", "35": "gross", "38": "net", "42": "value"}
"""Item boxes of the single administrative document; 35 and 38 are in kilograms."""
_WEIGHTS = ("gross", "net", "quantity_1", "quantity_2")
_PREFIX = re.compile(r"(?:sad|itm|box_?\d+)_")
_UNIT = re.compile(r"_(?:in_|dalam_)?(kgm|kgs|kg|tne|tonnes?|mt|t|lbs?)$")
_CURRENCY = re.compile(r"_(?:in_|dalam_)?(usd|myr|rm|eur|cny|rmb|jpy)$")


@dataclass(frozen=True)
class Heading:
    """The columns of a table.

    Args:
        fields: Field that each column fills, or its own name in lower case.
        fixed: Units and currency that stand in a heading, by field (`net_unit`, `currency`).
        twins: Places of two columns that fill the same field.
    """

    fields: tuple[str, ...]
    fixed: Mapping[str, str] = field(default_factory=dict)
    twins: tuple[tuple[int, int], ...] = ()


def _key(name: str) -> str:
    text = unicodedata.normalize("NFKC", name).strip("\ufeff ").lower().replace("%", "_pct_")
    return re.sub(r"[\W_]+", "_", text).strip("_")


def _field_of(name: str, own: Mapping[str, str]) -> tuple[str, str | None]:
    """Field of a column and the unit or currency that its heading states.

    >>> _field_of("Box 38 Net mass (kg)", {}), _field_of("No. Pengisytiharan", {})
    (('net', 'kg'), ('declaration_no', None))
    """
    key = _key(name)
    given = own.get(name.strip()) or own.get(key)
    if given:
        return given, None
    for tried in (key, _PREFIX.sub("", key, count=1)):
        if tried in COLUMNS:
            return COLUMNS[tried], "kg" if (box := _box(key)) in ("35", "38") and _BOXES[box] == COLUMNS[
                tried
            ] else None
        for ending, of in ((_UNIT, _WEIGHTS), (_CURRENCY, ("value",))):
            match = ending.search(tried)
            if match and (known := COLUMNS.get(tried[: match.start()])) in of:
                return str(known), match.group(1)
    box = _box(key)
    if box in _BOXES and re.fullmatch(r"(sad_)?box_?\d+(_\w+)?", key):
        return _BOXES[box], "kg" if box in ("35", "38") else None
    return key, None


def _box(key: str) -> str:
    match = re.match(r"(?:sad_)?box_?(\d+)(?:_|$)", key)
    return match.group(1) if match else ""


def read_heading(names: Sequence[str], own: Mapping[str, str] | None = None) -> Heading | None:
    """The columns behind a row of headings; None when it is none (a title, a row of data).

    Args:
        names: Cells of the row.
        own: The user's own names, heading to field.

    >>> read_heading(["Kod HS", "Perihal Barang", "Berat Bersih (kg)"]).fields
    ('hs_code', 'description', 'net')
    """
    fields: list[str] = []
    fixed: dict[str, str] = {}
    twins: list[tuple[int, int]] = []
    for i, name in enumerate(names):
        found, said = _field_of(name, own or {})
        if found == "unit":  # of the weight that it stands behind
            found = next((f"{f}_unit" for f in reversed(fields) if f in _WEIGHTS), "unit")
        if said is not None:
            if found == "value":
                fixed["currency"] = said.upper()
            else:
                fixed[f"{found}_unit"] = said.upper()
        if found in FIELDS and found in fields:
            twins.append((fields.index(found), i))
        fields.append(found)
    known = {f for f in fields if f in FIELDS}
    if not known & NEEDED or len(known) < 2:
        return None
    return Heading(tuple(fields), fixed, tuple(twins))


def second_line(first: Sequence[str], row: Sequence[str], own: Mapping[str, str] | None = None) -> list[str] | None:
    """Headings over two lines put together, as merged cells leave them; None when the second line holds data.

    Args:
        first: Cells of the first line; a merged cell fills only its first place.
        row: Cells of the next line.
        own: The user's own names.

    >>> second_line(["Declaration No", "Goods", "", "Net weight", ""], ["", "HS Code", "Description", "Value", "Unit"])
    ['Declaration No', 'HS Code', 'Goods Description', 'Net weight', 'Net weight Unit']
    """
    width = max(len(first), len(row))
    above = [*first, *[""] * (width - len(first))]
    below = [*row, *[""] * (width - len(row))]
    names, group, gained = [], "", 0
    for top, sub in zip(above, below, strict=True):
        group = top.strip() or group
        if not sub.strip():
            names.append(top)
            continue
        weight = _field_of(group, own or {})[0] in (*_WEIGHTS, "value")
        tries = [f"{group} {sub}", sub]
        if weight and _key(sub) in ("value", "amount", "weight", "nilai", "berat", "jisim"):
            tries.insert(0, group)
        best = next((name for name in tries if _field_of(name, own or {})[0] in FIELDS), None)
        if best is None:
            if top.strip() and _field_of(top, own or {})[0] in FIELDS:
                return None  # something else than a name under a name: a row of data
            best = f"{group} {sub}"
        else:
            gained += 1
        names.append(best)
    return names if gained else None
