"""The reply: its figures are the position's, every ref resolves, no English is left in the Malay one."""

import re

import pandas as pd
import pytest
from click.testing import CliRunner

from gadolin import case as cases
from gadolin.brief.reply import MOST_WORDS, Reply, reply
from gadolin.brief.section import Fact
from gadolin.brief.words import translator
from gadolin.cli.main import build
from gadolin.errors import InputError
from gadolin.figures.language import catalogue
from gadolin.position import position

NAMES = {"malaysia", "china", "australia", "india", "korea", "magnet", "moratorium", "julat"}


@pytest.fixture(scope="module")
def case():
    return cases.load("malaysia")


@pytest.fixture(scope="module")
def found(case):
    return position(case)


@pytest.fixture(scope="module", params=["en", "ms"])
def written(request, case, found):
    return reply(case, found, request.param)


def plain(made):
    return re.sub(r"\[[^\]]*\]", "", made.text)


def test_length_and_form(written):
    assert written.word_count <= MOST_WORDS
    assert written.word_count == len(plain(written).split())
    # every figure is followed at once by its brackets: no free digit is left outside them
    loose = re.sub(r"\d{1,2} [A-Z][a-z]+ \d{4} \[[^\]]*\]", "", written.text)
    loose = re.sub(r"\d[\d.,]*( %| t)?( \([^)]*\))? \[[^\]]*\]", "", loose)
    assert not re.findall(r"(?<![\w.-])\d+", re.sub(r"\[[^\]]*\]", "", loose))


def test_every_ref_resolves(case, found):
    refs = {r for fact in reply(case, found).as_dict()["facts"].values() for r in fact["refs"]}
    assert len(refs) > 100
    for ref in refs:
        assert cases.why(ref, case).value, ref


def test_figures_equal_the_position(found, written):
    facts = written.as_dict()["facts"]
    tonnes = [e.tonnes for e in found.deposits.national if e.kind == "potential"]
    got = facts["deposits.potential.tonnes"]
    assert (got["low"], got["high"]) == (min(q.value for q in tonnes), max(q.value for q in tonnes))
    reserve = next(e.tonnes.value for e in found.deposits.national if e.row_id == "my_national.mcs_2026")
    assert facts["deposits.reserve.tonnes"]["value"] == reserve
    assert facts["engagements.meetings"]["value"] == len(found.rules.engagements)
    assert facts["engagements.countries"]["value"] == len(found.rules.talks())
    assert facts["unknown.capacity.plants"]["value"] == sum(
        not p.capacity.known for r in found.ladder.rungs for p in r.plants
    )


def test_missing_rungs_are_named(found, written):
    missing = [r.key for r in found.ladder.rungs if r.state == "missing"]
    assert missing
    for key in missing:
        assert translator(written.language)(f"rung.{key}") in written.text


def test_no_english_is_left_in_the_malay_reply(case, found):
    english, malay = (plain(reply(case, found, lang)).lower() for lang in ("en", "ms"))
    both = set(re.findall(r"[a-z]{4,}", english)) & set(re.findall(r"[a-z]{4,}", malay))
    assert both <= NAMES


def test_malay_catalogue_keeps_every_place():
    for package in ("gadolin.brief", "gadolin.figures"):
        for source, forms in catalogue(package, "ms").items():
            places = re.findall(r"\{\w+\}", source)
            for translated in forms:
                assert sorted(places) == sorted(re.findall(r"\{\w+\}", translated)), source
                assert translated, source


def test_earlier_date_gives_another_reply_and_a_diff(found, case):
    now = reply(case, found)
    before_case = cases.load("malaysia", "2025-03-31")
    before = reply(before_case, position(before_case))
    assert before.text != now.text
    changed = reply(case, found, "ms", before.frame(), "0123456789abcdef")
    rows = [i for i in changed.changed if i.key not in ("heading", "more")]
    assert rows
    for item in rows:
        then = item.paragraph.values["then"]
        old = before.frame()
        if item.key in old.index and not isinstance(then, Fact):
            assert then.value == old.at[item.key, "value"]
        assert item.key in now.frame().index or item.key in old.index
    frame, old = now.frame(), before.frame()
    assert "engagements.meetings" in changed.differs
    for key in {*frame.index, *old.index}:
        pair = [
            None if key not in f.index else tuple(map(str, f.loc[key, ["text", "value", "low", "high"]]))
            for f in (frame, old)
        ]
        assert (pair[0] != pair[1]) == (key in changed.differs)
    assert changed.word_count <= MOST_WORDS


def test_the_same_run_has_no_change(found, case):
    now = reply(case, found)
    assert not reply(case, found, "en", now.frame(), "x").as_dict()["changed"]


@pytest.mark.parametrize("country", ["VNM", "AUS"])
def test_other_countries_have_a_reply(country):
    other = cases.load(country)
    for language in ("en", "ms"):
        assert isinstance(reply(other, position(other), language), Reply)


def test_unknown_language(case, found):
    with pytest.raises(InputError, match="no language"):
        reply(case, found, "fr")


def test_frame_survives_a_run_table(tmp_path, case, found):
    from gadolin import runs

    frame = reply(case, found).frame()
    with runs.open(tmp_path / "run", {"name": "test"}, 1, {}) as run:
        run.table("reply", frame)
    back = runs.read_table(tmp_path / "run", "reply")
    assert not reply(case, found, "en", back, "x").as_dict()["changed"]
    assert isinstance(back, pd.DataFrame)


def test_since_a_folder_that_is_no_run_is_refused(tmp_path):
    result = CliRunner().invoke(build(), ["reply", "malaysia", "--since", str(tmp_path)])
    assert isinstance(result.exception, InputError)
    assert "is no run" in str(result.exception)


def test_what_is_nothing_is_not_counted():
    """Australia's national estimate says of what its tonnes are; Tuvalu has no ore that could be guessed."""
    said = {iso3: replies(iso3).text for iso3 in ("AUS", "TUV")}
    assert "what the tonnes are" not in said["AUS"]
    assert "Working under owners at home: mining, and cracking and leaching." in said["AUS"]
    assert "estimates, not measured" not in said["TUV"]


def replies(iso3):
    loaded = cases.load(iso3)
    return reply(loaded, position(loaded))
