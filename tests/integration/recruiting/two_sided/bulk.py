"""Bulk operations in the state machine: the request dies, and is repeated or completed."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import strategies as st
from hypothesis.stateful import rule

from chalicelib.common.ids import IdempotencyKey, new_id
from chalicelib.recruiting.bulk.commands import command_id, command_kind
from chalicelib.recruiting.bulk.models import (
    Action,
    MoveAction,
    OperationDraft,
    OperationRequest,
    Origin,
    RejectAction,
    ResultsQuery,
    SelectionQuery,
)
from tests.integration.recruiting.candidates import copy_with
from tests.integration.recruiting.killer import Killed, killer_database
from tests.integration.recruiting.pipelines import EMAIL, RECRUITER
from tests.integration.recruiting.two_sided.machine import WRITES, TwoSided
from tests.integration.recruiting.two_sided.model import Sent

ACTIONS: list[Action] = [
    MoveAction("review"),
    RejectAction(send_after_minutes=EMAIL.delay_minutes),
    RejectAction(send_email=False),
]


class TwoSidedWithBulk(TwoSided):
    """Recruiters also move or reject all applications for a posting."""

    def __init__(self) -> None:
        super().__init__()
        for name in ("operations", "operation_items"):
            self.parts.database[name].delete_many({})

    @rule(
        posting=st.integers(0, 1),
        action=st.sampled_from(ACTIONS),
        stage=st.sampled_from((None, "new", "review")),
        writes=WRITES,
    )
    def start_operation(self, posting: int, action: Action, stage: str | None, writes: int) -> None:
        """A request dies before one of its writes, or before its answer. The client repeats it."""
        draft = OperationDraft(self.postings[posting], action, query=SelectionQuery(stage))
        preview = self.parts.bulk.bulk_service.preview(RECRUITER, draft)
        if not preview.total:
            return
        request = OperationRequest(
            draft.posting_id, action, query=draft.query, selection=preview.selection
        )
        origin = Origin("-", IdempotencyKey(new_id(), "-"))
        dying = copy_with(self.parts, database=killer_database(self.parts.database, writes))
        with suppress(Killed):
            dying.bulk.bulk_service.start(RECRUITER, request, origin)
        accepted = self.parts.bulk.bulk_service.start(RECRUITER, request, origin)
        operations = self.parts.bulk.operations
        operation = operations.find(RECRUITER.employer_id, accepted.id)
        assert operation is not None
        for chunk in operations.chunks(operation):
            assert chunk.unsent == []
            for application, expected in chunk.items:
                self.model.send(
                    Sent(
                        application,
                        command_kind(action).value,
                        command_id(operation.id, application),
                        expected,
                        getattr(action, "stage", ""),
                        hidden=getattr(action, "send_email", False),
                    )
                )

    @rule()
    def sweep_operations(self) -> None:
        assert self.parts.bulk.sweep() == 0

    def teardown(self) -> None:
        super().teardown()
        self.parts.bulk.sweep()
        self.parts.database["command_refusals"].delete_many({})
        for posting in self.postings:
            operations = self.parts.bulk.operations
            for one in operations.page(RECRUITER.employer_id, posting, before="", count=100):
                assert not one.active
                page = self.parts.bulk.result_service.results(RECRUITER, one.id, ResultsQuery())
                assert len(page.results) == one.total
                for result in page.results:
                    reason = self.model.answers.get(command_id(one.id, result.id))
                    outcome = "failed" if reason is None else "not_done" if reason else "done"
                    assert (result.outcome, result.reason) == (outcome, reason or "")
