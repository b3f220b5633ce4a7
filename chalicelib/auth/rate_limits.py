"""How often something may be tried, counted in Redis, so that all processes count together."""

from __future__ import annotations

import hashlib
import re
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.common.errors import TooManyRequests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redis import Redis
    from redis.cluster import RedisCluster

_SCRIPT = (Path(__file__).parent / "rate_limits.lua").read_text()
# One tag, so that the limits of one attempt are in one slot of a cluster.
_PREFIX = "{hl:limits}"

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_WRITTEN = re.compile(r"(\d+) per (?:(\d+) )?(second|minute|hour|day)s?")


class Limit(msgspec.Struct, frozen=True):
    """At most ``times`` within any ``seconds``."""

    times: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Reads ``10 per 5 minutes``, ``1 per hour``.

        Raises:
            ValueError: it is not written so, or one of its numbers is 0.
        """
        found = _WRITTEN.fullmatch(text.strip())
        if found:
            times, count, unit = found.groups()
            limit = cls(int(times), int(count or 1) * _UNITS[unit])
            if limit.times and limit.seconds:
                return limit
        raise ValueError(f"{text!r} is no limit; write it like '10 per 5 minutes'")


# By what is counted: an account (by its address, whether there is one or not), the address on the
# network that an attempt comes from, both together, a device that once logged in to the account
# or all of those, a session, a mailed link.
DEFAULTS = {
    "login.account": Limit(10, 300),
    "login.device": Limit(10, 300),
    "login.devices": Limit(50, 300),
    "login.address": Limit(100, 300),
    "code.account": Limit(50, 86400),
    "mail.visitor": Limit(5, 3600),
    "mail.address": Limit(50, 3600),
    "mail.account": Limit(20, 3600),
    "password.session": Limit(10, 300),
    "password.link": Limit(10, 300),
}


def read_limits(text: str) -> dict[str, Limit]:
    """The limits, with those that a setting changes: ``login.account=20 per minute, ...``.

    Raises:
        ValueError: there is no such limit, or it cannot be read.
    """
    limits = dict(DEFAULTS)
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, written = part.partition("=")
        if name.strip() not in limits:
            raise ValueError(f"there is no limit {name.strip()!r}; there are {', '.join(limits)}")
        limits[name.strip()] = Limit.parse(written)
    return limits


class AuthRateLimits:
    """Counts attempts against the limits."""

    def __init__(self, redis: Redis | RedisCluster, limits: Mapping[str, Limit] = DEFAULTS) -> None:
        self._script: Any = redis.register_script(_SCRIPT)
        self._limits = limits

    def try_take(self, **whose: str) -> bool:
        """Count one attempt as ``take`` does. Returns False where that raises."""
        try:
            self.take(**whose)
        except TooManyRequests:
            return False
        return True

    def take(self, **whose: str) -> None:
        """Count one attempt: ``take(login_account="ada@example.com", login_address="...")``.

        All of the limits are counted or, if one is reached, none. What is counted by is hashed.

        Raises:
            TooManyRequests: a limit is reached; says when to come back, not which one it is.
            redis.exceptions.RedisError: it cannot be told; nothing may be let through.
        """
        keys: list[str] = []
        arguments: list[int] = []
        for which, who in whose.items():
            name = which.replace("_", ".", 1)
            digest = hashlib.sha256(who.encode()).hexdigest()[:32]
            keys.append(f"{_PREFIX}:{name}:{digest}")
            arguments += (self._limits[name].times, self._limits[name].seconds * 1000)
        wait_ms = self._script(keys=keys, args=arguments)
        if wait_ms:
            raise TooManyRequests("Too many attempts.", ceil(wait_ms / 1000))
