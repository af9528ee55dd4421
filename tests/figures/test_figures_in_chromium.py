"""No words cover others and none leave the image, as Chromium lays them out."""

import pytest

from gadolin.figures import samples

MEASURE = """svg => [...svg.querySelectorAll('text')].filter(t => t.textContent.trim()).map(t => {
  const b = t.getBoundingClientRect(); return [t.textContent, b.left, b.top, b.right, b.bottom];
})"""

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(chromium):
    made = chromium.new_page()
    yield made
    made.close()


def overlaps(boxes):
    slack = 2.5  # the box of a line is taller than its letters
    for i, (one, l1, t1, r1, b1) in enumerate(boxes):
        for other, l2, t2, r2, b2 in boxes[i + 1 :]:
            if min(r1, r2) - max(l1, l2) > 1 and min(b1, b2) - max(t1, t2) > 2 * slack and one != other:
                yield one, other


@pytest.mark.parametrize("language", ["en", "ms"])
@pytest.mark.parametrize("name", samples.all_kinds())
def test_no_words_overlap(page, name, language):
    page.set_content(samples.all_kinds()[name].in_language(language).svg())
    svg = page.locator("svg").first
    boxes = svg.evaluate(MEASURE)
    assert boxes
    assert not list(overlaps(boxes))
    frame = svg.bounding_box()
    outside = [b[0] for b in boxes if b[1] < frame["x"] - 1 or b[3] > frame["x"] + frame["width"] + 1]
    assert not outside


def test_the_measure_finds_an_overlap(page):
    page.set_content('<svg width="200" height="50"><text x="5" y="20">one</text><text x="12" y="22">two</text></svg>')
    assert list(overlaps(page.locator("svg").evaluate(MEASURE))) == [("one", "two")]
