"""Kills the workers of a fleet one after the other and measures how long lanes stalled."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from signal import SIGKILL

from tests.chaos.workers.fleet import WorkerFleet
from tests.chaos.workers.load_generator import LoadGenerator
from tests.chaos.workers.messages import Claimed, Point

# Only a worker that runs alone is asked to wake another one.
ALONE: tuple[Point, ...] = ("waking", "woken")
# A batch takes about 10 ms: a kill within this time hits any moment of it, or shortly after it.
RANDOM_SECONDS = 0.015
# When no worker reaches the point within this time, another kill is tried.
VICTIM_SECONDS = 3.0
# A killed worker exits at once, but on a busy machine this is noticed later.
EXIT_SECONDS = 60.0
PATIENCE_SECONDS = 900.0


@dataclass
class Kill:
    """One kill: when, at which point, and the fencing tokens by lane right after it."""

    number: int
    point: Point | None
    at: float
    fences: dict[str, int]


@dataclass
class WorkerKiller:
    """Carries out a plan of kills: a point for each, None for a random moment.

    A worker is killed only while another one runs, so that its lanes must continue without a sweep.
    The exceptions are the points of waking another worker, which only a worker alone reaches.
    New applications come in before every kill: ``left`` in all, or more if that is not enough to
    keep all victims busy.
    """

    fleet: WorkerFleet
    load: LoadGenerator
    plan: list[Point | None]
    applications: Iterator[tuple[str, str]]
    left: int
    chance: random.Random
    kills: list[Kill] = field(default_factory=list)
    extra: int = 0

    def run(self) -> None:
        """Kill until the plan is carried out, then accept the applications that are left."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while self.plan:
            assert time.monotonic() < ends, f"not killed: {self.plan}"
            assert not self.fleet.crashed, self.fleet.log.read_text()[-4000:]
            running = len(self.fleet.running)
            at = self._choose(running)
            if at is None and running > 1:
                # Only points that a worker alone reaches are left: kill another worker first.
                self.plan.insert(0, None)
                self.extra += 1
                at = 0
            if at is None:
                if not self.fleet.wait_until(partial(self._runs_more_than, running), 0.25):
                    self._accept(1)
                continue
            self._accept(self.left // (2 * len(self.plan) + 1))
            point = self.plan[at]
            victim = self._kill_at_random() if point is None else self._kill_at_point(point)
            if victim:
                del self.plan[at]
                self.kills.append(
                    Kill(victim, point, self.fleet.killed_at[victim], self.load.fences())
                )
        self._accept(self.left)

    def _runs_more_than(self, running: int) -> bool:
        return len(self.fleet.running) > running

    def _choose(self, running: int) -> int | None:
        """Return the index of a kill in the plan that is possible now."""
        for at, point in enumerate(self.plan):
            if running == 1 if point in ALONE else running > 1:
                return at
        return None

    def _kill_at_random(self) -> int | None:
        """Kill the next worker that claims something, at a random moment. Return its number."""
        claims = self.fleet.claims
        before = len(claims)
        if not self._wait(lambda: len(claims) > before):
            return None
        victim = claims[before].number
        self.fleet.wait_until(lambda: False, self.chance.uniform(0, RANDOM_SECONDS))
        self.fleet.kill(victim)
        assert self.fleet.wait_until(lambda: victim in self.fleet.statuses, EXIT_SECONDS)
        return victim if self.fleet.statuses[victim] == -SIGKILL else None

    def _kill_at_point(self, point: Point) -> int | None:
        """Let the next worker that reaches the point kill itself. Return its number."""
        killed = self.fleet.killed_at
        before = len(killed)
        self.fleet.arm(point)
        self._wait(lambda: len(killed) > before)
        if self.fleet.disarm():
            return None
        assert self.fleet.wait_until(lambda: len(killed) > before, EXIT_SECONDS)
        victim = list(killed)[-1]
        assert self.fleet.wait_until(lambda: victim in self.fleet.statuses, EXIT_SECONDS)
        return victim

    def _wait(self, happened: Callable[[], bool]) -> bool:
        """Wait for a worker to reach a condition, and give it work meanwhile."""
        ends = time.monotonic() + VICTIM_SECONDS
        while time.monotonic() < ends:
            if self.fleet.wait_until(happened, 0.3):
                return True
            self._accept(max(1, self.left // (4 * len(self.plan))))
        return False

    def _accept(self, many: int) -> None:
        for _ in range(many):
            assert self.load.apply(*next(self.applications))
            self.left = max(0, self.left - 1)


@dataclass(frozen=True)
class Stall:
    """A lane that a killed worker held with this token, and the seconds until its next claim.

    ``later`` has the lane's later claims, as (token, seconds after the kill, worker).
    """

    seconds: float
    lane: str
    token: int
    number: int
    point: Point | None
    later: list[tuple[int, float, int]]


def measure_stalls(kills: list[Kill], claims: list[Claimed]) -> list[Stall]:
    """Return how long the lanes of each victim stalled, from the kill on.

    A worker may die before it reports its claim. Then the lane's token, read right after the kill,
    is one that no worker has reported, and the claim was the victim's.
    """
    reporter = {claim.token: claim.number for claim in claims}
    by_lane: dict[str, list[tuple[int, float]]] = {}
    for claim in claims:
        for lane in claim.lanes:
            by_lane.setdefault(lane, []).append((claim.token, claim.at))
    unreported: dict[int, float] = {}
    for kill in kills:
        for lane, token in kill.fences.items():
            if token not in reporter:
                reporter[token] = kill.number
                unreported[token] = kill.at
            if token in unreported:
                by_lane.setdefault(lane, []).append((token, unreported[token]))
    found = []
    for kill in kills:
        for lane, held in kill.fences.items():
            later = [(t, at - kill.at, reporter[t]) for t, at in by_lane[lane] if t > held]
            if reporter[held] == kill.number and later:
                seconds = min(after for _, after, _ in later)
                found.append(Stall(seconds, lane, held, kill.number, kill.point, later))
    return found


def interleave(
    load: LoadGenerator, chance: random.Random, window: int
) -> Iterator[tuple[str, str]]:
    """Yield all pairs, each candidate's in the order of the postings, ``window`` mixed."""
    waiting = list(load.candidates)
    active = [(candidate, iter(load.postings)) for candidate in waiting[:window]]
    waiting = waiting[window:]
    while active:
        at = chance.randrange(len(active))
        candidate, postings = active[at]
        posting = next(postings, None)
        if posting is not None:
            yield candidate, posting
        elif waiting:
            active[at] = (waiting[0], iter(load.postings))
            waiting = waiting[1:]
        else:
            active.pop(at)
