"""A model of the lanes in plain Python, and the invariants of their keys.

``Model`` computes the answer to each step and the keys after it. It follows the comments of the
scripts, with lists and dictionaries in place of Redis's types. ``violations`` does not know steps:
it checks a snapshot of the keys against the invariants that every step must keep.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from math import ceil
from typing import Literal

from chalicelib.queue import AcceptRequest, DeduplicationRelease, Limits, Rate
from chalicelib.queue.worker import Done, FollowUp, Outcome, Retry

KINDS = ("applications", "mail")
OWNERS = ("ada", "bob", "cyd", "dan", "eve", "fay")
# Idle drains of the first kind also wake drains of the second, which has the follow-up jobs.
FOLLOWED_BY: dict[str, tuple[str, ...]] = {"applications": ("mail",), "mail": ()}
LANES = tuple(f"{kind}:{owner}" for kind in KINDS for owner in OWNERS)

# The answer to a request: a word, and then
#   accepted: job id, at (ms; None for a time that RQ wrote), position in the lane, whether repeated
#   known: the same fields         closed, paused, limited, group_limited: at (ms)
#   full, mismatch, unknown: nothing
Answer = tuple[str | int | bool | None, ...]


# How far ahead of now a time may be that is written without a delay.
CLOCK_TOLERANCE_MS = 1_000
# The microseconds of the test's clock beyond whole milliseconds.
CLOCK_US = 617


def kind_of(lane: str) -> str:
    return lane.partition(":")[0]


def rq_time(ms: int) -> bytes:
    """Return a time as the scripts write it into jobs."""
    seconds, ms = divmod(ms, 1000)
    at = datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=ms * 1000 + CLOCK_US)
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z".encode()


@dataclass
class KindSnapshot:
    """The lanes of a kind by location. Times are in ms."""

    ring: list[str] = field(default_factory=list)
    leases: dict[str, int] = field(default_factory=dict)
    delayed: dict[str, int] = field(default_factory=dict)
    fences: dict[str, int] = field(default_factory=dict)
    # The time of death of each dead letter (µs).
    dead: dict[str, int] = field(default_factory=dict)
    crashes: dict[str, int] = field(default_factory=dict)
    # Not compared, because the model does not say how many drains run. See Protocol.check_wakes.
    drains: dict[str, int] = field(default_factory=dict, compare=False)


@dataclass
class LaneSnapshot:
    """A lane: the waiting jobs in order, the two registries, the deduplication keys."""

    queue: list[str] = field(default_factory=list)
    finished: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    deduplication_keys: set[str] = field(default_factory=set)


@dataclass
class JobSnapshot:
    """The hash of a job. ``expires`` is whether it has a time to live."""

    status: str
    lane: str
    attempts: int
    expires: bool


@dataclass
class Snapshot:
    """The keys of a shard that say where its jobs are."""

    kinds: dict[str, KindSnapshot] = field(
        default_factory=lambda: {kind: KindSnapshot() for kind in KINDS}
    )
    lanes: dict[str, LaneSnapshot] = field(
        default_factory=lambda: {lane: LaneSnapshot() for lane in LANES}
    )
    queues: set[str] = field(default_factory=set)
    jobs: dict[str, JobSnapshot] = field(default_factory=dict)
    results: dict[str, int] = field(default_factory=dict)
    logs: dict[str, list[str]] = field(default_factory=dict)
    # What operators paused, and since when (ms): "intake:<kind>", "drains:<kind>".
    pauses: dict[str, int] = field(default_factory=dict)


@dataclass
class Job:
    """An accepted job.

    ``number`` counts the jobs in the order of acceptance. ``in_order`` is False after a redrive.
    ``whole`` is False after RQ's tools, or somebody by hand, deleted its hash.
    """

    id: str
    lane: str
    number: int
    created_ms: int | None
    state: Literal["queued", "done", "dead"] = "queued"
    attempts: int = 0
    in_order: bool = True
    whole: bool = True

    def is_settled_in(self, lane: str) -> bool:
        return self.lane == lane and self.whole and self.state != "queued"

    @property
    def rq_time(self) -> bytes | None:
        """The created_at of the job; None if RQ wrote it."""
        return None if self.created_ms is None else rq_time(self.created_ms)


class Model:
    """The expected state of the lanes."""

    def __init__(self, limits: Limits, now_ms: int) -> None:
        self.limits = limits
        self.now_ms = now_ms
        self.kinds = {kind: KindSnapshot() for kind in KINDS}
        self.lanes = {lane: LaneSnapshot() for lane in LANES}
        self.queues: set[str] = set()
        self.jobs: dict[str, Job] = {}
        self.results: Counter[str] = Counter()
        self.gates: dict[str, int] = {}
        # The rate of the only group, which has all gates; None for none.
        self.group_rate: Rate | None = None
        self.counted_for_group: dict[str, list[int]] = {lane: [] for lane in LANES}
        self.logs: dict[str, list[str]] = {}
        self.deduplication_keys: dict[tuple[str, str], tuple[str, int, int]] = {}
        self.keys: dict[tuple[str, str], tuple[str, Answer]] = {}
        self.accepted_at: dict[str, list[int]] = {lane: [] for lane in LANES}
        # Kinds whose jobs take longer than a claim of a single lane may take.
        self.slow: set[str] = set()
        # Lanes that RQ filled; they are not in the ring until the reconciler runs.
        self.unscheduled: set[str] = set()
        self.pauses: dict[str, int] = {}
        self._accepted = 0

    # Accept

    def accept(self, kind: str, requests: Sequence[AcceptRequest]) -> list[Answer]:
        """Return the answer to each request."""
        return [self._answer(f"{kind}:{request.owner}", request) for request in requests]

    def _answer(self, lane: str, request: AcceptRequest) -> Answer:
        if request.idempotency_key is None:
            return self._decide(lane, request)
        earlier = self.keys.get((lane, request.idempotency_key))
        if earlier:
            fingerprint, answer = earlier
            if fingerprint != request.fingerprint:
                return ("mismatch",)
            return (*answer[:-1], True) if answer[0] == "accepted" else answer
        answer = self._decide(lane, request)
        if answer[0] in ("accepted", "known", "closed"):
            self.keys[lane, request.idempotency_key] = (request.fingerprint, answer)
        return answer

    def _decide(self, lane: str, request: AcceptRequest) -> Answer:
        now_ms, limits = self.now_ms, self.limits
        if (
            request.deduplication_key is not None
            and (lane, request.deduplication_key) in self.deduplication_keys
        ):
            return ("accepted", *self.deduplication_keys[lane, request.deduplication_key], True)
        job = self.jobs.get(request.job.id)
        if job and not (job.is_settled_in(lane) and request.replaces == job.rq_time):
            return ("known", job.id, job.created_ms, 0, True)
        if request.gate is not None:
            if request.gate not in self.gates:
                return ("unknown",)
            closes_ms = self.gates[request.gate]
            if 0 < closes_ms <= now_ms:
                return ("closed", closes_ms)
        is_counted = (
            bool(request.gate) and request.is_logged and not request.uses_reserve and job is None
        )
        paused_ms = self.pauses.get(f"intake:{kind_of(lane)}")
        if paused_ms is not None and is_counted:
            return ("paused", paused_ms)
        reserve = limits.reserve if request.uses_reserve else 0
        if len(self.lanes[lane].queue) >= limits.max_lane_length + reserve:
            return ("full",)
        group_times = self.counted_for_group[lane]
        allowed_ms = self._next_allowed(group_times, [self.group_rate] if self.group_rate else [])
        if is_counted and allowed_ms > now_ms:
            return ("group_limited", allowed_ms)
        has_rates = request.releases is None and not request.uses_reserve
        times = self.accepted_at[lane]
        allowed_ms = self._next_allowed(times, limits.rates)
        if has_rates and allowed_ms > now_ms:
            return ("limited", allowed_ms)
        if job:
            self.lanes[lane].finished.discard(job.id)
            self.lanes[lane].failed.discard(job.id)
            self.kinds[kind_of(lane)].dead.pop(job.id, None)
            del self.results[job.id]
        elif request.gate is not None and request.is_logged:
            self.logs.setdefault(f"accepted:{request.gate}", []).append(request.job.id)
        self._enqueue(lane, request.job.id, now_ms)
        position = len(self.lanes[lane].queue)
        if has_rates:
            times.append(now_ms)
        if is_counted:
            group_times.append(now_ms)
        self._release(lane, request.releases)
        if request.deduplication_key is not None:
            self.deduplication_keys[lane, request.deduplication_key] = (
                request.job.id,
                now_ms,
                position,
            )
            self.lanes[lane].deduplication_keys.add(request.deduplication_key)
        return ("accepted", request.job.id, now_ms, position, False)

    def _next_allowed(self, times: Sequence[int], rates: Sequence[Rate]) -> int:
        """Return when rates accept the next job of a lane; 0 if they accept it now."""
        return max(
            (
                times[-rate.count] + rate.seconds * 1000
                for rate in rates
                if len(times) >= rate.count and times[-rate.count] <= self.last_valid_ms(0)
            ),
            default=0,
        )

    def _release(self, lane: str, release: DeduplicationRelease | None) -> None:
        entry = release and self.deduplication_keys.get((lane, release.deduplication_key))
        if release and entry and entry[0] in release.job_ids:
            del self.deduplication_keys[lane, release.deduplication_key]
            self.lanes[lane].deduplication_keys.remove(release.deduplication_key)

    def last_valid_ms(self, longest_seconds: float) -> int:
        """Return the last time that the clock can have led to, unless it was set back."""
        return self.now_ms + round(longest_seconds * 1000) + CLOCK_TOLERANCE_MS

    # Claim, settle, renew

    def claim(
        self, kind: str, token: int
    ) -> tuple[list[tuple[str, int, list[tuple[str, int]]]], int, bool, bool]:
        """Return the expected claim.

        Returns:
            The lanes, each with its crashes and its jobs (id, attempts); when the next lane is due
            (ms); whether to stay; whether any lane is leased.
        """
        at, limits = self.kinds[kind], self.limits
        for places, longest in ((at.leases, limits.lease), (at.delayed, limits.max_delay)):
            due = sorted(
                (ms, lane)
                for lane, ms in places.items()
                if ms <= self.now_ms or ms > self.last_valid_ms(longest)
            )
            for _, lane in due:
                del places[lane]
                if places is at.leases:
                    at.crashes[lane] = at.crashes.get(lane, 0) + 1
                self._add_to_ring(lane)
        paused = self.are_drains_paused(kind)
        ready = [] if paused else at.ring[: limits.batch_size]
        left = limits.batch_size
        if ready and ready[0] in at.crashes:
            times = at.crashes[ready[0]]
            left, quantum = (ceil(limits.batch_size / 3) if times == 1 else 1), 1
            ready = [*takewhile(lambda lane: at.crashes.get(lane) == times, ready)][:left]
        else:
            ready = [lane for lane in ready if lane not in at.crashes]
            quantum = self._quantum(kind, ready)
        claimed, again = [], []
        for lane in ready:
            if left == 0:
                break
            at.ring.remove(lane)
            queue = self.lanes[lane].queue
            head = queue[: min(quantum, left)]
            crashes = at.crashes.get(lane, 0)
            for gone in [job_id for job_id in head if not self.jobs[job_id].whole]:
                queue.remove(gone)
                del self.jobs[gone]
            taken = [(i, self.jobs[i].attempts) for i in head if i in self.jobs]
            left -= len(taken)
            if taken:
                at.leases[lane] = self.now_ms + round(limits.lease * 1000)
                at.fences[lane] = token
                claimed.append((lane, crashes, taken))
            elif queue:
                again.append(lane)
            else:
                self.queues.discard(lane)
                at.crashes.pop(lane, None)
        for lane in again:
            self._add_to_ring(lane)
        waits = [max(0, ms - self.now_ms) for p in (at.leases, at.delayed) for ms in p.values()]
        next_due = min(waits, default=-1)
        held_back = [max(0, ms - self.now_ms) for ms in at.delayed.values()]
        leased = bool(at.leases)
        stay = leased or any(min(held_back) <= limits.idle_timeout * 1000 for _ in held_back)
        if not claimed:
            stay = stay or any(self.kinds[of].ring for of in FOLLOWED_BY[kind])
        stay = stay and not paused
        return (claimed, 0, True, leased) if again else (claimed, next_due, stay, leased)

    def _quantum(self, kind: str, ready: Sequence[str]) -> int:
        """Return how many jobs of each lane a claim takes."""
        most, batch = self.limits.jobs_per_lane, self.limits.batch_size
        if len(ready) == 1:
            return most if kind in self.slow else batch
        if len(ready) * most < batch:
            shortest = min((len(self.lanes[lane].queue) for lane in ready), default=most)
            return max(1, min(most, shortest))
        return most

    def settle(
        self, kind: str, token: int, lanes: Sequence[tuple[str, Sequence[tuple[str, Outcome]]]]
    ) -> tuple[list[str], set[str]]:
        """Return the lanes whose token is stale, and the kinds of the follow-up jobs."""
        at = self.kinds[kind]
        stale, armed = [], []
        died: list[str] = []
        follow_ups: list[FollowUp] = []
        for lane, outcomes in lanes:
            if at.fences.get(lane) != token:
                stale.append(lane)
                continue
            held_ms = self._apply(lane, outcomes, follow_ups, died)
            del at.fences[lane]
            at.crashes.pop(lane, None)
            at.leases.pop(lane, None)
            if lane in at.ring:
                at.ring.remove(lane)
            self.unscheduled.discard(lane)
            if not self.lanes[lane].queue:
                self.queues.discard(lane)
            elif held_ms > 0:
                at.delayed[lane] = self.now_ms + held_ms
            else:
                armed.append(lane)
        for lane in armed:
            self._add_to_ring(lane)
        for after, job_id in enumerate(died):
            at.dead[job_id] = self.now_ms * 1000 + CLOCK_US + after
        for follow_up in follow_ups:
            if follow_up.job.id not in self.jobs:
                self._enqueue(f"{follow_up.kind}:{follow_up.owner}", follow_up.job.id, self.now_ms)
        return stale, {follow_up.kind for follow_up in follow_ups}

    def _apply(
        self,
        lane: str,
        outcomes: Sequence[tuple[str, Outcome]],
        follow_ups: list[FollowUp],
        died: list[str],
    ) -> int:
        """Apply outcomes up to the first retry. Returns the delay of the lane (ms)."""
        at = self.lanes[lane]
        for job_id, outcome in outcomes:
            job = self.jobs.get(job_id)
            if isinstance(outcome, Retry):
                if outcome.counts and job and job.whole:
                    job.attempts += 1
                return round((outcome.delay or 0) * 1000)
            if job_id not in at.queue:
                continue
            assert job is not None
            assert job.state == "queued", f"{job_id} ends a second time"
            at.queue.remove(job_id)
            if isinstance(outcome, Done):
                follow_ups += outcome.follow_ups
            if not job.whole:
                del self.jobs[job_id]
            elif isinstance(outcome, Done):
                job.state = "done"
                at.finished.add(job_id)
                self._release(lane, outcome.releases)
                self.results[job_id] += outcome.result is not None
            else:
                job.state = "dead"
                at.failed.add(job_id)
                self.results[job_id] += 1
                died.append(job_id)
        return 0

    def renew(self, kind: str, token: int, lanes: Iterable[str]) -> list[str]:
        """Return the lanes that are lost."""
        at, lost = self.kinds[kind], []
        for lane in lanes:
            if at.fences.get(lane) != token:
                lost.append(lane)
                continue
            at.leases[lane] = self.now_ms + round(self.limits.lease * 1000)
            if lane in at.ring:
                at.ring.remove(lane)
            self.unscheduled.discard(lane)
        return lost

    def position(self, kind: str, job_id: str) -> tuple[str, int] | None:
        """Return the state of a job's lane and its position there, or None if it does not wait."""
        job = self.jobs.get(job_id)
        if not job or not job.whole or kind_of(job.lane) != kind or job.state != "queued":
            return None
        at = self.kinds[kind]
        state = (
            "waiting"
            if job.lane in at.ring
            else "leased"
            if job.lane in at.leases
            else "delayed"  # or not in the ring
        )
        return state, self.lanes[job.lane].queue.index(job_id) + 1

    # Dead letters

    def redrive(self, kind: str, job_ids: Sequence[str]) -> int:
        """Return how many jobs are redriven."""
        redriven = 0
        for job_id in job_ids:
            self.kinds[kind].dead.pop(job_id, None)
            job = self._dead_letter(kind, job_id)
            if job:
                self.lanes[job.lane].failed.remove(job_id)
                job.state, job.attempts, job.in_order = "queued", 0, False
                self._append(job.lane, job_id)
                redriven += 1
        return redriven

    def discard(self, kind: str, job_ids: Sequence[str]) -> int:
        """Return how many jobs are discarded."""
        discarded = 0
        for job_id in job_ids:
            self.kinds[kind].dead.pop(job_id, None)
            job = self._dead_letter(kind, job_id)
            if job:
                self.lanes[job.lane].failed.remove(job_id)
                self.logs.setdefault(f"removed:{kind}", []).append(f"{job_id} discarded")
                del self.jobs[job_id], self.results[job_id]
                for of, first in list(self.deduplication_keys.items()):
                    if of[0] == job.lane and first[0] == job_id:
                        del self.deduplication_keys[of]
                        self.lanes[job.lane].deduplication_keys.remove(of[1])
                discarded += 1
        return discarded

    def dead_letters(self, kind: str) -> list[str]:
        """Return the ids of the dead letters, oldest first."""
        dead = self.kinds[kind].dead
        return sorted(dead, key=lambda job_id: (dead[job_id], job_id))

    def _dead_letter(self, kind: str, job_id: str) -> Job | None:
        job = self.jobs.get(job_id)
        dead = job and job.whole and job.state == "dead" and kind_of(job.lane) == kind
        return job if dead else None

    # Other programs, and the reconciler

    def enqueue_by_rq(self, lane: str, job_id: str) -> None:
        """RQ's own Queue.enqueue, which does not know the ring."""
        at = self.kinds[kind_of(lane)]
        self._create(lane, job_id, None)
        self.lanes[lane].queue.append(job_id)
        self.queues.add(lane)
        if not (lane in at.ring or lane in at.leases or lane in at.delayed):
            self.unscheduled.add(lane)

    def delete_by_rq(self, job_id: str) -> None:
        """RQ's own Job.delete, which changes neither the ring nor RQ's set of queues."""
        job = self.jobs.pop(job_id)
        del self.results[job_id]
        lane = self.lanes[job.lane]
        lane.finished.discard(job_id)
        lane.failed.discard(job_id)
        if job_id in lane.queue:
            lane.queue.remove(job_id)
        if not lane.queue:
            self.unscheduled.discard(job.lane)

    def lose_hash(self, job_id: str) -> None:
        """Delete the hash of a queued job; its id stays in the lane."""
        self.jobs[job_id].whole = False

    def reconcile(self, kind: str, scheduled_in_order: Sequence[str]) -> dict[str, int]:
        """Return the counts that are not 0. Redis decides in which order it adds the lanes."""
        at = self.kinds[kind]
        census: dict[str, int] = {}

        def count(what: str) -> None:
            census[what] = census.get(what, 0) + 1

        unscheduled = set()
        for lane in [lane for lane in LANES if kind_of(lane) == kind]:
            placed = lane in at.ring or lane in at.leases or lane in at.delayed
            if self.lanes[lane].queue:
                self.queues.add(lane)
                if not placed:
                    unscheduled.add(lane)
                    count("unscheduled")
                continue
            self.queues.discard(lane)
            if lane in at.ring or lane in at.delayed:
                count("empty")
            if lane in at.ring:
                at.ring.remove(lane)
                at.crashes.pop(lane, None)
            at.delayed.pop(lane, None)
        assert unscheduled == self.unscheduled.intersection(unscheduled), (
            "a lane is not in the ring"
        )
        assert sorted(unscheduled) == sorted(scheduled_in_order)
        for lane in scheduled_in_order:
            self._add_to_ring(lane)
        self.unscheduled -= {lane for lane in self.unscheduled if kind_of(lane) == kind}
        for job in self.jobs.values():
            if job.whole and kind_of(job.lane) == kind:
                count(
                    job.state
                    if job.state != "queued"
                    else "leased"
                    if job.lane in at.leases
                    else "delayed"
                    if job.lane in at.delayed
                    else "waiting"
                )
        return census

    # Pauses, and erasure

    def are_drains_paused(self, kind: str) -> bool:
        return f"drains:{kind}" in self.pauses

    def erase(self, lane: str) -> int:
        """Forget a lane. Return how many jobs it had, done ones too."""
        of_lane = self.lanes[lane]
        not_done = {*of_lane.queue, *of_lane.failed}
        ids = not_done | of_lane.finished
        self._log_erased(lane, not_done)
        for job_id in ids:
            self._delete(job_id)
        self.lanes[lane] = LaneSnapshot()
        self.accepted_at[lane], self.counted_for_group[lane] = [], []
        for entries in (self.keys, self.deduplication_keys):
            for one in [one for one in entries if one[0] == lane]:
                del entries[one]
        self._remove_from_places(lane)
        return len(ids)

    def erase_jobs(self, lane: str, job_ids: Collection[str]) -> int:
        """Delete some jobs of a lane. Return how many there were."""
        of_lane = self.lanes[lane]
        not_done = {*of_lane.queue, *of_lane.failed}
        erased = {
            job_id
            for job_id in not_done | of_lane.finished
            if job_id in job_ids and self.jobs[job_id].whole
        }
        self._log_erased(lane, not_done & erased)
        of_lane.queue = [job_id for job_id in of_lane.queue if job_id not in erased]
        of_lane.finished -= erased
        of_lane.failed -= erased
        for job_id in erased:
            self._delete(job_id)
        if erased and not of_lane.queue:
            self._remove_from_places(lane)
        return len(erased)

    def _log_erased(self, lane: str, job_ids: Iterable[str]) -> None:
        for job_id in job_ids:
            self.logs.setdefault(f"removed:{kind_of(lane)}", []).append(f"{job_id} erased")

    def _delete(self, job_id: str) -> None:
        job = self.jobs.pop(job_id)
        del self.results[job_id]
        self.kinds[kind_of(job.lane)].dead.pop(job_id, None)

    def _remove_from_places(self, lane: str) -> None:
        at = self.kinds[kind_of(lane)]
        if lane in at.ring:
            at.ring.remove(lane)
        for entries in (at.leases, at.delayed, at.fences, at.crashes):
            entries.pop(lane, None)
        self.queues.discard(lane)
        self.unscheduled.discard(lane)

    # Helpers

    def snapshot(self) -> Snapshot:
        """Return the expected keys."""
        return Snapshot(
            kinds=self.kinds,
            lanes=self.lanes,
            queues=self.queues,
            jobs={job.id: _hash(job) for job in self.jobs.values() if job.whole},
            results={job_id: n for job_id, n in self.results.items() if n},
            logs=comparable(self.logs),
            pauses=self.pauses,
        )

    def latest_due(self) -> int:
        """Return when the last lease and the last delay end (ms)."""
        times = [
            ms for at in self.kinds.values() for p in (at.leases, at.delayed) for ms in p.values()
        ]
        return max(times, default=self.now_ms)

    def _create(self, lane: str, job_id: str, created_ms: int | None) -> None:
        self._accepted += 1
        self.jobs[job_id] = Job(job_id, lane, self._accepted, created_ms)

    def _enqueue(self, lane: str, job_id: str, created_ms: int) -> None:
        self._create(lane, job_id, created_ms)
        self._append(lane, job_id)

    def _append(self, lane: str, job_id: str) -> None:
        at, queue = self.kinds[kind_of(lane)], self.lanes[lane].queue
        queue.append(job_id)
        if len(queue) == 1:
            self.queues.add(lane)
            if lane not in at.leases and lane not in at.delayed:
                self._add_to_ring(lane)

    def _add_to_ring(self, lane: str) -> None:
        ring = self.kinds[kind_of(lane)].ring
        if lane in ring:
            ring.remove(lane)
        ring.append(lane)
        self.unscheduled.discard(lane)


def comparable(logs: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Sort the logs of removed jobs, because jobs that are removed together have no order."""
    return {
        name: sorted(log) if name.startswith("removed:") else list(log)
        for name, log in logs.items()
    }


def _hash(job: Job) -> JobSnapshot:
    return JobSnapshot(
        status={"queued": "queued", "done": "finished", "dead": "failed"}[job.state],
        lane=job.lane,
        attempts=job.attempts,
        expires=job.state != "queued",
    )


def violations(snapshot: Snapshot, jobs: Mapping[str, Job], unscheduled: set[str]) -> list[str]:
    """Return how a snapshot violates the invariants of prelude.lua.

    Args:
        snapshot: the keys.
        jobs: the accepted jobs, of which only the order is used.
        unscheduled: the lanes that RQ filled.
    """
    found = []
    where: dict[str, list[str]] = {}
    for lane, of_lane in snapshot.lanes.items():
        at = snapshot.kinds[kind_of(lane)]
        places = [
            name
            for name, lanes in (("ring", at.ring), ("leases", at.leases), ("delayed", at.delayed))
            if lane in lanes
        ]
        if len(places) > 1:
            found.append(f"{lane} is in {places}")
        if of_lane.queue and not places and lane not in unscheduled:
            found.append(f"{lane} has jobs and is in no place")
        if of_lane.queue and lane not in snapshot.queues:
            found.append(f"{lane} has jobs and is not in RQ's set of queues")
        if lane in at.leases and lane not in at.fences:
            found.append(f"{lane} is leased and has no token")
        if lane in at.crashes and not (lane in at.ring or lane in at.leases):
            found.append(f"{lane} is suspect and neither ready nor leased")
        for name, ids in (
            ("queue", of_lane.queue),
            ("finished", of_lane.finished),
            ("failed", of_lane.failed),
        ):
            for job_id in ids:
                where.setdefault(job_id, []).append(f"{name} of {lane}")
        found += _order_violations(lane, of_lane, jobs)
    for kind, at in snapshot.kinds.items():
        if len(set(at.ring)) != len(at.ring):
            found.append(f"the ring of {kind} has a lane twice")
    for job_id, places in where.items():
        if len(places) > 1:
            found.append(f"{job_id} is in {places}")
    found += [f"{job_id} is lost" for job_id in jobs if job_id not in where]
    found += [
        f"{job_id} waits and has a time to live"
        for job_id, job in snapshot.jobs.items()
        if job.status == "queued" and job.expires
    ]
    return found


def _order_violations(lane: str, of_lane: LaneSnapshot, jobs: Mapping[str, Job]) -> list[str]:
    def numbers(ids: Iterable[str]) -> list[int]:
        return [jobs[i].number for i in ids if i in jobs and jobs[i].in_order]

    waiting = numbers(of_lane.queue)
    ended = numbers(of_lane.finished | of_lane.failed)
    found = []
    if waiting != sorted(waiting):
        found.append(f"the jobs of {lane} are not in the order in which they were accepted")
    if waiting and ended and max(ended) > min(waiting):
        found.append(f"a job of {lane} ended before one that was accepted earlier")
    return found
