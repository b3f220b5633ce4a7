"""Models of mail jobs and of the e-mails that composers make from them."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import msgspec

KIND = "mail"
FUNCTION = "chalicelib.jobs.send_mail"


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
