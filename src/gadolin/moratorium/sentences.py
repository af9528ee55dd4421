"""Sentences of a verdict by their code, in English and Malay: frames, questions, reasons, remarks.

Both languages have the same codes and the same places for values.
"""

from __future__ import annotations

__all__ = ["FIELDS", "FRAME", "MASS", "NOTES", "QUESTIONS", "STATUS", "VERDICTS", "WHY"]

VERDICTS = {
    "MAY LEAVE": ("MAY LEAVE", "BOLEH KELUAR"),
    "HELD: DOCUMENT": ("HELD: DOCUMENT", "DITAHAN: DOKUMEN"),
    "HELD: LAB TEST": ("HELD: LAB TEST", "DITAHAN: UJIAN MAKMAL"),
    "MAY NOT LEAVE": ("MAY NOT LEAVE", "TIDAK BOLEH KELUAR"),
}
STATUS = {
    "gazetted": ("gazetted", "diwartakan"),
    "ministry_letter": ("ministry letter", "surat kementerian"),
    "parliamentary_answer": ("answer in Parliament", "jawapan Parlimen"),
    "statement": ("statement", "kenyataan"),
    "procedure_notice": ("procedure notice", "notis prosedur"),
    "assumed": ("assumed, no source", "andaian, tiada sumber"),
}
FRAME = {
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
QUESTIONS = {
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
MASS = {
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
FIELDS = {
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
WHY = {
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
NOTES = {
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
