"""Interviewers in the state machine: members assign applications, and interviewers leave."""

from __future__ import annotations

from hypothesis.stateful import rule

from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.recruiting.employers.models import MemberRole
from tests.integration.recruiting.pipelines import EMPLOYER, RECRUITER
from tests.integration.recruiting.two_sided.limits import TwoSidedWithLimits
from tests.integration.recruiting.two_sided.machine import WHICH
from tests.integration.recruiting.two_sided.model import Expected


class TwoSidedWithInterviewers(TwoSidedWithLimits):
    """Assignments change applications outside of the lanes, also while a worker does."""

    def __init__(self) -> None:
        super().__init__()
        self.interviewer = new_id()
        database = self.parts.database
        address = f"{self.interviewer}@example.com"
        database["accounts"].insert_one(
            {"_id": self.interviewer, "name": "Grace", "email": address}
        )
        owner = {
            "account_id": RECRUITER.account_id,
            "role": MemberRole.OWNER.value,
            "since": times.now(),
        }
        employer = {"_id": EMPLOYER, "name": "Yard", "slug": "yard", "members": [owner]}
        database["employers"].replace_one({"_id": EMPLOYER}, employer, upsert=True)
        self.join()

    def join(self) -> None:
        role = MemberRole.INTERVIEWER
        assert self.parts.employers.memberships.add(self.interviewer, EMPLOYER, role)

    @rule(which=WHICH)
    def assign(self, which: int) -> None:
        self.change_assignment(self.pick(which))

    def act_meanwhile(self) -> None:
        """Change an application that a stalled worker may have read."""
        self.change_assignment(self.pick(0))

    def change_assignment(self, application: Expected) -> None:
        """Assign an application, or take the assignment back."""
        service = self.parts.interviewers.interviewer_service
        if _is_assigned(application):
            service.unassign(RECRUITER, application.id, self.interviewer)
            application.assignments.append("unassigned")
        else:
            service.assign(RECRUITER, application.id, self.interviewer)
            application.assignments.append("assigned")

    @rule()
    def leave(self) -> None:
        """The interviewer leaves, which ends the assignments, and joins again."""
        parts = self.parts
        departure = parts.employers.memberships.remove(
            self.interviewer, EMPLOYER, RECRUITER.account_id
        )
        parts.interviewers.departure_handler.end_at_once(departure)
        for application in self.model.applications.values():
            if _is_assigned(application):
                application.assignments.append("unassigned")
        self.join()

    def teardown(self) -> None:
        super().teardown()
        assigned = self.parts.database["applications"].find(
            {"active": True, "interviewers": {"$ne": []}}
        )
        for document in assigned:
            for assignment in document.get("interviewers", ()):
                assert f"assignment-email-{assignment['id']}" in self.ledger.begun


def _is_assigned(application: Expected) -> bool:
    return application.assignments[-1:] == ["assigned"]
