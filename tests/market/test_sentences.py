"""Every kind of measure reads as a sentence, with the numbers of its short form."""

import re

import pytest

from gadolin.market.sentences import in_words, title_of
from gadolin.market.shorthand import KINDS, parse

NAMES = {"CHN": "China", "JPN": "Japan", "MYS": "Malaysia"}
TEXTS = {
    "ban CHN oxide Dy to JPN 50% from 2027 for 6 months":
        "China stops 50 % of its exports of oxides of Dy to Japan from 1 January 2027 to 30 June 2027",
    "importban JPN magnet of CHN from 2027": "Japan stops imports of magnets from China from 1 January 2027 on",
    "quota CHN oxide,metal 30000 t from 2027 for 24 months":
        "China lets 30,000 t a year of oxides and metals leave in 2027 to 2028",
    "licence CHN magnet Dy refusal 0.3 delay 2 months from 2025-04": "China licenses exports of magnets with Dy "
        "(refuses 30 %, gives the first after 2 months) from 1 April 2025 on",
    "duty CHN oxide 25%": "China puts a duty of 25 % on exports of oxides",
    "importduty JPN 5 USD/kg of CHN": "Japan puts a duty of 5 USD/kg on imports of all rare-earth goods from China",
    "floor JPN oxide Nd 110 USD/kg": "Japan guarantees its makers 110 USD/kg for oxides of Nd",
    "offtake MYS oxide 65% to JPN": "Malaysia sends at least 65 % of its oxides to Japan",
    "moratorium MYS leak 0.1":
        "Malaysia lets no ores, concentrates and mixed carbonates leave (10 % leak)",
    "loss CHN mine 40% from 2026": "China loses 40 % of its mine output from 1 January 2026 on",
    "release JPN oxide Dy 100 t from 2027 until 2027":
        "Japan sells 100 t of oxides of Dy from a stock outside the market in 2027",
    "techban CHN separation delay 3 years to MYS":
        "China withholds separation technology from Malaysia: new plants come 3 years later",
    "subsidy MYS separation 30%": "Malaysia pays 30 % of the capital of new separation plants",
}  # fmt: skip


@pytest.mark.parametrize(("short", "sentence"), TEXTS.items())
def test_a_measure_reads_as_a_sentence(short, sentence):
    assert in_words(parse(short), NAMES) == sentence


def test_every_kind_has_words():
    assert {text.split()[0] for text in TEXTS} == set(KINDS)


def test_a_shipped_shock_has_a_title_and_no_code():
    for title in (title_of("pause-ends"), title_of("pause-ends from 2028 for 24 months")):
        assert not re.search(r"pause-ends|\b[A-Z]{3}\b", title)
