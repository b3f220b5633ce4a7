"""Runs the workers that the API would wake, and reads the e-mails they send."""

from __future__ import annotations

import re
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

import msgspec
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from chalicelib.bootstrap.container import Container
from chalicelib.bootstrap.worker import Worker
from chalicelib.queue import Shards, Wake
from tests.support.lambda_context import LambdaContext

SENDER = "no-reply@hirelane.example"


class WakeRecorder:
    """Records wake-ups instead of invoking workers, because tests run the workers themselves."""

    def __init__(self) -> None:
        self.by_kind: dict[str, Wake] = {}

    def wake(self, wake: Wake) -> None:
        self.by_kind[wake.kind] = wake


def run_worker(parts: Container, kind: str) -> None:
    """Drain the lanes of a kind, as the worker that was woken for them."""
    woken: Any = parts.waker
    event = msgspec.to_builtins(woken.by_kind.pop(kind, {}))
    if kind == "mail":
        worker = Worker(parts, kind, lambda: parts.notifications.job_handler, "mailed")
    else:
        # Without follow-up jobs the worker does not wait for its e-mails.
        worker = Worker(
            parts,
            kind,
            lambda: parts.recruiting.job_handler,
            "stored",
            lanes=lambda: Shards(parts.redis, kind),
        )
    worker.drain(event, LambdaContext())


def deliver_emails(parts: Container) -> list[EmailMessage]:
    """Drain the mail lanes. Return the sent e-mails in order."""
    backend: Any = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    before = len(backend.sent_messages)
    run_worker(parts, "mail")
    mails = []
    for sent in backend.sent_messages[before:]:
        mail = message_from_string(sent.raw_data, policy=policy.default)
        # moto adds the recipients of the header to those of the request.
        assert sent.destinations[0] == mail["To"].addresses[0].addr_spec
        mails.append(mail)
    return mails


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    text: str = part.get_content()
    return text


def link_of(mail: EmailMessage) -> tuple[str, str]:
    """Return the purpose and the token of the only link in an e-mail."""
    [(purpose, token)] = re.findall(
        r"https://hirelane\.example/#/([a-z-]+)/([\w.-]+)", text_of(mail)
    )
    return purpose, token


def count_queued_emails(parts: Container) -> int:
    return sum(1 for _ in parts.redis.scan_iter("{hl0}:job:letter-*"))
