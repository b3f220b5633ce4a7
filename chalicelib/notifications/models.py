"""Models of mail jobs and of the e-mails that composers make from them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import msgspec

KIND = "mail"
FUNCTION = "chalicelib.jobs.send_mail"
# Tags that SES repeats in reports about an e-mail: its id in the ledger, and the keyed hash of the
# recipient's address (suppressions.py).
MAIL_TAG, RECIPIENT_TAG = "mail", "recipient"


class Recipient(msgspec.Struct, frozen=True):
    """The recipient of an e-mail."""

    email: str
    name: str


class MailJobArguments(msgspec.Struct, frozen=True):
    """The arguments of a mail job.

    Their stored names (``words``, ``to``) stay, because jobs of earlier versions may wait in Redis.

    Args:
        id: the id of the e-mail in the ledger. An id is sent once.
        content: what the e-mail is about. Its ``type`` names the composer that reads it.
        recipient: the recipient, unless the composer finds it out.
    """

    id: str
    content: dict[str, Any] = msgspec.field(name="words")
    recipient: Recipient | None = msgspec.field(default=None, name="to")


class Email(msgspec.Struct, frozen=True):
    """An e-mail to be rendered: its recipient, its template and the values for the template.

    ``keeps_job`` is false if its job must not be kept after it was sent, because the account of the
    recipient was deleted.
    """

    recipient: Recipient
    template: str
    values: dict[str, Any]
    keeps_job: bool = True


class EmailComposer(Protocol):
    """Composes the e-mails of one type of content."""

    @property
    def content_type(self) -> type[msgspec.Struct]:
        """The model of the content; its msgspec tag is the stored ``type``."""

    def compose(self, content: Any, recipient: Recipient | None, /) -> Email | None:
        """Return the e-mail to send now, or None if nobody is to get one.

        Args:
            content: an instance of ``content_type``.
            recipient: the recipient that the job names, or None.
        """


class MailToSend(NamedTuple):
    """A mail job whose content was read, with the composer for it."""

    id: str
    composer: EmailComposer
    content: msgspec.Struct
    recipient: Recipient | None


class SuppressionReason(StrEnum):
    """Why an address gets no e-mail."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"


class Suppression(msgspec.Struct, frozen=True):
    """An address gets no e-mail.

    Args:
        reason: the mailbox refused an e-mail for good, or its owner reported one as spam.
        since: when we learned that.
        can_retry: whether the owner may end it. That is possible once, and only after a bounce.
    """

    reason: SuppressionReason
    since: datetime
    can_retry: bool
