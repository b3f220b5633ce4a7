"""The evidence after the journey: stored documents, times of each step, e-mails."""

from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from chalicelib.bootstrap.clients import connect_mongodb
from chalicelib.recruiting.applications.jobs import confirmation_id
from infrastructure.local.demo.errors import DemoError
from infrastructure.local.demo.order import Times
from infrastructure.local.mailbox import mails_to
from infrastructure.local.stack import Endpoints

# The beginning of the subject of a confirmation.
CONFIRMATION = "We have your application"


@dataclass(frozen=True)
class StoredApplications:
    """Applications in MongoDB, and the times of their steps, by application id."""

    documents: dict[str, dict[str, Any]]
    times: dict[str, Times]


def read_applications(endpoints: Endpoints, ids: list[str]) -> StoredApplications:
    """Return the applications with these ids from MongoDB.

    Raises:
        DemoError: An application is missing, or the candidates have others too.
        PyMongoError: MongoDB does not answer.
    """
    with connect_mongodb(endpoints.mongodb_uri) as client:
        database = client.get_default_database()
        senders = database["applications"].distinct("candidate_id", {"_id": {"$in": ids}})
        found = database["applications"].find({"candidate_id": {"$in": senders}})
        documents = {document["_id"]: document for document in found}
        mails = [confirmation_id(one) for one in ids]
        ledger = {
            mail["_id"]: mail for mail in database["mail_ledger"].find({"_id": {"$in": mails}})
        }
    if missing := [one for one in ids if one not in documents]:
        raise DemoError(f"Accepted but not in MongoDB: {', '.join(missing)}: see `make logs`.")
    if len(documents) != len(ids):
        raise DemoError(
            f"{len(ids)} applications were accepted, but MongoDB holds {len(documents)}:"
            " see `make logs`."
        )
    times = {
        one: Times(
            accepted=documents[one]["accepted_at"],
            stored=documents[one]["stored_at"],
            mailed=ledger[mail]["sent_at"],
        )
        for one, mail in zip(ids, mails, strict=True)
    }
    return StoredApplications(documents, times)


def confirmations_to(endpoints: Endpoints, addresses: list[str]) -> dict[str, list[EmailMessage]]:
    """Return the e-mails to each address that confirm an application.

    Raises:
        OSError: LocalStack does not answer.
    """
    return {
        address: [mail for mail in mails if mail["Subject"].startswith(CONFIRMATION)]
        for address, mails in mails_to(endpoints, addresses).items()
    }
