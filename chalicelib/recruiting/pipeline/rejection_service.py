"""Shows the events of an application, and plans, previews and cancels its rejection e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.recruiting.applications.events import announcement_time, events_of, stage_event_of
from chalicelib.recruiting.pipeline.emails import REJECTION, rejection_email_id
from chalicelib.recruiting.pipeline.errors import NoEmailToCancel
from chalicelib.recruiting.pipeline.models import EventEmail, EventsPage, to_event

if TYPE_CHECKING:
    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.recruiting.due.repository import DueRepository
    from chalicelib.recruiting.pipeline.applicants import Applicant, ApplicantFinder, Viewer
    from chalicelib.recruiting.pipeline.email_previews import EmailPreviewer
    from chalicelib.recruiting.pipeline.jobs import CommandRequest
    from chalicelib.recruiting.pipeline.models import EmailPreview, RejectionRequest
    from chalicelib.recruiting.pipeline.rejection_planner import RejectionPlanner


class RejectionService:
    """Serves the e-mails of rejections.

    Args:
        applicants: finds the applications that a member may see.
        accounts: the accounts of the candidates.
        ledger: the mail ledger.
        due: the e-mails that are planned.
        planner: applies the settings of the employer.
        previewer: renders e-mails without sending them.
    """

    def __init__(
        self,
        applicants: ApplicantFinder,
        accounts: AccountRepository,
        ledger: MailLedger,
        due: DueRepository,
        planner: RejectionPlanner,
        previewer: EmailPreviewer,
    ) -> None:
        self._applicants = applicants
        self._accounts = accounts
        self._ledger = ledger
        self._due = due
        self._planner = planner
        self._previewer = previewer

    def plan(self, applicant: Applicant, request: RejectionRequest) -> CommandRequest:
        """Return the command to reject an application.

        Raises:
            InvalidField: the employer has no such reason, or the message has an unknown
                placeholder.
        """
        document, pipeline = applicant
        plan = self._planner.plan(pipeline, request)
        return plan.command(pipeline, self._find_name(document["candidate_id"]))

    def preview(self, viewer: Viewer, application_id: str, message: str) -> EmailPreview:
        """Return the e-mail of a rejection with this message, as the candidate would get it.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
            InvalidField: the message has an unknown placeholder.
        """
        document, pipeline = self._applicants.find(viewer, application_id)
        email = self._planner.plan_email(pipeline, message)
        return self._previewer.rejection(email, document["candidate_id"])

    def _find_name(self, candidate_id: str) -> str:
        """Return the name of a candidate; empty if they deleted their account."""
        recipient = self._accounts.find_recipients([candidate_id]).get(candidate_id)
        return recipient.name if recipient else ""

    def cancel(self, viewer: Viewer, application_id: str) -> None:
        """Cancel the e-mail of the last rejection. Calling it again changes nothing.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
            NoEmailToCancel: there is none, or it was sent.
        """
        document = self._applicants.find(viewer, application_id).document
        event = stage_event_of(document)
        if event is None or event["kind"] != "rejected" or "email" not in event["data"]:
            raise NoEmailToCancel
        mail_id = rejection_email_id(application_id, event["n"])
        if self._ledger.withhold([mail_id]):
            raise NoEmailToCancel("The e-mail was sent already.")
        self._due.remove([f"{REJECTION}:{mail_id}"])

    def events(self, viewer: Viewer, application_id: str) -> EventsPage:
        """Return the events of an application.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
        """
        document = self._applicants.find(viewer, application_id).document
        events = events_of(document)
        mail_ids = {
            one["n"]: rejection_email_id(application_id, one["n"])
            for one in events
            if one["kind"] == "rejected" and "email" in one["data"]
        }
        states = self._ledger.find_states(mail_ids.values())
        emails = {
            one["n"]: _email(one, states.get(mail_ids[one["n"]], ""))
            for one in events
            if one["n"] in mail_ids
        }
        return EventsPage(
            document["stage"], [to_event(one, emails.get(one["n"])) for one in events]
        )


def _email(event: dict[str, Any], state: str) -> EventEmail:
    email = event["data"]["email"]
    if state == "withheld":
        return EventEmail("cancelled", email["message"])
    return EventEmail(
        "sent" if state == "begun" else "planned", email["message"], announcement_time(event)
    )
