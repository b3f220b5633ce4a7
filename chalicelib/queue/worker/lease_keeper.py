"""Renew leases and wake drains in the background, while the handler works."""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.queue.errors import REDIS_ERRORS

if TYPE_CHECKING:
    from types import TracebackType

    from chalicelib.queue.models import Claim, Wake, Waker
    from chalicelib.queue.worker.leases import Leases


_LOGGER = logging.getLogger(__name__)


class LeaseKeeper:
    """Renews the leases of a drain, and wakes other drains without blocking it.

    A lease is renewed after each third of its time while the process lives. So a handler that takes
    longer than a lease keeps its lanes, and a process that dies loses them. The thread starts when
    it is first needed and ends with the drain. An error of the waker does not end it.
    """

    def __init__(self, leases: Leases, drain_id: str, waker: Waker) -> None:
        self._leases = leases
        self._drain_id = drain_id
        self._waker = waker
        self._changed = threading.Condition()
        self._held: Claim | None = None
        self._wakes: deque[Wake] = deque()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)

    def __enter__(self) -> LeaseKeeper:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wake the remaining drains and end, because Lambda freezes a process that answered."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def hold(self, claim: Claim | None) -> None:
        """Renew the leases of this claim from now on, or none."""
        self._held = claim
        self._start()

    def wake(self, wake: Wake) -> None:
        """Wake a drain in the background."""
        with self._changed:
            self._wakes.append(wake)
            self._changed.notify()
        self._start()

    def _start(self) -> None:
        if self._thread.ident is None:
            self._thread.start()

    def _run(self) -> None:
        interval = self._leases.lanes.limits.lease / 3
        held: Claim | None = None
        while True:
            with self._changed:
                if not self._wakes and not self._ended:
                    self._changed.wait(interval)
                wakes = list(self._wakes)
                self._wakes.clear()
                ended = self._ended
            for wake in wakes:
                self._try_to_wake(wake)
            if ended:
                return
            # A claim that was not held at the last pass is too new to need a renewal.
            if held is not None and held is self._held:
                self._renew(held)
            held = self._held

    def _try_to_wake(self, wake: Wake) -> None:
        try:
            self._waker.wake(wake)
        except Exception:
            _LOGGER.exception("a drain of %s was not woken", wake.kind)
            # No drain will run under this id, so it must not count as running.
            lanes = self._leases.lanes
            with suppress(*REDIS_ERRORS):
                lanes.redis.zrem(lanes.keys.drains(wake.kind), wake.drain_id)

    def _renew(self, held: Claim) -> None:
        # After an error the next pass tries again. If the lease expires before, settle reports it.
        with suppress(*REDIS_ERRORS):
            self._leases.renew(self._drain_id, held)
