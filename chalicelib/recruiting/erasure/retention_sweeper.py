"""RetentionSweeper: announces what a rule of retention will erase, and erases it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.common import times
from chalicelib.common.ids import least_id_at, new_id
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.erasure.jobs import Erasure, Requester
from chalicelib.recruiting.erasure.retention import BATCH, NOTICE, closing_time, decided_at
from chalicelib.recruiting.erasure.retention_emails import announcement_item
from chalicelib.recruiting.erasure.retention_repository import StoredBatch, Walk
from chalicelib.recruiting.erasure.service import erasure_request

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from chalicelib.notifications.ledger import MailLedger
    from chalicelib.recruiting.applications.job_queue import ApplicationJobQueue
    from chalicelib.recruiting.due.repository import DueRepository
    from chalicelib.recruiting.employers.memberships import MembershipRepository
    from chalicelib.recruiting.erasure.holds import HoldRepository
    from chalicelib.recruiting.erasure.retention_repository import RetentionRepository
    from chalicelib.recruiting.pipeline.postings import PostingPipelineRepository

    Document = dict[str, Any]

_PAGE = 200
# A batch whose e-mail could not be sent for this long is announced anew.
_PATIENCE = timedelta(days=14)


class RetentionSweeper:
    """Looks through the old applications of each employer with a rule, once a week.

    Each step can be repeated. Nothing is erased of a batch before 14 days have passed since an
    owner was sent the e-mail about it, which the mail ledger says. If no owner has an address that
    gets e-mails, the 14 days begin when the employer's page of retention shows the batch: an
    address that bounced must not keep applications longer than the rule says.

    Args:
        retention: the batches.
        pipelines: the postings.
        holds: the legal holds.
        memberships: knows the owners.
        due: sends the e-mails to owners.
        ledger: knows when they were sent.
        job_queue: accepts the erasures.
        gets_emails: returns whether e-mails are sent to one of these accounts.
        clock: returns the current time.
    """

    def __init__(
        self,
        retention: RetentionRepository,
        pipelines: PostingPipelineRepository,
        holds: HoldRepository,
        memberships: MembershipRepository,
        due: DueRepository,
        ledger: MailLedger,
        job_queue: ApplicationJobQueue,
        gets_emails: Callable[[Sequence[str]], bool],
        clock: Callable[[], datetime] = times.now,
    ) -> None:
        self._retention = retention
        self._pipelines = pipelines
        self._holds = holds
        self._memberships = memberships
        self._due = due
        self._ledger = ledger
        self._job_queue = job_queue
        self._gets_emails = gets_emails
        self._clock = clock

    def sweep(self, seconds: float) -> int:
        """Work for some seconds. Return how many erasures were sent."""
        deadline = time.monotonic() + seconds
        sent = 0
        for batch, mail_ids in self._retention.find_open(self._clock()):
            sent += self._erase(batch, mail_ids)
            if time.monotonic() > deadline:
                return sent
        while walk := self._retention.claim_walk(self._clock()):
            self._collect(walk, deadline)
            if time.monotonic() > deadline:
                break
        return sent

    def _collect(self, walk: Walk, deadline: float) -> None:
        """Put the applications of an employer that become due soon into a batch."""
        if not walk.batch:
            walk = walk._replace(batch=new_id())
            self._retention.save_walk(walk, is_left=False)
        while postings := self._retention.find_postings(walk.employer_id, walk.posting_id, _PAGE):
            for posting in postings:
                for active in (False, True):
                    if (posting["_id"], active) < (walk.posting_id, walk.active):
                        continue
                    has_more = True
                    while has_more:
                        walk = self._read_page(walk, posting, active=active)
                        has_more = bool(walk.after)
                        if time.monotonic() > deadline:
                            self._retention.save_walk(walk, is_left=True)
                            return
            if len(postings) < _PAGE:
                break
        self._announce(walk)

    def _read_page(self, walk: Walk, posting: Document, *, active: bool) -> Walk:
        """Read the next applications for a posting. Return the walk, without end at the last."""
        now, posting_id = self._clock(), posting["_id"]
        newest = least_id_at(now + NOTICE + BATCH - timedelta(days=walk.days))
        page = self._retention.find_page(
            walk, posting_id, active=active, before=newest, count=_PAGE
        )
        due = self._due_times(page, walk.days, {posting_id: posting})
        soon = {one: at for one, at in due.items() if at <= now + NOTICE + BATCH}
        self._retention.mark(walk.batch, soon, {one["_id"]: one.get("version") for one in page})
        after = page[-1]["_id"] if len(page) == _PAGE else ""
        return walk._replace(posting_id=posting_id, active=active, after=after)

    def _due_times(
        self, applications: Sequence[Document], days: int, postings: dict[str, Document]
    ) -> dict[str, datetime]:
        """Return when applications are due, by id, without those that are kept."""
        of_postings = {one["_id"]: one["posting_id"] for one in applications}
        pipelines = self._pipelines.find_many(of_postings.values()) if of_postings else {}
        held = self._holds.find_held(of_postings)
        due = {}
        for one in applications:
            pipeline = pipelines.get(one["posting_id"])
            if pipeline is None or "stage" not in one or one["_id"] in held:
                continue
            closed_at = closing_time(postings[pipeline.id], self._clock())
            if at := decided_at(one, pipeline, closed_at):
                due[one["_id"]] = at + timedelta(days=days)
        return due

    def _announce(self, walk: Walk) -> None:
        """Send the owners one e-mail about the batch, if it has applications."""
        now = times.to_stored_time(self._clock())
        if counts := self._retention.count(walk.batch):
            owners = self._find_owners(walk.employer_id)
            until = now + NOTICE + BATCH
            batch = StoredBatch(walk.batch, walk.employer_id, now + NOTICE, until, counts)
            items = [announcement_item(batch.id, owner, now) for owner in owners]
            self._retention.open_batch(batch, [item.target for item in items])
            self._due.add(items)
        self._retention.finish_walk(walk.employer_id, now + BATCH)

    def _find_owners(self, employer_id: str) -> list[str]:
        members = self._memberships.find_all(employer_id)
        return [one.account_id for one in members if one.role is MemberRole.OWNER]

    def _erase(self, batch: StoredBatch, mail_ids: Sequence[str]) -> int:
        """Send erasures of the applications of a batch that are due. Return how many."""
        now = self._clock()
        sent_at = self._ledger.find_sent(mail_ids)
        if sent_at:
            erases_from = min(sent_at.values()) + NOTICE
        elif not self._gets_emails(self._find_owners(batch.employer_id)):
            erases_from = batch.erases_from
        else:
            if batch.erases_from + _PATIENCE < now:
                self._retention.close_batch(batch.id)
            return 0
        if erases_from > now:
            return 0
        page = self._retention.find_due(batch.id, now, _PAGE)
        if not page:
            if not self._retention.count(batch.id):
                self._retention.close_batch(batch.id)
            return 0
        days = self._retention.find_days(batch.employer_id)
        postings = self._retention.find_many_postings(one["posting_id"] for one in page)
        due = self._due_times(page, days, postings) if days else {}
        wanted = [one for one in page if one["_id"] in due and due[one["_id"]] <= now]
        erased = {one["_id"] for one in wanted}
        self._retention.unmark([one["_id"] for one in page if one["_id"] not in erased])
        requests = [
            erasure_request(
                Erasure(
                    one["candidate_id"],
                    one["_id"],
                    one["posting_id"],
                    Requester.RETENTION,
                    one.get("version"),
                ),
                (one["_id"],),
                batch.id,
            )
            for one in wanted
        ]
        return sum(self._job_queue.accept_many(requests))
