"""The page: self-contained, every number with its footnote, furniture in the page's language."""

import re
from html.parser import HTMLParser

import pytest
from brief_sample import REF, sections

from gadolin.brief import Fact, Paragraph, Section, html
from gadolin.errors import InputError


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.outside, self.tags = set(), set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                assert value not in self.ids, f"id {value} stands twice"
                self.ids.add(value)
            if name == "href" and value.startswith("#"):
                self.links.add(value[1:])
            elif name in ("src", "href", "xlink:href"):
                self.outside.append(value)


def test_self_contained_and_linked():
    text = html.render("Malaysia", sections(), {"seed": 1})
    page = Page(text)
    assert not page.outside
    assert page.links <= page.ids
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not re.search(r"url\((?!#)", text)


def test_numbers_have_footnotes_with_basis_and_all_refs():
    text = html.render("Malaysia", sections(), {})
    assert f"reported: <code>{REF}</code>" in text
    assert all(f"<code>t:r{i}:c</code>" in text for i in range(20))
    assert 'class="weak" title="memory: t:r0:c' in text
    assert "Plants &amp; &lt;more&gt;" in text


def test_a_range_stays_on_one_line_and_other_brackets_may_break():
    assert '41 t REO <span class="range">(35-49)</span>' in html.render("M", sections(), {})
    limit = Fact("Ore and magnets (8505.11) are not in this table, which is gross and long", (REF,))
    page = html.render("M", [Section("a", "A", "F", [Paragraph("{x}", {"x": limit})])], {})
    assert "magnets (8505.11) are not" in page


def test_language_of_the_furniture():
    text = html.render("Malaysia", sections(), {}, language="ms")
    assert '<html lang="ms">' in text
    assert "Asas dan rujukan" in text
    assert "Basis and refs" not in text
    with pytest.raises(InputError, match="no language"):
        html.render("Malaysia", sections(), {}, language="fr")


def test_same_sections_same_bytes():
    assert html.render("M", sections(), {"seed": 1}) == html.render("M", sections(), {"seed": 1})


def test_two_sections_of_one_key_are_refused():
    with pytest.raises(InputError, match="different keys"):
        html.render("M", [*sections(), sections()[0]], {})
