"""Routes of bulk operations: preview, start, progress, results, and cancelling e-mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.common.observability import count
from chalicelib.http.requests import correlation_id
from chalicelib.http.routing import Blueprint
from chalicelib.recruiting.applications.errors import IdempotencyKeyReused
from chalicelib.recruiting.bulk.errors import OperationNotFound, SelectionChanged
from chalicelib.recruiting.bulk.models import (
    AcceptedOperation,
    CancelledEmails,
    Operation,
    OperationDraft,
    OperationPreview,
    OperationRequest,
    OperationsPage,
    OperationsQuery,
    Origin,
    ResultsPage,
    ResultsQuery,
)
from chalicelib.recruiting.employers.models import MemberRole
from chalicelib.recruiting.employers.policies import CHANGES, members
from chalicelib.recruiting.pipeline.applicants import viewer_of
from chalicelib.recruiting.pipeline.errors import NoEmailToCancel
from chalicelib.recruiting.postings.errors import PostingNotFound

if TYPE_CHECKING:
    from chalice.app import Request

    from chalicelib.common.ids import IdempotencyKey
    from chalicelib.recruiting.bulk.services import BulkServices
    from chalicelib.recruiting.employers.models import Member

blueprint = Blueprint(__name__)
OPERATIONS = "/v1/employers/{employer_id}/operations"
OPERATION = f"{OPERATIONS}/{{operation_id}}"
# Hiring managers decide on one application at a time.
OPERATORS = members(MemberRole.OWNER, MemberRole.RECRUITER, on="bulk operations of the employer")
STARTERS = OPERATORS.with_limits(*CHANGES, "operation.employer")


@blueprint.post(
    f"{OPERATIONS}/preview",
    policy=OPERATORS,
    body=OperationDraft,
    response={200: OperationPreview},
    errors=(PostingNotFound,),
)
def preview_operation(
    employer_id: str, body: OperationDraft, caller: Member, services: BulkServices
) -> OperationPreview:
    """Preview a bulk operation: how many it changes, which it leaves out and why, and an e-mail."""
    return services.bulk_service.preview(viewer_of(caller), body)


@blueprint.post(
    OPERATIONS,
    policy=STARTERS,
    body=OperationRequest,
    response={202: AcceptedOperation},
    errors=(PostingNotFound, SelectionChanged, IdempotencyKeyReused),
    idempotent=True,
)
def start_operation(
    employer_id: str,
    body: OperationRequest,
    caller: Member,
    request: Request,
    idempotency_key: IdempotencyKey | None,
    services: BulkServices,
) -> AcceptedOperation:
    """Accept a bulk operation for the applications that its preview showed."""
    origin = Origin(correlation_id(request), idempotency_key)
    accepted = services.bulk_service.start(viewer_of(caller), body, origin)
    count("operation_accepted")
    return accepted


@blueprint.get(
    OPERATIONS,
    policy=OPERATORS,
    query=OperationsQuery,
    response={200: OperationsPage},
    errors=(PostingNotFound,),
)
def list_operations(
    employer_id: str, query: OperationsQuery, caller: Member, services: BulkServices
) -> OperationsPage:
    """List the bulk operations of a posting, newest first, page by page."""
    return services.result_service.page(viewer_of(caller), query)


@blueprint.get(
    OPERATION,
    policy=OPERATORS,
    response={200: Operation},
    errors=(OperationNotFound,),
    conditional=True,
)
def get_operation(
    employer_id: str, operation_id: str, caller: Member, services: BulkServices
) -> Operation:
    """Return a bulk operation and its progress."""
    return services.result_service.get(viewer_of(caller), operation_id)


@blueprint.get(
    f"{OPERATION}/results",
    policy=OPERATORS,
    query=ResultsQuery,
    response={200: ResultsPage},
    errors=(OperationNotFound,),
)
def list_results(
    employer_id: str,
    operation_id: str,
    query: ResultsQuery,
    caller: Member,
    services: BulkServices,
) -> ResultsPage:
    """List what a bulk operation did with each application, page by page."""
    return services.result_service.results(viewer_of(caller), operation_id, query)


@blueprint.delete(
    f"{OPERATION}/emails",
    policy=OPERATORS,
    response={200: CancelledEmails},
    errors=(OperationNotFound, NoEmailToCancel),
)
def cancel_operation_emails(
    employer_id: str, operation_id: str, caller: Member, services: BulkServices
) -> CancelledEmails:
    """Cancel the e-mails of a bulk rejection that were not sent. Applications stay rejected."""
    return services.result_service.cancel_emails(viewer_of(caller), operation_id)
