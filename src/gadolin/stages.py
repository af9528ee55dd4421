"""Closed lists: the stages from ore to magnet, the goods between them, other topics, and parties.

A table maps its own words to these lists; a word outside them is a fault, never a new stage.
"""

from __future__ import annotations

import re

from gadolin.errors import InputError, did_you_mean

__all__ = ["GOODS", "PARTY_KINDS", "PRODUCT_GROUPS", "STAGES", "STAGE_WORDS", "TOPICS", "check_party", "stage"]

STAGES: tuple[str, ...] = (
    "mine",
    "beneficiation",
    "cracking_leaching",
    "separation",
    "metal",
    "alloy",
    "magnet",
    "use",
    "recycling",
)

STAGE_WORDS: dict[str, str] = {
    "mine": "mine",
    "beneficiation": "beneficiation",
    "cracking_leaching": "cracking and leaching",
    "separation": "separation",
    "metal": "metal",
    "alloy": "alloy",
    "magnet": "magnet",
    "use": "use",
    "recycling": "recycling",
}
"""How a stage is printed."""

PRODUCT_GROUPS: tuple[str, ...] = ("light", "heavy", "all")
"""Which elements a plant of a stage handles; stands apart from the stage."""

GOODS: tuple[str, ...] = (
    "ore",
    "concentrate",
    "mixed_carbonate",
    "mixed_oxide",
    "oxide",
    "metal",
    "alloy",
    "magnet",
    "scrap",
    "device",
)

TOPICS: tuple[str, ...] = ("technology", "waste", "exploration", "finance", "trade", "enforcement")
"""What an agreement, a rule or a project may be about without being a stage."""

PARTY_KINDS: tuple[str, ...] = (
    "company",
    "federal",
    "state",
    "partner",
    "lender",
    "customers",
    "suppliers",
    "rest",
)
_PARTY = re.compile(r"(company|federal|state|partner):([A-Za-z0-9._-]+)|lender|customers|suppliers|rest")


def stage(name: str) -> str:
    """The stage of that name.

    Raises:
        InputError: Not a stage; names the nearest.

    >>> stage("separation")
    'separation'
    """
    if name not in STAGES:
        raise InputError(f'"{name}" is not a stage{did_you_mean(name, STAGES)} (one of {", ".join(STAGES)})')
    return name


def check_party(name: str) -> str:
    """The party, if it is written as `company:ID`, `federal:ISO3`, `state:ISO3166-2`, `partner:ID` or a bare kind.

    Raises:
        InputError: Another form.

    >>> check_party("state:MY-08")
    'state:MY-08'
    """
    if not _PARTY.fullmatch(name):
        raise InputError(
            f'"{name}" is not a party; write company:ID, federal:ISO3, state:ISO3166-2, partner:ID, '
            "lender, customers, suppliers or rest"
        )
    return name
