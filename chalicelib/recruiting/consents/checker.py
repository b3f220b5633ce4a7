"""NoticeChecker: which of the notices that applications name can be stored with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.recruiting.consents.default_notices import DEFAULT_NOTICES
from chalicelib.recruiting.consents.repository import is_of_employer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from chalicelib.recruiting.consents.repository import NoticeRepository

# Some hundred kilobytes of memory.
_MAX_KNOWN = 2000


class NoticeChecker:
    """Checks notices in the worker.

    A notice never changes and is never deleted, so what was read once stays true. A batch needs a
    read only for a notice that this process has not seen, which an owner has just written.
    """

    def __init__(self, notices: NoticeRepository) -> None:
        self._notices = notices
        self._known: set[str] = set()

    def valid(self, named: Iterable[tuple[str, str | None]]) -> set[tuple[str, str | None]]:
        """Return those pairs of a notice and an employer in which candidates can agree to it.

        Args:
            named: the id that an application names, and the employer of its posting or None.

        Raises:
            pymongo.errors.PyMongoError: MongoDB cannot be read.
        """
        pairs = set(named)
        own = {
            notice
            for notice, employer_id in pairs
            if employer_id is not None and is_of_employer(notice, employer_id)
        }
        if unknown := own - self._known:
            found = self._notices.find_known(unknown)
            if len(self._known) + len(found) > _MAX_KNOWN:
                self._known.clear()
            self._known |= found
            own &= self._known | found
        return {
            (notice, employer_id)
            for notice, employer_id in pairs
            if notice in DEFAULT_NOTICES
            or (employer_id is not None and notice in own and is_of_employer(notice, employer_id))
        }
