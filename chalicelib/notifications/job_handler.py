"""Handles a batch of mail jobs: sends each e-mail once."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
)

from chalicelib.common.mongo import MONGODB_ERRORS, is_outage
from chalicelib.notifications.models import MailJobArguments
from chalicelib.notifications.renderer import render
from chalicelib.queue.worker import Dead, Done, Retry, Skip, StoreUnavailable, read_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mypy_boto3_ses import SESClient

    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.notifications.models import EmailComposer, Recipient
    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Outcome

# SES refuses the message or the recipient; a retry does not help.
_PERMANENT_ERRORS = {"MessageRejected", "InvalidParameterValue"}
# SES is overloaded or down; the e-mail is not at fault.
_TRANSIENT_ERRORS = {"Throttling", "ThrottlingException", "ServiceUnavailable", "InternalFailure"}
# SES got the e-mail, but its answer did not arrive, so it may have been sent.
_UNCERTAIN_ERRORS = (ReadTimeoutError, ConnectionClosedError)
_RETRY_SECONDS = 5.0


class _Mail(NamedTuple):
    """A mail job whose content was read, with the composer for it."""

    id: str
    composer: EmailComposer
    content: msgspec.Struct
    recipient: Recipient | None


class MailJobHandler:
    """Sends e-mails.

    The ledger records an e-mail before and after it is handed to SES. If the second record fails
    although SES took the e-mail, the e-mail is sent again, because SES cannot be asked whether it
    knows a message. An e-mail that arrives twice is better than one that never arrives. If this can
    happen although no store is down, the retry uses up an attempt, so that it ends.

    Args:
        ledger: the mail ledger.
        ses: returns the SES client; called when the first e-mail is sent.
        composers: one for each type of content.
        sender: the address of the sender.
    """

    def __init__(
        self,
        ledger: MailLedger,
        ses: Callable[[], SESClient],
        composers: Iterable[EmailComposer],
        sender: str,
    ) -> None:
        self._ledger = ledger
        self._ses = ses
        self._composers = {
            str(composer.content_type.__struct_config__.tag): composer for composer in composers
        }
        self._sender = sender

    def handle(self, jobs: Sequence[ClaimedJob], deadline: float = math.inf, /) -> list[Outcome]:
        """Send the e-mails of these jobs.

        Raises:
            StoreUnavailable: MongoDB does not work, so the ledger cannot be read.
            RuntimeError: MongoDB refused a document. The drain then handles each job alone, which
                shows the job at fault.
        """
        mails, outcomes = self._read(jobs)
        try:
            sent = self._ledger.begin([mail.id for mail in mails.values()])
            for job_id, mail in mails.items():
                if mail.id in sent:
                    outcomes[job_id] = Done()
                else:
                    is_late = time.monotonic() > deadline
                    outcomes[job_id] = Skip() if is_late else self._send(mail)
        except MONGODB_ERRORS as error:
            # Not the text of the error, because it may hold parts of an e-mail.
            reason = f"MongoDB: {type(error).__name__}"
            if is_outage(error):
                raise StoreUnavailable(reason) from None
            raise RuntimeError(reason) from None
        return [outcomes[job.id] for job in jobs]

    def _read(self, jobs: Sequence[ClaimedJob]) -> tuple[dict[str, _Mail], dict[str, Outcome]]:
        """Return the e-mails by job id, and Dead for each job that cannot be read."""
        arguments, outcomes = read_arguments(jobs, MailJobArguments)
        mails: dict[str, _Mail] = {}
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
            mails[job_id] = _Mail(mail.id, composer, content, mail.recipient)
        return mails, outcomes

    def _send(self, mail: _Mail) -> Outcome:
        email = mail.composer.compose(mail.content, mail.recipient)
        if email is None:
            return Done({"not_sent": "no recipient"})
        try:
            message = render(email, self._sender).as_bytes()
        except ValueError:
            # Not the text of the error, because it holds the address.
            return Dead("the recipient is not valid in a header")
        try:
            message_id = self._hand_over(message, email.recipient.email)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _PERMANENT_ERRORS:
                return Dead(f"SES: {code}")
            if code in _TRANSIENT_ERRORS:
                return Retry(f"SES: {code}", _RETRY_SECONDS, counts=False)
            return Retry(f"SES: {code}")
        except _UNCERTAIN_ERRORS as error:
            return Retry(f"SES: {type(error).__name__}")
        except BotoCoreError as error:
            return Retry(f"SES: {type(error).__name__}", _RETRY_SECONDS, counts=False)
        self._ledger.finish(mail.id, message_id)
        return Done({"message_id": message_id})

    def _hand_over(self, message: bytes, to: str) -> str:
        answer = self._ses().send_raw_email(
            Source=self._sender,
            Destinations=[to],
            RawMessage={"Data": message},
        )
        return answer["MessageId"]
