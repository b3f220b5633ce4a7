"""Hostile texts in every page and feed: they stay texts, and the formats stay valid."""

from __future__ import annotations

import json
import re
import unicodedata
from html.parser import HTMLParser

import pytest

from chalicelib.public_pages.text import clean, clean_line
from tests.unit.public_pages.examples import HOSTILE, parse_xml, public_posting, render_all

# The elements and attributes that the templates write.
ATTRIBUTES = {
    *("aria-hidden", "aria-label", "aria-labelledby", "charset", "class", "content", "datetime"),
    *("dir", "href", "id", "lang", "name", "property", "rel", "title", "type"),
}


class PageReader(HTMLParser):
    """Reads a page as a browser does, and collects its elements, texts and scripts."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        within = self._open[-1] if self._open else ""
        if within == "script":
            self.scripts.append(data)
        elif within != "style":
            self.texts.append(data)


@pytest.fixture(params=HOSTILE.values(), ids=list(HOSTILE))
def text(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_pages_have_the_same_elements_with_every_text(text: str) -> None:
    harmless, hostile = render_all(public_posting("Harmless")), render_all(public_posting(text))
    for name in ("posting.html", "career.html", "closed.html"):
        page, expected = PageReader(hostile[name]), PageReader(harmless[name])
        # A text of several lines has more paragraphs, items and headings than one of one line.
        parts = {"p", "h3", "li", "ul"}
        assert [one for one in page.elements if one not in parts] == [
            one for one in expected.elements if one not in parts
        ]
        assert {name for name, _ in page.attributes} <= ATTRIBUTES
        assert all(
            value.startswith(("https://hirelane.example/", "data:image/svg+xml,"))
            for name, value in page.attributes
            if name == "href"
        )
        assert clean_line(text) in " ".join(" ".join(page.texts).split())


def test_feeds_are_xml_with_the_text(text: str) -> None:
    found = render_all(public_posting(text))
    feed = parse_xml(found["feed.xml"])
    assert [one.tag for one in feed] == ["publisher", "publisherurl", "job"]
    for field in ("title", "company", "city", "state"):
        assert feed.findtext(f"job/{field}") == clean_line(text)
    atom = parse_xml(found["feed.atom"])
    namespace = "{http://www.w3.org/2005/Atom}"
    assert atom.findtext(f"{namespace}entry/{namespace}title") == clean_line(text)
    assert len(atom.findall(f"{namespace}entry")) == 1
    parse_xml(found["sitemap.xml"])


def test_structured_data_is_json_with_the_text(text: str) -> None:
    [script] = PageReader(render_all(public_posting(text))["posting.html"]).scripts
    assert not set("<>&\u2028\u2029") & set(script)
    data = json.loads(script)
    assert data["title"] == data["hiringOrganization"]["name"] == clean_line(text)
    tags = set(re.findall(r"<[^>]*>", data["description"]))
    assert tags <= {"<p>", "</p>", "<ul>", "</ul>", "<li>", "</li>", "<h3>", "</h3>", "<br>"}


def test_no_output_has_a_character_that_changes_others(text: str) -> None:
    for name, found in render_all(public_posting(text)).items():
        found.encode()  # without lone surrogates
        strange = {
            one for one in found if unicodedata.category(one) in ("Cc", "Cn") and one not in "\n\t"
        }
        assert not strange, name
        # Only closed isolates, which this project writes around a text in a title.
        assert not set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067") & set(found), name
        assert found.count("\u2068") == found.count("\u2069"), name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("\ud83d\ude00 \ud83d", "\U0001f600 \ufffd"),
        ("a\x00\x1f\x7f\x85\ufffe\ufdd0b", "ab"),
        ("\u202ea\u2066b", "ab"),
        ("\u05e0\u200d\U0001f52c\t<&>", "\u05e0\u200d\U0001f52c\t<&>"),
    ],
)
def test_clean_text_keeps_what_every_format_can_hold(text: str, expected: str) -> None:
    assert clean(text) == expected
