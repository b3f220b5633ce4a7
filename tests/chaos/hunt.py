"""Kills the workers of a fleet one after the other, and measures for how long lanes stood still."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from signal import SIGKILL

from tests.chaos.crowd import Crowd
from tests.chaos.fleet import Fleet
from tests.chaos.messages import Claimed, Point

# A worker alone is asked to wake another; with two living, neither is.
ALONE: tuple[Point, ...] = ("waking", "woken")
# A batch takes about 10 ms: a kill within these hits any moment of it, and some after it.
RANDOM_SECONDS = 0.015
# When no worker came to the point for so long, something else is tried.
VICTIM_SECONDS = 3.0
PATIENCE_SECONDS = 900.0


@dataclass
class Kill:
    """One kill: when, at which point, and the fences (lane to token) right after it."""

    number: int
    point: Point | None
    at: float
    fences: dict[str, int]


@dataclass
class Hunt:
    """Carries out a plan of kills: a point for each, None for a random moment.

    One is killed only while another lives, so that its lanes can be seen to go on without a sweep;
    but for those that die at waking another, which is done by one that is alone.
    New applications come in for every kill: ``left`` in all, or more, should that not be enough to
    keep all victims busy.
    """

    fleet: Fleet
    crowd: Crowd
    plan: list[Point | None]
    applications: Iterator[tuple[str, str]]
    left: int
    chance: random.Random
    kills: list[Kill] = field(default_factory=list)
    extra: int = 0

    def run(self) -> None:
        """Kill until the plan is fulfilled, then take what is left of the applications."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while self.plan:
            assert time.monotonic() < ends, f"not killed: {self.plan}"
            assert not self.fleet.crashed, self.fleet.log.read_text()[-4000:]
            living = len(self.fleet.living)
            at = self._choose(living)
            if at is None and living > 1:
                # Only those are left that one alone does: get rid of another first.
                self.plan.insert(0, None)
                self.extra += 1
                at = 0
            if at is None:
                if not self.fleet.until(partial(self._more_than, living), 0.25):
                    self._accept(1)
                continue
            self._accept(self.left // (2 * len(self.plan) + 1))
            point = self.plan[at]
            victim = self._shoot() if point is None else self._lie_in_wait(point)
            if victim:
                del self.plan[at]
                self.kills.append(
                    Kill(victim, point, self.fleet.deaths[victim], self.crowd.fences())
                )
        self._accept(self.left)

    def _more_than(self, living: int) -> bool:
        return len(self.fleet.living) > living

    def _choose(self, living: int) -> int | None:
        """Which of the plan can be done now."""
        for at, point in enumerate(self.plan):
            if living == 1 if point in ALONE else living > 1:
                return at
        return None

    def _shoot(self) -> int | None:
        """Kill the next worker that claims something, at a random moment. Returns its number."""
        claims = self.fleet.claims
        before = len(claims)
        if not self._wait(lambda: len(claims) > before):
            return None
        victim = claims[before].number
        self.fleet.until(lambda: False, self.chance.uniform(0, RANDOM_SECONDS))
        self.fleet.kill(victim)
        assert self.fleet.until(lambda: victim in self.fleet.statuses, VICTIM_SECONDS)
        return victim if self.fleet.statuses[victim] == -SIGKILL else None

    def _lie_in_wait(self, point: Point) -> int | None:
        """Let the next worker that comes to the point die. Returns its number."""
        deaths = self.fleet.deaths
        before = len(deaths)
        self.fleet.arm(point)
        self._wait(lambda: len(deaths) > before)
        if self.fleet.disarm():
            return None
        assert self.fleet.until(lambda: len(deaths) > before, VICTIM_SECONDS)
        victim = list(deaths)[-1]
        assert self.fleet.until(lambda: victim in self.fleet.statuses, VICTIM_SECONDS)
        return victim

    def _wait(self, happened: Callable[[], bool]) -> bool:
        """Wait for a worker, and give it something to do."""
        ends = time.monotonic() + VICTIM_SECONDS
        while time.monotonic() < ends:
            if self.fleet.until(happened, 0.3):
                return True
            self._accept(max(1, self.left // (4 * len(self.plan))))
        return False

    def _accept(self, many: int) -> None:
        for _ in range(many):
            assert self.crowd.apply(*next(self.applications))
            self.left = max(0, self.left - 1)


@dataclass(frozen=True)
class Standstill:
    """A lane that a killed worker held by this token, and the seconds until it was claimed again.

    ``later`` are the lane's later claims, as (token, seconds after the kill, worker).
    """

    seconds: float
    lane: str
    token: int
    number: int
    point: Point | None
    later: list[tuple[int, float, int]]


def standstills(kills: list[Kill], claims: list[Claimed]) -> list[Standstill]:
    """How long the lanes stood still that each victim held, from the kill on.

    A claim that its worker did not live to tell of is known from its token in the fences after the
    kill: then it was this victim's.
    """
    teller = {claim.token: claim.number for claim in claims}
    by_lane: dict[str, list[tuple[int, float]]] = {}
    for claim in claims:
        for lane in claim.lanes:
            by_lane.setdefault(lane, []).append((claim.token, claim.at))
    untold: dict[int, float] = {}
    for kill in kills:
        for lane, token in kill.fences.items():
            if token not in teller:
                teller[token] = kill.number
                untold[token] = kill.at
            if token in untold:
                by_lane.setdefault(lane, []).append((token, untold[token]))
    found = []
    for kill in kills:
        for lane, held in kill.fences.items():
            later = [(t, at - kill.at, teller[t]) for t, at in by_lane[lane] if t > held]
            if teller[held] == kill.number and later:
                seconds = min(after for _, after, _ in later)
                found.append(Standstill(seconds, lane, held, kill.number, kill.point, later))
    return found


def mixed_order(crowd: Crowd, chance: random.Random, window: int) -> Iterator[tuple[str, str]]:
    """All pairs: each candidate's in the order of the postings, so many candidates mixed."""
    waiting = list(crowd.candidates)
    active = [(candidate, iter(crowd.postings)) for candidate in waiting[:window]]
    waiting = waiting[window:]
    while active:
        at = chance.randrange(len(active))
        candidate, postings = active[at]
        posting = next(postings, None)
        if posting is not None:
            yield candidate, posting
        elif waiting:
            active[at] = (waiting[0], iter(crowd.postings))
            waiting = waiting[1:]
        else:
            active.pop(at)
