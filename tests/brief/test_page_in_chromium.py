"""The page as a browser shows it: accessible, silent, no wider than the screen, without JavaScript."""

from pathlib import Path

import pytest
from brief_sample import sections

from gadolin import case as cases
from gadolin.brief import html
from gadolin.brief.report import Report
from gadolin.brief.sections import method, position, weakest

AXE = Path(__file__).parents[1] / "vendor" / "axe-core" / "axe.min.js"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}

FIGURE = "Nd and Pr make most of the value of this basket"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    file = tmp_path_factory.mktemp("brief") / "brief.html"
    report = Report(cases.load("malaysia"), 2, 1)
    real = [section for room in (position, weakest, method) for section in room.sections(report)]
    made = [*sections()[1:], *real]
    file.write_text(html.render("Rare earths of Malaysia", made, {"seed": 1}), encoding="utf-8")
    return file


@pytest.fixture
def page(chromium):
    made = chromium.new_page()
    yield made
    made.close()


def test_no_violation_and_no_request(page, page_file):
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(page_file.as_uri())
    page.add_script_tag(content=AXE.read_text("utf-8"))
    result = page.evaluate("rules => axe.run(document, rules)", RULES)
    found = [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in result["violations"]]
    assert not found
    assert result["passes"], "axe checked nothing"
    assert asked == [page_file.as_uri()]
    assert not said


@pytest.mark.parametrize(("width", "zoom"), [(320, 1), (1280, 2), (1280, 1)])
def test_page_is_no_wider_than_the_screen(page, page_file, width, zoom):
    page.set_viewport_size({"width": width // zoom, "height": 900})
    page.goto(page_file.as_uri())
    wide, seen = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= seen
    assert page.get_by_role("heading", level=1).count() == 1


def test_reads_without_javascript(chromium, page_file):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert page.get_by_role("img", name=FIGURE).is_visible()
    page.get_by_text("Table", exact=True).first.click()
    assert page.get_by_role("table", name=FIGURE).is_visible()
    context.close()


def test_prints_on_a4(page, page_file, tmp_path):
    page.goto(page_file.as_uri())
    page.pdf(path=tmp_path / "brief.pdf", prefer_css_page_size=True)
    head = (tmp_path / "brief.pdf").read_bytes()
    assert b"/MediaBox [0 0 594.95996 841.91998]" in head or b"/MediaBox [0 0 595" in head
