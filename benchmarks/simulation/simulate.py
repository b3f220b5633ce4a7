"""Simulate a burst of applications: API environments, shards, drains, MongoDB, SES.

Requests arrive in ticks of a tenth of a second. A drain claims up to a hundred jobs of its shard,
uses the processor of its primary, MongoDB and itself, and settles, as the real one does. Accepts go
before drains at a primary, which is the worst case for drains.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import simpy

from benchmarks.simulation.parameters import Burst, Parameters

TICK = 0.1
ACCEPT, DRAIN = 0, 1
# A worker waits so long for MongoDB before it gives a batch back (WORKER_TIMEOUTS).
MONGODB_TIMEOUT = 5.0
POLL = 0.25
# The API answers 503 when Redis takes longer.
ANSWER_SECONDS = 1.0
# The client repeats after a refusal in about this time.
REPEAT_TICKS = 10

Process = Generator[Any, Any, None]


@dataclass
class Result:
    """What happened.

    ``series`` has a row for each second: time, accepted, stored, sent, drains, API environments.
    """

    offered: int = 0
    accepted: int = 0
    refused: int = 0
    stored: int = 0
    drained_after: float = 0.0
    oldest_wait: float = 0.0
    most_waiting: int = 0
    most_drains: int = 0
    most_environments: int = 0
    sent_after: float = 0.0
    busiest_primary: float = 0.0
    series: list[tuple[float, int, int, int, int, int]] = field(default_factory=list)


@dataclass
class _Shard:
    """The waiting jobs of a shard: when they were accepted, and how many."""

    primary: int
    waiting: deque[tuple[float, int]] = field(default_factory=deque)
    ready: int = 0
    running: int = 0


class _World:
    """The state of a simulation."""

    def __init__(self, parameters: Parameters, burst: Burst) -> None:
        self.p, self.burst = parameters, burst
        self.env = simpy.Environment()
        self.result = Result()
        # One server at a time is exact for a processor, and for MongoDB as a rate.
        self.primaries = [simpy.PriorityResource(self.env) for _ in range(parameters.primaries)]
        self.busy = [0.0] * parameters.primaries
        self.mongodb = simpy.Resource(self.env)
        self.cores = simpy.Resource(self.env, parameters.cores) if parameters.cores else None
        self.shards = [_Shard(n % parameters.primaries) for n in range(parameters.shards)]
        self.environments = 0
        # Lambda grants 1,000 at once, and refills at its rate.
        self.new = parameters.environments_a_second * 10
        self.warm = 0
        self.drains = 0
        self.next_shard = 0
        # Refused requests by the tick in which they are repeated, and accepts that wait (s).
        self.later: deque[int] = deque([0] * REPEAT_TICKS)
        self.queued = [0.0] * parameters.primaries
        self.next_start = 0.0
        self.sent = 0

    # The API

    def arrive(self) -> Process:
        """Let requests arrive; those that were refused are repeated."""
        offered = 0.0
        later = self.later
        while True:
            is_arriving = self.env.now < self.burst.seconds - 1e-9
            offered += (self.burst.a_second * TICK if is_arriving else 0.0) + later.popleft()
            whole = int(offered)
            gateway = int(self.p.requests_a_second * TICK)
            allowed = min(whole, gateway, self._capacity(whole))
            later.append(whole - allowed)
            self.result.refused += whole - allowed
            offered -= whole
            if allowed:
                self.env.process(self._accept(allowed))
            if not is_arriving and not any(later) and max(self.queued) < TICK / 1000:
                return
            yield self.env.timeout(TICK)

    def _capacity(self, offered: int) -> int:
        """Return how many requests the API environments answer in a tick; start more if needed."""
        if self.cores:
            return offered
        per_tick = TICK / self.p.api_seconds
        wanted = min(self.p.concurrency, math.ceil(offered / per_tick))
        self.new += self.p.environments_a_second * TICK
        started = max(0, min(wanted - self.environments, int(self.new)))
        self.new = min(self.new - started, self.p.environments_a_second * 10)
        self.environments += started
        self.result.most_environments = self.environments
        return int(self.environments * per_tick)

    def _accept(self, number: int) -> Process:
        """Accept requests, spread evenly over the shards."""
        yield from self._work(number * self.p.api_seconds if self.cores else 0.0)
        by_primary: dict[int, list[tuple[_Shard, int]]] = {}
        each, more = divmod(number, len(self.shards))
        for offset in range(len(self.shards) if each else more):
            shard = self.shards[(self.next_shard + offset) % len(self.shards)]
            jobs = (shard, each + (offset < more))
            by_primary.setdefault(shard.primary, []).append(jobs)
        self.next_shard = (self.next_shard + more) % len(self.shards)
        for primary, accepted in by_primary.items():
            self.env.process(self._accept_at(primary, accepted))

    def _accept_at(self, primary: int, jobs: list[tuple[_Shard, int]]) -> Process:
        total = sum(count for _, count in jobs)
        seconds = total * self.p.redis_accept
        if self.queued[primary] + seconds > ANSWER_SECONDS:
            # 503 with Retry-After
            self.result.refused += total
            self.later[-1] += total
            return
        self.queued[primary] += seconds
        yield from self._redis(primary, seconds, ACCEPT)
        self.queued[primary] -= seconds
        self.result.accepted += total
        for shard, count in jobs:
            shard.waiting.append((self.env.now, count))
            shard.ready += count
            self._wake(shard)
        waiting = self.result.accepted - self.result.stored
        self.result.most_waiting = max(self.result.most_waiting, waiting)

    # The workers

    def _wake(self, shard: _Shard) -> None:
        """Start another drain if the ready lanes are worth one, as the scripts decide."""
        useful = max(2, -(-shard.ready // self.p.lanes_per_drain))
        if shard.running < min(self.p.max_drains, useful):
            shard.running += 1
            self.env.process(self._drain(shard))

    def _drain(self, shard: _Shard) -> Process:
        if self.warm:
            self.warm -= 1
        elif self.p.start:
            # New environments of a function start one behind the other.
            self.next_start = max(self.next_start, self.env.now)
            yield self.env.timeout(self.next_start - self.env.now + self.p.start)
            self.next_start += 1 / self.p.environments_a_second
        self.drains += 1
        self.result.most_drains = max(self.result.most_drains, self.drains)
        idle = 0.0
        while idle < 1.0:
            jobs = self._claim(shard)
            if not jobs:
                idle += POLL
                yield self.env.timeout(POLL)
                continue
            idle = 0.0
            yield from self._serve(shard, jobs)
        self.drains -= 1
        self.warm += 1
        shard.running -= 1

    def _claim(self, shard: _Shard) -> list[tuple[float, int]]:
        jobs: list[tuple[float, int]] = []
        room = self.p.batch
        while shard.waiting and room:
            accepted, count = shard.waiting.popleft()
            taken = min(count, room)
            if taken < count:
                shard.waiting.appendleft((accepted, count - taken))
            jobs.append((accepted, taken))
            room -= taken
        shard.ready -= self.p.batch - room
        return jobs

    def _serve(self, shard: _Shard, jobs: list[tuple[float, int]]) -> Process:
        number = sum(count for _, count in jobs)
        half = number * self.p.redis_drain / 2
        yield from self._redis(shard.primary, half, DRAIN)
        yield self.env.timeout(self.p.store_wait)
        if self._mongodb_is_down():
            yield self.env.timeout(MONGODB_TIMEOUT)
            if self._mongodb_is_down():
                self.env.process(self._return(shard, jobs))
                return
        with self.mongodb.request() as turn:
            yield turn
            yield self.env.timeout(number / self.p.mongodb_a_second)
        yield self.env.timeout(self.p.mongodb_wait)
        yield from self._work(number * self.p.worker_seconds)
        yield from self._redis(shard.primary, half, DRAIN)
        yield self.env.timeout(self.p.store_wait)
        self.result.stored += number
        self.result.drained_after = self.env.now
        oldest = self.env.now - min(accepted for accepted, _ in jobs)
        self.result.oldest_wait = max(self.result.oldest_wait, oldest)

    def _return(self, shard: _Shard, jobs: list[tuple[float, int]]) -> Process:
        """Delay the lanes of a batch, as after an error of MongoDB."""
        yield self.env.timeout(self.p.retry)
        shard.waiting.extendleft(reversed(jobs))
        shard.ready += sum(count for _, count in jobs)
        self._wake(shard)

    def _mongodb_is_down(self) -> bool:
        return self.burst.mongodb_stops <= self.env.now < self.burst.mongodb_returns

    def _redis(self, primary: int, seconds: float, priority: int) -> Process:
        with self.primaries[primary].request(priority) as turn:
            yield turn
            yield self.env.timeout(seconds)
            self.busy[primary] += seconds

    def _work(self, seconds: float) -> Process:
        if self.cores is None:
            if seconds:
                yield self.env.timeout(seconds)
            return
        with self.cores.request() as turn:
            yield turn
            yield self.env.timeout(seconds)

    # The rest

    def send_emails(self) -> Process:
        """Send an e-mail for each stored application, at the rate of SES."""
        allowed = 0.0
        while True:
            # A rate that is not used is not saved.
            allowed = min(allowed + self.p.emails_a_second * TICK, self.p.emails_a_second)
            sent = min(int(allowed), self.result.stored - self.sent)
            allowed -= sent
            self.sent += sent
            if sent:
                self.result.sent_after = self.env.now
            yield self.env.timeout(TICK)

    def observe(self) -> Process:
        """Note the state once a second."""
        while True:
            result = self.result
            result.series.append(
                (
                    self.env.now,
                    result.accepted,
                    result.stored,
                    self.sent,
                    self.drains,
                    self.environments,
                )
            )
            yield self.env.timeout(1.0)


def simulate(parameters: Parameters, burst: Burst, *, longest: float = 86_400.0) -> Result:
    """Simulate until every accepted application is stored and its e-mail is sent."""
    world = _World(parameters, burst)
    arrivals = world.env.process(world.arrive())
    world.env.process(world.send_emails())
    world.env.process(world.observe())
    world.result.offered = round(burst.a_second * burst.seconds)
    world.env.run(until=arrivals)
    while world.sent < world.result.offered and world.env.now < longest:
        world.env.run(until=world.env.now + 1.0)
    world.result.busiest_primary = max(world.busy) / max(world.result.drained_after, TICK)
    return world.result
