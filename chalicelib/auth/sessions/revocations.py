"""Revocations: make the queue refuse the access tokens of sessions that have ended.

An access token is valid for ten minutes, and applying must not read MongoDB. So the end of a
session is also marked in Redis, where accepting a job reads the mark in the same round trip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chalicelib.auth.errors import SessionExpired
from chalicelib.auth.sessions.access_tokens import CLOCK_SKEW_SECONDS, LIFETIME_SECONDS
from chalicelib.common.observability import count
from chalicelib.queue import REDIS_ERRORS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aws_lambda_powertools import Logger

    from chalicelib.auth.models import Caller
    from chalicelib.queue import Shards

# A refresh that had read the session before it ended can issue a token a little later.
_LATE_REFRESH_SECONDS = 60
RETENTION_SECONDS = LIFETIME_SECONDS + CLOCK_SKEW_SECONDS + _LATE_REFRESH_SECONDS
_ALL_SESSIONS = ""


@dataclass(frozen=True, slots=True)
class SessionRevocations:
    """Marks ended sessions until their last access token has expired.

    Args:
        lanes: returns the lanes that refuse them; connects to Redis at the first call.
        logger: the logger of the function.
    """

    lanes: Callable[[], Shards]
    logger: Logger

    def add(self, account_id: str, session_ids: Sequence[str]) -> None:
        """Mark sessions of an account.

        A failure is logged and counted, not raised: nobody can apply while Redis is down, and
        sessions must end nevertheless.
        """
        try:
            self.lanes().revoke(account_id, session_ids, RETENTION_SECONDS)
        except REDIS_ERRORS as error:
            count("revocation_failed")
            self.logger.error(
                "sessions not revoked in Redis",
                extra={"account_id": account_id, "error": type(error).__name__},
            )

    def add_account(self, account_id: str) -> None:
        """Mark all sessions of an account, also those that nobody knows.

        Raises:
            redis.exceptions.RedisError: they are not marked.
        """
        self.lanes().revoke(account_id, [_ALL_SESSIONS], RETENTION_SECONDS)

    def check(self, caller: Caller) -> None:
        """Check that the session of a caller is not marked.

        Raises:
            SessionExpired: the session has ended, or the account was deleted.
            redis.exceptions.RedisError: the marks cannot be read.
        """
        lanes = self.lanes().of(caller.account_id)
        if lanes.is_revoked(caller.account_id, caller.session_id):
            raise SessionExpired
