"""Rate limits of login and other attempts, counted in Redis for all processes together."""

from __future__ import annotations

import hashlib
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.common.errors import TooManyRequests
from chalicelib.queue.limits import Rate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from redis import Redis

_SCRIPT = (Path(__file__).parent / "rate_limits.lua").read_text()
# The hash tag keeps the limits of one attempt in one slot of a Redis cluster.
PREFIX = "{hl:limits}"

# The second part of a name says what the limit counts by: an account (by its e-mail address, known
# or not), a network address, both together ("visitor"), one known device of an account or all of
# them, a session, an e-mailed link, or an employer. The limits of changes and commands stop scripts
# only: a person who decides on two applicants a second sends half as many.
DEFAULTS = {
    "login.account": Rate(10, 300),
    "login.device": Rate(10, 300),
    "login.devices": Rate(50, 300),
    "login.address": Rate(100, 300),
    "code.account": Rate(50, 86400),
    "mail.visitor": Rate(5, 3600),
    "mail.address": Rate(50, 3600),
    "mail.account": Rate(20, 3600),
    "employer.account": Rate(10, 86400),
    "upload.account": Rate(30, 3600),
    "completion.account": Rate(60, 3600),
    "facts.account": Rate(30, 3600),
    "export.account": Rate(3, 86400),
    "import.account": Rate(30, 3600),
    "change.account": Rate(1200, 300),
    "change.employer": Rate(6000, 300),
    "operation.employer": Rate(120, 3600),
    "command.account": Rate(1200, 300),
    "password.session": Rate(10, 300),
    "password.link": Rate(10, 300),
}


def read_limits(text: str) -> dict[str, Rate]:
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
        limits[name.strip()] = Rate.parse(written)
    return limits


class AuthRateLimits:
    """Counts attempts against the limits.

    Args:
        redis: the client.
        limits: the limits by name.
    """

    def __init__(self, redis: Redis, limits: Mapping[str, Rate] = DEFAULTS) -> None:
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
            keys.append(f"{PREFIX}:{name}:{digest}")
            arguments += (self._limits[name].count, self._limits[name].seconds * 1000)
        wait_ms = self._script(keys=keys, args=arguments)
        if wait_ms:
            raise TooManyRequests("Too many attempts.", ceil(wait_ms / 1000))
