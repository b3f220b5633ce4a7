"""ScorecardService: members rate applicants, and read each other's ratings after their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalicelib.recruiting.review.errors import TooManyScorecards
from chalicelib.recruiting.review.scorecard_models import RatingSummary, Scorecard, Scorecards
from chalicelib.recruiting.review.scorecards import MAX_SCORECARDS, scorecard_authors, scorecards_of
from chalicelib.recruiting.texts import clean_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.auth.accounts.repository import AccountRepository
    from chalicelib.notifications.models import Recipient
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder, Viewer
    from chalicelib.recruiting.review.scorecard_models import ScorecardDraft
    from chalicelib.recruiting.review.scorecards import ScorecardRepository


class ScorecardService:
    """Reads, stores and deletes the scorecards of members."""

    def __init__(
        self,
        scorecards: ScorecardRepository,
        finder: ApplicantFinder,
        accounts: AccountRepository,
    ) -> None:
        self._scorecards = scorecards
        self._finder = finder
        self._accounts = accounts

    def list(self, viewer: Viewer, application_id: str) -> Scorecards:
        """Return the scorecard of the member, and then those of the others.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
        """
        stored = scorecards_of(self._finder.find(viewer, application_id).document)
        own = [card for card in stored if card["author_id"] == viewer.account_id]
        if not own:
            return Scorecards(None, [], len(stored))
        authors = self._accounts.find_recipients({card["author_id"] for card in stored})
        others = [_scorecard(card, authors) for card in stored if card not in own]
        return Scorecards(_scorecard(own[0], authors), others, 0)

    def put(self, viewer: Viewer, application_id: str, draft: ScorecardDraft) -> Scorecard:
        """Store the scorecard of the member in place of an earlier one.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
            TooManyScorecards: the application has 200 scorecards.
        """
        self._finder.find(viewer, application_id)
        stored = self._scorecards.put(
            viewer.employer_id,
            application_id,
            viewer.account_id,
            draft.rating,
            clean_text(draft.comment),
            viewer.assigned_to,
        )
        if stored is None:
            self._finder.find(viewer, application_id)
            raise TooManyScorecards(f"The application has {MAX_SCORECARDS} scorecards.")
        return _scorecard(stored, self._accounts.find_recipients([viewer.account_id]))

    def delete(self, viewer: Viewer, application_id: str) -> None:
        """Delete the scorecard of the member. Calling it again changes nothing.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
        """
        self._finder.find(viewer, application_id)
        self._scorecards.delete(viewer.employer_id, application_id, viewer.account_id)


def rating_of(document: Mapping[str, Any], viewer: Viewer) -> RatingSummary | None:
    """Return the average rating of an application, as a member may see it in a list.

    Owners and recruiters always see it, because they compare applicants by it. Hiring managers and
    interviewers see it after sending a rating.
    """
    stored = document.get("rating")
    if not stored or not stored["count"]:
        return None
    if not viewer.sees_all and viewer.account_id not in scorecard_authors(document):
        return None
    return RatingSummary(round(stored["sum"] / stored["count"], 1), stored["count"])


def _scorecard(card: Mapping[str, Any], authors: Mapping[str, Recipient]) -> Scorecard:
    author = authors.get(card["author_id"])
    return Scorecard(
        card["author_id"],
        author.name if author else "",
        card["rating"],
        card["comment"],
        card["at"],
    )
