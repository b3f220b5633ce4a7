"""The steps of the lane model: each is taken on a real Valkey and on ``model.Model``.

Hypothesis chooses the steps: workers that claim, settle, settle again, come too late or die; owners
who repeat requests; operators who pause, resume and erase; a clock that jumps; RQ's own tools in
between. After each step all keys are read, compared with the model, and checked against the
invariants (``model.violations``). At the end of each example all workers die, everything is
resumed, and the jobs that are left must be served.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial, wraps
from typing import Any, ClassVar

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from msgspec.structs import replace
from redis import Redis
from rq import Queue
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer

from chalicelib.queue import (
    AcceptedJob,
    AcceptRequest,
    DeduplicationRelease,
    GateClosed,
    Gates,
    GateState,
    GroupRate,
    GroupRateExceeded,
    IdempotencyKeyConflict,
    IntakePaused,
    JobNotAccepted,
    LaneFull,
    Lanes,
    Limits,
    NewJob,
    Rate,
    RateLimitExceeded,
    Shards,
    UnknownGate,
    Wake,
)
from chalicelib.queue.admin import DeadLetters, JobEraser, Pauses, Reconciler, replace_drain
from chalicelib.queue.admin.pauses import What
from chalicelib.queue.rq.keys import DEFAULT_PREFIX
from chalicelib.queue.worker import Claim, Dead, Done, FollowUp, Leases, Outcome, Retry
from chalicelib.queue.worker.attempts import retry_or_dead
from tests.integration.queue.lane_model.clock import Clock
from tests.integration.queue.lane_model.model import (
    FOLLOWED_BY,
    KINDS,
    LANES,
    OWNERS,
    Answer,
    JobSnapshot,
    KindSnapshot,
    LaneSnapshot,
    Model,
    Snapshot,
    comparable,
    kind_of,
    rq_time,
    violations,
)

WORKERS = 4
# How many settled claims are kept, to settle them again.
OLD_CLAIMS = 4

LIMITS = Limits(
    max_lane_length=6,
    reserve=1,
    jobs_per_lane=2,
    lease=15.0,
    max_attempts=3,
    max_delay=90.0,
    max_drains=3,
    lanes_per_drain=2,
    start_timeout=5.0,
    idle_timeout=20.0,
)
JUMPS = (61_000, 300_000, -1, -3_000, -61_000, -300_000)
RATES = (Rate(2, 10), Rate(4, 60))
GROUP_RATE = GroupRate("employer", Rate(2, 45))
GATES = {"gate": "posting", "other gate": "other posting", "wall": "no such gate"}
STARTED_MS = 1_795_000_000_000

# Mostly plain requests; rare ones are more frequent than in production.
REQUESTS = st.tuples(
    st.integers(0, len(OWNERS) - 1),
    st.one_of(st.none(), st.none(), st.none(), st.integers(0, 20)),
    st.sampled_from((None, None, None, "posting-1", "posting-2")),
    st.sampled_from((None, None, None, "key-1", "key-2")),
    st.sampled_from(
        (
            *("plain", "plain", "plain", "gate", "other gate", "wall", "other"),
            *("frees", "frees not", "reserve", "replaces", "replaces not"),
            *("gate reserve", "gate unlogged", "gate replaces"),
        )
    ),
)

VERDICTS = st.sampled_from(
    (
        *("done", "result", "mail", "next", "both", "frees", "frees result"),
        *("dead", "dead", "retry", "retry now", "retry now", "retry soon", "retry free", "none"),
    )
)

# Reads all keys of a shard in one round trip. cjson writes an empty table as {}, which the reader
# treats as an empty list.
READ_KEYS = """
local prefix = KEYS[1]
local queues, kinds, lanes, jobs, results, logs, strange = {}, {}, {}, {}, {}, {}, {}
local function read(command, key, ...) return redis.call(command, prefix .. ':' .. key, ...) end
for kind in string.gmatch(ARGV[1], '%S+') do
  kinds[#kinds + 1] = {read('ZRANGE', 'ring:' .. kind, 0, -1),
    read('ZRANGE', 'leases:' .. kind, 0, -1, 'WITHSCORES'),
    read('ZRANGE', 'delayed:' .. kind, 0, -1, 'WITHSCORES'),
    read('HGETALL', 'fences:' .. kind),
    read('ZRANGE', 'dead:' .. kind, 0, -1, 'WITHSCORES'),
    read('HGETALL', 'crashes:' .. kind),
    read('ZRANGE', 'drains:' .. kind, 0, -1, 'WITHSCORES')}
end
for lane in string.gmatch(ARGV[2], '%S+') do
  lanes[#lanes + 1] = {read('LRANGE', 'queue:' .. lane, 0, -1),
    read('ZRANGE', 'finished:' .. lane, 0, -1), read('ZRANGE', 'failed:' .. lane, 0, -1),
    read('HKEYS', 'once:' .. lane)}
end
local known = {turns = 1, clock = 1, gates = 1, gate_fences = 1, gate_rates = 1, groups = 1,
  queues = 1, once = 1, key = 1, keys = 1, limit = 1,
  pace = 1,
  ring = 1, leases = 1, delayed = 1, fences = 1, drains = 1, dead = 1, crashes = 1, queue = 1,
  finished = 1, failed = 1, logs = 1, shard = 1}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local family, of = string.match(string.sub(key, #prefix + 2), '^([^:]*):?(.*)$')
  if family == 'job' then
    local job = redis.call('HMGET', key, 'status', 'origin', 'attempts')
    jobs[#jobs + 1] = {of, job[1], job[2], job[3], redis.call('TTL', key)}
  elseif family == 'results' then
    results[#results + 1] = of
    results[#results + 1] = redis.call('XLEN', key)
  elseif family == 'log' and read('SISMEMBER', 'logs', of) == 1 then
    logs[#logs + 1] = {of, redis.call('LRANGE', key, 0, -1)}
  elseif not known[family] then
    strange[#strange + 1] = key
  end
end
return cjson.encode({read('SMEMBERS', 'queues'), kinds, lanes, jobs, results, logs,
  read('HGETALL', 'shard'), strange})
"""


def pairs(flat: Sequence[Any]) -> dict[str, int]:
    return {name: int(number) for name, number in zip(flat[::2], flat[1::2], strict=True)}


def microseconds(flat: Sequence[Any]) -> dict[str, int]:
    """Convert times in ms, which are texts with a fraction."""
    return {name: round(float(ms) * 1000) for name, ms in zip(flat[::2], flat[1::2], strict=True)}


class Held:
    """A claim of a worker. It may be settled, or its lease may have expired."""

    def __init__(self, kind: str, worker: int, claim: Claim) -> None:
        self.kind = kind
        self.worker = worker
        self.claim = claim
        self.settled = False


class CountingLanes(Lanes):
    """Lanes with the same drain ids in each run, which remember the last one."""

    drain_ids: Iterator[int]
    last_drain_id = ""

    def new_drain(self) -> Wake:
        self.last_drain_id = f"drain-{next(self.drain_ids)}"
        return Wake(self.kind, self.shard, self.last_drain_id)


def step(**strategies: st.SearchStrategy[Any]) -> Callable[[Any], Any]:
    """Make a method a rule of hypothesis whose body ``Protocol.attempt`` calls."""

    def decorate(take: Any) -> Any:
        @wraps(take)
        def attempt(self: Protocol, *arguments: Any, **drawn: Any) -> None:
            self.attempt(partial(take, self, *arguments, **drawn))

        declare: Any = rule
        return declare(**strategies)(attempt)

    return decorate


class Protocol(RuleBasedStateMachine):
    """Runs each step on the protocol and on the model, and compares them."""

    redis: ClassVar[Redis]
    steps: ClassVar[int] = 0

    def __init__(self) -> None:
        super().__init__()
        self.empty_store()
        self.clock = Clock(self.redis, STARTED_MS)
        self.model = Model(LIMITS, STARTED_MS)
        self.drain_ids = itertools.count(1)
        self.job_ids = itertools.count(1)
        self.workers = [f"worker-{n}" for n in range(WORKERS)]
        self.held: list[Held] = []
        self.newest_token: dict[str, int] = {}
        self.greatest_token = 0
        self.accepted_at: dict[str, list[int]] = {lane: [] for lane in LANES}
        self.first_answers: dict[tuple[str, str], AcceptedJob] = {}
        self.deleted: set[str] = set()
        self.expected_wakes: list[tuple[str, set[str], dict[str, Wake]]] = []
        self.expected_drains: dict[tuple[str, str], bool] = {}
        self.checks = 0
        self.lanes: dict[str, CountingLanes] = {}

    @initialize(
        batch=st.sampled_from((4, 6)),
        owners=st.lists(st.integers(0, len(OWNERS) - 1), max_size=16),
        rated=st.booleans(),
        closes_in_ms=st.sampled_from((0, 5_000)),
        group_limited=st.booleans(),
    )
    def open_gate_and_accept(
        self, batch: int, owners: list[int], rated: bool, closes_in_ms: int, group_limited: bool
    ) -> None:
        self.model.limits = limits = replace(LIMITS, batch_size=batch, rates=RATES if rated else ())
        for kind in KINDS:
            self.lanes[kind] = CountingLanes(
                self.redis,
                kind,
                limits=limits,
                prefix=DEFAULT_PREFIX,
                followed_by=FOLLOWED_BY[kind],
            )
            self.lanes[kind].drain_ids = self.drain_ids
        closes_ms = closes_in_ms and STARTED_MS + closes_in_ms
        self.model.group_rate = GROUP_RATE.rate if group_limited else None
        state = GateState(
            at(closes_ms) if closes_ms else None, rate=GROUP_RATE if group_limited else None
        )
        gates = Gates(Shards(self.redis, KINDS[0], prefix=DEFAULT_PREFIX))
        for gate in ("posting", "other posting"):
            gates.follow(gate, state, 2)
            self.model.gates[gate] = closes_ms
        # Start with some jobs, because many mistakes show only when many lanes wait.
        plain = [self.request(owner, None, None, None, "plain") for owner in owners]
        self.accept_all(KINDS[0], plain)

    # A subclass may have other stores, in which a step can fail.

    def empty_store(self) -> None:
        self.redis.flushdb()

    def read_store(self) -> bytes:
        return read_keys(self.redis)

    @property
    def plain_redis(self) -> Redis:
        """A client for RQ's tools."""
        return self.redis

    def attempt(self, take: Callable[[], None]) -> None:
        """Take a step."""
        take()

    # Accept

    @step(request=REQUESTS, kind=st.sampled_from((KINDS[0], *KINDS)))
    def accept(self, request: tuple[Any, ...], kind: str) -> None:
        self.accept_all(kind, [self.request(*request)])

    @step(requests=st.lists(REQUESTS, max_size=6))
    def accept_many(self, requests: list[tuple[Any, ...]]) -> None:
        self.accept_all(KINDS[0], [self.request(*request) for request in requests])

    def request(
        self, owner: int, again: int | None, once: str | None, key: str | None, shape: str
    ) -> AcceptRequest:
        """Return a request for a new job, or for a known one."""
        job_id = f"job-{next(self.job_ids)}"
        if again is not None:
            # Not for a job that RQ deleted: the protocol does not know it any more.
            known = [job.id for job in self.model.jobs.values() if job.whole]
            job_id = known[again % len(known)] if known else job_id
        replaces = b""
        if "replaces" in shape:
            owner, job_id, replaces = self.replacement(owner, again or 0, shape)
        return AcceptRequest(
            OWNERS[owner],
            NewJob(job_id, "tests.support.jobs.remember", {"job": job_id}, "a model's job"),
            gate=GATES.get(shape) or (GATES["gate"] if shape.startswith("gate ") else None),
            is_logged=shape != "gate unlogged",
            deduplication_key=once,
            idempotency_key=key,
            fingerprint="other" if shape == "other" else "-",
            releases=self.release_for(OWNERS[owner], shape)
            if shape.startswith(("frees", "replaces"))
            else None,
            replaces=replaces,
            uses_reserve=shape.endswith("reserve"),
        )

    def replacement(self, owner: int, which: int, shape: str) -> tuple[int, str, bytes]:
        """Return a job to replace, mostly a done or dead one: its owner, id and created_at."""
        known = [job for job in self.model.jobs.values() if job.whole and job.created_ms]
        over = [job for job in known if job.state != "queued"]
        jobs = (over if which % 5 else known) or known
        if not jobs:
            return owner, f"job-{next(self.job_ids)}", b""
        job = jobs[which % len(jobs)]
        at = rq_time((job.created_ms or 0) - (shape == "replaces not"))
        return OWNERS.index(job.lane.partition(":")[2]), job.id, at

    def release_for(self, owner: str, shape: str) -> DeduplicationRelease:
        """Return a release of a key of the owner, by the job that holds it or only by others."""
        once = [
            (text, entry[0])
            for (lane, text), entry in self.model.deduplication_keys.items()
            if lane == f"{KINDS[0]}:{owner}"
        ]
        text, job_id = once[-1] if once else ("posting-1", "nobody")
        others = [other for other in list(self.model.jobs)[:3] if other != job_id]
        return DeduplicationRelease(text, (*others, job_id) if shape == "frees" else tuple(others))

    def accept_all(self, kind: str, requests: list[AcceptRequest]) -> None:
        lanes = self.lanes[kind]
        if not requests:
            assert lanes.accept_many([]) == []
            return
        answers: list[AcceptedJob | JobNotAccepted]
        if len(requests) == 1:
            # The API accepts one job at a time.
            try:
                answers = [lanes.accept(requests[0])]
            except JobNotAccepted as refused:
                answers = [refused]
        else:
            answers = lanes.accept_many(requests)
        expected = self.model.accept(kind, requests)
        assert [encode_answer(a, e) for a, e in zip(answers, expected, strict=True)] == expected
        answer_wakes = [answer.wake for answer in answers if isinstance(answer, AcceptedJob)]
        answer_wakes += [answer.wake for answer in answers if isinstance(answer, LaneFull)]
        # If no answer can carry a wake, no drain may be registered.
        self.expect_wakes(
            lanes, {kind} if answer_wakes else (), wakes(answer_wakes[0] if answer_wakes else None)
        )
        assert not any(answer_wakes[1:])
        for request, answer in zip(requests, answers, strict=True):
            if isinstance(answer, AcceptedJob):
                self.check_promises(f"{kind}:{request.owner}", request, answer)

    def check_promises(self, lane: str, request: AcceptRequest, answer: AcceptedJob) -> None:
        """Check that repeated requests get the first answer, and that no limit is exceeded."""
        known = answer.repeated and answer.position == 0
        if request.idempotency_key is not None and not known:
            first = self.first_answers.setdefault((lane, request.idempotency_key), answer)
            same = msgspec.structs.replace(first, repeated=answer.repeated, wake=answer.wake)
            assert answer == same
        if not answer.repeated:
            limits = self.model.limits
            assert answer.position <= limits.max_lane_length + request.uses_reserve * limits.reserve
        if not answer.repeated and request.releases is None and not request.uses_reserve:
            # Times in the future, from before the clock was set back, do not count.
            times = [t for t in self.accepted_at[lane] if t <= self.model.last_valid_ms(0)]
            times.append(self.clock.now_ms)
            self.accepted_at[lane] = times
            for rate in self.model.limits.rates:
                for start in times:
                    within = [t for t in times if start <= t < start + rate.seconds * 1000]
                    assert len(within) <= rate.count, f"{len(within)} jobs in {rate}"

    # Claim, settle, renew

    @step(worker=st.integers(0, WORKERS - 1), kind=st.sampled_from((KINDS[0], *KINDS)))
    def claim(self, worker: int, kind: str) -> None:
        held = self.claim_and_check(worker, kind)
        if held.claim.lanes:
            self.held.append(held)
            over = [held for held in self.held if held.settled]
            for oldest in over[:-OLD_CLAIMS]:
                self.held.remove(oldest)

    @precondition(lambda self: any(not held.settled for held in self.held))
    @step(which=st.integers(0, 7), worker=st.integers(0, WORKERS - 1), claims=st.integers(0, 2))
    def let_a_lease_expire(self, which: int, worker: int, claims: int) -> None:
        """Let a lease expire; then other workers claim its lanes, or find them in the ring, or not.

        Random steps do this too rarely, and this is where fencing matters.
        """
        held = [held for held in self.held if not held.settled]
        kind = held[which % len(held)].kind
        self.set_clock(self.clock.now_ms + round(LIMITS.lease * 1000) + 1)
        for _ in range(claims):
            self.claim(worker, kind)

    def claim_and_check(self, worker: int, kind: str) -> Held:
        lanes = self.lanes[kind]
        claim = Leases(lanes).claim(self.workers[worker])
        expected = self.model.claim(kind, claim.token)
        assert (
            [
                (lane.name, lane.crashes, [(job.id, job.attempts) for job in lane.jobs])
                for lane in claim.lanes
            ],
            -1 if claim.next_due is None else round(claim.next_due * 1000),
            claim.stay,
            claim.any_leased,
        ) == expected
        # A paused drain serves no other kind either.
        followed = () if self.model.are_drains_paused(kind) else FOLLOWED_BY[kind]
        self.expect_wakes(lanes, {kind} if claim.lanes else followed, claim.wakes)
        self.expected_drains[kind, self.workers[worker]] = bool(claim.lanes) or claim.stay
        if claim.lanes:
            assert claim.token > self.greatest_token
            self.greatest_token = claim.token
            self.newest_token |= {lane.name: claim.token for lane in claim.lanes}
        return Held(kind, worker, claim)

    @precondition(lambda self: any(not held.settled for held in self.held))
    @step(
        which=st.integers(0, 7),
        verdicts=st.lists(VERDICTS, max_size=6),
        timed=st.booleans(),
    )
    def settle(self, which: int, verdicts: list[str], timed: bool) -> None:
        """Settle a claim, whose lease may have expired."""
        held = [held for held in self.held if not held.settled]
        self.settle_and_check(held[which % len(held)], verdicts, 0.5 if timed else None)

    @precondition(lambda self: any(not held.settled for held in self.held))
    @step(which=st.integers(0, 7))
    def settle_late(self, which: int) -> None:
        """Settle one of the oldest claims, whose lanes another worker most likely has."""
        held = [held for held in self.held if not held.settled]
        # Random outcomes rarely let jobs die together, which shows whether their order is kept.
        verdicts = ("dead", "dead") if which > 4 else ("mail",)
        self.settle_and_check(held[which % 2 % len(held)], verdicts, None)

    @precondition(lambda self: any(held.settled for held in self.held))
    @step(which=st.integers(0, 7), verdicts=st.lists(VERDICTS, max_size=2))
    def settle_again(self, which: int, verdicts: list[str]) -> None:
        held = [held for held in self.held if held.settled]
        again = held[which % len(held)]
        stale = self.settle_and_check(again, verdicts, None)
        assert stale == [lane.name for lane in again.claim.lanes]

    def settle_and_check(
        self, held: Held, verdicts: Sequence[str], seconds: float | None
    ) -> list[str]:
        lanes, claim = self.lanes[held.kind], held.claim
        verdict = itertools.chain(verdicts, itertools.repeat("done"))
        outcomes = []
        for lane in claim.lanes:
            of_lane: list[Outcome] = []
            for job in lane.jobs:
                word = next(verdict)
                if word == "none":
                    break
                of_lane.append(self.outcome(job, word))
            outcomes.append(of_lane)
        settled = Leases(lanes).settle(claim, outcomes, seconds=seconds)
        given = [outcome for of_lane in outcomes for outcome in of_lane]
        # Retries that do not count simulate an outage.
        if given and all(isinstance(outcome, Retry) and not outcome.counts for outcome in given):
            self.model.slow.discard(held.kind)
        elif given and seconds:
            self.model.slow.add(held.kind)
        by_job = [
            (lane.name, [(job.id, outcome) for job, outcome in zip(lane.jobs, of, strict=False)])
            for lane, of in zip(claim.lanes, outcomes, strict=True)
        ]
        stale, followed = self.model.settle(held.kind, claim.token, by_job)
        assert list(settled.stale) == stale
        self.expect_wakes(lanes, followed, settled.wakes)
        for lane in claim.lanes:
            if lane.name not in settled.stale:
                assert not held.settled, f"{lane.name} is settled twice"
                assert self.newest_token[lane.name] == claim.token, (
                    f"{lane.name} belongs to another worker"
                )
        held.settled = True
        return stale

    def outcome(self, job: Any, word: str) -> Outcome:
        if word == "dead":
            return Dead("the model says so")
        if word.startswith("retry"):
            delay = {"retry now": 0.0, "retry soon": 0.25, "retry free": 5.0}.get(word)
            retry = Retry("the model says so", delay, counts=word != "retry free")
            outcome = retry_or_dead(job, retry, self.model.limits)
            last = retry.counts and job.attempts + 1 >= self.model.limits.max_attempts
            assert isinstance(outcome, Dead if last else Retry)
            return outcome
        follow_ups = []
        if word in ("mail", "both"):
            follow_ups.append(FollowUp("mail", job.owner, new_job(f"{job.id}-mail")))
        if word in ("next", "both"):
            follow_ups.append(FollowUp(KINDS[0], job.owner, new_job(f"{job.id}-next")))
        result = None if word in ("done", "frees") else {"by": job.id}
        release = self.release_for(job.owner, "frees") if word.startswith("frees") else None
        return Done(result, tuple(follow_ups), releases=release)

    @precondition(lambda self: self.held)
    @step(which=st.integers(0, 7))
    def renew(self, which: int) -> None:
        held = self.held[which % len(self.held)]
        drain_id, claim = self.workers[held.worker], held.claim
        lost = Leases(self.lanes[held.kind]).renew(drain_id, claim)
        names = [lane.name for lane in claim.lanes]
        assert list(lost) == self.model.renew(held.kind, claim.token, names)
        kept = [name for name in names if name not in lost]
        assert not kept or not held.settled
        assert all(self.newest_token[name] == claim.token for name in kept)

    @step(worker=st.integers(0, WORKERS - 1), politely=st.booleans())
    def end_worker(self, worker: int, politely: bool) -> None:
        """Kill a worker that has claims, or let it end and retire its drains."""
        self.held = [held for held in self.held if held.worker != worker]
        if politely:
            for kind in KINDS:
                self.lanes[kind].retire(self.workers[worker])
                self.expected_drains[kind, self.workers[worker]] = False
        self.workers[worker] = f"worker-{next(self.drain_ids)}"

    # Operators

    @step(
        what=st.sampled_from(
            ("intake", "intake", "drains", "request drain", "replace drain", "erase", "erase jobs")
        ),
        which=st.integers(0, 11),
        kind=st.sampled_from((KINDS[0], *KINDS)),
        requests=st.lists(REQUESTS, min_size=1, max_size=4),
    )
    def operate(self, what: str, which: int, kind: str, requests: list[tuple[Any, ...]]) -> None:
        """Use one rule for all that operators do, so that it stays rare."""
        owner, worker = OWNERS[which % len(OWNERS)], which % WORKERS
        if self.model.pauses:
            self.resume_all()
        elif what in ("intake", "drains"):
            self.pause_and_try(what, kind, worker, requests)
        elif what == "request drain":
            self.request_drain(kind)
        elif what == "replace drain":
            self.replace_drain(kind, worker)
        elif what == "erase":
            self.erase(kind, owner)
        else:
            self.erase_jobs(kind, owner, which)

    def pause_and_try(
        self, what: str, kind: str, worker: int, requests: list[tuple[Any, ...]]
    ) -> None:
        """Pause something, and accept or claim at once: random steps rarely meet a pause."""
        if what == "drains":
            self.pause("drains", kind)
            self.claim(worker, kind)
            self.accept_all(kind, [self.request(*request) for request in requests])
        else:
            self.pause("intake", KINDS[0])
            self.accept_all(KINDS[0], [self.request(*request) for request in requests])

    def pause(self, what: What, kind: str) -> None:
        pauses = self.pauses_of(kind)
        pauses.pause(what, "the model says so")
        pause = pauses.find(what)
        assert pause is not None
        self.model.pauses[f"{what}:{kind}"] = round(pause.since.timestamp() * 1000)

    def resume_all(self) -> None:
        """End all pauses, and wake drains for what waits, as operators' commands do."""
        for field in list(self.model.pauses):
            what: Any
            what, _, kind = field.partition(":")
            assert self.pauses_of(kind).resume(what) == 1
            del self.model.pauses[field]
            if what == "drains":
                self.request_drain(kind)

    def pauses_of(self, kind: str) -> Pauses:
        return Pauses(Shards(self.redis, kind, prefix=DEFAULT_PREFIX))

    def request_drain(self, kind: str) -> None:
        lanes = self.lanes[kind]
        self.expect_wakes(lanes, {kind}, wakes(lanes.request_drain()))

    def replace_drain(self, kind: str, worker: int) -> None:
        """Replace a worker that died."""
        lanes, dead = self.lanes[kind], self.workers[worker]
        self.held = [held for held in self.held if held.worker != worker]
        self.workers[worker] = f"worker-{next(self.drain_ids)}"
        self.expect_wakes(lanes, {kind}, wakes(replace_drain(lanes, dead)))
        self.expected_drains[kind, dead] = False

    def erase(self, kind: str, owner: str) -> None:
        lane = f"{kind}:{owner}"
        assert self.lanes[kind].erase(owner) == self.model.erase(lane)
        self.accepted_at[lane] = []
        self.first_answers = {
            of: answer for of, answer in self.first_answers.items() if of[0] != lane
        }

    def erase_jobs(self, kind: str, owner: str, which: int) -> None:
        """Erase a third of the jobs of an owner."""
        lane = f"{kind}:{owner}"
        jobs = [job.id for job in self.model.jobs.values() if job.lane == lane]
        chosen = jobs[which % 3 :: 3]
        erased = JobEraser(self.lanes[kind]).erase(owner, lambda job, _: job.id in chosen)
        assert erased == self.model.erase_jobs(lane, chosen)

    # Time

    @step(ms=st.sampled_from((250, 1, 1_500, 4_999, 10_000, 15_001, *JUMPS)))
    def move_clock(self, ms: int) -> None:
        self.set_clock(self.clock.now_ms + ms)

    def set_clock(self, now_ms: int) -> None:
        self.clock.set(now_ms)
        self.model.now_ms = now_ms

    # Dead letters

    @precondition(lambda self: any(at.dead for at in self.model.kinds.values()))
    @step(
        what=st.sampled_from(("redrive", "redrive all", "discard", "discard")),
        kind=st.sampled_from((KINDS[0], *KINDS)),
        which=st.lists(st.integers(0, 9), min_size=1, max_size=3),
    )
    def redrive_or_discard(self, what: str, kind: str, which: list[int]) -> None:
        lanes, ids = self.lanes[kind], self.pick_ids(kind, which)
        letters = DeadLetters(lanes)
        if what == "discard":
            assert letters.discard(ids) == self.model.discard(kind, ids)
            return
        if what == "redrive all":
            ids = self.model.dead_letters(kind)
            assert letters.count() == len(ids)
            redriven, expect_wakes = letters.redrive_all()
        else:
            redriven, expect_wakes = letters.redrive(ids)
        assert redriven == self.model.redrive(kind, ids)
        if ids:
            self.expect_wakes(lanes, {kind}, expect_wakes)

    def pick_ids(self, kind: str, which: list[int]) -> list[str]:
        """Return ids of dead letters first, then of other jobs; one id may come twice."""
        ids = [*self.model.dead_letters(kind), *list(self.model.jobs)[:3], "no such job"]
        return [ids[n % len(ids)] for n in which]

    # Other programs, and the reconciler

    @step(
        what=st.sampled_from(("reconcile", "enqueue", "delete", "lose hash")),
        which=st.integers(0, 11),
    )
    def disturb(self, what: str, which: int) -> None:
        """Use one rule for all disturbances, so that they stay rare."""
        if what == "reconcile":
            self.reconcile()
        elif what == "enqueue":
            self.enqueue_by_rq(OWNERS[which % len(OWNERS)])
        else:
            jobs = self.jobs_to_disturb(queued=what == "lose hash")
            if jobs and what == "delete":
                self.delete_by_rq(jobs[which % len(jobs)])
            elif jobs:
                self.lose_hash(jobs[which % len(jobs)])

    def enqueue_by_rq(self, owner: str) -> None:
        lane, job_id = f"{KINDS[0]}:{owner}", f"rq{next(self.job_ids)}"
        queue = Queue(lane, connection=self.plain_redis, serializer=JSONSerializer)
        queue.enqueue("tests.support.jobs.remember", job_id=job_id, kwargs={"job": job_id})
        self.model.enqueue_by_rq(lane, job_id)

    def delete_by_rq(self, job_id: str) -> None:
        RqJob.fetch(job_id, connection=self.plain_redis, serializer=JSONSerializer).delete()
        self.model.delete_by_rq(job_id)

    def lose_hash(self, job_id: str) -> None:
        self.redis.delete(f"{DEFAULT_PREFIX}:job:{job_id}")
        self.model.lose_hash(job_id)

    def jobs_to_disturb(self, *, queued: bool) -> list[str]:
        """Return jobs whose ids are not used again, those of leased lanes first.

        Follow-ups are left out, because they are named after the job before them.
        """
        leased = {lane for at in self.model.kinds.values() for lane in at.leases}
        jobs = [
            job
            for job in self.model.jobs.values()
            if job.whole and "-mail" not in job.id and "-next" not in job.id
            if job.state == "queued" or not queued
        ]
        jobs.sort(key=lambda job: job.state != "queued" or job.lane not in leased)
        return [job.id for job in jobs]

    def reconcile(self) -> None:
        for kind, lanes in self.lanes.items():
            unscheduled = {lane for lane in self.model.unscheduled if kind_of(lane) == kind}
            report = Reconciler(lanes).run()
            assert report is not None
            # Redis's SSCAN decides in which order the lanes are added.
            scheduled = [lane for lane in self.snapshot().kinds[kind].ring if lane in unscheduled]
            found = {what: n for what, n in msgspec.structs.asdict(report).items() if n}
            assert found == self.model.reconcile(kind, scheduled)

    @precondition(lambda self: self.model.jobs)
    @step(which=st.integers(0, 30), kind=st.sampled_from((KINDS[0], *KINDS)))
    def check_position(self, which: int, kind: str) -> None:
        ids, lanes = list(self.model.jobs), self.lanes[kind]
        job_id = ids[-1 - which % len(ids)]
        position = lanes.position(job_id)
        expected = self.model.position(kind, job_id)
        self.check_contents(kind, job_id)
        if position is None:
            assert expected is None
            return
        assert (position.state, position.position) == expected
        jobs = sum(len(self.model.lanes[lane].queue) for lane in LANES if kind_of(lane) == kind)
        assert position.position - 1 <= position.ahead < jobs
        self.expect_wakes(lanes, {kind}, wakes(position.wake))
        assert (position.seconds is not None) == (kind in self.model.slow)
        assert position.seconds is None or position.seconds >= 0

    def check_contents(self, kind: str, job_id: str) -> None:
        """Check what find_many and contents return for a job."""
        lanes, job = self.lanes[kind], self.model.jobs[job_id]
        state, unknown = lanes.find_many([job_id, "no such job"])
        assert unknown is None
        assert (state is not None) == job.whole
        if state:
            actual = (state.job.lane, state.job.attempts, state.done)
            assert actual == (job.lane, job.attempts, job.state == "done")
        lane = self.model.lanes[job.lane]
        contents = self.lanes[kind_of(job.lane)].contents(job.lane.partition(":")[2])
        assert (list(contents.waiting), set(contents.dead)) == (lane.queue, lane.failed)

    # After each step

    @invariant()
    def keys_match_the_model(self) -> None:
        self.checks += 1
        if self.checks > 1:
            type(self).steps += 1
        snapshot = self.snapshot()
        assert violations(snapshot, self.model.jobs, self.model.unscheduled) == []
        assert snapshot == self.model.snapshot()
        self.check_wakes(snapshot)

    def expect_wakes(
        self, lanes: CountingLanes, kinds: Iterable[str], wakes: Iterable[Wake]
    ) -> None:
        """Note that a call may have registered drains of these kinds, and returned these wakes.

        It registers none of a kind whose drains are paused.
        """
        served = {kind for kind in kinds if not self.model.are_drains_paused(kind)}
        self.expected_wakes.append(
            (lanes.last_drain_id, served, {wake.kind: wake for wake in wakes})
        )

    def check_wakes(self, snapshot: Snapshot) -> None:
        """Check that callers learn of each registered drain, and how many drains run."""
        now_ms = self.clock.now_ms
        last_ms = self.model.last_valid_ms(LIMITS.lease)
        for drain_id, kinds, wakes in self.expected_wakes:
            assert kinds >= wakes.keys()
            for kind, of_kind in snapshot.kinds.items():
                drains = of_kind.drains
                assert (drain_id in drains) == (kind in wakes), (
                    "the caller does not learn of a registered drain"
                )
                if kind in wakes:
                    others = [
                        other
                        for other, ms in drains.items()
                        if now_ms < ms <= last_ms and other != drain_id
                    ]
                    assert len(others) < LIMITS.max_drains
                if kind in kinds and of_kind.ring:
                    running = [ms for ms in drains.values() if now_ms <= ms <= last_ms]
                    assert running, "no drain serves the ring"
        for (kind, worker), is_running in self.expected_drains.items():
            assert (worker in snapshot.kinds[kind].drains) == is_running
        self.expected_wakes.clear()
        self.expected_drains.clear()

    def snapshot(self) -> Snapshot:
        reply = msgspec.json.decode(self.read_store())
        queues, kinds, lanes, jobs, results, logs, pauses, strange = reply
        assert not strange
        strip = len(f"{DEFAULT_PREFIX}:queue:")
        return Snapshot(
            kinds={
                kind: KindSnapshot(
                    list(ring),
                    pairs(list(leases)),
                    pairs(list(delayed)),
                    pairs(list(fences)),
                    dead=microseconds(list(dead)),
                    crashes=pairs(list(crashes)),
                    drains=pairs(list(drains)),
                )
                for kind, (ring, leases, delayed, fences, dead, crashes, drains) in zip(
                    KINDS, kinds, strict=True
                )
            },
            lanes={
                lane: LaneSnapshot(list(queue), set(finished), set(failed), set(once))
                for lane, (queue, finished, failed, once) in zip(LANES, lanes, strict=True)
            },
            queues={queue[strip:] for queue in queues},
            jobs={
                job_id: JobSnapshot(status, lane, int(attempts or 0), ttl >= 0)
                for job_id, status, lane, attempts, ttl in jobs
            },
            results=pairs(list(results)),
            # The first and the third word of an entry: the id, and why it was removed.
            logs=comparable(
                {name: [" ".join(one.split(" ")[:3:2]) for one in log] for name, log in logs}
            ),
            pauses={what: int(value.split(" ")[0]) for what, value in itertools.batched(pauses, 2)},
        )

    # At the end of each example

    def teardown(self) -> None:
        # After a failure, or when hypothesis stops an example, there is nothing more to find.
        if sys.exception() is None:
            self.restart()

    def restart(self) -> None:
        """Kill all workers, and resume what is paused. Every accepted job must still be served."""
        self.held.clear()
        self.resume_all()
        self.check_wakes(self.snapshot())
        self.set_clock(max(self.clock.now_ms, self.model.latest_due()) + 1)
        for kind in KINDS:
            # A worker claims and returns everything, so that each lane is in the ring. In half of
            # the examples this repeats until no lane is suspect: then the order is predictable.
            self.return_all(kind)
            while self.checks % 2 and self.model.kinds[kind].crashes:
                self.return_all(kind)
        ahead = self.all_jobs_ahead()
        served = self.serve_all()
        assert {job_id: served[kind].index(job_id) for kind, job_id in ahead} == {
            job_id: position for (_, job_id), position in ahead.items()
        }
        for lane, of_lane in self.snapshot().lanes.items():
            assert not of_lane.queue or lane in self.model.unscheduled
        self.reconcile()
        self.serve_all()
        snapshot = self.snapshot()
        assert snapshot == self.model.snapshot()
        assert violations(snapshot, self.model.jobs, set()) == []
        assert all(job.state != "queued" for job in self.model.jobs.values())
        assert not snapshot.queues
        for of_kind in snapshot.kinds.values():
            assert (of_kind.ring, of_kind.leases, of_kind.delayed) == ([], {}, {})

    def return_all(self, kind: str) -> None:
        self.settle_and_check(
            self.claim_and_check(0, kind), ["none"] * self.model.limits.batch_size, None
        )

    def all_jobs_ahead(self) -> dict[tuple[str, str], int]:
        """Return the number of jobs ahead of each job, for kinds where it must be exact."""
        ahead = {}
        for kind in KINDS:
            lanes = [self.model.lanes[lane].queue for lane in self.model.kinds[kind].ring]
            jobs = [job_id for queue in lanes for job_id in queue]
            # Lanes and jobs that another program took count as waiting until a claim visits them.
            whole = all(lanes) and all(self.model.jobs[job_id].whole for job_id in jobs)
            if whole and not self.model.kinds[kind].crashes:
                for job_id in jobs:
                    position = self.lanes[kind].position(job_id)
                    assert position is not None
                    ahead[kind, job_id] = position.ahead
        return ahead

    def serve_all(self) -> dict[str, list[str]]:
        """Serve all lanes in the rings. Returns the jobs of each kind in the order of service."""
        served: dict[str, list[str]] = {kind: [] for kind in KINDS}
        for _ in range(1000):
            claims = []
            for kind in KINDS:
                held = self.claim_and_check(0, kind)
                self.check_wakes(self.snapshot())
                served[kind] += [job.id for job in held.claim.jobs]
                claims.append(held)
            for held in claims:
                assert self.settle_and_check(held, (), None) == []
            if not any(held.claim.lanes or held.claim.stay for held in claims):
                return served
        raise AssertionError("there is no end to it")


def read_keys(redis: Redis) -> bytes:
    script = redis.register_script(READ_KEYS)
    reply: bytes = script(keys=[DEFAULT_PREFIX], args=[" ".join(KINDS), " ".join(LANES)])
    return reply


def wakes(wake: Wake | None) -> tuple[Wake, ...]:
    return () if wake is None else (wake,)


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def new_job(job_id: str) -> NewJob:
    return NewJob(job_id, "tests.support.jobs.remember", {"job": job_id}, "a follow-up")


def encode_answer(answer: AcceptedJob | JobNotAccepted, expected: Answer) -> Answer:
    """Return an answer in the form of the model's answers."""
    match answer:
        case AcceptedJob():
            ms: int | None = round(answer.accepted_at.timestamp() * 1000)
            known = answer.repeated and answer.position == 0
            # A job that RQ queued has the time of RQ, not the time of the test.
            if known and expected[0] == "known" and expected[2] is None:
                ms = None
            word = "known" if known else "accepted"
            return (word, answer.job_id, ms, answer.position, answer.repeated)
        case IntakePaused():
            return ("paused", round(answer.since.timestamp() * 1000))
        case GateClosed():
            return ("closed", round(answer.closed_at.timestamp() * 1000))
        case RateLimitExceeded():
            return ("limited", round(answer.retry_at.timestamp() * 1000))
        case GroupRateExceeded(rate=rate):
            assert rate == GROUP_RATE
            return ("group_limited", round(answer.retry_at.timestamp() * 1000))
        case LaneFull():
            return ("full",)
        case IdempotencyKeyConflict():
            return ("mismatch",)
        case UnknownGate():
            return ("unknown",)
        case _:
            raise AssertionError(f"{answer!r} is no answer")
