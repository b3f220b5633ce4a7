"""What a candidate sent with an application, as fields of its document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.files.models import AttachedFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.recruiting.applications.models import ApplicationContent

CONTENT_FIELDS = (
    "cover_letter",
    "links",
    "form_version",
    "answers",
    "knock_outs",
    "marks",
    "files",
)
# The mark of an application with a knock-out. A question id has no exclamation mark.
KNOCK_OUT = "!knock-out"
_CHOICE_ID = re.compile(r"[a-z0-9-]{1,36}")
# The mark of an application with the field ``burst``; see the package bursts.
BURST_MARK = "!burst"
_FLAGS = {"knock-out": KNOCK_OUT, "burst": BURST_MARK}
ORIGIN, ORIGIN_DUE, BURST = "origin", "origin_due", "burst"
# What was read from the files of an application, by the id of the file; see the package file_texts.
FILE_TEXTS, FILE_WORDS = "file_texts", "file_words"
READ_FIELDS = (FILE_TEXTS, FILE_WORDS)


def content_of(
    draft: ApplicationContent, knock_outs: Sequence[str] = (), files: Sequence[AttachedFile] = ()
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
        "marks": _marks_of(draft, knock_outs),
        # A list, as MongoDB returns it: an amendment is compared with what is stored.
        "files": msgspec.to_builtins(list(files)),
    }


def files_of(document: Mapping[str, Any]) -> tuple[AttachedFile, ...]:
    """Return the files of a stored application."""
    return msgspec.convert(document.get("files", ()), tuple[AttachedFile, ...])


def answering_files(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the stored files that answer questions, by question id: of several the newest."""
    return {one["question_id"]: one for one in document.get("files", ()) if one["question_id"]}


def answer_mark(question_id: str, choice_id: str) -> str:
    """Return the mark of applications that chose an answer."""
    return f"{question_id}:{choice_id}"


def filter_mark(flag: str | None, answer: str | None, field: str = "answer") -> str | None:
    """Return the mark of the applications that a filter selects, or None if it selects all.

    Args:
        flag: the name of a flag, or None.
        answer: the ids of a question and of a choice, with a colon between them, or None.
        field: the name of the answer in the request.

    Raises:
        InvalidField: there are both.
    """
    if flag and answer:
        raise InvalidField(field, "Filter by a flag or by an answer, not by both")
    if answer:
        return answer_mark(*answer.split(":"))
    return _FLAGS[flag] if flag else None


def mark_filter(mark: str) -> dict[str, Any]:
    """Return the filter of the applications with a mark."""
    return {BURST: {"$gte": 1}} if mark == BURST_MARK else {"marks": mark}


def has_mark(document: Mapping[str, Any], mark: str) -> bool:
    """Return whether an application has a mark."""
    return bool(document.get(BURST)) if mark == BURST_MARK else mark in document.get("marks", ())


def _marks_of(draft: ApplicationContent, knock_outs: Sequence[str]) -> list[str]:
    """Return the words by which lists of applications are filtered.

    Any text that looks like the id of a choice has a mark, because only the form knows the kinds of
    its questions. Nobody filters by the others.
    """
    marks = [KNOCK_OUT] if knock_outs else []
    for question_id, answer in draft.answers.items():
        chosen = answer if isinstance(answer, list) else [answer]
        texts = [one for one in chosen if isinstance(one, str) and _CHOICE_ID.fullmatch(one)]
        marks += [answer_mark(question_id, one) for one in texts]
    return marks
