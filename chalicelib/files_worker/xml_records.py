"""Record: an element of XML whose texts are read by the local names of elements."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from chalicelib.files_worker.output import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

# Elements that only hold others, or a value in two forms.
_PLAIN = {
    *("LearnerInfo", "CandidatePerson", "CandidateProfile", "EmploymentHistory"),
    *("EducationHistory", "PublicationHistory", "Code", "Label", "MimeType", "Data"),
}
_LINES = {"p", "br", "li", "ul", "ol", "div", "h1", "h2", "h3", "h4", "tr"}


class Record:
    """An element. It remembers which elements were read, for all records of the document."""

    def __init__(self, element: Element, read: set[Element] | None = None) -> None:
        self._element = element
        self._read: set[Element] = set() if read is None else read

    @property
    def name(self) -> str:
        """The local name of the element."""
        return _local(self._element)

    @property
    def children(self) -> list[Record]:
        """The elements in this one."""
        return [Record(one, self._read) for one in self._element]

    def all(self, path: str) -> list[Record]:
        """Return the elements at a path of local names, such as ``Employer/Name``."""
        found = [self._element]
        for name in path.split("/"):
            found = [child for one in found for child in one if _local(child) == name]
        return [Record(one, self._read) for one in found]

    def text(self, *paths: str) -> str:
        """Return the first text at one of these paths. Texts at the others count as read."""
        texts = [one.own_text() for path in paths for one in self.all(path)[:1]]
        return next(filter(None, texts), "")

    def own_text(self) -> str:
        """Return the text of the element itself, in one line."""
        self._read.add(self._element)
        return " ".join(clean(self._element.text or "").split())

    def html(self, path: str) -> str:
        """Return the text at a path that is written in HTML, with its lines."""
        first = next(iter(self.all(path)), None)
        if first is None:
            return ""
        first.own_text()
        reader = _HtmlReader()
        reader.feed(first._element.text or "")
        reader.close()
        return re.sub(r"\n{2,}", "\n", clean("".join(reader.parts)))

    def attribute(self, name: str) -> str:
        """Return an attribute, or ""."""
        self._read.add(self._element)
        return (self._element.get(name) or "").strip()

    def ignore(self, *paths: str) -> None:
        """Count everything at these paths as read, because it is not about the person."""
        for path in paths:
            for one in self.all(path):
                self._read.update(one._element.iter())

    def unread(self) -> list[str]:
        """Return the paths of texts that were not read, each once and without plain names."""
        paths = (path.split("/") for path in self._find_unread(self._element, ""))
        short = (
            "/".join(one for one in path if one not in _PLAIN and not one.endswith("List"))
            for path in paths
        )
        return list(dict.fromkeys(short))

    def _find_unread(self, element: Element, path: str) -> Iterator[str]:
        for child in element:
            at = f"{path}/{_local(child)}" if path else _local(child)
            has_value = (child.text or "").strip() or any(_is_value(one) for one in child.attrib)
            if has_value and child not in self._read:
                yield at
            yield from self._find_unread(child, at)


class _HtmlReader(HTMLParser):
    """Collects the text of HTML, which is never shown as HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        """Begin a new line at a block."""
        if tag in _LINES:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End the line of a block."""
        if tag in _LINES:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        """Keep text. Ends of lines in the source are spaces in HTML."""
        self.parts.append(re.sub(r"\s+", " ", data))


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _is_value(attribute: str) -> bool:
    # Dates are attributes. Others say how to read an element.
    return attribute in ("year", "month", "day")
