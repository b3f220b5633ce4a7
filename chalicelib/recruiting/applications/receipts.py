"""Receipts, which prove that an application was accepted.

The answer to an application has an interim receipt, which is authenticated with HMAC, because an
accept would take a quarter more processor time with Ed25519. Anyone can exchange it for the receipt
with the same claims that anyone can check. Nothing is stored for that.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from chalicelib.common import times
from chalicelib.recruiting.applications.errors import ReceiptNotFound
from chalicelib.recruiting.applications.models import (
    ContentHashes,
    Receipt,
    TreeHead,
    VerifiedReceipt,
)
from chalicelib.recruiting.applications.receipt_claims import (
    ReceiptClaims,
    decode_head,
    to_milliseconds,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from chalicelib.auth.credentials.derived_keys import DerivedKey
    from chalicelib.queue import AcceptedJob, Shards
    from chalicelib.recruiting.applications.receipt_claims import AcceptedApplication

RECEIPT_TYPE = "hirelane-receipt+jwt"
# Of interim receipts, and of the receipts of versions before ADR 42, from the time when the
# application was accepted. Both are authenticated with HMAC.
HMAC_LIFETIME = timedelta(days=730)


class ClaimsSigner(Protocol):
    """Signs claims, and reads what it signed."""

    def sign(self, claims: Mapping[str, Any] | msgspec.Struct, /) -> str:
        """Return claims as a signed text."""

    def read(self, text: str, /) -> dict[str, Any] | None:
        """Return the claims of a signed text, or None if its signature is not ours."""


class PublicClaimsSigner(ClaimsSigner, Protocol):
    """Signs claims so that anyone can read them."""

    def jwks(self) -> dict[str, Any]:
        """Return the public keys as a JSON Web Key Set."""


class ReceiptService:
    """Issues and verifies receipts. Nothing is stored.

    Args:
        signer: signs the receipts.
        interim_signer: signs the interim receipts.
        former_key: signed the receipts of earlier versions.
        lanes: the lanes of candidates; an accepted log belongs to a shard.
        issuer: returns the public URL of this installation.
    """

    def __init__(
        self,
        signer: PublicClaimsSigner,
        interim_signer: ClaimsSigner,
        former_key: DerivedKey,
        lanes: Shards,
        issuer: Callable[[], str],
    ) -> None:
        self._signer = signer
        self._interim_signer = interim_signer
        self._former_key = former_key
        self._lanes = lanes
        self._issuer = issuer

    def issue(
        self,
        candidate_id: str,
        posting_id: str,
        accepted: AcceptedJob,
        content: ContentHashes | None,
        *,
        repeat: bool,
        revision: int = 1,
    ) -> Receipt:
        """Return the answer to an accepted application, with an interim receipt.

        The same claims are signed again for a repeated idempotency key.

        Args:
            candidate_id: the candidate.
            posting_id: the posting of the application.
            accepted: the queue's answer.
            content: hashes of what was accepted; None if this request has other content.
            repeat: whether the candidate had applied for the posting before.
            revision: which revision has the content; 0 if that is not known yet.
        """
        claims = ReceiptClaims(
            self._issuer(),
            accepted.job_id,
            candidate_id,
            posting_id,
            to_milliseconds(accepted.accepted_at),
            log=str(self._lanes.of(candidate_id).shard) if accepted.number else "",
            sequence=accepted.number,
            revision=revision if content else 0,
            hashes=content,
            head=decode_head(accepted.log_head),
        )
        return Receipt(
            id=accepted.job_id,
            posting_id=posting_id,
            status="accepted",
            accepted_at=accepted.accepted_at,
            position=accepted.position,
            repeat=repeat,
            receipt=self._interim_signer.sign(claims),
        )

    def sign(self, application: AcceptedApplication, sequence: int, head: TreeHead | None) -> str:
        """Return the receipt of an application.

        Args:
            application: the application.
            sequence: its number in the accepted log; 0 if that is unknown.
            head: the newest published head of the log.
        """
        log = str(self._lanes.of(application.candidate_id).shard)
        claims = ReceiptClaims(
            self._issuer(),
            application.id,
            application.candidate_id,
            application.posting_id,
            to_milliseconds(application.accepted_at),
            log=log if sequence else "",
            sequence=sequence,
            revision=application.revision if application.content else 0,
            hashes=application.content,
            head=head,
        )
        return self._signer.sign(claims)

    def verify(self, receipt: str) -> VerifiedReceipt:
        """Return the content of a receipt.

        For an interim receipt, that has the receipt with the same claims.

        Raises:
            ReceiptNotFound: the signature is not ours, or a receipt with HMAC expired.
        """
        signed = ""
        claims = self._signer.read(receipt)
        if claims is None:
            claims = self._interim_signer.read(receipt)
            if claims is None:
                return self._verify_former(receipt)
            _require_current(_from_milliseconds(claims["accepted_at"]))
            signed = self._signer.sign(claims)
        return VerifiedReceipt(
            claims["jti"],
            claims["posting"],
            _from_milliseconds(claims["accepted_at"]),
            receipt=signed,
            candidate_id=claims["sub"],
            log=claims.get("log", ""),
            sequence=claims.get("sequence", 0),
            revision=claims.get("revision", 0),
            hashes=msgspec.convert(claims.get("hashes"), ContentHashes | None),
            head=msgspec.convert(claims.get("head"), TreeHead | None),
        )

    def public_keys(self) -> dict[str, Any]:
        """Return the public keys that verify receipts, as a JSON Web Key Set."""
        return self._signer.jwks()

    def _verify_former(self, receipt: str) -> VerifiedReceipt:
        text = self._former_key.read(receipt)
        if text is None:
            raise ReceiptNotFound
        application_id, posting_id, milliseconds = text.split(".")
        accepted_at = _from_milliseconds(int(milliseconds))
        _require_current(accepted_at)
        return VerifiedReceipt(application_id, posting_id, accepted_at)


def _require_current(accepted_at: datetime) -> None:
    if times.now() - accepted_at > HMAC_LIFETIME:
        raise ReceiptNotFound("Receipts of this kind expire two years after the application.")


def _from_milliseconds(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
