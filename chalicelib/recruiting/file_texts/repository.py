"""Repository of the texts of files (MongoDB).

They are fields of the document of the application, so they are deleted with it, and nothing can be
stored for an application that was deleted: ``file_extractions`` says for each file whether it was
read, ``file_texts`` has the texts and ``file_words`` the words for the index of applicants. Each
has the ids of files as its keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.recruiting.applications.contents import FILE_TEXTS, FILE_WORDS, files_of
from chalicelib.recruiting.applications.repository import applications_collection
from chalicelib.recruiting.file_texts.models import Extraction, FileText, UnreadFile
from chalicelib.recruiting.postings.search_text import searchable_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pymongo.database import Database

    from chalicelib.recruiting.files.models import AttachedFile

    Document = dict[str, Any]

FILE_EXTRACTIONS = "file_extractions"
# The reason of a file that made the function fail in each attempt.
FAILED = "not-readable"
_FAILED = {"failed": True}
# A resume of three pages has about 6,000 bytes of different words.
MOST_WORDS_BYTES = 12_000


class FileTextRepository:
    """Reads and writes the texts of the files of applications."""

    def __init__(self, database: Database[Document]) -> None:
        self._applications = applications_collection(database)

    def find_unread(self, candidate_id: str, application_id: str) -> list[AttachedFile]:
        """Return the files of an application that are not read yet, or that made the function fail.

        There are none if the application was withdrawn or deleted.
        """
        found = self._applications.find_one(
            {"_id": application_id, "candidate_id": candidate_id, "active": True},
            {"files": 1, FILE_EXTRACTIONS: 1},
        )
        if found is None:
            return []
        known = found.get(FILE_EXTRACTIONS, {})
        return [one for one in files_of(found) if known.get(one.id, _FAILED).get("failed")]

    def save(
        self, candidate_id: str, application_id: str, file_id: str, extraction: Extraction
    ) -> None:
        """Store what was read of a file. The application waits for the index from then on."""
        self._save(candidate_id, application_id, file_id, extraction)

    def save_failure(self, candidate_id: str, application_id: str, file_id: str) -> None:
        """Store that a file made the function fail in each attempt. It counts as not readable."""
        self._save(candidate_id, application_id, file_id, Extraction(refused=FAILED), **_FAILED)

    def _save(
        self,
        candidate_id: str,
        application_id: str,
        file_id: str,
        extraction: Extraction,
        **more: bool,
    ) -> None:
        own = {"_id": application_id, "candidate_id": candidate_id, "files.id": file_id}
        stored: dict[str, Any] = {"state": "refused", "reason": extraction.refused}
        fields: dict[str, Any] = {}
        if not extraction.refused:
            stored = {
                "state": "ready",
                "pages": extraction.pages,
                "truncated": extraction.truncated,
            }
            fields = {
                f"{FILE_TEXTS}.{file_id}": extraction.text,
                f"{FILE_WORDS}.{file_id}": _words(extraction.text),
            }
        change: Document = {"$set": {f"{FILE_EXTRACTIONS}.{file_id}": stored | more, **fields}}
        if fields:
            change |= {"$unset": {"indexed": ""}, "$inc": {"words_version": 1}}
        self._applications.update_one(own, change)

    def find_texts(self, employer_id: str, application_id: str) -> dict[str, str]:
        """Return the texts of the files of an application, by file id."""
        own = {"_id": application_id, "employer_id": employer_id}
        found = self._applications.find_one(own, {FILE_TEXTS: 1}) or {}
        texts: dict[str, str] = found.get(FILE_TEXTS, {})
        return texts


def file_texts_of(document: Mapping[str, Any], texts: Mapping[str, str]) -> list[FileText]:
    """Return the texts of the files of an application, in the order of the files."""
    extractions = document.get(FILE_EXTRACTIONS, {})
    return [
        msgspec.convert(
            {
                **extractions.get(one.id, {"state": "pending"}),
                "id": one.id,
                "name": one.name,
                "text": texts.get(one.id, ""),
            },
            FileText,
        )
        for one in files_of(document)
    ]


def unread_files_of(document: Mapping[str, Any]) -> list[UnreadFile]:
    """Return the files of an application whose texts could not be read."""
    return [
        UnreadFile(one.id, one.name, one.reason)
        for one in file_texts_of(document, {})
        if one.state == "refused"
    ]


def _words(text: str) -> str:
    """Return the words of a text as a searchable text, as many as the index takes."""
    words = searchable_text(text).encode()
    if len(words) <= MOST_WORDS_BYTES:
        return words.decode()
    return words[: words.rindex(b" ", 0, MOST_WORDS_BYTES + 1)].decode()
