"""Answers of a candidate: checked against the questions of a version of a form."""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from chalicelib.recruiting.applications.answer_types import MAX_NUMBER
from chalicelib.recruiting.applications.errors import InvalidAnswers
from chalicelib.recruiting.forms.models import DEFAULT_TEXT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chalicelib.recruiting.files.models import FileType
    from chalicelib.recruiting.forms.models import Question

_NO_FILES: Mapping[str, FileType] = MappingProxyType({})
_UNKNOWN = "The form has no such question"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LINE_END = re.compile(r"\r\n?|[\u2028\u2029]")
# Of a text of several lines; one of one line has no tabs and ends of lines either.
_CONTROL = {
    "long_text": re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"),
    "text": re.compile(r"[\x00-\x1f\x7f-\x9f]"),
}


class CheckedAnswers(NamedTuple):
    """Answers in the form in which they are stored.

    Args:
        answers: a value for each answered question, by its id, in the order of the questions.
        knock_outs: the ids of the questions with answers that are marked as knock-outs.
    """

    answers: dict[str, Any]
    knock_outs: tuple[str, ...]


class _AnswerError(Exception):
    """An answer is invalid; the message says why."""


def check_answers(
    questions: Sequence[Question],
    answers: Mapping[str, Any],
    attached: Mapping[str, FileType] = _NO_FILES,
    kept: Mapping[str, FileType] = _NO_FILES,
) -> CheckedAnswers:
    """Return the answers to questions as they are stored.

    Args:
        questions: the questions of the form.
        answers: the values that the candidate sent, by question id.
        attached: the types of the files that the candidate sent, by question id.
        kept: those of the files that the application has already. They answer what they suit.

    Raises:
        InvalidAnswers: it names each missing or invalid answer.
    """
    problems: dict[str, str] = {}
    accepted: dict[str, Any] = {}
    knock_outs = []
    for_files = set[str]()
    for question in questions:
        if question.kind == "file":
            for_files.add(question.id)
            if reason := _file_error(question, attached.get(question.id), kept.get(question.id)):
                problems[f"file_answers.{question.id}"] = reason
            continue
        try:
            value = _checked(question, answers.get(question.id))
        except _AnswerError as refusal:
            problems[f"answers.{question.id}"] = str(refusal)
            continue
        if value is not None:
            accepted[question.id] = value
            if _is_knock_out(question, value):
                knock_outs.append(question.id)
    known = {question.id for question in questions}
    for one in answers.keys() - known:
        problems[f"answers.{one}"] = _UNKNOWN
    if for_files or attached:
        for one in answers.keys() & for_files:
            problems[f"answers.{one}"] = "Attach a file instead"
        for one in attached.keys() - for_files:
            problems[f"file_answers.{one}"] = "It takes no file" if one in known else _UNKNOWN
    if problems:
        raise InvalidAnswers(problems)
    return CheckedAnswers(accepted, tuple(knock_outs))


def _file_error(question: Question, attached: FileType | None, kept: FileType | None) -> str:
    """Return why a file does not answer a question, or an empty text."""
    accepted = question.file_types
    if attached:
        if not accepted or attached in accepted:
            return ""
        return f"Attach a file of this type: {' or '.join(one.upper() for one in accepted)}"
    is_answered = kept and (not accepted or kept in accepted)
    return "Attach a file" if question.required and not is_answered else ""


def _checked(question: Question, value: Any) -> Any:
    """Return the value of an answer as it is stored; None if there is none."""
    if isinstance(value, str) and question.kind in _CONTROL:
        value = _to_text(question, value)
    if value is None or value == "" or value == []:
        if question.required:
            raise _AnswerError("Answer this question")
        return None
    match question.kind:
        case "number":
            return _to_number(question, value)
        case "date":
            return _to_date(value)
        case "choice":
            if not isinstance(value, str) or value not in {one.id for one in question.choices}:
                raise _AnswerError("Choose one of the answers")
            return value
        case "choices":
            return _to_choices(question, value)
    if not isinstance(value, str):
        raise _AnswerError("Write a text")
    return value


def _to_text(question: Question, value: str) -> str:
    text = unicodedata.normalize("NFC", value)
    if question.kind == "long_text":
        text = _LINE_END.sub("\n", text)
    text = text.strip()
    if _CONTROL[question.kind].search(text) or _LINE_END.search(text):
        raise _AnswerError("Write a text without control characters")
    most = question.max_length or DEFAULT_TEXT[question.kind]
    if len(text) > most:
        raise _AnswerError(f"Write at most {most} characters; these are {len(text)}")
    return text


def _to_number(question: Question, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > MAX_NUMBER:
        raise _AnswerError("Write a number")
    if math.isnan(value):
        raise _AnswerError("Write a number")
    if question.min is not None and value < question.min:
        raise _AnswerError(f"Write a number of at least {_plain(question.min)}")
    if question.max is not None and value > question.max:
        raise _AnswerError(f"Write a number of at most {_plain(question.max)}")
    # One number has one spelling, so that hashes and searches find it.
    return int(value) if value == int(value) else value


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else repr(number)


def _to_date(value: Any) -> str:
    try:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise ValueError
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise _AnswerError("Write a date as year, month and day, such as 2026-05-17") from None


def _to_choices(question: Question, value: Any) -> list[str]:
    known = [one.id for one in question.choices]
    if not isinstance(value, list) or any(one not in known for one in value):
        raise _AnswerError("Choose from the answers")
    if len(set(value)) < len(value):
        raise _AnswerError("Choose each answer once")
    if question.min_choices and len(value) < question.min_choices:
        raise _AnswerError(f"Choose at least {question.min_choices}")
    if question.max_choices and len(value) > question.max_choices:
        raise _AnswerError(f"Choose at most {question.max_choices}")
    return [one for one in known if one in value]


def _is_knock_out(question: Question, value: Any) -> bool:
    if question.kind == "number":
        below, above = question.knock_out_below, question.knock_out_above
        return (below is not None and value < below) or (above is not None and value > above)
    chosen = value if isinstance(value, list) else [value]
    return any(one.knock_out and one.id in chosen for one in question.choices)
