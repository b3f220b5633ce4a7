"""What the system holds after the journey: the stored document, the mail, the order."""

import email
import email.policy
import json
import urllib.request
from email.message import EmailMessage
from typing import Any

from chalicelib.connections import connect_mongodb
from infrastructure.local.demo.errors import DemoError
from infrastructure.local.stack import Endpoints


def stored_documents(endpoints: Endpoints, ids: list[str]) -> dict[str, dict[str, Any]]:
    """The applications as MongoDB holds them, by id.

    Raises:
        DemoError: one of them is missing.
    """
    with connect_mongodb(endpoints.mongodb_uri) as client:
        found = client.get_default_database()["applications"].find({"_id": {"$in": ids}})
        documents = {document["_id"]: document for document in found}
    if missing := [application for application in ids if application not in documents]:
        raise DemoError(f"Not in MongoDB: {', '.join(missing)}. See `make logs`.")
    return documents


def mails_to(endpoints: Endpoints, address: str) -> list[EmailMessage]:
    """The mails that SES took for an address, oldest first (LocalStack's mailbox)."""
    url = f"{endpoints.aws_endpoint_url}/_aws/ses"
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
        messages = json.load(answer)["messages"]
    mails = []
    for message in messages:
        parsed = email.message_from_string(message.get("RawData", ""), policy=email.policy.default)
        if isinstance(parsed, EmailMessage) and address in str(parsed["To"]):
            mails.append(parsed)
    return mails
