"""A batch of e-mails: those of a lane one after the other, those of several lanes at once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from chalicelib.common.mongo import MONGODB_ERRORS
from chalicelib.notifications.errors import SendingUnavailable
from chalicelib.queue.worker import Done, Retry, Skip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from chalicelib.notifications.models import MailToSend
    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Outcome


class Batch:
    """The e-mails of one claim, while they are sent.

    After an error that concerns every e-mail, no other one is begun.

    Args:
        mails: the e-mails by job id, without those that cannot be read.
        begun: the e-mails that were begun before, by id, and whether nothing is left to do.
        send: sends an e-mail and returns the outcome of its job. Several threads call it.
        deadline: the time (``time.monotonic``) after which nothing is begun.
    """

    def __init__(
        self,
        mails: Mapping[str, MailToSend],
        begun: Mapping[str, bool],
        send: Callable[[MailToSend], Outcome],
        deadline: float,
    ) -> None:
        self._mails = mails
        self._begun = begun
        self._send = send
        self._deadline = deadline
        self._outcomes: dict[str, Outcome] = {}
        self._error: Exception | None = None

    def run(self, jobs: Sequence[ClaimedJob], parallel: int) -> dict[str, Outcome]:
        """Send the e-mails and return the outcomes by job id.

        Args:
            jobs: the jobs, those of each lane in order.
            parallel: how many lanes are served at once.

        Raises:
            PyMongoError, BSONError: MongoDB failed and nothing was sent. If something was sent, the
                other jobs are skipped, so that it is settled; the next claim reports the error.
            Exception: a composer failed.
        """
        lanes: dict[str, list[ClaimedJob]] = {}
        for job in jobs:
            if job.id in self._mails:
                lanes.setdefault(job.lane, []).append(job)
        if min(parallel, len(lanes)) <= 1:
            for lane in lanes.values():
                self._serve(lane)
        else:
            # The threads end with the batch, because Lambda freezes a process that answered.
            with ThreadPoolExecutor(min(parallel, len(lanes)), "mail") as pool:
                list(pool.map(self._serve, lanes.values()))
        if self._error and not self.unavailable and not self._may_settle(self._error):
            raise self._error
        return self._outcomes

    @property
    def unavailable(self) -> SendingUnavailable | None:
        """The error of SES because of which no e-mail can be sent."""
        return self._error if isinstance(self._error, SendingUnavailable) else None

    @property
    def unsent(self) -> list[str]:
        """The ids of the jobs that were skipped."""
        return [job_id for job_id, one in self._outcomes.items() if isinstance(one, Skip)]

    def _may_settle(self, error: Exception) -> bool:
        was_sent = any(isinstance(outcome, Done) for outcome in self._outcomes.values())
        return was_sent and isinstance(error, MONGODB_ERRORS)

    def _serve(self, lane: Sequence[ClaimedJob]) -> None:
        waits = False
        for job in lane:
            outcome = self._handle(self._mails[job.id], waits=waits)
            self._outcomes[job.id] = outcome
            waits = waits or isinstance(outcome, Retry | Skip)

    def _handle(self, mail: MailToSend, *, waits: bool) -> Outcome:
        if self._begun.get(mail.id):
            return Done()
        if waits or self._error or is_over(self._deadline):
            return Skip()
        try:
            return self._send(mail)
        except Exception as error:
            # The first error counts. What the threads began before it, they finish.
            self._error = self._error or error
            return Skip()


def is_over(deadline: float) -> bool:
    """Return whether a deadline has come."""
    return time.monotonic() >= deadline
