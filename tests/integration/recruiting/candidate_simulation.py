"""A simulated candidate who applies and withdraws, and the promises that are checked.

A plan is a list of random steps. ``Simulation`` carries them out on real stores and records the
answers of the API. ``Simulation.settle_down`` lets all jobs finish and compares stores and answers:

* Each draft that got a 202 with ``repeat: false`` has a document. It is an alias only of an
  application that the queue could not know: Redis lost its memory, or the application's withdrawal
  was dead-lettered.
* The last request counts for an application and its aliases: it is active if a draft came last, and
  inactive if a withdrawal came last. Requests that overlapped may end either way; so may requests
  whose jobs an operator discarded, or whose jobs waited when Redis lost its memory.
* The candidate can apply for a posting if no application for it is active. Otherwise the answer is
  a repeat.
* An active application was confirmed once. An alias, or an application that was withdrawn before
  its job was done, was never confirmed.
"""

# ruff: noqa: S311 - the random numbers protect nothing

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chalicelib.bootstrap.container import Container
from chalicelib.common.ids import IdempotencyKey, new_id
from chalicelib.queue import AcceptedJob, AcceptRequest, Shards
from chalicelib.queue.admin import DeadLetters
from chalicelib.queue.worker import Claim, Dead, Leases, Retry
from chalicelib.recruiting.applications.errors import ApplicationNotFound
from chalicelib.recruiting.applications.job_handler import ApplicationJobHandler
from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
from chalicelib.recruiting.applications.jobs import withdrawn_application_id
from chalicelib.recruiting.applications.models import ApplicationDraft, ApplicationsQuery
from chalicelib.recruiting.applications.repository import ApplicationRepository
from chalicelib.recruiting.applications.withdrawal_service import WithdrawalService
from tests.integration.recruiting.candidates import (
    drain_applications,
    settle,
    stored_documents,
    take_confirmations,
    without_mongodb,
)
from tests.integration.recruiting.killer import Killed, killer_database
from tests.integration.recruiting.steps import publish
from tests.support.lanes import RecordingWaker


class Step(NamedTuple):
    """A step of a plan.

    Args:
        action: the name of the action.
        which: selects one of the existing things that the action applies to, modulo their number.
        more: a second number for the action.
        meanwhile: steps that happen while this one is carried out.
    """

    action: str
    which: int = 0
    more: int = 0
    meanwhile: tuple[Any, ...] = ()


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


@dataclass
class Simulation:
    """A simulation with one candidate and two postings."""

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

    # Steps.

    def do(self, step: Step) -> None:
        """Carry out a step."""
        # Redis orders events by the millisecond.
        time.sleep(0.0015)
        self.log.append(f"{step.action} {step.which % 100} {step.more % 100}")
        getattr(self, f"do_{step.action}")(step)

    def tick(self) -> int:
        self.now += 1
        return self.now

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

    def do_work(self, step: Step) -> None:
        self._work(lambda: drain_applications(self.parts))

    def do_work_some(self, step: Step) -> None:
        """A worker handles the first jobs of a claim, and returns the others."""

        def handle_some() -> None:
            held = self.leases.claim("drain")
            jobs = held.jobs[: 1 + step.which % 3]
            outcomes = self.parts.recruiting.job_handler.handle(jobs)
            self._settle(held, [*outcomes, *[Retry("by the test", 0, counts=False)] * 99])

        self._work(handle_some)

    def do_dead_letter(self, step: Step) -> None:
        """One of the first jobs is dead-lettered; the jobs before it are handled."""

        def dead_letter() -> None:
            held = self.leases.claim("drain")
            index = step.more % 3 if step.more > 3 else 0
            outcomes = self.parts.recruiting.job_handler.handle(held.jobs[:index])
            if len(held.jobs) > index:
                self._record_dead_letter(held.jobs[index].id)
            others = [Retry("-", 0, counts=False)] * 99
            self._settle(held, [*outcomes, Dead("by the test"), *others])

        self._work(dead_letter)

    def _settle(self, held: Claim, outcomes: list[Any]) -> None:
        if held.lanes:
            settle(self.parts, held, outcomes)

    def do_kill(self, step: Step) -> None:
        """A worker is killed before one of its writes, or before it settles."""
        held = self.leases.claim("drain")
        handler = ApplicationJobHandler(
            ApplicationRepository(killer_database(self.parts.database, step.which % 5)),
            self.parts.auth.accounts,
            self.parts.recruiting.postings,
        )
        with suppress(Killed, RuntimeError):
            handler.handle(held.jobs)
        self._expire_leases()

    def do_stall(self, step: Step) -> None:
        """A worker stalls until its lease has expired, and then continues."""
        held = self.leases.claim("stalled")
        self._expire_leases()
        for other in step.meanwhile:
            self.do(other)
        with suppress(RuntimeError):
            self._work(
                lambda: self._settle(held, self.parts.recruiting.job_handler.handle(held.jobs))
            )

    def _expire_leases(self) -> None:
        leases = self.lanes.keys.leases("applications")
        for lane in self.redis.zrange(leases, 0, -1):
            self.redis.zadd(leases, {lane: 1})
        self.redis.delete("{hl0}:crashes:applications")

    def _work(self, action: Callable[[], None]) -> None:
        """Run a worker, and record the confirmations that it queues."""
        before = stored_documents(self.parts.database)
        action()
        for one in take_confirmations(self.parts):
            self.confirmations[one] += 1
            if "withdrawn_at" in before.get(one, {}):
                raise BrokenPromise("a withdrawn application is confirmed")

    def do_redrive(self, step: Step) -> None:
        ids = [one.id for one in self.dead_letters.newest()]
        if ids:
            self._note(f": {ids[step.which % len(ids)]}")
            self.dead_letters.redrive([ids[step.which % len(ids)]])

    def do_redrive_all(self, step: Step) -> None:
        self.dead_letters.redrive_all()

    def do_discard(self, step: Step) -> None:
        ids = [one.id for one in self.dead_letters.newest()]
        if ids:
            one = ids[step.which % len(ids)]
            self._note(f": {one}")
            self.dead_letters.discard([one])
            self._record_loss([one])

    def do_forget(self, step: Step) -> None:
        """Thirty days pass: deduplication keys, idempotency keys and results expire."""
        self._forget("once:applications:*", "key:*")
        self._forget_results()
        self.memory_losses.append(self.tick())

    def do_forget_results(self, step: Step) -> None:
        """A day passes: idempotency keys and results expire."""
        self._forget("key:*")
        self._forget_results()

    def _forget(self, *patterns: str) -> None:
        for pattern in patterns:
            for key in self.redis.scan_iter("{hl0}:" + pattern):
                self.redis.delete(key)
        self.answers.clear()

    def _forget_results(self) -> None:
        lane = self.lanes.lane_name(self.candidate)
        for job in self.redis.zrange("{hl0}:finished:" + lane, 0, -1):
            self.redis.delete(self.lanes.keys.job(job.decode()))
        self.redis.delete("{hl0}:finished:" + lane)

    def do_flush(self, step: Step) -> None:
        """Redis loses its memory, with the waiting jobs."""
        contents = self.lanes.contents(self.candidate)
        self._record_loss([*contents.waiting, *contents.dead])
        self.redis.flushall()
        self.answers.clear()
        self.memory_losses.append(self.tick())

    def do_flush_idle(self, step: Step) -> None:
        """Redis loses its memory while no job waits."""
        contents = self.lanes.contents(self.candidate)
        if not contents.waiting and not contents.dead:
            self.do_flush(step)

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

    # Checks.

    def settle_down(self, pick: int) -> None:
        """Let all jobs finish, and check the stores."""
        shuffler = random.Random(pick)
        for _ in range(20):
            self._expire_leases()
            self.do(Step("work"))
            dead = [one.id for one in self.dead_letters.newest()]
            if not dead:
                break
            if pick % 3 == 0:
                self.do(Step("redrive_all"))
            else:
                self.do(Step("redrive", shuffler.randrange(100)))
                if pick % 3 == 1:
                    continue
                self.do(Step("work"))
        self.do(Step("read"))
        documents = {
            one: document
            for one, document in stored_documents(self.parts.database).items()
            if document["candidate_id"] == self.candidate
        }
        groups: dict[str, list[SentApplication]] = {}
        for application in self.applications.values():
            document = documents.get(application.id)
            if document:
                target = document.get("duplicate_of", application.id)
                groups.setdefault(target, []).append(application)
            if application.gone:
                continue
            if document is None:
                raise BrokenPromise("an accepted application is not stored")
            own = "duplicate_of" not in document and "stored_at" in document
            if own and document["cover_letter"] != application.text:
                raise BrokenPromise("another cover letter is stored")
        for target, applications in groups.items():
            self._check_aliases(target, applications)
            self._check_last_request(documents[target], applications)
            self._check_confirmations(documents[target], applications)
        for posting in self.postings:
            self._check_deduplication_key(posting, documents, groups)

    def _withdrawals_of(self, applications: list[SentApplication]) -> list[SentWithdrawal]:
        ids = {application.id for application in applications}
        return [one for one in self.withdrawals if one.requested in ids]

    def _check_aliases(self, target: str, applications: list[SentApplication]) -> None:
        """Check that each alias has a reason."""
        withdrawals = self._withdrawals_of(applications)
        for alias in applications:
            if alias.id == target or alias.gone:
                continue
            first, second = sorted((alias.sent, self.applications[target].sent))
            has_reason = (
                any(first < at < second for at in self.memory_losses)
                # The deduplication key expired while this one was a dead letter.
                or (alias.dead_lettered and any(at < second for at in self.memory_losses))
                or any(
                    (one.dead_lettered or one.gone) and one.begun < second for one in withdrawals
                )
                or any(one.requested == alias.id for one in withdrawals)
            )
            if not has_reason:
                raise BrokenPromise("(a) an alias of an application that the queue knew")

    def _check_last_request(
        self, document: dict[str, Any], applications: list[SentApplication]
    ) -> None:
        """Check that the last request decided whether the application is active."""
        withdrawals = self._withdrawals_of(applications)
        newest = max(applications, key=lambda application: application.sent)
        last_known = max((one.sent for one in applications if not one.gone), default=0)
        effective = max(
            (
                one.begun
                for one in withdrawals
                if newest.id in one.leads_to_same and not one.gone and not one.repeats_redriven
            ),
            default=0,
        )
        last_possible = max((one.ended for one in withdrawals), default=0)
        if document["active"] and effective > newest.sent:
            raise BrokenPromise("(c) a withdrawal had no effect")
        if not document["active"] and last_known > last_possible:
            raise BrokenPromise("(d) withdrawn although no withdrawal came last")

    def _check_confirmations(
        self, document: dict[str, Any], applications: list[SentApplication]
    ) -> None:
        target = document["_id"]
        count = self.confirmations[target]
        if document["active"] and count != 1 and not self.applications[target].gone:
            raise BrokenPromise(f"(e) an active application was confirmed {count} times")
        if count > 1:
            raise BrokenPromise("an application was confirmed more than once")
        if any(self.confirmations[one.id] for one in applications if one.id != target):
            raise BrokenPromise("an alias was confirmed")

    def _check_deduplication_key(
        self,
        posting: str,
        documents: dict[str, dict[str, Any]],
        groups: dict[str, list[SentApplication]],
    ) -> None:
        """Check that the active application holds the posting, and no other one."""
        active = [
            one["_id"]
            for one in documents.values()
            if one.get("posting_id") == posting and one["active"]
        ]
        assert len(active) < 2
        # Read the key in Redis, because applying would change it.
        value = self.redis.hget("{hl0}:once:" + self.lanes.lane_name(self.candidate), posting)
        if value and not active:
            raise BrokenPromise("(b) the posting is held without an active application")
        if active and value:
            holder = value.split()[0].decode()
            if documents.get(holder, {}).get("duplicate_of", holder) != active[0]:
                raise BrokenPromise("(b) the posting is held by an inactive application")
        if active and not value:
            applications = groups.get(active[0], [])
            first = min((one.sent for one in applications), default=0)
            has_reason = (
                any(one.gone for one in applications)
                or any(at > first for at in self.memory_losses)
                or any(one.dead_lettered or one.gone for one in self._withdrawals_of(applications))
            )
            if applications and not has_reason:
                raise BrokenPromise("(a) the posting is released although one is active")


WEIGHTS = {
    "apply": 22,
    "apply_with_key": 4,
    "withdraw": 22,
    "withdraw_with_key": 3,
    "withdraw_without_mongodb": 1,
    "work": 10,
    "work_some": 8,
    "dead_letter": 16,
    "kill": 5,
    "stall": 4,
    "redrive": 9,
    "redrive_all": 2,
    "discard": 3,
    "forget": 3,
    "forget_results": 2,
    "flush": 1,
    "flush_idle": 3,
    "read": 2,
}


def random_plan(seed: int, length: int, without: tuple[str, ...] = ()) -> list[Step]:
    """Return a random plan."""
    chance = random.Random(seed)
    names = [name for name in WEIGHTS if name not in without]
    weights = [WEIGHTS[name] for name in names]

    def step(depth: int) -> Step:
        [action] = chance.choices(names, weights)
        meanwhile: tuple[Step, ...] = ()
        if depth == 0 and (action == "stall" or (action == "withdraw" and chance.random() < 0.2)):
            meanwhile = tuple(step(1) for _ in range(chance.randrange(1, 4)))
        which = min(chance.randrange(6), chance.randrange(6))
        return Step(action, which, chance.randrange(6), meanwhile)

    return [step(0) for _ in range(length)]


def simulate(parts: Container, steps: list[Step], every: int = 25, pick: int = 0) -> Simulation:
    """Carry out a plan on empty stores, and check the stores after some steps and at the end."""
    parts.redis.flushall()
    for name in ("applications", "accounts", "postings"):
        parts.database[name].delete_many({})
    run = Simulation(parts)
    for number, step in enumerate(steps, 1):
        run.do(step)
        if number % every == 0:
            run.settle_down(pick + number)
    run.settle_down(pick)
    return run
