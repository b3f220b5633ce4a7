"""Checks what a candidate sends against the questions of the posting."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from chalicelib.recruiting.applications.errors import InvalidAnswers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.recruiting.applications.models import ApplicationContent
    from chalicelib.recruiting.files.models import AttachedFile, FileType
    from chalicelib.recruiting.files.tokens import FileTokenService
    from chalicelib.recruiting.forms.apply_rules import ApplyRulesReader


class CheckedDraft[Draft: ApplicationContent](NamedTuple):
    """A draft whose answers are valid.

    Args:
        draft: with the answers as they are stored, and without the tokens of files.
        knock_outs: the ids of the questions with answers that the employer marked as knock-outs.
        gate_version: the version that the gate of the posting has if these are its questions.
    """

    draft: Draft
    knock_outs: tuple[str, ...]
    gate_version: str
    files: tuple[AttachedFile, ...]


def check_draft[Draft: ApplicationContent](
    rules: ApplyRulesReader,
    file_tokens: FileTokenService,
    candidate_id: str,
    posting_id: str,
    draft: Draft,
    kept: Iterable[AttachedFile] = (),
) -> CheckedDraft[Draft]:
    """Check the files, and the answers against the version of the form that the draft names.

    Args:
        rules: reads the questions.
        file_tokens: reads the tokens of files.
        candidate_id: the candidate.
        posting_id: the posting.
        draft: what the candidate sent.
        kept: the files that the application has already.

    Raises:
        InvalidField: the token of a file is not the candidate's, or has expired.
        InvalidAnswers: it names each missing or invalid answer.
    """
    files: tuple[AttachedFile, ...] = ()
    if draft.files or draft.file_answers:
        files = file_tokens.read(candidate_id, draft.files, draft.file_answers)
        draft = msgspec.structs.replace(draft, files=[], file_answers={})
    attached = _types_by_question(files) if files else {}
    if not draft.form_version:
        if draft.answers or attached:
            raise InvalidAnswers({"form_version": "Name the version of the form you answered"})
        return CheckedDraft(draft, (), "", files)
    found = rules.find(posting_id, draft.form_version)
    if found is None:
        # No gate has such a version, so the queue refuses it, unless it is a repeated request.
        return CheckedDraft(draft, (), f"unknown-{draft.form_version}", files)
    # Imported here, because most postings have no form.
    from chalicelib.recruiting.forms.answers import check_answers

    answers, knock_outs = check_answers(
        found.questions, draft.answers, attached, _types_by_question(kept)
    )
    stored = msgspec.structs.replace(draft, answers=answers)
    return CheckedDraft(stored, knock_outs, str(draft.form_version), files)


def _types_by_question(files: Iterable[AttachedFile]) -> dict[str, FileType]:
    # Of several files for one question, the last one is the answer.
    return {one.question_id: one.type for one in files if one.question_id}
