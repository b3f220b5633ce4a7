"""The equation of a posting: exact while people, operators and dying processes work."""

# ruff: noqa: S311 - the random numbers protect nothing

from __future__ import annotations

import os
import random
from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest
from redis import Redis

from chalicelib.bootstrap.container import Container
from chalicelib.common import times
from chalicelib.common.ids import new_id
from chalicelib.queue.admin import DeadLetters, Logs
from chalicelib.queue.worker import Dead, Leases
from chalicelib.recruiting.applications.errors import ApplicationNotFound
from chalicelib.recruiting.applications.models import ApplicationDraft
from chalicelib.recruiting.applications.removed_applications import RemovedApplicationRepository
from chalicelib.recruiting.equation import accepted_log, log_mover
from chalicelib.recruiting.equation import checker as checker_module
from chalicelib.recruiting.equation.accepted_log import AcceptedLogRepository
from chalicelib.recruiting.equation.log_mover import LogMover
from chalicelib.recruiting.equation.terms import Term
from chalicelib.recruiting.proofs.tree_repository import TreeRepository
from chalicelib.recruiting.review.models import Equation
from infrastructure.cli import main as command_line
from tests.integration.recruiting.candidates import (
    claim,
    copy_with,
    dead_letter,
    drain_applications,
    settle,
)
from tests.integration.recruiting.equations import make_checker
from tests.integration.recruiting.killer import Killed, killer_database
from tests.integration.recruiting.steps import publish
from tests.support.job_handler import make_job_handler
from tests.support.lanes import RecordingWaker
from tests.support.stores import Stores

STEPS = int(os.environ.get("HIRELANE_EQUATION_STEPS", "150"))


@pytest.fixture(autouse=True)
def small_chunks(parts: Container, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make logs of several chunks, wake no drain, and begin the logs."""
    for module in (accepted_log, log_mover):
        monkeypatch.setattr(module, "CHUNK", 4)
    parts.override(waker=RecordingWaker())
    parts.equation.checker.begin()


def apply(parts: Container, candidate: str, posting: str) -> tuple[str, bool]:
    receipt, is_new = parts.recruiting.apply_service.apply(
        candidate, posting, ApplicationDraft("Hello"), "-"
    )
    return receipt.id, is_new


class World:
    """Random work on two postings, and what became of each accepted application."""

    def __init__(self, parts: Container, seed: int) -> None:
        self.parts = parts
        self.random = random.Random(seed)
        self.postings = [publish(parts), publish(parts)]
        self.candidates: list[str] = []
        self.accepted: dict[str, tuple[str, str]] = {}
        self.gone: dict[str, Term] = {}
        self.erasing: set[str] = set()
        for _ in range(3):
            self.add_candidate()

    def add_candidate(self) -> None:
        candidate = new_id()
        self.parts.database["accounts"].insert_one(
            {"_id": candidate, "name": "Ada", "email": f"{candidate}@example.com"}
        )
        self.candidates.append(candidate)

    def do(self) -> None:
        steps = (
            *[self.apply] * 6,
            *[self.withdraw] * 2,
            *[self.work] * 2,
            *[self.dead_letter] * 3,
            *(self.forget, self.kill_worker, self.redrive, self.discard, self.discard),
            *(self.erase, self.delete_account, self.move, self.kill_mover, self.kill_mover),
            *[self.erase_application] * 2,
        )
        self.random.choice(steps)()

    def apply(self) -> None:
        candidate, posting = self.random.choice(self.candidates), self.random.choice(self.postings)
        application, is_new = apply(self.parts, candidate, posting)
        if is_new:
            self.accepted[application] = (candidate, posting)

    def forget(self) -> None:
        """Forget the deduplication keys, so that the next application is an alias."""
        for key in self.parts.redis.scan_iter("*:once:*"):
            self.parts.redis.delete(key)

    def withdraw(self) -> None:
        rest = [one for one in self.accepted if one not in self.gone]
        if rest:
            application = self.random.choice(rest)
            candidate, _ = self.accepted[application]
            # It may have been erased with the application that it repeats.
            with suppress(ApplicationNotFound):
                self.parts.recruiting.withdrawal_service.withdraw(candidate, application, "-")

    def erase_application(self) -> None:
        rest = [one for one in self.accepted if one not in self.gone]
        if rest:
            application = self.random.choice(rest)
            candidate, _ = self.accepted[application]
            with suppress(ApplicationNotFound):
                self.parts.erasure.service.request(candidate, application, "-")
                self.erasing.add(candidate)

    def work(self) -> None:
        drain_applications(self.parts)

    def kill_worker(self) -> None:
        lanes = self.parts.recruiting.lanes[0]
        held = Leases(lanes).claim("killed")
        with suppress(Killed, RuntimeError):
            database = killer_database(self.parts.database, self.random.randrange(3))
            make_job_handler(database).handle(held.jobs)
        if held.lanes:
            expired = {lane.name: 1 for lane in held.lanes}
            self.parts.redis.zadd(lanes.keys.leases(lanes.kind), expired)

    def dead_letter(self) -> None:
        dead_letter(self.parts, *self.accepted)

    def redrive(self) -> None:
        DeadLetters(self.parts.recruiting.lanes[0]).redrive_all()

    def discard(self) -> None:
        letters = DeadLetters(self.parts.recruiting.lanes[0])
        if found := letters.newest():
            one = self.random.choice(found).id
            letters.discard([one])
            # A dead letter may be stored: its worker died, or it was withdrawn.
            is_stored = self.parts.database["applications"].find_one({"_id": one})
            if one in self.accepted and not is_stored:
                self.gone[one] = Term.DISCARDED

    def erase(self) -> None:
        candidate = self.next_to_go()
        if self.random.random() < 0.5:
            with suppress(Killed):
                database = killer_database(self.parts.database, self.random.randrange(3))
                killed = copy_with(self.parts, database=database)
                killed.privacy.candidate_data.remove(candidate)
        self.parts.database["accounts"].delete_one({"_id": candidate})
        self.parts.privacy.candidate_data.remove(candidate)

    def delete_account(self) -> None:
        """Delete an account whose applications a worker finds in the lane, before the sweep."""
        candidate = self.next_to_go()
        self.parts.database["accounts"].delete_one({"_id": candidate})
        drain_applications(self.parts)
        self.parts.privacy.candidate_data.remove(candidate)

    def next_to_go(self) -> str:
        """Return the oldest candidate, whose applications are to be erased."""
        candidate = self.candidates.pop(0)
        self.add_candidate()
        for one, (owner, _) in self.accepted.items():
            if owner == candidate:
                self.gone.setdefault(one, Term.ERASED)
        return candidate

    def move(self) -> None:
        self.parts.equation.log_mover.move(5)

    def kill_mover(self) -> None:
        """Kill a mover before one of its writes, or before it trims."""
        made = self.parts.equation
        database = killer_database(self.parts.database, self.random.randrange(4))
        mover = LogMover(
            self.parts.recruiting.lanes,
            AcceptedLogRepository(database),
            RemovedApplicationRepository(database),
            self.parts.recruiting.applications,
            made.equations,
            TreeRepository(database),
        )
        with suppress(Killed), pytest.MonkeyPatch.context() as patch:
            if self.random.random() < 0.5:
                patch.setattr(Logs, "trim", lambda *arguments: None)
            mover.move(0)

    def expected(self, posting: str) -> Counter[str]:
        """Return the terms of a posting: from the documents, the queue, and what was done."""
        terms: Counter[str] = Counter()
        lanes = self.parts.recruiting.lanes[0]
        for one, (candidate, of_posting) in self.accepted.items():
            if of_posting != posting:
                continue
            document = self.parts.database["applications"].find_one({"_id": one})
            state = lanes.find_many([one])[0]
            if document and "duplicate_of" in document:
                terms["repeated"] += 1
            elif document:
                terms["withdrawn" if "withdrawn_at" in document else "pipeline"] += 1
            elif one in self.gone or self.parts.equation.removed.find([one]):
                # A withdrawal that waited stores one whose dead letter was discarded meanwhile, and
                # it is erased later. Then either is right. Others were erased alone.
                removed = self.parts.equation.removed.find([one])[one]
                assert removed == "erased" or removed == self.gone[one].value
                assert one in self.gone or candidate in self.erasing
                terms[removed.value] += 1
            else:
                assert state
                assert not state.done
                terms["dead_lettered" if state.dead else "waiting"] += 1
        return terms


def numbers(equation: Equation) -> Counter[str]:
    return Counter({term.value: getattr(equation, term.value) for term in Term})


def run(parts: Container, *, changed: bool) -> list[Equation]:
    """Check all postings: with changes by numbers first, others by id."""
    fields = {"changed": changed, "due_at": times.now(), "rests_until": times.now()}
    parts.database["equations"].update_many({}, {"$set": fields})
    return make_checker(parts).run()


@pytest.mark.parametrize("seed", range(2))
def test_equation_is_exact_whatever_happens(parts: Container, seed: int) -> None:
    world = World(parts, seed)
    for step in range(STEPS):
        world.do()
        if step % 10 == 0:
            assert run(parts, changed=step % 20 == 0) == []
    for changed in (True, False):
        assert run(parts, changed=changed) == []
        for posting in world.postings:
            equation = parts.equation.equations.find(posting)
            assert equation
            assert equation.balanced
            assert +numbers(equation) == world.expected(posting)
            ids = [one for one, (_, of) in world.accepted.items() if of == posting]
            assert equation.accepted == numbers(equation).total() == len(ids)
            logged = [
                one for _, chunk in parts.equation.accepted_log.read(posting) for one in chunk
            ]
            assert logged == ids
        world.work()


def stored(parts: Container, count: int) -> tuple[str, list[str]]:
    """Store applications of as many candidates. Return the posting, and their ids."""
    world = World(parts, 0)
    for _ in range(count):
        world.add_candidate()
    posting = world.postings[0]
    ids = [apply(parts, one, posting)[0] for one in world.candidates[-count:]]
    drain_applications(parts)
    assert run(parts, changed=True) == []
    return posting, ids


def test_command_names_what_is_missing(
    parts: Container,
    stores: Stores,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    posting, ids = stored(parts, 2)
    monkeypatch.setenv("REDIS_URL", stores.redis_url)
    monkeypatch.setenv("MONGODB_URI", stores.mongodb_uri)
    monkeypatch.setattr(checker_module, "GRACE_SECONDS", 0)
    assert command_line.main(["equation", posting]) == 0
    assert "       2 pipeline" in capsys.readouterr().out
    parts.database["applications"].delete_one({"_id": ids[0]})
    assert command_line.main(["equation", posting]) == 1
    assert ids[0] in capsys.readouterr().out
    assert command_line.main(["equation", "../x"]) == 1
    # The operator has dealt with it.
    assert command_line.main(["equation", posting, "--acknowledge"]) == 0
    assert "       1 discarded" in capsys.readouterr().out


@pytest.mark.parametrize("changed", [True, False])
def test_deleted_and_unaccepted_documents_are_named(parts: Container, changed: bool) -> None:
    posting, ids = stored(parts, 6)
    applications = parts.database["applications"]
    deleted = applications.find_one_and_delete({"_id": ids[2]})
    assert deleted
    [equation] = run(parts, changed=changed)
    assert (equation.accepted, equation.pipeline) == (6, 5)
    assert (equation.missing, equation.missing_ids) == (1, [ids[2]])
    unexpected = new_id()
    applications.insert_one({**deleted, "_id": unexpected})
    # The numbers are right again, so only the ids show it.
    [equation] = run(parts, changed=False)
    assert equation.missing_ids == [ids[2]]
    assert equation.unexpected_ids == [unexpected]
    assert not equation.balanced
    acknowledged = make_checker(parts).acknowledge(posting)
    assert (acknowledged.accepted, acknowledged.earlier, acknowledged.discarded) == (7, 1, 1)
    # The document was restored after all.
    applications.delete_one({"candidate_id": deleted["candidate_id"], "active": True})
    applications.insert_one(deleted)
    equation = make_checker(parts).check(posting)
    assert equation.missing_ids == [unexpected]
    applications.insert_one({**deleted, "_id": unexpected, "active": False})
    assert run(parts, changed=changed) == []
    found = parts.equation.equations.find(posting)
    assert found
    assert found.balanced


def test_applications_that_redis_forgot_are_named(parts: Container, redis: Redis) -> None:
    posting, ids = stored(parts, 5)
    world = World(parts, 0)
    lost = apply(parts, world.candidates[0], posting)[0]
    parts.equation.log_mover.move(5)
    redis.flushall()
    parts.recruiting.postings.reopen(posting)
    # The log continues behind what MongoDB has.
    after = apply(parts, world.candidates[1], posting)[0]
    [equation] = run(parts, changed=True)
    assert equation.missing_ids == [lost]
    assert (equation.accepted, equation.pipeline, equation.waiting) == (7, 5, 1)
    run(parts, changed=True)
    logged = [one for _, chunk in parts.equation.accepted_log.read(posting) for one in chunk]
    assert logged == [*ids, lost, after]


def test_applications_of_earlier_versions_are_counted(parts: Container, redis: Redis) -> None:
    posting, _ = stored(parts, 3)
    for name in ("accepted_log", "equations"):
        parts.database[name].delete_many({})
    waiting = apply(parts, World(parts, 0).candidates[0], posting)[0]
    redis.delete("{hl0}:logs", f"{{hl0}}:log:accepted:{posting}")
    parts.equation.checker.begin()
    # Requests that the earlier version accepts during the deployment count as earlier.
    assert make_checker(parts).run() == []
    assert parts.equation.equations.find(posting) is None
    soon = times.now() + timedelta(minutes=2)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chalicelib.common.times.now", lambda: soon)
        assert make_checker(parts).run() == []
        drain_applications(parts)
        assert run(parts, changed=True) == []
        equation = parts.equation.equations.find(posting)
        assert equation
        assert (equation.accepted, equation.earlier, equation.pipeline) == (4, 4, 4)
        parts.database["applications"].delete_one({"_id": waiting})
        [equation] = run(parts, changed=True)
        assert equation.missing_ids == [waiting]


def test_dead_letters_are_discarded_before_they_expire(parts: Container, redis: Redis) -> None:
    posting, _ = stored(parts, 1)
    apply(parts, World(parts, 0).candidates[0], posting)
    held = claim(parts)
    settle(parts, held, [Dead("by the test") for _ in held.jobs])
    lanes = parts.recruiting.lanes[0]
    assert DeadLetters(lanes).discard_expiring() == 0
    [letter] = DeadLetters(lanes).newest()
    year_ago = (times.now() - timedelta(days=362)).timestamp() * 1000
    redis.zadd(lanes.keys.dead("applications"), {letter.id: year_ago})
    assert DeadLetters(lanes).discard_expiring() == 1
    assert run(parts, changed=True) == []
    equation = parts.equation.equations.find(posting)
    assert equation
    assert (equation.accepted, equation.discarded) == (2, 1)
