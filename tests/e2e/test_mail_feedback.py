"""A bounce that SNS reports ends the e-mails to an address, in the deployed system."""

from __future__ import annotations

import json
from typing import Any

from pymongo.database import Database

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.notifications.suppressions import SuppressionRepository
from infrastructure.local.deploy.mail_feedback import TOPIC
from infrastructure.local.deploy.settings import SETTINGS
from tests.support.assertions import wait_for
from tests.support.deployment import Deployment, Join
from tests.support.feedback import bounce, mail


def test_bounce_is_told_in_the_account_and_ends_mail(
    deployed: Deployment, register: Join, database: Database[dict[str, Any]]
) -> None:
    ada = register()
    # LocalStack sends no reports, so the test publishes the one that SES would: with the tags that
    # the worker gave the e-mail, and the ids that the ledger and SES know.
    secret = deployed.aws("secretsmanager").get_secret_value(SecretId=SETTINGS)["SecretString"]
    key = DerivedKey(json.loads(secret)["link_secret"], "mail suppression")
    recipient = SuppressionRepository(database, key.sign).key_of(ada.email)
    sent = database["mail_ledger"].find_one(
        {"message_id": {"$exists": True}}, sort=[("sent_at", -1)]
    )
    assert sent
    topic = deployed.aws("sns").create_topic(Name=TOPIC)["TopicArn"]
    message = bounce(mail(sent["_id"], sent["message_id"], recipient))
    deployed.aws("sns").publish(TopicArn=topic, Message=json.dumps(message))

    def problem() -> Any:
        return deployed.call("GET", "/v1/account", token=ada.token).body["email_problem"]

    found = wait_for(problem, lambda value: value is not None)
    assert (found["reason"], found["can_retry"]) == ("bounce", True)
    again = deployed.call("POST", "/v1/account/email/retry", token=ada.token)
    assert (again.status, again.body["email_problem"]) == (200, None)
    wait_for(
        lambda: [one["Subject"] for one in deployed.mails_to(ada.email)],
        lambda subjects: "Your e-mail address works again" in subjects,
    )
