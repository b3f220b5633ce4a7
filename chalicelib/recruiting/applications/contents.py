"""What a candidate sent with an application, as fields of its document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.recruiting.files.models import AttachedFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.recruiting.applications.models import ApplicationDraft

CONTENT_FIELDS = ("cover_letter", "links", "form_version", "answers", "knock_outs", "files")


def content_of(
    draft: ApplicationDraft, knock_outs: Sequence[str] = (), files: Sequence[AttachedFile] = ()
) -> dict[str, Any]:
    """Return what a candidate sent as it is stored: a value for each of ``CONTENT_FIELDS``.

    Args:
        draft: what the candidate sent, with answers that were checked.
        knock_outs: the ids of the questions with answers that the employer marked as knock-outs.
        files: the files whose tokens the draft had.
    """
    return {
        "cover_letter": draft.cover_letter,
        "links": draft.links,
        "form_version": draft.form_version,
        "answers": draft.answers,
        "knock_outs": list(knock_outs),
        "files": msgspec.to_builtins(files),
    }


def files_of(document: Mapping[str, Any]) -> tuple[AttachedFile, ...]:
    """Return the files of a stored application."""
    return msgspec.convert(document.get("files", ()), tuple[AttachedFile, ...])
