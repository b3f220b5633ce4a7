"""Rate limits of login and other attempts, counted in Redis for all processes together."""

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
# The hash tag keeps the limits of one attempt in one slot of a Redis cluster.
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


# The second part of a name says what the limit counts by: an account (by its e-mail address, known
# or not), a network address, both together ("visitor"), one known device of an account or all of
# them, a session, or an e-mailed link.
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
    """Return the default limits with the changes of a setting.

    Args:
        text: the changes, such as ``login.account=20 per minute, mail.address=9 per hour``.

    Raises:
        ValueError: the setting names an unknown limit or has an invalid one.
    """
    limits = dict(DEFAULTS)
    for part in filter(None, map(str.strip, text.split(","))):
        name, _, written = part.partition("=")
        if name.strip() not in limits:
            raise ValueError(f"Unknown limit {name.strip()!r}. Known limits: {', '.join(limits)}.")
        limits[name.strip()] = Limit.parse(written)
    return limits


class AuthRateLimits:
    """Counts attempts against the limits.

    Args:
        redis: the client.
        limits: the limits by name.
    """

    def __init__(self, redis: Redis | RedisCluster, limits: Mapping[str, Limit] = DEFAULTS) -> None:
        self._script: Any = redis.register_script(_SCRIPT)
        self._limits = limits

    def try_take(self, **subjects: str) -> bool:
        """Count one attempt like ``take``. Return False if a limit is reached."""
        try:
            self.take(**subjects)
        except TooManyRequests:
            return False
        return True

    def take(self, **subjects: str) -> None:
        """Count one attempt, for example ``take(login_account="ada@example.com")``.

        All named limits count the attempt or, if one of them is reached, none.

        Args:
            subjects: what each limit counts by; the name of the limit has ``_`` in place of ``.``.
                Redis stores only a hash of the subject.

        Raises:
            TooManyRequests: a limit is reached. The error says when to try again, not which limit.
            redis.exceptions.RedisError: the limits cannot be read; the attempt must be rejected.
        """
        keys: list[str] = []
        arguments: list[int] = []
        for limit_name, subject in subjects.items():
            name = limit_name.replace("_", ".", 1)
            digest = hashlib.sha256(subject.encode()).hexdigest()[:32]
            keys.append(f"{_PREFIX}:{name}:{digest}")
            arguments += (self._limits[name].times, self._limits[name].seconds * 1000)
        wait_ms = self._script(keys=keys, args=arguments)
        if wait_ms:
            raise TooManyRequests("Too many attempts.", ceil(wait_ms / 1000))
