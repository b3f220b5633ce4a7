"""Refuse requests that do not come through our content delivery network (CloudFront).

CloudFront adds a secret to each request. A client that calls API Gateway directly does not
know it. Such a client could otherwise claim any address in ``CloudFront-Viewer-Address``, which
rate limits count, and would get past the firewall at the edge.
"""

from __future__ import annotations

import hmac
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from chalicelib.http.errors import DirectRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chalice.app import Request

# CloudFront replaces what a viewer sends under this name.
HEADER = "X-Hirelane-Origin"
# Their answers depend on no caller. A deployment asks for them before CloudFront can reach the API.
OPEN_ROUTES = frozenset({"/health/live", "/health/ready"})
# Seconds between two reads of the secrets for an unknown value.
RELOAD_SECONDS = 10.0


class CdnGuard:
    """Checks the secret that CloudFront adds.

    Two values are valid, so that the value in CloudFront can be changed without an interruption. An
    unknown value may be a new one, so the secrets are read again, but not more often than every ten
    seconds.

    Args:
        read: returns the valid values. Empty ones are never valid.
        clock: returns seconds of a clock that never goes back.
    """

    def __init__(
        self, read: Callable[[], Sequence[str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._clock = clock
        self._values: tuple[bytes, ...] | None = None
        self._read_at = 0.0
        self._lock = threading.Lock()

    def check(self, request: Request) -> None:
        """Check that CloudFront sent a request.

        Raises:
            DirectRequest: it did not.
        """
        if request.context.get("resourcePath") in OPEN_ROUTES:
            return
        given = str(request.headers.get(HEADER, "")).encode(errors="surrogatepass")
        if not (self._is_valid(given, reload=False) or self._is_valid(given, reload=True)):
            raise DirectRequest("Send the request to the address of the website.")

    def _is_valid(self, given: bytes, *, reload: bool) -> bool:
        # All values are compared, each in the same time wherever it differs.
        matches = [hmac.compare_digest(given, value) for value in self._known(reload=reload)]
        return any(matches)

    def _known(self, *, reload: bool) -> tuple[bytes, ...]:
        with self._lock:
            now = self._clock()
            if self._values is None:
                self._load(now)
            elif reload and now - self._read_at >= RELOAD_SECONDS:
                # The old values stay valid if the secrets cannot be read.
                self._read_at = now
                with suppress(Exception):
                    self._load(now)
            return self._values or ()

    def _load(self, now: float) -> None:
        self._values = tuple(value.encode() for value in self._read() if value)
        self._read_at = now
