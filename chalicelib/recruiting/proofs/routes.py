"""Routes of proofs: receipts and their keys, heads of accepted logs, proofs about entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.auth.models import Role
from chalicelib.auth.routes.policies import only
from chalicelib.http.policies import PublicPolicy
from chalicelib.http.responses import json_response
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.applications.errors import (
    ApplicationNotFound,
    ProofNotReady,
    ReceiptNotFound,
    RevisionNotFound,
)
from chalicelib.recruiting.applications.models import VerifiedReceipt
from chalicelib.recruiting.pipeline.applicants import viewer_of
from chalicelib.recruiting.pipeline.errors import ApplicantNotFound
from chalicelib.recruiting.pipeline.policies import APPLICANT_READERS, APPLICATION
from chalicelib.recruiting.postings.errors import PostingNotFound
from chalicelib.recruiting.proofs.models import (
    ConsistencyProof,
    ConsistencyQuery,
    Heads,
    HeadsQuery,
    InclusionProof,
    PublicKeySet,
    ReceiptQuery,
    SignedReceipt,
)

if TYPE_CHECKING:
    from chalice import Response

    from chalicelib.auth.models import Caller
    from chalicelib.recruiting.employers.models import Member
    from chalicelib.recruiting.proofs.services import ProofServices

blueprint = Blueprint(__name__)
CANDIDATE = only(Role.CANDIDATE, on="own applications")
HEADS = PublicPolicy("heads of accepted logs")
# A process signs with a new key at the earliest when it has read it, after up to five minutes.
_KEYS_FOR_SECONDS = {"Cache-Control": "public, max-age=300"}


@blueprint.get(
    "/v1/receipts/keys",
    policy=PublicPolicy("public keys"),
    response={200: PublicKeySet},
    needs_stores=False,
)
def receipt_keys(services: ProofServices) -> Response:
    """Return the keys that verify receipts and tree heads, present and former ones (RFC 7517)."""
    return json_response(services.receipts.public_keys(), headers=_KEYS_FOR_SECONDS)


@blueprint.get(
    "/v1/receipts/{receipt}",
    policy=PublicPolicy("the content of a receipt"),
    response={200: VerifiedReceipt},
    errors=(ReceiptNotFound,),
    needs_stores=False,
)
def verify_receipt(receipt: str, services: ProofServices) -> VerifiedReceipt:
    """Verify a receipt and return its content."""
    return services.receipts.verify(receipt)


@blueprint.get(
    "/v1/applications/{application_id}/receipt",
    policy=CANDIDATE,
    query=ReceiptQuery,
    response={200: SignedReceipt},
    errors=(ApplicationNotFound, RevisionNotFound),
)
def get_receipt(
    application_id: str, query: ReceiptQuery, caller: Caller, services: ProofServices
) -> SignedReceipt:
    """Return the receipt of a revision of an application, with the hashes of its content."""
    return services.proof_service.get_receipt(caller.account_id, application_id, query.revision)


@blueprint.get(
    "/v1/applications/{application_id}/log-proof",
    policy=CANDIDATE,
    response={200: InclusionProof},
    errors=(ApplicationNotFound, ProofNotReady),
)
def prove_own_application(
    application_id: str, caller: Caller, services: ProofServices
) -> InclusionProof:
    """Prove that the accepted log of the posting has an application of the candidate."""
    return services.proof_service.prove_own(caller.account_id, application_id)


@blueprint.get(
    f"{APPLICATION}/log-proof",
    policy=APPLICANT_READERS,
    response={200: InclusionProof},
    errors=(ApplicantNotFound, ProofNotReady),
)
def prove_application(
    employer_id: str, application_id: str, caller: Member, services: ProofServices
) -> InclusionProof:
    """Prove that the accepted log of the posting has an application to the employer."""
    return services.proof_service.prove_for_member(viewer_of(caller), application_id)


@blueprint.get(
    "/v1/postings/{posting_id}/log",
    policy=HEADS,
    query=HeadsQuery,
    response={200: Heads},
    errors=(PostingNotFound,),
)
def list_heads(posting_id: str, query: HeadsQuery, services: ProofServices) -> Heads:
    """List the published heads of the accepted logs of a posting."""
    return services.proof_service.list_heads(posting_id, query)


@blueprint.get(
    "/v1/postings/{posting_id}/log/consistency",
    policy=HEADS,
    query=ConsistencyQuery,
    response={200: ConsistencyProof},
    errors=(PostingNotFound,),
)
def prove_consistency(
    posting_id: str, query: ConsistencyQuery, services: ProofServices
) -> ConsistencyProof:
    """Prove that entries were only appended to an accepted log between two heads."""
    return services.proof_service.prove_consistency(posting_id, query)
