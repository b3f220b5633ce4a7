"""The sending rate of the account, which all mail workers keep together."""

from __future__ import annotations

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.queue import REDIS_ERRORS

if TYPE_CHECKING:
    from redis import Redis
    from redis.cluster import RedisCluster

    from chalicelib.queue.limits import Rate

# Redis would refuse a script that writes at maxmemory, although sent e-mails free memory.
_SCRIPT = "#!lua flags=allow-oom\n" + Path(__file__).with_name("send_rate.lua").read_text()
_KEY = "{hl:send_rate}"
# No invocation of a worker lasts longer.
_LONGEST_WAIT_SECONDS = 15 * 60.0


class SendRate:
    """Spaces the e-mails of all workers evenly.

    A worker alone may use the whole rate, because the rate is not divided among the workers. Only
    while Redis does not answer does each worker keep to its part.

    Args:
        redis: the client.
        rate: how many e-mails the account may send.
        workers: how many workers run at most.
    """

    def __init__(self, redis: Redis | RedisCluster, rate: Rate, workers: int) -> None:
        self._script: Any = redis.register_script(_SCRIPT)
        self._interval = rate.seconds / rate.count
        self._workers = workers

    def wait(self, deadline: float = math.inf) -> bool:
        """Wait until the next e-mail may be sent.

        Args:
            deadline: the time (``time.monotonic``) at which the caller gives up.

        Returns:
            Whether it may be sent. If not, the deadline has come.
        """
        longest = min(_LONGEST_WAIT_SECONDS, max(0.0, deadline - time.monotonic()))
        seconds = self._reserve(longest)
        time.sleep(min(seconds, longest))
        return seconds <= longest

    def _reserve(self, longest: float) -> float:
        """Return how long (s) to wait; more than ``longest`` if no time was reserved."""
        arguments = (self._interval, longest, _LONGEST_WAIT_SECONDS)
        try:
            wait = self._script(keys=[_KEY], args=[round(1e6 * seconds) for seconds in arguments])
        except REDIS_ERRORS:
            return self._interval * self._workers
        return wait / 1e6 if wait >= 0 else math.inf
