"""What the goods are: stage, form and elements, from description, tariff code and certificate together.

The heading 2846.90 alone says neither raw nor processed, so the description speaks first, then the code, then the
certificate. What none of them settles is None, and the verdict asks. Words are English, Malay and the trade's
abbreviations. Limit: a description in another language is read only as far as it holds formulas or element symbols.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from gadolin.elements import BY_SYMBOL

__all__ = ["Goods", "read_goods"]

_NAMES = {element.name: symbol for symbol, element in BY_SYMBOL.items()} | {
    "scandium": "Sc",
    "neodimium": "Nd",
    "neodym": "Nd",
    "praseodimium": "Pr",
    "lantanum": "La",
    "serium": "Ce",
    "disprosium": "Dy",
    "itrium": "Y",
    "itterbium": "Yb",
    "europium": "Eu",
    "didymium": "Pr Nd",
    "samarium": "Sm",
    "cobalt": "Co",
    "iron": "Fe",
    "nickel": "Ni",
    "copper": "Cu",
}
_SYMBOL = "|".join(sorted([*BY_SYMBOL, "Sc"], key=len, reverse=True))
_FORMULA = re.compile(
    rf"(?<![A-Za-z])((?:(?:{_SYMBOL})\d*)+(?:Fe\d*B\d*|FeB|Co\d*|Fe)?)"
    rf"(?=(?:O\d*|\(?CO3\)?\d*|Cl\d*|F\d|\(NO3\)\d*)?(?![A-Za-z]))"
)

_FORMS = {
    "carbonate": r"carbonates?|karbonat|mrec|crec|\(?co3\)?\d?",
    "hydroxide": r"hydroxides?|hidroksida|\(oh\)\d?",
    "oxalate": r"oxalates?|oksalat",
    "chloride": r"chlorides?|klorida|cl3",
    "fluoride": r"fluorides?|fluorida|f3",
    "nitrate": r"nitrates?|nitrat",
    "sulphate": r"sulph?ates?|sulfates?|sulfat",
    "phosphate": r"phosphates?|fosfat",
    "acetate": r"acetates?|asetat",
    "oxide": r"oxides?|oksida|mreo|[a-z]{1,2}\d?o\d{1,2}",
}
_WORDS = {
    "technology": r"technolog\w*|teknologi|know-?how|drawings?|process design",
    "recycling": r"swarf|scrap|waste|sludge|spent|end-of-life|used magnets?|sekerap|sisa|besi buruk",
    "alloy": r"alloys?|aloi|mischmetal|ferro-?\w+|strip[- ]cast\w*|master alloy",
    "magnet": r"magnets?|ndfeb|smco|neo magnets?",
    "metal": r"metals?|logam|ingots?",
    "mineral": r"monazite|monazit|xenotime|xenotim|amang|bastn\w+site|zircon|ilmenite|loparite|allanite",
    "clay": r"clays?|tanah liat|laterite",
    "ore": r"ores?|bijih",
    "concentrate": r"concentrates?|konsentrat|pekatan",
    "device": r"motors?|generators?|turbines?|loudspeakers?|speakers?|sensors?|hard dis[ck]\w*|actuators?",
}
_FORM_RE = {name: re.compile(rf"(?<![a-z]){pattern}(?![a-z])", re.I) for name, pattern in _FORMS.items()}
_WORD_RE = {name: re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])", re.I) for name, pattern in _WORDS.items()}
_MIXED = re.compile(r"\b(mixed|campuran|rare[- ]earths?|nadir bumi|mrec|mreo|crec|re)\b", re.I)
_MIXED_FORM = re.compile(
    r"\b(mixed|campuran)\b[^,;]*(carbonate|karbonat|oxide|oksida|oxalat|hydroxide)|mrec|mreo", re.I
)
_RARE_EARTH_METALS = re.compile(r"rare[- ]earth metals?", re.I)

_CODES: Mapping[str, tuple[str, ...]] = {
    "mining": ("2530", "26"),
    "beneficiation": ("2530", "26"),
    "mixed_carbonate": ("2846",),
    "mixed_oxide": ("2846",),
    "separation": ("2846", "3824"),
    "metal": ("280530", "8486"),
    "alloy": ("280530", "3606", "3824", "7202", "7206"),
    "magnet": ("8505",),
    "device": ("84", "85", "87", "90", "95"),
    "recycling": ("2619", "2620", "2621", "3825", "7204", "8112", "8548", "8549"),
}
"""Headings of the Harmonized System under which goods of a stage are declared (leading digits)."""

_BY_CODE = (("2530", "mining"), ("2612", "beneficiation"), ("280530", "metal"), ("8505", "magnet"))
"""What a code says by itself when the description says nothing."""


@dataclass(frozen=True, slots=True)
class Goods:
    """What the goods are declared to be.

    Args:
        stage: Stage of the rules (mining, beneficiation, mixed_carbonate, mixed_oxide, separation, metal, alloy,
            magnet, device, recycling, technology), or None when it cannot be told.
        form: Chemical or physical form, or None.
        elements: Elements that the description names, in its order.
        code_mismatch: Code and description do not fit.
        told_by: What settled the stage: description, code or certificate.
    """

    stage: str | None
    form: str | None
    elements: tuple[str, ...]
    code_mismatch: bool
    told_by: str


def read_goods(
    description: str, code: str, oxides_pct: Mapping[str, Decimal] | None = None, loi_pct: Decimal | None = None
) -> Goods:
    """Stage, form and elements of declared goods.

    Args:
        description: As declared.
        code: Tariff code, digits only.
        oxides_pct: Oxides of the certificate, used only when description and code say nothing. [%]
        loi_pct: Loss on ignition, likewise. [%]

    >>> read_goods("Neodymium praseodymium oxide", "2846900000").elements
    ('Nd', 'Pr')
    >>> read_goods("MREC", "284690000").stage
    'mixed_carbonate'
    """
    stage, form, elements, several = _described(description)
    told_by = "description"
    if several:
        return Goods(None, form, elements, False, told_by)
    if stage is None:
        stage = next((stage for prefix, stage in _BY_CODE if code.startswith(prefix)), None)
        told_by = "code"
    if stage is None and oxides_pct and code.startswith("2846"):
        stage, form = _by_certificate(oxides_pct, form, loi_pct)
        told_by = "certificate"
    return Goods(stage, form, elements, _mismatch(stage, elements, code), told_by)


@lru_cache(maxsize=20_000)
def _described(description: str) -> tuple[str | None, str | None, tuple[str, ...], bool]:
    elements = named_elements(description)
    words = {name for name, pattern in _WORD_RE.items() if pattern.search(description)}
    if _RARE_EARTH_METALS.search(description) and any(p.search(description) for p in _FORM_RE.values()):
        words.discard("metal")  # "compounds of rare-earth metals"
    form = next((name for name, pattern in _FORM_RE.items() if pattern.search(description)), None)
    if _several(description, words, form):
        return None, None, elements, True
    return *_stage_of(description, words, form, elements), elements, False


def _stage_of(
    description: str, words: set[str], form: str | None, elements: tuple[str, ...]
) -> tuple[str | None, str | None]:
    """Stage and form from the words, the form and the elements of a description."""
    for word, stage in (("technology", "technology"), ("recycling", "recycling"), ("alloy", "alloy")):
        if word in words:
            shown = "swarf" if re.search(r"swarf", description, re.I) else word if stage != "recycling" else "scrap"
            return stage, shown
    for word in ("magnet", "device"):
        if word in words:
            return word, word
    if form is None or "mineral" in words:
        if "mineral" in words:
            return "beneficiation", "mineral"
        if "metal" in words:
            return "metal", "metal"
        for word in ("clay", "ore"):
            if word in words and "concentrate" not in words:
                return "mining", word
        if "concentrate" in words and not elements_of_balance(elements):
            return "beneficiation", "concentrate"
        if "clay" in words or "ore" in words:
            return "beneficiation", "concentrate"
        return None, None
    if elements_of_balance(elements):
        return "separation", form
    if _MIXED.search(description):
        return ("mixed_oxide" if form == "oxide" else "mixed_carbonate"), form
    return None, form


def _several(description: str, words: set[str], form: str | None) -> bool:
    """Whether goods of more than one stage are named, raw ones among them: which are they, or is it a mixed load?

    >>> read_goods("Monazite sand with magnets", "850511").stage is None
    True
    """
    raw = bool(words & {"mineral", "clay", "ore"}) or (form == "carbonate" and bool(_MIXED.search(description)))
    if raw and words & {"magnet", "device", "alloy", "recycling"}:
        return True
    forms = {name for name, pattern in _FORM_RE.items() if pattern.search(description)}
    return bool(_MIXED_FORM.search(description)) and len(forms) > 1 and "technology" not in words


def elements_of_balance(elements: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are rare earths (with scandium)."""
    return tuple(e for e in elements if e in BY_SYMBOL or e == "Sc")


def named_elements(description: str) -> tuple[str, ...]:
    """Elements that a description names, by name, symbol or formula, in its order.

    >>> named_elements("NdPr oxide"), named_elements("La2O3 99.9%"), named_elements("Sintered NdFeB magnets")
    (('Nd', 'Pr'), ('La',), ('Nd', 'Fe', 'B'))
    """
    found: list[tuple[int, str]] = []
    for match in re.finditer(r"[A-Za-z]+", description):
        symbols = _NAMES.get(match.group().lower())
        if symbols:
            found += [(match.start() + i, s) for i, s in enumerate(symbols.split())]
    for match in _FORMULA.finditer(description):
        for part in re.finditer(r"[A-Z][a-z]?", match.group(1)):
            found.append((match.start() + part.start(), part.group()))
    return tuple(dict.fromkeys(symbol for _, symbol in sorted(found)))


def _by_certificate(
    oxides_pct: Mapping[str, Decimal], form: str | None, loi_pct: Decimal | None
) -> tuple[str | None, str | None]:
    total = sum(oxides_pct.values())
    if total <= 0:
        return None, form
    main = [e for e, share in oxides_pct.items() if share * 100 >= total]
    if form is None and loi_pct is not None:
        form = "carbonate" if loi_pct > 10 else "oxide"
    if form is None:
        return None, None
    if len(main) > 4:
        return ("mixed_oxide" if form == "oxide" else "mixed_carbonate"), form
    return "separation", form


def _mismatch(stage: str | None, elements: tuple[str, ...], code: str) -> bool:
    if stage is None or not code or stage not in _CODES:
        return False
    if not code.startswith(_CODES[stage]):
        return True
    if stage == "separation" and elements and code.startswith("2846"):
        if code.startswith("284610"):
            return "Ce" not in elements
        return code.startswith("284690") and elements == ("Ce",)
    return False
