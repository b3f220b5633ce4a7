"""Questions that a member wrote: checked, and in the form in which they are stored."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, get_args

import msgspec

from chalicelib.common.errors import InvalidField
from chalicelib.recruiting.applications.answer_types import MAX_FILE_QUESTIONS
from chalicelib.recruiting.files.models import FileType
from chalicelib.recruiting.forms.models import MAX_TEXT, Choice, Question
from chalicelib.recruiting.texts import clean_line, clean_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TEXTS, _CHOICES = ("text", "long_text"), ("choice", "choices")
FILE_TYPES: tuple[FileType, ...] = get_args(FileType)


def clean_questions(drafts: Sequence[Question]) -> tuple[Question, ...]:
    """Return questions without the fields that do not belong to their kinds.

    Raises:
        InvalidField: two questions or choices have one id, too many ask for files, or limits
            contradict each other.
    """
    if len({one.id for one in drafts}) < len(drafts):
        raise InvalidField("questions", "Give each question an id of its own")
    _limit_files(drafts)
    return tuple(_clean(draft, f"questions[{index}]") for index, draft in enumerate(drafts))


def _limit_files(questions: Sequence[Question]) -> None:
    asking = [index for index, one in enumerate(questions) if one.kind == "file"]
    if len(asking) > MAX_FILE_QUESTIONS:
        reason = f"Ask for at most {MAX_FILE_QUESTIONS} files"
        raise InvalidField(f"questions[{asking[MAX_FILE_QUESTIONS]}].kind", reason)


def missing_parts(questions: Sequence[Question]) -> dict[str, str]:
    """Return why candidates could not answer questions, by the name of the field."""
    return dict(
        part for index, one in enumerate(questions) for part in _missing(one, f"questions[{index}]")
    )


def describe_missing(questions: Sequence[Question]) -> str:
    """Return what the first incomplete question lacks, or an empty text."""
    for number, one in enumerate(questions, start=1):
        for _, reason in _missing(one, ""):
            return f"Question {number}: {reason[0].lower()}{reason[1:]}"
    return ""


def _missing(question: Question, field: str) -> Iterator[tuple[str, str]]:
    if not question.label:
        yield f"{field}.label", "Write the question"
    if question.kind not in _CHOICES:
        return
    if len(question.choices) < 2:
        yield f"{field}.choices", "Offer at least two answers"
    elif not all(one.label for one in question.choices):
        yield f"{field}.choices", "Write each answer, or remove it"
    elif len({one.label for one in question.choices}) < len(question.choices):
        yield f"{field}.choices", "Write different answers"
    elif (question.min_choices or 0) > len(question.choices):
        yield f"{field}.min_choices", "Expect no more answers than there are"


def _clean(draft: Question, field: str) -> Question:
    kind = draft.kind
    if len({one.id for one in draft.choices}) < len(draft.choices):
        raise InvalidField(f"{field}.choices", "Give each answer an id of its own")
    question = Question(
        draft.id,
        kind,
        _line(draft.label),
        unicodedata.normalize("NFC", clean_text(draft.hint)),
        draft.required,
    )
    if kind in _TEXTS:
        if draft.max_length and draft.max_length > MAX_TEXT[kind]:
            raise InvalidField(f"{field}.max_length", f"Allow at most {MAX_TEXT[kind]} characters")
        return msgspec.structs.replace(question, max_length=draft.max_length)
    if kind == "file":
        chosen = tuple(one for one in FILE_TYPES if one in draft.file_types)
        # All types are as good as none: a type that is taken later is accepted, too.
        types = chosen if len(chosen) < len(FILE_TYPES) else ()
        return msgspec.structs.replace(question, file_types=types)
    if kind in _CHOICES:
        choices = tuple(Choice(one.id, _line(one.label), one.knock_out) for one in draft.choices)
        question = msgspec.structs.replace(question, choices=choices)
    if kind == "choices":
        _check_order(draft.min_choices, draft.max_choices, f"{field}.max_choices")
        return msgspec.structs.replace(
            question, min_choices=draft.min_choices, max_choices=draft.max_choices
        )
    if kind == "number":
        _check_order(draft.min, draft.max, f"{field}.max")
        return msgspec.structs.replace(
            question,
            min=draft.min,
            max=draft.max,
            knock_out_below=draft.knock_out_below,
            knock_out_above=draft.knock_out_above,
        )
    return question


def _line(text: str) -> str:
    # A label is one line: ends of lines and tabs become blanks.
    return unicodedata.normalize("NFC", clean_line(" ".join(text.split())))


def _check_order(least: float | None, greatest: float | None, field: str) -> None:
    if least is not None and greatest is not None and greatest < least:
        raise InvalidField(field, "Set it no lower than the least")
