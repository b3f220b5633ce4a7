"""Answers in words: for members who review an application, and for spreadsheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.recruiting.applications.contents import answering_files
from chalicelib.recruiting.forms.models import AnsweredQuestion, ReviewedAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chalicelib.recruiting.forms.models import Question
    from chalicelib.recruiting.forms.repository import FormVersion

    Document = Mapping[str, Any]


def reviewed_answers(
    document: Document, form: FormVersion | None, *, with_file_names: bool
) -> list[ReviewedAnswer]:
    """Return the questions that an application answered, in their order.

    Args:
        document: the application.
        form: the version of the form that it names, or None if it names none.
        with_file_names: whether the names of files may be read.
    """
    if form is None:
        return []
    answers, knock_outs = document.get("answers") or {}, document.get("knock_outs", ())
    files = answering_files(document)
    reviewed = []
    for one in form.questions:
        answer = answers.get(one.id)
        text = answer_text(one, answer)
        if one.kind == "file" and one.id in files:
            answer = files[one.id]["id"]
            text = files[one.id]["name"] if with_file_names else ""
        is_knock_out = one.id in knock_outs
        reviewed.append(
            ReviewedAnswer(one.id, one.kind, one.label, answer, text, knock_out=is_knock_out)
        )
    return reviewed


def answered_questions(
    questions: Iterable[Question], answers: Mapping[str, Any]
) -> list[AnsweredQuestion]:
    """Return the questions that have answers, with the answers in words, in their order."""
    return [
        AnsweredQuestion(one.label, answer_text(one, answers[one.id]))
        for one in questions
        if one.id in answers
    ]


def answer_text(question: Question, answer: Any) -> str:
    """Return an answer in words, each of several on a line; an empty text if there is none."""
    if answer is None:
        return ""
    if question.kind in ("choice", "choices"):
        labels: dict[str, str] = {one.id: one.label for one in question.choices}
        chosen = answer if isinstance(answer, list) else [answer]
        return "\n".join(labels.get(str(one), str(one)) for one in chosen)
    return str(answer)


class AnswerColumns:
    """The columns of a table for the answers to all versions of a form.

    A question has one column in all versions, with its newest words. The columns are in the order
    in which the questions were first asked, so that a new version changes no earlier column.

    Args:
        versions: all versions of the form, oldest first.
    """

    def __init__(self, versions: Iterable[FormVersion]) -> None:
        self._questions = {
            form.version: {one.id: one for one in form.questions} for form in versions
        }
        asked = [one for questions in self._questions.values() for one in questions.values()]
        self._labels = {one.id: one.label for one in asked}

    def names(self) -> tuple[str, ...]:
        """Return the names of the columns; empty if the posting never asked anything."""
        if not self._labels:
            return ()
        return ("form_version", "knock_outs", *self._labels.values())

    def cells(self, document: Document) -> tuple[str, ...]:
        """Return the cells of an application."""
        if not self._labels:
            return ()
        version = document.get("form_version") or 0
        questions = self._questions.get(version, {})
        answers, knock_outs = document.get("answers") or {}, document.get("knock_outs", ())
        files = answering_files(document)
        # A question may have asked for a file in another version only.
        names = {one: files[one]["name"] for one in files if _asks_for_file(questions.get(one))}
        answers = {**answers, **names}
        return (
            str(version) if version else "",
            "\n".join(questions[one].label for one in knock_outs if one in questions),
            *(
                answer_text(questions[one], answers.get(one)) if one in questions else ""
                for one in self._labels
            ),
        )


def _asks_for_file(question: Question | None) -> bool:
    return question is not None and question.kind == "file"
