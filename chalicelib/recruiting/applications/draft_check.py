"""Checks what a candidate sends against the questions of the posting."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from chalicelib.recruiting.applications.errors import InvalidAnswers

if TYPE_CHECKING:
    from chalicelib.recruiting.applications.models import ApplicationContent
    from chalicelib.recruiting.forms.apply_rules import ApplyRulesReader


class CheckedDraft[Draft: ApplicationContent](NamedTuple):
    """A draft whose answers are valid.

    Args:
        draft: with the answers as they are stored.
        knock_outs: the ids of the questions with answers that the employer marked as knock-outs.
        gate_version: the version that the gate of the posting has if these are its questions.
    """

    draft: Draft
    knock_outs: tuple[str, ...]
    gate_version: str


def check_draft[Draft: ApplicationContent](
    rules: ApplyRulesReader, posting_id: str, draft: Draft
) -> CheckedDraft[Draft]:
    """Check the answers against the version of the form that the draft names.

    Raises:
        InvalidAnswers: it names each missing or invalid answer.
    """
    if not draft.form_version:
        if draft.answers:
            raise InvalidAnswers({"form_version": "Name the version of the form you answered"})
        return CheckedDraft(draft, (), "")
    found = rules.find(posting_id, draft.form_version)
    if found is None:
        # No gate has such a version, so the queue refuses it, unless it is a repeated request.
        return CheckedDraft(draft, (), f"unknown-{draft.form_version}")
    # Imported here, because most postings have no form.
    from chalicelib.recruiting.forms.answers import check_answers

    answers, knock_outs = check_answers(found.questions, draft.answers)
    stored = msgspec.structs.replace(draft, answers=answers)
    return CheckedDraft(stored, knock_outs, str(draft.form_version))
