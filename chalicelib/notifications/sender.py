"""MailSender: hand e-mails to SES, at the rate of the account."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    IncompleteReadError,
    ParamValidationError,
)
from botocore.parsers import ResponseParserError

from chalicelib.notifications.errors import (
    AnswerMissing,
    EmailRefused,
    EmailRejected,
    SendError,
    SendingThrottled,
    SendingUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mypy_boto3_ses import SESClient

    from chalicelib.notifications.send_rate import SendRate

# Words in the codes of errors about the account: its state, limits, identities and credentials.
# https://docs.aws.amazon.com/ses/latest/APIReference/CommonErrors.html
_ACCOUNT_CODE = re.compile(
    "throttl|toomany|limitexceed|quota|slowdown|paused|suspend|disabled|notverified"
    "|configurationset|productionaccess|denied|auth|forbidden|credential|token|signature|accesskey"
    "|unrecognized|optin|subscription|expired|skew|unavailable|internal|timeout"
)
# SES reports some of them as MessageRejected or InvalidParameterValue, with one of these words.
_ACCOUNT_TEXT = re.compile(
    "not verified|authority to send|paused|suspended|disabled|quota|rate exceeded|sandbox"
)
# Too many e-mails within a second, and not within a day: that is an error of the account.
_THROTTLE_CODES = re.compile("throttl|toomanyrequests|slowdown")
_QUOTA_TEXT = re.compile("quota|daily")
_MESSAGE_CODES = {"MessageRejected", "InvalidParameterValue"}
_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS, _SERVER_ERROR = 408, 429, 500
_ACCOUNT_STATUSES = {401, 403, _REQUEST_TIMEOUT, _TOO_MANY_REQUESTS}
# Raised after the e-mail was on its way.
_UNCERTAIN_ERRORS = (HTTPClientError, IncompleteReadError, ResponseParserError)


class MailSender:
    """Sends e-mails through SES. Threads may share an instance after ``prepare``.

    Args:
        ses: returns the SES client; called when the first e-mail is sent.
        address: the address of the sender.
        rate: the rate of the account, or None for no limit.
        configuration_set: the configuration set that reports bounces and complaints; or blank.
    """

    def __init__(
        self,
        ses: Callable[[], SESClient],
        address: str,
        rate: SendRate | None = None,
        configuration_set: str = "",
    ) -> None:
        self.address = address
        self._ses = ses
        self._rate = rate
        self._options: dict[str, str] = {}
        if configuration_set:
            self._options["ConfigurationSetName"] = configuration_set

    def prepare(self) -> None:
        """Create the client, because threads must not create it at the same time."""
        # Without a region there is no client. Each e-mail then reports that.
        with suppress(BotoCoreError):
            self._ses()

    def wait(self, deadline: float = math.inf) -> float:
        """Wait until the rate allows the next e-mail; see ``SendRate.wait``."""
        return self._rate.wait(deadline) if self._rate else 0.0

    def send(self, message: bytes, recipient: str, tags: Mapping[str, str]) -> str:
        """Send a MIME message at once. Return the message id from SES.

        Args:
            message: the message.
            recipient: the address of the recipient.
            tags: what SES repeats in reports about the e-mail. Ids, no addresses.

        Raises:
            SendError: SES did not confirm that it took the e-mail.
        """
        try:
            message_id = self._send(message, recipient, tags)
        except SendingThrottled:
            if self._rate:
                self._rate.report(throttled=True)
            raise
        if self._rate:
            self._rate.report(throttled=False)
        return message_id

    def _send(self, message: bytes, recipient: str, tags: Mapping[str, str]) -> str:
        try:
            answer = self._ses().send_raw_email(
                Source=self.address,
                Destinations=[recipient],
                RawMessage={"Data": message},
                Tags=[{"Name": name, "Value": value} for name, value in tags.items()],
                **self._options,
            )
        except ClientError as error:
            raise _classify(error) from None
        except ParamValidationError as error:
            raise EmailRejected(f"SES: {type(error).__name__}") from None
        except _UNCERTAIN_ERRORS as error:
            raise AnswerMissing(f"SES: {type(error).__name__}") from None
        except BotoCoreError as error:
            # No connection, or no credentials.
            raise SendingUnavailable(f"SES: {type(error).__name__}") from None
        return answer["MessageId"]


def _classify(error: ClientError) -> SendError:
    """Return what an error of SES means for the e-mail."""
    details = error.response.get("Error", {})
    code, text = str(details.get("Code", "")), str(details.get("Message", ""))
    reason = f"SES: {code}"
    if code in _MESSAGE_CODES:
        is_of_account = _ACCOUNT_TEXT.search(text.lower())
        return SendingUnavailable(reason) if is_of_account else EmailRejected(reason)
    # An answer without a body has its status as code.
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    status = int(code) if code.isdecimal() else status
    is_throttled = _THROTTLE_CODES.search(code.lower()) or status == _TOO_MANY_REQUESTS
    if is_throttled and not _QUOTA_TEXT.search(text.lower()):
        return SendingThrottled(reason)
    if _ACCOUNT_CODE.search(code.lower()) or status in _ACCOUNT_STATUSES or status >= _SERVER_ERROR:
        return SendingUnavailable(reason)
    return EmailRefused(reason)
