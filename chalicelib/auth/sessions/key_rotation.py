"""Rotation of signing keys without ending any session."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chalicelib.auth.sessions.access_tokens import CLOCK_SKEW_SECONDS, LIFETIME_SECONDS
from chalicelib.auth.sessions.signing_keys import RELOAD_SECONDS, generate_signing_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# A process that has just read the secret signs with the old key until it reads the secret again.
# The last token that it signs then is valid for another ten minutes.
RETENTION_SECONDS = RELOAD_SECONDS + LIFETIME_SECONDS + CLOCK_SKEW_SECONDS


def rotate_receipt_keys(
    keys: Sequence[dict[str, Any]], *, clock: Callable[[], float] = time.time
) -> list[dict[str, Any]]:
    """Return the receipt keys of the secret after a rotation: a new key, then all old ones.

    Receipts do not expire, so their keys are never removed.
    """
    now = clock()
    old = [key if key.get("retired_at") else {**key, "retired_at": now} for key in keys]
    return [generate_signing_key(), *old]


def rotate_signing_keys(
    keys: Sequence[dict[str, Any]],
    *,
    drop: bool = False,
    clock: Callable[[], float] = time.time,
) -> list[dict[str, Any]]:
    """Return the signing keys of the secret after a rotation: a new key, then the old ones.

    Args:
        keys: the signing keys that the secret holds now.
        drop: whether to remove all old keys, because someone else may know them. Access tokens
            become invalid then; sessions continue, because clients refresh a rejected token.
        clock: returns the current time in seconds since 1970.

    Returns:
        The new key and, unless they are dropped, the old keys that can still verify a valid token.
    """
    now = clock()
    old = [key if key.get("retired_at") else {**key, "retired_at": now} for key in keys]
    needed = [key for key in old if now - key["retired_at"] < RETENTION_SECONDS]
    return [generate_signing_key(), *([] if drop else needed)]
