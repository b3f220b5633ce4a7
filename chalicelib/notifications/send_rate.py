"""The sending rate of the account, which all mail workers keep together."""

from __future__ import annotations

import math
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.queue import REDIS_ERRORS

if TYPE_CHECKING:
    from redis import Redis

    from chalicelib.queue.limits import Rate

# Redis would refuse a script that writes at maxmemory, although sent e-mails free memory.
_SCRIPT = "#!lua flags=allow-oom\n" + Path(__file__).with_name("send_rate.lua").read_text()
# One key for all shards, because the rate is that of the account.
_KEY = "{hl:send_rate}"
# A longer wait delays the lane instead, because a waiting function costs as much as a busy one.
MOST_SECONDS = 10.0
# E-mails reach SES some milliseconds early or late. Without this, every second one of an account
# that sends without a pause would be the first one too many in some second.
_HEADROOM = 1.05
# An answer that we send too fast slows this process down, and each e-mail that SES takes speeds it
# up again. With these numbers about 4% of the answers are refusals, whatever the true rate is: that
# of another program with the same account may be part of ours.
_SLOWER, _FASTER, _SLOWEST = 1.25, 0.99, 64.0
# How long (s) a Redis that did not answer is not asked again. Threads ask one after the other, so
# all of them together would wait longer than a function may run.
_SILENT_SECONDS = 5.0


class SendRate:
    """Spaces the e-mails of all workers evenly.

    A worker alone may use the whole rate, because the rate is not divided among the workers. Only
    while Redis does not answer does each worker keep to its part. Threads may share an instance.

    Args:
        redis: the client.
        rate: how many e-mails the account may send.
        workers: how many e-mails all workers send at once at most.
    """

    def __init__(self, redis: Redis, rate: Rate, workers: int) -> None:
        self._script: Any = redis.register_script(_SCRIPT)
        self._interval = _HEADROOM * rate.seconds / rate.count
        self._workers = workers
        self._slowness = 1.0
        self._lock, self._asking = threading.Lock(), threading.Lock()
        self._silent_until = -math.inf

    def wait(self, deadline: float = math.inf) -> float:
        """Wait until the next e-mail may be sent.

        Args:
            deadline: the time (``time.monotonic``) at which the caller gives up.

        Returns:
            0.0 if it may be sent now. Otherwise the deadline has come, or the wait is longer than
            ``MOST_SECONDS``: the seconds after which to ask again.
        """
        left = max(0.0, deadline - time.monotonic())
        seconds = self._reserve(min(MOST_SECONDS, left))
        # Redis may have taken long to answer.
        left = max(0.0, deadline - time.monotonic())
        if left and seconds <= min(MOST_SECONDS, left):
            time.sleep(seconds)
            return 0.0
        if seconds <= MOST_SECONDS:
            time.sleep(left)
        return seconds or self._interval

    def report(self, *, throttled: bool) -> None:
        """Adapt the pace of this process to an answer of SES.

        Args:
            throttled: whether SES refused an e-mail because we send too fast.
        """
        with self._lock:
            factor = _SLOWER if throttled else _FASTER
            self._slowness = min(_SLOWEST, max(1.0, self._slowness * factor))

    def _reserve(self, longest: float) -> float:
        """Return how long (s) to wait; more than ``longest`` if no time was reserved."""
        interval = self._interval * self._slowness
        furthest = MOST_SECONDS + self._interval * _SLOWEST
        arguments = [round(1e6 * seconds) for seconds in (interval, longest, furthest)]
        wait = self._ask(arguments)
        if wait is None:
            return min(interval * self._workers, MOST_SECONDS)
        # Not less than the longest wait by rounding.
        return wait / 1e6 if wait >= 0 else max(-1 - wait, arguments[1] + 1) / 1e6

    def _ask(self, arguments: list[int]) -> int | None:
        """Return the answer of Redis, or None if it did not answer, now or a moment ago."""
        with self._asking:
            if time.monotonic() < self._silent_until:
                return None
            try:
                wait: int = self._script(keys=[_KEY], args=arguments)
            except REDIS_ERRORS:
                self._silent_until = time.monotonic() + _SILENT_SECONDS
                return None
            return wait
