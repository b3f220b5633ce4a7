"""What the mail worker does with a batch of jobs: send each mail once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
)
from pymongo.errors import PyMongoError

from chalicelib.auth.services.account_emails import Written
from chalicelib.common.mongo import is_outage
from chalicelib.notifications.models import Confirmation, Mail
from chalicelib.notifications.renderer import render
from chalicelib.queue.worker import Dead, Done, Retry, StoreUnavailable, read_arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_ses import SESClient

    from chalicelib.auth.services.account_emails import AccountEmailComposer
    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Outcome

# SES says these of a message or a recipient that no retry will cure.
_HOPELESS = {"MessageRejected", "InvalidParameterValue"}
# And these when it has nothing against the mail itself.
_BUSY = {"Throttling", "ThrottlingException", "ServiceUnavailable", "InternalFailure"}
# After these nobody knows: SES was handed the mail, and its answer did not come.
_UNHEARD = (ReadTimeoutError, ConnectionClosedError)
_RETRY_SECONDS = 5.0


class MailJobHandler:
    """The handler of the lanes of mail.

    A mail is noted in the ledger before and after it is handed to SES. Should the second note not
    be made although SES took the mail, it is sent once more: SES has no way to ask whether it knows
    a message, and a confirmation read twice is better than one never sent. Where that may have
    happened without anything being down, it uses up an attempt, so that it ends.
    """

    def __init__(
        self,
        ledger: MailLedger,
        ses: Callable[[], SESClient],
        letters: AccountEmailComposer,
        sender: str,
    ) -> None:
        self._ledger = ledger
        self._ses = ses
        self._letters = letters
        self._sender = sender

    def handle(self, jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        """Send the mails of these jobs.

        Raises:
            StoreUnavailable: MongoDB cannot be reached, so what was sent cannot be known.
            RuntimeError: it refused one of them; which, shows when each is sent alone.
        """
        mails, outcomes = read_arguments(jobs, Mail)
        try:
            sent = self._ledger.begin([mail.id for mail in mails.values()])
            for job in jobs:
                if mail := mails.get(job.id):
                    outcomes[job.id] = Done() if mail.id in sent else self._send(job, mail)
        except PyMongoError as error:
            # Not the driver's own text: it may hold what stands in a mail.
            said = f"MongoDB: {type(error).__name__}"
            if is_outage(error):
                raise StoreUnavailable(said) from None
            raise RuntimeError(said) from None
        return [outcomes[job.id] for job in jobs]

    def _send(self, job: ClaimedJob, mail: Mail) -> Outcome:
        message = self._write(mail)
        if message is None:
            return Done({"not_sent": "there is nobody to write to"})
        try:
            rendered = render(message, self._sender).as_bytes()
        except ValueError:
            # The text of the error holds the address.
            return Dead("the recipient cannot stand in a header")
        try:
            message_id = self._hand_over(rendered, message.email)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _HOPELESS:
                return Dead(f"SES: {code}")
            if code in _BUSY:
                return Retry(f"SES: {code}", _RETRY_SECONDS, counts=False)
            return Retry(f"SES: {code}")
        except _UNHEARD as error:
            return Retry(f"SES: {type(error).__name__}")
        except BotoCoreError as error:
            return Retry(f"SES: {type(error).__name__}", _RETRY_SECONDS, counts=False)
        self._ledger.finish(mail.id, message_id)
        return Done({"message_id": message_id})

    def _write(self, mail: Mail) -> Written | None:
        """To whom a mail goes, by which template, with which words."""
        if not isinstance(mail.words, Confirmation):
            return self._letters.compose(mail.words)
        if mail.to is None:
            return None
        template = "application_confirmation"
        return Written(mail.to.email, mail.to.name, template, msgspec.structs.asdict(mail.words))

    def _hand_over(self, message: bytes, to: str) -> str:
        answer = self._ses().send_raw_email(
            Source=self._sender,
            Destinations=[to],
            RawMessage={"Data": message},
        )
        return answer["MessageId"]
