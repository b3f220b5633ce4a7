"""Queues e-mails."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.ids import new_id
from chalicelib.notifications.models import FUNCTION, MailJobArguments
from chalicelib.queue import AcceptRequest, LaneFull, NewJob

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.notifications.models import Recipient
    from chalicelib.queue import Shards, Waker


def mail_job(
    mail_id: str,
    content: msgspec.Struct,
    *,
    recipient: Recipient | None = None,
    description: str,
    correlation_id: str,
) -> NewJob:
    """Return a job that sends an e-mail.

    Args:
        mail_id: the id of the e-mail in the ledger, and of the job.
        content: what the e-mail is about; a composer must exist for its type.
        recipient: the recipient, unless the composer finds it out.
        description: a text for RQ's tools.
        correlation_id: ties together the log lines of one request.
    """
    arguments = MailJobArguments(mail_id, msgspec.to_builtins(content), recipient)
    return NewJob(
        id=mail_id,
        function=FUNCTION,
        kwargs=msgspec.to_builtins(arguments),
        description=description,
        correlation_id=correlation_id,
    )


def _lane_owner(owner: str) -> str:
    """Return the owner of the lane of an owner's e-mails.

    Tools and logs show the names of lanes, so they must not hold an address.
    """
    return hashlib.sha256(owner.encode()).hexdigest()[:32]


class MailOutbox:
    """Queues e-mails that no other job asks for."""

    def __init__(
        self,
        lanes: Shards,
        waker: Waker,
        correlation_id: Callable[[], str | None],
    ) -> None:
        self._lanes = lanes
        self._waker = waker
        self._correlation_id = correlation_id

    def enqueue(self, content: msgspec.Struct, owner: str, *, mail_id: str = "") -> None:
        """Queue an e-mail. E-mails of one owner are sent in order.

        Args:
            content: what the e-mail is about; a composer must exist for its type.
            owner: a text that names the owner, such as an e-mail address.
            mail_id: the id of the e-mail, if it must be sent once; a new one by default.

        Raises:
            redis.exceptions.RedisError: the e-mail may or may not be queued.
        """
        job = mail_job(
            mail_id or f"letter-{new_id()}",
            content,
            description="send an e-mail about an account",
            correlation_id=self._correlation_id() or "",
        )
        lane = _lane_owner(owner)
        try:
            wake = self._lanes.of(lane).accept(AcceptRequest(lane, job)).wake
        except LaneFull as full:
            # One more e-mail to a mailbox with a thousand unsent ones helps nobody. Drop it, but
            # wake a drain for the others.
            wake = full.wake
        if wake:
            self._waker.wake(wake)

    def erase(self, owner: str) -> None:
        """Delete the e-mails of an owner: waiting, dead-lettered and lately sent ones.

        Raises:
            redis.exceptions.RedisError: some may not be deleted.
        """
        lane = _lane_owner(owner)
        self._lanes.of(lane).erase(lane)
