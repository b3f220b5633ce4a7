"""Models of privacy notices and of consent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from chalicelib.auth.fields import PlainText

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NOTICE_LENGTH = 20_000

# The ids of old employers were chosen by administrators, so an id may have any visible characters.
NoticeId = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^[^\x00-\x1f\x7f]{1,250}$(?!\n)",
        description="The id of a privacy notice, as the posting's notice has it",
    ),
]


class Consent(msgspec.Struct, frozen=True):
    """The privacy notice that a candidate agreed to with an application, and when."""

    notice: str
    at: datetime


def consent_of(document: Mapping[str, Any]) -> Consent | None:
    """Return the consent that is stored with an application, or None."""
    stored = document.get("consent")
    return msgspec.convert(stored, Consent) if stored else None


class PrivacyNotice(msgspec.Struct, frozen=True):
    """A version of a privacy notice. It never changes.

    ``employer_id`` is null for the text of this installation, which postings of employers without a
    notice of their own have. ``text`` is plain text: a blank line separates paragraphs, and a line
    that begins with "- " is an item of a list.
    """

    id: str
    text: str
    employer_id: str | None
    version: int


class EmployerNotice(msgspec.Struct, frozen=True):
    """The privacy notice of an employer, as its members see it.

    ``version`` is also the ETag. It is 0 while the employer has no notice of its own; ``notice`` is
    then the text of this installation.
    """

    version: int
    notice: PrivacyNotice
    changed_at: datetime | None = None
    changed_by: str | None = None


class NoticeDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The new text of an employer's privacy notice."""

    text: Annotated[
        PlainText,
        msgspec.Meta(
            min_length=1,
            max_length=MAX_NOTICE_LENGTH,
            description="Plain text, in which a blank line separates paragraphs",
        ),
    ]
