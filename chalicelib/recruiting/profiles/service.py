"""ProfileService: candidates keep a resume, and are offered what they sent last."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from chalicelib.auth.errors import SessionExpired
from chalicelib.common.errors import VersionConflict
from chalicelib.recruiting.applications.models import MAX_LINKS, Link
from chalicelib.recruiting.profiles.models import LastSent, Profile
from chalicelib.recruiting.profiles.resume import SCHEMA, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.auth.models import Caller
    from chalicelib.auth.sessions.refresh_tokens import SessionRepository
    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.recruiting.profiles.models import ProfileDraft
    from chalicelib.recruiting.profiles.repository import ProfileRepository
    from chalicelib.recruiting.profiles.resume import Resume
    from chalicelib.recruiting.profiles.sent_contents import SentContentReader

_CONFLICT = "The profile was changed elsewhere. Read it again."


class ProfileService:
    """Reads, changes and deletes profiles.

    Args:
        profiles: the stored profiles.
        sent_contents: finds what a candidate sent last.
        sessions: knows the sessions that have ended.
        clock: returns the seconds since 1970.
    """

    def __init__(
        self,
        profiles: ProfileRepository,
        sent_contents: SentContentReader,
        sessions: SessionRepository,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._profiles = profiles
        self._sent_contents = sent_contents
        self._sessions = sessions
        self._clock = clock

    def get(self, account_id: str) -> Profile:
        """Return the profile of an account."""
        return self._profiles.get(account_id)

    def last_sent(self, account_id: str) -> LastSent:
        """Return what an account sent last, unless its owner does not want it to be offered.

        If no links were sent, those of the profile take their place.
        """
        profile = self._profiles.get(account_id)
        if not profile.keeps_last_sent:
            return LastSent()
        sent = self._sent_contents.read(account_id)
        if sent.links:
            return sent
        return msgspec.structs.replace(sent, links=_links_of(profile.resume))

    def resume(self, account_id: str) -> dict[str, Any] | None:
        """Return the resume of an account as a document of JSON Resume 1.0.0; None if it is empty.

        An import of the document returns the same resume.
        """
        stored = self._profiles.get(account_id)
        content: dict[str, Any] = msgspec.to_builtins(stored.resume)
        if not content:
            return None
        return {"$schema": SCHEMA, **content, "meta": {"version": SCHEMA_VERSION}}

    def replace(self, caller: Caller, draft: ProfileDraft, seen: ExpectedVersions) -> Profile:
        """Replace the profile of a caller.

        Raises:
            SessionExpired: the session has ended.
            VersionConflict: the profile was changed elsewhere.
        """
        self._sessions.require_active(caller)
        former = self._profiles.get(caller.account_id).version
        seen.require(former)
        # The first version is a time, so that a client that read a deleted profile does not
        # replace the next one.
        version = former + 1 if former else int(self._clock() * 1000)
        changed = Profile(draft.resume, draft.keeps_last_sent, version)
        if not self._profiles.replace(caller.account_id, changed, former):
            raise VersionConflict(_CONFLICT)
        try:
            # A deletion of the account ends its sessions before it erases for the last time.
            self._sessions.require_active(caller)
        except SessionExpired:
            self._profiles.delete(caller.account_id)
            raise
        return changed

    def delete(self, caller: Caller, seen: ExpectedVersions) -> None:
        """Delete the profile of a caller, if there is one. Applications keep what was sent.

        Raises:
            SessionExpired: the session has ended.
            VersionConflict: the profile was changed elsewhere.
        """
        self._sessions.require_active(caller)
        version = self._profiles.get(caller.account_id).version
        seen.require(version)
        if version and not self._profiles.delete_version(caller.account_id, version):
            raise VersionConflict(_CONFLICT)


def _links_of(resume: Resume) -> list[str]:
    """Return the links of a resume that an application can have, at most as many."""
    links = dict.fromkeys([resume.basics.url, *(one.url for one in resume.basics.profiles)])
    return [one for one in links if _is_link(one)][:MAX_LINKS]


def _is_link(text: str) -> bool:
    try:
        msgspec.convert(text, Link)
    except msgspec.ValidationError:
        return False
    return True
