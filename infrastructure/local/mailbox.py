"""Read the e-mails that the local stack's SES accepted."""

import email
import email.policy
import json
import urllib.request
from collections.abc import Sequence
from email.message import EmailMessage

from infrastructure.local.stack import Endpoints

# Without a proxy, because the servers are on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def mails_to(endpoints: Endpoints, addresses: Sequence[str]) -> dict[str, list[EmailMessage]]:
    """Return the e-mails to each address, oldest first.

    Raises:
        OSError: LocalStack does not answer.
    """
    mails: dict[str, list[EmailMessage]] = {address: [] for address in addresses}
    with _OPENER.open(f"{endpoints.aws_endpoint_url}/_aws/ses", timeout=30) as answer:
        messages = json.load(answer)["messages"]
    for message in messages:
        parsed = email.message_from_string(
            message.get("RawData") or "", _class=EmailMessage, policy=email.policy.default
        )
        for recipient in parsed["To"].addresses if parsed["To"] else ():
            if recipient.addr_spec in mails:
                mails[recipient.addr_spec].append(parsed)
    return mails
