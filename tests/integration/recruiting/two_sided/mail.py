"""The mail worker of the state machine: it checks e-mails, and sends none."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.bootstrap.container import Container
from chalicelib.notifications.ledger import MailLedger
from chalicelib.notifications.sender import MailSender
from chalicelib.recruiting.applications.jobs import confirmation_id


class CheckedLedger(MailLedger):
    """A mail ledger that checks whether each e-mail may be sent when it is begun."""

    def __init__(self, parts: Container) -> None:
        super().__init__(parts.database)
        self._stored = parts.database["applications"]
        self.begun: list[str] = []

    def begin(self, mail_id: str) -> bool:
        begun = super().begin(mail_id)
        if begun and mail_id.startswith("application-confirmation"):
            stored = self._stored.find_one({"_id": mail_id.removeprefix(confirmation_id(""))})
            assert stored
            assert "stored_at" in stored, "a confirmation of what was withdrawn before"
        elif begun and mail_id.startswith("assignment-email"):
            assignment = mail_id.removeprefix("assignment-email-")
            document = self._stored.find_one({"interviewers.id": assignment})
            assert document, "an e-mail about an assignment that has ended"
            assert "withdrawn_at" not in document, "an e-mail about a withdrawn application"
        elif begun:
            application_id, _, n = mail_id.split("-email-")[1].rpartition("-")
            document = self._stored.find_one({"_id": application_id})
            assert document is not None
            assert "withdrawn_at" not in document, "an e-mail to somebody who withdrew"
            event = document["events"][int(n) - 1]
            assert event["data"]["to"] == document["stage"], "an e-mail about a former stage"
            assert all(later["kind"] != "reinstated" for later in document["events"][int(n) :])
        self.begun += [mail_id] * begun
        return begun


class SilentSender(MailSender):
    """A sender whose e-mails go nowhere."""

    def __init__(self) -> None:
        super().__init__(lambda: None, "no-reply@hirelane.example")  # type: ignore[arg-type,return-value]

    def send(self, message: bytes, recipient: str, tags: Mapping[str, str]) -> str:
        return "sent"
