"""Putting another signing key in the place of the present one, so that no session notices."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from chalicelib.auth.sessions.access_tokens import CLOCK_SKEW_SECONDS, LIFETIME_SECONDS
from chalicelib.auth.sessions.signing_keys import RELOAD_SECONDS, generate_signing_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# A process that read the secret just before signs with the old key until it reads it again, and
# the last of those tokens lives its ten minutes.
RETENTION_SECONDS = RELOAD_SECONDS + LIFETIME_SECONDS + CLOCK_SKEW_SECONDS


def rotate_signing_keys(
    keys: Sequence[dict[str, Any]],
    *,
    drop: bool = False,
    clock: Callable[[], float] = time.time,
) -> list[dict[str, Any]]:
    """The signing keys of a secret after a rotation: a new one first, then those still needed.

    Args:
        keys: the signing keys as they are.
        drop: whether to keep none of them, since someone else may know them. Access tokens are
            worth nothing then; sessions go on, for clients refresh when a token is refused.
        clock: seconds of Unix time.
    """
    now = clock()
    old = [key if key.get("retired_at") else {**key, "retired_at": now} for key in keys]
    needed = [key for key in old if now - key["retired_at"] < RETENTION_SECONDS]
    return [generate_signing_key(), *([] if drop else needed)]
