"""What a candidate sent with an application, as fields of its document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.recruiting.applications.models import ApplicationDraft

CONTENT_FIELDS = ("cover_letter", "links")


def content_of(draft: ApplicationDraft) -> dict[str, Any]:
    """Return what a candidate sent as it is stored: a value for each of ``CONTENT_FIELDS``."""
    return {"cover_letter": draft.cover_letter, "links": draft.links}
