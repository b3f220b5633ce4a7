"""Sessions: what a log-in opens, and refresh tokens prolong, for 30 days at most.

A refresh token is ``<session>.<generation>.<signature>``. Neither it nor its hash is stored: the
signature is made with a key that the database does not hold and a salt that the key's holder does
not have. So every old token of a session is known for what it is, however old, and

* the newest one gives the next one, but not within ten seconds of the last exchange: then it gives
  itself, so that tabs which refresh at the same time all hold the same token in the end;
* the one before gives the newest for ten seconds, for whoever did not hear the answer;
* any other that is genuine has been stolen, from the owner or by them: the session is ended.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.auth.credentials.derived_keys import DerivedKey
from chalicelib.auth.errors import SessionExpired, SessionNotFound
from chalicelib.common.ids import is_id, new_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.auth.accounts.audit_log import AuditLog

LIFETIME = timedelta(days=30)
GRACE_PERIOD = timedelta(seconds=10)
_GENERATION = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Session:
    """A session. ``device`` and ``place`` are words for its owner."""

    id: str
    account_id: str
    device: str
    place: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session and the refresh token that prolongs it next."""

    session: Session
    refresh_token: str


class SessionRepository:
    """The sessions of a stage."""

    def __init__(
        self,
        database: Database[dict[str, Any]],
        secret: str,
        audit: AuditLog,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sessions: Collection[dict[str, Any]] = database["sessions"]
        self._key = DerivedKey(secret, "refresh token")
        self._audit = audit
        self._clock = clock

    def prepare(self) -> None:
        """Create the indexes. May be repeated."""
        self._sessions.create_index("expires_at", expireAfterSeconds=0)
        self._sessions.create_index("account_id")

    def open(self, account_id: str, device: str, place: str) -> OpenedSession:
        """Open a session for someone who proved who they are."""
        # MongoDB keeps milliseconds.
        now = _to_milliseconds(self._clock())
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
            SessionExpired: it is none, its session has ended, or it was used before.
        """
        found, generation = self._read(token)
        now = self._clock()
        within_grace = now - found["rotated_at"] < GRACE_PERIOD
        if generation == found["generation"] and not within_grace:
            turned = {
                "generation": generation + 1,
                "rotated_at": now,
                "last_used_at": now,
            }
            done = self._sessions.update_one(
                {"_id": found["_id"], "generation": generation}, {"$set": turned}
            )
            if not done.matched_count:
                # Another did so at the same moment, or ended the session.
                return self.refresh(token)
            found |= turned
        elif generation < found["generation"] - 1 or not within_grace:
            self._sessions.delete_one({"_id": found["_id"]})
            self._audit.record("refresh_token_reused", found["account_id"], session_id=found["_id"])
            raise SessionExpired
        return OpenedSession(_session(found), self._token(found, found["generation"]))

    def is_active(self, account_id: str, session_id: str) -> bool:
        """Whether a session has not ended; an access token outlives it by up to ten minutes."""
        query = {"_id": session_id, "account_id": account_id}
        return self._sessions.find_one(query, {"_id": 1}) is not None

    def end_by_token(self, token: str) -> None:
        """End the session of a refresh token, whichever of its tokens it is."""
        try:
            found, _ = self._read(token)
        except SessionExpired:
            return
        self._sessions.delete_one({"_id": found["_id"]})
        self._audit.record("logged_out", found["account_id"], session_id=found["_id"])

    def end(self, account_id: str, session_id: str) -> None:
        """End a session of an account.

        Raises:
            SessionNotFound: the account has none with this id.
        """
        done = self._sessions.delete_one({"_id": session_id, "account_id": account_id})
        if not done.deleted_count:
            raise SessionNotFound
        self._audit.record("session_revoked", account_id, session_id=session_id)

    def end_all(self, account_id: str, but: str | None = None) -> None:
        """End all sessions of an account, perhaps but one."""
        self._sessions.delete_many({"account_id": account_id, "_id": {"$ne": but}})

    def list_for(self, account_id: str) -> list[Session]:
        """The sessions of an account, the last used first."""
        query = {"account_id": account_id, "expires_at": {"$gt": self._clock()}}
        found = map(_session, self._sessions.find(query))
        return sorted(found, key=lambda session: session.last_used_at, reverse=True)

    def _read(self, token: str) -> tuple[dict[str, Any], int]:
        """The session of a token that we gave out, and which one in its row it is."""
        session_id, _, rest = token.partition(".")
        generation, _, _ = rest.partition(".")
        # Of a session that is refreshed every ten seconds for 30 days there are not so many.
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


def _to_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
