"""The parts of proofs: heads of accepted logs, receipts with all claims, audits."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import DomainContainer
from chalicelib.common.observability import count

if TYPE_CHECKING:
    from chalicelib.recruiting.applications.receipts import ReceiptService
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.proofs.head_publisher import HeadPublisher
    from chalicelib.recruiting.proofs.proof_service import ProofService
    from chalicelib.recruiting.proofs.tree_repository import TreeRepository


class ProofsContainer(DomainContainer):
    """The services that the routes use (``ProofServices``), and their parts.

    The applications worker uses ``trees`` only, because it may not read the keys that sign heads.
    """

    def prepare(self) -> None:
        """Create the indexes, and schedule the logs of earlier versions; safe to repeat."""
        from chalicelib.recruiting.proofs.tree_repository import LogName

        self.trees.create_indexes()
        logs = self._container.equation.accepted_log.find_logs()
        self.trees.schedule_all([LogName(*one) for one in sorted(logs)])

    @property
    def member_access(self) -> MemberAccess:
        return self._container.employers.member_access

    @cached_property
    def receipts(self) -> ReceiptService:
        from chalicelib.auth.credentials.derived_keys import DerivedKey
        from chalicelib.auth.sessions.signed_claims import MacClaimsSigner
        from chalicelib.recruiting.applications.receipts import RECEIPT_TYPE, ReceiptService

        secret = self._container.api_secrets.purpose_secret
        return ReceiptService(
            self._container.auth.claims_signer(RECEIPT_TYPE),
            MacClaimsSigner(DerivedKey(secret, "interim-receipt"), RECEIPT_TYPE),
            DerivedKey(secret, "receipt"),
            self._container.recruiting.lanes,
            lambda: self._container.settings.secrets.public_url,
        )

    @cached_property
    def trees(self) -> TreeRepository:
        from chalicelib.recruiting.proofs.tree_repository import TreeRepository

        return TreeRepository(self._container.database)

    @cached_property
    def head_publisher(self) -> HeadPublisher:
        from chalicelib.recruiting.proofs.head_publisher import HeadPublisher
        from chalicelib.recruiting.proofs.signed_heads import HEAD_TYPE

        return HeadPublisher(
            self._container.recruiting.lanes,
            self._container.equation.accepted_log,
            self.trees,
            self._container.auth.claims_signer(HEAD_TYPE),
            lambda: self._container.settings.secrets.public_url,
        )

    @cached_property
    def proof_service(self) -> ProofService:
        from chalicelib.recruiting.proofs.candidate_applications import CandidateApplications
        from chalicelib.recruiting.proofs.proof_service import ProofService

        recruiting = self._container.recruiting
        return ProofService(
            CandidateApplications(
                recruiting.applications, self._container.amendments.reader, recruiting.lanes
            ),
            recruiting.pipeline.applicants,
            self.receipts,
            recruiting.lanes,
            self._container.equation.accepted_log,
            self.trees,
        )

    def publish(self) -> int:
        """Publish the heads that are due. Return how many are new.

        A log that contradicts a published head is reported, and no head of it is signed.
        """
        try:
            report = self.head_publisher.run()
        except Exception as error:
            count("tree_heads_failed")
            self._container.logger.error("heads not published", error=type(error).__name__)
            self._container.recovery.on_outage()
            return 0
        for name, reason in report.rewritten:
            count("accepted_log_rewritten")
            self._container.logger.error(
                "accepted log contradicts a published head",
                posting_id=name.posting_id,
                log=name.log,
                reason=reason,
            )
        if report.published:
            count("tree_heads_published", report.published)
        return report.published
