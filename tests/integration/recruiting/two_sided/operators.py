"""Operators in the state machine: dead letters, repairs, and the work of the schedule."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from chalicelib.queue import Lanes, Limits, Shards
from chalicelib.queue.admin import DeadLetters, Reconciler, read_counts
from chalicelib.queue.worker import Leases, drain
from chalicelib.recruiting.applicant_index.blocks import state_of
from chalicelib.recruiting.applications.errors import ApplicationNotFound
from tests.integration.recruiting.failing_store import failing_database
from tests.integration.recruiting.pipelines import EMPLOYER
from tests.integration.recruiting.two_sided.interviewers import TwoSidedWithInterviewers
from tests.integration.recruiting.two_sided.machine import (
    ACTIONS,
    CANDIDATES,
    WHICH,
    WRITES,
    Action,
)
from tests.integration.recruiting.two_sided.model import Sent
from tests.support.job_handler import make_job_handler
from tests.support.lanes import RecordingObserver, RecordingWaker


def has_dead_letters(machine: Any) -> bool:
    return bool(machine.model.dead)


class TwoSidedWithOperators(TwoSidedWithInterviewers):
    """MongoDB refuses some documents, so that jobs become dead letters; operators deal with them.

    They also run the commands of the queue and the tasks of the schedule, which must find nothing
    to repair.
    """

    def __init__(self) -> None:
        super().__init__()
        for name in ("applicant_blocks", "applicant_directories", "sweeps"):
            self.parts.database[name].delete_many({})

    # Jobs become dead letters

    @rule(
        candidate=CANDIDATES,
        posting=st.integers(0, 1),
        refused=st.sampled_from(("new", "former", "both")),
        amends=st.booleans(),
        is_killed=st.booleans(),
        writes=WRITES,
    )
    def apply_in_vain(
        self,
        candidate: int,
        posting: int,
        refused: str,
        amends: bool,
        is_killed: bool,
        writes: int,
    ) -> None:
        """A candidate applies, after a withdrawal if needed, and the store refuses something."""
        former = self.apply_once(candidate, posting)
        new = None
        if former in self.model.applications:
            self.withdraw(self.candidates[candidate], former)
            new = self.apply_once(candidate, posting)
        if amends:
            # The application waits, or is a dead letter.
            with suppress(ApplicationNotFound):
                self.amend(self.candidates[candidate], new or former)
        if is_killed:
            self.kill(writes)
        ids = {"new": [new or former], "former": [former], "both": [former, new or former]}
        self.work_and_fail({one for one in ids[refused] if one})

    @rule(actions=st.lists(ACTIONS, min_size=1, max_size=4), which=WHICH, writes=WRITES)
    def act_in_vain(self, actions: list[Action], which: int, writes: int) -> None:
        """The store refuses the changes of one application, perhaps after a killed worker."""
        self.act(actions, "kill" if writes % 2 else "none", writes)
        self.work_and_fail({self.pick(which).id})

    def work_and_fail(self, application_ids: Collection[str]) -> None:
        """Do all work in one attempt, while the store refuses changes of some applications."""
        effective = {sent.job for sent in self.model.waiting if self.has_effect(sent)}
        limits = Limits(idle_timeout=0, max_attempts=1)
        drain(
            Leases(Shards(self.parts.redis, "applications", limits=limits)[0]),
            make_job_handler(failing_database(self.parts.database, application_ids)),
            drain_id="drain",
            remaining=lambda: 60.0,
            waker=RecordingWaker(),
            observer=RecordingObserver(),
        )
        found = self.find_dead()
        new = [one for one in found if one not in self.model.dead]
        refused = {sent.job: sent for sent in self.model.waiting if sent.job in new}
        assert len(refused) == len(new)
        # An alias names the application that it leads to.
        owners = {self.model.accepted[one].candidate for one in application_ids}
        blamed = {
            one
            for one, sent in refused.items()
            if self.model.accepted[sent.application].candidate in owners
        }
        # Others may be amendments of applications that are not stored, which the model knows.
        assert {refused[one].kind for one in refused.keys() - blamed} <= {"amend"}
        self.model.carry_out_all(without=blamed - effective)
        self.model.dead |= {one: refused[one] for one in blamed}
        self.seen.update(f"{sent.kind} dead-lettered" for sent in refused.values())
        self.seen["effect dead-lettered"] += len(refused.keys() & effective)
        self.compare()

    def has_effect(self, sent: Sent) -> bool:
        """Return whether a worker that was killed has carried out a job that waits."""
        database = self.parts.database
        document = database["applications"].find_one({"_id": sent.application}) or {}
        if sent.kind == "store":
            return bool(document)
        if sent.kind == "withdraw":
            target = database["applications"].find_one(
                {"_id": document.get("duplicate_of", sent.application)}
            )
            return bool(target) and "withdrawn_at" in (target or {})
        if sent.kind == "amend" and "duplicate_of" in document:
            document = database["applications"].find_one({"_id": document["duplicate_of"]}) or {}
        events = document.get("events", ())
        refusal = database["command_refusals"].find_one({"_id": sent.command})
        # A refusal that was decided on a change which was not saved is decided again.
        is_refused = refusal is not None and refusal["version"] <= len(events)
        return is_refused or any(event.get("command") == sent.command for event in events)

    # Operators

    @precondition(has_dead_letters)
    @rule(which=WHICH, is_all=st.booleans(), is_repeated=st.booleans())
    def redrive(self, which: int, is_all: bool, is_repeated: bool) -> None:
        found = self.find_dead()
        chosen = found if is_all else [found[which % len(found)]]
        letters = DeadLetters(self.lanes)
        count, _ = letters.redrive_all() if is_all else letters.redrive(chosen)
        assert count == len(chosen)
        if is_repeated:
            assert letters.redrive(chosen)[0] == 0
        self.seen.update(f"{self.model.dead[one].kind} redriven" for one in chosen)
        self.model.waiting.extend(self.model.dead.pop(one) for one in chosen)

    @precondition(has_dead_letters)
    @rule(which=WHICH, is_repeated=st.booleans())
    def discard(self, which: int, is_repeated: bool) -> None:
        found = self.find_dead()
        chosen = found[which % len(found)]
        letters = DeadLetters(self.lanes)
        assert letters.discard([chosen]) == 1
        if is_repeated:
            assert letters.discard([chosen]) == 0
        self.seen[f"{self.model.dead.pop(chosen).kind} discarded"] += 1
        self.model.discarded.add(chosen)

    @rule(which=st.integers(0, 9), is_dead=st.booleans())
    def withdraw_any(self, which: int, is_dead: bool) -> None:
        """A candidate withdraws by any receipt, or by that of a dead letter."""
        dead = [one for one in self.model.accepted if one in self.model.dead]
        receipts = dead if is_dead and dead else list(self.model.accepted)
        receipt = receipts[-1 - which % len(receipts)]
        try:
            self.withdraw(self.model.accepted[receipt].candidate, receipt)
        except ApplicationNotFound:
            assert self.model.term(receipt) == "discarded"

    @rule(task=st.sampled_from(("queue", "gates", "lost gates", "sweep", "equation")))
    def operate(self, task: str) -> None:
        if task == "queue":
            self.reconcile_queue()
        elif task == "sweep":
            self.sweep()
        elif task == "equation":
            for posting in self.postings:
                self.check_equation(posting)
        else:
            self.reconcile_gates(is_lost=task == "lost gates")

    def reconcile_queue(self) -> None:
        for lanes in (self.lanes, self.parts.notifications.lanes[0]):
            report = Reconciler(lanes).run(60)
            assert report is not None
            assert report.repaired == 0, report
        assert read_counts(self.lanes).dead_letters == len(self.model.dead)

    def reconcile_gates(self, *, is_lost: bool) -> None:
        """Redis loses all gates, or nothing."""
        reconciler = self.parts.postings.gate_reconciler
        if is_lost:
            keys = self.lanes.keys
            of_gates = keys.gates(), keys.gate_fences(), keys.gate_versions(), keys.gate_rates()
            self.parts.redis.delete(*of_gates)
        assert reconciler.run().repaired == (len(self.postings) if is_lost else 0)

    def sweep(self) -> None:
        """Run what the schedule runs beside the lanes, without due work and bulk operations."""
        assert self.parts.privacy.candidate_data.remove_orphans() == 0
        assert DeadLetters(self.lanes).discard_expiring() == 0
        self.parts.review.sweep_index()
        counted = Counter[str]()
        for posting in self.postings:
            counted.update(self.parts.review.index.count(EMPLOYER, posting))
        documents = self.parts.database["applications"].find({"employer_id": EMPLOYER})
        assert counted == Counter(map(state_of, documents))

    def teardown(self) -> None:
        self.seen["tombstones"] += sum(one.is_tombstone for one in self.model.applications.values())
        self.seen["aliases"] += len(self.model.aliases)
        found = self.find_dead()
        DeadLetters(self.lanes).redrive_all()
        self.model.waiting.extend(self.model.dead.pop(one) for one in found)
        super().teardown()

    def compare(self) -> None:
        super().compare()
        found = set(self.find_dead())
        for one in self.model.dead.keys() - found:
            # The batch was handled again after the withdrawal behind this amendment was carried
            # out. The amendment of a withdrawn application needs no operator.
            sent = self.model.dead.pop(one)
            assert sent.kind == "amend"
            assert self.model.applications[sent.application].is_tombstone
        assert found == self.model.dead.keys()

    @property
    def lanes(self) -> Lanes:
        return self.parts.recruiting.lanes[0]

    def find_dead(self) -> list[str]:
        """Return the ids of all dead letters, in the order in which they died."""
        return [one.id for one in reversed(DeadLetters(self.lanes).newest(limit=1000))]
