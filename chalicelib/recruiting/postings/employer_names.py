"""Writes what postings have from their employer, after it has changed: name, slug, limit.

Readers of a posting find the names in its document and in the catalogue, and its gate has the
limit of applications. The employer is changed first, and remembers the time until all is done. So
the schedule completes what a killed process left. It also repeats the work once: an edit that read
a former value can write it back later.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.common import times
from chalicelib.common.observability import count
from chalicelib.common.outages import store_errors
from chalicelib.recruiting.employers.errors import EmployerNotFound
from chalicelib.recruiting.postings.documents import DRAFT, PUBLISHED, state_of, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from pymongo.collection import Collection

    from chalicelib.recruiting.employers.repository import EmployerRepository
    from chalicelib.recruiting.postings.catalogue_repository import CatalogueRepository
    from chalicelib.recruiting.postings.employer_lookup import EmployerLookup
    from chalicelib.recruiting.postings.publisher import PostingPublisher

# No request takes longer, so no edit that read the former name is under way after this time.
GRACE = timedelta(seconds=60)


class EmployerNameWriter:
    """Writes the names of employers into their postings.

    The version of a posting stays, because its members see the same posting as before.

    Args:
        postings: the collection of postings.
        catalogue: the catalogue of postings.
        publisher: repairs the catalogue and the gate of a posting that changed meanwhile.
        employers: the employers.
        lookup: returns what a posting has from its employer.
        now: returns the present time.
    """

    def __init__(
        self,
        postings: Collection[dict[str, Any]],
        catalogue: CatalogueRepository,
        publisher: PostingPublisher,
        employers: EmployerRepository,
        lookup: EmployerLookup,
        now: Callable[[], datetime] = times.now,
    ) -> None:
        self._postings = postings
        self._catalogue = catalogue
        self._publisher = publisher
        self._employers = employers
        self._lookup = lookup
        self._now = now

    def write_at_once(self, employer_id: str) -> None:
        """Write the names of an employer. If a store fails, the schedule does it."""
        try:
            self.write(employer_id)
        except store_errors():
            count("employer_names_delayed")

    def sweep(self) -> int:
        """Write the names of all employers that were renamed lately. Return their number.

        Raises:
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: a store is unavailable.
        """
        renamed = self._employers.find_renamed()
        for employer_id, renamed_at in renamed.items():
            is_last = self._now() > renamed_at + GRACE
            self.write(employer_id)
            if is_last:
                self._employers.finish_renaming(employer_id, renamed_at)
        return len(renamed)

    def write(self, employer_id: str) -> None:
        """Write what the postings of an employer have from it, the catalogue and the gates.

        Raises:
            pymongo.errors.PyMongoError, redis.exceptions.RedisError: not all of that was done; call
                it again.
        """
        try:
            fields = self._lookup.fields(employer_id)
        except EmployerNotFound:
            return
        others = [{name: {"$ne": value}} for name, value in fields.items()]
        self._postings.update_many(
            {"employer_id": employer_id, "$or": others}, {"$set": dict(fields)}
        )
        listed = self._find(employer_id, {"stages": 0, "team": 0})
        published = [one for one in listed.values() if state_of(one) == PUBLISHED]
        self._catalogue.replace(listed, published)
        self._publisher.follow_rates({one["_id"]: one for one in published})
        # A posting that was closed or edited meanwhile may be listed as it was before.
        present = self._find(employer_id, {"version": 1})
        for posting_id, document in listed.items():
            if posting_id in present and _is_same(document, present[posting_id]):
                continue
            self._publisher.follow(posting_id)

    def _find(self, employer_id: str, fields: Mapping[str, int]) -> dict[str, Any]:
        """Return the documents of the postings of an employer that were published, by id."""
        wanted = {"employer_id": employer_id, "state": {"$ne": DRAFT}}
        return {one["_id"]: one for one in self._postings.find(wanted, fields)}


def _is_same(document: Mapping[str, Any], present: Mapping[str, Any]) -> bool:
    return version_of(document) == version_of(present)
