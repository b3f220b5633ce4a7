"""Origins: keyed hashes of network addresses, by which bursts of applications are found."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from chalicelib.auth.routes.visitors import read_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalice.app import Request

    from chalicelib.auth.credentials.derived_keys import DerivedKey

_DAY = 24 * 60 * 60
_BYTES = 8


class OriginHasher:
    """Hashes the addresses of visitors. Each day (UTC) an address has another hash.

    So nobody can be followed from day to day, and only the API, which has the key, can compute the
    hash of an address.

    Args:
        key: the key of the hashes.
        behind_cdn: see ``read_address``.
        clock: returns the current time in seconds since 1970.
    """

    def __init__(
        self, key: DerivedKey, *, behind_cdn: bool, clock: Callable[[], float] = time.time
    ) -> None:
        self._key = key.bytes
        self._behind_cdn = behind_cdn
        self._clock = clock
        self._day = 0
        # Copied for each address, which takes half as long as to begin a hash with a key.
        self._begun = hashlib.blake2b()

    def of_request(self, request: Request) -> str:
        """Return the origin of a request; empty if its address is unknown."""
        return self.of_address(read_address(request, behind_cdn=self._behind_cdn))

    def of_address(self, address: str) -> str:
        """Return the origin of an address; empty for an empty one."""
        if not address:
            return ""
        day = int(self._clock()) // _DAY
        if day != self._day:
            self._begun = hashlib.blake2b(b"%d " % day, key=self._key, digest_size=_BYTES)
            self._day = day
        hashed = self._begun.copy()
        hashed.update(address.encode())
        return hashed.hexdigest()
