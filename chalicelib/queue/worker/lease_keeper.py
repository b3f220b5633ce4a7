"""What a drain does beside its handler: renew leases, wake others. One thread for each drain."""

from __future__ import annotations

import logging
import threading
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.queue.errors import REDIS_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from chalicelib.queue.lanes import Claim, Lanes, Wake


_LOGGER = logging.getLogger(__name__)


class Keeper:
    """Keeps a drain's lanes while its handler is at work, and wakes drains without it waiting.

    A lease is renewed each third of its time, for as long as the process lives: a handler that
    takes longer than a lease does not lose its lanes, one whose process died does. The thread
    starts when there is something to do, and ends with the drain; whoever wakes cannot end it.
    """

    def __init__(self, lanes: Lanes, drain_id: str, wake: Callable[[Wake], None]) -> None:
        self._lanes = lanes
        self._drain_id = drain_id
        self._wake = wake
        self._changed = threading.Condition()
        self._held: Claim | None = None
        self._wakes: deque[Wake] = deque()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def __enter__(self) -> Keeper:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Wakes what is still to be woken, then ends: Lambda freezes a process that answered."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def hold(self, claim: Claim | None) -> None:
        """Renew the leases of this claim from now on, or of none."""
        self._held = claim
        self._start()

    def wake(self, wake: Wake) -> None:
        """Wake a drain, soon and in the background."""
        with self._changed:
            self._wakes.append(wake)
            self._changed.notify()
        self._start()

    def _start(self) -> None:
        if self._thread.ident is None:
            self._thread.start()

    def _run(self) -> None:
        interval = self._lanes.limits.lease / 3
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
            # Only what was held at the last look too is old enough to need it.
            if held is not None and held is self._held:
                self._renew(held)
            held = self._held

    def _try_to_wake(self, wake: Wake) -> None:
        try:
            self._wake(wake)
        except Exception:
            _LOGGER.exception("a drain of %s was not woken", wake.kind)
            # Nobody comes under this id: it must not keep others from being woken.
            with suppress(*REDIS_ERRORS):
                self._lanes.redis.zrem(self._lanes.keys.drains(wake.kind), wake.drain_id)

    def _renew(self, held: Claim) -> None:
        try:
            self._lanes.renew(self._drain_id, held)
        except REDIS_ERRORS:
            # Tried again in a while. Should the lease run out, settle says so.
            return
