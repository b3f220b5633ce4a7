"""Places and releases legal holds, and says what they forbid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.auth.errors import AccountInUse
from chalicelib.recruiting.applications.events import ApplicationChange
from chalicelib.recruiting.erasure.errors import LegalHold
from chalicelib.recruiting.erasure.models import LegalHoldEntry, LegalHolds
from chalicelib.recruiting.pipeline.applicants import viewer_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.recruiting.applications.repository import ApplicationRepository
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.erasure.holds import Hold, HoldRepository
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder
    from chalicelib.recruiting.pipeline.postings import PostingPipelineRepository

_ATTEMPTS = 20


class HoldService:
    """Places and releases holds of owners.

    Args:
        holds: the holds.
        applications: the applications.
        applicants: finds the applications and postings that a member may see.
        pipelines: the postings.
        audit_log: records holds on postings and applications.
    """

    def __init__(
        self,
        holds: HoldRepository,
        applications: ApplicationRepository,
        applicants: ApplicantFinder,
        pipelines: PostingPipelineRepository,
        audit_log: AuditLog,
    ) -> None:
        self._holds = holds
        self._applications = applications
        self._applicants = applicants
        self._pipelines = pipelines
        self._audit_log = audit_log

    def hold_application(self, member: Member, application_id: str, reason: str) -> LegalHoldEntry:
        """Keep an application, whatever the rule of retention says.

        Raises:
            ApplicantNotFound: the employer has no such application.
        """
        document = self._applicants.find(viewer_of(member), application_id).document
        hold = self._holds.place(member.employer_id, application_id, document["posting_id"], reason)
        self._record(member, application_id, "held")
        return self._entries([hold])[0]

    def release_application(self, member: Member, application_id: str) -> None:
        """Release an application. Releasing it again changes nothing.

        Raises:
            ApplicantNotFound: the employer has no such application.
        """
        self._applicants.find(viewer_of(member), application_id)
        if self._holds.release(member.employer_id, application_id):
            self._record(member, application_id, "hold_released")

    def hold_posting(self, member: Member, posting_id: str, reason: str) -> LegalHoldEntry:
        """Keep all applications for a posting, also later ones.

        Raises:
            PostingNotFound: the employer has no such posting.
        """
        self._applicants.find_posting(viewer_of(member), posting_id)
        hold = self._holds.place(member.employer_id, posting_id, posting_id, reason)
        self._audit(member, "hold_placed", posting_id)
        return self._entries([hold])[0]

    def release_posting(self, member: Member, posting_id: str) -> None:
        """Release the applications for a posting. Releasing them again changes nothing.

        Raises:
            PostingNotFound: the employer has no such posting.
        """
        self._applicants.find_posting(viewer_of(member), posting_id)
        if self._holds.release(member.employer_id, posting_id):
            self._audit(member, "hold_released", posting_id)

    def find_all(self, member: Member) -> LegalHolds:
        """Return the holds of the employer of a member."""
        return LegalHolds(self._entries(self._holds.find_all(member.employer_id)))

    def check(self, postings: Mapping[str, str]) -> None:
        """Check that none of these applications is held.

        Args:
            postings: the ids of their postings, by their own ids.

        Raises:
            LegalHold: one is held. The error names the employer.
        """
        if employers := self._holders(postings):
            raise LegalHold(
                f"{employers} must keep it for a legal claim. Nothing was erased. Write to them if "
                "you disagree."
            )

    def check_account(self, candidate_id: str) -> None:
        """Check that no application of an account is held.

        Raises:
            AccountInUse: one is held. The error names the employers.
        """
        postings = self._applications.find_postings_of(candidate_id)
        if employers := self._holders(postings):
            raise AccountInUse(
                f"{employers} must keep your application for a legal claim, and it names you. "
                "Nothing was deleted. You can erase your other applications."
            )

    def _holders(self, postings: Mapping[str, str]) -> str:
        """Return the names of the employers that hold one of these applications."""
        held = self._holds.find_held(postings)
        found = self._pipelines.find_many(postings[one] for one in held) if held else {}
        return ", ".join(sorted({one.employer for one in found.values()}))

    def _record(self, member: Member, application_id: str, kind: str) -> None:
        """Record a hold in the history of an application, and in the audit log."""
        for _ in range(_ATTEMPTS):
            found = self._applications.find_many_for_change([application_id])
            if application_id not in found:
                return
            change = ApplicationChange(found[application_id])
            change.add(kind, member.account_id)
            try:
                self._applications.save_changes([change])
            except RuntimeError:
                continue
            break
        self._audit(member, "hold_placed" if kind == "held" else kind, application_id)

    def _audit(self, member: Member, event: str, target_id: str) -> None:
        details = {"employer_id": member.employer_id, "target_id": target_id}
        self._audit_log.record(event, member.account_id, **details)

    def _entries(self, holds: list[Hold]) -> list[LegalHoldEntry]:
        found = self._pipelines.find_many({one.posting_id for one in holds})
        return [
            LegalHoldEntry(
                one.target_id,
                one.posting_id,
                found[one.posting_id].title if one.posting_id in found else "",
                one.reason,
                one.at,
                one.until,
            )
            for one in holds
        ]
