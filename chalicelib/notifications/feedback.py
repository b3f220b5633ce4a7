"""FeedbackHandler: bounces and complaints that SES reports through SNS.

Only SES may publish to the topic, and only the topic may invoke the function: their policies say
so. Nevertheless nothing in an event is trusted that we cannot check. It must name an e-mail that
the ledger knows, by our id and by that of SES. The address is not read at all, because a tag of the
e-mail has its keyed hash. What other mail servers wrote, such as diagnoses, is never read either.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.observability import count
from chalicelib.notifications.models import MAIL_TAG, RECIPIENT_TAG, SuppressionReason

if TYPE_CHECKING:
    from datetime import datetime

    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.notifications.suppressions import SuppressionRepository

# SNS sends at most 256 KiB.
_MOST_CHARACTERS = 256 * 1024
_MAIL_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")
_RECIPIENT_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
# Reports by programs about signatures, and corrections by people.
_NO_COMPLAINTS = frozenset({"auth-failure", "not-spam"})


class _Mail(msgspec.Struct, frozen=True):
    message_id: str = msgspec.field(name="messageId")
    tags: dict[str, list[str]]

    def tag(self, name: str, pattern: re.Pattern[str]) -> str:
        """Return the value of a tag.

        Raises:
            ValueError: it is missing or invalid.
        """
        values = self.tags.get(name, [])
        if len(values) != 1 or not pattern.fullmatch(values[0]):
            raise ValueError(f"the tag {name} is missing or invalid")
        return values[0]


class _Bounce(msgspec.Struct, frozen=True):
    kind: str = msgspec.field(name="bounceType")


class _Complaint(msgspec.Struct, frozen=True):
    kind: str | None = msgspec.field(name="complaintFeedbackType", default=None)


class _Event(msgspec.Struct, frozen=True):
    """The fields of an SES event that are read.

    https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
    """

    kind: str = msgspec.field(name="eventType")
    mail: _Mail
    bounce: _Bounce | None = None
    complaint: _Complaint | None = None

    def reason(self) -> SuppressionReason | None:
        """Return why the address must get no more e-mails, or None if it may."""
        if self.kind == "Bounce" and self.bounce and self.bounce.kind == "Permanent":
            return SuppressionReason.BOUNCE
        if self.kind == "Complaint" and self.complaint:
            return None if self.complaint.kind in _NO_COMPLAINTS else SuppressionReason.COMPLAINT
        return None


class _Notification(msgspec.Struct, frozen=True):
    topic: str = msgspec.field(name="TopicArn")
    message: str = msgspec.field(name="Message")


class _Record(msgspec.Struct, frozen=True):
    source: str = msgspec.field(name="EventSource")
    notification: _Notification = msgspec.field(name="Sns")


class FeedbackHandler:
    """Suppresses the addresses of e-mails that bounced for good or were reported as spam.

    Args:
        ledger: the mail ledger.
        suppressions: the suppressions.
        topic: the name of the topic.
    """

    def __init__(self, ledger: MailLedger, suppressions: SuppressionRepository, topic: str) -> None:
        self._ledger = ledger
        self._suppressions = suppressions
        self._topic = topic

    def handle(self, event: dict[str, Any]) -> dict[str, int]:
        """Handle an event of SNS; safe to repeat.

        Returns:
            How many records had each result: ``bounce``, ``complaint``, ``ignored``, ``refused``.

        Raises:
            PyMongoError: MongoDB failed. Lambda repeats the invocation.
        """
        records = event.get("Records")
        return Counter(map(self._handle, records if isinstance(records, list) else [None]))

    def _handle(self, record: Any) -> str:
        try:
            mail, reason = self._read(record)
            if reason is None:
                count("mail_feedback_ignored")
                return "ignored"
            key = mail.tag(RECIPIENT_TAG, _RECIPIENT_KEY)
            sent_at = self._sent_at(mail)
        except (ValueError, RecursionError, msgspec.MsgspecError):
            # A repetition would be refused, too.
            count("mail_feedback_refused")
            return "refused"
        self._suppressions.add(key, reason, sent_at)
        if reason is SuppressionReason.BOUNCE:
            count("mail_bounced")
        else:
            count("mail_reported")
        return reason.value

    def _read(self, record: Any) -> tuple[_Mail, SuppressionReason | None]:
        known = msgspec.convert(record, _Record)
        topic = known.notification.topic.rpartition(":")[2]
        if known.source != "aws:sns" or not self._topic or topic != self._topic:
            raise ValueError("another topic")
        if len(known.notification.message) > _MOST_CHARACTERS:
            raise ValueError("the message is too long")
        # A lone surrogate cannot be encoded: that is a ValueError.
        event = msgspec.json.decode(known.notification.message.encode(), type=_Event)
        return event.mail, event.reason()

    def _sent_at(self, mail: _Mail) -> datetime:
        """Return when we sent an e-mail.

        Raises:
            ValueError: we did not send it.
        """
        entry = self._ledger.find_begun(mail.tag(MAIL_TAG, _MAIL_ID))
        # The event may come before the second record of the ledger.
        if entry is None or entry.message_id not in (None, mail.message_id):
            raise ValueError("an e-mail that we did not send")
        return entry.begun_at
