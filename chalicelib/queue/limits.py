"""The numbers of the protocol, as data."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

DAY = 24 * 60 * 60
LONGEST_WINDOW = 366 * DAY
MOST_JOBS = 1_000_000
_UNITS = {"second": 1, "minute": 60, "hour": 60 * 60, "day": DAY}
_RATE = re.compile(r"([1-9]\d*) per (?:([1-9]\d*) )?(second|minute|hour|day)s?")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``jobs`` accepted into a lane within any ``seconds``."""

    jobs: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read a rate as people write it: ``10 per 5 minutes``, ``1 per second``.

        Raises:
            ValueError: the text is not like that, or the rate is beyond what is kept; the message
                says what is.
        """
        match = _RATE.fullmatch(" ".join(text.lower().split()))
        if match is None:
            raise ValueError(f"a rate is written like '10 per 5 minutes', not like {text!r}")
        jobs, number, unit = match.groups()
        rate = cls(int(jobs), int(number or 1) * _UNITS[unit])
        if rate.seconds > LONGEST_WINDOW or rate.jobs > MOST_JOBS:
            raise ValueError(
                f"a rate is of at most {MOST_JOBS} jobs and {LONGEST_WINDOW // DAY} days, as"
                f" '10 per 5 minutes' is, not {text!r}"
            )
        return rate


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers of the protocol. Times in seconds.

    Accepting:
        lane_length: most jobs that wait in one lane.
        rates: most jobs that one lane takes within a time.
        once_kept, key_kept: how long a ``once`` and an idempotency key are remembered, the first
            from the owner's newest one on.

    Serving:
        batch: most jobs of one claim.
        jobs_per_lane: of these at most so many from one lane while other lanes are ready.
        turn: a lane that is alone may have the whole batch, or what is done in this time.
        lease: how long a claimed lane is the drain's without a renewal; so long, at most, does a
            lane wait whose drain was killed.
        attempts: so often is a job tried before it is a dead letter.
        backoff_first, backoff_most: the delay after the first failed attempt, which doubles with
            each further one, and the longest.

    Drains:
        drains: most that run at once, one for each ``lanes_per_drain`` ready lanes, and two while
            anything is leased, so that one is left should the other die.
        start_grace: how long a drain that was woken, or got nothing, counts as running without a
            further word. One that has a claim counts for its lease.
        stay: an idle drain stays while a lane held back is due within this time, but no longer
            than this time.

    Keeping:
        result_kept, dead_letter_kept: how long finished jobs and dead letters can be read.
    """

    lane_length: int = 1000
    rates: tuple[Rate, ...] = ()
    once_kept: int = 30 * DAY
    key_kept: int = DAY

    batch: int = 100
    jobs_per_lane: int = 10
    turn: float = 0.005
    lease: float = 15.0
    attempts: int = 5
    backoff_first: float = 2.0
    backoff_most: float = 60.0

    drains: int = 4
    lanes_per_drain: int = 50
    start_grace: float = 5.0
    stay: float = 20.0

    result_kept: int = DAY
    dead_letter_kept: int = 365 * DAY

    def backoff(self, failed_attempts: int) -> float:
        """How long to wait after so many failed attempts (from 1).

        Half of it is chance, so that lanes which failed together do not come back together.
        """
        longest = min(self.backoff_most, self.backoff_first * 2.0 ** (failed_attempts - 1))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing

    def packed_rates(self) -> str:
        """The rates as accept.lua reads them: one for each window, since that is its key."""
        fewest: dict[int, int] = {}
        for rate in self.rates:
            fewest[rate.seconds] = min(rate.jobs, fewest.get(rate.seconds, rate.jobs))
        return " ".join(f"{jobs}/{seconds * 1000}" for seconds, jobs in fewest.items())
