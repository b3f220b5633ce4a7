"""Events of SES as SNS passes them to a function, in the form of SES's documentation."""

from __future__ import annotations

import json
from typing import Any

# https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html
TOPIC = "hirelane-local-mail-feedback"


def mail(mail_id: str, message_id: str, recipient_key: str) -> dict[str, Any]:
    """Return the part of an event about the e-mail."""
    return {
        "timestamp": "2026-11-05T16:59:38.237Z",
        "source": "no-reply@hirelane.example",
        "sourceArn": "arn:aws:ses:us-east-1:123456789012:identity/hirelane.example",
        "sendingAccountId": "123456789012",
        "messageId": message_id,
        # Another address than the one of the e-mail: it must not be read.
        "destination": ["somebody.else@example.com"],
        "headersTruncated": False,
        "headers": [{"name": "From", "value": "no-reply@hirelane.example"}],
        "commonHeaders": {"from": ["no-reply@hirelane.example"], "messageId": message_id},
        "tags": {
            "ses:configuration-set": ["hirelane-local"],
            "ses:source-ip": ["192.0.2.0"],
            "ses:from-domain": ["hirelane.example"],
            "mail": [mail_id],
            "recipient": [recipient_key],
        },
    }


def bounce(about: dict[str, Any], kind: str = "Permanent") -> dict[str, Any]:
    """Return the event of a bounce."""
    recipient = {
        "emailAddress": "somebody.else@example.com",
        "action": "failed",
        "status": "5.1.1",
        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
    }
    return {
        "eventType": "Bounce",
        "bounce": {
            "bounceType": kind,
            "bounceSubType": "General",
            "bouncedRecipients": [recipient],
            "timestamp": "2026-11-05T16:59:39.000Z",
            "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
            "reportingMTA": "dsn; mta.example.com",
        },
        "mail": about,
    }


def complaint(about: dict[str, Any], kind: str | None = "abuse") -> dict[str, Any]:
    """Return the event of a complaint. Many mailbox providers give no type."""
    details = {
        "complainedRecipients": [{"emailAddress": "somebody.else@example.com"}],
        "timestamp": "2026-11-05T17:00:00.000Z",
        "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
        "complaintSubType": None,
        "userAgent": "Amazon SES Mailbox Simulator",
    }
    if kind:
        details["complaintFeedbackType"] = kind
    return {"eventType": "Complaint", "complaint": details, "mail": about}


def event(message: Any, topic: str = TOPIC, source: str = "aws:sns") -> dict[str, Any]:
    """Return the event of Lambda for one notification of SNS."""
    arn = f"arn:aws:sns:us-east-1:123456789012:{topic}"
    return {
        "Records": [
            {
                "EventSource": source,
                "EventVersion": "1.0",
                "EventSubscriptionArn": f"{arn}:21be56ed-a058-49f5-8c98-aedd2564c486",
                "Sns": {
                    "Type": "Notification",
                    "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
                    "TopicArn": arn,
                    "Subject": "Amazon SES Email Event Notification",
                    "Message": message if isinstance(message, str) else json.dumps(message),
                    "Timestamp": "2026-11-05T17:00:01.000Z",
                    "SignatureVersion": "1",
                    "Signature": "EXAMPLE",
                    "MessageAttributes": {},
                },
            }
        ]
    }
