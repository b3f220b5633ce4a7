"""Rates and limits: the settings of the protocol."""

from __future__ import annotations

import random
import re
from functools import cached_property

import msgspec

DAY = 24 * 60 * 60
MAX_SECONDS = 366 * DAY
MAX_COUNT = 1_000_000
_SECONDS = {"day": DAY, "hour": 60 * 60, "minute": 60, "second": 1}
_RATE = re.compile(r"([1-9]\d*) per (?:([1-9]\d*) )?(second|minute|hour|day)s?")


class Rate(msgspec.Struct, frozen=True):
    """At most ``count`` events within any ``seconds``."""

    count: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read a rate such as ``10 per 5 minutes`` or ``1 per second``.

        Raises:
            ValueError: the text is not a rate, or its numbers are too large. The message says so.
        """
        match = _RATE.fullmatch(" ".join(text.lower().split()))
        if match is None:
            raise ValueError(f"{text!r} is not a rate; write it like '10 per 5 minutes'")
        count, number, unit = match.groups()
        rate = cls(int(count), int(number or 1) * _SECONDS[unit])
        if rate.seconds > MAX_SECONDS or rate.count > MAX_COUNT:
            raise ValueError(
                f"{text!r} is too large; a rate, like '10 per 5 minutes', has at most"
                f" {MAX_COUNT} events and {MAX_SECONDS // DAY} days"
            )
        return rate

    def describe(self, noun: str = "") -> str:
        """Return the rate in words, such as "10 applications in 5 minutes".

        Args:
            noun: what is counted, in the singular. Without it, the text is "10 in 5 minutes".
        """
        plural = "s" if noun and self.count != 1 else ""
        return " ".join(filter(None, (str(self.count), noun + plural, "in", self.period)))

    @property
    def period(self) -> str:
        """The time in words, such as "a day" or "5 minutes"."""
        unit = next(unit for unit, length in _SECONDS.items() if self.seconds % length == 0)
        number = self.seconds // _SECONDS[unit]
        if number > 1:
            return f"{number} {unit}s"
        return f"an {unit}" if unit == "hour" else f"a {unit}"


class Sender(msgspec.Struct, frozen=True):
    """Somebody who sends jobs into the lanes of others.

    Args:
        id: the id of the sender.
        rate: how many jobs of the sender one shard accepts within a time.
    """

    id: str
    rate: Rate

    def encode(self) -> str:
        """Return the sender as accept.lua reads it: ``<count>/<ms>:<id>``."""
        return f"{self.rate.count}/{self.rate.seconds * 1000}:{self.id}"


class GroupRate(msgspec.Struct, frozen=True):
    """How many jobs of one lane the gates of a group accept together.

    Args:
        group: the id of the group.
        rate: how many they accept within a time.
    """

    group: str
    rate: Rate

    def encode(self) -> str:
        """Return the rate as the scripts read it: ``<count>/<ms>:<group>``."""
        return f"{self.rate.count}/{self.rate.seconds * 1000}:{self.group}"

    @classmethod
    def decode(cls, text: str) -> GroupRate:
        """Return the rate that ``encode`` wrote."""
        numbers, _, group = text.partition(":")
        count, _, milliseconds = numbers.partition("/")
        return cls(group, Rate(int(count), int(milliseconds) // 1000))


class Limits(msgspec.Struct, frozen=True, dict=True):
    """The settings of the protocol. Times are in seconds.

    Accept:
        max_lane_length: how many jobs one lane can hold.
        reserve: how many more it can hold of jobs that somebody else than its owner sends.
        rates: how many jobs one lane accepts within a time. Each holds in any window of its
            length.
        deduplication_ttl: how long deduplication keys are remembered, counted from the owner's
            newest one.
        idempotency_ttl, max_idempotency_keys: how long an idempotency key is remembered, and how
            many of one lane; a newer key takes the place of the oldest one.

    Claim:
        batch_size: the most jobs in one claim.
        jobs_per_lane: the most jobs of one lane in a claim while other lanes are ready.
        single_lane_seconds: if only one lane is ready, a claim takes more of its jobs: as many as
            take this long to handle, up to the whole batch.
        lease: how long a drain holds a lane without renewing its lease. If a drain is killed, its
            lanes wait at most this long.
        max_attempts: how often a job is tried before it becomes a dead letter.
        backoff_first, backoff_max: the delay after the first failed attempt, which doubles with
            each further one, and the longest back-off.
        max_delay: the longest delay that a handler can ask for; a longer one is shortened. A lane
            that seems delayed for longer is served, because the clock of Redis was set back.

    Drains:
        max_drains: how many drains run at once. One is started for each ``lanes_per_drain`` ready
            lanes, and two while any lane is leased, so that one remains if the other dies.
        lanes_per_drain: see ``max_drains``.
        start_timeout: how long a drain that was woken, or that got nothing, counts as running
            before it claims again. A drain with a claim counts as running for its lease.
        idle_timeout: an idle drain continues while a delayed lane is due within this time, and at
            most for this time.

    Storage:
        result_ttl, dead_letter_ttl: how long finished jobs and dead letters are kept.
    """

    max_lane_length: int = 1000
    reserve: int = 100
    rates: tuple[Rate, ...] = ()
    deduplication_ttl: int = 30 * DAY
    idempotency_ttl: int = DAY
    max_idempotency_keys: int = 100

    batch_size: int = 100
    jobs_per_lane: int = 10
    single_lane_seconds: float = 0.005
    lease: float = 15.0
    max_attempts: int = 5
    backoff_first: float = 2.0
    backoff_max: float = 60.0
    max_delay: float = 15 * 60.0

    max_drains: int = 4
    lanes_per_drain: int = 50
    start_timeout: float = 5.0
    idle_timeout: float = 20.0

    result_ttl: int = DAY
    dead_letter_ttl: int = 365 * DAY

    # Encoded once, because each call sends them; as texts, because hiredis takes longer to write a
    # number.

    @cached_property
    def accept_arguments(self) -> tuple[str, ...]:
        """The settings that accept.lua reads."""
        return (
            str(self.deduplication_ttl),
            f"{self.idempotency_ttl}/{self.max_idempotency_keys}",
            str(self.max_lane_length),
            self._encode_rates(),
        )

    @cached_property
    def drain_arguments(self) -> tuple[str, ...]:
        """The settings that each script reads which registers a drain."""
        return str(self.max_drains), str(self.lanes_per_drain), self.encode_timeouts()

    def backoff(self, failed_attempts: int) -> float:
        """Return the delay (s) after a number of failed attempts, from 1.

        Half of it is random, so that lanes which failed together do not return together.
        """
        longest = min(self.backoff_max, self.backoff_first * 2.0 ** (failed_attempts - 1))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing

    @property
    def rate_windows(self) -> str:
        """The times of the rates (ms) as erase.lua reads them."""
        return " ".join(str(rate.seconds * 1000) for rate in self.rates)

    def encode_timeouts(self) -> str:
        """Return the timeouts as the scripts read them (``read_timeouts``), in milliseconds."""
        longest_delay = max(self.max_delay, self.backoff_max)
        timeouts = self.start_timeout, self.lease, longest_delay
        return "/".join(str(round(seconds * 1000)) for seconds in timeouts)

    def _encode_rates(self) -> str:
        """Return the rates as accept.lua reads them; its keys allow one rate for each time."""
        lowest: dict[int, int] = {}
        for rate in self.rates:
            lowest[rate.seconds] = min(rate.count, lowest.get(rate.seconds, rate.count))
        return " ".join(f"{count}/{seconds * 1000}" for seconds, count in lowest.items())
