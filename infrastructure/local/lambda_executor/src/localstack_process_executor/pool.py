"""The idle environments, and a limit of simultaneous initialisations.

If a burst starts many environments at once, they compete for the processors and all miss the limit
of the Init phase. Therefore an invocation that needs a new environment waits until fewer are being
initialised, in the order of arrival. If an environment of its function becomes idle first, it takes
that one, as on Lambda. So a short burst needs fewer environments than it has invocations.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

PATIENCE_SECONDS = 3.0
"""After this time an initialisation no longer counts, because it probably waits for something, such
as a call of another function, which may itself wait for its initialisation."""

_RECHECK_SECONDS = 0.5


class _Request[Environment]:
    """An invocation that waits."""

    def __init__(self, version: str | None) -> None:
        self.version = version
        self.environment: Environment | None = None
        self.granted = threading.Event()


class EnvironmentPool[Environment]:
    """Hands out idle environments, and permissions to initialise one."""

    def __init__(self, simultaneous: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Create an empty pool.

        Args:
            simultaneous: The number of simultaneous initialisations; 0 means no limit.
            clock: Returns the time in seconds.
        """
        self._limit = simultaneous or float("inf")
        self._clock = clock
        self._lock = threading.Lock()
        self._idle: dict[str | None, list[Environment]] = {}
        self._waiting: list[_Request[Environment]] = []
        self._initialising: dict[_Request[Environment], float] = {}

    def take(
        self, version: str, preferred: Environment | None, create: Callable[[], Environment]
    ) -> Environment:
        """Return an idle environment of a function version, or a new one.

        Args:
            version: Identifies the function version.
            preferred: The environment to take if it is idle.
            create: Returns a new environment, initialised.
        """
        if preferred is not None and self.remove(version, preferred):
            return preferred
        request = self._wait(version)
        if request.environment is not None:
            return request.environment
        try:
            return create()
        finally:
            self._end(request)

    def give_back(self, version: str, environment: Environment) -> None:
        """Make an environment available to other invocations."""
        with self._lock:
            self._idle.setdefault(version, []).append(environment)
            self._serve()

    def remove(self, version: str, environment: Environment) -> bool:
        """Take an environment out of the pool. Return False if it is not idle."""
        with self._lock:
            idle = self._idle.get(version, [])
            if environment not in idle:
                return False
            idle.remove(environment)
            if not idle:
                del self._idle[version]
            return True

    @contextmanager
    def initialisation(self) -> Iterator[None]:
        """Wait until a process may be initialised, and count its initialisation."""
        request = self._wait(None)
        try:
            yield
        finally:
            self._end(request)

    def _wait(self, version: str | None) -> _Request[Environment]:
        request = _Request[Environment](version)
        with self._lock:
            self._waiting.append(request)
            self._serve()
        while not request.granted.wait(_RECHECK_SECONDS):
            with self._lock:
                self._serve()
        return request

    def _end(self, request: _Request[Environment]) -> None:
        with self._lock:
            del self._initialising[request]
            self._serve()

    def _serve(self) -> None:
        """Grant what can be granted, first to those who wait longest."""
        now = self._clock()
        counted = [began for began in self._initialising.values() if now - began < PATIENCE_SECONDS]
        free = self._limit - len(counted)
        for request in list(self._waiting):
            if idle := self._idle.get(request.version):
                request.environment = idle.pop()
                if not idle:
                    del self._idle[request.version]
            elif free > 0:
                free -= 1
                self._initialising[request] = now
            else:
                continue
            self._waiting.remove(request)
            request.granted.set()
