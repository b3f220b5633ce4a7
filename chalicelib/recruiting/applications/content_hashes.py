"""Hashes of what a candidate sent, for receipts.

Each is the SHA-256 of canonical JSON: UTF-8, sorted keys, no spaces. Candidates can compute them
from their own copy.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.recruiting.applications.models import ContentHashes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.recruiting.applications.jobs import Amendment, Application


def hash_document(document: Mapping[str, Any]) -> ContentHashes | None:
    """Return the hashes of a stored application; None if its content is not stored."""
    if "cover_letter" not in document:
        return None
    return _hash(
        document["cover_letter"],
        document.get("links", ()),
        document.get("answers"),
        [one["sha256"] for one in document.get("files", ())],
    )


def hash_application(application: Application | Amendment) -> ContentHashes:
    """Return the hashes of an application from the arguments of the job that stores it.

    Of an amendment, they are those of what it adds.
    """
    draft = application.draft
    files = [one.sha256 for one in application.files]
    return _hash(draft.cover_letter, draft.links, draft.answers, files)


def canonical_json(value: Any) -> bytes:
    """Return a value as canonical JSON."""
    return msgspec.json.encode(value, order="sorted")


def _hash(
    cover_letter: str,
    links: Sequence[str],
    answers: Mapping[str, Any] | None,
    files: Sequence[str],
) -> ContentHashes:
    # These keys are sorted already.
    text = msgspec.json.encode({"cover_letter": cover_letter, "links": links})
    return ContentHashes(
        hashlib.sha256(text).hexdigest(),
        _digest(answers) if answers else _NO_ANSWERS,
        _digest(files) if files else _NO_FILES,
    )


def _digest(value: Any) -> str:
    return hashlib.sha256(canonical_json(value)).hexdigest()


_NO_ANSWERS = _digest({})
_NO_FILES = _digest([])
