"""The state of a simulation: the stores, and the answers that the candidate got."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import new_id
from chalicelib.queue import Shards
from chalicelib.queue.admin import DeadLetters
from chalicelib.queue.worker import Leases
from chalicelib.recruiting.applications.jobs import withdrawn_application_id
from tests.integration.recruiting.candidate_simulation.plan import Step
from tests.integration.recruiting.candidates import stored_documents, take_confirmations
from tests.integration.recruiting.steps import publish


class BrokenPromise(AssertionError):
    """A promise was broken; ``args[0]`` says which one."""


@dataclass
class SentApplication:
    """An application that got a 202 as a new one.

    ``gone`` says that its job was lost, ``dead_lettered`` that its job was dead-lettered once.
    """

    id: str
    posting: str
    text: str
    sent: int
    gone: bool = False
    dead_lettered: bool = False


@dataclass
class SentWithdrawal:
    """A withdrawal that got a 202.

    Args:
        requested: the application in the request.
        job: the withdrawal job.
        leads_to_same: the applications that were known to be the same one.
        begun: the time when the request began.
        ended: the time when it was answered.
        gone: its job was lost.
        dead_lettered: its job was dead-lettered once.
        repeats_redriven: it was requested while an earlier one, which had been dead-lettered and
            redriven, waited.
            That one keeps applications sent later, and so does this one (ADR 11).
    """

    requested: str
    job: str
    leads_to_same: frozenset[str]
    begun: int
    ended: int
    gone: bool = False
    dead_lettered: bool = False
    repeats_redriven: bool = False


@dataclass
class SimulationState:
    """The stores of one candidate with two postings, and what the API answered so far."""

    parts: Container
    log: list[str] = field(default_factory=list)
    applications: dict[str, SentApplication] = field(default_factory=dict)
    withdrawals: list[SentWithdrawal] = field(default_factory=list)
    memory_losses: list[int] = field(default_factory=list)
    confirmations: Counter[str] = field(default_factory=Counter)
    answers: dict[tuple[str, str], Any] = field(default_factory=dict)
    now: int = 0

    def __post_init__(self) -> None:
        self.redis: Any = self.parts.redis
        self.candidate = new_id()
        # The rate limits would refuse most steps.
        self.parts.recruiting.override(lanes=Shards(self.parts.redis, "applications"))
        self.parts.database["accounts"].insert_one(
            {
                "_id": self.candidate,
                "name": "Ada",
                "email": f"{self.candidate}@example.com",
                "role": "candidate",
            }
        )
        self.postings = [publish(self.parts) for _ in range(2)]
        self.lanes = self.parts.recruiting.lanes[0]
        self.dead_letters = DeadLetters(self.lanes)
        self.leases = Leases(self.lanes)

    def do(self, step: Step) -> None:
        """Carry out a step."""
        # Redis orders events by the millisecond.
        time.sleep(0.0015)
        self.log.append(f"{step.action} {step.which % 100} {step.more % 100}")
        getattr(self, f"do_{step.action}")(step)

    def tick(self) -> int:
        self.now += 1
        return self.now

    def _work(self, action: Callable[[], None]) -> None:
        """Run a worker, and record the confirmations that it queues."""
        before = stored_documents(self.parts.database)
        action()
        for one in take_confirmations(self.parts):
            self.confirmations[one] += 1
            if "withdrawn_at" in before.get(one, {}):
                raise BrokenPromise("a withdrawn application is confirmed")

    def _expire_leases(self) -> None:
        leases = self.lanes.keys.leases("applications")
        for lane in self.redis.zrange(leases, 0, -1):
            self.redis.zadd(leases, {lane: 1})
        self.redis.delete("{hl0}:crashes:applications")

    def _record_dead_letter(self, job: str) -> None:
        self._note(f": {job}")
        for withdrawal in self.withdrawals:
            if withdrawal.job == job:
                withdrawal.dead_lettered = True
        if job in self.applications:
            self.applications[job].dead_lettered = True

    def _record_loss(self, jobs: list[str]) -> None:
        for job in jobs:
            if withdrawn_application_id(job):
                for withdrawal in self.withdrawals:
                    if withdrawal.job == job:
                        withdrawal.gone = True
            elif job in self.applications:
                self.applications[job].gone = True
                self.memory_losses.append(self.tick())

    def _note(self, text: str) -> None:
        self.log[-1] += f" {text}"
