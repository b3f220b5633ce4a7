"""The e-mail to a member to whom an application was assigned.

It names the posting and not the candidate, because nobody can delete it from a mailbox. It waits as
a due item until the request that assigns has ended. So it is sent if and only if the assignment was
stored. Its id is that of the assignment, so it is sent once.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from chalicelib.common import times
from chalicelib.notifications.models import Email, Recipient
from chalicelib.recruiting.applications.assigned_applications import assignments_of
from chalicelib.recruiting.due.repository import DueItem

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.recruiting.addresses import Addresses
    from chalicelib.recruiting.employers.memberships import MembershipRepository
    from chalicelib.recruiting.pipeline.postings import PostingPipelineRepository

    FindApplication = Callable[[str, str], dict[str, Any] | None]

# The kind of the due items.
ASSIGNMENT = "assignment_email"
# A request of the API has at most 15 seconds.
_DELAY = timedelta(seconds=20)


class AssignmentEmail(msgspec.Struct, frozen=True, tag="assignment"):
    """An e-mail that says that an application was assigned to its recipient."""

    employer_id: str
    application_id: str
    assignment_id: str


def assignment_item(content: AssignmentEmail, account_id: str, now: datetime) -> DueItem:
    """Return the due item of an e-mail."""
    target = f"assignment-email-{content.assignment_id}"
    data = msgspec.structs.asdict(content)
    return DueItem(ASSIGNMENT, target, times.to_stored_time(now + _DELAY), account_id, data)


class AssignmentComposer:
    """Composes e-mails about assignments, in the mail worker.

    Args:
        find_application: returns an application by the ids of employer and application.
        accounts: the accounts of the members.
        memberships: the members.
        pipelines: the postings.
        addresses: the addresses of the web client.
    """

    content_type = AssignmentEmail

    def __init__(
        self,
        find_application: FindApplication,
        accounts: AccountRepository,
        memberships: MembershipRepository,
        pipelines: PostingPipelineRepository,
        addresses: Addresses,
    ) -> None:
        self._find_application = find_application
        self._accounts = accounts
        self._memberships = memberships
        self._pipelines = pipelines
        self._addresses = addresses

    def compose(self, content: AssignmentEmail, recipient: Recipient | None, /) -> Email | None:
        """Return the e-mail, or None if the assignment has ended or the candidate withdrew."""
        document = self._find_application(content.employer_id, content.application_id)
        if document is None or "withdrawn_at" in document:
            return None
        assignment = next(
            (one for one in assignments_of(document) if one["id"] == content.assignment_id), None
        )
        if assignment is None:
            return None
        account_id, posting_id = assignment["account_id"], document["posting_id"]
        member = self._memberships.find(account_id, content.employer_id)
        if member is None or member.membership != assignment["membership"]:
            return None
        found = self._accounts.find_recipients([account_id]).get(account_id)
        pipeline = self._pipelines.find_many([posting_id]).get(posting_id)
        if found is None or pipeline is None:
            return None
        url = self._addresses.review(content.employer_id, content.application_id)
        values = {"title": pipeline.title, "employer": pipeline.employer, "url": url}
        return Email(found, "assignment", values)
