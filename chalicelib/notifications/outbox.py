"""Queues mails that are asked for outside of any job."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.ids import new_id
from chalicelib.notifications.models import FUNCTION, Mail
from chalicelib.queue import AcceptRequest, LaneFull, NewJob

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.services.account_emails import AccountEmail
    from chalicelib.queue import Shards, Waker


class Outbox:
    """Takes letters about accounts into the lanes of mail."""

    def __init__(
        self,
        lanes: Shards,
        waker: Waker,
        correlation_id: Callable[[], str | None],
    ) -> None:
        self._lanes = lanes
        self._waker = waker
        self._correlation_id = correlation_id

    def enqueue(self, letter: AccountEmail, owner: str, /) -> None:
        """Queue a letter. Those of one owner are sent in their order.

        Raises:
            redis.exceptions.RedisError: it is not known whether it was queued.
        """
        mail = Mail(f"letter-{new_id()}", letter)
        job = NewJob(
            id=mail.id,
            function=FUNCTION,
            kwargs=msgspec.to_builtins(mail),
            description="send a letter about an account",
            correlation_id=self._correlation_id() or "",
        )
        # The name of a lane is seen in tools and logs: it holds no address.
        lane = hashlib.sha256(owner.encode()).hexdigest()[:32]
        wake = None
        try:
            wake = self._lanes.of(lane).accept(AcceptRequest(lane, job)).wake
        except LaneFull as full:
            # Of a thousand unsent letters to one mailbox one more helps nobody; but send them.
            wake = full.wake
        if wake:
            self._waker.wake(wake)
