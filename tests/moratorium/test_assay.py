"""Likeness to raw compositions: right for its own draws, blind to scale, silent on separated products."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gadolin.moratorium import Consignment, judge
from gadolin.moratorium.assay import Compare, like, likeness_of, references_of


@pytest.fixture(scope="module")
def references(malaysia):
    return references_of(malaysia.inputs.composition_vectors())


def named(references, name):
    return next(r for r in references if r.name == name)


def test_every_reference_is_like_itself(references):
    compared = [(r, like(r.shares, r)) for r in references]
    known = [(r, x) for r, x in compared if x is not None]
    assert len(known) > 30
    for _, found in known:
        assert found.inside
        assert found.d2_index == pytest.approx(0, abs=1e-18)


def test_the_region_holds_what_it_says(references):
    """Draws of a reference with its own uncertainty lie in the 95 % region 95 times in 100."""
    rng = np.random.default_rng(3)
    reference = named(references, "cn_longnan/deng_kendall_2019")
    inside = 0
    for _ in range(1000):
        drawn = {
            e: x * np.exp(rng.standard_normal() * np.hypot(reference.spread[e], 0.05))
            for e, x in reference.shares.items()
        }
        found = like(drawn, reference)
        assert found is not None
        inside += found.inside
    assert 0.93 <= inside / 1000 <= 0.97


@given(scale=st.floats(0.01, 100))
def test_the_scale_of_the_certificate_does_not_matter(references, scale):
    shares = named(references, "my_kenering/estimate_light").shares
    other = named(references, "cn_longnan/deng_kendall_2019")
    one, two = like(shares, other), like({e: x * scale for e, x in shares.items()}, other)
    assert one is not None
    assert two is not None
    assert one.distance_index == pytest.approx(two.distance_index, rel=1e-9)


def test_aitchison_distance_against_the_plain_formula(references):
    a = named(references, "my_kenering/estimate_light").shares
    b = named(references, "cn_longnan/deng_kendall_2019")
    found = like(a, b)
    assert found is not None
    x, y = (np.log([s[e] for e in found.elements]) for s in (a, b.shares))
    plain = np.sqrt((((x - x.mean()) - (y - y.mean())) ** 2).sum())
    assert found.distance_index == pytest.approx(plain, rel=1e-12)


def test_light_ore_and_heavy_clay_are_told_apart(references):
    found = likeness_of(named(references, "mt_weld/liu_2022").shares, references)
    inside = [x.reference.name for x in found if x.inside]
    assert "mt_weld/liu_2022" in inside
    assert "cn_longnan/deng_kendall_2019" not in inside


def declared(oxides):
    return Consignment.from_dict(
        {
            "declaration_no": "1",
            "date": "2026-02-03",
            "destination": "JPN",
            "exporter": "A",
            "feed_origin": "AUS",
            "hs_code": "2846.90.00.00",
            "description": "Neodymium praseodymium oxide",
            "net": {"value": "1000", "unit": "KGM"},
            "certificate": {"basis": "dry", "moisture_pct": 0.2, "loi_pct": 0.5, "treo_pct": sum(oxides.values()),
                            "oxides_pct": oxides},
            "documents": {"feed_record": {}},
        }
    )  # fmt: skip


def test_a_clay_product_declared_as_separated_is_held_and_all_likenesses_are_listed(references, rules):
    shares = named(references, "my_kenering/estimate_light").shares
    compared = Compare(references)(declared({e: round(95 * x, 2) for e, x in shares.items()}))
    verdict = judge(compared, rules)
    assert verdict.verdict == "HELD: LAB TEST"
    assert "MYS-E-10" in verdict.rule_ids
    assert "my_kenering/estimate_light" in str(verdict)


def test_a_separated_product_is_like_nothing(references, rules):
    traces = {"La": 0.01, "Ce": 0.02, "Sm": 0.05, "Eu": 0.01, "Gd": 0.02, "Dy": 0.01, "Y": 0.01}
    compared = Compare(references)(declared({"Nd": 74.7, "Pr": 24.3, **traces}))
    assert compared.like_raw is False
    assert judge(compared, rules).verdict == "MAY LEAVE"


def test_few_elements_give_no_answer(references):
    assert likeness_of({"Nd": 74.7, "Pr": 24.3}, references) == ()
