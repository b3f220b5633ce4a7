"""InterviewerService: members assign applications to each other, and list their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.common import times
from chalicelib.common.ids import check_cursor, new_id
from chalicelib.recruiting.applications.assigned_applications import assignments_of
from chalicelib.recruiting.applications.events import ApplicationChange
from chalicelib.recruiting.employers.errors import MemberNotFound
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.interviewers.emails import AssignmentEmail, assignment_item
from chalicelib.recruiting.interviewers.errors import MemberWithoutAccess, TooManyInterviewers
from chalicelib.recruiting.interviewers.models import (
    AssignedApplicant,
    AssignedApplicantsPage,
    Interviewer,
    Interviewers,
)
from chalicelib.recruiting.pipeline.rules import MAX_EVENTS
from chalicelib.recruiting.postings.stages import StageKind
from chalicelib.recruiting.review.scorecards import scorecard_authors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.notifications.models import Recipient
    from chalicelib.recruiting.applications.assigned_applications import (
        AssignedApplicationRepository,
    )
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.due.repository import DueRepository
    from chalicelib.recruiting.employers.memberships import MembershipRepository, StoredMember
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.interviewers.models import AssignedQuery
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder, Viewer
    from chalicelib.recruiting.pipeline.postings import PostingPipeline

    Document = dict[str, Any]

MAX_INTERVIEWERS = 20
# A write fails only if somebody else changes the application at the same time.
_ATTEMPTS = 10
_LISTED = dict.fromkeys(
    (
        *("candidate_id", "posting_id", "stage", "accepted_at", "withdrawn_at"),
        *("interviewers", "scorecards.author_id"),
    ),
    1,
)


class InterviewerService:
    """Assigns applications to members, takes assignments back, and lists them."""

    def __init__(
        self,
        finder: ApplicantFinder,
        applications: ApplicationRepository,
        assigned: AssignedApplicationRepository,
        memberships: MembershipRepository,
        accounts: AccountRepository,
        due: DueRepository,
    ) -> None:
        self._finder = finder
        self._applications = applications
        self._assigned = assigned
        self._memberships = memberships
        self._accounts = accounts
        self._due = due

    def list(self, viewer: Viewer, application_id: str) -> Interviewers:
        """Return the interviewers of an application, without former members.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
        """
        return self._describe(viewer, self._finder.find(viewer, application_id).document)

    def assign(self, viewer: Viewer, application_id: str, account_id: str) -> Interviewers:
        """Assign an application to a member, who gets an e-mail. Calling it again changes nothing.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
            MemberNotFound: the account is not a member.
            MemberWithoutAccess: the hiring manager is not in the team of the posting.
            TooManyInterviewers: the application has 20 interviewers, or too many events.
            RuntimeError: others changed the application all the time.
        """
        item = None
        assignment_id = new_id()
        for _ in range(_ATTEMPTS):
            document, pipeline = self._finder.find(viewer, application_id)
            member = self._require_member(viewer.employer_id, account_id, pipeline)
            present = assignments_of(document)
            if any(one["membership"] == member.membership for one in present):
                return self._describe(viewer, document)
            others = [one for one in present if one["account_id"] != account_id]
            if len(others) >= MAX_INTERVIEWERS or document.get("version", 0) >= MAX_EVENTS:
                raise TooManyInterviewers(
                    f"An application has at most {MAX_INTERVIEWERS} interviewers, and at most "
                    f"{MAX_EVENTS} events."
                )
            now = times.now()
            if account_id != viewer.account_id:
                content = AssignmentEmail(viewer.employer_id, application_id, assignment_id)
                item = assignment_item(content, account_id, now)
                self._due.add([item])
            assignment = {
                "id": assignment_id,
                "account_id": account_id,
                "membership": member.membership,
                "at": now,
            }
            change = ApplicationChange(document)
            change.add("assigned", viewer.account_id, {"interviewer": account_id})
            change.set(interviewers=[*others, assignment])
            if self._save(change):
                return self._describe(viewer, {**document, "interviewers": [*others, assignment]})
            if item:
                self._due.remove([item.id])
        raise RuntimeError("the application changes all the time")

    def unassign(self, viewer: Viewer, application_id: str, account_id: str) -> None:
        """Take an assignment back. The member has no access by it from then on.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
            RuntimeError: others changed the application all the time.
        """
        for _ in range(_ATTEMPTS):
            document = self._finder.find(viewer, application_id).document
            present = assignments_of(document)
            rest = [one for one in present if one["account_id"] != account_id]
            if len(rest) == len(present):
                return
            change = ApplicationChange(document)
            change.add("unassigned", viewer.account_id, {"interviewer": account_id})
            change.set(interviewers=rest)
            if self._save(change):
                return
        raise RuntimeError("the application changes all the time")

    def page(self, member: Member, viewer: Viewer, query: AssignedQuery) -> AssignedApplicantsPage:
        """Return a page of the applications that are assigned to a member.

        Raises:
            InvalidField: the cursor is invalid.
        """
        check_cursor(query.cursor)
        found = self._assigned.page(
            member.employer_id,
            member.membership,
            before=query.cursor,
            count=query.limit + 1,
            fields=_LISTED,
        )
        page = found[: query.limit]
        people = self._accounts.find_recipients({one["candidate_id"] for one in page})
        pipelines = self._finder.find_postings(viewer, {one["posting_id"] for one in page})
        applicants = [
            _assigned_applicant(one, pipelines[one["posting_id"]], people, member)
            for one in page
            # A hiring manager may have left the team of the posting.
            if one["posting_id"] in pipelines
        ]
        return AssignedApplicantsPage(
            applicants, page[-1]["_id"] if len(found) > len(page) else None
        )

    def _require_member(
        self, employer_id: str, account_id: str, pipeline: PostingPipeline
    ) -> StoredMember:
        member = self._memberships.find(account_id, employer_id)
        if member is None:
            raise MemberNotFound("This account is not a member of the employer.")
        if member.role is MemberRole.HIRING_MANAGER and account_id not in pipeline.team:
            raise MemberWithoutAccess("Add the hiring manager to the team of the posting first.")
        return member

    def _save(self, change: ApplicationChange) -> bool:
        """Save a change. Return False if somebody else has changed the application."""
        try:
            self._applications.save_changes([change])
        except RuntimeError:
            return False
        return True

    def _describe(self, viewer: Viewer, document: Document) -> Interviewers:
        members = {one.membership: one for one in self._memberships.find_all(viewer.employer_id)}
        present = [one for one in assignments_of(document) if one["membership"] in members]
        people = self._accounts.find_recipients({one["account_id"] for one in present})
        authors = scorecard_authors(document)
        return Interviewers(
            [
                Interviewer(
                    one["account_id"],
                    people[one["account_id"]].name,
                    members[one["membership"]].role,
                    one["at"],
                    one["account_id"] in authors,
                )
                for one in present
                # An account that is just being deleted is left out.
                if one["account_id"] in people
            ]
        )


def _assigned_applicant(
    document: Document, pipeline: PostingPipeline, people: Mapping[str, Recipient], member: Member
) -> AssignedApplicant:
    [assigned_at] = [
        one["at"] for one in assignments_of(document) if one["membership"] == member.membership
    ]
    person, stage = people.get(document["candidate_id"]), pipeline.find_stage(document["stage"])
    is_open = pipeline.kind_of(document["stage"]) is StageKind.OPEN
    authors = scorecard_authors(document)
    withdrawn_at = document.get("withdrawn_at")
    return AssignedApplicant(
        document["_id"],
        pipeline.id,
        pipeline.title,
        person.name if person else "",
        document["stage"],
        stage.name if stage else document["stage"],
        document["accepted_at"],
        assigned_at,
        is_open and withdrawn_at is None and member.account_id not in authors,
        withdrawn_at,
    )
