"""The fifteen elements of every balance, and how oxide, metal and moles convert.

Y and La to Lu without promethium. Th, U, Al, Ca, Fe and Sc appear only in rules, assays and residues
(`COMPANIONS`), never in a balance. Oxides are those by which rare earths are traded and assayed:
CeO2, Pr6O11, Tb4O7, else R2O3.

Atomic masses: IUPAC abridged standard atomic weights 2021 (doi:10.1515/pac-2019-0603).
"""

from __future__ import annotations

from dataclasses import dataclass

from gadolin.errors import InputError, did_you_mean

__all__ = ["COMPANIONS", "ELEMENTS", "GROUPS", "Element", "element", "group_of", "oxide_factor"]

OXYGEN_G_PER_MOL = 15.999

UNITS = {"Element.oxygen_per_atom": "mol O per mol of the element"}


@dataclass(frozen=True)
class Element:
    """A rare earth: symbol, atomic number, molar mass and the oxide it is traded as."""

    symbol: str
    name: str
    atomic_number: int
    molar_mass_g_per_mol: float
    oxide: str
    oxygen_per_atom: float

    @property
    def oxide_molar_mass_g_per_mol(self) -> float:
        """Mass of oxide that holds one mole of the element. [g/mol]"""
        return self.molar_mass_g_per_mol + self.oxygen_per_atom * OXYGEN_G_PER_MOL

    @property
    def oxide_factor(self) -> float:
        """Oxide mass per element mass. [t REO / t element]"""
        return self.oxide_molar_mass_g_per_mol / self.molar_mass_g_per_mol


def _sesqui(symbol: str, name: str, number: int, mass: float) -> Element:
    return Element(symbol, name, number, mass, f"{symbol}2O3", 1.5)


_ALL = (
    _sesqui("Y", "yttrium", 39, 88.906),
    _sesqui("La", "lanthanum", 57, 138.91),
    Element("Ce", "cerium", 58, 140.12, "CeO2", 2.0),
    Element("Pr", "praseodymium", 59, 140.91, "Pr6O11", 11 / 6),
    _sesqui("Nd", "neodymium", 60, 144.24),
    _sesqui("Sm", "samarium", 62, 150.36),
    _sesqui("Eu", "europium", 63, 151.96),
    _sesqui("Gd", "gadolinium", 64, 157.25),
    Element("Tb", "terbium", 65, 158.93, "Tb4O7", 7 / 4),
    _sesqui("Dy", "dysprosium", 66, 162.50),
    _sesqui("Ho", "holmium", 67, 164.93),
    _sesqui("Er", "erbium", 68, 167.26),
    _sesqui("Tm", "thulium", 69, 168.93),
    _sesqui("Yb", "ytterbium", 70, 173.05),
    _sesqui("Lu", "lutetium", 71, 174.97),
)

BY_SYMBOL: dict[str, Element] = {e.symbol: e for e in _ALL}

ELEMENTS: tuple[str, ...] = tuple(BY_SYMBOL)
"""Symbols in the order of every vector: Y, then La to Lu."""

COMPANIONS: tuple[str, ...] = ("Sc", "Th", "U", "Al", "Ca", "Fe")
"""Elements that accompany rare earths; they have no place in a balance."""

GROUPS: dict[str, tuple[str, ...]] = {
    "light": ("La", "Ce", "Pr", "Nd"),
    "SEG": ("Sm", "Eu", "Gd"),
    "heavy": ("Y", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu"),
}


def element(symbol: str) -> Element:
    """The element of a symbol.

    Raises:
        InputError: Not one of the fifteen; names the nearest.

    >>> element("Nd").oxide, round(element("Nd").oxide_molar_mass_g_per_mol, 4)
    ('Nd2O3', 168.2385)
    """
    if symbol in BY_SYMBOL:
        return BY_SYMBOL[symbol]
    if symbol in COMPANIONS:
        raise InputError(f"{symbol} is no rare earth of the balance; it appears only in rules, assays and residue")
    raise InputError(f'"{symbol}" is not one of {", ".join(ELEMENTS)}{did_you_mean(symbol, ELEMENTS)}')


def oxide_factor(symbol: str) -> float:
    """Oxide mass per element mass of the traded oxide. [t REO / t element]

    Raises:
        InputError: Not one of the fifteen.

    >>> round(oxide_factor("Nd"), 4), round(oxide_factor("Pr"), 4), round(oxide_factor("Tb"), 4)
    (1.1664, 1.2082, 1.1762)
    """
    return element(symbol).oxide_factor


def group_of(symbol: str) -> str:
    """Product group of an element: light (La-Nd), SEG (Sm-Gd) or heavy (Tb-Lu and Y).

    >>> group_of("Y"), group_of("Nd"), group_of("Gd")
    ('heavy', 'light', 'SEG')
    """
    element(symbol)
    return next(name for name, members in GROUPS.items() if symbol in members)
