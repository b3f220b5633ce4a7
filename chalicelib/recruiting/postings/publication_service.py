"""Changes of postings that candidates notice: edit, publish, close, reopen.

No application is accepted after a closing was answered, wherever a process dies: the gate of the
queue is closed before the document says so, and opened after it (``publisher``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from chalicelib.auth.errors import Forbidden
from chalicelib.common import times
from chalicelib.common.errors import VersionConflict
from chalicelib.common.versions import ANY_VERSION, ExpectedVersions
from chalicelib.queue import GateState
from chalicelib.recruiting.postings.documents import (
    CLOSED,
    DRAFT,
    PUBLISHED,
    gate_of,
    state_of,
    version_of,
)
from chalicelib.recruiting.postings.employer_documents import (
    changed_fields,
    is_open,
    missing_fields,
    new_document,
    to_employer_posting,
)
from chalicelib.recruiting.postings.employer_models import PostingChanges
from chalicelib.recruiting.postings.errors import PostingIncomplete, WrongPostingState

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.recruiting.postings.documents import Document
    from chalicelib.recruiting.postings.employer_lookup import EmployerLookup
    from chalicelib.recruiting.postings.employer_models import (
        EmployerPosting,
        PostingDraft,
        ReopeningRequest,
    )
    from chalicelib.recruiting.postings.employer_repository import EmployerPostingRepository
    from chalicelib.recruiting.postings.publisher import PostingPublisher

    # Returns the fields to change, or None if there is nothing to change.
    Change = Callable[[dict[str, Any]], dict[str, Any] | None]


class PublicationService:
    """Changes postings, and what the public sees of them.

    Args:
        postings: the postings of employers.
        publisher: writes the catalogue and the gates.
        employers: the employers.
    """

    def __init__(
        self,
        postings: EmployerPostingRepository,
        publisher: PostingPublisher,
        employers: EmployerLookup,
    ) -> None:
        self._postings = postings
        self._publisher = publisher
        self._employers = employers

    def create(self, employer_id: str, draft: PostingDraft) -> EmployerPosting:
        """Create and publish a posting.

        Raises:
            InvalidField: a value is invalid.
            PostingIncomplete: it lacks something.
        """
        now = times.now()
        document = new_document(employer_id, self._employers.fields(employer_id), now)
        document |= changed_fields(document, draft)
        self._employers.check_team(employer_id, document["team"])
        document |= self._published(document, {"published_at": now})
        self._postings.insert(document)
        self._follow(document)
        return to_employer_posting(document, now)

    def change(
        self,
        employer_id: str,
        posting_id: str,
        changes: PostingChanges,
        expected: ExpectedVersions,
        changed_by: str,
        team_member: str | None = None,
    ) -> EmployerPosting:
        """Change a posting.

        An earlier deadline is written to the gate first, a later one to the document first.

        Args:
            employer_id: the employer.
            posting_id: the posting.
            changes: the new values.
            expected: the versions that the caller has seen.
            changed_by: the account.
            team_member: the account, if it may only edit drafts that have it in their team.

        Raises:
            PostingNotFound: the employer has no such posting.
            Forbidden: the account may not change this posting, or not its team.
            VersionConflict: somebody has changed it.
            InvalidField: a value is invalid.
            PostingIncomplete: it is published, and would lack something.
        """
        document = self._postings.find(employer_id, posting_id, team_member)
        fields = self._changed(document, changes)
        is_team_kept = fields.get("team", document["team"]) == document["team"]
        if team_member and (state_of(document) != DRAFT or not is_team_kept):
            raise Forbidden("You may edit drafts of your postings, but not their team.")
        expected.require(version_of(document))
        if state_of(document) == PUBLISHED:
            self._publisher.require_queue(posting_id)
            self._narrow(document, {**document, **fields})
        changed = self._postings.update(document, fields | {"changed_by": changed_by})
        self._follow(document)
        if changed is None:
            raise VersionConflict("Somebody else has changed it.")
        return to_employer_posting(changed, times.now())

    def publish(
        self, employer_id: str, posting_id: str, expected: ExpectedVersions = ANY_VERSION
    ) -> EmployerPosting:
        """Publish a draft. A posting that is published already stays as it is.

        Raises:
            PostingNotFound: the employer has no such posting.
            VersionConflict: it has none of the expected versions.
            PostingIncomplete: it lacks something.
            WrongPostingState: it is closed.
        """

        def change(document: dict[str, Any]) -> dict[str, Any] | None:
            if state_of(document) == PUBLISHED:
                return None
            if state_of(document) == CLOSED:
                raise WrongPostingState("It was closed. Reopen it instead.")
            return self._published(document, {"published_at": times.now()})

        return self._apply(employer_id, posting_id, expected, change)

    def close(
        self, employer_id: str, posting_id: str, expected: ExpectedVersions = ANY_VERSION
    ) -> EmployerPosting:
        """Close a posting. No application is accepted after this returned.

        Raises:
            PostingNotFound: the employer has no such posting.
            VersionConflict: it has none of the expected versions.
            WrongPostingState: it was never published.
        """

        def change(document: dict[str, Any]) -> dict[str, Any] | None:
            if state_of(document) == DRAFT:
                raise WrongPostingState("It was never published.")
            if state_of(document) == CLOSED:
                return None
            now = times.now()
            self._publisher.narrow(document, GateState(closed_at=now))
            return {"state": CLOSED, "closed_at": now}

        return self._apply(employer_id, posting_id, expected, change)

    def reopen(
        self,
        employer_id: str,
        posting_id: str,
        reopening: ReopeningRequest,
        expected: ExpectedVersions = ANY_VERSION,
    ) -> EmployerPosting:
        """Open a posting again that was closed, or whose deadline has passed.

        Raises:
            PostingNotFound: the employer has no such posting.
            VersionConflict: it has none of the expected versions.
            PostingIncomplete: its deadline has passed, or it lacks something.
            WrongPostingState: it was never published, or it is open.
            InvalidField: the new deadline is invalid.
        """

        def change(document: dict[str, Any]) -> dict[str, Any] | None:
            if state_of(document) == DRAFT:
                raise WrongPostingState("It was never published.")
            if is_open(document, times.now()):
                if reopening.closes is UNSET:
                    return None
                raise WrongPostingState("It is open. Change its closing date instead.")
            closes = changed_fields(document, PostingChanges(closes=reopening.closes))
            return self._published(document, {**closes, "closed_at": None})

        return self._apply(employer_id, posting_id, expected, change)

    def _apply(
        self, employer_id: str, posting_id: str, expected: ExpectedVersions, change: Change
    ) -> EmployerPosting:
        """Make a change, again if somebody else changed the posting in the meantime."""
        while True:
            document = self._postings.find(employer_id, posting_id)
            expected.require(version_of(document))
            fields = change(document)
            # Also without a change, because an earlier call may have died before its end.
            done = document if fields is None else self._postings.update(document, fields)
            if done is not None:
                self._follow(done)
                return to_employer_posting(done, times.now())

    def _published(self, document: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
        """Return the fields with which a posting is published, if it is complete then."""
        employer = self._employers.fields(document["employer_id"])
        published = {**fields, "state": PUBLISHED, **employer}
        _require_complete(missing_fields({**document, **published}, times.now()))
        self._publisher.require_queue(document["_id"])
        return published

    def _changed(self, document: Document, changes: PostingChanges) -> dict[str, Any]:
        fields = changed_fields(document, changes) | self._employers.fields(document["employer_id"])
        self._employers.check_team(document["employer_id"], fields.get("team", ()))
        if state_of(document) == PUBLISHED:
            missing = missing_fields({**document, **fields}, times.now())
            if changes.closes is UNSET:
                # A deadline that has passed may stay.
                missing.pop("closes", None)
            _require_complete(missing)
        return fields

    def _narrow(self, document: Document, changed: Document) -> None:
        """Let the gate accept less if the changed posting will, before it is written."""
        present, future = document["closes_at"], changed["closes_at"]
        is_earlier = future is not None and (present is None or future < present)
        if is_earlier and (gate := gate_of(changed)) is not None:
            self._publisher.narrow(document, gate)

    def _follow(self, document: Document) -> None:
        if document["published_at"] is not None:
            self._publisher.follow(document["_id"])


def _require_complete(missing: dict[str, str]) -> None:
    if missing:
        raise PostingIncomplete(missing)
