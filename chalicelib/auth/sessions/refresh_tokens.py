"""Sessions and their refresh tokens.

A login opens a session; refresh tokens prolong it, up to 30 days after the login. A refresh token
is ``<session>.<generation>.<signature>``. Neither the token nor a hash of it is stored. The
signature needs a key that the database does not hold and a salt that only the database holds. The
server can therefore recognize every token it ever issued for a session, however old:

* The current token is exchanged for the next one, but not within ten seconds of the last exchange.
  Within that time it is answered with itself, so that tabs that refresh simultaneously end up with
  the same token.
* The previous token is answered with the current one for ten seconds, for clients that missed the
  answer.
* Any other genuine token shows that a token was stolen, so the session ends.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.auth.errors import SessionExpired, SessionNotFound
from chalicelib.common import times
from chalicelib.common.ids import is_id, new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.auth.accounts.audit_log import AuditLog
    from chalicelib.auth.models import Caller

LIFETIME = timedelta(days=30)
GRACE_PERIOD = timedelta(seconds=10)
# Six digits are enough: refreshed every ten seconds, a session of 30 days reaches 259,200.
_GENERATION = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Session:
    """A session. ``device`` and ``place`` are descriptions for the owner of the account."""

    id: str
    account_id: str
    device: str
    place: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session and its current refresh token."""

    session: Session
    refresh_token: str


class SessionRepository:
    """Opens, refreshes and ends sessions.

    Args:
        database: the database of the deployment stage.
        secret: the secret of the API; the key of the refresh tokens is derived from it.
        audit_log: records how sessions end.
        clock: returns the current time.
        revoke: called with an account and those of its sessions that end, before they do.
    """

    def __init__(
        self,
        database: Database[dict[str, Any]],
        secret: str,
        audit_log: AuditLog,
        clock: Callable[[], datetime] = times.now,
        revoke: Callable[[str, Sequence[str]], None] = lambda account_id, session_ids: None,
    ) -> None:
        self._sessions: Collection[dict[str, Any]] = database["sessions"]
        self._key = DerivedKey(secret, "refresh token")
        self._audit_log = audit_log
        self._clock = clock
        self._revoke = revoke

    def create_indexes(self) -> None:
        """Create the indexes, unless they exist."""
        self._sessions.create_index("expires_at", expireAfterSeconds=0)
        self._sessions.create_index("account_id")

    def open(self, account_id: str, device: str, place: str) -> OpenedSession:
        """Open a session for an account whose owner has proved their identity."""
        # MongoDB stores milliseconds; return the times as they will be read.
        now = times.to_stored_time(self._clock())
        document = {
            "_id": new_id(),
            "account_id": account_id,
            "generation": 1,
            "salt": secrets.token_hex(16),
            "device": device,
            "place": place,
            "created_at": now,
            "rotated_at": now,
            "last_used_at": now,
            "expires_at": now + LIFETIME,
        }
        self._sessions.insert_one(document)
        return OpenedSession(_session(document), self._token(document, 1))

    def refresh(self, token: str) -> OpenedSession:
        """Exchange a refresh token.

        Raises:
            SessionExpired: the token is invalid, its session has ended, or the token was used
                before.
        """
        found, generation = self._read(token)
        now = self._clock()
        in_grace_period = now - found["rotated_at"] < GRACE_PERIOD
        if generation == found["generation"] and not in_grace_period:
            change = {
                "generation": generation + 1,
                "rotated_at": now,
                "last_used_at": now,
            }
            done = self._sessions.update_one(
                {"_id": found["_id"], "generation": generation}, {"$set": change}
            )
            if not done.matched_count:
                # Another request has exchanged the token or ended the session since it was read.
                return self.refresh(token)
            found |= change
        elif generation < found["generation"] - 1 or not in_grace_period:
            self._delete(found["account_id"], [found["_id"]])
            self._audit_log.record(
                "refresh_token_reused", found["account_id"], session_id=found["_id"]
            )
            raise SessionExpired
        return OpenedSession(_session(found), self._token(found, found["generation"]))

    def is_active(self, account_id: str, session_id: str) -> bool:
        """Return whether a session of an account has not ended.

        An access token stays valid for up to ten minutes after the end of its session.
        """
        query = {
            "_id": session_id,
            "account_id": account_id,
            "expires_at": {"$gt": self._clock()},
        }
        return self._sessions.find_one(query, {"_id": 1}) is not None

    def require_active(self, caller: Caller) -> None:
        """Check that the session of a caller has not ended since the access token was issued.

        Raises:
            SessionExpired: it has ended.
        """
        if not self.is_active(caller.account_id, caller.session_id):
            raise SessionExpired

    def end_by_token(self, token: str) -> None:
        """End the session of a refresh token of any generation. Ignore an invalid token."""
        try:
            found, _ = self._read(token)
        except SessionExpired:
            return
        self._delete(found["account_id"], [found["_id"]])
        self._audit_log.record("logged_out", found["account_id"], session_id=found["_id"])

    def end(self, account_id: str, session_id: str) -> None:
        """End one session of an account.

        Raises:
            SessionNotFound: the account has no session with this id.
        """
        if not self.is_active(account_id, session_id) or not self._delete(account_id, [session_id]):
            raise SessionNotFound
        self._audit_log.record("session_revoked", account_id, session_id=session_id)

    def end_all(self, account_id: str, except_id: str | None = None) -> None:
        """End all sessions of an account, except the one with the id ``except_id``."""
        query = {"account_id": account_id, "_id": {"$ne": except_id}}
        # A login may open another session meanwhile.
        while found := [session["_id"] for session in self._sessions.find(query, {"_id": 1})]:
            self._delete(account_id, found)

    def list_for(self, account_id: str) -> list[Session]:
        """Return the sessions of an account, most recently used first."""
        query = {"account_id": account_id, "expires_at": {"$gt": self._clock()}}
        found = map(_session, self._sessions.find(query))
        return sorted(found, key=lambda session: session.last_used_at, reverse=True)

    def _delete(self, account_id: str, session_ids: Sequence[str]) -> int:
        """Revoke and delete sessions of an account. Return how many were deleted."""
        self._revoke(account_id, session_ids)
        query = {"account_id": account_id, "_id": {"$in": list(session_ids)}}
        return self._sessions.delete_many(query).deleted_count

    def _read(self, token: str) -> tuple[dict[str, Any], int]:
        """Return the session of a genuine token and the generation of the token.

        Raises:
            SessionExpired: the token is not genuine, or its session has ended.
        """
        session_id, _, rest = token.partition(".")
        generation, _, _ = rest.partition(".")
        if not is_id(session_id) or not _GENERATION.fullmatch(generation):
            raise SessionExpired
        found = self._sessions.find_one({"_id": session_id, "expires_at": {"$gt": self._clock()}})
        if found is None:
            raise SessionExpired
        number = int(generation)
        if not secrets.compare_digest(self._token(found, number).encode(), token.encode()):
            raise SessionExpired
        return found, number

    def _token(self, session: dict[str, Any], generation: int) -> str:
        text = f"{session['_id']}.{generation}"
        return f"{text}.{self._key.sign(text + session['salt'])}"


def _session(document: dict[str, Any]) -> Session:
    return Session(
        id=document["_id"],
        account_id=document["account_id"],
        device=document["device"],
        place=document["place"],
        created_at=document["created_at"],
        last_used_at=document["last_used_at"],
        expires_at=document["expires_at"],
    )
