"""Candidates who change their minds, and all that may happen meanwhile: what were they told?

A plan is a list of steps, made by chance or by hand; ``World`` carries them out on real stores and
keeps what the candidate was told. ``World.settle_down`` lets everything be done and looks whether
what is stored is what they were told:

* Each letter that got a 202 with ``repeat: false`` has a document. It is an alias only of an
  application that the queue could not know of: its memory was lost, or its withdrawal given up.
* Of an application and its aliases the last word counts: it stands if a letter was sent last, and
  does not if a withdrawal was. What overlapped may end either way, and so may what an operator
  discarded or what was lost with the queue's memory while it waited.
* The posting can be applied for if none stands, and else the answer is a repeat.
* What stands was confirmed once; an alias, or what was withdrawn before its job was done, never.
"""

# ruff: noqa: S311 - chance plans tests here, it guards nothing

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
from chalicelib.queue import Accepted, Claim, Dead, DeadLetters, Retry, Shards
from chalicelib.recruiting.applications.errors import ApplicationNotFound
from chalicelib.recruiting.applications.job_handler import ApplicationJobHandler
from chalicelib.recruiting.applications.repository import Draft, withdrawn_by
from chalicelib.recruiting.applications.status_service import ApplicationsQuery
from tests.integration.recruiting.candidates import mailed, settle, stored, without_mongodb, work
from tests.integration.recruiting.steps import publish
from tests.integration.recruiting.test_withdrawing import Killed, Mortal


class Step(NamedTuple):
    """What happens, to which of those that there are (counted round), and what meanwhile."""

    what: str
    which: int = 0
    more: int = 0
    meanwhile: tuple[Any, ...] = ()


class Broken(AssertionError):
    """A promise was; ``args[0]`` is which."""


@dataclass
class Letter:
    """An application that got a 202 as a new one."""

    id: str
    posting: str
    text: str
    sent: int
    gone: bool = False
    given_up: bool = False


@dataclass
class Word:
    """A withdrawal that got a 202, and between which moments it was accepted.

    ``moot`` is one asked for while an earlier one, that had been given up, waited once more: that
    one leaves alone what was sent since, and for both (ADR 11).
    """

    asked: str
    job: str
    of: frozenset[str]
    begun: int
    ended: int
    gone: bool = False
    given_up: bool = False
    moot: bool = False


@dataclass
class World:
    """One candidate, two postings."""

    parts: Services
    log: list[str] = field(default_factory=list)
    letters: dict[str, Letter] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)
    forgot: list[int] = field(default_factory=list)
    repeats: list[tuple[int, str]] = field(default_factory=list)
    mails: Counter[str] = field(default_factory=Counter)
    keys: dict[tuple[str, str], Any] = field(default_factory=dict)
    now: int = 0

    def __post_init__(self) -> None:
        self.redis: Any = self.parts.redis
        self.candidate = new_id()
        # Whoever changes their mind so often would be asked to wait.
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
        # Redis tells what came first by the millisecond.
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
        text = key or f"letter {self.now}"
        idempotency = Idempotency(key, f"{posting}-{text}") if key else None
        receipt, _ = self.parts.applying.apply(
            self.candidate, posting, Draft(text), "-", idempotency
        )
        sent = self.tick()
        told = (receipt.id, receipt.repeat)
        self._say(f"-> {receipt.id} repeat={receipt.repeat}")
        if key:
            if (key, posting) in self.keys:
                if self.keys[key, posting] != told:
                    raise Broken("a key was answered otherwise")
                return receipt.repeat
            self.keys[key, posting] = told
        if receipt.repeat:
            if receipt.id not in self.letters:
                raise Broken("a repeat of what they never heard of")
            self.repeats.append((sent, receipt.id))
        elif receipt.id in self.letters:
            raise Broken("two letters got one receipt as new ones")
        else:
            self.letters[receipt.id] = Letter(receipt.id, posting, text, sent)
        return receipt.repeat

    def do_withdraw(self, step: Step) -> None:
        self._withdraw(step)

    def do_withdraw_with_key(self, step: Step) -> None:
        self._withdraw(step, key=f"w{step.more % 2}")

    def do_withdraw_without_mongodb(self, step: Step) -> None:
        with without_mongodb(self.parts) as crippled, suppress(Exception):
            self._withdraw(step, parts=crippled)

    def _withdraw(self, step: Step, key: str = "", parts: Services | None = None) -> None:
        told = [one for one in self.letters.values() if not one.gone]
        if not told:
            return
        letter = told[-1 - step.which % len(told)]
        idempotency = Idempotency(key, letter.id) if key else None
        replay = (key, "w") in self.keys
        if replay and self.keys[key, "w"] != letter.id:
            return
        of = self._same(letter.id)
        begun = self.tick()
        withdrawing = (parts or self.parts).withdrawing
        accepting = withdrawing._accepting

        meanwhile = iter(step.meanwhile)

        class Between:
            """Lets other things happen after all has been looked at."""

            def accept(this, *arguments: Any, **options: Any) -> Any:
                for other in meanwhile:
                    self.do(other)
                time.sleep(0.0015)
                accepted.append(accepting.accept(*arguments, **options))
                return accepted[-1]

        accepted: list[Accepted] = []
        vars(withdrawing)["_accepting"] = Between()
        try:
            answer, _ = withdrawing.withdraw(self.candidate, letter.id, "-", idempotency)
        except ApplicationNotFound:
            if letter.gone:
                return
            raise Broken("a withdrawal of what got a 202 is refused") from None
        finally:
            vars(withdrawing)["_accepting"] = accepting
        if key:
            if replay:
                begun = self.keys[key, "begun"]
            else:
                self.keys[key, "begun"] = begun
            self.keys[key, "w"] = letter.id
        self._say(f"of {letter.id} -> {answer.id}")
        job = accepted[-1].job_id
        moot = accepted[-1].is_other and any(
            word.given_up for word in self.words if word.job == job
        )
        self.words.append(Word(letter.id, job, of, begun, self.tick(), moot=moot))

    def _same(self, letter: str) -> frozenset[str]:
        """The letters that are known to be one application, as the candidate sees them."""
        leads = {
            one: document.get("duplicate_of", one)
            for one, document in stored(self.parts.database).items()
        }
        of = leads.get(letter, letter)
        return frozenset(one for one, lead in leads.items() if lead == of) | {letter}

    def do_work(self, step: Step) -> None:
        self._working(lambda: work(self.parts))

    def do_work_some(self, step: Step) -> None:
        """A worker does the first jobs of a claim, and puts the others back."""

        def some() -> None:
            held = self.lanes.claim("drain")
            jobs = held.jobs[: 1 + step.which % 3]
            outcomes = self.parts.storing(jobs)
            self._settle(held, [*outcomes, *[Retry("of a test", 0, counts=False)] * 99])

        self._working(some)

    def do_give_up(self, step: Step) -> None:
        """One of the first jobs becomes a dead letter; what is before it is done."""

        def give_up() -> None:
            held = self.lanes.claim("drain")
            at = step.more % 3 if step.more > 3 else 0
            done = self.parts.storing(held.jobs[:at])
            if len(held.jobs) > at:
                self._given_up(held.jobs[at].id)
            self._settle(held, [*done, Dead("of a test"), *[Retry("-", 0, counts=False)] * 99])

        self._working(give_up)

    def _settle(self, held: Claim, outcomes: list[Any]) -> None:
        if held.lanes:
            settle(self.parts, held, outcomes)

    def do_kill(self, step: Step) -> None:
        """A worker dies before one of its writes, or before it settles."""
        held = self.lanes.claim("drain")
        mortal: Any = ApplicationJobHandler(self.parts.database, self.parts.postings)
        mortal._applications = Mortal(self.parts.database["applications"], step.which % 5)
        mortal._withdrawals._applications = mortal._applications
        with suppress(Killed, RuntimeError):
            mortal(held.jobs)
        self._end_leases()

    def do_stall(self, step: Step) -> None:
        """A worker sleeps through its lease, and then goes on with what it has."""
        held = self.lanes.claim("sleeper")
        self._end_leases()
        for other in step.meanwhile:
            self.do(other)
        with suppress(RuntimeError):
            self._working(lambda: self._settle(held, self.parts.storing(held.jobs)))

    def _end_leases(self) -> None:
        leases = self.lanes.keys.leases("applications")
        for lane in self.redis.zrange(leases, 0, -1):
            self.redis.zadd(leases, {lane: 1})
        self.redis.delete("{hl0}:crashes:applications")

    def _working(self, worked: Any) -> None:
        """Work, and look at whom it confirms."""
        before = stored(self.parts.database)
        worked()
        for one in mailed(self.parts):
            self.mails[one] += 1
            if "withdrawn_at" in before.get(one, {}):
                raise Broken("what was withdrawn is confirmed")

    def do_redrive(self, step: Step) -> None:
        ids = [one.id for one in self.dead.newest()]
        if ids:
            self._say(f": {ids[step.which % len(ids)]}")
            self.dead.redrive([ids[step.which % len(ids)]])

    def do_redrive_all(self, step: Step) -> None:
        self.dead.redrive_all()

    def do_discard(self, step: Step) -> None:
        ids = [one.id for one in self.dead.newest()]
        if ids:
            one = ids[step.which % len(ids)]
            self._say(f": {one}")
            self.dead.discard([one])
            self._lost([one])

    def do_forget(self, step: Step) -> None:
        """Thirty days: what may be accepted once, keys and results are forgotten."""
        self._forget("once:applications:*", "key:*")
        self._forget_results()
        self.forgot.append(self.tick())

    def do_forget_results(self, step: Step) -> None:
        """A day: keys and results are forgotten."""
        self._forget("key:*")
        self._forget_results()

    def _forget(self, *patterns: str) -> None:
        for pattern in patterns:
            for key in self.redis.scan_iter("{hl0}:" + pattern):
                self.redis.delete(key)
        self.keys.clear()

    def _forget_results(self) -> None:
        lane = self.lanes.lane(self.candidate)
        for job in self.redis.zrange("{hl0}:finished:" + lane, 0, -1):
            self.redis.delete(self.lanes.keys.job(job.decode()))
        self.redis.delete("{hl0}:finished:" + lane)

    def do_flush(self, step: Step) -> None:
        """The queue loses its memory, and what waits in it."""
        standing = self.lanes.standing(self.candidate)
        self._lost([*standing.waiting, *standing.dead])
        self.redis.flushall()
        self.keys.clear()
        self.forgot.append(self.tick())

    def do_flush_idle(self, step: Step) -> None:
        """The queue loses its memory when there is nothing in it."""
        standing = self.lanes.standing(self.candidate)
        if not standing.waiting and not standing.dead:
            self.do_flush(step)

    def do_look(self, step: Step) -> None:
        """They look at all they were told of."""
        asked = ApplicationsQuery(limit=50)
        page = [one.id for one in self.parts.following.page(self.candidate, asked).applications]
        for letter in self.letters.values():
            if letter.gone:
                continue
            try:
                progress = self.parts.following.progress(self.candidate, letter.id)
            except ApplicationNotFound:
                raise Broken("what got a 202 is not found") from None
            if progress.id not in page and len(page) < 50:
                raise Broken("what got a 202 is not in the list")

    def _given_up(self, job: str) -> None:
        self._say(f": {job}")
        for word in self.words:
            if word.job == job:
                word.given_up = True
        if job in self.letters:
            self.letters[job].given_up = True

    def _lost(self, jobs: list[str]) -> None:
        for job in jobs:
            if withdrawn_by(job):
                for word in self.words:
                    if word.job == job:
                        word.gone = True
            elif job in self.letters:
                self.letters[job].gone = True
                self.forgot.append(self.tick())

    def _say(self, text: str) -> None:
        self.log[-1] += f" {text}"

    # What must be.

    def settle_down(self, pick: int) -> None:
        """Let all be done, and look at it."""
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
        self.do(Step("look"))
        documents = {
            one: document
            for one, document in stored(self.parts.database).items()
            if document["candidate_id"] == self.candidate
        }
        groups: dict[str, list[Letter]] = {}
        for letter in self.letters.values():
            document = documents.get(letter.id)
            if letter.gone:
                if document:
                    groups.setdefault(document.get("duplicate_of", letter.id), []).append(letter)
                continue
            if document is None:
                raise Broken("what got a 202 is not stored")
            groups.setdefault(document.get("duplicate_of", letter.id), []).append(letter)
            own = "duplicate_of" not in document and "stored_at" in document
            if own and document["cover_letter"] != letter.text:
                raise Broken("another letter is stored")
        for of, letters in groups.items():
            self._check(documents[of], letters)
        for posting in self.postings:
            self._probe(posting, documents, groups)

    def _check(self, document: dict[str, Any], letters: list[Letter]) -> None:
        of = document["_id"]
        ids = {letter.id for letter in letters}
        words = [word for word in self.words if word.asked in ids]
        for letter in letters:
            if letter.id != of and not letter.gone:
                first, second = sorted((letter.sent, self.letters[of].sent))
                excused = any(first < at < second for at in self.forgot)
                # It was free again while this one was a dead letter, and another was sent.
                excused = excused or (letter.given_up and any(at < second for at in self.forgot))
                excused = excused or any(
                    (word.given_up or word.gone) and word.begun < second for word in words
                )
                withdrawn = any(word.asked == letter.id for word in words)
                if not excused and not withdrawn:
                    raise Broken("(a) a letter is thrown away though the queue knew of the first")
        last = max(letter.sent for letter in letters)
        certain_last = max((one.sent for one in letters if not one.gone), default=0)
        newest = max(letters, key=lambda letter: letter.sent)
        said = max(
            (
                word.begun
                for word in words
                if newest.id in word.of and not word.gone and not word.moot
            ),
            default=0,
        )
        possibly = max((word.ended for word in words), default=0)
        if document["active"] and said > last:
            raise Broken("(c) a withdrawal had no effect")
        if not document["active"] and certain_last > possibly:
            raise Broken("(d) withdrawn without, or before the last letter")
        if document["active"] and self.mails[of] != 1 and not self.letters[of].gone:
            raise Broken(f"(e) what stands was confirmed {self.mails[of]} times")
        for letter in letters:
            if letter.id != of and self.mails[letter.id]:
                raise Broken("an alias was confirmed")
        if self.mails[of] > 1:
            raise Broken("confirmed more than once")

    def _probe(
        self,
        posting: str,
        documents: dict[str, dict[str, Any]],
        groups: dict[str, list[Letter]],
    ) -> None:
        standing = [
            one["_id"]
            for one in documents.values()
            if one.get("posting_id") == posting and one["active"]
        ]
        assert len(standing) < 2
        # Without leaving a trace where it would be taken.
        holder = self.redis.hget("{hl0}:once:" + self.lanes.lane(self.candidate), posting)
        if holder and not standing:
            raise Broken("(b) the posting is taken, and nothing stands")
        if standing and not holder:
            letters = groups.get(standing[0], [])
            last = max((letter.sent for letter in letters), default=0)
            ids = {letter.id for letter in letters}
            excused = any(letter.gone for letter in letters) or any(
                at > min((letter.sent for letter in letters), default=0) for at in self.forgot
            )
            excused = excused or any(
                (word.given_up or word.gone) for word in self.words if word.asked in ids
            )
            if not excused and last:
                raise Broken("(a) the posting is free though one stands that the queue knew of")
        if standing and holder:
            taker = holder.split()[0].decode()
            document = documents.get(taker, {})
            if document.get("duplicate_of", taker) != standing[0]:
                raise Broken("(b) the posting is taken by another than the one that stands")


WEIGHTS = {
    "apply": 22,
    "apply_with_key": 4,
    "withdraw": 22,
    "withdraw_with_key": 3,
    "withdraw_without_mongodb": 1,
    "work": 10,
    "work_some": 8,
    "give_up": 16,
    "kill": 5,
    "stall": 4,
    "redrive": 9,
    "redrive_all": 2,
    "discard": 3,
    "forget": 3,
    "forget_results": 2,
    "flush": 1,
    "flush_idle": 3,
    "look": 2,
}


def plan(seed: int, length: int, without: tuple[str, ...] = ()) -> list[Step]:
    """Steps by chance."""
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


def carry_out(parts: Services, steps: list[Step], every: int = 25, pick: int = 0) -> World:
    """Carry out a plan in a new world."""
    parts.redis.flushall()
    for name in ("applications", "accounts", "postings"):
        parts.database[name].delete_many({})
    world = World(parts)
    for number, step in enumerate(steps, 1):
        world.do(step)
        if number % every == 0:
            world.settle_down(pick + number)
    world.settle_down(pick)
    return world
