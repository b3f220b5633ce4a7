"""Mail jobs: which template, to whom, with which words."""

from __future__ import annotations

from datetime import datetime

import msgspec

from chalicelib.auth.services.account_emails import AccountNotice, LinkEmail
from chalicelib.queue import NewJob

KIND = "mail"
FUNCTION = "chalicelib.jobs.send_mail"


class Recipient(msgspec.Struct, frozen=True):
    """Who reads it."""

    email: str
    name: str


class Confirmation(msgspec.Struct, frozen=True, tag="application_confirmation"):
    """The words of the mail that confirms an application."""

    application_id: str
    title: str
    employer: str
    accepted_at: datetime


class Mail(msgspec.Struct, frozen=True):
    """The arguments of a mail job. ``id`` is the mail's id in the ledger: one id, one mail.

    A letter about an account says itself to whom it goes, when it is written.
    """

    id: str
    words: Confirmation | LinkEmail | AccountNotice
    to: Recipient | None = None


def confirmation_job(
    *,
    mail_id: str,
    to: str,
    name: str,
    title: str,
    employer: str,
    application_id: str,
    accepted_at: datetime,
    correlation_id: str,
) -> NewJob:
    """The job that sends the confirmation of an application."""
    mail = Mail(
        id=mail_id,
        to=Recipient(email=to, name=name),
        words=Confirmation(application_id, title, employer, accepted_at),
    )
    return NewJob(
        id=mail_id,
        function=FUNCTION,
        kwargs=msgspec.to_builtins(mail),
        description="send an application's confirmation",
        correlation_id=correlation_id,
    )
