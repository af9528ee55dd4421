"""What a run keeps of its brief: the same page from it, byte for byte, and nothing from what is missing or changed."""

import dataclasses
import json
import shutil

import pandas as pd
import pytest
from brief_sample import REF, RUNGS, sections

from gadolin import brief, case, runs
from gadolin.brief import Fact, Section, Table, html, job, kept, papers
from gadolin.brief.report import Report, all_sections
from gadolin.brief.section import figures_of
from gadolin.brief.sections import position
from gadolin.cli.main import main
from gadolin.errors import InputError
from gadolin.figures import Figure, Ladder, samples
from gadolin.figures.language import Told


def test_sections_come_back_as_they_were():
    made = sections()
    read = kept.load(kept.dump("Malaysia", {"en": made, "ms": made}, {"seed": 1}))
    assert (read.country, read.about) == ("Malaysia", {"seed": 1})
    for language in ("en", "ms"):
        assert html.render("M", read.sections(language), {}, language) == html.render("M", made, {}, language)
    for old, new in zip(made, read.sections("en"), strict=True):
        plain = [(a, b) for a, b in zip(old.parts, new.parts, strict=True) if not isinstance(a, Figure)]
        assert all(a == b for a, b in plain)
        assert (old.key, old.title, old.finding, old.whole) == (new.key, new.title, new.finding, new.whole)


@pytest.mark.parametrize("name", list(samples.all_kinds()))
def test_every_kind_of_figure_is_drawn_the_same(name):
    figure = samples.all_kinds()[name]
    made = [Section("one", "One", "A figure", [figure])]
    (read,) = figures_of(kept.load(kept.dump("X", {"en": made}, {})).sections("en"))
    assert read.svg() == figure.svg()
    assert read.csv() == figure.csv()


def test_missing_cells_stay_missing_in_their_own_way():
    frame = pd.DataFrame(
        {"a": [1.5, float("nan")], "b": pd.array([1, None], "Int64"), "c": ["x", None], "d": [pd.NA, [1, "y"]]}
    )
    made = [Section("one", "One", "A figure", [Figure("f", "Finding", "unit", frame, Ladder(), (REF,))])]
    (read,) = figures_of(kept.load(kept.dump("X", {"en": made}, {})).sections("en"))
    pd.testing.assert_frame_equal(read.data, frame)
    assert read.data.at[0, "d"] is pd.NA


def test_what_is_the_same_in_every_language_stands_once():
    made = sections()
    malay = [dataclasses.replace(made[0], title="Tangga", language="ms"), made[1]]
    text = kept.dump("Malaysia", {"en": made, "ms": malay}, {})
    assert [entry["in"] for entry in json.loads(text)["sections"]] == [["en"], ["ms"], ["en", "ms"]]
    assert [s.title for s in kept.load(text).sections("ms")] == ["Tangga", "Weak data"]


def test_words_keep_their_template():
    words = Told("{first} and {last}", first="China", last=Told("{first} and {last}", first="Japan", last="India"))
    frame = pd.DataFrame(
        {"stage": ["mine"], "status": ["none"], "label": pd.Series([words], dtype=object), "basis": "memory"}
    )
    figure = Figure("f", words, words, frame, Ladder(), (REF,))
    made = [Section("one", words, "A figure", [figure, Table(words, (words, "b"), [(words, Fact(words, (REF,)))])])]
    (read,) = kept.load(kept.dump("X", {"en": made}, {})).sections("en")
    assert html.render("M", [read], {}, "ms") == html.render("M", made, {}, "ms")
    assert "China dan Jepun dan India" in html.render("M", [read], {}, "ms")


def test_languages_with_different_sections_are_refused():
    with pytest.raises(InputError, match="the same sections in the same order"):
        kept.dump("X", {"en": sections(), "ms": sections()[:1]}, {})


def test_a_kind_of_figure_from_elsewhere_is_refused():
    class Own(Ladder):
        pass

    figure = Figure("f", "Finding", "unit", RUNGS, Own(), (REF,))
    with pytest.raises(InputError, match="figures of kind Own cannot be kept"):
        kept.dump("X", {"en": [Section("one", "One", "A figure", [figure])]}, {})


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"schema":"gadolin-sections-9"}', '{"schema":"gadolin-sections-1"}'])
def test_what_is_no_kept_brief_says_what_to_do(text):
    with pytest.raises(InputError, match=r"sections\.json .*run the case again"):
        kept.load(text)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A run of the smallest shipped case with the reply and the position."""
    from gadolin.brief.sections import reply

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "all_tables", position.tables)
        patch.setattr(job, "all_sections", lambda report: reply.sections(report) + position.sections(report))
        return brief.run(case.load("vietnam"), tmp_path_factory.mktemp("run") / "run", futures=2).folder


def test_a_run_moved_elsewhere_writes_its_page_again_byte_for_byte(written, tmp_path):
    moved = tmp_path / "other machine" / "run"
    shutil.copytree(written, moved)
    shutil.rmtree(moved / "case")  # nothing is computed, so nothing of the case is needed
    made = papers.write(moved, "html", tmp_path / "again.html")
    assert made.read_bytes() == (written / "brief.html").read_bytes()


def test_a_run_in_english_writes_a_malay_page(written, tmp_path):
    page = papers.write(written, "html", tmp_path / "ms.html", "ms").read_text("utf-8")
    assert '<html lang="ms">' in page
    assert "JAWAPAN BERTULIS" not in page  # the subject stands in the reply, the page has its own heading
    assert "Jawapan kepada Parlimen" in page


def test_a_run_without_kept_sections_or_with_changed_ones_is_refused(written, tmp_path, capsys):
    folder = tmp_path / "run"
    shutil.copytree(written, folder)
    file = folder / kept.FILE
    file.write_text(file.read_text("utf-8").replace("Vietnam", "Utopia"), "utf-8")
    with pytest.raises(InputError, match=r"sections\.json .*was changed after the run was written.*run the case again"):
        papers.write(folder, "html", tmp_path / "x.html")
    file.unlink()
    with pytest.raises(InputError, match=r"sections\.json .*is missing.*run the case again"):
        papers.write(folder, "html", tmp_path / "x.html")
    manifest = runs.read_manifest(folder)
    del manifest["outputs"][kept.FILE]
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["brief", str(folder), "--to", "html", "--out", str(tmp_path / "x.html")])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert "is not in this run" in said
    assert "run the case again" in said
    assert not (tmp_path / "x.html").exists()


@pytest.mark.long
def test_every_section_of_the_shipped_case_comes_back():
    """With all rooms: the page of what is kept is the page of what was made, in both languages."""
    report = Report(case.load("malaysia"), 2, 1)
    made = {language: all_sections(dataclasses.replace(report, language=language)) for language in ("en", "ms")}
    text = kept.dump("Malaysia", made, {})
    assert kept.dump("Malaysia", made, {}) == text
    assert len(text.encode()) < 3_000_000
    read = kept.load(text)
    for language, sections_ in made.items():
        assert html.render("M", read.sections(language), {}, language) == html.render("M", sections_, {}, language)
