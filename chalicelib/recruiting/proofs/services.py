"""The services that the routes of proofs use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chalicelib.recruiting.applications.receipts import ReceiptService
    from chalicelib.recruiting.employers.access import MemberAccess
    from chalicelib.recruiting.proofs.proof_service import ProofService


class ProofServices(Protocol):
    """The container of proofs, as the routes see it."""

    @property
    def member_access(self) -> MemberAccess:
        """Decides whether an account may act for an employer."""

    @property
    def receipts(self) -> ReceiptService:
        """Verifies receipts, and has the public keys."""

    @property
    def proof_service(self) -> ProofService:
        """Returns receipts, heads and proofs."""
