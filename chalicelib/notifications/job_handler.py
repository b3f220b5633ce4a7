"""Handles a batch of mail jobs: sends each e-mail once, several at the same time."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from chalicelib.common.mongo import MONGODB_ERRORS, is_outage
from chalicelib.common.observability import count
from chalicelib.notifications.batch import Batch, is_over
from chalicelib.notifications.errors import (
    AnswerMissing,
    EmailRefused,
    EmailRejected,
    SendError,
    SendingThrottled,
    SendingUnavailable,
)
from chalicelib.notifications.models import (
    MAIL_TAG,
    RECIPIENT_TAG,
    MailJobArguments,
    MailToSend,
)
from chalicelib.notifications.renderer import render
from chalicelib.queue.worker import Dead, Done, Retry, Skip, StoreUnavailable, read_arguments

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.notifications.models import EmailComposer
    from chalicelib.notifications.sender import MailSender
    from chalicelib.notifications.suppressions import SuppressionRepository
    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Outcome

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5.0, 60.0
# A second later, SES has forgotten the e-mails that it counts for the rate.
_THROTTLED_SECONDS = 1.0
# Another worker has begun the e-mail since the ledger was read.
_BEGUN_MEANWHILE = Retry("another worker sends the e-mail", 5.0, counts=False)


class MailJobHandler:
    """Sends e-mails.

    The ledger records each e-mail just before and just after it is handed to SES. If the second
    record is missing, the e-mail may have been sent. It is sent again, because SES cannot be asked
    whether it knows a message, and an e-mail that arrives twice is better than one that never
    arrives. Each such repetition is counted (``sent_again``).

    If SES sends nothing for the account, no e-mail is at fault. All jobs are retried with a
    growing delay, without using up attempts, until SES sends again. If SES refuses an e-mail
    because we send too fast, only that one is retried, also without using up an attempt.

    An address that bounced or complained gets nothing. Such a job is done, because no retry helps.

    Args:
        ledger: the mail ledger.
        sender: hands e-mails to SES.
        suppressions: the addresses that get no e-mail.
        composers: one for each type of content. Several threads use them.
        parallel: how many e-mails of a batch are sent at once. Those of a lane are sent in order.
    """

    def __init__(
        self,
        ledger: MailLedger,
        sender: MailSender,
        suppressions: SuppressionRepository,
        composers: Iterable[EmailComposer],
        parallel: int = 1,
    ) -> None:
        self._ledger = ledger
        self._sender = sender
        self._suppressions = suppressions
        self._composers = {
            str(composer.content_type.__struct_config__.tag): composer for composer in composers
        }
        self._parallel = parallel
        self._pause_seconds = _FIRST_PAUSE_SECONDS

    def handle(self, jobs: Sequence[ClaimedJob], deadline: float = math.inf, /) -> list[Outcome]:
        """Send the e-mails of these jobs, those of each lane in order.

        Raises:
            StoreUnavailable: MongoDB does not work, so the ledger cannot be read.
            RuntimeError: MongoDB refused a document. The drain then handles each job alone, which
                shows the job at fault.
        """
        mails, outcomes = self._read(jobs)
        try:
            begun = self._ledger.find([mail.id for mail in mails.values()])

            def send(mail: MailToSend) -> Outcome:
                return self._send(mail, deadline, is_begun=mail.id in begun)

            self._sender.prepare()
            batch = Batch(mails, begun, send, deadline)
            outcomes |= batch.run(jobs, self._parallel)
        except MONGODB_ERRORS as error:
            # Not the text of the error, because it may hold parts of an e-mail.
            reason = f"MongoDB: {type(error).__name__}"
            if is_outage(error):
                raise StoreUnavailable(reason) from None
            raise RuntimeError(reason) from None
        if batch.unavailable:
            pause = self._pause(batch.unavailable)
            outcomes |= dict.fromkeys(batch.unsent, pause)
        return [outcomes[job.id] for job in jobs]

    def _read(self, jobs: Sequence[ClaimedJob]) -> tuple[dict[str, MailToSend], dict[str, Outcome]]:
        """Return the e-mails by job id, and Dead for each job that cannot be read."""
        arguments, outcomes = read_arguments(jobs, MailJobArguments)
        mails: dict[str, MailToSend] = {}
        for job_id, mail in arguments.items():
            tag = str(mail.content.get("type"))
            composer = self._composers.get(tag)
            if composer is None:
                outcomes[job_id] = Dead("no composer for the type of content")
                continue
            try:
                content = msgspec.convert(mail.content, composer.content_type)
            except msgspec.ValidationError as error:
                outcomes[job_id] = Dead(f"ValidationError: {error}")
                continue
            mails[job_id] = MailToSend(mail.id, composer, content, mail.recipient)
        return mails, outcomes

    def _send(self, mail: MailToSend, deadline: float, *, is_begun: bool) -> Outcome:
        """Send an e-mail, unless the rate allows it only after the deadline.

        Raises:
            SendingUnavailable: SES sends no e-mail for now.
            PyMongoError, BSONError: MongoDB failed before the e-mail was handed to SES.
        """
        email = mail.composer.compose(mail.content, mail.recipient)
        if email is None:
            return Done({"not_sent": "no recipient"})
        address = email.recipient.email
        if self._suppressions.find(address):
            return Done(
                {"not_sent": "suppressed"}, effect="mail_suppressed", keeps_job=email.keeps_job
            )
        try:
            message = render(email, self._sender.address).as_bytes()
        except ValueError:
            # Not the text of the error, because it holds the address.
            return Dead("the recipient is not valid in a header")
        if seconds := self._sender.wait(deadline):
            return Skip() if is_over(deadline) else Retry("the rate of the account", seconds, False)
        tags = {MAIL_TAG: mail.id, RECIPIENT_TAG: self._suppressions.key_of(address)}
        if is_begun:
            count("sent_again")
        elif not self._ledger.begin(mail.id):
            return _BEGUN_MEANWHILE
        try:
            message_id = self._sender.send(message, address, tags)
        except AnswerMissing as error:
            return Retry(str(error))
        except SendError as error:
            if not is_begun:
                # If this fails, the next attempt is counted although nothing was sent.
                with suppress(*MONGODB_ERRORS):
                    self._ledger.cancel(mail.id)
            return self._refused(error)
        self._pause_seconds = _FIRST_PAUSE_SECONDS
        try:
            self._ledger.finish(mail.id, message_id)
        except MONGODB_ERRORS:
            # The queue keeps the job as done, so the e-mail is not sent again.
            count("ledger_failed")
            return Done({"message_id": message_id}, keeps_job=email.keeps_job)
        # The ledger says that it was sent, so Redis need not keep the job.
        return Done(keeps_job=False)

    def _refused(self, error: SendError) -> Outcome:
        match error:
            case EmailRejected():
                return Dead(str(error))
            case EmailRefused():
                return Retry(str(error))
            case SendingThrottled():
                count("mail_throttled")
                return Retry(str(error), _THROTTLED_SECONDS, counts=False)
        raise error

    def _pause(self, error: SendingUnavailable) -> Retry:
        """Return a retry that uses up no attempt, with a longer delay each time."""
        reason = str(error)
        count("ses_unavailable", properties={"error": reason.removeprefix("SES: ")})
        delay = self._pause_seconds
        self._pause_seconds = min(2 * delay, _LONGEST_PAUSE_SECONDS)
        return Retry(reason, delay, counts=False)
