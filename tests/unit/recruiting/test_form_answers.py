"""Answers are checked as an independent model of forms checks them."""

from __future__ import annotations

import datetime
import os
import unicodedata
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.recruiting.applications.errors import InvalidAnswers
from chalicelib.recruiting.files.models import FileType
from chalicelib.recruiting.forms.answers import check_answers
from chalicelib.recruiting.forms.models import FormDraft, Question
from chalicelib.recruiting.forms.questions import FILE_TYPES, clean_questions, missing_parts

EXAMPLES = int(os.environ.get("HIRELANE_FORMS", "100"))
Files = dict[str, FileType]
IDS = ("a", "b", "c", "d")
KINDS = ("text", "long_text", "choice", "choices", "number", "date", "file")
file_types = st.sampled_from(FILE_TYPES)
numbers = st.sampled_from([-5, 0, 1, 2.5, 7, 1e15, 2e15, -2e15])
# Parts that meet the rules: ends of lines, control and combining characters, blanks.
texts = st.lists(
    st.sampled_from(["word", " ", "\n", "\r\n", "\t", "\x00", "\x85", "e\u0301", "\u2028", "😀"]),
    max_size=4,
).map("".join)
ARABIC_DATE = "2026-01-01".translate({ord(digit): 0x0660 + int(digit) for digit in "0126"})
dates = st.sampled_from(
    [
        *("2026-02-28", "2026-02-29", "2024-02-29", "26-01-01", "2026-1-1", "20260101"),
        *("2026-W01-1", "2026-13-01", "2026-01-01T00:00:00Z", "0000-01-01", ARABIC_DATE),
    ]
)
values = st.one_of(
    st.none(),
    st.booleans(),
    numbers,
    texts,
    dates,
    st.sampled_from(IDS),
    st.lists(st.one_of(st.sampled_from([*IDS, "z"]), st.integers(0, 1)), max_size=4),
    st.dictionaries(st.just("$ne"), st.none()),
)


@st.composite
def questions(draw: st.DrawFn, question_id: str) -> dict[str, Any]:
    kind = draw(st.sampled_from(KINDS))
    question: dict[str, Any] = {"id": question_id, "kind": kind, "label": f"Question {question_id}"}
    question["required"] = draw(st.booleans())
    if kind in ("text", "long_text"):
        question["max_length"] = draw(st.none() | st.integers(1, 8))
    if kind == "number":
        least, greatest = sorted((draw(st.integers(-3, 3)), draw(st.integers(-3, 9))))
        question |= {"min": draw(st.sampled_from([None, least])), "max": greatest}
        question |= {"knock_out_below": draw(st.none() | st.integers(-3, 3))}
        question |= {"knock_out_above": draw(st.none() | st.integers(-3, 3))}
    if kind in ("choice", "choices"):
        chosen = draw(st.permutations(IDS))[: draw(st.integers(2, 4))]
        question["choices"] = [
            {"id": one, "label": one.upper(), "knock_out": draw(st.booleans())} for one in chosen
        ]
    if kind == "choices":
        question |= {"min_choices": draw(st.none() | st.integers(1, 2)), "max_choices": 2}
    if kind == "file":
        question["file_types"] = draw(st.lists(file_types, max_size=2))
    return question


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[dict[str, Any]], dict[str, Any], Files, Files]:
    """Draw a form, answers to it, and the types of the files that are sent and kept."""
    form = [draw(questions(one)) for one in IDS[: draw(st.integers(1, 4))]]
    answered = draw(st.dictionaries(st.sampled_from([*IDS, "e"]), values))
    # Most files are for questions that ask for one, so that some answers are accepted.
    asking = [one["id"] for one in form if one["kind"] == "file"]
    asked = st.sampled_from([*asking * 8, *IDS, "e"])
    files = st.dictionaries(asked, file_types, max_size=3)
    return form, answered, draw(files), draw(files)


class Bad(Exception):
    """The model refuses an answer."""


def model_of_text(question: dict[str, Any], value: Any) -> str:
    if not isinstance(value, str):
        raise Bad
    text = unicodedata.normalize("NFC", value)
    is_long = question["kind"] == "long_text"
    if is_long:
        for end in ("\r\n", "\r", "\u2028", "\u2029"):
            text = text.replace(end, "\n")
    text = text.strip()
    allowed = "\n\t" if is_long else ""
    if any(unicodedata.category(one) in ("Cc", "Zl", "Zp") and one not in allowed for one in text):
        raise Bad
    if len(text) > (question.get("max_length") or (5000 if is_long else 500)):
        raise Bad
    return text


def model_of_answer(question: dict[str, Any], value: Any) -> tuple[Any, bool]:
    """Return the stored value of an answer, and whether it is a knock-out."""
    kind = question["kind"]
    if kind in ("text", "long_text"):
        return model_of_text(question, value), False
    if kind == "number":
        if type(value) not in (int, float) or not -1e15 <= value <= 1e15:
            raise Bad
        below, above = question["knock_out_below"], question["knock_out_above"]
        least, greatest = question["min"], question["max"]
        if value > greatest or (least is not None and value < least):
            raise Bad
        is_out = (below is not None and value < below) or (above is not None and value > above)
        return value, is_out
    if kind == "date":
        parts = value.split("-") if isinstance(value, str) and value.isascii() else []
        if [len(part) for part in parts] != [4, 2, 2] or not all(map(str.isdigit, parts)):
            raise Bad
        try:
            datetime.date(*map(int, parts))
        except ValueError:
            raise Bad from None
        return value, False
    out = {one["id"] for one in question["choices"] if one["knock_out"]}
    ids = [one["id"] for one in question["choices"]]
    if kind == "choice":
        if value not in ids:
            raise Bad
        return value, value in out
    is_list = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if not is_list or not set(value) <= set(ids) or len(value) > min(2, len(set(value))):
        raise Bad
    if len(value) < (question["min_choices"] or 0):
        raise Bad
    return sorted(value, key=ids.index), bool(out & set(value))


def model(
    form: list[dict[str, Any]], answers: dict[str, Any], sent: Files, kept: Files
) -> tuple[dict[str, Any], list[str], set[str]]:
    """Return the stored answers, the knock-outs, and the fields in error."""
    stored, knock_outs, bad = {}, [], set()
    kinds = {question["id"]: question["kind"] for question in form}
    bad |= {f"file_answers.{one}" for one in sent if kinds.get(one) != "file"}
    for question in form:
        name, kind = question["id"], question["kind"]
        value = answers.get(name)
        if kind == "file":
            if name in answers:
                bad.add(f"answers.{name}")
            suiting = set(question["file_types"] or FILE_TYPES)
            is_wrong = name in sent and sent[name] not in suiting
            is_missing = name not in sent and kept.get(name) not in suiting
            if is_wrong or (question["required"] and is_missing):
                bad.add(f"file_answers.{name}")
            continue
        try:
            is_text = kind in ("text", "long_text") and isinstance(value, str)
            if value in (None, "", []) or (is_text and not model_of_text(question, value)):
                if question["required"]:
                    raise Bad
                continue
            stored[name], is_out = model_of_answer(question, value)
            knock_outs += [name] if is_out else []
        except Bad:
            bad.add(f"answers.{name}")
    for unknown in answers.keys() - {question["id"] for question in form}:
        bad.add(f"answers.{unknown}")
    return stored, knock_outs, bad


@settings(max_examples=EXAMPLES, deadline=None)
@given(cases())
def test_verdict_equals_that_of_the_model(
    case: tuple[list[dict[str, Any]], dict[str, Any], Files, Files],
) -> None:
    form, answers, *files = case
    draft = msgspec.convert({"questions": form}, FormDraft, strict=False)
    cleaned = clean_questions(draft.questions)
    assert not missing_parts(cleaned)
    stored, knock_outs, bad = model(form, answers, *files)
    if bad:
        with pytest.raises(InvalidAnswers) as refused:
            check_answers(cleaned, answers, *files)
        assert refused.value.problems.keys() == bad
        assert all(reason[0].isupper() for reason in refused.value.problems.values())
    else:
        checked = check_answers(cleaned, answers, *files)
        assert (checked.answers, list(checked.knock_outs)) == (stored, knock_outs)
        assert check_answers(cleaned, checked.answers, *files) == checked


def test_fields_of_other_kinds_are_dropped() -> None:
    question = Question("a", "text", "Why?", max_length=5, min=1, min_choices=1)
    assert clean_questions([question]) == (Question("a", "text", "Why?", max_length=5),)


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (Question("a", "text"), "label"),
        (Question("a", "choice", "Which?"), "choices"),
        (Question("a", "choices", "Which?", min_choices=3, choices=()), "choices"),
    ],
)
def test_incomplete_question_is_named(question: Question, field: str) -> None:
    assert list(missing_parts(clean_questions([question]))) == [f"questions[0].{field}"]
