"""A random simulation of a candidate who applies and withdraws while the system fails around them.

A plan is a list of steps, random or written by hand. ``Simulation`` carries it out on real stores
and records each answer that the candidate gets. ``Simulation.finish_and_check`` drains the lanes
and compares the stored documents with these answers:

* Each application that was answered 202 with ``repeat: false`` has a document. The document is an
  alias only if the queue could not know the earlier application: its memory was lost, or the
  withdrawal was dead-lettered.
* Of an application and its aliases the last request decides: it is active if the last request was
  an application, and withdrawn if it was a withdrawal. Requests that overlapped may have either
  result, and so may jobs that an operator discarded or that were lost with the queue's memory.
* A candidate without an active application can apply for the posting; else the answer is a repeat.
* An active application was confirmed once. An alias, or an application that was withdrawn before
  its job was done, was never confirmed.
"""

# ruff: noqa: S311 - random plans of tests guard nothing

from __future__ import annotations

import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from chalicelib.bootstrap.container import Services
from chalicelib.common.ids import new_id
from chalicelib.http.idempotency import Idempotency
from chalicelib.queue import AcceptedJob, Shards
from chalicelib.queue.admin import DeadLetters
from chalicelib.queue.worker import Claim, Dead, Leases, Retry
from chalicelib.recruiting.applications.errors import ApplicationNotFound
from chalicelib.recruiting.applications.job_handler import ApplicationJobHandler
from chalicelib.recruiting.applications.repository import Draft, withdrawn_by
from chalicelib.recruiting.applications.status_service import ApplicationsQuery
from tests.integration.recruiting.candidates import mailed, settle, stored, without_mongodb, work
from tests.integration.recruiting.steps import publish
from tests.integration.recruiting.test_withdrawing import Killed, Mortal


class Step(NamedTuple):
    """One step: what happens, to which item (modulo their number), and what happens meanwhile."""

    what: str
    which: int = 0
    more: int = 0
    meanwhile: tuple[Any, ...] = ()


class BrokenPromise(AssertionError):
    """A promise was broken; the message says which."""


@dataclass
class SentApplication:
    """An application that was answered 202 as a new one."""

    id: str
    posting: str
    text: str
    sent_at: int
    lost: bool = False
    dead_lettered: bool = False


@dataclass
class SentWithdrawal:
    """A withdrawal that was answered 202, with the moments before and after its request.

    ``superseded`` marks a request that came while an earlier, redriven withdrawal of the same
    application waited again: that one withdraws nothing that was sent since, and it counts for both
    requests (ADR 11).
    """

    asked: str
    job: str
    of: frozenset[str]
    begun: int
    ended: int
    lost: bool = False
    dead_lettered: bool = False
    superseded: bool = False


@dataclass
class Simulation:
    """One candidate who applies for two postings."""

    parts: Services
    log: list[str] = field(default_factory=list)
    sent: dict[str, SentApplication] = field(default_factory=dict)
    withdrawals: list[SentWithdrawal] = field(default_factory=list)
    forgotten_at: list[int] = field(default_factory=list)
    repeats: list[tuple[int, str]] = field(default_factory=list)
    mails: Counter[str] = field(default_factory=Counter)
    keys: dict[tuple[str, str], Any] = field(default_factory=dict)
    now: int = 0

    def __post_init__(self) -> None:
        self.redis: Any = self.parts.redis
        self.candidate = new_id()
        # Without rate limits, which so many requests would exceed.
        self.parts.accepting._lanes = Shards(self.parts.redis, "applications")
        self.parts.database["accounts"].insert_one(
            {
                "_id": self.candidate,
                "name": "Ada",
                "email": f"{self.candidate}@example.com",
                "role": "candidate",
            }
        )
        self.postings = [publish(self.parts) for _ in range(2)]
        self.lanes = self.parts.application_lanes[0]
        self.dead = DeadLetters(self.lanes)

    # The steps.

    def do(self, step: Step) -> None:
        """Carry out a step."""
        # Redis dates requests to the millisecond.
        time.sleep(0.0015)
        self.log.append(f"{step.what} {step.which % 100} {step.more % 100}")
        getattr(self, f"do_{step.what}")(step)

    def tick(self) -> int:
        self.now += 1
        return self.now

    def do_apply(self, step: Step) -> None:
        self._apply(self.postings[step.which % 6 == 5])

    def do_apply_with_key(self, step: Step) -> None:
        self._apply(self.postings[0], key=f"a{step.which % 3}")

    def _apply(self, posting: str, key: str = "") -> bool:
        text = key or f"application {self.now}"
        idempotency = Idempotency(key, f"{posting}-{text}") if key else None
        receipt, _ = self.parts.applying.apply(
            self.candidate, posting, Draft(text), "-", idempotency
        )
        sent = self.tick()
        told = (receipt.id, receipt.repeat)
        self._log_detail(f"-> {receipt.id} repeat={receipt.repeat}")
        if key:
            if (key, posting) in self.keys:
                if self.keys[key, posting] != told:
                    raise BrokenPromise("a repeated key got another answer")
                return receipt.repeat
            self.keys[key, posting] = told
        if receipt.repeat:
            if receipt.id not in self.sent:
                raise BrokenPromise("a repeat of an application that was never answered")
            self.repeats.append((sent, receipt.id))
        elif receipt.id in self.sent:
            raise BrokenPromise("two applications got one receipt as new ones")
        else:
            self.sent[receipt.id] = SentApplication(receipt.id, posting, text, sent)
        return receipt.repeat

    def do_withdraw(self, step: Step) -> None:
        self._withdraw(step)

    def do_withdraw_with_key(self, step: Step) -> None:
        self._withdraw(step, key=f"w{step.more % 2}")

    def do_withdraw_without_mongodb(self, step: Step) -> None:
        with without_mongodb(self.parts) as crippled, suppress(Exception):
            self._withdraw(step, parts=crippled)

    def _withdraw(self, step: Step, key: str = "", parts: Services | None = None) -> None:
        told = [one for one in self.sent.values() if not one.lost]
        if not told:
            return
        application = told[-1 - step.which % len(told)]
        idempotency = Idempotency(key, application.id) if key else None
        replay = (key, "w") in self.keys
        if replay and self.keys[key, "w"] != application.id:
            return
        of = self._group_of(application.id)
        begun = self.tick()
        withdrawing = (parts or self.parts).withdrawing
        accepting = withdrawing._accepting

        meanwhile = iter(step.meanwhile)

        class InterruptedQueue:
            """Runs other steps between the look-up of an application and its withdrawal."""

            def accept(this, *arguments: Any, **options: Any) -> Any:
                for other in meanwhile:
                    self.do(other)
                time.sleep(0.0015)
                accepted.append(accepting.accept(*arguments, **options))
                return accepted[-1]

        accepted: list[AcceptedJob] = []
        vars(withdrawing)["_accepting"] = InterruptedQueue()
        try:
            answer, _ = withdrawing.withdraw(self.candidate, application.id, "-", idempotency)
        except ApplicationNotFound:
            if application.lost:
                return
            raise BrokenPromise("a withdrawal of an accepted application is refused") from None
        finally:
            vars(withdrawing)["_accepting"] = accepting
        if key:
            if replay:
                begun = self.keys[key, "begun"]
            else:
                self.keys[key, "begun"] = begun
            self.keys[key, "w"] = application.id
        self._log_detail(f"of {application.id} -> {answer.id}")
        job = accepted[-1].job_id
        superseded = accepted[-1].is_duplicate and any(
            withdrawal.dead_lettered for withdrawal in self.withdrawals if withdrawal.job == job
        )
        self.withdrawals.append(
            SentWithdrawal(application.id, job, of, begun, self.tick(), superseded=superseded)
        )

    def _group_of(self, application: str) -> frozenset[str]:
        """Return the ids that lead to the same application as this one."""
        leads = {
            one: document.get("duplicate_of", one)
            for one, document in stored(self.parts.database).items()
        }
        of = leads.get(application, application)
        return frozenset(one for one, lead in leads.items() if lead == of) | {application}

    def do_work(self, step: Step) -> None:
        self._work_and_read_mail(lambda: work(self.parts))

    def do_work_some(self, step: Step) -> None:
        """A worker does the first jobs of a claim and returns the others."""

        def some() -> None:
            held = Leases(self.lanes).claim("drain")
            jobs = held.jobs[: 1 + step.which % 3]
            outcomes = self.parts.storing.handle(jobs)
            self._settle(held, [*outcomes, *[Retry("of a test", 0, counts=False)] * 99])

        self._work_and_read_mail(some)

    def do_dead_letter(self, step: Step) -> None:
        """One of the first jobs is dead-lettered; the jobs before it are done."""

        def give_up() -> None:
            held = Leases(self.lanes).claim("drain")
            at = step.more % 3 if step.more > 3 else 0
            done = self.parts.storing.handle(held.jobs[:at])
            if len(held.jobs) > at:
                self._note_dead_letter(held.jobs[at].id)
            self._settle(held, [*done, Dead("of a test"), *[Retry("-", 0, counts=False)] * 99])

        self._work_and_read_mail(give_up)

    def _settle(self, held: Claim, outcomes: list[Any]) -> None:
        if held.lanes:
            settle(self.parts, held, outcomes)

    def do_kill(self, step: Step) -> None:
        """A worker is killed before one of its writes, or before it settles."""
        held = Leases(self.lanes).claim("drain")
        mortal: Any = ApplicationJobHandler(self.parts.database, self.parts.postings)
        mortal._applications = Mortal(self.parts.database["applications"], step.which % 5)
        mortal._withdrawals._applications = mortal._applications
        with suppress(Killed, RuntimeError):
            mortal.handle(held.jobs)
        self._end_leases()

    def do_stall(self, step: Step) -> None:
        """A worker stalls past its lease, then continues with its claim."""
        held = Leases(self.lanes).claim("sleeper")
        self._end_leases()
        for other in step.meanwhile:
            self.do(other)
        with suppress(RuntimeError):
            self._work_and_read_mail(
                lambda: self._settle(held, self.parts.storing.handle(held.jobs))
            )

    def _end_leases(self) -> None:
        leases = self.lanes.keys.leases("applications")
        for lane in self.redis.zrange(leases, 0, -1):
            self.redis.zadd(leases, {lane: 1})
        self.redis.delete("{hl0}:crashes:applications")

    def _work_and_read_mail(self, worked: Any) -> None:
        """Run a worker, and count the confirmations that it queued."""
        before = stored(self.parts.database)
        worked()
        for one in mailed(self.parts):
            self.mails[one] += 1
            if "withdrawn_at" in before.get(one, {}):
                raise BrokenPromise("a withdrawn application is confirmed")

    def do_redrive(self, step: Step) -> None:
        ids = [one.id for one in self.dead.newest()]
        if ids:
            self._log_detail(f": {ids[step.which % len(ids)]}")
            self.dead.redrive([ids[step.which % len(ids)]])

    def do_redrive_all(self, step: Step) -> None:
        self.dead.redrive_all()

    def do_discard(self, step: Step) -> None:
        ids = [one.id for one in self.dead.newest()]
        if ids:
            one = ids[step.which % len(ids)]
            self._log_detail(f": {one}")
            self.dead.discard([one])
            self._note_loss([one])

    def do_forget(self, step: Step) -> None:
        """Thirty days pass: deduplication keys, idempotency keys and results expire."""
        self._forget("once:applications:*", "key:*")
        self._forget_results()
        self.forgotten_at.append(self.tick())

    def do_forget_results(self, step: Step) -> None:
        """A day passes: idempotency keys and results expire."""
        self._forget("key:*")
        self._forget_results()

    def _forget(self, *patterns: str) -> None:
        for pattern in patterns:
            for key in self.redis.scan_iter("{hl0}:" + pattern):
                self.redis.delete(key)
        self.keys.clear()

    def _forget_results(self) -> None:
        lane = self.lanes.lane_name(self.candidate)
        for job in self.redis.zrange("{hl0}:finished:" + lane, 0, -1):
            self.redis.delete(self.lanes.keys.job(job.decode()))
        self.redis.delete("{hl0}:finished:" + lane)

    def do_flush(self, step: Step) -> None:
        """The queue loses all data, also the waiting jobs."""
        standing = self.lanes.contents(self.candidate)
        self._note_loss([*standing.waiting, *standing.dead])
        self.redis.flushall()
        self.keys.clear()
        self.forgotten_at.append(self.tick())

    def do_flush_idle(self, step: Step) -> None:
        """The queue loses all data while no job waits and no job is dead-lettered."""
        standing = self.lanes.contents(self.candidate)
        if not standing.waiting and not standing.dead:
            self.do_flush(step)

    def do_read(self, step: Step) -> None:
        """The candidate reads the status of each application, and the list."""
        asked = ApplicationsQuery(limit=50)
        page = [one.id for one in self.parts.following.page(self.candidate, asked).applications]
        for application in self.sent.values():
            if application.lost:
                continue
            try:
                progress = self.parts.following.progress(self.candidate, application.id)
            except ApplicationNotFound:
                raise BrokenPromise("an accepted application is not found") from None
            if progress.id not in page and len(page) < 50:
                raise BrokenPromise("an accepted application is not in the list")

    def _note_dead_letter(self, job: str) -> None:
        self._log_detail(f": {job}")
        for withdrawal in self.withdrawals:
            if withdrawal.job == job:
                withdrawal.dead_lettered = True
        if job in self.sent:
            self.sent[job].dead_lettered = True

    def _note_loss(self, jobs: list[str]) -> None:
        for job in jobs:
            if withdrawn_by(job):
                for withdrawal in self.withdrawals:
                    if withdrawal.job == job:
                        withdrawal.lost = True
            elif job in self.sent:
                self.sent[job].lost = True
                self.forgotten_at.append(self.tick())

    def _log_detail(self, text: str) -> None:
        self.log[-1] += f" {text}"

    # The promises.

    def finish_and_check(self, pick: int) -> None:
        """Drain the lanes, redrive what is dead-lettered, and check all promises."""
        shuffler = random.Random(pick)
        for _ in range(20):
            self._end_leases()
            self.do(Step("work"))
            dead = [one.id for one in self.dead.newest()]
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
            for one, document in stored(self.parts.database).items()
            if document["candidate_id"] == self.candidate
        }
        groups: dict[str, list[SentApplication]] = {}
        for application in self.sent.values():
            document = documents.get(application.id)
            if application.lost:
                if document:
                    groups.setdefault(document.get("duplicate_of", application.id), []).append(
                        application
                    )
                continue
            if document is None:
                raise BrokenPromise("an accepted application is not stored")
            groups.setdefault(document.get("duplicate_of", application.id), []).append(application)
            own = "duplicate_of" not in document and "stored_at" in document
            if own and document["cover_letter"] != application.text:
                raise BrokenPromise("another cover letter is stored")
        for of, group in groups.items():
            self._check_group(documents[of], group)
        for posting in self.postings:
            self._check_deduplication(posting, documents, groups)

    def _check_group(self, document: dict[str, Any], group: list[SentApplication]) -> None:
        of = document["_id"]
        ids = {application.id for application in group}
        withdrawals = [withdrawal for withdrawal in self.withdrawals if withdrawal.asked in ids]
        for application in group:
            if application.id != of and not application.lost:
                first, second = sorted((application.sent_at, self.sent[of].sent_at))
                is_excused = any(first < at < second for at in self.forgotten_at)
                # The posting was free again while this job was dead-lettered, and another was sent.
                is_excused = is_excused or (
                    application.dead_lettered and any(at < second for at in self.forgotten_at)
                )
                is_excused = is_excused or any(
                    (withdrawal.dead_lettered or withdrawal.lost) and withdrawal.begun < second
                    for withdrawal in withdrawals
                )
                withdrawn = any(withdrawal.asked == application.id for withdrawal in withdrawals)
                if not is_excused and not withdrawn:
                    raise BrokenPromise(
                        "(a) an application became an alias although the queue knew the first one"
                    )
        last = max(application.sent_at for application in group)
        certain_last = max((one.sent_at for one in group if not one.lost), default=0)
        newest = max(group, key=lambda application: application.sent_at)
        withdrawn_at = max(
            (
                withdrawal.begun
                for withdrawal in withdrawals
                if newest.id in withdrawal.of and not withdrawal.lost and not withdrawal.superseded
            ),
            default=0,
        )
        latest_end = max((withdrawal.ended for withdrawal in withdrawals), default=0)
        if document["active"] and withdrawn_at > last:
            raise BrokenPromise("(c) a withdrawal had no effect")
        if not document["active"] and certain_last > latest_end:
            raise BrokenPromise(
                "(d) withdrawn without a withdrawal, or by one before the last application"
            )
        if document["active"] and self.mails[of] != 1 and not self.sent[of].lost:
            raise BrokenPromise(f"(e) an active application was confirmed {self.mails[of]} times")
        for application in group:
            if application.id != of and self.mails[application.id]:
                raise BrokenPromise("an alias was confirmed")
        if self.mails[of] > 1:
            raise BrokenPromise("confirmed more than once")

    def _check_deduplication(
        self,
        posting: str,
        documents: dict[str, dict[str, Any]],
        groups: dict[str, list[SentApplication]],
    ) -> None:
        standing = [
            one["_id"]
            for one in documents.values()
            if one.get("posting_id") == posting and one["active"]
        ]
        assert len(standing) < 2
        # Read the deduplication key: applying would change it.
        holder = self.redis.hget("{hl0}:once:" + self.lanes.lane_name(self.candidate), posting)
        if holder and not standing:
            raise BrokenPromise("(b) the posting is taken, but no application is active")
        if standing and not holder:
            group = groups.get(standing[0], [])
            last = max((application.sent_at for application in group), default=0)
            ids = {application.id for application in group}
            is_excused = any(application.lost for application in group) or any(
                at > min((application.sent_at for application in group), default=0)
                for at in self.forgotten_at
            )
            is_excused = is_excused or any(
                (withdrawal.dead_lettered or withdrawal.lost)
                for withdrawal in self.withdrawals
                if withdrawal.asked in ids
            )
            if not is_excused and last:
                raise BrokenPromise(
                    "(a) the posting is free although an active application is known to the queue"
                )
        if standing and holder:
            taker = holder.split()[0].decode()
            document = documents.get(taker, {})
            if document.get("duplicate_of", taker) != standing[0]:
                raise BrokenPromise(
                    "(b) the posting is taken by another application than the active one"
                )


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
    """Return random steps."""
    chance = random.Random(seed)
    names = [name for name in WEIGHTS if name not in without]
    weights = [WEIGHTS[name] for name in names]

    def step(depth: int) -> Step:
        [what] = chance.choices(names, weights)
        meanwhile: tuple[Step, ...] = ()
        if depth == 0 and (what == "stall" or (what == "withdraw" and chance.random() < 0.2)):
            meanwhile = tuple(step(1) for _ in range(chance.randrange(1, 4)))
        which = min(chance.randrange(6), chance.randrange(6))
        return Step(what, which, chance.randrange(6), meanwhile)

    return [step(0) for _ in range(length)]


def simulate(parts: Services, steps: list[Step], every: int = 25, pick: int = 0) -> Simulation:
    """Carry out a plan in a new simulation, with a check after every ``every`` steps."""
    parts.redis.flushall()
    for name in ("applications", "accounts", "postings"):
        parts.database[name].delete_many({})
    simulation = Simulation(parts)
    for number, step in enumerate(steps, 1):
        simulation.do(step)
        if number % every == 0:
            simulation.finish_and_check(pick + number)
    simulation.finish_and_check(pick)
    return simulation
