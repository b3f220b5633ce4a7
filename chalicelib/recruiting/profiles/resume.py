"""Models of a resume: a document of JSON Resume 1.0.0 (https://jsonresume.org/schema).

Every field is optional, as in the schema. The names in JSON are those of the schema.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from chalicelib.auth.fields import PlainText

SCHEMA = "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json"
SCHEMA_VERSION = "v1.0.0"

Line = Annotated[PlainText, msgspec.Meta(max_length=500)]
Text = Annotated[PlainText, msgspec.Meta(max_length=10_000)]
_ENTRIES = msgspec.Meta(max_length=100)
Lines = Annotated[list[Line], _ENTRIES]
Texts = Annotated[list[Text], _ENTRIES]
Day = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^([12][0-9]{3}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?)?$(?!\n)",
        description="A year, a month such as 2024-06, or a day such as 2024-06-29",
    ),
]
Url = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(https?://[^\s\x00-\x20\x7f-\x9f]+)?$(?!\n)",
        max_length=2000,
        description="A link that starts with https:// or http:// and contains no spaces",
    ),
]


class _Part(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename="camel"
):
    """A part of a resume. A blank field counts as absent."""


class ResumeLocation(_Part, frozen=True):
    """Where a person lives."""

    address: Text = ""
    postal_code: Line = ""
    city: Line = ""
    country_code: Line = ""
    region: Line = ""


class ResumeProfile(_Part, frozen=True):
    """The page of a person on a network."""

    network: Line = ""
    username: Line = ""
    url: Url = ""


class ResumeBasics(_Part, frozen=True):
    """Who a person is, and how to reach them. ``image`` is a link, which Hirelane never loads."""

    name: Line = ""
    label: Line = ""
    image: Url = ""
    email: Line = ""
    phone: Line = ""
    url: Url = ""
    summary: Text = ""
    location: ResumeLocation = ResumeLocation()
    profiles: Annotated[list[ResumeProfile], _ENTRIES] = []


class ResumeWork(_Part, frozen=True):
    """A job that a person had or has."""

    name: Line = ""
    location: Line = ""
    description: Text = ""
    position: Line = ""
    url: Url = ""
    start_date: Day = ""
    end_date: Day = ""
    summary: Text = ""
    highlights: Texts = []


class ResumeVolunteer(_Part, frozen=True):
    """Work without pay."""

    organization: Line = ""
    position: Line = ""
    url: Url = ""
    start_date: Day = ""
    end_date: Day = ""
    summary: Text = ""
    highlights: Texts = []


class ResumeEducation(_Part, frozen=True):
    """A school, a study or a training."""

    institution: Line = ""
    url: Url = ""
    area: Line = ""
    study_type: Line = ""
    start_date: Day = ""
    end_date: Day = ""
    score: Line = ""
    courses: Lines = []


class ResumeAward(_Part, frozen=True):
    """An award."""

    title: Line = ""
    date: Day = ""
    awarder: Line = ""
    summary: Text = ""


class ResumeCertificate(_Part, frozen=True):
    """A certificate."""

    name: Line = ""
    date: Day = ""
    url: Url = ""
    issuer: Line = ""


class ResumePublication(_Part, frozen=True):
    """A publication."""

    name: Line = ""
    publisher: Line = ""
    release_date: Day = ""
    url: Url = ""
    summary: Text = ""


class ResumeSkill(_Part, frozen=True):
    """A skill."""

    name: Line = ""
    level: Line = ""
    keywords: Lines = []


class ResumeLanguage(_Part, frozen=True):
    """A language that a person speaks."""

    language: Line = ""
    fluency: Line = ""


class ResumeInterest(_Part, frozen=True):
    """An interest."""

    name: Line = ""
    keywords: Lines = []


class ResumeReference(_Part, frozen=True):
    """What somebody says about the person."""

    name: Line = ""
    reference: Text = ""


class ResumeProject(_Part, frozen=True):
    """A project."""

    name: Line = ""
    description: Text = ""
    highlights: Texts = []
    keywords: Lines = []
    start_date: Day = ""
    end_date: Day = ""
    url: Url = ""
    roles: Lines = []
    entity: Line = ""
    type: Line = ""


class Resume(_Part, frozen=True):
    """A resume in the form of JSON Resume 1.0.0. Unknown fields are refused."""

    basics: ResumeBasics = ResumeBasics()
    work: Annotated[list[ResumeWork], _ENTRIES] = []
    volunteer: Annotated[list[ResumeVolunteer], _ENTRIES] = []
    education: Annotated[list[ResumeEducation], _ENTRIES] = []
    awards: Annotated[list[ResumeAward], _ENTRIES] = []
    certificates: Annotated[list[ResumeCertificate], _ENTRIES] = []
    publications: Annotated[list[ResumePublication], _ENTRIES] = []
    skills: Annotated[list[ResumeSkill], _ENTRIES] = []
    languages: Annotated[list[ResumeLanguage], _ENTRIES] = []
    interests: Annotated[list[ResumeInterest], _ENTRIES] = []
    references: Annotated[list[ResumeReference], _ENTRIES] = []
    projects: Annotated[list[ResumeProject], _ENTRIES] = []
