"""Every sentence of a verdict, in English and Malay.

Sentences are keyed by code; a test holds both languages to the same codes and the same places for values. Clauses and
instruments of the shipped table have a Malay rendering in `malay.json`, found by their English text; one that is not
there (a case's own row, or a clause that was changed) is shown in the language of its table.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from gadolin.errors import InputError

if TYPE_CHECKING:
    from gadolin.moratorium.verdict import Finding, Verdict

__all__ = ["LANGUAGES", "frame", "note", "question", "report", "verdict_word", "why"]

LANGUAGES = ("en", "ms")

_VERDICTS = {
    "MAY LEAVE": ("MAY LEAVE", "BOLEH KELUAR"),
    "HELD: DOCUMENT": ("HELD: DOCUMENT", "DITAHAN: DOKUMEN"),
    "HELD: LAB TEST": ("HELD: LAB TEST", "DITAHAN: UJIAN MAKMAL"),
    "MAY NOT LEAVE": ("MAY NOT LEAVE", "TIDAK BOLEH KELUAR"),
}
_STATUS = {
    "gazetted": ("gazetted", "diwartakan"),
    "ministry_letter": ("ministry letter", "surat kementerian"),
    "parliamentary_answer": ("answer in Parliament", "jawapan Parlimen"),
    "statement": ("statement", "kenyataan"),
    "procedure_notice": ("procedure notice", "notis prosedur"),
    "assumed": ("assumed, no source", "andaian, tiada sumber"),
}
_FRAME = {
    "title": ("Declaration {0}, item {1}: {2}", "Pengisytiharan {0}, butiran {1}: {2}"),
    "goods": ("goods taken as {0}, rules of {1}", "barang dianggap {0}, peraturan pada {1}"),
    "no_day": ("no single date", "tiada satu tarikh"),
    "file": ("{0}: {1}", "{0}: {1}"),
    "passed_over": ("Sheets without a heading, not read: {0}", "Helaian tanpa tajuk lajur, tidak dibaca: {0}"),
    "nothing": ("no declarations", "tiada pengisytiharan"),
    "inspect": ("Inspect first:", "Periksa dahulu:"),
    "place": ("{0} item {1}: {2} points ({3}); {4}{5}", "{0} butiran {1}: {2} mata ({3}); {4}{5}"),
    "evidence": ("{0}, evidence {1}", "{0}, bukti {1}"),
    "mass_unknown": ("REO mass not known", "jisim REO tidak diketahui"),
    "mass_known": ("{0} t REO", "{0} t REO"),
    "tie": (
        "; tied with {0}, ordered by REO mass, then number",
        "; sama mata dengan {0}, disusun mengikut jisim REO, kemudian nombor",
    ),
    "because": ("because", "kerana"),
    "open": ("also open", "masih terbuka"),
    "met": ("met", "dipenuhi"),
    "lifted": ("lifted", "dikecualikan"),
    "duty": ("duty", "duti"),
    "tried": ("exemption", "pengecualian"),
    "passed": ("looked at", "diperiksa"),
    "asked": ("question", "soalan"),
    "note": ("note", "catatan"),
    "is": ("{0}: {1} ({2})", "{0}: {1} ({2})"),
    "lacks": ("{0} is not there", "{0} tiada"),
    "no_rule": ("no rule in force stops it", "tiada peraturan berkuat kuasa menghalangnya"),
    "chosen": (
        "[chosen, not found in a source: {0} ({1}; readings: {2})]",
        "[dipilih, tiada dalam sumber: {0} ({1}; tafsiran: {2})]",
    ),
    "setting": ("[contested point: {0} ({1}; readings: {2})]", "[perkara dipertikai: {0} ({1}; tafsiran: {2})]"),
    "by": ("{0} by {1}", "{0} oleh {1}"),
    "rate": ("{0}: {1} % of FOB owed", "{0}: {1} % daripada FOB terhutang"),
    "reading": ("read as {0}: {1}", "dibaca {0}: {1}"),
    "and_more": ("and {0} more; see the full record", "dan {0} lagi; lihat rekod penuh"),
}
_QUESTIONS = {
    "date_no_matter": (
        "Which date? {0} or {1}: the verdict does not turn on it, the ledger and statistics do",
        "Tarikh yang mana? {0} atau {1}: keputusan tidak bergantung padanya, tetapi lejar dan statistik ya",
    ),
    "date_matters": ("Which date? The readings differ: {0}", "Tarikh yang mana? Keputusan berbeza: {0}"),
    "date_missing": (
        "On which date was it declared? No date could be read",
        "Bila diisytiharkan? Tiada tarikh dapat dibaca",
    ),
    "stage": (
        'What are the goods? "{0}" and the code do not tell raw from processed',
        'Apakah barang ini? "{0}" dan kod tidak membezakan mentah daripada diproses',
    ),
    "code": (
        "Which tariff code, with at least six digits? Given: {0}",
        "Kod tarif apa, sekurang-kurangnya enam angka? Diberi: {0}",
    ),
    "unread": ("A field could not be read: {0}", "Satu medan tidak dapat dibaca: {0}"),
    "no_rules": (
        "No rule of {0} is on record: which law governs its exports?",
        "Tiada peraturan {0} dalam rekod: undang-undang mana mengawal eksportnya?",
    ),
    "worked_out": (
        "{0} is worked out here and not taken from a declaration: why does the file state it?",
        "{0} dikira di sini dan tidak diambil daripada pengisytiharan: mengapa fail menyatakannya?",
    ),
    "unread_cells": (
        "The row has {0} cells under {1} column names: which cell belongs where?",
        "Baris ini ada {0} sel di bawah {1} nama lajur: sel mana milik lajur mana?",
    ),
    "unread_row": ("Row {0} could not be read: {1}", "Baris {0} tidak dapat dibaca: {1}"),
    "not_a_number": (
        '{0} is given as "{1}": which number is it?',
        '{0} diberi sebagai "{1}": nombor berapakah ia?',
    ),
    "not_gazetted": (
        "Gazetted instrument not found: name the authority that refused the licence",
        "Instrumen yang diwartakan tidak ditemui: namakan pihak berkuasa yang menolak lesen",
    ),
    "amend": (
        "Amend the declaration to what is left on the permit, or show a renewal",
        "Pinda pengisytiharan kepada baki permit, atau tunjukkan pembaharuan",
    ),
    "declare": ("What is {0}? A clause turns on it: {1}", "Apakah {0}? Satu fasal bergantung padanya: {1}"),
    "show": ("Show {0} ({1})", "Tunjukkan {0} ({1})"),
    "yttrium": (
        'Was yttrium analysed? The sum is a lower bound; is TREO "with Y" or "without Y"?',
        'Adakah itrium dianalisis? Jumlah ialah had bawah; TREO "dengan Y" atau "tanpa Y"?',
    ),
    "treo_sum": (
        "Which is right, the stated TREO or the sum of the oxides?",
        "Yang mana betul, TREO dinyatakan atau jumlah oksida?",
    ),
    "reading": (
        "Written reading of the authority: {0} (contested point {1})",
        "Tafsiran bertulis pihak berkuasa: {0} (perkara dipertikai {1})",
    ),
    "clause_off": (
        "The treaty clause behind {0} is off: not in force on the sources found",
        "Fasal perjanjian di sebalik {0} ditutup: tidak berkuat kuasa menurut sumber yang ditemui",
    ),
    "currency": (
        "The value is in {0}: which rate of which day turns it into USD?",
        "Nilai dalam {0}: kadar hari mana menukarnya kepada USD?",
    ),
    "duty_unknown": (
        "What is {0}? A duty turns on it: {1}",
        "Apakah {0}? Satu duti bergantung padanya: {1}",
    ),
    "no_currency": ("In which currency is the value?", "Nilai dalam mata wang apa?"),
    "mass": ("{0}", "{0}"),
    "field": ("{0}", "{0}"),
    "duplicate": (
        "Declaration {0} item {1} was handed in {2} times: which one counts?",
        "Pengisytiharan {0} butiran {1} dihantar {2} kali: yang mana dikira?",
    ),
}
_MASS = {
    "UNIT_MISSING": ("Which unit is the net weight in?", "Berat bersih dalam unit apa?"),
    "NET_MISSING": ("What is the net weight?", "Berapakah berat bersih?"),
    "NET_ABOVE_GROSS": (
        "The net weight is above the gross weight: which is right?",
        "Berat bersih melebihi berat kasar: yang mana betul?",
    ),
    "GROSS_FAR_ABOVE_NET": (
        "The gross weight is over a hundred times the net weight: in which unit is each?",
        "Berat kasar melebihi seratus kali berat bersih: masing-masing dalam unit apa?",
    ),
    "SUM_ABOVE_100": (
        "The oxides sum to more than the whole: on what does each share rest?",
        "Jumlah oksida melebihi keseluruhan: setiap bahagian atas asas apa?",
    ),
    "QTY_DISAGREE": (
        "Net weight and quantities differ: which is right, and in which unit?",
        "Berat bersih dan kuantiti berbeza: yang mana betul, dan dalam unit apa?",
    ),
    "NUMBER_UNCLEAR": (
        "Is the comma or the point the decimal sign in this file?",
        "Dalam fail ini, koma atau titik tanda perpuluhan?",
    ),
    "UNIT_SUSPECT": (
        "Value and weight do not go together by a factor of a hundred: is the weight in kilograms or in tonnes?",
        "Nilai dan berat tidak sepadan dengan faktor seratus: berat dalam kilogram atau tan?",
    ),
    "MASS_SUSPECT": (
        "The weight is above what any country sent to another in a whole year: in which unit is it?",
        "Berat melebihi apa yang dihantar mana-mana negara ke negara lain dalam setahun: dalam unit apa?",
    ),
    "TREO_BASIS_MISSING": (
        "On what does the TREO rest: dry, as received or calcined? The permit counts another mass than net",
        "TREO atas asas apa: kering, seperti diterima atau dikalsin? Permit mengira jisim lain daripada bersih",
    ),
}
_FIELDS = {
    "origin_unproved": (
        "From which country's mine did the feed come? Show a statement of origin or the feed record",
        "Suapan datang dari lombong negara mana? Tunjukkan penyata asal atau rekod suapan",
    ),
    "feed_origin": ("{clause}: ask the authority", "{clause}: tanya pihak berkuasa"),
    "activity_values": ("Activity of the goods, nuclide by nuclide", "Aktiviti barang, satu demi satu nuklid"),
    "activity_basis": (
        "Activity of Th-232, Ra-228, Th-228, Ra-226, Pb-210, Ac-227 one by one",
        "Aktiviti Th-232, Ra-228, Th-228, Ra-226, Pb-210, Ac-227 satu demi satu",
    ),
    "activity_spans_limit": (
        "A measurement whose interval does not span 1 Bq/g",
        "Pengukuran yang selangnya tidak merangkumi 1 Bq/g",
    ),
    "gamma": (
        "Gamma spectrometry: ppm of Th and U alone prove nothing about a leach product",
        "Spektrometri gama: ppm Th dan U sahaja tidak membuktikan apa-apa tentang hasil larut lesap",
    ),
    "declared_oxide_treo_dry": (
        "Own sample: LOI and TREO on dry matter",
        "Sampel sendiri: LOI dan TREO atas asas kering",
    ),
    "declared_oxide_loi": ("Own sample: LOI and TREO on dry matter", "Sampel sendiri: LOI dan TREO atas asas kering"),
    "undeclared_share": (
        "Own sample: which elements are in the goods?",
        "Sampel sendiri: unsur apa dalam barang?",
    ),
    "like_raw_vector": (
        "Own sample: the composition is consistent with a raw product",
        "Sampel sendiri: komposisi selaras dengan hasil mentah",
    ),
    "value_ratio": ("Invoice and price basis of the declared value", "Invois dan asas harga bagi nilai diisytihar"),
    "code_mismatch": (
        "Which tariff line? Code and description do not fit",
        "Garis tarif mana? Kod dan perihalan tidak sepadan",
    ),
    "permit_not_cited": ("Number of the approval", "Nombor kelulusan"),
    "permit_uncertain": (
        "The approval itself: number, tonnes and their basis",
        "Kelulusan itu sendiri: nombor, tan dan asasnya",
    ),
    "permit_covers": ("Date and text of the approval", "Tarikh dan teks kelulusan"),
    "purpose": ("Written leave for the sample", "Kebenaran bertulis untuk sampel"),
    "ap_hs_codes": ("One licence for each tariff code", "Satu lesen bagi setiap kod tarif"),
    "ap_collected_after": (
        "Is the licence still valid after the late collection?",
        "Adakah lesen masih sah selepas kutipan lewat?",
    ),
    "k2_hs_codes": ("One form K2 for each tariff code", "Satu borang K2 bagi setiap kod tarif"),
    "net_mass_t": ("Split the form: the system takes less", "Pecahkan borang: sistem menerima kurang"),
    "hs_edition": ("The code of the edition in force", "Kod edisi yang berkuat kuasa"),
    "documents": ("{clause}", "{clause}"),
}
_NAMES = {
    "feed_origin": ("country of the mine", "negara lombong"),
    "destination": ("destination", "destinasi"),
    "product_stage": ("stage of the goods", "peringkat barang"),
    "product_form": ("form of the goods", "bentuk barang"),
    "purpose": ("purpose", "tujuan"),
    "state_of_origin": ("state of origin", "negeri asal"),
    "permit_covers": ("an approval covers the goods", "kelulusan meliputi barang"),
    "permit_not_cited": ("no approval cited by", "kelulusan tidak dirujuk oleh"),
    "permit_uncertain": ("cover cannot be computed for", "liputan tidak dapat dikira bagi"),
    "origin_unproved": ("origin of the feed not shown", "asal suapan tidak dibuktikan"),
    "domestic_separated_carbonate": (
        "separated carbonate of domestic feed",
        "karbonat terasing daripada suapan tempatan",
    ),
    "ap_hs_codes": ("tariff codes on the licence", "kod tarif pada lesen"),
    "ap_collected_after": ("working days until collected", "hari bekerja sehingga dikutip"),
    "net_mass_t": ("net weight in t", "berat bersih dalam t"),
    "k2_hs_codes": ("tariff codes on the form", "kod tarif pada borang"),
    "hs_edition": ("edition of the code", "edisi kod"),
    "documents": ("document", "dokumen"),
    "activity_values": ("activity results", "keputusan aktiviti"),
    "activity_report_due": ("activity stated without report", "aktiviti tanpa laporan"),
    "activity_basis": ("activity is given for", "aktiviti diberi bagi"),
    "activity_spans_limit": ("interval spans the limit", "selang merangkumi had"),
    "activity_sum": ("sum of the quotients", "jumlah hasil bahagi"),
    "th232_bq_per_g": ("Th-232 in Bq/g", "Th-232 dalam Bq/g"),
    "u238_bq_per_g": ("U-238 in Bq/g", "U-238 dalam Bq/g"),
    "other_nuclide_bq_per_g": ("highest other nuclide in Bq/g", "nuklid lain tertinggi dalam Bq/g"),
    "gamma": ("gamma spectrometry", "spektrometri gama"),
    "declared_oxide_treo_dry": ("TREO on dry matter in %", "TREO asas kering dalam %"),
    "declared_oxide_loi": ("loss on ignition in %", "kehilangan pembakaran dalam %"),
    "undeclared_share": ("elements not declared, % of TREO", "unsur tidak diisytihar, % TREO"),
    "treo_gap": ("stated TREO against the sum, %", "TREO dinyatakan lawan jumlah, %"),
    "value_ratio": ("declared value over value of the oxides", "nilai diisytihar per nilai oksida"),
    "mass_unclear": ("mass unclear", "jisim tidak jelas"),
    "duplicate": ("declared before", "pernah diisytihar"),
    "code_mismatch": ("code and description differ", "kod dan perihalan berbeza"),
    "like_raw_vector": ("composition like a raw product", "komposisi seperti hasil mentah"),
    "elements": ("elements", "unsur"),
    "trace_elements": ("elements in traces", "unsur surih"),
    "dual_use_end_user": ("end user", "pengguna akhir"),
    "heavy_share": ("heavy share of TREO in %", "bahagian berat TREO dalam %"),
    "ni_pct": ("nickel in %", "nikel dalam %"),
    "cu_pct": ("copper in %", "kuprum dalam %"),
    "smelter_progress": ("smelter built, %", "peleburan siap, %"),
    "chinese_content_value": ("Chinese content, % of value", "kandungan China, % nilai"),
}
_TESTS = {
    "present": ("the clause asks that it is given", "fasal meminta ia diberi"),
    "missing": ("the clause looks for it", "fasal memerlukannya"),
    "eq": ("the clause says {0}", "fasal menyatakan {0}"),
    "in": ("the clause names {0}", "fasal menamakan {0}"),
    "ne": ("the clause says any but {0}", "fasal menyatakan selain {0}"),
    "not_in": ("the clause says any but {0}", "fasal menyatakan selain {0}"),
    "gt": ("limit {0}, above it", "had {0}, melebihinya"),
    "ge": ("limit {0}, reached", "had {0}, dicapai"),
    "lt": ("limit {0}, below it", "had {0}, di bawahnya"),
    "le": ("limit {0}, not above it", "had {0}, tidak melebihinya"),
    "between": ("range {0}", "julat {0}"),
    "any_of": ("the clause lists {0}", "fasal menyenaraikan {0}"),
}
_VALUES = {
    "yes": ("yes", "ya"),
    "missing": ("missing", "tiada"),
    "whole_chain": ("a whole chain", "seluruh rantai"),
    "unknown": ("not stated", "tidak dinyatakan"),
    "pilot_operator": ("the pilot operator", "pengendali perintis"),
    "pilot_approval": ("pilot approval", "kelulusan perintis"),
    "laboratory_sample": ("laboratory sample", "sampel makmal"),
    "research": ("research", "penyelidikan"),
    "re_export": ("re-export", "eksport semula"),
    "imported_feed": ("imported feed", "suapan import"),
    "sale": ("sale", "jualan"),
    "JPN_military": ("Japanese military", "tentera Jepun"),
    "listed": ("a listed firm", "firma tersenarai"),
    "measured": ("measured", "diukur"),
    "mining": ("ore from a mine", "bijih lombong"),
    "beneficiation": ("ore concentrate", "konsentrat bijih"),
    "mixed_carbonate": ("mixed carbonate", "karbonat campuran"),
    "mixed_oxide": ("mixed oxide", "oksida campuran"),
    "separation": ("separated product", "hasil terasing"),
    "metal": ("metal", "logam"),
    "alloy": ("alloy", "aloi"),
    "magnet": ("magnet", "magnet"),
    "device": ("device", "peranti"),
    "recycling": ("waste or scrap", "sisa atau sekerap"),
    "technology": ("technology", "teknologi"),
    "carbonate": ("carbonate", "karbonat"),
    "hydroxide": ("hydroxide", "hidroksida"),
    "oxalate": ("oxalate", "oksalat"),
    "chloride": ("chloride", "klorida"),
    "fluoride": ("fluoride", "fluorida"),
    "nitrate": ("nitrate", "nitrat"),
    "sulphate": ("sulphate", "sulfat"),
    "phosphate": ("phosphate", "fosfat"),
    "acetate": ("acetate", "asetat"),
    "oxide": ("oxide", "oksida"),
    "mineral": ("mineral", "mineral"),
    "clay": ("clay", "tanah liat"),
    "ore": ("ore", "bijih"),
    "concentrate": ("concentrate", "konsentrat"),
    "swarf": ("swarf", "serpihan"),
    "scrap": ("scrap", "sekerap"),
    "net_as_received": ("net weight as received", "berat bersih seperti diterima"),
    "net_dry": ("net dry weight", "berat bersih kering"),
    "reo": ("REO", "REO"),
    "AP": ("export licence (AP)", "lesen eksport (AP)"),
    "activity_report": ("activity report", "laporan aktiviti"),
    "state_confirmation": ("confirmation of the state", "pengesahan negeri"),
    "feed_record": ("feed record", "rekod suapan"),
    "MITI_licence": ("licence of MITI", "lesen MITI"),
    "AELB_licence": ("licence of AELB", "lesen AELB"),
    "dual_use_licence": ("dual-use licence", "lesen dwiguna"),
    "control_statement": ("statement on control", "penyata kawalan"),
    "export_licence": ("export licence", "lesen eksport"),
    "export_recommendation": ("export recommendation", "syor eksport"),
    "quota": ("quota", "kuota"),
    "unset": ("not settled", "belum diputuskan"),
    "raw": ("raw", "mentah"),
    "processed": ("processed", "diproses"),
    "inside": ("inside", "di dalam"),
    "outside": ("outside", "di luar"),
    "granted": ("granted", "diberi"),
    "not_granted": ("not granted", "tidak diberi"),
    "on": ("on", "hidup"),
    "off": ("off", "tutup"),
    "lapsed": ("lapsed", "luput"),
    "renewed": ("renewed", "diperbaharui"),
}
_SWITCHES = {
    "mixed_oxide": ("is mixed oxide raw or processed", "oksida campuran mentah atau diproses"),
    "separated_carbonate": ("is separated carbonate raw or processed", "karbonat terasing mentah atau diproses"),
    "radioactive_raw": (
        "does the moratorium cover monazite and the like",
        "moratorium meliputi monazit dan seumpamanya",
    ),
    "perak_2024": ("did the pilot's leave hold in 2024 before it was named", "kelulusan perintis 2024 sebelum disebut"),
    "art_us": ("does the treaty with the USA lift the ban", "perjanjian dengan Amerika Syarikat membatalkan larangan"),
    "activity_sum": ("does the sum of nuclides count", "jumlah nuklid dikira"),
    "china_pause": ("what follows the Chinese pause", "apa selepas penangguhan China"),
    "legal_basis": ("may rules refuse that are not gazetted", "peraturan tidak diwartakan boleh menolak"),
}
_WHY = {
    "not_on_ledger": ("{0} is not on the ledger", "{0} tiada dalam lejar"),
    "other_holder": ("{0} was given to {1}", "{0} diberi kepada {1}"),
    "other_code": ("{0} is for code {1}", "{0} untuk kod {1}"),
    "other_state": ("{0} is for {1}", "{0} untuk {1}"),
    "not_yet_valid": ("{0} is valid from {1}", "{0} sah mulai {1}"),
    "expired": ("{0} expired on {1}", "{0} tamat pada {1}"),
    "no_basis": ("{0} does not say of what mass its tonnes are", "{0} tidak menyatakan asas jisim tannya"),
    "mass_not_known": (
        "{0} counts {1}; that mass is not known",
        "{0} mengira {1}; jisim itu tidak diketahui",
    ),
    "too_little_left": ("{1} t left, {2} t needed", "baki {1} t, diperlukan {2} t"),
}
_NOTES = {
    "NO_UNCERTAINTY": (
        "activity compared as stated; no uncertainty was given",
        "aktiviti dibanding seperti dinyatakan; ketidakpastian tidak diberi",
    ),
    "MASS_SUSPECT": (
        "heavier than the greatest yearly flow of rare earths between two countries on record",
        "lebih berat daripada aliran tahunan nadir bumi terbesar antara dua negara dalam rekod",
    ),
    "UNIT_SUSPECT": (
        "declared value per kilogram is off by more than a hundred from any oxide",
        "nilai diisytihar sekilogram menyimpang lebih seratus kali daripada mana-mana oksida",
    ),
    "VALUE_NOT_USD": (
        "declared value tested at {1} to {2} {0} per USD, the rates of {3}",
        "nilai diisytihar diuji pada {1} hingga {2} {0} bagi satu USD, kadar tahun {3}",
    ),
    "VALUE_NO_CURRENCY": (
        "declared value NOT tested: it names no currency",
        "nilai diisytihar TIDAK diuji: tiada mata wang dinyatakan",
    ),
    "VALUE_NOT_TESTED": (
        "declared value NOT tested: no rate of its currency ({0}) is on record",
        "nilai diisytihar TIDAK diuji: tiada kadar mata wangnya ({0}) dalam rekod",
    ),
    "DATE_SERIAL": ("date was a spreadsheet's serial number", "tarikh ialah nombor siri hamparan"),
    "DATE_AMBIGUOUS": ("date has two readings", "tarikh mempunyai dua bacaan"),
    "HS_CODE_REPAIRED": ("tariff code had become a number", "kod tarif telah menjadi nombor"),
    "MIXED_UNITS": ("weights in different units", "berat dalam unit berbeza"),
    "THOUSANDS": ("thousands separators removed", "pemisah ribuan dibuang"),
    "SPLIT_LOAD": (
        "same exporter, goods, destination and day as: ",
        "pengeksport, barang, destinasi dan hari sama dengan: ",
    ),
    "LIKE": ("composition consistent with: ", "komposisi selaras dengan: "),
    "PRICES": ("prices without VAT of ", "harga tanpa VAT pada "),
}


def _pick(pair: tuple[str, str], language: str) -> str:
    return pair[LANGUAGES.index(language)]


@lru_cache(maxsize=4096)
def question(asked: tuple[str, ...], language: str) -> str:
    """A question as a sentence.

    >>> question(("mass", "UNIT_MISSING"), "ms")
    'Berat bersih dalam unit apa?'
    """
    code, *values = asked
    if code == "mass":
        return _pick(_MASS.get(values[0], (values[0], values[0])), language)
    if code == "field":
        name, clause = values
        return _pick(_FIELDS.get(name, ("{clause}", "{clause}")), language).format(clause=_rendered(clause, language))
    if code in ("reading", "clause_off"):
        point = values[-1]
        values[-1] = f"{_pick(_SWITCHES.get(point, (point, point)), language)} ({point})"
    if code in ("declare", "duty_unknown", "not_a_number"):
        values[0] = _pick(_NAMES.get(values[0], (values[0], values[0])), language)
    elif code == "date_matters":
        for name in _VERDICTS:
            values[0] = values[0].replace(f": {name}", f": {_pick(_VERDICTS[name], language)}")
    if code not in (
        "stage",
        "code",
        "unread",
        "unread_row",
        "not_a_number",
        "no_rules",
        "worked_out",
    ):  # what was typed is shown as typed
        values = [_rendered(v, language) for v in values]
    return _pick(_QUESTIONS[code], language).format(*values)


@lru_cache(maxsize=1)
def _malay() -> dict[str, str]:
    """Malay renderings of clauses and instruments by their English text."""
    found = json.loads((resources.files("gadolin.moratorium") / "malay.json").read_text("utf-8"))
    return found["clauses"] | found["instruments"]


def _rendered(text: str, language: str) -> str:
    """A word, paper, clause or instrument in a language; what has no rendering stays as it is."""
    if text in _VALUES:
        return _pick(_VALUES[text], language)
    return _malay().get(text, text) if language == "ms" else text


def why(reason: tuple[str, ...], language: str) -> str:
    """Why a permit does not cover, as a phrase."""
    code, *values = reason
    return _pick(_WHY[code], language).format(*(_rendered(v, language) for v in values))


def note(code: str, language: str) -> str:
    """A remark as a phrase; a code may carry a text after its first blank."""
    head, _, rest = code.partition(" ")
    if head in ("VALUE_NOT_USD", "VALUE_NOT_TESTED"):
        return _pick(_NOTES[head], language).format(*(rest.split(" ") if head == "VALUE_NOT_USD" else (rest,)))
    if head == "PRICES" and language == "ms":
        rest = rest.replace(" to ", " hingga ")
    return f"{_pick(_NOTES[head], language)}{rest}" if head in _NOTES else code


def frame(name: str, language: str, *values: Any) -> str:
    """A fixed phrase of reports."""
    return _pick(_FRAME[name], language).format(*values)


def verdict_word(verdict: str, language: str) -> str:
    """A verdict as printed."""
    return _pick(_VERDICTS[verdict], language)


def shown(value: Any) -> str:
    """A value as printed: decimals without trailing zeros, at most six significant digits after the point."""
    if isinstance(value, Decimal):
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        return text if text not in ("0", "-0") or value == 0 else f"{value:.3g}"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _sentence(finding: Finding, language: str) -> str:
    rule = finding.rule
    head = f"{rule.rule_id} ({_pick(_STATUS[rule.status], language)}): {_rendered(rule.clause, language)}"
    if finding.fallback:
        return f"{rule.rule_id}: {_pick(_FRAME['no_rule'], language)}"
    if rule.effect in ("needs_permit", "needs_declaration"):
        what = _pick(_FRAME["lacks"], language).format(_rendered(rule.effect_value, language))
    elif (rule.operator, rule.value) == ("eq", "yes"):
        what = _plain_words(finding, language)[0]
    else:
        what = _pick(_FRAME["is"], language).format(*_plain_words(finding, language))
    if finding.setting:
        point = finding.setting.split("=")[0]
        words = _pick(_SWITCHES.get(point, (point, point)), language)
        readings = ", ".join(_rendered(reading, language) for reading in finding.readings)
        what += " " + frame("chosen" if finding.chosen else "setting", language, finding.setting, words, readings)
    return f"{head}. {what}"


def _plain_words(finding: Finding, language: str) -> tuple[str, str, str]:
    """Name of the fact, its value and the test of the clause, in words."""
    rule = finding.rule
    name = _pick(_NAMES.get(rule.field, (rule.field, rule.field)), language)
    asked = ", ".join(_rendered(part, language) for part in rule.value.split(";"))
    return name, _rendered(shown(finding.value), language), _pick(_TESTS[rule.operator], language).format(asked)


def report(v: Verdict, language: str) -> str:
    """The verdict as a short report.

    Args:
        v: Verdict.
        language: en or ms.

    Raises:
        InputError: Another language.
    """
    if language not in LANGUAGES:
        raise InputError(f'"{language}" is not a language of verdicts (one of {", ".join(LANGUAGES)})')

    def say(name: str, *values: Any) -> str:
        return frame(name, language, *values)

    words = [_rendered(word, language) for word in dict.fromkeys(filter(None, (v.stage, v.form)))]
    goods = ", ".join(filter(None, (*words, "-".join(v.elements)))) or "?"
    lines = [
        say("title", v.declaration_no, v.item, _pick(_VERDICTS[v.verdict], language)),
        "  " + say("goods", goods, v.on or say("no_day")),
    ]

    def add(label: str, sentences: list[str], most: int = 4) -> None:
        for sentence in sentences[:most]:
            lines.append(f"  {label:10} {sentence}")
        if len(sentences) > most:
            lines.append(f"  {'':10} {say('and_more', len(sentences) - most)}")

    add(say("because"), [_sentence(f, language) for f in v.deciding], 12)
    if len(v.dates) > 1:
        readings = [(day, _pick(_VERDICTS[verdict], language)) for day, verdict, _ in v.by_date]
        add(say("because"), [say("reading", day, verdict) for day, verdict in readings])
    add(say("open"), [_sentence(f, language) for f in v.also_open])
    met = "; ".join(say("by", rule.rule_id, _rendered(by, language)) for rule, by in v.satisfied)
    add(say("met"), [met] if met else [])
    add(say("lifted"), [", ".join(rule.rule_id for rule in v.lifted)] if v.lifted else [])
    add(say("duty"), [say("rate", rule.rule_id, shown(rate)) for rule, rate, _ in v.duty])
    add(say("tried"), [f"{rule.rule_id}: {why(reason, language)}" for rule, reason in v.exemption_not_met])
    passed = "; ".join(
        f"{_pick(_NAMES.get(f.rule.field, (f.rule.field, f.rule.field)), language)} {shown(f.value)}" for f in v.passed
    )
    add(say("passed"), [passed] if passed else [])
    add(say("asked"), [question(q, language) for q in v.questions], 6)
    add(say("note"), list(dict.fromkeys(note(n, language) for n in v.notes)), 3)
    return "\n".join(lines)
