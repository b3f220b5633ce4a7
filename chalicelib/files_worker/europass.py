"""Reads Europass XML, and returns it as JSON Resume.

There are two formats: the SkillsPassport of Cedefop (2004 to 2020), and the Candidate of the
present website of Europass, which builds on HR Open Standards. Both are mapped by the local names
of elements.
Every text that no rule reads is named in the answer, so nothing is lost without a word.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from chalicelib.files_worker import europass_candidate, skills_passport
from chalicelib.files_worker.refusals import NOT_READABLE, TOO_COMPLEX, Refusal
from chalicelib.files_worker.xml_records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from xml.etree.ElementTree import Element

MOST_DEPTH = 50
MOST_ELEMENTS = 20_000
MOST_LEFT_OUT = 100
# Reasons beside those of ``refusals``.
DECLARATIONS, NOT_EUROPASS = "declarations", "not-europass"
_FORMATS = {
    "SkillsPassport": skills_passport.read_resume,
    "LearnerInfo": skills_passport.read_resume,
    "Candidate": europass_candidate.read_resume,
}


class BoundedBuilder(TreeBuilder):
    """Builds a tree of elements that is neither deep nor large."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = self._count = 0

    def start(self, tag: Any, attrs: Mapping[Any, Any], /) -> Element:
        """Enter an element."""
        self._depth += 1
        self._count += 1
        if self._depth > MOST_DEPTH or self._count > MOST_ELEMENTS:
            raise Refusal(TOO_COMPLEX)
        return super().start(tag, dict(attrs))

    def end(self, tag: Any, /) -> Element:
        """Leave an element."""
        self._depth -= 1
        return super().end(tag)


def read_europass(file: IO[bytes]) -> dict[str, Any]:
    """Return ``resume``, a JSON Resume without checks, and ``left_out``, the names of other texts.

    Raises:
        Refusal: the file is no Europass XML, or it cannot be read.
    """
    parser = DefusedXMLParser(target=BoundedBuilder(), forbid_dtd=True)
    try:
        parser.feed(file.read())
        root = parser.close()
    except DefusedXmlException as error:
        raise Refusal(DECLARATIONS) from error
    except (ParseError, ValueError, LookupError) as error:
        raise Refusal(NOT_READABLE) from error
    record = Record(root)
    read = _FORMATS.get(record.name)
    if read is None:
        raise Refusal(NOT_EUROPASS)
    resume = read(record)
    return {"resume": resume, "left_out": record.unread()[:MOST_LEFT_OUT]}
