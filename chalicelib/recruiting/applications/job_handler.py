"""What the applications worker does with a batch of jobs: store, confirm, withdraw."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from chalicelib.common.mongo import insert_missing, is_outage
from chalicelib.notifications.models import KIND as MAIL
from chalicelib.notifications.models import confirmation_job
from chalicelib.queue import DeduplicationRelease
from chalicelib.queue.worker import Done, FollowUp, StoreUnavailable, read_arguments
from chalicelib.recruiting.applications.repository import (
    Application,
    Withdrawal,
    confirmation_id,
    withdrawn_by,
)
from chalicelib.recruiting.applications.withdrawals import WithdrawalProcessor

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence, Set

    from pymongo.collection import Collection
    from pymongo.database import Database

    from chalicelib.queue import ClaimedJob
    from chalicelib.queue.worker import Outcome
    from chalicelib.recruiting.applications.withdrawals import Withdrawn
    from chalicelib.recruiting.postings.repository import Posting, Postings

_ACCOUNT_DELETED = Done({"not_stored": "the account was deleted"})


class ApplicationJobHandler:
    """The handler of the lanes of applications: stores them, and withdraws those stored before.

    A batch of applications costs one write and two reads, however many candidates it serves, and
    a few more when the queue took an application again that it had forgotten. Each document's _id
    is its job's id, so doing a job again changes nothing.

    The jobs of a lane are done in their order. All lanes go together: first the applications at
    their heads, then the withdrawals behind those, then the applications behind these, and so on.
    """

    def __init__(self, database: Database[dict[str, Any]], postings: Postings) -> None:
        self._applications: Collection[dict[str, Any]] = database["applications"]
        self._accounts: Collection[dict[str, Any]] = database["accounts"]
        self._postings = postings
        self._withdrawals = WithdrawalProcessor(self._applications)

    def handle(self, jobs: Sequence[ClaimedJob], /) -> list[Outcome]:
        """Store the applications of these jobs, and carry out the withdrawals.

        Raises:
            StoreUnavailable: MongoDB cannot be reached.
            RuntimeError: it refused one of them; which, shows when each is done alone.
        """
        of_each: tuple[list[ClaimedJob], list[ClaimedJob]] = ([], [])
        for job in jobs:
            of_each[withdrawn_by(job.id) is not None].append(job)
        applications, unreadable = read_arguments(of_each[False], Application)
        withdrawals, others = read_arguments(of_each[True], Withdrawal)
        try:
            outcomes = self._do(jobs, applications, withdrawals)
        except PyMongoError as error:
            # Not the driver's own text: it may hold what candidates wrote.
            said = f"MongoDB: {type(error).__name__}"
            if is_outage(error):
                raise StoreUnavailable(said) from None
            raise RuntimeError(said) from None
        outcomes |= unreadable | others
        return [outcomes[job.id] for job in jobs]

    def _do(
        self,
        jobs: Sequence[ClaimedJob],
        applications: Mapping[str, Application],
        withdrawals: Mapping[str, Withdrawal],
    ) -> dict[str, Outcome]:
        """The outcomes of the jobs that could be read."""
        asked: dict[str, Application | Withdrawal] = {**applications, **withdrawals}
        people = self._people({one.candidate_id for one in asked.values()})
        # Whoever deleted their account meanwhile leaves nothing behind.
        owned = [job for job in jobs if job.id in asked and asked[job.id].candidate_id in people]
        done = _Done()
        for together in _in_order(owned, withdrawals):
            if together[0].id in withdrawals:
                done.carried_out |= self._withdrawals.carry_out(together, withdrawals)
            else:
                self._insert(together, applications, done)
        postings = self._postings.by_id(one.posting_id for one in applications.values())
        outcomes: dict[str, Outcome] = dict.fromkeys(asked, _ACCOUNT_DELETED)
        withdrawn = done.taken_back.union(
            one.application_id for one in done.carried_out.values() if one
        )
        for job in owned:
            if job.id in withdrawals:
                outcomes[job.id] = _withdrawn(withdrawals[job.id], done.carried_out[job.id])
            elif job.id in done.earlier:
                outcomes[job.id] = Done({"duplicate_of": done.earlier[job.id]})
            elif job.id in withdrawn:
                # Nobody is told that what they took back has arrived.
                outcomes[job.id] = Done({"withdrawn": job.id})
            else:
                application = applications[job.id]
                person = people[application.candidate_id]
                outcomes[job.id] = _stored(
                    job, application, person, postings.get(application.posting_id)
                )
        return outcomes

    def _insert(
        self, jobs: Sequence[ClaimedJob], applications: Mapping[str, Application], done: _Done
    ) -> None:
        """Insert the documents, and note what of them there was already."""
        now = datetime.now(UTC)
        documents = [_document(job, applications[job.id], now) for job in jobs]
        refused = insert_missing(self._applications, documents)
        if not refused:
            return
        ours = self._ours(refused)
        aliases = [self._alias(document) for document in refused if document["_id"] not in ours]
        insert_missing(self._applications, aliases)
        for one in (*ours.values(), *aliases):
            if "duplicate_of" in one:
                done.earlier[one["_id"]] = one["duplicate_of"]
            elif "withdrawn_at" in one:
                done.taken_back.add(one["_id"])

    def _ours(self, refused: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Of documents refused as duplicates those that are stored under their own id.

        An earlier attempt of the job wrote them and died before it could settle; or they are what a
        withdrawal left in their place.
        """
        ids = [document["_id"] for document in refused]
        found = self._applications.find(
            {"_id": {"$in": ids}}, {"duplicate_of": 1, "withdrawn_at": 1}
        )
        return {document["_id"]: document for document in found}

    def _alias(self, document: dict[str, Any]) -> dict[str, Any]:
        """What is stored in place of an application that repeats an earlier one.

        The queue had forgotten the first one and gave the candidate a receipt with a new id. That
        is to lead to the first one for as long as that is kept.
        """
        posting = {"candidate_id": document["candidate_id"], "posting_id": document["posting_id"]}
        first = self._applications.find_one({**posting, "active": True}, {"_id": 1})
        if first is None:
            # Withdrawn between our insert and this look: the next attempt inserts it.
            raise RuntimeError("an application changed meanwhile")
        return {
            "_id": document["_id"],
            "candidate_id": document["candidate_id"],
            "duplicate_of": first["_id"],
            "active": False,
            "accepted_at": document["accepted_at"],
        }

    def _people(self, candidates: Set[str]) -> dict[str, dict[str, Any]]:
        if not candidates:
            return {}
        found = self._accounts.find({"_id": {"$in": sorted(candidates)}}, {"name": 1, "email": 1})
        return {account["_id"]: account for account in found}


@dataclass
class _Done:
    """What became of a batch.

    ``earlier`` are the jobs that repeat an application, with its id; ``taken_back`` those whose
    applications were withdrawn before; ``carried_out`` withdrawals, with what each withdrew.
    """

    earlier: dict[str, str] = field(default_factory=dict)
    taken_back: set[str] = field(default_factory=set)
    carried_out: dict[str, Withdrawn | None] = field(default_factory=dict)


def _in_order(
    jobs: Sequence[ClaimedJob], withdrawals: Container[str]
) -> Iterator[list[ClaimedJob]]:
    """The jobs in groups of one kind, those of each lane in their order."""
    groups: defaultdict[int, list[ClaimedJob]] = defaultdict(list)
    reached: dict[str, int] = {}
    for job in jobs:
        # Applications are in even groups, withdrawals in odd ones.
        at = reached.get(job.lane, 0)
        reached[job.lane] = at = at + (at % 2 != (job.id in withdrawals))
        groups[at].append(job)
    return (groups[at] for at in sorted(groups))


def _document(job: ClaimedJob, application: Application, now: datetime) -> dict[str, Any]:
    return {
        "_id": job.id,
        "candidate_id": application.candidate_id,
        "posting_id": application.posting_id,
        "cover_letter": application.draft.cover_letter,
        "links": application.draft.links,
        "active": True,
        "accepted_at": job.accepted_at,
        "stored_at": now,
        "correlation_id": job.correlation_id,
    }


def _stored(
    job: ClaimedJob, application: Application, person: dict[str, Any], posting: Posting | None
) -> Done:
    if posting is None:
        # The posting was deleted meanwhile: stored, with nothing to say of it.
        return Done({"stored": job.id})
    mail = confirmation_job(
        mail_id=confirmation_id(job.id),
        to=person["email"],
        name=person["name"],
        title=posting.title,
        employer=posting.employer,
        application_id=job.id,
        accepted_at=job.accepted_at,
        correlation_id=job.correlation_id,
    )
    return Done({"stored": job.id}, (FollowUp(MAIL, application.candidate_id, mail),))


def _withdrawn(asked: Withdrawal, withdrawn: Withdrawn | None) -> Done:
    if withdrawn is None:
        return Done({"not_withdrawn": "it was sent again since"})
    # What was accepted while the queue had forgotten the application, and is known to lead to it
    # only now, holds the posting no longer either.
    releases = DeduplicationRelease(asked.posting_id, withdrawn.receipts)
    return Done({"withdrawn": withdrawn.application_id}, effect="withdrawn", releases=releases)
