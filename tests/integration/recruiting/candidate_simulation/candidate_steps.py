"""Steps of the candidate: apply, withdraw, read."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import IdempotencyKey
from chalicelib.queue import AcceptedJob, AcceptRequest, Shards
from chalicelib.recruiting.applications.errors import ApplicationNotFound
from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
from chalicelib.recruiting.applications.models import ApplicationDraft, ApplicationsQuery
from chalicelib.recruiting.applications.withdrawal_service import WithdrawalService
from tests.integration.recruiting.candidate_simulation.plan import Step
from tests.integration.recruiting.candidate_simulation.state import (
    BrokenPromise,
    SentApplication,
    SentWithdrawal,
    SimulationState,
)
from tests.integration.recruiting.candidates import stored_documents, without_mongodb
from tests.support.lanes import RecordingWaker


class InterruptedJobQueue(ApplicationJobQueue):
    """A job queue that runs a function before it accepts, and records what it accepted."""

    def __init__(self, lanes: Shards, before: Callable[[], None]) -> None:
        super().__init__(lanes, RecordingWaker())
        self._before = before
        self.accepted: list[AcceptedJob] = []

    def accept(self, request: AcceptRequest, idempotency: IdempotencyKey | None) -> AcceptedJob:
        self._before()
        self.accepted.append(super().accept(request, idempotency))
        return self.accepted[-1]


class CandidateSteps(SimulationState):
    """What the candidate does."""

    def do_apply(self, step: Step) -> None:
        self._apply(self.postings[step.which % 6 == 5])

    def do_apply_with_key(self, step: Step) -> None:
        self._apply(self.postings[0], key=f"a{step.which % 3}")

    def _apply(self, posting: str, key: str = "") -> None:
        text = key or f"letter {self.now}"
        idempotency = IdempotencyKey(key, f"{posting}-{text}") if key else None
        receipt, _ = self.parts.recruiting.apply_service.apply(
            self.candidate, posting, ApplicationDraft(text), "-", idempotency
        )
        sent = self.tick()
        self._note(f"-> {receipt.id} repeat={receipt.repeat}")
        answer = (receipt.id, receipt.repeat)
        if key:
            if (key, posting) in self.answers:
                if self.answers[key, posting] != answer:
                    raise BrokenPromise("a repeated key got another answer")
                return
            self.answers[key, posting] = answer
        if receipt.repeat:
            if receipt.id not in self.applications:
                raise BrokenPromise("a repeat of an application that was never accepted")
        elif receipt.id in self.applications:
            raise BrokenPromise("two applications got the same receipt as new ones")
        else:
            self.applications[receipt.id] = SentApplication(receipt.id, posting, text, sent)

    def do_withdraw(self, step: Step) -> None:
        self._withdraw(step, self.parts)

    def do_withdraw_with_key(self, step: Step) -> None:
        self._withdraw(step, self.parts, key=f"w{step.more % 2}")

    def do_withdraw_without_mongodb(self, step: Step) -> None:
        with without_mongodb(self.parts) as degraded, suppress(Exception):
            self._withdraw(step, degraded)

    def _withdraw(self, step: Step, parts: Container, key: str = "") -> None:
        candidates = [one for one in self.applications.values() if not one.gone]
        if not candidates:
            return
        application = candidates[-1 - step.which % len(candidates)]
        idempotency = IdempotencyKey(key, application.id) if key else None
        replayed = (key, "w") in self.answers
        if replayed and self.answers[key, "w"] != application.id:
            return
        leads_to_same = self._same(application.id)
        begun = self.tick()
        job_queue = InterruptedJobQueue(self.parts.recruiting.lanes, self._do_meanwhile(step))
        service = WithdrawalService(
            job_queue, parts.recruiting.lanes, parts.recruiting.applications
        )
        try:
            answer, _ = service.withdraw(self.candidate, application.id, "-", idempotency)
        except ApplicationNotFound:
            if application.gone:
                return
            raise BrokenPromise("an accepted application cannot be withdrawn") from None
        if key:
            if replayed:
                begun = self.answers[key, "begun"]
            else:
                self.answers[key, "begun"] = begun
            self.answers[key, "w"] = application.id
        self._note(f"of {application.id} -> {answer.id}")
        accepted = job_queue.accepted[-1]
        repeats_redriven = accepted.is_duplicate and any(
            one.dead_lettered for one in self.withdrawals if one.job == accepted.job_id
        )
        self.withdrawals.append(
            SentWithdrawal(
                application.id,
                accepted.job_id,
                leads_to_same,
                begun,
                self.tick(),
                repeats_redriven=repeats_redriven,
            )
        )

    def _do_meanwhile(self, step: Step) -> Callable[[], None]:
        """Return a function that does the inner steps once, after the withdrawal has read."""
        meanwhile = iter(step.meanwhile)

        def do_meanwhile() -> None:
            for other in meanwhile:
                self.do(other)
            time.sleep(0.0015)

        return do_meanwhile

    def _same(self, application: str) -> frozenset[str]:
        """Return the applications that are known to be the same one as this."""
        leads_to = {
            one: document.get("duplicate_of", one)
            for one, document in stored_documents(self.parts.database).items()
        }
        target = leads_to.get(application, application)
        return frozenset(one for one, lead in leads_to.items() if lead == target) | {application}

    def do_read(self, step: Step) -> None:
        """The candidate reads the status of all applications."""
        query = ApplicationsQuery(limit=50)
        page = [
            one.id
            for one in self.parts.recruiting.status_service.page(self.candidate, query).applications
        ]
        for application in self.applications.values():
            if application.gone:
                continue
            try:
                status = self.parts.recruiting.status_service.get(self.candidate, application.id)
            except ApplicationNotFound:
                raise BrokenPromise("an accepted application has no status") from None
            if status.id not in page and len(page) < 50:
                raise BrokenPromise("an accepted application is not in the list")
