"""Finds out where the accepted applications for a posting are.

The stores are read one after the other while work goes on, in an order in which no application is
overlooked: first what was accepted, then MongoDB, then the queue, and then MongoDB again for what
the queue has finished.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import batched
from typing import TYPE_CHECKING

from chalicelib.common.ids import id_time, is_id
from chalicelib.queue.admin import Logs
from chalicelib.recruiting.applications.removed_applications import RemovalKind
from chalicelib.recruiting.equation.accepted_log import EARLIER
from chalicelib.recruiting.equation.terms import Term

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from chalicelib.queue import Shards
    from chalicelib.recruiting.applications.removed_applications import (
        RemovedApplicationRepository,
    )
    from chalicelib.recruiting.equation.accepted_log import AcceptedLogRepository
    from chalicelib.recruiting.equation.stored_applications import StoredApplications

_PAGE = 200
# The logs as they were read: the ids, each with the number of its shard, or EARLIER.
_Accepted = dict[str, str]


@dataclass(slots=True)
class Examination:
    """What was found about a posting.

    Args:
        accepted: how many applications were accepted.
        earlier: how many of them were stored before the logs began.
        terms: how many applications are where.
        missing: ids of accepted applications that are nowhere.
        unexpected: ids of applications that are somewhere and were not accepted.
    """

    accepted: int
    earlier: int
    terms: Counter[Term]
    missing: set[str] = field(default_factory=set)
    unexpected: set[str] = field(default_factory=set)


class PostingExaminer:
    """Examines postings."""

    def __init__(
        self,
        lanes: Shards,
        accepted_log: AcceptedLogRepository,
        removed: RemovedApplicationRepository,
        stored: StoredApplications,
    ) -> None:
        self._lanes = lanes
        self._accepted_log = accepted_log
        self._removed = removed
        self._stored = stored

    def examine(self, posting_id: str, beginning: datetime, *, by_id: bool = False) -> Examination:
        """Return where the applications for a posting are.

        Numbers suffice if all accepted applications are stored or removed. Otherwise the ids are
        compared.

        Args:
            posting_id: the posting.
            beginning: when the logs began. Stored applications of an earlier time that are in no
                log are added to the log of earlier ones.
            by_id: compare the ids in any case, because two errors can cancel each other out in the
                numbers.
        """
        if by_id:
            return self._compare_ids(posting_id, beginning)
        unmoved = sum(Logs(lanes).count_accepted(posting_id) for lanes in self._lanes)
        accepted, earlier = self._accepted_log.count(posting_id)
        terms = Counter(self._stored.count(posting_id))
        terms.update(_terms(self._removed.count(posting_id)))
        if not unmoved and accepted == terms.total():
            return Examination(accepted, earlier, terms)
        return self._compare_ids(posting_id, beginning)

    def _compare_ids(self, posting_id: str, beginning: datetime) -> Examination:
        accepted = self._read_accepted(posting_id)
        stored = self._stored.find_of_posting(posting_id)
        removed = self._removed.find_of_posting(posting_id)
        again = [one for one in stored if removed.get(one) is RemovalKind.DISCARDED]
        if again:
            # They were withdrawn, and then their dead letters were discarded.
            self._removed.forget(again)
        found = {one: Term(kind.value) for one, kind in removed.items()} | stored
        unexpected = found.keys() - accepted.keys()
        unlogged = sorted(one for one in unexpected if is_id(one) and id_time(one) < beginning)
        self._accepted_log.append_earlier(posting_id, unlogged)
        accepted |= dict.fromkeys(unlogged, EARLIER)
        found |= self._find_unstored({one: accepted[one] for one in accepted.keys() - found.keys()})
        return Examination(
            accepted=len(accepted),
            earlier=sum(shard == EARLIER for shard in accepted.values()),
            terms=Counter(term for one, term in found.items() if one in accepted),
            missing=accepted.keys() - found.keys(),
            unexpected=unexpected - set(unlogged),
        )

    def _read_accepted(self, posting_id: str) -> _Accepted:
        # Redis first, because entries move from there to MongoDB.
        accepted = {
            one: str(lanes.shard)
            for lanes in self._lanes
            for one in Logs(lanes).read_accepted(posting_id)
        }
        for shard, ids in self._accepted_log.read(posting_id):
            accepted |= dict.fromkeys(ids, shard)
        return accepted

    def _find_unstored(self, shards: Mapping[str, str]) -> dict[str, Term]:
        """Return the terms of accepted applications that were not stored a moment ago, by id.

        Args:
            shards: the ids, each with the number of its shard.
        """
        by_shard: defaultdict[str, list[str]] = defaultdict(list)
        for one, shard in shards.items():
            by_shard[shard].append(one)
        found: dict[str, Term] = {}
        for shard, ids in by_shard.items():
            if shard != EARLIER and int(shard) < len(self._lanes):
                found |= self._find_jobs(int(shard), ids)
        for page in batched(shards.keys() - found.keys(), _PAGE):
            removed = self._removed.find(page)
            found |= {one: Term(kind.value) for one, kind in removed.items()}
            found |= self._stored.find(page)
        return found

    def _find_jobs(self, shard: int, ids: Iterable[str]) -> dict[str, Term]:
        found: dict[str, Term] = {}
        for page in batched(ids, _PAGE):
            for state in self._lanes[shard].find_many(page):
                if state and not state.done:
                    found[state.job.id] = Term.DEAD_LETTERED if state.dead else Term.WAITING
        return found


def _terms(counts: Mapping[RemovalKind, int]) -> dict[Term, int]:
    return {Term(kind.value): count for kind, count in counts.items()}
