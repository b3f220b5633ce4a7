"""Models of profiles: the requests and answers of the API, and what is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from chalicelib.recruiting.applications.models import Link
from chalicelib.recruiting.files.models import FileType
from chalicelib.recruiting.profiles.resume import Resume

MAX_IMPORT_BYTES = 500_000


class SentFile(msgspec.Struct, frozen=True):
    """A file that was sent with an application. A copy of it can be sent again."""

    id: str
    name: str
    type: FileType
    bytes: int
    sha256: str
    sent_at: datetime


class LastSent(msgspec.Struct, frozen=True):
    """The links and files of the newest applications that had some.

    If no links were sent, ``links`` are those of the profile and ``links_sent_at`` is null. All are
    empty if the candidate does not want them to be offered.
    """

    links: list[Link] = []
    links_sent_at: datetime | None = None
    files: list[SentFile] = []


class ProfileDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new content of a profile.

    ``keeps_last_sent`` says whether a new application is offered what was sent last.
    """

    resume: Resume
    keeps_last_sent: bool = True


class Profile(msgspec.Struct, frozen=True):
    """The profile of a candidate.

    ``version`` grows with each change; it is also the ETag. It is 0 while nothing is stored.
    """

    resume: Resume = Resume()
    keeps_last_sent: bool = True
    version: int = 0


class FileFacts(msgspec.Struct, frozen=True):
    """What is certain about a person by the text of a file. The candidate confirms it.

    ``name`` is blank if it is not certain. Phone numbers are international, such as
    ``+492215550123``. ``links`` are pages of the person.
    """

    name: str = ""
    emails: list[str] = []
    phones: list[str] = []
    links: list[str] = []


class ImportRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A resume that another program wrote: its format, and the file in base64.

    ``europass`` is XML, of the present website of Europass or of Cedefop's SkillsPassport.
    """

    format: Literal["json-resume", "europass"]
    content: Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_IMPORT_BYTES)]


class LeftOut(msgspec.Struct, frozen=True):
    """A value of a file that could not be taken: where it is, and why."""

    field: str
    reason: str


class ImportedResume(msgspec.Struct, frozen=True):
    """The resume of a file. ``left_out`` has at most 100 values that could not be taken."""

    resume: Resume
    left_out: list[LeftOut]
