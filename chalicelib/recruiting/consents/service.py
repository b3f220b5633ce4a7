"""NoticeService: owners write the privacy notice of their employer, and everyone reads notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.common.errors import InvalidField, VersionConflict
from chalicelib.recruiting.consents.default_notices import DEFAULT_NOTICES, PRESENT_DEFAULT
from chalicelib.recruiting.consents.errors import NoticeNotFound
from chalicelib.recruiting.consents.models import EmployerNotice
from chalicelib.recruiting.texts import clean_text

if TYPE_CHECKING:
    from chalicelib.common.versions import ExpectedVersions
    from chalicelib.recruiting.consents.models import PrivacyNotice
    from chalicelib.recruiting.consents.repository import NoticeRepository, StoredNotice
    from chalicelib.recruiting.postings.catalogue import PostingCatalogue


class NoticeService:
    """Reads and adds privacy notices."""

    def __init__(self, notices: NoticeRepository, catalogue: PostingCatalogue) -> None:
        self._notices = notices
        self._catalogue = catalogue

    def get(self, notice_id: str) -> PrivacyNotice:
        """Return a version of a notice.

        Raises:
            NoticeNotFound: no notice has this id.
        """
        found = DEFAULT_NOTICES.get(notice_id) or self._notices.find(notice_id)
        if found is None:
            raise NoticeNotFound
        return found

    def get_of_posting(self, posting_id: str) -> PrivacyNotice:
        """Return the notice to which candidates of a posting agree now.

        Raises:
            PostingNotFound: no posting has this id, or it is a draft.
        """
        return self.find_present(self._catalogue.get(posting_id).employer_id)

    def find_present(self, employer_id: str | None) -> PrivacyNotice:
        """Return the present notice of an employer; that of this installation if it has none."""
        stored = self._notices.find_newest(employer_id) if employer_id else None
        return stored.notice if stored else PRESENT_DEFAULT

    def get_of_employer(self, employer_id: str) -> EmployerNotice:
        """Return the present notice of an employer, as its members see it."""
        return _employer_notice(self._notices.find_newest(employer_id))

    def put(
        self, employer_id: str, text: str, expected: ExpectedVersions, changed_by: str
    ) -> EmployerNotice:
        """Make a new version of an employer's notice. The same text makes none.

        Raises:
            InvalidField: the text is blank.
            VersionConflict: somebody else has changed the notice.
        """
        text = clean_text(text)
        if not text:
            raise InvalidField("text", "Write something")
        present = self._notices.find_newest(employer_id)
        version = present.notice.version if present else 0
        expected.require(version)
        if present and present.notice.text == text:
            return _employer_notice(present)
        added = self._notices.add(employer_id, version + 1, text, changed_by)
        if added is None:
            raise VersionConflict("Somebody else has changed it.")
        return _employer_notice(added)


def _employer_notice(stored: StoredNotice | None) -> EmployerNotice:
    if stored is None:
        return EmployerNotice(0, PRESENT_DEFAULT)
    return EmployerNotice(
        stored.notice.version, stored.notice, stored.changed_at, stored.changed_by
    )
