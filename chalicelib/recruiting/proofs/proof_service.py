"""Complete receipts, heads of accepted logs, and proofs about their entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.common.errors import InvalidField
from chalicelib.common.ids import is_id
from chalicelib.queue.admin import Logs
from chalicelib.recruiting.applications.errors import ProofNotReady
from chalicelib.recruiting.applications.models import TreeHead
from chalicelib.recruiting.applications.receipt_claims import decode_head
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.proofs.merkle import leaf_hash, prove_consistency, prove_inclusion
from chalicelib.recruiting.proofs.models import (
    ConsistencyProof,
    Heads,
    InclusionProof,
    PublishedHead,
    SignedReceipt,
)
from chalicelib.recruiting.proofs.tree_repository import LogName, StoredHead

if TYPE_CHECKING:
    from chalicelib.queue import Shards
    from chalicelib.recruiting.applications.receipts import ReceiptService
    from chalicelib.recruiting.equation.accepted_log import AcceptedLogRepository
    from chalicelib.recruiting.pipeline.applicants import ApplicantFinder, Viewer
    from chalicelib.recruiting.proofs.candidate_applications import CandidateApplications
    from chalicelib.recruiting.proofs.models import ConsistencyQuery, HeadsQuery
    from chalicelib.recruiting.proofs.tree_repository import TreeRepository


class ProofService:
    """Answers requests for receipts and proofs.

    Args:
        applications: finds the applications of candidates.
        applicants: finds the applications that a member may see.
        receipts: signs receipts.
        lanes: the lanes of candidates; their shards have the newest part of each log.
        accepted_log: the rest of each log.
        trees: the published heads.
    """

    def __init__(
        self,
        applications: CandidateApplications,
        applicants: ApplicantFinder,
        receipts: ReceiptService,
        lanes: Shards,
        accepted_log: AcceptedLogRepository,
        trees: TreeRepository,
    ) -> None:
        self._applications = applications
        self._applicants = applicants
        self._receipts = receipts
        self._lanes = lanes
        self._accepted_log = accepted_log
        self._trees = trees

    def get_receipt(
        self, candidate_id: str, application_id: str, revision: int = 0
    ) -> SignedReceipt:
        """Return the receipt of an application, with all that it can claim.

        Args:
            candidate_id: the candidate.
            application_id: the application.
            revision: which revision of its content; 0 for the newest one.

        Raises:
            ApplicationNotFound: the candidate has no application with this id.
            RevisionNotFound: the application has no such revision that is stored.
        """
        found = self._applications.find(candidate_id, application_id, revision)
        shard = self._lanes.of(candidate_id)
        logs = Logs(shard)
        # Redis first, because entries move from there to MongoDB.
        number = logs.find_accepted(found.posting_id, found.id) or self._accepted_log.find_number(
            found.posting_id, str(shard.shard), found.id
        )
        head = decode_head(logs.read_head(found.posting_id))
        return SignedReceipt(self._receipts.sign(found, number, head))

    def list_heads(self, posting_id: str, query: HeadsQuery) -> Heads:
        """Return heads of the logs of a posting; none for a posting without applications.

        Raises:
            PostingNotFound: this is no id of a posting.
            InvalidField: the log or the cursor is invalid.
        """
        if not is_id(posting_id):
            raise PostingNotFound
        if not query.log:
            newest = (self._trees.find_newest(one) for one in self._names(posting_id))
            return Heads([published(one) for one in newest if one], None)
        name = self._require_log(posting_id, query.log)
        if query.cursor and not query.cursor.isdecimal():
            raise InvalidField("cursor", "Send the `next` of an earlier page, or leave it out")
        before = int(query.cursor or 0)
        # One more than requested shows whether there is a next page.
        found = list(self._trees.find(name, before=before, count=query.limit + 1))
        page = found[: query.limit]
        cursor = str(page[-1].size) if len(found) > len(page) else None
        return Heads([published(one) for one in page], cursor)

    def prove_own(self, candidate_id: str, application_id: str) -> InclusionProof:
        """Return the proof that the log has an application of a candidate.

        Raises:
            ApplicationNotFound: the candidate has no application with this id.
            ProofNotReady: no published head has the application.
        """
        found = self._applications.find(candidate_id, application_id)
        return self._prove(found.posting_id, candidate_id, found.id)

    def prove_for_member(self, viewer: Viewer, application_id: str) -> InclusionProof:
        """Return the proof that the log has an application which a member may see.

        Raises:
            ApplicantNotFound: the employer has no such application that the member may see.
            ProofNotReady: no published head has the application.
        """
        document, _ = self._applicants.find(viewer, application_id)
        return self._prove(document["posting_id"], document["candidate_id"], document["_id"])

    def prove_consistency(self, posting_id: str, query: ConsistencyQuery) -> ConsistencyProof:
        """Return the proof that a log was only appended to between two heads.

        Raises:
            PostingNotFound: this is no id of a posting.
            InvalidField: the log is invalid, or a size was not published.
        """
        if not is_id(posting_id):
            raise PostingNotFound
        name = self._require_log(posting_id, query.log)
        roots = self._trees.find_at(name, {query.first, query.second})
        for field in ("second", "first"):
            if getattr(query, field) not in roots:
                raise InvalidField(field, "Send the size of a published head")
        if query.first > query.second:
            raise InvalidField("first", "Send a size that is at most the second one")
        path = prove_consistency(self._read_leaves(name, query.second), query.first)
        return ConsistencyProof(
            query.log,
            TreeHead(query.first, roots[query.first].hex()),
            TreeHead(query.second, roots[query.second].hex()),
            [node.hex() for node in path],
        )

    def _prove(self, posting_id: str, candidate_id: str, application_id: str) -> InclusionProof:
        name = LogName(posting_id, str(self._lanes.of(candidate_id).shard))
        number = self._accepted_log.find_number(*name, application_id)
        head = self._trees.find_newest(name)
        if not number or head is None or head.size < number:
            raise ProofNotReady("It is published within about two minutes.")
        leaves = self._read_leaves(name, head.size)
        return InclusionProof(
            application_id,
            posting_id,
            number,
            leaves[number - 1].hex(),
            [node.hex() for node in prove_inclusion(leaves, number - 1)],
            published(head),
        )

    def _read_leaves(self, name: LogName, size: int) -> list[bytes]:
        return [leaf_hash(entry) for entry in self._accepted_log.read_from(*name, 0, size)]

    def _names(self, posting_id: str) -> list[LogName]:
        return [LogName(posting_id, str(lanes.shard)) for lanes in self._lanes]

    def _require_log(self, posting_id: str, log: str) -> LogName:
        name = LogName(posting_id, log)
        if name not in self._names(posting_id):
            raise InvalidField("log", "Send the name of a log, as the list of heads has it")
        return name


def published(head: StoredHead) -> PublishedHead:
    """Return a head as everyone may read it."""
    return PublishedHead(head.name.log, head.size, head.root.hex(), head.at, head.signed)
