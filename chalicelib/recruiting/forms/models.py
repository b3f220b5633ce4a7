"""Models of forms: as members write and read them, and as candidates read them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from chalicelib.auth.fields import PlainText
from chalicelib.recruiting.applications.answer_types import MAX_NUMBER, Answer, QuestionId
from chalicelib.recruiting.files.models import FileType

MAX_QUESTIONS = 50
MAX_CHOICES = 50
MAX_TEXT = {"text": 1000, "long_text": 20_000}
# The length of an answer to a question that sets none.
DEFAULT_TEXT = {"text": 500, "long_text": 5000}

QuestionKind = Literal["text", "long_text", "choice", "choices", "number", "date", "file"]
Label = Annotated[PlainText, msgspec.Meta(max_length=300)]
Hint = Annotated[PlainText, msgspec.Meta(max_length=1000)]
Number = Annotated[float, msgspec.Meta(ge=-float(MAX_NUMBER), le=float(MAX_NUMBER))]
ChoiceCount = Annotated[int, msgspec.Meta(ge=1, le=MAX_CHOICES)]


class PublicChoice(msgspec.Struct, frozen=True):
    """A possible answer. An application has the id of the choice."""

    id: QuestionId
    label: Label


class Choice(PublicChoice, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A possible answer as members see it. With ``knock_out`` it flags the application."""

    knock_out: bool = False


class PublicQuestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question as candidates read it.

    Args:
        id: stays the same in all versions of the form.
        kind: ``text`` is one line, ``choices`` several choices, ``date`` a day.
        max_length: the most characters of a text.
        min, max: the least and the greatest number.
        min_choices, max_choices: how many of several choices an answer has.
        file_types: the accepted types of a file; all that can be uploaded if there are none.
    """

    id: QuestionId
    kind: QuestionKind
    label: Label
    hint: Hint = ""
    required: bool = False
    max_length: int | None = None
    min: float | None = None
    max: float | None = None
    choices: tuple[PublicChoice, ...] = ()
    min_choices: int | None = None
    max_choices: int | None = None
    file_types: tuple[FileType, ...] = ()


class Question(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A question as members write and read it.

    A knock-out only flags an application: a choice that is marked as one, or a number below
    ``knock_out_below`` or above ``knock_out_above``. The other fields are those of
    ``PublicQuestion``.
    """

    id: QuestionId
    kind: QuestionKind
    label: Label = ""
    hint: Hint = ""
    required: bool = False
    max_length: Annotated[int, msgspec.Meta(ge=1, le=20_000)] | None = None
    min: Number | None = None
    max: Number | None = None
    choices: Annotated[tuple[Choice, ...], msgspec.Meta(max_length=MAX_CHOICES)] = ()
    min_choices: ChoiceCount | None = None
    max_choices: ChoiceCount | None = None
    knock_out_below: Number | None = None
    knock_out_above: Number | None = None
    file_types: Annotated[tuple[FileType, ...], msgspec.Meta(max_length=4)] = ()

    def to_public(self) -> PublicQuestion:
        """Return the question without its knock-outs."""
        return PublicQuestion(
            self.id,
            self.kind,
            self.label,
            self.hint,
            self.required,
            self.max_length,
            self.min,
            self.max,
            tuple(PublicChoice(one.id, one.label) for one in self.choices),
            self.min_choices,
            self.max_choices,
            self.file_types,
        )


class FormDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All questions of a posting in their order. Those of a draft may be incomplete."""

    questions: Annotated[tuple[Question, ...], msgspec.Meta(max_length=MAX_QUESTIONS)]


class EmployerForm(msgspec.Struct, frozen=True):
    """The form of a posting as its members read it.

    ``version`` is 0 if the posting never had questions; the ETag is this number. ``missing`` says
    why the posting cannot be published with the form, by the name of the field. ``changed_by`` is
    the account that wrote this version.
    """

    posting_id: str
    version: int
    questions: tuple[Question, ...]
    missing: dict[str, str]
    changed_at: datetime | None = None
    changed_by: str = ""


class PublicForm(msgspec.Struct, frozen=True):
    """The questions of a posting. An application for it names ``version``; 0 means no questions."""

    posting_id: str
    version: int
    questions: tuple[PublicQuestion, ...]


class ReviewedAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question that an application answered, as members read it.

    ``answer`` is as the candidate sent it, or null if the candidate did not answer. ``text`` has
    the words of chosen answers. ``knock_out`` marks an answer that the employer marked. The answer
    to a question for a file is the id of the file, and ``text`` its name, which interviewers do not
    get.
    """

    id: str
    kind: QuestionKind
    label: str
    answer: Answer | None
    text: str
    knock_out: bool = False


class AnsweredQuestion(msgspec.Struct, frozen=True):
    """A question and its answer in words, as the candidate reads them."""

    label: str
    text: str


class ApplyRules(msgspec.Struct, frozen=True):
    """What applications for a posting must satisfy. Rules of one version never change."""

    version: int
    employer_id: str
    questions: tuple[Question, ...]
