"""Catalogue repository (MongoDB): summaries and texts of all postings, in a few documents.

The list of postings is the most requested page. Its readers keep the catalogue in memory and read
again only the parts that changed (``catalogue.py``), so a request examines one small document.
"""

from __future__ import annotations

import secrets
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pymongo
from pymongo.errors import DuplicateKeyError

from chalicelib.recruiting.postings.excerpt import excerpt
from chalicelib.recruiting.postings.models import PostingSummary
from chalicelib.recruiting.postings.search_text import searchable_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence, Set

    from pymongo.collection import Collection
    from pymongo.database import Database

EXCERPT_LENGTH = 160
# A change writes one part, and each reader reads that part again. Of 10,000 postings it has 80.
PARTS = 128
# Building the catalogue reads all postings, which takes longer than a request may wait for MongoDB.
BUILD_SECONDS = 45.0
LOAD_SECONDS = 8.0
_VERSIONS = "versions"


class _CatalogueEntry(NamedTuple):
    """What the catalogue stores of a posting."""

    summary: PostingSummary
    text: str


class CatalogueRepository:
    """Reads and writes the catalogue.

    Each part is one document: ``summaries`` has the summaries, ``texts`` has the searchable texts,
    both in MessagePack, which the server need not parse, and ``version`` is a random text that each
    write replaces. One more document has the versions of all parts. It is written after the part,
    so a reader that sees the new version also finds the new entries.
    """

    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._documents: Collection[dict[str, Any]] = database["posting_catalogue"]

    def put(self, posting_id: str, document: Mapping[str, Any]) -> None:
        """Add a posting, or replace it.

        Args:
            posting_id: the posting.
            document: the posting as MongoDB stores it.
        """
        self._write(
            _part_of(posting_id), {posting_id}, [_to_entry({**document, "_id": posting_id})]
        )

    def remove(self, posting_id: str) -> None:
        """Remove a posting. Readers learn of it even if the catalogue did not have it."""
        self._write(_part_of(posting_id), {posting_id}, [])

    def replace(self, posting_ids: Iterable[str], documents: Iterable[Mapping[str, Any]]) -> None:
        """Replace postings: those with documents are listed, the others of them are not."""
        ids_by_part: dict[str, set[str]] = {}
        for posting_id in posting_ids:
            ids_by_part.setdefault(_part_of(posting_id), set()).add(posting_id)
        entries = _postings_by_part(documents)
        for part, ids in ids_by_part.items():
            self._write(part, ids, entries.get(part, []))

    def _write(self, part: str, ids: Set[str], entries: Sequence[_CatalogueEntry]) -> None:
        """Replace the entries of postings in a part."""
        version = _new_version()
        is_written = False
        while not is_written:
            # Another publication may write the part meanwhile; then read it again.
            found = self._documents.find_one({"_id": part})
            texts = _decode_texts(found)
            others = [
                _CatalogueEntry(one, texts.get(one.id, ""))
                for one in _decode_summaries(found)
                if one.id not in ids
            ]
            known = found["version"] if found else None
            is_written = self._replace(part, known, version, [*others, *entries])
        self._write_versions({part: version})

    def build(self, find_postings: Callable[[], Iterable[dict[str, Any]]]) -> None:
        """Write all parts from the stored postings, without those that are closed.

        Args:
            find_postings: returns the documents of all postings. It is called again if a posting
                was published meanwhile.

        Raises:
            pymongo.errors.PyMongoError: the catalogue was not written completely.
        """
        todo = {str(part) for part in range(PARTS)}
        with pymongo.timeout(BUILD_SECONDS):
            while todo:
                # Read before the postings, so that a version that is still the same afterwards
                # shows that no posting of the part was published since.
                known = {
                    part["_id"]: part["version"]
                    for part in self._documents.find({"_id": {"$in": sorted(todo)}}, {"version": 1})
                }
                postings = _postings_by_part(find_postings())
                versions = {part: _new_version() for part in todo}
                written = {
                    part
                    for part in todo
                    if self._replace(part, known.get(part), versions[part], postings.get(part, []))
                }
                self._write_versions({part: versions[part] for part in sorted(written)})
                todo -= written

    def _replace(
        self, part: str, known: str | None, version: str, postings: Sequence[_CatalogueEntry]
    ) -> bool:
        """Replace a part if its version is still the known one. Return whether it was."""
        document = {
            "_id": part,
            "summaries": msgspec.msgpack.encode([one.summary for one in postings]),
            "texts": msgspec.msgpack.encode({one.summary.id: one.text for one in postings}),
            "version": version,
        }
        if known is None:
            try:
                self._documents.insert_one(document)
            except DuplicateKeyError:
                return False
            return True
        return bool(
            self._documents.replace_one({"_id": part, "version": known}, document).matched_count
        )

    def _write_versions(self, versions: Mapping[str, str]) -> None:
        if versions:
            changes = {f"parts.{part}": version for part, version in versions.items()}
            self._documents.update_one({"_id": _VERSIONS}, {"$set": changes}, upsert=True)

    def find_versions(self) -> dict[str, str] | None:
        """Return the versions of all parts, or None if the catalogue was never built."""
        found = self._documents.find_one({"_id": _VERSIONS})
        return found["parts"] if found else None

    def find_version(self, posting_id: str) -> str | None:
        """Return the version of the part that has this posting, or None if it was never written."""
        part = _part_of(posting_id)
        found = self._documents.find_one({"_id": _VERSIONS}, {f"parts.{part}": True})
        return found["parts"].get(part) if found else None

    def find_parts(self, parts: Iterable[str]) -> dict[str, list[PostingSummary]]:
        """Return the summaries in these parts, without order."""
        # A new process reads all parts, and many processes may start at the same time.
        with pymongo.timeout(LOAD_SECONDS):
            found = self._documents.find({"_id": {"$in": sorted(parts)}}, {"texts": False})
            return {part["_id"]: _decode_summaries(part) for part in found}

    def find_texts(self, parts: Iterable[str]) -> dict[str, dict[str, str]]:
        """Return the searchable texts in these parts, by posting id."""
        with pymongo.timeout(LOAD_SECONDS):
            found = self._documents.find({"_id": {"$in": sorted(parts)}}, {"texts": True})
            return {part["_id"]: _decode_texts(part) for part in found}


def summarize(document: Mapping[str, Any]) -> PostingSummary:
    """Return the summary of a posting from its document."""
    beginning = excerpt(document["description"], EXCERPT_LENGTH)
    return msgspec.convert(
        {**document, "id": document["_id"], "excerpt": beginning}, PostingSummary
    )


def _to_entry(document: Mapping[str, Any]) -> _CatalogueEntry:
    fields = ("title", "employer", "location", "description")
    text = searchable_text(*(document[field] for field in fields))
    return _CatalogueEntry(summarize(document), text)


def _decode_summaries(part: Mapping[str, Any] | None) -> list[PostingSummary]:
    content = part and part.get("summaries")
    return msgspec.msgpack.decode(content, type=list[PostingSummary]) if content else []


def _decode_texts(part: Mapping[str, Any] | None) -> dict[str, str]:
    content = part and part.get("texts")
    return msgspec.msgpack.decode(content, type=dict[str, str]) if content else {}


def _postings_by_part(documents: Iterable[Mapping[str, Any]]) -> dict[str, list[_CatalogueEntry]]:
    now = datetime.now(UTC)
    parts: dict[str, list[_CatalogueEntry]] = {}
    for document in documents:
        closes_at = document.get("closes_at")
        if closes_at is None or closes_at > now:
            parts.setdefault(_part_of(document["_id"]), []).append(_to_entry(document))
    return parts


def _part_of(posting_id: str) -> str:
    return str(zlib.crc32(posting_id.encode()) % PARTS)


def _new_version() -> str:
    return secrets.token_hex(8)
