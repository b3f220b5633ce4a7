"""Errors of sending an e-mail. Their texts name SES's error and hold no address."""

from __future__ import annotations


class SendError(Exception):
    """SES did not confirm that it took an e-mail."""


class EmailRejected(SendError):
    """SES refuses this e-mail or its recipient for good. Nothing was sent."""


class EmailRefused(SendError):
    """SES refused this e-mail for a reason that we do not know. Nothing was sent."""


class SendingUnavailable(SendError):
    """SES sends no e-mail of this account for now. Nothing was sent, and no e-mail is at fault."""


class SendingThrottled(SendError):
    """SES got more e-mails of this account within a second than it takes. Nothing was sent."""


class AnswerMissing(SendError):
    """SES got the e-mail, but no readable answer arrived. It may have been sent."""
