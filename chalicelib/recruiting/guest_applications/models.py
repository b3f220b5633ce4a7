"""Models of the requests and answers of the API for guest applications."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from chalicelib.auth.fields import Email, Name, RequiredToken
from chalicelib.recruiting.applications.models import (
    ApplicationDraft,
    PostingReference,
    Receipt,
)
from chalicelib.recruiting.forms.models import AnsweredQuestion


class GuestApplicationDraft(ApplicationDraft, frozen=True, kw_only=True, omit_defaults=True):
    """An application with the address and the name of a person who is not logged in."""

    email: Email
    name: Name

    def to_application(self) -> ApplicationDraft:
        """Return the application without the address and the name."""
        fields = ApplicationDraft.__struct_fields__
        return ApplicationDraft(**{field: getattr(self, field) for field in fields})


class GuestApplicationEmailSent(msgspec.Struct, frozen=True):
    """The same answer for every address. The link of the e-mail works until ``expires_at``."""

    expires_at: datetime
    status: Literal["mailed"] = "mailed"
    detail: str = "If the address is eligible, we have sent an e-mail."


class GuestApplicationLink(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of an e-mailed link."""

    token: RequiredToken


class GuestApplicationConfirmation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of an e-mailed link, and whether a new account gets a session.

    A browser in which somebody is logged in asks for none, because it has one session at a time.
    """

    token: RequiredToken
    open_session: bool = True


class PendingGuestApplication(msgspec.Struct, frozen=True):
    """A guest application as the reader of the mailbox sees it.

    ``application`` is null once it was accepted; ``receipt`` is null until then. ``answers`` has
    those of the application in words.
    """

    posting: PostingReference
    email: str
    name: str
    expires_at: datetime
    application: ApplicationDraft | None
    answers: list[AnsweredQuestion]
    receipt: Receipt | None
