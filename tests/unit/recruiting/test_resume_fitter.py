"""Resumes of other programs: what fits is kept exactly, and all else is named."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from chalicelib.recruiting.profiles.models import Profile
from chalicelib.recruiting.profiles.resume import Day, Resume, Url
from chalicelib.recruiting.profiles.resume_fitter import fit_resume
from chalicelib.recruiting.profiles.service import ProfileService


def pattern_of(kind: Any) -> str:
    found = inspect.type_info(kind)
    assert isinstance(found, inspect.Metadata)
    assert isinstance(found.type, inspect.StrType)
    assert found.type.pattern
    return found.type.pattern


TEXTS = st.text(
    st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\t\r"), max_size=9
)
DAYS = st.sampled_from(["", "2024", "2024-06", "1999-12-31"])
URLS = st.sampled_from(["", "https://a.example/b?c#d", "http://ü.example"])
SPECIAL = {pattern_of(Day): DAYS, pattern_of(Url): URLS}


def values_of(kind: inspect.Type) -> st.SearchStrategy[Any]:
    """Return a strategy for everything that a type of a resume allows, in JSON."""
    if isinstance(kind, inspect.Metadata):
        kind = kind.type
    if isinstance(kind, inspect.StructType):
        fields = {field.encode_name: values_of(field.type) for field in kind.fields}
        return st.fixed_dictionaries({}, optional=fields)
    if isinstance(kind, inspect.ListType):
        return st.lists(values_of(kind.item_type), max_size=2)
    assert isinstance(kind, inspect.StrType)
    return SPECIAL.get(kind.pattern or "", TEXTS)


class OneProfile:
    """A repository with one profile."""

    def __init__(self, resume: Resume) -> None:
        self._resume = resume

    def get(self, account_id: str) -> Profile:
        return Profile(self._resume)


def exported(resume: Resume) -> Any:
    nothing: Any = None
    service = ProfileService(OneProfile(resume), nothing, nothing)  # type: ignore[arg-type]
    return service.resume("ada")


@given(values_of(inspect.type_info(Resume)))
def test_export_of_a_profile_is_imported_as_the_same_profile(values: Any) -> None:
    resume = msgspec.convert(values, Resume)
    document = msgspec.json.decode(msgspec.json.encode(exported(resume) or {}))
    assert fit_resume(document) == (resume, [])


@pytest.mark.parametrize(
    ("document", "kept", "left_out"),
    [
        ({"basics": {"name": "Ada", "age": 9}}, {"basics": {"name": "Ada"}}, ["basics.age"]),
        ({"work": {"name": "Yard"}}, {}, ["work"]),
        ({"work": ["Yard", {"name": "B"}]}, {"work": [{"name": "B"}]}, ["work[0]"]),
        ({"work": [{"startDate": "May 2019"}]}, {"work": [{}]}, ["work[0].startDate"]),
        ({"basics": {"url": "javascript:1"}}, {"basics": {}}, ["basics.url"]),
        ({"basics": {"name": "a" * 501}}, {"basics": {}}, ["basics.name"]),
        ({"skills": [{}] * 101}, {"skills": [{}] * 100}, ["skills[100]"]),
        ({"basics": {"name": None}, "hobbies": [1]}, {"basics": {}}, ["hobbies"]),
        ({"education": [{"score": 4.5}]}, {"education": [{"score": "4.5"}]}, []),
        ({"basics": {"name": "A\0d\x1ba"}}, {"basics": {"name": "Ada"}}, []),
        ({"basics": {"name": True}}, {"basics": {}}, ["basics.name"]),
        ({"$schema": 1, "meta": {"theme": 1}}, {}, []),
        ([], {}, [""]),
    ],
)
def test_value_that_does_not_fit_is_named(document: Any, kept: Any, left_out: list[str]) -> None:
    resume, found = fit_resume(document)
    assert resume == msgspec.convert(kept, Resume)
    assert [one.field for one in found] == left_out
